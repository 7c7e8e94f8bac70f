"""Sky and grass are told by colour and place: blue and smooth from the top, green from the bottom.

Only what touches the picture's edge and goes on from there counts, so that a blue shirt is no sky
and a green label no grass; and it must cover a tenth of the picture. Each answer is that share.

Not modelled: grey skies, sunsets, night, snow, water, streets, rooms.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cogml_mocks.engines.picture_pixels import Pixels, reduce

MIN_SHARE = 0.1
_SIDE = 256
_BLUE = ((190, 255), (0.12, 0.85), 0.45)
_GREEN = ((62, 155), (0.22, 1.0), 0.15)
_SMOOTH, _ROUGH = 8, 4  # mean difference from the neighbourhood


def sky(pixels: Pixels) -> float:
    """Return the share of a photograph that is clear sky; 0 below a tenth."""
    small = reduce(pixels, _SIDE)
    return _share(_coloured(small, *_BLUE) & (_roughness(small) < _SMOOTH), 0)


def grass(pixels: Pixels) -> float:
    """Return the share of a photograph that is grass; 0 below a tenth."""
    small = reduce(pixels, _SIDE)
    return _share(_coloured(small, *_GREEN) & (_roughness(small) > _ROUGH), -1)


def _coloured(
    pixels: Pixels,
    hues: tuple[int, int],
    saturations: tuple[float, float],
    least_value: float,
) -> NDArray[np.bool_]:
    hsv = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV_FULL).astype(np.float32)
    hue, saturation, value = hsv[..., 0] * 360 / 256, hsv[..., 1] / 255, hsv[..., 2] / 255
    return np.asarray(
        (hue >= hues[0])
        & (hue <= hues[1])
        & (saturation >= saturations[0])
        & (saturation <= saturations[1])
        & (value >= least_value)
    )


def _roughness(pixels: Pixels) -> NDArray[np.float32]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray(cv2.blur(np.abs(grey - cv2.blur(grey, (5, 5))), (9, 9)), np.float32)


def _share(mask: NDArray[np.bool_], edge: int) -> float:
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _, labels = cv2.connectedComponents(closed)
    at_edge = [label for label in np.unique(labels[edge]) if label]
    if np.isin(labels[edge], at_edge).mean() < 0.3:
        return 0.0
    share = float(np.isin(labels, at_edge).mean())
    return round(share, 4) if share >= MIN_SHARE else 0.0

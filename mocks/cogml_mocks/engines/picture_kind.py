"""A drawn picture has few colours and flat areas, which no photograph has; lines are thin ink.

Clip art is rated from 0, a photograph, to 3 by both signs together, on the scale of the service
(1 is ambiguous). A line drawing has one light ground, ink of no hue on it, and next to no ink
that is as wide as it is long.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cogml_mocks.engines.picture_pixels import Pixels, reduce

_SIDE = 512
_RATES = ((3, 8, 0.45), (2, 12, 0.4), (1, 16, 0.3))  # rate, most colours, least flat share
_WIDE = 11  # pixels, at `_SIDE`


@dataclass(frozen=True, slots=True)
class Kind:
    """How a picture was made: ``clip_art`` 0 to 3, ``line_drawing`` yes or no."""

    clip_art: int
    line_drawing: bool

    @property
    def is_photograph(self) -> bool:
        """Whether neither sign of a drawing is there."""
        return not self.clip_art and not self.line_drawing


def analyze(pixels: Pixels) -> Kind:
    """Return the kind of a picture."""
    small = reduce(pixels, _SIDE)
    colours, ground_share = _palette(small)
    kernel = np.ones((3, 3), np.uint8)
    flat = float((cv2.dilate(small, kernel) == cv2.erode(small, kernel)).all(axis=2).mean())
    clip_art = next((rate for rate, n, share in _RATES if colours <= n and flat >= share), 0)
    return Kind(clip_art, ground_share > 0.5 and _is_lines(small))


def _palette(pixels: Pixels) -> tuple[int, float]:
    """Return how many coarse colours cover nine tenths, and the share of the greatest."""
    coarse = (pixels >> 4).astype(np.intp)
    keys = (coarse[..., 0] << 8) | (coarse[..., 1] << 4) | coarse[..., 2]
    shares = np.sort(np.bincount(keys.ravel()))[::-1] / keys.size
    return int(np.searchsorted(np.cumsum(shares), 0.9)) + 1, float(shares[0])


def _is_lines(pixels: Pixels) -> bool:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    ground = float(np.median(grey))
    ink = (grey < ground - 60).astype(np.uint8)
    if ground < 200 or not 0.005 < ink.mean() < 0.4:
        return False
    hued = np.ptp(pixels.astype(np.int16), axis=2) > 40
    if hued.mean() > 0.01:
        return False
    wide = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_WIDE, _WIDE), np.uint8))
    return bool(wide.sum() < 0.1 * ink.sum())

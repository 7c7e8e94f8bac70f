"""A pixel has one of twelve colour names, and a region the name that most of its pixels have.

The foreground is the middle half of the picture, the background the frame around it. A colour
dominates that covers a fifth of the picture. The accent is the most vivid colour of a visible
share. A picture is black and white when next to none of its pixels has a hue.

Not modelled: which region draws the eye.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cogml_mocks.engines.picture_pixels import Pixels, reduce

NAMES = (
    "Black", "White", "Grey", "Red", "Orange", "Yellow", "Green", "Teal", "Blue", "Purple", "Pink",
    "Brown",
)  # fmt: skip
NEUTRAL = ("Black", "White", "Grey")
DOMINANT_SHARE = 0.2
_SIDE = 256
_HUES = (  # where a hue ends, in degrees
    (15, "Red"), (41, "Orange"), (70, "Yellow"), (160, "Green"), (200, "Teal"), (258, "Blue"),
    (295, "Purple"), (345, "Pink"), (361, "Red"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Colours:
    """What colours a picture has; ``shares`` is each name's part of it, greatest first."""

    foreground: str
    background: str
    shares: dict[str, float]
    accent: str
    is_black_and_white: bool

    @property
    def dominant(self) -> list[str]:
        """The names that cover a fifth, or the one that covers most."""
        found = [name for name, share in self.shares.items() if share >= DOMINANT_SHARE]
        return found or [next(iter(self.shares))]


def analyze(pixels: Pixels) -> Colours:
    """Return the colours of a picture."""
    small = reduce(pixels, _SIDE)
    names = _names(small)
    height, width = names.shape
    middle = np.zeros(names.shape, bool)
    middle[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
    counts = np.bincount(names.ravel(), minlength=len(NAMES)) / names.size
    order = np.argsort(-counts, kind="stable")
    shares = {NAMES[i]: round(float(counts[i]), 4) for i in order if counts[i]}
    chroma = np.ptp(small.astype(np.int16), axis=2)
    return Colours(
        foreground=_most(names[middle]),
        background=_most(names[~middle]),
        shares=shares,
        accent=_accent(small, chroma),
        is_black_and_white=bool((chroma > _GREY_CHROMA).mean() < 0.001),
    )


def _names(pixels: Pixels) -> NDArray[np.intp]:
    hsv = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV_FULL).astype(np.float32)
    hue, saturation, value = hsv[..., 0] * 360 / 256, hsv[..., 1] / 255, hsv[..., 2] / 255
    ends = np.array([end for end, _ in _HUES], np.float32)
    by_hue = np.array([NAMES.index(name) for _, name in _HUES])
    names = by_hue[np.searchsorted(ends, hue, side="right")]
    warm = np.isin(names, [NAMES.index("Red"), NAMES.index("Orange")])
    names[warm & (value < 0.65) & (hue > 8) & (hue < 41)] = NAMES.index("Brown")
    names[(names == NAMES.index("Red")) & (saturation < 0.55) & (value > 0.75)] = NAMES.index(
        "Pink"
    )
    grey = (saturation < 0.16) | (saturation * value < 0.1)
    names[grey] = NAMES.index("Grey")
    names[grey & (value > 0.82)] = NAMES.index("White")
    names[value < 0.2] = NAMES.index("Black")
    return names


def _most(names: NDArray[np.intp]) -> str:
    if not names.size:  # a strip has no frame
        return "Black"
    return NAMES[int(np.bincount(names, minlength=len(NAMES)).argmax())]


def _accent(pixels: Pixels, chroma: NDArray[np.int16]) -> str:
    coarse = (pixels >> 5).astype(np.intp)
    keys = ((coarse[..., 0] << 6) | (coarse[..., 1] << 3) | coarse[..., 2]).ravel()
    counts = np.bincount(keys, minlength=512)
    vivid = np.bincount(keys, weights=chroma.ravel().astype(np.float64) ** 2, minlength=512)
    vivid[counts < keys.size / 200] = -1  # under half a percent is not seen
    blue, green, red = pixels.reshape(-1, 3)[keys == int(vivid.argmax())].mean(axis=0).round()
    return f"{int(red):02X}{int(green):02X}{int(blue):02X}"


_GREY_CHROMA = 12  # what compression leaves of a hue in grey

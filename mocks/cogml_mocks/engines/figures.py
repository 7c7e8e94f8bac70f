"""Standing people are found by the detector for pedestrians that OpenCV carries.

Only a score of `MIN_SCORE` counts: half as much is given to print and to the edges of furniture.
Of windows that overlap, the best stands for all, without the margin a window has around a figure.

Not modelled: people who sit, jump or are cut off by the picture's edge.
"""

from dataclasses import dataclass
from functools import cache
from threading import Lock

import cv2
import numpy as np

from cogml_mocks.engines.picture_pixels import Pixels, reduce

SIDE = 640
MIN_SCORE = 2.5
_WINDOW = (64, 128)
_MARGIN = (0.2, 0.1)  # of a window's width and height, at each side
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Figure:
    """A box around a standing person, in pixels of the picture given, and how sure it is."""

    left: int
    top: int
    width: int
    height: int
    confidence: float


def find(pixels: Pixels) -> list[Figure]:
    """Return the standing people of a picture, the surest first."""
    small = reduce(pixels, SIDE)
    if small.shape[1] < _WINDOW[0] or small.shape[0] < _WINDOW[1]:
        return []
    with _LOCK:
        boxes, scores = _detector().detectMultiScale(
            small, winStride=(8, 8), padding=(8, 8), scale=1.05
        )
    found: list[tuple[float, tuple[int, ...]]] = sorted(
        ((float(s), tuple(map(int, b))) for b, s in zip(boxes, scores, strict=True)), reverse=True
    )
    kept: list[tuple[float, tuple[int, ...]]] = []
    for score, box in found:
        if score >= MIN_SCORE and not any(_overlap(box, other) for _, other in kept):
            kept.append((score, box))
    scale = pixels.shape[1] / small.shape[1]
    return [_figure(box, score, scale) for score, box in kept]


def _figure(box: tuple[int, ...], score: float, scale: float) -> Figure:
    left, top, width, height = (side * scale for side in box)
    across, down = _MARGIN[0] * width, _MARGIN[1] * height
    sides = (left + across, top + down, width - 2 * across, height - 2 * down)
    x, y, wide, high = (max(0, round(side)) for side in sides)
    return Figure(x, y, wide, high, round(1 - 1 / (1 + score), 4))


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    smaller = min(one[2] * one[3], other[2] * other[3])
    return wide > 0 and high > 0 and wide * high > smaller / 3


@cache
def _detector() -> cv2.HOGDescriptor:
    detector = cv2.HOGDescriptor()
    people = np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32)
    detector.setSVMDetector(people)
    return detector

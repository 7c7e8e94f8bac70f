"""Faces are found by the cascade for frontal faces that OpenCV carries.

A face counts when at least `MIN_WINDOWS` overlapping windows agree on it; the more agree, the
surer it is. Faces are sought in a picture reduced to `SIDE` pixels.

Not modelled: faces from the side or upside down; whose they are, their age and their gender.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import cv2
import cv2.data

from cogml_mocks.engines.picture_pixels import Pixels, reduce

SIDE = 800
MIN_WINDOWS = 4
MIN_FACE = 24
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Face:
    """A square around a face, in pixels of the picture given, and how sure it is."""

    left: int
    top: int
    width: int
    height: int
    confidence: float


def find(pixels: Pixels) -> list[Face]:
    """Return the faces of a picture, the largest first."""
    small = reduce(pixels, SIDE)
    scale = pixels.shape[1] / small.shape[1]
    grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
    with _LOCK:
        boxes, windows = _cascade().detectMultiScale2(
            grey, 1.1, MIN_WINDOWS, minSize=(MIN_FACE, MIN_FACE)
        )
    faces = [
        _face([round(float(side) * scale) for side in box], int(count))
        for box, count in zip(boxes, windows, strict=True)
    ]
    return sorted(faces, key=lambda face: (-face.width, face.left, face.top))


def _face(box: list[int], windows: int) -> Face:
    left, top, width, height = box
    missed: float = 0.5 ** (windows / MIN_WINDOWS)
    return Face(left, top, width, height, round(1 - missed, 4))


@cache
def _cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.data.haarcascades)
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt.xml"))

"""The area of interest is where the faces are, or else where most of the detail is.

A thumbnail has exactly the size asked for: the picture is cut to its proportions, around the
area of interest or in the middle, and then scaled.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cogml_mocks.engines.faces import Face
from cogml_mocks.engines.picture_pixels import Pixels, reduce

QUALITY = 90
_SIDE = 256
_TAIL = 0.05  # of the detail, left out at each end
_MARGIN = 0.5  # of a face, kept around it

Area = tuple[int, int, int, int]


def area_of_interest(pixels: Pixels, faces: list[Face]) -> Area:
    """Return left, top, width and height of what the picture is about."""
    height, width = pixels.shape[:2]
    if faces:
        left = min(face.left - _MARGIN * face.width for face in faces)
        top = min(face.top - _MARGIN * face.height for face in faces)
        right = max(face.left + (1 + _MARGIN) * face.width for face in faces)
        bottom = max(face.top + (1 + _MARGIN) * face.height for face in faces)
    else:
        detail = _detail(reduce(pixels, _SIDE))
        scale = width / detail.shape[1]
        left, right = (edge * scale for edge in _middle(detail.sum(axis=0)))
        top, bottom = (edge * scale for edge in _middle(detail.sum(axis=1)))
    x, y = max(0, round(left)), max(0, round(top))
    return x, y, min(width, round(right)) - x, min(height, round(bottom)) - y


def crop(size: tuple[int, int], ratio: float, area: Area) -> Area:
    """Return the largest part of a picture of that width to height, around the middle of an area.

    ``size`` and the areas are in the same pixels.
    """
    width, height = size
    left, top, wide, high = area
    cut_width = max(1, round(min(width, height * ratio)))
    cut_height = max(1, round(min(height, width / ratio)))
    x = _start(left + wide / 2, cut_width, width)
    y = _start(top + high / 2, cut_height, height)
    return x, y, cut_width, cut_height


def thumbnail(pixels: Pixels, width: int, height: int, area: Area | None) -> bytes:
    """Return a JPEG of the size asked for, cut around an area or in the middle."""
    full_height, full_width = pixels.shape[:2]
    whole = (0, 0, full_width, full_height)
    x, y, wide, high = crop((full_width, full_height), width / height, area or whole)
    cut = pixels[y : y + high, x : x + wide]
    method = cv2.INTER_AREA if width < cut.shape[1] else cv2.INTER_CUBIC
    scaled = cv2.resize(cut, (width, height), interpolation=method)
    return bytes(cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])


def _start(centre: float, size: int, limit: int) -> int:
    return max(0, min(round(centre - size / 2), limit - size))


def _detail(pixels: Pixels) -> NDArray[np.float32]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down) + 1e-3, np.float32)


def _middle(detail: NDArray[np.float32]) -> tuple[int, int]:
    share = np.cumsum(detail, dtype=np.float64) / detail.sum(dtype=np.float64)
    first, last = np.searchsorted(share, [_TAIL, 1 - _TAIL])
    return int(first), int(min(last, detail.size - 1)) + 1

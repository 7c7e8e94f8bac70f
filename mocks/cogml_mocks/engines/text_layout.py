"""Lines that stand below each other make a region; a slant they share is taken out first.

The slant is the median of the lines' own, between -45 and 45 degrees, clockwise. Two lines are of
one region when they share most of the narrower one's width and the gap between them is at most as
high as a line and a half.

Not modelled: text turned by 45 degrees or more, which is taken to be upright.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key
from statistics import median

from cogml_mocks.engines.ocr import Box, Line

Bounds = tuple[float, float, float, float]
_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and its bounds (left, top, right, bottom) once the slant is taken out."""

    line: Line
    bounds: Bounds


def slant(lines: Iterable[Line]) -> float:
    """Return the slant of the text in degrees, clockwise; 0 for none."""
    angles = []
    for line in lines:
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = line.box
        angle = math.degrees(math.atan2(y2 + y3 - y1 - y4, x2 + x3 - x1 - x4))
        if -45 < angle < 45:
            angles.append(angle)
    return round(median(angles), 4) if angles else 0.0


def bounds(boxes: Iterable[Box], angle: float, centre: tuple[float, float]) -> Bounds:
    """Return the bounds of boxes turned back by an angle around a centre."""
    cosine, sine = math.cos(math.radians(-angle)), math.sin(math.radians(-angle))
    across, down = [], []
    for box in boxes:
        for x, y in box:
            right, below = x - centre[0], y - centre[1]
            across.append(centre[0] + right * cosine - below * sine)
            down.append(centre[1] + right * sine + below * cosine)
    return min(across), min(down), max(across), max(down)


def around(many: Iterable[Bounds]) -> Bounds:
    """Return the bounds of bounds."""
    left, top, right, bottom = zip(*many, strict=True)
    return min(left), min(top), max(right), max(bottom)


def regions(lines: list[Line], angle: float, centre: tuple[float, float]) -> list[list[Placed]]:
    """Return the lines by region, regions and lines each from the top left on."""
    placed = [Placed(line, bounds([line.box], angle, centre)) for line in lines]
    placed.sort(key=lambda one: (one.bounds[1], one.bounds[0]))
    found: list[list[Placed]] = []
    for line in placed:
        home = next((region for region in found if _follows(region[-1], line)), None)
        if home is None:
            found.append([line])
        else:
            home.append(line)
    return sorted(found, key=cmp_to_key(_before))


def _before(one: list[Placed], other: list[Placed]) -> int:
    """Order regions: above goes first, and of two beside each other the left one."""
    first, second = (around(placed.bounds for placed in region) for region in (one, other))
    if first[3] <= second[1] or second[3] <= first[1]:
        return 1 if first[1] > second[1] else -1
    return 1 if first[0] > second[0] else -1


def _follows(above: Placed, below: Placed) -> bool:
    left, top, right, bottom = above.bounds
    shared = min(right, below.bounds[2]) - max(left, below.bounds[0])
    narrower = min(right - left, below.bounds[2] - below.bounds[0])
    height = max(bottom - top, below.bounds[3] - below.bounds[1])
    return shared > narrower / 2 and below.bounds[1] - bottom <= _GAP * height

"""A scene is a function that puts shapes on a `Canvas`; the same arguments give the same pixels.

Coordinates are units of half the shorter side from the middle of the picture, y downwards, so
that a scene fits any size. A canvas that is told to draw outlines turns every filled shape into a
line drawing.
"""

import math
import random
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Point = tuple[float, float]

BLACK, WHITE = "141414", "FFFFFF"
_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 30.0  # of a line at scale 1, leading included


class Canvas:
    """Pixels with transparency, and the shapes a scene is made of."""

    def __init__(self, width: int, height: int, background: str | None, outlines: bool) -> None:
        self.pixels: Pixels = np.full((height, width, 4), 255, np.uint8)
        self.right, self.bottom = (side / min(width, height) for side in (width, height))
        self._unit = min(width, height) / 2
        self._outlines = outlines
        if background is None:
            self.pixels[:, :, 3] = 0
        elif not outlines:
            self.pixels[:] = _bgra(background)

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self._fill(np.array([[self._at(x, y) for x, y in points]], np.int32), colour)

    def ellipse(
        self, x: float, y: float, a: float, b: float, colour: str, part: Point = (0, 360)
    ) -> None:
        """Fill an ellipse of half axes a and b, or the part of it between two angles."""
        steps = [math.radians(part[0] + (part[1] - part[0]) * i / 72) for i in range(73)]
        points = [(x + a * math.cos(t), y + b * math.sin(t)) for t in steps]
        self.polygon(points if part[1] - part[0] >= 360 else [*points, (x, y)], colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """Fill a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def stroke(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw a line through points."""
        path = np.array([[self._at(x, y) for x, y in points]], np.int32)
        thickness = max(1, round(width * self._unit))
        shown = _bgra(BLACK if self._outlines else colour)
        cv2.polylines(self.pixels, [path], False, shown, thickness, cv2.LINE_AA)

    def shade(self, top: str, bottom: str) -> None:
        """Fill everything with a gradient."""
        height = len(self.pixels)
        share = np.linspace(0, 1, height)[:, None]
        ramp = (1 - share) * np.array(_bgra(top)) + share * np.array(_bgra(bottom))
        self.pixels[:] = np.rint(ramp).astype(np.uint8)[:, None, :]

    def soften(self, seed: int) -> None:
        """Blur and add grain, in the manner of a photograph."""
        height, width = self.pixels.shape[:2]
        soft = cv2.GaussianBlur(self.pixels[:, :, :3], (0, 0), max(0.8, self._unit / 300))
        # The legacy generator: its stream is frozen, that of default_rng is not.
        tile = np.rint(np.random.RandomState(seed).normal(0, 4, (256, 256, 1))).astype(np.int16)
        grain = np.tile(tile, (height // 256 + 1, width // 256 + 1, 1))[:height, :width]
        self.pixels[:, :, :3] = np.clip(soft.astype(np.int16) + grain, 0, 255)

    def letter(self, lines: Sequence[str], y: float, size: float, colour: str) -> None:
        """Write centred lines from y downwards; size is the height of a line."""
        scale = size * self._unit / _FONT_HEIGHT
        thickness = max(1, round(scale * 1.6))
        for i, line in enumerate(lines):
            (width, height), _ = cv2.getTextSize(line, _FONT, scale, thickness)
            left, base = self._at(0, y + size * (i + 0.5))
            at = (left - width // 2, base + height // 2)
            cv2.putText(self.pixels, line, at, _FONT, scale, _bgra(colour), thickness, cv2.LINE_AA)

    def letter_width(self, line: str, size: float) -> float:
        """Return how wide a line of text gets."""
        scale = size * self._unit / _FONT_HEIGHT
        thickness = max(1, round(scale * 1.6))
        return float(cv2.getTextSize(line, _FONT, scale, thickness)[0][0]) / self._unit

    def _at(self, x: float, y: float) -> tuple[int, int]:
        height, width = self.pixels.shape[:2]
        return round(width / 2 + x * self._unit), round(height / 2 + y * self._unit)

    def _fill(self, path: NDArray[np.int32], colour: str) -> None:
        cv2.fillPoly(self.pixels, [path], _bgra(WHITE if self._outlines else colour), cv2.LINE_AA)
        if self._outlines:
            thickness = max(1, round(self._unit / 90))
            cv2.polylines(self.pixels, [path], True, _bgra(BLACK), thickness, cv2.LINE_AA)


Scene = Callable[..., None]


def card(canvas: Canvas, words: str, author: str, source: str, ink: str, paper: str) -> None:
    """A quotation set as large as the card allows, its author and source below."""
    canvas.shade(paper, paper)
    room = canvas.right * 1.72
    below = canvas.bottom * 0.52
    size, lines = _set(canvas, words, room, canvas.bottom * 1.1, 0.34)
    canvas.letter(lines, -0.2 * canvas.bottom - len(lines) * size / 2, size, ink)
    canvas.stroke([(-0.3, below), (0.3, below)], ink, 0.012)
    size, lines = _set(canvas, author, room, 0.18, 0.17)
    canvas.letter(lines, below + 0.06, size, ink)
    size, lines = _set(canvas, source, room, 0.15, 0.14)
    canvas.letter(lines, below + 0.25, size, ink)


def _set(
    canvas: Canvas, words: str, room: float, height: float, largest: float
) -> tuple[float, list[str]]:
    """Return the largest size at which words fit a block, and their lines."""
    size = largest
    while size > largest / 4:
        lines = [""]
        for word in words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and canvas.letter_width(longer, size) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        widest = max(canvas.letter_width(line, size) for line in lines)
        if widest <= room and len(lines) * size <= height:
            break
        size *= 0.94
    return size, lines


def plate(canvas: Canvas, colour: str) -> None:
    """A plate of one colour with a narrow lighter frame."""
    canvas.box(-canvas.right, -canvas.bottom, canvas.right, canvas.bottom, WHITE)
    edge = 0.06
    canvas.box(
        edge - canvas.right, edge - canvas.bottom, canvas.right - edge, canvas.bottom - edge, colour
    )


def ellipse(canvas: Canvas, a: float, b: float, colour: str) -> None:
    """One ellipse; a circle when its half axes are equal."""
    canvas.ellipse(0, 0, a, b, colour)


def regular(canvas: Canvas, corners: int, colour: str) -> None:
    """A regular polygon standing on a side."""
    turn = math.pi / 2 + math.pi / corners
    angles = [turn + 2 * math.pi * i / corners for i in range(corners)]
    canvas.polygon([(0.8 * math.cos(t), 0.8 * math.sin(t)) for t in angles], colour)


def star(canvas: Canvas, points: int, colour: str) -> None:
    """A star."""
    angles = [math.pi * i / points - math.pi / 2 for i in range(2 * points)]
    radii = [0.85, 0.36] * points
    corners = [(r * math.cos(t), r * math.sin(t)) for r, t in zip(radii, angles, strict=True)]
    canvas.polygon(corners, colour)


def heart(canvas: Canvas, colour: str) -> None:
    """A heart."""
    angles = [2 * math.pi * i / 120 for i in range(120)]
    curve = [
        (16 * math.sin(t) ** 3, 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t)
         - math.cos(4 * t))
        for t in angles
    ]  # fmt: skip
    canvas.polygon([(x / 20, -y / 20) for x, y in curve], colour)


def spiral(canvas: Canvas, colour: str) -> None:
    """A spiral of five turns."""
    turns = [2 * math.pi * i / 60 for i in range(301)]
    path = [(0.027 * t * math.cos(t), 0.027 * t * math.sin(t)) for t in turns]
    canvas.stroke(path, colour, 0.05)


def chart(canvas: Canvas, form: str, values: Sequence[float], colours: Sequence[str]) -> None:
    """A bar, line, area or scatter chart on axes, or a pie."""
    if form == "pie":
        start = -90.0
        for i, value in enumerate(values):
            end = start + 360 * value / sum(values)
            canvas.ellipse(0, 0, 0.8, 0.8, colours[i % len(colours)], (start, end))
            start = end
        return
    left, base, top = -0.85 * canvas.right, 0.8 * canvas.bottom, -0.8 * canvas.bottom
    step = -2 * left / len(values)
    tops = [base + (top - base) * value / max(values) for value in values]
    middles = [left + step * (i + 0.5) for i in range(len(values))]
    if form == "bar":
        for i, (x, y) in enumerate(zip(middles, tops, strict=True)):
            canvas.box(x - 0.38 * step, y, x + 0.38 * step, base, colours[i % len(colours)])
    elif form == "scatter":
        for x, y in zip(middles, tops, strict=True):
            canvas.ellipse(x, y, 0.05, 0.05, colours[0])
    else:
        path = list(zip(middles, tops, strict=True))
        if form == "area":
            canvas.polygon([(middles[0], base), *path, (middles[-1], base)], colours[0])
        canvas.stroke(path, colours[-1], 0.03)
    canvas.stroke([(left, top), (left, base), (-left, base)], BLACK, 0.02)


def ridge(seed: int, height: float, reach: float) -> list[Point]:
    """The line of a range of hills from edge to edge: a sum of waves with chance phases."""
    chance = random.Random(seed)
    waves = [(1.7 * n, chance.uniform(0, 6.3), n**-1.5) for n in (1, 2, 3, 5, 8)]
    xs = [reach * (i / 60 - 1) for i in range(121)]
    return [(x, height + 0.1 * sum(a * math.sin(f * x + p) for f, p, a in waves)) for x in xs]


def _bgra(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return blue, green, red, 255

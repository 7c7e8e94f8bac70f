"""Landscapes, faces and animals are put together from the simple shapes of a canvas."""

import math
import random

from cogml_mocks.engines.gallery_drawing import BLACK, WHITE, Canvas, Point, ridge


def landscape(
    canvas: Canvas,
    sky: tuple[str, str],
    ground: tuple[str, ...],
    sun: tuple[float, float, float, str] | None,
    seed: int,
) -> None:
    """Ranges of hills under a sky, nearer ones lower; ``sun`` is x, y, radius and colour."""
    canvas.shade(*sky)
    if sun is not None:
        x, y, radius, colour = sun
        canvas.ellipse(x * canvas.right, y, radius, radius, colour)
    for i, colour in enumerate(ground):
        height = 0.05 + 0.8 * i / len(ground)
        line = ridge(seed + i, height, canvas.right)
        corners = [(canvas.right, canvas.bottom), (-canvas.right, canvas.bottom)]
        canvas.polygon([*line, *corners], colour)
    canvas.soften(seed)


def sea(canvas: Canvas, sky: tuple[str, str], water: str, sand: str, seed: int) -> None:
    """A sea with a sail, a beach before it."""
    canvas.shade(*sky)
    right, bottom = canvas.right, canvas.bottom
    canvas.box(-right, 0, right, bottom, water)
    chance = random.Random(seed)
    for _ in range(40):
        x, y = chance.uniform(-right, right), chance.uniform(0.03, 0.55)
        canvas.stroke([(x, y), (x + 0.1 + 0.2 * y, y)], "CFE6F2", 0.008)
    canvas.polygon([(-0.22, 0.05), (0.3, 0.05), (0.2, 0.16), (-0.12, 0.16)], "7A4A2B")
    canvas.polygon([(0.02, -0.6), (0.02, 0), (0.34, 0)], WHITE)
    canvas.polygon([(-0.02, -0.5), (-0.02, 0), (-0.22, 0)], "F2EFE6")
    line = ridge(seed, 0.72, right)
    canvas.polygon([*line, (right, bottom), (-right, bottom)], sand)
    canvas.soften(seed)


def city(canvas: Canvas, sky: tuple[str, str], walls: tuple[str, ...], seed: int) -> None:
    """A skyline with lit windows."""
    canvas.shade(*sky)
    chance = random.Random(seed)
    x = -canvas.right
    while x < canvas.right:
        width, top = chance.uniform(0.2, 0.34), chance.uniform(-0.6, 0.25)
        canvas.box(x, top, x + width, canvas.bottom, chance.choice(walls))
        for row in range(round((canvas.bottom - top) / 0.12) - 1):
            for column in (0.25, 0.65):
                if chance.random() < 0.6:
                    left, y = x + column * width, top + 0.06 + 0.12 * row
                    canvas.box(left - 0.02, y, left + 0.03, y + 0.06, "F7D774")
        x += width
    canvas.soften(seed)


def forest(canvas: Canvas, sky: tuple[str, str], leaves: tuple[str, ...], seed: int) -> None:
    """Fir trees, the nearer ones larger."""
    canvas.shade(*sky)
    chance = random.Random(seed)
    canvas.box(-canvas.right, 0.5, canvas.right, canvas.bottom, "5B7A3A")
    for i in range(26):
        size, x = 0.25 + 0.02 * i, chance.uniform(-canvas.right, canvas.right)
        base, colour = 0.5 + 0.018 * i, chance.choice(leaves)
        canvas.box(x - size / 14, base - size / 5, x + size / 14, base, "5A3A22")
        for tier in range(3):
            top = base - size * (0.75 + 0.45 * tier)
            half = size * (0.42 - 0.1 * tier)
            canvas.polygon([(x, top), (x - half, top + size * 0.6), (x + half, top + size * 0.6)],
                           colour)  # fmt: skip
    canvas.soften(seed)


def rainbow(canvas: Canvas, sky: tuple[str, str], ground: str, seed: int) -> None:
    """A rainbow over a meadow."""
    canvas.shade(*sky)
    bands = ("D7263D", "F46036", "F9C22E", "2E9E4F", "1B6FC2", "3D2C8D", "7B2D8B")
    for i in range(81):
        colour = bands[min(6, i * 7 // 80)]
        radius = 1.1 - 0.005 * i
        angles = [math.pi * t / 60 for t in range(61)]
        points = [(radius * math.cos(t), 0.6 - radius * math.sin(t)) for t in angles]
        canvas.stroke(points, colour, 0.012)
    line = ridge(seed, 0.55, canvas.right)
    canvas.polygon([*line, (canvas.right, canvas.bottom), (-canvas.right, canvas.bottom)], ground)
    canvas.soften(seed)


def face(canvas: Canvas, skin: str, hair: str, mood: float, shirt: str | None = None) -> None:
    """A face; ``mood`` from -1 (sad) to 1 (merry); with a shirt, head and shoulders."""
    size, y = (0.62, -0.25) if shirt is not None else (0.9, 0.0)
    if shirt is not None:
        canvas.ellipse(0, 1.05, 0.85, 0.62, shirt)
        canvas.box(-0.16, 0.2, 0.16, 0.55, skin)

    def place(dx: float, dy: float) -> Point:
        return dx * size, y + dy * size

    def oval(dx: float, dy: float, a: float, b: float, colour: str, part: Point = (0, 360)) -> None:
        canvas.ellipse(*place(dx, dy), a * size, b * size, colour, part)

    worry = max(0.0, -mood)
    oval(0, -0.12, 0.84, 0.9, hair)
    for side in (-1, 1):
        oval(side * 0.74, 0.08, 0.12, 0.18, skin)
    oval(0, 0.08, 0.72, 0.88, skin)
    oval(0, -0.42, 0.66, 0.42, hair, (180, 360))
    for side in (-1, 1):
        oval(side * 0.3, 0, 0.14, 0.09, WHITE)
        oval(side * 0.3, 0, 0.07, 0.075, "3B2A20")
        brow = [
            place(side * 0.16, -0.17 - 0.08 * worry), place(side * 0.44, -0.17 + 0.04 * worry)
        ]  # fmt: skip
        canvas.stroke(brow, hair, 0.05 * size)
    canvas.stroke([place(0, 0.05), place(-0.07, 0.3), place(0.06, 0.31)], "9A5B45", 0.03 * size)
    mouth = [
        place(0.3 * (i / 10 - 1), 0.56 + 0.12 * mood * (1 - (i / 10 - 1) ** 2)) for i in range(21)
    ]
    canvas.stroke(mouth, "A23B3B", 0.06 * size)


def cat(canvas: Canvas, fur: str) -> None:
    """A sitting cat."""
    canvas.stroke([(0.42, 0.75), (0.75, 0.6), (0.72, 0.2), (0.82, 0.05)], fur, 0.12)
    canvas.ellipse(0, 0.45, 0.46, 0.5, fur)
    canvas.ellipse(0, -0.3, 0.42, 0.38, fur)
    for side in (-1, 1):
        canvas.polygon([(side * 0.4, -0.42), (side * 0.36, -0.85), (side * 0.08, -0.62)], fur)
        canvas.ellipse(side * 0.16, -0.34, 0.08, 0.1, "E8E36B")
        canvas.ellipse(side * 0.16, -0.34, 0.03, 0.09, BLACK)
        canvas.ellipse(side * 0.18, 0.88, 0.14, 0.09, fur)
        for lift in (-0.06, 0.0, 0.06):
            canvas.stroke([(side * 0.1, -0.15), (side * 0.6, -0.18 + 2 * lift)], BLACK, 0.012)
    canvas.polygon([(-0.05, -0.2), (0.05, -0.2), (0, -0.13)], "D98880")


def dog(canvas: Canvas, fur: str) -> None:
    """A standing dog, seen from the side."""
    for x in (-0.55, -0.38, 0.28, 0.45):
        canvas.box(x, 0.2, x + 0.13, 0.85, fur)
    canvas.stroke([(-0.55, 0.0), (-0.85, -0.4)], fur, 0.1)
    canvas.ellipse(0, 0.1, 0.64, 0.3, fur)
    canvas.ellipse(0.5, -0.3, 0.3, 0.28, fur)
    canvas.ellipse(0.75, -0.2, 0.2, 0.13, fur)
    canvas.ellipse(0.36, -0.22, 0.11, 0.28, "4A2F1B")
    canvas.ellipse(0.93, -0.23, 0.05, 0.05, BLACK)
    canvas.ellipse(0.6, -0.38, 0.045, 0.045, BLACK)


def fish(canvas: Canvas, scales: str, fins: str) -> None:
    """A fish."""
    canvas.polygon([(-0.4, 0), (-0.9, -0.4), (-0.78, 0), (-0.9, 0.4)], fins)
    canvas.polygon([(-0.2, -0.3), (0.1, -0.65), (0.3, -0.3)], fins)
    canvas.ellipse(0.15, 0, 0.65, 0.4, scales)
    canvas.polygon([(0.05, 0.05), (-0.25, 0.3), (0.12, 0.2)], fins)
    canvas.ellipse(0.52, -0.1, 0.07, 0.07, WHITE)
    canvas.ellipse(0.53, -0.1, 0.035, 0.035, BLACK)


def bird(canvas: Canvas, feathers: str, wing: str) -> None:
    """A bird on two legs."""
    canvas.polygon([(-0.4, 0.1), (-0.95, 0.05), (-0.9, 0.3)], wing)
    for x in (-0.05, 0.12):
        canvas.stroke([(x, 0.4), (x, 0.85), (x + 0.12, 0.85)], "C57B2A", 0.03)
    canvas.ellipse(0, 0.12, 0.52, 0.38, feathers)
    canvas.ellipse(0.42, -0.35, 0.27, 0.26, feathers)
    canvas.ellipse(-0.1, 0.12, 0.36, 0.22, wing)
    canvas.polygon([(0.66, -0.42), (0.95, -0.32), (0.66, -0.26)], "E59A2F")
    canvas.ellipse(0.5, -0.42, 0.045, 0.045, BLACK)


def rabbit(canvas: Canvas, fur: str) -> None:
    """A rabbit's head and body from the front."""
    for side in (-1, 1):
        canvas.ellipse(side * 0.16, -0.65, 0.1, 0.33, fur)
        canvas.ellipse(side * 0.16, -0.63, 0.05, 0.24, "E8B4B8")
        canvas.ellipse(side * 0.22, 0.85, 0.2, 0.1, fur)
    canvas.ellipse(0, 0.5, 0.4, 0.42, fur)
    canvas.ellipse(0, -0.1, 0.34, 0.32, fur)
    for side in (-1, 1):
        canvas.ellipse(side * 0.14, -0.16, 0.045, 0.06, BLACK)
    canvas.polygon([(-0.05, -0.02), (0.05, -0.02), (0, 0.04)], "D98880")


def butterfly(canvas: Canvas, wings: str, spots: str) -> None:
    """A butterfly with open wings."""
    for side in (-1, 1):
        canvas.polygon(
            [(0, -0.1), (side * 0.35, -0.75), (side * 0.85, -0.65), (side * 0.7, 0.0)], wings
        )
        canvas.polygon([(0, 0), (side * 0.7, 0.1), (side * 0.55, 0.7), (side * 0.2, 0.55)], wings)
        canvas.ellipse(side * 0.55, -0.42, 0.12, 0.12, spots)
        canvas.ellipse(side * 0.42, 0.35, 0.1, 0.1, spots)
        canvas.stroke([(0, -0.4), (side * 0.16, -0.75)], BLACK, 0.02)
    canvas.ellipse(0, 0, 0.07, 0.45, BLACK)


def snail(canvas: Canvas, shell: str, body: str) -> None:
    """A snail."""
    canvas.polygon([(-0.85, 0.6), (0.5, 0.6), (0.62, -0.1), (0.8, 0.0), (0.75, 0.75), (-0.8, 0.75)],
                   body)  # fmt: skip
    for x in (0.6, 0.76):
        canvas.stroke([(x + 0.04, -0.02), (x + 0.06, -0.35)], body, 0.035)
        canvas.ellipse(x + 0.06, -0.37, 0.04, 0.04, BLACK)
    canvas.ellipse(-0.1, 0.12, 0.5, 0.5, shell)
    for radius in (0.36, 0.24, 0.12):
        canvas.ellipse(-0.1, 0.12, radius, radius, "F1D9B5" if radius == 0.24 else shell)


def owl(canvas: Canvas, feathers: str, breast: str) -> None:
    """An owl from the front."""
    canvas.ellipse(0, 0.1, 0.5, 0.75, feathers)
    for side in (-1, 1):
        canvas.polygon([(side * 0.46, -0.3), (side * 0.42, -0.85), (side * 0.1, -0.6)], feathers)
    canvas.ellipse(0, 0.35, 0.32, 0.42, breast)
    for side in (-1, 1):
        canvas.ellipse(side * 0.2, -0.28, 0.19, 0.19, WHITE)
        canvas.ellipse(side * 0.2, -0.28, 0.09, 0.09, BLACK)
    canvas.polygon([(-0.07, -0.15), (0.07, -0.15), (0, 0.02)], "E59A2F")

"""A picture is drawn when it is first asked for; what the index says of it is measured from it.

Bytes, size, thumbnail, dominant colour and whether it is monochrome all come from the drawn
pixels. What has been drawn is kept: the gallery is a few megabytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from cogml_mocks.engines.gallery_catalogue import LINE, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

THUMBNAIL_SIDE = 300
GLANCE_SIDE = 100  # enough to see colours by
VISIBLE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as a file, and what is measured from its pixels."""

    content: bytes
    thumbnail: bytes
    thumbnail_size: tuple[int, int]
    accent: str
    colour: str
    monochrome: bool


def drawn(picture: Picture) -> Drawn:
    """Return a picture, drawn by whoever asks first."""
    with _LOCK:  # else all who wait for a picture would draw it
        return _kept(picture)


def draw(picture: Picture) -> Drawn:
    """Draw a picture, encode it and measure it."""
    import cv2

    from cogml_mocks.engines import colours

    pixels = _paint(picture)
    if picture.background is not None:
        pixels = pixels[:, :, :3]
    size, least = (_within(picture.size, side) for side in (THUMBNAIL_SIDE, GLANCE_SIDE))
    small = _on_white(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    glance: NDArray[Any] = cv2.resize(small, least, interpolation=cv2.INTER_AREA)
    seen = colours.analyze(glance)
    return Drawn(
        content=_encode(pixels, picture.encoding),
        thumbnail=_encode(small, "jpeg"),
        thumbnail_size=size,
        accent=seen.accent,
        colour=_colour(seen.shares, colours.NEUTRAL),
        monochrome=seen.is_black_and_white,
    )


_LOCK = Lock()
_kept = cache(draw)


@cache
def identifier(picture: Picture) -> str:
    """Return the forty hexadecimal digits that name a picture."""
    return hashlib.sha1(picture.name.encode(), usedforsecurity=False).hexdigest().upper()


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = size
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _paint(picture: Picture) -> "NDArray[Any]":
    from cogml_mocks.engines import gallery_drawing, gallery_scenes

    canvas = gallery_drawing.Canvas(*picture.size, picture.background, LINE in picture.types)
    scene = getattr(gallery_scenes, picture.scene, None) or getattr(gallery_drawing, picture.scene)
    scene(canvas, **picture.arguments)
    return canvas.pixels


def _encode(pixels: "NDArray[Any]", encoding: str) -> bytes:
    import cv2

    if encoding == "png":
        return cv2.imencode(".png", pixels)[1].tobytes()
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def _on_white(pixels: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    if pixels.shape[2] == 3:
        return pixels
    share = pixels[:, :, 3:] / 255
    return np.rint(pixels[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)


def _colour(shares: Mapping[str, float], neutral: Sequence[str]) -> str:
    """Return the name that covers most; a hue before black, grey and white."""
    hues = [name for name in shares if name not in neutral and shares[name] >= VISIBLE_SHARE]
    return (hues or list(shares))[0]

"""Whatever a picture is encoded as becomes blue, green and red bytes of a bounded size.

Grey becomes three equal channels, deep pixels lose their lower half, and what is transparent
shows white. The longest side is at most `MAX_SIDE`; what is found in a reduced picture is scaled
back by whoever reports it.
"""

import io
import struct

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cogml_mocks.engines import picture_header

MAX_SIDE = 2_000

Pixels = NDArray[np.uint8]
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,  # an error where warnings are
)


def decode(content: bytes, page: int = 0) -> Pixels:
    """Decode a page of an encoded picture; ``ValueError`` for what cannot be decoded."""
    header = picture_header.inspect(content)
    if header is None or not 0 <= page < len(header.pages):
        raise ValueError("not a picture")
    size = header.pages[page]
    if header.format == "Gif":
        return reduce(_opaque(_gif(content, size)), MAX_SIDE)
    encoded = np.frombuffer(content, np.uint8)
    try:
        decoded = _page(encoded, page) if page else cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
        if decoded is None or decoded.shape[1::-1] != size:
            raise ValueError("not a picture")
        return reduce(_opaque(_bytes(decoded)), MAX_SIDE)
    except cv2.error as error:
        raise ValueError(str(error)) from error


def _gif(content: bytes, size: picture_header.Size) -> Pixels:
    # OpenCV reads them from its version 4.12 on only.
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.size != size:
                raise ValueError("a frame that is larger than its screen")
            return np.asarray(picture.convert("RGBA"), np.uint8)[:, :, [2, 1, 0, 3]]
    except _BROKEN as error:
        raise ValueError(f"not a picture: {error}") from error


def reduce(pixels: Pixels, max_side: int) -> Pixels:
    """Return the picture with its longest side at most so long."""
    height, width = pixels.shape[:2]
    scale = max_side / max(width, height)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _page(encoded: Pixels, page: int) -> NDArray[np.generic] | None:
    done, pages = cv2.imdecodemulti(encoded, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
    return pages[0] if done and pages else None


def _bytes(decoded: NDArray[np.generic]) -> Pixels:
    if decoded.dtype == np.uint16:
        return (np.asarray(decoded, np.uint16) >> 8).astype(np.uint8)
    if decoded.dtype != np.uint8:
        numbers = np.nan_to_num(np.asarray(decoded, np.float32))
        return np.asarray(cv2.normalize(numbers, numbers, 0, 255, cv2.NORM_MINMAX), np.uint8)
    return np.asarray(decoded, np.uint8)


def _opaque(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if pixels.shape[2] == 3:
        return pixels
    pixels = reduce(pixels, MAX_SIDE)
    share = pixels[:, :, 3:4].astype(np.float32) / 255
    return np.rint(pixels[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)

"""Bytes that stand in a row, or lie in a file it names, or are pixels as Spark reads images."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from cogml.errors import ServiceError
from cogml.places import file_path

_CHANNELS = {1: 0, 3: 2, 4: 6}  # of Spark's images to PNG's colour types


def read_file(place: str, most: int) -> bytes | ServiceError:
    """The bytes of a file where this runs (on Spark: a worker), `most` of them at the most."""
    path = file_path(place)
    if path is None:
        scheme = place.partition("://")[0]
        return ServiceError(
            "row_rejected", f"cannot read from {scheme}://; expected the place of a local file"
        )
    try:
        if not path.is_file():  # nor is a device or a pipe, which may never end
            return ServiceError("row_rejected", f"there is no file {path.name!r}")
        if path.stat().st_size > most:
            return too_large(path.stat().st_size, most)
        return path.read_bytes()
    except OSError as error:
        message = f"cannot read the file {path.name!r}: {error.strerror}"
        return ServiceError("row_rejected", message)


def too_large(size: int, most: int) -> ServiceError:
    """The error of a row that holds more than the operation takes."""
    return ServiceError(
        "row_rejected", f"{size:,} bytes; the operation takes {most:,} bytes at the most"
    )


def png(image: dict[str, Any]) -> bytes | ServiceError:
    """An image as Spark's image source reads it (rows of BGR or BGRA), as PNG."""
    width, height, channels = (image.get(name) or 0 for name in ("width", "height", "nChannels"))
    data = bytes(image.get("data") or b"")
    kind = _CHANNELS.get(channels)
    if kind is None or width <= 0 or height <= 0 or len(data) != width * height * channels:
        return ServiceError(
            "row_rejected",
            f"not an image: {width} by {height} pixels of {channels} channels in {len(data):,} "
            f"bytes; expected 1, 3 or 4 channels of a byte each",
        )
    if channels > 1:
        turned = bytearray(data)
        turned[0::channels], turned[2::channels] = data[2::channels], data[0::channels]
        data = bytes(turned)
    line = width * channels
    lines = b"".join(b"\0" + data[at : at + line] for at in range(0, len(data), line))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in parts
    )

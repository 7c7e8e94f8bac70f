"""A picture's format and size are read from its header, before a pixel is decoded.

`inspect` knows JPEG, PNG, GIF, BMP, TIFF and WebP by their first bytes, whatever a name or a
media type says. A header that is cut short or makes no sense is no picture.

Not modelled: ICO, PDF; BigTIFF, TIFF with larger tiles than `MAX_TILE`; pages of an MPO or an
animation after the first.
"""

import struct
from dataclasses import dataclass

MAX_PAGES = 2_000
MAX_ENTRIES = 512  # of a TIFF page; a hostile header must not keep anyone busy
MAX_TILE = 4_096  # pixels a side; those of slide scanners have 256 to 1,024
MAX_MARKERS = 10_000  # of a JPEG

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Header:
    """A format in the service's spelling, and the width and height of each page in pixels."""

    format: str
    pages: tuple[Size, ...]


def inspect(content: bytes) -> Header | None:
    """Return what the header says; ``None`` where there is no header of a known format."""
    for format_name, magic, measure in _FORMATS:
        if content.startswith(magic):
            try:
                pages = measure(content)
            except (struct.error, IndexError):
                return None
            sound = bool(pages) and all(width > 0 and height > 0 for width, height in pages)
            return Header(format_name, pages) if sound else None
    return None


def _png(content: bytes) -> tuple[Size, ...]:
    if content[12:16] != b"IHDR":
        return ()
    return (struct.unpack_from(">II", content, 16),)


def _gif(content: bytes) -> tuple[Size, ...]:
    return (struct.unpack_from("<HH", content, 6),)


def _bmp(content: bytes) -> tuple[Size, ...]:
    (header_size,) = struct.unpack_from("<I", content, 14)
    width, height = struct.unpack_from("<HH" if header_size == 12 else "<ii", content, 18)
    return ((width, abs(height)),)  # rows from the top down have a negative height


def _jpeg(content: bytes) -> tuple[Size, ...]:
    at = 2
    for _ in range(MAX_MARKERS):
        at = content.find(b"\xff", at)
        if at < 0:
            return ()
        marker = content[at + 1]
        if marker in (0x00, 0xFF):
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return ((width, height),)
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif marker in (0xD9, 0xDA):
            return ()
        else:
            (length,) = struct.unpack_from(">H", content, at + 2)
            at += 2 + length
    return ()


def _tiff(content: bytes) -> tuple[Size, ...]:
    order = "<" if content.startswith(b"II") else ">"
    pages: list[Size] = []
    seen: set[int] = set()
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    while at and at not in seen and len(pages) < MAX_PAGES:
        seen.add(at)
        (count,) = struct.unpack_from(f"{order}H", content, at)
        if count > MAX_ENTRIES:
            return ()
        sides = dict.fromkeys((_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_TILE_WIDTH, _TIFF_TILE_HEIGHT), 0)
        for index in range(count):
            entry = at + 2 + 12 * index
            tag, kind, size = struct.unpack_from(f"{order}HHI", content, entry)
            if tag in sides:
                # Of a side that comes twice, or lies elsewhere, a decoder may read another.
                if sides[tag] or size != 1 or kind not in _TIFF_NUMBERS:
                    return ()
                number = _TIFF_NUMBERS[kind]
                (sides[tag],) = struct.unpack_from(f"{order}{number}", content, entry + 8)
        # A tile is decoded whole, however small the picture.
        if max(sides[_TIFF_TILE_WIDTH], sides[_TIFF_TILE_HEIGHT]) > MAX_TILE:
            return ()
        pages.append((sides[_TIFF_WIDTH], sides[_TIFF_HEIGHT]))
        (at,) = struct.unpack_from(f"{order}I", content, at + 2 + 12 * count)
    return tuple(pages)


def _webp(content: bytes) -> tuple[Size, ...]:
    if content[8:12] != b"WEBP":
        return ()
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
        return ((width + 1, height + 1),) if len(content) >= 30 else ()
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return ((width & 0x3FFF, height & 0x3FFF),)
    if kind == b"VP8L":
        (sides,) = struct.unpack_from("<I", content, 21)
        return (((sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1),)
    return ()


_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_TILE_WIDTH, _TIFF_TILE_HEIGHT = 256, 257, 322, 323
_TIFF_NUMBERS = {3: "H", 4: "I"}
_FORMATS = (
    ("Jpeg", b"\xff\xd8\xff", _jpeg),
    ("Png", b"\x89PNG\r\n\x1a\n", _png),
    ("Gif", b"GIF87a", _gif),
    ("Gif", b"GIF89a", _gif),
    ("Bmp", b"BM", _bmp),
    ("Tiff", b"II*\x00", _tiff),
    ("Tiff", b"MM\x00*", _tiff),
    ("Webp", b"RIFF", _webp),
)

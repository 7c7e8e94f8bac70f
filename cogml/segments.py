"""A segment holds answers in one object that is written once, and is either whole or no segment.

Its name says when it was begun, how many answers it holds, and by whom it was written: names in
order are segments in order of time. What it holds, little-endian:

    8 bytes    what it is, and the version of this format
    4          how many answers: n
    8          bytes of all values together, unpacked
    16         BLAKE2b of the packed values
    16         BLAKE2b of what stands before this, the keys and the sizes
    16 n       the keys
    4 n        the sizes of the values, unpacked
    the rest   the values one after another, packed as zlib does (RFC 1950)

So the first 52 + 20 n bytes tell which answers there are, and are checked by themselves.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST = 2**30
"""More bytes than this are unpacked of no segment, whatever it says of itself."""

_KIND = b"cogml-a1"
_BEGIN = struct.Struct("<8sIQ16s")
_KEY = 16
_DIGEST = 16
_NAME = re.compile(r"[0-9]{16}-[0-9]{8}-[0-9a-f]{16}\.answers")


class Broken(ValueError):
    """What lies there is no segment, or not all of one; the message says why."""


class Index(NamedTuple):
    """What a segment holds: keys, and the sizes of their values."""

    keys: list[bytes]
    sizes: Sequence[int]
    digest: bytes


def name_of(count: int, seconds: float) -> str:
    """A name that no other segment has, of so many answers, begun at this time."""
    return f"{int(seconds * 1_000_000):016d}-{count:08d}-{secrets.token_hex(8)}.answers"


def is_segment(name: str) -> bool:
    """Whether this is the name of a segment."""
    return _NAME.fullmatch(name) is not None


def begun(name: str) -> float:
    """The time in a segment's name."""
    return int(name[:16]) / 1_000_000


def index_size(name: str) -> int:
    """How many bytes of the segment of this name tell which answers there are."""
    return _BEGIN.size + _DIGEST + (_KEY + 4) * int(name[17:25])


def packed(answers: Mapping[bytes, bytes]) -> bytes:
    """The segment of these answers, by keys of 16 bytes."""
    values = zlib.compress(b"".join(answers.values()), 1)
    sizes = [len(value) for value in answers.values()]
    begin = _BEGIN.pack(_KIND, len(answers), sum(sizes), _digest(values))
    index = b"".join(answers) + struct.pack(f"<{len(sizes)}I", *sizes)
    return begin + _digest(begin + index) + index + values


def read_index(data: bytes) -> Index:
    """Which answers a segment holds, from its beginning or all of it; raises Broken."""
    if len(data) < _BEGIN.size + _DIGEST:
        raise Broken(f"it ends after {len(data)} bytes")
    kind, count, total, digest = _BEGIN.unpack_from(data)
    if kind != _KIND:
        raise Broken("it is none, or of another version's format")
    start = _BEGIN.size + _DIGEST
    index = data[start : start + (_KEY + 4) * count]
    if _digest(data[: _BEGIN.size] + index) != data[_BEGIN.size : start]:
        raise Broken("its keys are cut off or have changed")
    keys = [index[at : at + _KEY] for at in range(0, _KEY * count, _KEY)]
    sizes = struct.unpack_from(f"<{count}I", index, _KEY * count)
    if sum(sizes) != total or total > MOST:
        raise Broken(f"it says that it holds {total:,} bytes")
    if len(set(keys)) != count:
        raise Broken("it holds a key twice")
    return Index(keys, sizes, digest)


def unpacked(data: bytes) -> dict[bytes, bytes]:
    """The answers of a whole segment; raises Broken."""
    keys, sizes, digest = read_index(data)
    stored = memoryview(data)[_BEGIN.size + _DIGEST + (_KEY + 4) * len(keys) :]
    if _digest(stored) != digest:
        raise Broken("its values are cut off or have changed")
    total = sum(sizes)
    unpacker = zlib.decompressobj()
    try:
        values = unpacker.decompress(stored, total + 1)
    except zlib.error as error:
        raise Broken(f"its values: {error}") from None
    if len(values) != total:
        raise Broken(f"it says that it holds {total:,} bytes; there are others")
    ends = itertools.accumulate(sizes)
    return {key: values[end - size : end] for key, size, end in zip(keys, sizes, ends, strict=True)}


def _digest(data: bytes | memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()

"""A segment is read as it was written, or it is none."""

from __future__ import annotations

import hashlib
import struct
import zlib

import pytest

from cogml.answers import fingerprint
from cogml.segments import (
    MOST,
    Broken,
    begun,
    index_size,
    is_segment,
    name_of,
    packed,
    read_index,
    unpacked,
)

ANSWERS = {fingerprint(n): b"answer %d " % n * n for n in range(5)}
SEGMENT = packed(ANSWERS)


def forged(values: bytes, sizes: list[int], total: int) -> bytes:
    """A segment whose checksums are right, whatever it says."""

    def digest(data: bytes) -> bytes:
        return hashlib.blake2b(data, digest_size=16).digest()

    begin = struct.pack("<8sIQ16s", b"cogml-a1", len(sizes), total, digest(values))
    index = b"".join(map(fingerprint, sizes)) + struct.pack(f"<{len(sizes)}I", *sizes)
    return begin + digest(begin + index) + index + values


@pytest.mark.parametrize("answers", [ANSWERS, {}, {b"k" * 16: b""}, {b"\0" * 16: bytes(10**6)}])
def test_what_is_packed_is_unpacked(answers: dict[bytes, bytes]) -> None:
    assert unpacked(packed(answers)) == answers
    assert list(unpacked(packed(answers))) == list(answers)


def test_the_beginning_says_which_answers_there_are() -> None:
    name = name_of(len(ANSWERS), 1_700_000_000.25)
    assert begun(name) == 1_700_000_000.25
    index = read_index(SEGMENT[: index_size(name)])
    assert index.keys == list(ANSWERS)
    assert list(index.sizes) == [len(value) for value in ANSWERS.values()]
    with pytest.raises(Broken, match="cut off"):
        read_index(SEGMENT[: index_size(name) - 1])


def test_names_in_order_are_in_order_of_time_and_never_alike() -> None:
    names = [name_of(n % 3, 1e9 + n / 1000) for n in range(100)]
    assert names == sorted(names)
    assert len({name_of(1, 1e9) for _ in range(100)}) == 100


@pytest.mark.parametrize("name", ["answers.parquet", "x{}", "{}.tmp", "", "_SUCCESS"])
def test_other_names_are_no_segments(name: str) -> None:
    assert not is_segment(name.format(name_of(1, 1e9)))


def test_what_is_cut_off_anywhere_is_none() -> None:
    for end in range(len(SEGMENT)):
        with pytest.raises(Broken):
            unpacked(SEGMENT[:end])


def test_what_has_changed_anywhere_is_none() -> None:
    for place in range(len(SEGMENT)):
        changed = bytearray(SEGMENT)
        changed[place] ^= 1
        with pytest.raises(Broken):
            unpacked(bytes(changed))
    with pytest.raises(Broken):
        unpacked(SEGMENT + b"\0")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "ends after 0 bytes"),
        (b"PAR1" * 100, "is none, or of another version"),
        (b"cogml-a2" + SEGMENT[8:], "is none, or of another version"),
        (forged(zlib.compress(bytes(10**7)), [5], 5), "says that it holds 5 bytes; there are"),
        (forged(zlib.compress(b"abc"), [5], 5), "says that it holds 5 bytes; there are"),
        (forged(b"no zlib", [5], 5), "its values: Error -3"),
        (forged(zlib.compress(b"aabb"), [2, 2], 4), "holds a key twice"),
        (forged(b"", [5], 6), "says that it holds 6 bytes"),
        (forged(b"", [2**31], 2**31), f"says that it holds {2**31:,} bytes"),
    ],
)
def test_what_is_no_segment_says_why(data: bytes, said: str) -> None:
    with pytest.raises(Broken, match=said):
        unpacked(data)


def test_no_more_is_unpacked_than_is_allowed() -> None:
    assert MOST < 2**31

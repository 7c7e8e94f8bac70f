"""Audio of any common format becomes 16 kHz mono, and is cut where the speaker pauses.

`decode` reads what libsndfile reads, `utterances` says where speech is, `wav` writes a span as a
file to send. Bytes in, bytes out: nothing here touches a file or the network.
"""

from __future__ import annotations

import importlib
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cogml.errors import MissingPackage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
MOST_SECONDS = 4 * 3600

_BLOCK_SAMPLES = 1 << 20
_FRAME = RATE // 100  # 10 ms
_PAUSE = 60  # frames without speech that end an utterance
_PADDING = 20  # frames kept on either side: an unvoiced consonant is quieter than a vowel
_SHORTEST = 6  # frames; anything shorter is a click
_NEIGHBOURHOOD = 500  # frames on either side that tell how loud silence and speech are here
_SILENCE = 1e-4  # of full scale, mean magnitude: below it (-80 dB) nobody speaks
_CONTRAST = 2  # loudest to quietest; steady sound has less, speech over noise has more
_KNOWN = {
    b"ID3": "MP3 with nothing to play",
    b"\x1aE\xdf\xa3": "Matroska or WebM",
    b"#!AMR": "AMR",
    b"0&\xb2u": "WMA",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
}


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Decoded sound: 16-bit samples, mono, 16 kHz."""

    samples: NDArray[np.int16]

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return len(self.samples) / RATE


class Span(NamedTuple):
    """A stretch of audio: from sample `start` up to, not including, sample `end`."""

    start: int
    end: int


class _Memory(io.BytesIO):
    """Bytes as a file; a broken header may send its reader to before the beginning."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(offset, 0) if whence == io.SEEK_SET else offset, whence)


def decode(data: bytes) -> Audio:
    """WAV, FLAC, OGG (Opus, Vorbis), MP3 and others, 8 to 192 kHz, any channels, up to 4 hours.

    Channels are averaged. Raises `ValueError` with what was found instead, `MissingPackage`.
    """
    np, soundfile, soxr = _package("numpy"), _package("soundfile"), _package("soxr")
    if not data:
        raise ValueError("the audio is empty: 0 bytes")
    try:
        file = soundfile.SoundFile(_Memory(_with_length(data)))
    except (soundfile.LibsndfileError, TypeError):  # TypeError: headerless audio
        raise ValueError(f"not audio that can be read: {_found(data)}") from None
    with file:
        if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
            raise ValueError(
                f"a sample rate of {file.samplerate} Hz: from {LOWEST_RATE} to {HIGHEST_RATE} work"
            )
        converter = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32")
        pieces = [
            _to_int16(np, converter.resample_chunk(block)) for block in _mono_blocks(np, file)
        ]
        pieces.append(_to_int16(np, converter.resample_chunk(np.empty(0, np.float32), last=True)))
    samples = np.concatenate(pieces)
    if not len(samples):
        raise ValueError(f"the audio has no samples: {file.format} of {len(data):,} bytes")
    return Audio(samples)


def utterances(audio: Audio, longest: float = 55.0) -> list[Span]:
    """Where somebody speaks: in order, apart, padded, each at most `longest` seconds.

    A pause of 0.6 s ends an utterance; one that goes on for too long is cut where it is quietest.
    Audio in which nobody speaks gives its beginning, so that the service can say so.
    """
    np = _package("numpy")
    if not longest >= 1:
        raise ValueError(f"longest is {longest!r} seconds: it must be at least 1")
    most = int(longest * RATE) // _FRAME
    total = len(audio.samples)
    if not total:
        raise ValueError("the audio has no samples")
    levels = _levels(np, audio.samples)
    spans = []
    for first, last in _padded(_speech(np, levels), len(levels)):
        for start, end in _cut(np, levels, first, last, most):
            spans.append(Span(start * _FRAME, min(end * _FRAME, total)))
    return spans or [Span(0, min(total, most * _FRAME))]


def wav(audio: Audio, span: Span) -> bytes:
    """A span as a WAV file: PCM, 16 bits, mono, 16 kHz."""
    start, end = span
    if not 0 <= start < end <= len(audio.samples):
        raise ValueError(f"samples {start} to {end} of audio of {len(audio.samples)}")
    pcm = audio.samples[start:end].astype("<i2").tobytes()
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(pcm), b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
        + struct.pack("<4sI", b"data", len(pcm))
        + pcm
    )


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        message = f"{name} is not installed: pip install 'cogml[speech]'"
        raise MissingPackage(message) from None


def _with_length(data: bytes) -> bytes:
    """What was recorded as a stream says 0 for its length: say what it is."""
    place = 12
    while data[:4] == b"RIFF" and place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"data":
            if size == 0 and 0 < len(data) - place < 1 << 32:
                length = struct.pack("<I", len(data) - place)
                return data[: place - 4] + length + data[place:]
            break
        place += size + size % 2
    return data


def _found(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "MP4 or M4A"
    for beginning, name in _KNOWN.items():
        if data.startswith(beginning):
            return name
    return f"{len(data):,} bytes that begin with {data[:8]!r}"


def _mono_blocks(np: Any, file: Any) -> Iterator[Any]:
    """Channels averaged, a block at a time: the header's length is not to be trusted."""
    soundfile = _package("soundfile")
    read = 0
    frames = max(1, _BLOCK_SAMPLES // file.channels)
    while True:
        try:
            block = file.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            seconds = read / file.samplerate
            raise ValueError(f"the {file.format} cannot be read after {seconds:.1f} s") from None
        if not len(block):
            return
        read += len(block)
        if read > MOST_SECONDS * file.samplerate:
            raise ValueError(f"the audio is longer than {MOST_SECONDS // 3600} hours")
        yield np.nan_to_num(block.mean(axis=1, dtype=np.float32), posinf=1.0, neginf=-1.0)


def _to_int16(np: Any, samples: Any) -> Any:
    return np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype(np.int16)


def _levels(np: Any, samples: Any) -> Any:
    """The mean magnitude of each frame, of full scale; a shorter last frame is filled up."""
    frames = -(-len(samples) // _FRAME)
    padded = np.zeros(frames * _FRAME, np.float32)
    padded[: len(samples)] = samples
    padded -= padded[: len(samples)].mean()
    return np.abs(padded).reshape(frames, _FRAME).mean(axis=1) / 32_768


def _speech(np: Any, levels: Any) -> list[tuple[int, int]]:
    """Frames of speech, by the two thresholds of Rabiner and Sambur (BSTJ 54, 1975).

    The lower one lies 3 % of the way from the quietest to the loudest frame, or at four times the
    quietest, whichever is less. A run above it is speech if it anywhere reaches the higher one:
    five times that or, in noise, 10 % of the way further up. Quietest and loudest are those of
    ten seconds around, so that a change of room or speaker does no harm.
    """
    smooth = _over(np, levels, 2, np.add) / 5
    quietest = _over(np, smooth, _NEIGHBOURHOOD, np.minimum)
    loudest = _over(np, smooth, _NEIGHBOURHOOD, np.maximum)
    contrast = loudest - quietest
    low = np.maximum(np.minimum(quietest + 0.03 * contrast, 4 * quietest), _SILENCE)
    high = np.minimum(5 * low, low + 0.1 * contrast)
    smooth[loudest < _CONTRAST * quietest] = 0
    return [
        (start, end)
        for start, end in _runs(np, smooth > low)
        if end - start >= _SHORTEST and (smooth[start:end] > high[start:end]).any()
    ]


def _over(np: Any, values: Any, reach: int, combine: Any) -> Any:
    """Combine each value with those up to `reach` before and after it, in log2(reach) steps."""
    wide = 2 * reach + 1
    result = np.pad(values, reach, mode="edge")
    if combine is np.add:
        return np.convolve(result, np.ones(wide, result.dtype), "valid")
    done = 1
    while done < wide:
        step = min(done, wide - done)
        result = combine(result[:-step], result[step:])
        done += step
    return result


def _runs(np: Any, flags: Any) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _padded(runs: list[tuple[int, int]], frames: int) -> list[tuple[int, int]]:
    """Runs joined over short pauses and padded."""
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < _PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(max(0, start - _PADDING), min(frames, end + _PADDING)) for start, end in joined]


def _cut(np: Any, levels: Any, start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Pieces of at most `most` frames, cut at the quietest 0.1 s of each second half."""
    while end - start > most:
        half = start + most // 2
        quiet = np.convolve(levels[half : start + most], np.ones(10), "valid")
        cut = half + int(quiet.argmin()) + 5
        yield start, cut
        start = cut
    yield start, end

"""A recording is decoded to 16 kHz mono, and is speech, steady noise or silence by its levels.

A frame of 10 ms is speech where it stands out from the quietest frames around it, the endpoint
rule of Rabiner and Sambur (BSTJ 54, 1975). Sound that never stands out is silence below -55 dB of
full scale and noise above.

Not modelled: voices under music, echo, clipping.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_FRAME = RATE // 100
_AROUND = 300  # frames on either side that tell how loud the background is
_CONTRAST = 2.0  # what speech has over its background
_DIGITAL_SILENCE = 1e-4
_SILENCE = 10 ** (-55 / 20)
_PAUSE, _PADDING, _SHORTEST = 50, 15, 6  # frames

Samples = NDArray[np.int16]


class BadAudio(Exception):
    """The bytes are no audio that can be decoded."""


class NoSamples(BadAudio):
    """There is a header and nothing to play."""


class TooLong(BadAudio):
    """It plays for longer than is allowed."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file says it is, and its samples at 16 kHz, one row for each channel."""

    container: str
    codec: str
    rate: int
    channels: tuple[Samples, ...]

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return len(self.channels[0]) / RATE

    def mono(self) -> Samples:
        """Return the mean of the channels."""
        if len(self.channels) == 1:
            return self.channels[0]
        mean: Samples = np.mean(self.channels, axis=0).astype(np.int16)
        return mean


class _Memory(io.BytesIO):
    """Bytes as a file; a broken header may send its reader to before the beginning."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(offset, 0) if whence == io.SEEK_SET else offset, whence)


def decode(data: bytes, most_seconds: float) -> Recording:
    """Decode WAV, FLAC, OGG or MP3 of at most two channels and so many seconds."""
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(_Memory(_closed(data))) as file:
            rate, container, codec = file.samplerate, file.format, file.subtype
            if not (1 <= file.channels <= 2 and 8_000 <= rate <= 96_000):
                raise BadAudio(f"{file.channels} channels at {rate} Hz")
            # One more than allowed, whatever the header promises.
            frames = file.read(int(most_seconds * rate) + 1, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: headerless audio
        raise BadAudio("not audio") from None
    if not len(frames):
        raise NoSamples
    if len(frames) > most_seconds * rate:
        raise TooLong
    at_rate = soxr.resample(np.nan_to_num(frames, posinf=1.0, neginf=-1.0), rate, RATE)
    if not len(at_rate):  # less than one sample lasts
        raise NoSamples
    samples = np.clip(np.rint(at_rate * 32_768), -32_768, 32_767).astype(np.int16)
    return Recording(container, codec, rate, tuple(np.ascontiguousarray(row) for row in samples.T))


def _closed(data: bytes) -> bytes:
    """Write the length into the plain WAV header of a stream, which says 0."""
    if len(data) > 44 and data[:4] == b"RIFF" and data[36:44] == b"data" + bytes(4):
        return data[:40] + (len(data) - 44).to_bytes(4, "little") + data[44:]
    return data


def is_silent(samples: Samples) -> bool:
    """Decide whether every frame is below -55 dB of full scale."""
    return bool(_levels(samples).max() < _SILENCE)


def utterances(samples: Samples, longest: float) -> list[tuple[int, int]]:
    """Return the stretches of speech, in samples, cut at pauses and after ``longest`` seconds."""
    levels = np.convolve(_levels(samples), np.ones(5) / 5, "same")
    quietest, loudest = _extreme(levels, np.minimum), _extreme(levels, np.maximum)
    low = np.minimum(quietest + 0.03 * (loudest - quietest), 4 * quietest)
    low = np.maximum(low, _DIGITAL_SILENCE)
    high = np.minimum(5 * low, low + 0.1 * (loudest - quietest))
    levels[loudest < _CONTRAST * quietest] = 0.0
    found: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate(([0], levels > low, [0]))))
    for start, end in edges.reshape(-1, 2).tolist():
        if end - start < _SHORTEST or not (levels[start:end] > high[start:end]).any():
            continue
        if found and start - found[-1][1] < _PAUSE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    most = int(longest * RATE) // _FRAME
    return [
        (cut_start * _FRAME, min(cut_end * _FRAME, len(samples)))
        for start, end in found
        for cut_start, cut_end in _cut(
            levels, max(0, start - _PADDING), min(len(levels), end + _PADDING), most
        )
    ]


def _cut(levels: Any, start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Cut where it is quietest in the second half of what is allowed."""
    pieces = []
    while end - start > most:
        half = start + most // 2
        cut = half + int(levels[half : start + most].argmin())
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _levels(samples: Samples) -> Any:
    """Return the mean magnitude of each frame as a share of full scale."""
    whole = np.zeros(-(-len(samples) // _FRAME) * _FRAME, np.float32)
    whole[: len(samples)] = samples - samples.mean(dtype=np.float64)
    return np.abs(whole).reshape(-1, _FRAME).mean(axis=1) / 32_768


def _extreme(levels: Any, combine: Any) -> Any:
    """Return the least or greatest of the frames around each, doubling the reach each step."""
    result = np.pad(levels, _AROUND, mode="edge")
    wide, done = 2 * _AROUND + 1, 1
    while done < wide:
        step = min(done, wide - done)
        result = combine(result[:-step], result[step:])
        done += step
    return result

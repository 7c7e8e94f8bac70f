"""Audio that is still arriving is cut at pauses, and each stretch of speech is heard by itself.

What has arrived is looked at every half second of audio, not of time: however the audio came in
pieces, it is cut at the same places.

Not modelled: other formats than PCM of 16 bits, mono, 8 or 16 kHz.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cogml_mocks.engines import audio, recogniser
from cogml_mocks.engines.audio import RATE, Samples
from cogml_mocks.engines.recogniser import Utterance
from cogml_mocks.speech.results import INITIAL_SILENCE

LONGEST = 28  # seconds of speech without a pause; the service takes about 30
PAUSE = 0.5  # seconds that end a phrase
_STEP = 0.5  # seconds
_AROUND = 3 * RATE  # samples before speech that tell how loud the background is
_SHORTEST = RATE // 10  # samples
_SURE = RATE // 2  # samples that are speech before it is over; shorter ones may turn out noise
_MAX_HEADER = 4_096


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody begins to speak, so many seconds after the start."""

    at: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of speech and what it was.

    It ends so many seconds after the start; the utterances' times are seconds after ``origin``.
    """

    end: float
    origin: float
    utterances: Sequence[Utterance]


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody has spoken for as long as is waited for."""

    at: float
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """All audio has been heard."""

    at: float
    is_silent: bool


Event = Began | Speech | Silence | Ended


class Listener:
    """Hears the audio of one turn; used by one thread at a time."""

    def __init__(
        self,
        pause: float = PAUSE,
        initial_silence: float = INITIAL_SILENCE,
        before: "Listener | None" = None,
    ) -> None:
        self._pause = int(max(pause, 0.0) * RATE)
        self._patience = int(initial_silence * RATE)
        self._rate = 0
        self._data = bytearray()
        self._start = 0  # samples at 16 kHz before the data that is kept
        self._seen = 0  # ... that have been looked at
        self._done = 0  # ... that have been heard
        self._has_begun = False
        self._is_loud = False
        self._before = (0, b"") if before is None else before._heard()

    def listen(self, data: bytes, is_all: bool) -> Event | None:
        """Add bytes and return what is noticed next; none while more audio is needed.

        `audio.BadAudio` for what is no WAV of a known format.
        """
        self._data += data
        if not self._rate:
            if not self._data and is_all:
                return Ended(0.0, True)
            header = wave_format(bytes(self._data[:_MAX_HEADER]))
            if header is None:
                if is_all or len(self._data) >= _MAX_HEADER:
                    raise audio.BadAudio("Unsupported audio format.")
                return None
            length, self._rate = header
            rate, background = self._before
            self._data[:length] = background if rate == self._rate else b""
            self._start = -(len(background) // 2 * RATE // rate) if rate == self._rate else 0
        arrived = self._start + len(self._data) // 2 * RATE // self._rate
        while True:
            if event := self._look(is_all and self._seen == arrived):
                return event
            if self._seen == arrived and is_all:
                return Ended(arrived / RATE, self._is_quiet(self._window()[self._behind() :]))
            following = self._seen + int(_STEP * RATE)
            if following > arrived and not is_all:
                return None
            self._seen = min(following, arrived)

    def _heard(self) -> tuple[int, bytes]:
        """Return the end of what was heard: the background of what follows in another turn."""
        end = 2 * (self._behind() * self._rate // RATE)
        return self._rate, bytes(self._data[max(0, end - 2 * 3 * self._rate) : end])

    def _look(self, is_end: bool) -> Event | None:
        window = self._window()
        done = self._behind()
        found = audio.utterances(window, LONGEST) if len(window) else []
        new = [(max(start, done), end) for start, end in found if end - done >= _SHORTEST]
        stretches = self._joined(new)
        if not self._has_begun:
            first = self._start + stretches[0][0] if stretches else self._seen
            if first >= self._patience:
                at = self._patience - self._start
                return Silence(self._patience / RATE, self._is_quiet(window[done:at]))
        if not stretches:
            self._forget(len(window), window)
            return None
        start, end = stretches[0]
        is_over = is_end or len(stretches) > 1 or end + self._pause <= len(window)
        if not self._has_begun and (is_over or end - start >= _SURE):
            self._has_begun = True
            return Began((self._start + start) / RATE)
        if not is_over:
            return None
        origin = (self._start + done) / RATE
        self._done = self._start + end
        heard = recogniser.recognise(window[done:end])
        self._forget(end, window)
        unheard = Utterance((start - done) / RATE, (end - done) / RATE, ())
        return Speech(self._done / RATE, origin, heard or [unheard])

    def _joined(self, stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join stretches with less than a pause between them."""
        joined: list[tuple[int, int]] = []
        for start, end in stretches:
            if joined and start - joined[-1][1] < self._pause - int(PAUSE * RATE):
                first = joined[-1][0]
                if end - first <= LONGEST * RATE:
                    joined[-1] = (first, end)
                    continue
            joined.append((start, end))
        return joined

    def _behind(self) -> int:
        """Return how many of the samples that are kept have been heard."""
        return max(self._done - self._start, 0)

    def _window(self) -> Samples:
        """Return what was kept of what has been looked at."""
        count = (self._seen - self._start) * self._rate // RATE
        data = bytes(self._data[: 2 * count])
        if not data:
            return np.zeros(0, np.int16)
        return audio.decode(_wave(self._rate, data), 2 * LONGEST + 60).mono()

    def _is_quiet(self, window: Samples) -> bool:
        self._is_loud |= len(window) > 0 and not audio.is_silent(window)
        return not self._is_loud

    def _forget(self, end: int, window: Samples) -> None:
        """Let go of what is long before."""
        count = (end - _AROUND) // 2 * 2  # samples at 16 kHz that are whole ones at 8
        if count > 0:
            self._is_quiet(window[self._behind() : count])
            del self._data[: 2 * (count * self._rate // RATE)]
            self._start += count


def wave_format(data: bytes) -> tuple[int, int] | None:
    """Return the length of a WAV header and its samples a second; none while it is not whole."""
    if data[:4] != b"RIFF"[: len(data)] or data[8:12] != b"WAVE"[: max(len(data) - 8, 0)]:
        raise audio.BadAudio("Unsupported audio format.")
    place, rate = 12, 0
    while len(data) >= place + 8:
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"data":
            if not rate:
                break
            return place, rate
        if name == b"fmt " and len(data) >= place + 16:
            code, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", data, place)
            if channels != 1:
                raise audio.BadAudio("Invalid audio channel configuration")
            if (code, align, bits) != (1, 2, 16) or rate not in (8_000, 16_000):
                raise audio.BadAudio("Unsupported audio format.")
        place += size + size % 2
    else:
        return None
    raise audio.BadAudio("Unsupported audio format.")


def _wave(rate: int, data: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    sized = struct.pack("<4sI", b"data", len(data))
    return struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + form + sized + data

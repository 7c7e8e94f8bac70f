"""A phrase is what was recognised at a stretch, whichever API has recognised it.

The short-audio API counts time in 100 ns (as text or as a number), fast transcription in ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import msgspec
import pyarrow as pa

from cogml import schema
from cogml.errors import ServiceError
from cogml.exchange import NOT_JSON, bad_response
from cogml.schema import struct

TICKS = 10_000_000  # a second, in 100 ns
_MILLISECOND = TICKS // 1_000
_FAR = 2**53  # 100 ns; some 28 years
_Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_FAR // _MILLISECOND)]

Phrase = struct(
    RecognitionStatus=str,
    Offset=pa.int64(),
    Duration=pa.int64(),
    Id=str,
    DisplayText=str,
    NBest=[
        struct(
            Confidence=float,
            Lexical=str,
            ITN=str,
            MaskedITN=str,
            Display=str,
            Words=[struct(Word=str, Offset=pa.int64(), Duration=pa.int64())],
        )
    ],
)
_Phrase: Any = schema.record(Phrase)
_Best: Any = schema.record(Phrase.field("NBest").type.value_type)
_Word: Any = schema.record(Phrase.field("NBest").type.value_type.field("Words").type.value_type)


class _Said(msgspec.Struct):
    """A phrase, or a word of one, of a fast transcription."""

    text: str
    offsetMilliseconds: _Milliseconds
    durationMilliseconds: _Milliseconds
    confidence: float | None = None
    words: list[_Said] | None = None


class Transcript(msgspec.Struct):
    """A fast transcription."""

    phrases: list[_Said]
    durationMilliseconds: _Milliseconds | None = None


def read_phrase(answer: httpx.Response | ServiceError) -> Any:
    """The phrase that the short-audio API answers, or the ServiceError in its place."""
    if isinstance(answer, ServiceError):
        return answer
    try:
        phrase = msgspec.json.decode(answer.content, type=_Phrase, strict=False)
    except NOT_JSON as error:
        return bad_response(answer, str(error))
    if phrase.RecognitionStatus is None:
        return bad_response(answer, "the answer has no RecognitionStatus")
    if not all(-_FAR < time < _FAR for time in _times(phrase)):
        return bad_response(answer, "the answer has a time that is none")
    if phrase.RecognitionStatus == "Success":
        if phrase.DisplayText is None and phrase.NBest and phrase.NBest[0] is not None:
            phrase.DisplayText = phrase.NBest[0].Display
        if phrase.DisplayText is None:
            return bad_response(answer, "the answer has neither DisplayText nor NBest")
    return phrase


def _times(phrase: Any) -> Iterator[int]:
    for one in (phrase, *_words(phrase)):
        yield from (one.Offset or 0, one.Duration or 0)


def _words(phrase: Any) -> Iterator[Any]:
    for best in phrase.NBest or ():
        yield from filter(None, (best.Words or ()) if best is not None else ())


def unrecognised(phrases: list[Any]) -> ServiceError | None:
    """The error of a recording in which nothing was recognised, or which the service could not do
    in full; its own word says why."""
    found = [phrase.RecognitionStatus for phrase in phrases]
    if "Success" in found and "Error" not in found:
        return None
    message = f"{found[0]}: no speech was recognised"
    if "Error" in found:
        message = "Error: the service could not do all of the recording; it may be sent again"
    return ServiceError("row_rejected", message, status=200, reason="OK")


def recognised(phrases: list[Any]) -> list[Any]:
    """The phrases in which something was."""
    return [phrase for phrase in phrases if phrase.RecognitionStatus == "Success"]


def later(phrase: Any, ticks: int) -> Any:
    """The phrase with its times counted from the recording's start."""
    phrase.Offset = (phrase.Offset or 0) + ticks
    for word in _words(phrase):
        word.Offset = (word.Offset or 0) + ticks
    return phrase


def no_match() -> Any:
    """The phrase of a recording without speech."""
    return _Phrase(RecognitionStatus="NoMatch", Offset=0, Duration=0)


def phrase_of(said: _Said, detailed: bool) -> Any:
    """A phrase of a fast transcription as the short-audio API would give it."""
    words = [
        _Word(
            Word=w.text,
            Offset=w.offsetMilliseconds * _MILLISECOND,
            Duration=w.durationMilliseconds * _MILLISECOND,
        )
        for w in said.words or ()
    ]
    best = _Best(Confidence=said.confidence, Display=said.text, Words=words)
    return _Phrase(
        RecognitionStatus="Success",
        Offset=said.offsetMilliseconds * _MILLISECOND,
        Duration=said.durationMilliseconds * _MILLISECOND,
        DisplayText=said.text,
        NBest=[best] if detailed else None,
    )

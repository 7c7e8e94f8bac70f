"""What was understood becomes a result: the words of REST and of the Speech SDK's protocol.

Where nothing is understood the status says why: `NoMatch` when something stands out like speech,
`InitialSilenceTimeout` when all is silent, `BabbleTimeout` when there is only steady noise.
Offsets and durations are in units of 100 ns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cogml_mocks.engines import speech_text
from cogml_mocks.engines.recogniser import Reading, Utterance
from cogml_mocks.operations import ServiceError
from cogml_mocks.speech.recognition import LOCALES

INITIAL_SILENCE = (
    5.0  # seconds; the service's own, see learn.microsoft.com/answers/questions/944836
)
_TICKS = 10_000_000  # a second


@dataclass(frozen=True, slots=True)
class Style:
    """How results are written."""

    detailed: bool
    profanity: str
    timed: bool
    confident: bool  # a confidence for each word


def style(query: Mapping[str, str]) -> Style:
    """Check a query's parameters; 400 for a language or a value that is none."""
    language = query.get("language", "")
    if language.lower() not in (known.lower() for known in LOCALES):
        known = "" if not language else f": {language!r} is none of {', '.join(LOCALES)}"
        raise bad_request(f"Invalid CID or language{known}")
    confident = _choice(query, "wordLevelConfidence", "false", "true") == "true"
    return Style(
        detailed=_choice(query, "format", "simple", "detailed") == "detailed",
        profanity=_choice(query, "profanity", "masked", "removed", "raw"),
        timed=_choice(query, "wordLevelTimestamps", "false", "true") == "true" or confident,
        confident=confident,
    )


def bad_request(message: str) -> ServiceError:
    """Return a refusal of the request."""
    return ServiceError(400, "400", message)


def _choice(query: Mapping[str, str], name: str, *values: str) -> str:
    value = query.get(name, values[0]).lower()
    if value not in values:
        raise bad_request(f"Invalid {name}: {value!r} is none of {', '.join(values)}")
    return value


def ticks(seconds: float) -> int:
    """Return seconds in units of 100 ns."""
    return round(seconds * _TICKS)


def understood(
    utterances: Sequence[Utterance], style: Style, origin: float = 0.0
) -> dict[str, Any] | None:
    """Return the result of utterances as one phrase; none where no words are left.

    Their times are seconds after ``origin``.
    """
    heard = [utterance for utterance in utterances if utterance.readings]
    results = [_result(reading, style, origin) for reading in _readings(heard)]
    results = [result for result in results if result["Display"]]
    if not results:
        return None
    words = [word for utterance in heard for word in utterance.readings[0].words]
    stretch = _stretch(origin + words[0].start, origin + words[-1].end)
    answer = {"RecognitionStatus": "Success"} | stretch
    if style.detailed:
        return answer | {"NBest": results}
    return answer | {"DisplayText": results[0]["Display"]}


def lexical(utterances: Sequence[Utterance], style: Style) -> str:
    """Return the words as they are before anything is made of them."""
    said = " ".join(part.readings[0].lexical for part in utterances if part.readings)
    return speech_text.censor(said, style.profanity)


def no_match(utterances: Sequence[Utterance], origin: float = 0.0) -> dict[str, Any]:
    """Return the result of speech without words that are known."""
    start, end = origin + utterances[0].start, origin + utterances[-1].end
    return {"RecognitionStatus": "NoMatch"} | _stretch(start, end)


def timeout(at: float, is_silent: bool) -> dict[str, Any]:
    """Return the result where nobody has spoken until then."""
    status = "InitialSilenceTimeout" if is_silent else "BabbleTimeout"
    return {"RecognitionStatus": status} | _stretch(at, at)


def _stretch(start: float, end: float) -> dict[str, Any]:
    return {"Offset": ticks(start), "Duration": ticks(end - start)}


def _readings(utterances: Sequence[Utterance]) -> list[Reading]:
    """Join the utterances' best readings, then their second ones where they have one, and so on."""
    most = max((len(utterance.readings) for utterance in utterances), default=0)
    joined = []
    for rank in range(most):
        parts = [
            utterance.readings[min(rank, len(utterance.readings) - 1)] for utterance in utterances
        ]
        lengths = [len(part.lexical.split()) for part in parts]
        weighted = sum(part.confidence * n for part, n in zip(parts, lengths, strict=True))
        joined.append(
            Reading(
                " ".join(part.lexical for part in parts),
                " ".join(part.display for part in parts),
                weighted / sum(lengths),
                tuple(word for part in parts for word in part.words),
            )
        )
    return sorted(joined, key=lambda reading: -reading.confidence)


def _result(reading: Reading, style: Style, origin: float) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Confidence": round(reading.confidence, 7),
        "Lexical": reading.lexical,
        "ITN": reading.lexical,
        "MaskedITN": speech_text.censor(reading.lexical, style.profanity),
        "Display": speech_text.censor(reading.display, style.profanity),
    }
    if style.timed and reading.words:
        result["Words"] = [
            {"Word": speech_text.lexical(word.text)}
            | _stretch(origin + word.start, origin + word.end)
            | ({"Confidence": round(word.confidence, 7)} if style.confident else {})
            for word in reading.words
        ]
    return result

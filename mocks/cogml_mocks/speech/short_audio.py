"""Speech to text for short audio: a whole recording is one result, from first word to last.

Where nothing is understood the status says why: `NoMatch` when something stands out like speech,
`InitialSilenceTimeout` when all is silent, `BabbleTimeout` when there is only steady noise.
"""

from collections.abc import Sequence
from typing import Any

from cogml_mocks.engines import audio, recogniser, speech_text
from cogml_mocks.engines.recogniser import Reading, Utterance
from cogml_mocks.operations import Answer, Call, ServiceError
from cogml_mocks.speech.recognition import LOCALES

MOST_SECONDS = 60
_TICKS = 10_000_000  # a second in units of 100 ns
_CONTAINERS = {"audio/wav": "WAV", "audio/x-wav": "WAV", "audio/wave": "WAV", "audio/ogg": "OGG"}
_CODECS = {"WAV": ("PCM_16", (8_000, 16_000)), "OGG": ("OPUS", (8_000, 16_000, 48_000))}


def recognise(call: Call) -> Answer:
    """What is said in up to 60 seconds."""
    language = call.query.get("language", "")
    if language.lower() not in (known.lower() for known in LOCALES):
        known = "" if not language else f": {language!r} is none of {', '.join(LOCALES)}"
        raise _bad_request(f"Invalid CID or language{known}")
    detailed = _choice(call, "format", "simple", "detailed") == "detailed"
    profanity = _choice(call, "profanity", "masked", "removed", "raw")
    timed = _choice(call, "wordLevelTimestamps", "false", "true") == "true"
    recording = _recording(call)
    call.documents = 1
    utterances = recogniser.recognise(recording.mono())
    understood = [utterance for utterance in utterances if utterance.readings]
    results = [_result(reading, profanity, timed) for reading in _readings(understood)]
    results = [result for result in results if result["Display"]]
    if not results:
        return Answer(_nothing(recording, utterances))
    words = [word for utterance in understood for word in utterance.readings[0].words]
    answer = {"RecognitionStatus": "Success"} | _stretch(words[0].start, words[-1].end)
    if detailed:
        return Answer(answer | {"NBest": results})
    return Answer(answer | {"DisplayText": results[0]["Display"]})


def _bad_request(message: str) -> ServiceError:
    return ServiceError(400, "400", message)


def _choice(call: Call, name: str, *values: str) -> str:
    value = call.query.get(name, values[0]).lower()
    if value not in values:
        raise _bad_request(f"Invalid {name}: {value!r} is none of {', '.join(values)}")
    return value


def _recording(call: Call) -> audio.Recording:
    """Decode what the service takes: PCM of 16 bits in WAV, Opus in OGG; mono, 8 or 16 kHz."""
    media_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    container = _CONTAINERS.get(media_type)
    if container is None:
        raise _bad_request("Unsupported audio format")
    if not call.request.body:
        raise _bad_request("No audio data received")
    try:
        recording = audio.decode(call.request.body, MOST_SECONDS)
    except audio.TooLong:
        raise _bad_request(f"The audio is longer than {MOST_SECONDS} seconds") from None
    except audio.NoSamples:
        raise _bad_request("No audio data received") from None
    except audio.BadAudio:
        raise _bad_request("Unsupported audio format") from None
    codec, rates = _CODECS[container]
    found = recording.container.replace("WAVEX", "WAV")
    if (found, recording.codec, len(recording.channels)) != (container, codec, 1):
        raise _bad_request("Unsupported audio format")
    if recording.rate not in rates:
        raise _bad_request("Unsupported audio format")
    return recording


def _stretch(start: float, end: float) -> dict[str, Any]:
    return {"Offset": round(start * _TICKS), "Duration": round((end - start) * _TICKS)}


def _nothing(recording: audio.Recording, utterances: Sequence[Utterance]) -> dict[str, Any]:
    if utterances:
        stretch = _stretch(utterances[0].start, utterances[-1].end)
        return {"RecognitionStatus": "NoMatch"} | stretch
    silent = audio.is_silent(recording.mono())
    status = "InitialSilenceTimeout" if silent else "BabbleTimeout"
    return {"RecognitionStatus": status} | _stretch(recording.seconds, recording.seconds)


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


def _result(reading: Reading, profanity: str, timed: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Confidence": round(reading.confidence, 7),
        "Lexical": reading.lexical,
        "ITN": reading.lexical,
        "MaskedITN": speech_text.censor(reading.lexical, profanity),
        "Display": speech_text.censor(reading.display, profanity),
    }
    if timed and reading.words:
        result["Words"] = [
            {"Word": speech_text.lexical(word.text)} | _stretch(word.start, word.end)
            for word in reading.words
        ]
    return result

"""Fast transcription: a recording of any common format becomes phrases, each with its words.

A phrase is a sentence, or an utterance that ends without a stop. Channels are merged, or
transcribed one by one where `channels` asks for it. The recording may play for five minutes here;
the service takes two hours.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cogml_mocks import form_data
from cogml_mocks.engines import audio, recogniser, speech_text
from cogml_mocks.engines.audio import Samples
from cogml_mocks.engines.recogniser import Word
from cogml_mocks.operations import Answer, Call, ServiceError, decode_json
from cogml_mocks.speech.recognition import LOCALES

MOST_SECONDS = 300
_PROFANITY = {"None": "raw", "Masked": "masked", "Removed": "removed", "Tags": "tagged"}


def transcribe(call: Call) -> Answer:
    """What is said, phrase by phrase, with times in milliseconds."""
    parts = _parts(call)
    definition = _definition(parts)
    locale = _locale(definition)
    profanity = definition.get("profanityFilterMode", "Masked")
    if not isinstance(profanity, str) or profanity not in _PROFANITY:
        raise _invalid("InvalidParameterValue", "profanityFilterMode is not valid.")
    recording = _recording(parts)
    call.documents = 1
    phrases: list[dict[str, Any]] = []
    combined = []
    for number, samples in _channels(definition, recording):
        label = {} if number is None else {"channel": number}
        found = [
            label | phrase | {"locale": locale}
            for phrase in _phrases(samples, _PROFANITY[profanity])
        ]
        phrases += found
        combined.append(label | {"text": " ".join(phrase["text"] for phrase in found)})
    return Answer(
        {
            "durationMilliseconds": _milliseconds(recording.seconds),
            "combinedPhrases": combined,
            "phrases": phrases,
        }
    )


def _invalid(code: str, message: str) -> ServiceError:
    return ServiceError(400, "InvalidArgument", message, (code, message))


def _parts(call: Call) -> dict[str, bytes]:
    try:
        return form_data.parse(call.request.headers.get("content-type", ""), call.request.body)
    except ValueError as error:
        message = f"The multipart body cannot be read: {error}."
        raise _invalid("InvalidRequestBodyFormat", message) from None


def _definition(parts: dict[str, bytes]) -> dict[str, Any]:
    if "definition" not in parts:
        raise _invalid("InvalidPayload", "The part 'definition' is missing.")
    try:
        definition = decode_json(parts["definition"])
    except ValueError:
        definition = None
    if not isinstance(definition, dict):
        raise _invalid("InvalidPayload", "The part 'definition' is not a JSON object.")
    return definition


def _locale(definition: dict[str, Any]) -> str:
    """Return the first locale that the recogniser knows; with none given it is the only one."""
    given = definition.get("locales") or ["en-US"]
    if not isinstance(given, list) or not all(isinstance(locale, str) for locale in given):
        raise _invalid("InvalidLocale", "locales must be a list of texts.")
    wanted = [locale.lower() for locale in given]
    known = {locale.lower(): locale for locale in LOCALES}
    for locale in wanted:
        if locale in known:
            return known[locale]
    message = f"None of the locales is supported; there are: {', '.join(LOCALES)}."
    raise _invalid("InvalidLocale", message)


def _recording(parts: dict[str, bytes]) -> audio.Recording:
    data = parts.get("audio")
    if not data:
        raise _invalid("InvalidPayload", "The part 'audio' is missing or empty.")
    try:
        return audio.decode(data, MOST_SECONDS)
    except audio.TooLong:
        message = f"The audio is longer than {MOST_SECONDS} seconds."
    except audio.NoSamples:
        message = "The audio is empty."
    except audio.BadAudio:
        message = "The audio format is not supported or the audio is broken."
    raise ServiceError(422, "UnprocessableEntity", message, ("InvalidPayload", message))


def _channels(
    definition: dict[str, Any], recording: audio.Recording
) -> Iterator[tuple[int | None, Samples]]:
    wanted = definition.get("channels")
    if wanted is None or len(recording.channels) == 1:
        return iter([(None, recording.mono())])
    allowed = range(len(recording.channels))
    if (
        not isinstance(wanted, list)
        or not wanted
        or not all(type(number) is int and number in allowed for number in wanted)
    ):
        raise _invalid("InvalidParameterValue", "channels must be [0], [1] or [0,1].")
    return ((number, recording.channels[number]) for number in sorted(set(wanted)))


def _phrases(samples: Samples, profanity: str) -> Iterator[dict[str, Any]]:
    for utterance in recogniser.recognise(samples):
        for reading in utterance.readings[:1]:
            for sentence in _sentences(reading.words):
                if phrase := _phrase(sentence, profanity):
                    yield phrase | {"confidence": round(reading.confidence, 7)}


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if word.text.endswith((".", "?", "!")):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _phrase(words: Sequence[Word], profanity: str) -> dict[str, Any] | None:
    """Return a phrase, or none where nothing is left of it."""
    written = [(speech_text.censor(word.text, profanity), word) for word in words]
    shown = [(text, word) for text, word in written if text]
    if not shown:
        return None
    return {
        "offsetMilliseconds": _milliseconds(words[0].start),
        "durationMilliseconds": _milliseconds(words[-1].end - words[0].start),
        "text": " ".join(text for text, _ in shown),
        "words": [
            {
                "text": text,
                "offsetMilliseconds": _milliseconds(word.start),
                "durationMilliseconds": _milliseconds(word.end - word.start),
            }
            for text, word in shown
        ],
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000)

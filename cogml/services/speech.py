"""Speech to text: recordings in, what was said out, with when it was said.

`SpeechToText` sends each recording as it is, up to 60 seconds. `SpeechToTextSDK` takes any length:
it cuts the recording where the speaker pauses and sends a piece at a time over the same REST API
(there is no native library), or the whole file to the fast transcription API.

Source: https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text-short and
.../fast-transcription-create (read 2026-11).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pyarrow as pa

from cogml import audio, frames
from cogml.errors import MissingPackage, ParamError, ServiceError
from cogml.exchange import NOT_JSON, Exchange, Outcome, bad_response, call, download
from cogml.limits import Limits
from cogml.param import Param, ServiceParam
from cogml.places import is_address
from cogml.plan import Plan, Row
from cogml.services._azure import AzureService
from cogml.services._media import read_file, too_large
from cogml.services._phrases import (
    TICKS,
    Phrase,
    Transcript,
    later,
    no_match,
    phrase_of,
    read_phrase,
    recognised,
    unrecognised,
)
from cogml.services._row import Content, RowService

LONGEST = 60.0  # seconds of a recording that the short-audio API takes
_PIECE = 55.0  # seconds; what is sent is padded
_FAST, _FAST_VERSION = "/speechtotext/transcriptions:transcribe", "2024-11-15"
_OWN_HOST = ".cognitiveservices.azure.com"
_HEADER = 44  # bytes
_PCM = "audio/wav; codecs=audio/pcm; samplerate=16000"
_OGG = "audio/ogg; codecs=opus"
_BOUNDARY = "cogml-9d1c2f7e5b8a4630"  # one always, or nearly: equal bodies are equal


class SpeechService(RowService, AzureService):
    """A recording: bytes, the place of a file, or an http address (fetched without credentials).

    Billed are seconds of what was sent, of an OGG file up to the end of what was recognised, and
    also where the service found no speech
    (azure.microsoft.com/pricing/details/cognitive-services/speech-services).
    """

    unit = "audio seconds"
    version = "v1"
    host = "{location}.stt.speech.microsoft"
    sovereign_host = "{location}.stt.speech.azure"
    limits = Limits(bytes=200 * 2**20)
    at_once = 20

    answerBytes = Param(
        int,
        "most bytes of one answer, or of a recording that is downloaded",
        default=256 * 2**20,
        at_least=1,
    )
    audioData = ServiceParam(
        bytes,
        "the recording, the place of its file or its address",
        send="document",
        required=True,
    )
    language = ServiceParam(
        str, "language spoken, such as en-US", send="query", required=True, default="en-US"
    )
    format = ServiceParam(
        str,
        "detailed: with the best guesses, their confidence and, on request, their words",
        send="query",
        default="simple",
        choices=("simple", "detailed", "Simple", "Detailed"),
    )
    profanity = ServiceParam(
        str,
        "what becomes of swear words",
        send="query",
        default="masked",
        choices=("masked", "removed", "raw", "Masked", "Removed", "Raw"),
    )
    wordLevelTimestamps = ServiceParam(
        bool, "whether to say when each word was said (makes the format detailed)", send="query"
    )
    endpointId = ServiceParam(str, "a custom model's endpoint", send="query", wire="cid")

    def place(self, path: str, host: str) -> str:
        """Below `/stt` where the resource has a host of its own."""
        address = super().place(path, host)
        found = httpx.URL(address)
        given = self.getOrDefault("customUrlRoot") or self.getOrDefault("url")
        if not given and found.host.endswith(_OWN_HOST) and found.path == path:
            return str(found.copy_with(path=f"/stt{path}"))
        return address

    def full_address(self, address: str, settings: Mapping[str, Any]) -> httpx.URL:
        """The API writes its words small; times of words are in the detailed format only."""
        words = ("format", "profanity")
        told = {name: settings[name].lower() for name in words if settings.get(name)}
        if settings.get("wordLevelTimestamps"):
            told["format"] = "detailed"
        return super().full_address(address, {**settings, **told})

    def loaded(self, plan: Plan, row: Row) -> Any:
        """The steps that bring the recording's bytes, or the ServiceError in their place."""
        source: Any = row.document["audioData"]
        most = self.operation_limits().bytes
        if is_address(source):
            answer = yield from download(source, plan.web)
            if isinstance(answer, ServiceError):
                return answer
            source = answer.content
        elif isinstance(source, str):
            source = yield functools.partial(read_file, source, most)
        if isinstance(source, dict):
            return ServiceError("row_rejected", "expected a recording; found a picture")
        if not isinstance(source, ServiceError) and len(source) > most:
            return too_large(len(source), most)
        return source


class SpeechToText(SpeechService):
    """What is said in a recording of up to 60 seconds.

    Input     audioData: WAV, OGG, FLAC or MP3; other than 16 kHz mono WAV and OGG needs the extra
              `speech`, which converts it
    Output    struct: RecognitionStatus; DisplayText (simple) or NBest (detailed), best first, with
              Confidence 0..1; Offset and Duration in 100 ns. Where nothing was recognised the
              status says so and is the row's error as well
    """

    path = "/speech/recognition/conversation/cognitiveservices/v1"
    output = Phrase

    def row(self, plan: Plan, row: Row) -> Exchange:
        """The recording, made ready and sent."""
        source = yield from self.loaded(plan, row)
        if not isinstance(source, ServiceError):
            source = yield functools.partial(_short, source)
        if isinstance(source, ServiceError):
            return [Outcome(None, source)]
        request = plan.request(row.key, row.settings, source.data, source.media_type)
        phrase = read_phrase((yield from call(request)))
        if isinstance(phrase, ServiceError):
            return [Outcome(None, phrase)]
        plan.bill(_seconds(source.data) if source.media_type == _PCM else _end_of(phrase))
        return [Outcome(phrase, unrecognised([phrase]))]


class SpeechToTextSDK(SpeechService):
    """What is said in a recording of any length up to four hours, an utterance at a time.

    One row comes back for each utterance (a row without any stays, with its error); with
    `streamIntermediateResults=False` one row for each recording, with an array of utterances.

    Input     audioData: WAV, OGG, FLAC, MP3 and what else libsndfile reads, 8 to 192 kHz, any
              channels; needs the extra `speech`
    Output    struct (or array of them): RecognitionStatus, DisplayText, NBest (detailed), Offset
              from the recording's start and Duration in 100 ns
    """

    path = "/speech/recognition/conversation/cognitiveservices/v1"
    output = pa.list_(Phrase)

    backend = Param(
        str,
        "rest: pieces to the short-audio API; fast: the file to the fast transcription API",
        default="rest",
        choices=("rest", "fast"),
    )
    streamIntermediateResults = Param(
        bool, "whether each utterance becomes a row", default=True, manner=True
    )
    fileType = ServiceParam(
        str, "kind of file (it is found out)", send="none", choices=("wav", "mp3", "ogg")
    )

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """As for every service; then, unless told otherwise, a row for each utterance."""
        stage = self.copy(params)
        filled = super().transform(dataset, params)
        if not stage.getOrDefault("streamIntermediateResults"):
            return filled
        return frames.explode(filled, stage.getOutputCol())

    def retryFailed(self, dataset: Any) -> Any:
        """As for every service, where a recording is a row."""
        if self.getOrDefault("streamIntermediateResults"):
            raise ParamError(
                f"{type(self).__name__}: retryFailed needs setStreamIntermediateResults(False), "
                f"before transform as well: else each utterance, not each recording, is a row"
            )
        return super().retryFailed(dataset)

    def transformSchema(self, schema: Any) -> Any:
        """The Spark schema that `transform` gives for this Spark schema; raises as it does."""
        made = super().transformSchema(schema)
        if self.getOrDefault("streamIntermediateResults"):
            field = made[self.getOutputCol()]
            field.dataType = field.dataType.elementType
        return made

    def address(self) -> str:
        """The short-audio API's, or the fast transcription API's."""
        if self.getOrDefault("backend") == "rest":
            return super().address()
        return AzureService.place(self, _FAST, AzureService.host)

    def full_address(self, address: str, settings: Mapping[str, Any]) -> httpx.URL:
        """Fast transcription has its settings in the body."""
        if self.getOrDefault("backend") == "rest":
            return super().full_address(address, settings)
        if self.getOrDefault("customUrlRoot"):
            return httpx.URL(address)
        return httpx.URL(address).copy_merge_params({"api-version": _FAST_VERSION})

    def row(self, plan: Plan, row: Row) -> Exchange:
        """The recording, cut and sent a piece at a time, or sent whole."""
        source = yield from self.loaded(plan, row)
        if isinstance(source, ServiceError):
            return [Outcome(None, source)]
        if self.getOrDefault("backend") == "fast":
            return (yield from self._whole(plan, row, source))
        pieces = yield functools.partial(_cut, source)
        if isinstance(pieces, ServiceError):
            return [Outcome(None, pieces)]
        phrases: list[Any] = []
        for begin, piece in pieces:
            request = plan.request(row.key, row.settings, piece, _PCM)
            phrase = read_phrase((yield from call(request)))
            if isinstance(phrase, ServiceError):
                return [Outcome(recognised(phrases) or None, phrase)]
            plan.bill(_seconds(piece))
            phrases.append(later(phrase, begin))
        return [Outcome(recognised(phrases) or phrases, unrecognised(phrases))]

    def _whole(self, plan: Plan, row: Row, source: bytes) -> Exchange:
        settings = row.settings
        modes = {"masked": "Masked", "removed": "Removed", "raw": "None"}
        definition = {
            "locales": [settings["language"]],
            "profanityFilterMode": modes[(settings["profanity"] or "masked").lower()],
        }
        boundary = _BOUNDARY
        if boundary.encode() in source:  # a recording ends where it ends, not where it says
            boundary = f"cogml-{hashlib.blake2b(source, digest_size=16).hexdigest()}"
        parts = {"definition": msgspec.json.encode(definition), "audio": source}
        body = _form(boundary, parts)
        media_type = f"multipart/form-data; boundary={boundary}"
        answer = yield from call(plan.request(row.key, settings, body, media_type))
        if isinstance(answer, ServiceError):
            return [Outcome(None, answer)]
        try:
            found = msgspec.json.decode(answer.content, type=Transcript)
        except NOT_JSON as error:
            return [Outcome(None, bad_response(answer, str(error)))]
        plan.bill((found.durationMilliseconds or 0) / 1_000)
        detailed = str(settings["format"]).lower() == "detailed" or settings.get(
            "wordLevelTimestamps"
        )
        phrases = [phrase_of(one, bool(detailed)) for one in found.phrases]
        silent = [no_match()]
        return [Outcome(phrases or silent, unrecognised(phrases or silent))]


def _is_ready(data: bytes) -> bool:
    """Whether this is a WAV file of 16-bit samples, mono, 16 kHz."""
    pcm = b"\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00"
    return data[:4] == b"RIFF" and data[8:16] == b"WAVEfmt " and data[20:36] == pcm


def _seconds(wav: bytes) -> float:
    """How long a WAV file of 16-bit samples, mono, 16 kHz plays."""
    return (len(wav) - _HEADER) / (audio.RATE * 2)


def _end_of(phrase: Any) -> float:
    return ((phrase.Offset or 0) + (phrase.Duration or 0)) / TICKS


def _short(data: bytes) -> Content | ServiceError:
    """A recording as the short-audio API takes it."""
    if data.startswith(b"OggS"):
        return Content(data, _OGG)
    if _is_ready(data) and len(data) - _HEADER <= LONGEST * audio.RATE * 2:
        return Content(data, _PCM)
    sound = _decoded(data)
    if isinstance(sound, ServiceError):
        return sound
    if sound.seconds > LONGEST:
        return ServiceError(
            "row_rejected",
            f"{sound.seconds:.0f} seconds; SpeechToText takes {LONGEST:.0f} at the most, "
            f"SpeechToTextSDK more",
        )
    return Content(audio.wav(sound, audio.Span(0, len(sound.samples))), _PCM)


def _cut(data: bytes) -> list[tuple[int, bytes]] | ServiceError:
    """The utterances of a recording: where each begins, in 100 ns, and its WAV file."""
    sound = _decoded(data)
    if isinstance(sound, ServiceError):
        return sound
    return [
        (span.start * TICKS // audio.RATE, audio.wav(sound, span))
        for span in audio.utterances(sound, _PIECE)
    ]


def _decoded(data: bytes) -> audio.Audio | ServiceError:
    try:
        return audio.decode(data)
    except (ValueError, MissingPackage) as error:
        return ServiceError("row_rejected", str(error))


def _form(boundary: str, parts: Mapping[str, bytes]) -> bytes:
    """The parts as multipart/form-data."""
    made = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        f"{'; filename=audio' if name == 'audio' else ''}\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in parts.items()
    ]
    return b"".join(made) + f"--{boundary}--\r\n".encode()

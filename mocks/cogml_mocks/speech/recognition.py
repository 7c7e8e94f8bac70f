"""What hears is imported when it is first asked for: it takes longer than the rest of the suite.

So the operations of Speech are only registered here: short audio, by REST and over a WebSocket,
fast transcription, and the token that stands for a key.

Not modelled: other languages than English, custom models (`cid`), pronunciation assessment (its
header is not read: results come without scores), speakers (`diarization`), phrase lists, audio by
address, over REST time limits within a recording other than for silence at its start and answers
before the whole audio has arrived, batch transcription.
"""

from typing import Any

from cogml_mocks.identity import entra
from cogml_mocks.operations import Answer, Call, Family, ServiceError, gateway_error
from cogml_mocks.operations import operation as register

LOCALES = (
    *("en-AU", "en-CA", "en-GB", "en-GH", "en-HK", "en-IE", "en-IN", "en-KE"),
    *("en-NG", "en-NZ", "en-PH", "en-SG", "en-TZ", "en-US", "en-ZA"),
)
MAX_BODY = 16 * 1_048_576
TOKEN_SECONDS = 600


def short_error(error: ServiceError) -> dict[str, Any]:
    """Return the error body of the service for short audio."""
    return {"Message": error.message}


def transcription_error(error: ServiceError) -> dict[str, Any]:
    """Return the error body of the transcription service."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.inner is not None:
        body["innerError"] = {"code": error.inner[0], "message": error.inner[1]}
    return body


def _too_large(limit: int) -> ServiceError:
    message = f"The request is larger than {limit} bytes."
    return ServiceError(413, "InvalidRequest", message, ("InvalidPayload", message))


SHORT = Family("/speech/", short_error, too_large=_too_large, bare_status=403)
TRANSCRIPTIONS = Family("/speechtotext/", transcription_error, too_large=_too_large)
TOKENS = Family("/sts/", gateway_error, is_private=True)


def recognise(call: Call) -> Answer:
    """What is said in up to 60 seconds."""
    from cogml_mocks.speech import short_audio

    return short_audio.recognise(call)


def connect(call: Call) -> Answer:
    """A WebSocket that the Speech SDK sends audio through."""
    from cogml_mocks.speech import sdk_protocol

    return sdk_protocol.connect(call)


for _mode in ("conversation", "interactive", "dictation"):
    _path = f"/speech/recognition/{_mode}/cognitiveservices/v1"
    register("POST", _path, SHORT, media_types=(), max_body=MAX_BODY, slow=True)(recognise)
    register("WEBSOCKET", _path, SHORT, media_types=(), slow=True)(connect)


@register(
    "POST",
    "/speechtotext/transcriptions:transcribe",
    TRANSCRIPTIONS,
    api_versions=("2024-11-15", "2025-10-15"),
    media_types=("multipart/form-data",),
    max_body=2 * MAX_BODY,
    slow=True,
)
def transcribe(call: Call) -> Answer:
    """What is said in a recording, phrase by phrase."""
    from cogml_mocks.speech import transcription

    return transcription.transcribe(call)


@register("POST", "/sts/v1.0/{operation}", TOKENS, media_types=())
def token(call: Call) -> Answer:
    """A token for ten minutes; the documentation writes `issueToken` and `issuetoken`."""
    if call.path["operation"].lower() != "issuetoken":
        raise ServiceError(404, "404", "Resource not found")
    issued = entra.issue(entra.COGNITIVE_SERVICES, call.settings.tenant, TOKEN_SECONDS)
    return Answer(content=issued.encode(), media_type="application/jwt; charset=us-ascii")

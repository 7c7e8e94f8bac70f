"""The Speech SDK talks over a WebSocket: audio in messages, a turn for each thing to recognise.

A turn has the request id of its audio. In `interactive` it is one phrase, in `conversation` and
`dictation` a phrase for each utterance until the audio ends. Offsets count from the beginning of
the turn's audio: the client adds them up, and sends anew what no phrase has covered.

Not modelled: hypotheses while somebody speaks (there is one before each phrase, of the same
words), `universal/v2` and what needs it (language identification, speakers), phrase lists,
pronunciation assessment, spoken punctuation of dictation, compressed audio, a longest connection.
"""

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from cogml_mocks.engines import audio
from cogml_mocks.messages import Peer
from cogml_mocks.operations import Answer, Call, ServiceError
from cogml_mocks.speech import results
from cogml_mocks.speech.listening import PAUSE, Began, Ended, Event, Listener, Silence, Speech
from cogml_mocks.speech.recognition import SHORT
from cogml_mocks.speech.results import INITIAL_SILENCE
from cogml_mocks.speech.sdk_messages import (
    INVALID_DATA,
    Violation,
    json_body,
    request_id,
    reused,
    split_binary,
    split_text,
    within,
    written,
)

AHEAD = 1_048_576  # bytes of audio that may wait to be heard; beyond it the client waits
MAX_REASON = 123  # bytes of a close, RFC 6455 (5.5)
_ENOUGH = 8_000  # bytes worth looking at
_HELD = "audio waits to be heard"
_REMEMBERED = 100  # turns that are over


def connect(call: Call) -> Answer:
    """Accept a WebSocket, unless its query would be refused."""
    results.style(call.query)
    return Answer(status=101, session=partial(Conversation, call))


class Turn:
    """One recognition: its audio on the way to a listener."""

    def __init__(self, request_id: str, listener: Listener, style: results.Style) -> None:
        self.request_id = request_id
        self.listener = listener
        self.style = style
        self.waiting = bytearray()
        self.enough = 1  # bytes: a header that is none is refused at once
        self.is_hungry = True  # the listener has heard all it was given
        self.is_all = self.is_busy = self.has_result = False


class Conversation:
    """One connection of the SDK: turn after turn."""

    def __init__(self, call: Call, peer: Peer) -> None:
        self._call = call
        self._peer = peer
        self._mode = call.request.path.rpartition("/recognition/")[2].partition("/")[0]
        self._context: dict[str, Any] = {}
        self._turn: Turn | None = None
        self._last: Listener | None = None
        self._over: deque[str] = deque(maxlen=_REMEMBERED)

    # --- messages.Session

    def received(self, message: str | bytes) -> None:
        """Take a message; a protocol violation closes the WebSocket."""
        try:
            if isinstance(message, str):
                self._take_text(*split_text(message))
            else:
                self._take_audio(*split_binary(message))
        except Violation as violation:
            self._turn = None
            self._fail(violation.code, violation.reason)

    def closed(self) -> None:
        """Forget the turn."""
        self._turn = None

    # --- what the client says

    def _take_text(self, headers: dict[str, str], body: str) -> None:
        path = headers["path"].lower()
        if path == "speech.config":
            json_body(path, body)
            return
        given = request_id(headers)
        if path == "speech.context":
            if given in self._over:
                raise reused()
            self._context = json_body(path, body)

    def _take_audio(self, headers: dict[str, str], body: bytes) -> None:
        given = request_id(headers)
        if headers["path"].lower() != "audio":
            return
        if given in self._over:
            if "content-type" in headers:  # the beginning of audio, not what was on its way
                raise reused()
            return
        turn = self._turn
        if turn is None or turn.request_id != given:
            turn = self._begin(given)
        turn.waiting += body
        turn.is_all |= not body
        self._peer.hold(_HELD, len(turn.waiting) > AHEAD)
        if turn.is_all or len(turn.waiting) >= turn.enough:
            self._listen(turn)

    # --- a turn

    def _begin(self, request_id: str) -> Turn:
        wanted = _wanted(self._context)
        try:
            style = results.style(wanted | dict(self._call.query))
        except ServiceError as error:
            raise Violation(INVALID_DATA, error.message) from None
        patience = _milliseconds(
            self._call.query.get("initialSilenceTimeoutMs")
            or within(self._context, "phraseDetection", "initialSilenceTimeout"),
            INITIAL_SILENCE,
        )
        mode = within(self._context, "phraseDetection", "mode")
        own = within(self._context, "phraseDetection", mode if isinstance(mode, str) else "")
        pause = _milliseconds(within(own, "segmentation", "segmentationSilenceTimeoutMs"), PAUSE)
        before = self._last if "continuation" in self._context else None
        self._turn = Turn(request_id, Listener(pause, patience, before), style)
        self._call.documents = (self._call.documents or 0) + 1
        self._send("turn.start", {"context": {"serviceTag": uuid4().hex}})
        return self._turn

    def _listen(self, turn: Turn) -> None:
        if turn.is_busy:
            return
        turn.is_busy = True
        data = b""
        if turn.is_hungry:
            data, turn.waiting = bytes(turn.waiting), bytearray()
            turn.enough = _ENOUGH
            self._peer.hold(_HELD, False)
        is_all = turn.is_all and not turn.waiting
        listen = partial(_listen, turn.listener, data, is_all)
        self._peer.run(SHORT.threads, listen, partial(self._heard, turn, is_all))

    def _heard(self, turn: Turn, was_all: bool, event: Event | audio.BadAudio | None) -> None:
        turn.is_busy, turn.is_hungry = False, event is None
        if turn is not self._turn:
            return
        if isinstance(event, audio.BadAudio):
            self._turn = None
            self._fail(INVALID_DATA, str(event))
            return
        if event is not None:
            self._tell(turn, event)
        has_more = len(turn.waiting) >= turn.enough or turn.is_all != was_all
        if turn is self._turn and (event is not None or has_more):
            self._listen(turn)

    def _tell(self, turn: Turn, event: Event) -> None:
        is_one = self._mode == "interactive"
        if isinstance(event, Began):
            self._send("speech.startDetected", {"Offset": results.ticks(event.at)})
        elif isinstance(event, Speech):
            turn.has_result = True
            phrase = results.understood(event.utterances, turn.style, event.origin)
            if phrase is None:
                phrase = results.no_match(event.utterances, event.origin)
            else:
                # What no phrase covers the client sends anew: the sound of the last word too.
                phrase["Duration"] = results.ticks(event.end) - phrase["Offset"]
                self._send("speech.hypothesis", _hypothesis(event, phrase, turn.style))
            if is_one:
                self._end(event.end, phrase)
            else:
                self._send("speech.phrase", _numbered(phrase))
        elif isinstance(event, Silence) or (is_one and not turn.has_result):
            self._end(event.at, results.timeout(event.at, event.is_silent))
        else:
            self._end(event.at, {"RecognitionStatus": "EndOfDictation"} | _at(event))

    def _end(self, at: float, phrase: dict[str, Any]) -> None:
        self._send("speech.endDetected", {"Offset": results.ticks(at)})
        self._send("speech.phrase", _numbered(phrase))
        self._send("turn.end", {})
        assert self._turn is not None
        self._over.append(self._turn.request_id)
        self._last = self._turn.listener
        self._peer.hold(_HELD, False)
        self._turn = None

    def _fail(self, code: int, reason: str) -> None:
        # A reason says what was wrong in the client's words, of any length and script.
        self._peer.fail(code, reason.encode()[:MAX_REASON].decode(errors="ignore"))

    def _send(self, path: str, document: dict[str, Any]) -> None:
        assert self._turn is not None
        self._peer.send(written(self._turn.request_id, path, document))


def _listen(listener: Listener, data: bytes, is_all: bool) -> Event | audio.BadAudio | None:
    try:
        return listener.listen(data, is_all)
    except audio.BadAudio as error:
        return error


def _numbered(phrase: dict[str, Any]) -> dict[str, Any]:
    """Return a result as the SDK gets it: with an id, and always with the text to show."""
    shown = {"DisplayText": phrase["NBest"][0]["Display"]} if "NBest" in phrase else {}
    return {"Id": uuid4().hex} | phrase | shown | {"Channel": 0}


def _hypothesis(event: Speech, phrase: Mapping[str, Any], style: results.Style) -> dict[str, Any]:
    text = results.lexical(event.utterances, style)
    stretch = {"Offset": phrase["Offset"], "Duration": phrase["Duration"]}
    return {"Id": uuid4().hex, "Text": text} | stretch | {"Channel": 0}


def _at(event: Silence | Ended | Began) -> dict[str, Any]:
    return {"Offset": results.ticks(event.at), "Duration": 0}


def _wanted(context: dict[str, Any]) -> dict[str, str]:
    """Return what `speech.context` asks for by the names of the query."""
    options = within(context, "phraseOutput", "detailed", "options")
    options = options if isinstance(options, list) else []
    wanted = {
        "language": within(context, "phraseDetection", "language"),
        "profanity": within(context, "phraseDetection", "enrichment", "profanity"),
        "format": within(context, "phraseOutput", "format"),
        "wordLevelTimestamps": "true" if "WordTimings" in options else None,
        "wordLevelConfidence": "true" if "WordConfidence" in options else None,
    }
    return {name: value for name, value in wanted.items() if isinstance(value, str)}


def _milliseconds(value: Any, default: float) -> float:
    """Return seconds; what is no number of milliseconds up to a minute is the default."""
    try:
        seconds = float(value) / 1000
    except (TypeError, ValueError):
        return default
    return seconds if 0 < seconds <= 60 else default

"""The Speech SDK's messages: turns, phrases, and what closes the WebSocket."""

import contextlib
import json
import struct

import numpy as np
import pytest
from speech_bench import CHANCE, RATE, decoded, encoded, question, reading, say
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cogml_mocks.engines import audio
from cogml_mocks.speech.listening import Began, Ended, Listener, Silence, Speech, wave_format

ID = "0123456789abcdef0123456789ABCDEF"
OTHER = ID[::-1]
HEADER = encoded(np.zeros(0))[:40] + bytes(4)
SECOND = bytes(2 * RATE)


def text(path, document, request_id=ID):
    return f"X-Timestamp:now\r\nPath:{path}\r\nX-RequestId:{request_id}\r\n\r\n{document}"


def chunk(data, request_id=ID, more="", path="audio"):
    head = f"Path:{path}\r\nX-RequestId:{request_id}\r\n{more}".encode()
    return struct.pack(">H", len(head)) + head + data


def first(data=b"", request_id=ID):
    return chunk(HEADER + data, request_id, "Content-Type:audio/x-wav\r\n")


class Caller:
    """A client of the protocol that is not Azure's."""

    def __init__(self, websocket):
        self.websocket = websocket

    def say(self, *messages):
        for message in messages:
            self.websocket.send(message)

    def turn(self):
        """Return paths and bodies of one turn's messages."""
        found = []
        while not found or found[-1][0] != "turn.end":
            head, _, body = self.websocket.recv(timeout=30).partition("\r\n\r\n")
            headers = dict(line.split(":", 1) for line in head.split("\r\n"))
            assert headers["Content-Type"] == "application/json; charset=utf-8"
            self.request_id = headers["X-RequestId"]
            found.append((headers["Path"], json.loads(body)))
        return found

    def phrases(self):
        return [body for path, body in self.turn() if path == "speech.phrase"]

    def _drain(self):
        while True:
            self.websocket.recv(timeout=30)

    def refusal(self):
        with pytest.raises(ConnectionClosed) as closed:
            self._drain()
        return closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.fixture
def dial(bench):
    opened = []

    def open_(mode="interactive", query="language=en-US"):
        url = bench.url.replace("http", "ws")
        path = f"/speech/recognition/{mode}/cognitiveservices/v1?{query}"
        headers = {"Ocp-Apim-Subscription-Key": "a-key", "X-ConnectionId": ID}
        opened.append(connect(url + path, additional_headers=headers, close_timeout=1))
        return Caller(opened[-1].__enter__())

    yield open_
    for websocket in opened:
        websocket.__exit__(None, None, None)


@pytest.fixture(scope="module")
def spoken():
    return (decoded(question()) * 32_767).astype("<i2").tobytes()


def test_a_turn_has_its_messages_in_order(dial, spoken):
    caller = dial()
    caller.say(text("speech.config", '{"context":{}}'), text("speech.context", "{}"))
    caller.say(first(), chunk(spoken[:10_001]), chunk(spoken[10_001:]), chunk(b""))
    turn = caller.turn()
    assert [path for path, _ in turn] == [
        "turn.start",
        "speech.startDetected",
        "speech.hypothesis",
        "speech.endDetected",
        "speech.phrase",
        "turn.end",
    ]
    said = dict(turn)
    assert caller.request_id == ID
    assert len(said["turn.start"]["context"]["serviceTag"]) == 32
    assert said["speech.hypothesis"]["Text"] == "what's the weather like"
    phrase = said["speech.phrase"]
    assert list(phrase) == [
        "Id", "RecognitionStatus", "Offset", "Duration", "DisplayText", "Channel"
    ]  # fmt: skip
    assert phrase["RecognitionStatus"] == "Success"
    assert phrase["DisplayText"] == "What's the weather like?"
    assert phrase["Offset"] + phrase["Duration"] == said["speech.endDetected"]["Offset"]


def test_each_turn_is_counted_and_the_next_follows_on_the_same_connection(dial, bench, spoken):
    caller = dial()
    for request_id in (ID, OTHER):
        caller.say(first(spoken, request_id), chunk(b"", request_id))
        assert caller.phrases()[0]["RecognitionStatus"] == "Success"
        assert caller.request_id == request_id
        caller.say(text("telemetry", '{"Metrics":[]}', request_id))
    caller.websocket.close()
    while bench.suite.stats(bench.name)["in_flight"]:
        pass
    (entry,) = bench.suite.requests(bench.name)
    assert (entry["status"], entry["documents"]) == (101, 2)
    assert entry["request_bytes"] > 2 * len(spoken)


@pytest.mark.parametrize("mode", ["conversation", "dictation"])
def test_where_it_goes_on_every_utterance_is_a_phrase(dial, spoken, mode):
    caller = dial(mode)
    caller.say(first(spoken + SECOND + spoken), chunk(b""))
    one, two, end = caller.phrases()
    assert one["DisplayText"] == two["DisplayText"] == "What's the weather like?"
    length = len(spoken) / 2 / RATE
    assert two["Offset"] - one["Offset"] == pytest.approx((length + 1) * 1e7, abs=2_500_000)
    assert (end["RecognitionStatus"], end["Duration"]) == ("EndOfDictation", 0)
    assert end["Offset"] == round((2 * length + 1) * 1e7)


def test_one_phrase_ends_a_turn_before_the_audio_does(dial, spoken):
    caller = dial()
    caller.say(first(spoken + SECOND))
    assert caller.phrases()[0]["DisplayText"] == "What's the weather like?"
    caller.say(chunk(SECOND), chunk(b""))  # it was on its way
    caller.say(first(SECOND, OTHER), chunk(b"", OTHER))
    assert caller.phrases()[0]["RecognitionStatus"] == "InitialSilenceTimeout"


def test_the_client_may_send_anew_what_no_phrase_covered(dial, spoken):
    caller = dial()
    caller.say(first(spoken + SECOND))
    (one,) = caller.phrases()
    rest = spoken[(one["Offset"] + one["Duration"]) // 10_000 * 32 :] + SECOND
    caller.say(text("speech.context", '{"continuation":{"previousServiceTag":"x"}}', OTHER))
    caller.say(first(rest, OTHER), chunk(b"", OTHER))
    assert caller.phrases()[0]["RecognitionStatus"] == "InitialSilenceTimeout"


NOISE = CHANCE.normal(0, 3_000, 7 * RATE).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("sound", "context", "status", "at"),
    [
        (2 * SECOND, {}, "InitialSilenceTimeout", 2),
        (7 * SECOND, {}, "InitialSilenceTimeout", 5),
        (NOISE, {}, "BabbleTimeout", 5),
        (7 * SECOND, {"initialSilenceTimeout": 3_000}, "InitialSilenceTimeout", 3),
        (7 * SECOND, {"initialSilenceTimeout": 60_001}, "InitialSilenceTimeout", 5),
        (7 * SECOND, {"initialSilenceTimeout": {}}, "InitialSilenceTimeout", 5),
        (b"", {}, "InitialSilenceTimeout", 0),
    ],
)
def test_who_says_nothing_is_not_waited_for(dial, sound, context, status, at):
    caller = dial()
    caller.say(text("speech.context", json.dumps({"phraseDetection": context})))
    caller.say(first(sound), chunk(b""))
    (phrase,) = caller.phrases()
    assert (phrase["RecognitionStatus"], phrase["Offset"]) == (status, at * 10_000_000)
    assert "DisplayText" not in phrase


def test_silence_until_the_end_of_a_dictation_is_its_end(dial):
    caller = dial("dictation")
    caller.say(first(2 * SECOND), chunk(b""))
    turn = caller.turn()
    assert [path for path, _ in turn] == [
        "turn.start", "speech.endDetected", "speech.phrase", "turn.end"
    ]  # fmt: skip
    assert turn[2][1]["RecognitionStatus"] == "EndOfDictation"


def test_no_audio_at_all_is_a_turn(dial):
    caller = dial()
    caller.say(chunk(b""))
    (phrase,) = caller.phrases()
    assert (phrase["RecognitionStatus"], phrase["Offset"]) == ("InitialSilenceTimeout", 0)


def test_sounds_that_are_no_words_match_nothing(dial, spoken, monkeypatch):
    say(monkeypatch, [])
    caller = dial()
    caller.say(first(spoken), chunk(b""))
    turn = dict(caller.turn())
    assert "speech.hypothesis" not in turn
    assert turn["speech.phrase"]["RecognitionStatus"] == "NoMatch"


DETAILS = {
    "phraseDetection": {"language": "en-GB", "enrichment": {"profanity": "raw"}},
    "phraseOutput": {
        "format": "Detailed",
        "detailed": {"options": ["WordTimings", "WordConfidence"]},
    },
}


@pytest.mark.parametrize(
    ("query", "context"),
    [
        ("language=en-US&format=detailed&profanity=raw&wordLevelConfidence=true", {}),
        ("language=en-US", DETAILS),
    ],
)
def test_query_and_context_say_how_a_phrase_is_written(dial, spoken, monkeypatch, query, context):
    say(monkeypatch, [reading("Oh shit.", 0.75), reading("Oh sheet.")])
    caller = dial(query=query)
    caller.say(text("speech.context", json.dumps(context)), first(spoken), chunk(b""))
    (phrase,) = caller.phrases()
    best, other = phrase["NBest"]
    assert phrase["DisplayText"] == best["Display"] == "Oh shit."
    assert (best["Confidence"], other["Lexical"]) == (0.75, "oh sheet")
    assert best["Words"][0] == {
        "Word": "oh", "Offset": 10_000_000, "Duration": 5_000_000, "Confidence": 0.75
    }  # fmt: skip


def test_profane_words_are_masked_in_a_hypothesis_too(dial, spoken, monkeypatch):
    say(monkeypatch, [reading("Oh shit.")])
    caller = dial()
    caller.say(first(spoken), chunk(b""))
    turn = dict(caller.turn())
    assert turn["speech.hypothesis"]["Text"] == "oh ****"
    assert turn["speech.phrase"]["DisplayText"] == "Oh ****."


UNKNOWN = '{"phraseDetection":{"enrichment":{"profanity":"x"}}}'
FORMAT = "Incorrect message format. "


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        ([b""], 1007, FORMAT + "Binary message has invalid header size prefix."),
        ([b"\0"], 1007, FORMAT + "Binary message has invalid header size prefix."),
        ([b"\0\x09Path:a"], 1007, FORMAT + "Binary message has invalid header size."),
        ([b"\0\x01\xff"], 1007, FORMAT + "Binary message headers decoding into UTF-8 failed."),
        (["Path:x"], 1007, FORMAT + "Text message contains no header separator."),
        ([""], 1007, FORMAT + "Text message contains no header separator."),
        (["Path:x\r\n\r\n"], 1007, FORMAT + "Text message contains no data."),
        (["Path:\r\n\r\n{}"], 1002, "Missing/Empty header. Path."),
        ([chunk(b"", path="")], 1002, "Missing/Empty header. Path."),
        (["Path:telemetry\r\n\r\n{}"], 1002, "Missing/Empty header. X-RequestId."),
        ([chunk(b"", request_id="")], 1002, "Missing/Empty header. X-RequestId."),
        ([chunk(b"", ID[:31])], 1002, "Invalid request. X-RequestId header value was not"),
        ([text("speech.context", "[]")], 1007, FORMAT + "The body of speech.context"),
        ([text("speech.config", "{")], 1007, FORMAT + "The body of speech.config"),
        ([chunk(bytes(4_096))], 1007, "Unsupported audio format."),
        ([chunk(b"RIFF"), chunk(b"")], 1007, "Unsupported audio format."),
        ([chunk(encoded(np.zeros((9, 2)))), chunk(b"")], 1007, "Invalid audio channel config"),
        ([chunk(encoded(np.zeros(9), 44_100)), chunk(b"")], 1007, "Unsupported audio format."),
        ([text("speech.context", UNKNOWN), chunk(b"")], 1007, "Invalid profanity: 'x' is none of"),
    ],
    ids=range(19),
)
def test_what_must_not_be_sent_closes_and_says_why(dial, messages, code, reason):
    caller = dial()
    with contextlib.suppress(ConnectionClosed):  # by the first of them already
        caller.say(*messages)
    found = caller.refusal()
    assert found[0] == code
    assert found[1].startswith(reason)


@pytest.mark.parametrize("message", [first(), text("speech.context", "{}")], ids=["audio", "text"])
def test_an_id_is_not_used_twice(dial, message):
    caller = dial()
    caller.say(chunk(b""))
    caller.turn()
    caller.say(message)
    assert caller.refusal() == (
        1002, "Invalid request. Reuse of request identifiers is not allowed."
    )  # fmt: skip


def test_what_is_not_known_is_passed_over(dial):
    caller = dial()
    caller.say(text("speech.event", "{}"), chunk(b"x", path="video"), chunk(b""))
    assert len(caller.phrases()) == 1


def test_another_turn_takes_the_place_of_one_that_is_not_over(dial, spoken):
    caller = dial()
    caller.say(first(spoken[:20_000]), first(spoken, OTHER), chunk(b"", OTHER))
    caller.turn()
    assert caller.request_id == OTHER


def test_audio_far_ahead_of_what_was_heard_is_heard_all_the_same(dial):
    caller = dial("dictation")
    silences = [first()] + [chunk(bytes(960_000))] * 4 + [chunk(b"")]
    for turn in range(3):
        request_id = f"{turn:032x}"
        for message in silences:
            caller.say(message.replace(ID.encode(), request_id.encode()))
        (phrase,) = caller.phrases()
        assert (phrase["RecognitionStatus"], phrase["Offset"]) == (
            "InitialSilenceTimeout", 50_000_000
        )  # fmt: skip


# --- the listener by itself


def events(data, size, **options):
    listener, found = Listener(**options), []
    for place in range(0, len(data) + 1, size):
        piece = data[place : place + size]
        is_all = place + size > len(data)
        while event := listener.listen(piece, is_all):
            found.append(event)
            piece = b""
            if isinstance(event, Ended | Silence):
                return found
    return found


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_the_same_audio_is_cut_at_the_same_places_however_it_arrives(spoken, rate):
    samples = np.frombuffer(spoken + SECOND + spoken, "<i2")[:: RATE // rate] / 32_768
    data = encoded(samples, rate)
    whole = events(data, len(data))
    assert [type(event) for event in whole] == [Began, Speech, Speech, Ended]
    assert events(data, 1_001) == events(data, 25_000) == whole
    assert whole[-1].at == pytest.approx(len(samples) / rate)


def test_a_longer_pause_may_be_asked_for(spoken):
    data = HEADER + spoken + SECOND + spoken
    kinds = [type(event) for event in events(data, 9_000, pause=2.5)]
    assert kinds == [Began, Speech, Ended]


@pytest.mark.parametrize("length", [0, 3, 11, 12, 19, 35, 43])
def test_a_header_is_waited_for(length):
    assert wave_format(HEADER[:length]) is None


@pytest.mark.parametrize("place", [0, 3, 8, 11, 20, 22, 32, 34])
def test_no_header_is_trusted(place):
    broken = bytearray(HEADER)
    broken[place] ^= 0x55
    with pytest.raises(audio.BadAudio):
        wave_format(bytes(broken))


def test_other_chunks_of_a_header_are_passed_over():
    more = HEADER[:36] + b"LIST\3\0\0\0abc\0" + HEADER[36:]
    assert wave_format(more) == (len(more), RATE)
    with pytest.raises(audio.BadAudio):
        wave_format(HEADER[:12] + HEADER[36:])


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f600"])
def test_a_reason_is_no_longer_than_a_close_may_be(dial, letter):
    caller = dial()
    asked = {"phraseDetection": {"enrichment": {"profanity": letter * 200}}}
    caller.say(text("speech.context", json.dumps(asked)), first())
    code, reason = caller.refusal()
    assert code == 1007
    assert 100 < len(reason.encode()) <= 123

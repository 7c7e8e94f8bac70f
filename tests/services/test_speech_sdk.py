"""Recordings of any length: cut at pauses or sent whole, put together, and made rows."""

from __future__ import annotations

import functools
import http.server
import io
import json
import sys
import threading
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import soundfile
from error_rates import words
from harness import Endpoint, Frames, Net, in_turn, real_inputs, served
from spoken import QUESTION
from test_speech import BEST, PATH, SAID, answering
from wire import AT, run

from cogml import ParamError
from cogml.cognitive import SpeechToTextSDK

RATE = 16_000
FAST = "/speechtotext/transcriptions:transcribe"
SECOND = 10_000_000  # in 100 ns


@functools.cache
def spoken(*seconds: float) -> bytes:
    """A WAV file of silence and what sounds like speech (noise that swells) by turns."""
    chance = np.random.default_rng(7)
    parts = []
    for turn, length in enumerate(seconds):
        n = int(length * RATE)
        swell = np.abs(np.sin(4 * np.pi * np.arange(n) / RATE)) if turn % 2 else 0
        parts.append(chance.normal(0, 1, n) * (0.1 * swell + 0.0005))
    file = io.BytesIO()
    soundfile.write(file, np.concatenate(parts), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


TWO = (1, 2, 1.5, 3, 1)
THREE = (0.5, 1, 1, 1, 1, 1, 0.5)


def phrase(text: str = "Hello.", offset: Any = 0, **more: Any) -> dict[str, Any]:
    return {**SAID, "DisplayText": text, "Offset": offset, **more}


def nothing(status: str = "NoMatch") -> dict[str, Any]:
    return {"RecognitionStatus": status, "Offset": 0, "Duration": 0}


def heard(source: Any, net: Any, **settings: Any) -> dict[str, Any]:
    """The row of one recording."""
    stage = SpeechToTextSDK(audioDataCol="a", subscriptionKey="k", backoffs=[1], **settings)
    (row,) = run(stage, net, a=[source])
    return row


def texts(row: dict[str, Any]) -> list[str]:
    return [one["DisplayText"] for one in row["out"]]


def begins(recording: bytes, net: Net) -> list[int]:
    """Where each piece that was sent begins in the recording, in 100 ns."""
    places = [recording.index(asked.content[44:]) - 44 for asked in net.requests]
    return [place // 2 * SECOND // RATE for place in places]


# Pieces


@pytest.mark.parametrize(
    ("seconds", "count"), [((1, 2), 1), (TWO, 2), (THREE, 3), ((0, 1, 0.3, 1), 1)]
)
def test_a_recording_is_cut_where_the_speaker_pauses(seconds: Any, count: int) -> None:
    net = answering(phrase())
    recording = spoken(*seconds)
    row = heard(recording, net)
    assert (row["err"], len(net.requests), len(row["out"])) == (None, count, count)
    assert [one["Offset"] for one in row["out"]] == begins(recording, net)
    for asked in net.requests:
        assert asked.headers["content-type"] == "audio/wav; codecs=audio/pcm; samplerate=16000"
        assert str(asked.url.copy_with(query=None)) == AT + PATH
        with wave.open(io.BytesIO(asked.content)) as piece:
            assert piece.getparams()[:3] == (1, 2, RATE)
            assert piece.getnframes() * 2 == len(asked.content) - 44


def test_times_are_counted_from_the_recordings_start() -> None:
    word = {"Word": "hello", "Duration": 300, "Offset": 70}
    best = [{**BEST, "Words": [word, None]}, None, BEST]
    net = answering(phrase(offset=50, NBest=best), phrase(offset="60", NBest=best))
    recording = spoken(*TWO)
    row = heard(recording, net, wordLevelTimestamps=True)
    one, two = begins(recording, net)
    assert (one / SECOND, two / SECOND) == pytest.approx((0.8, 4.3), abs=0.2)
    assert [p["Offset"] for p in row["out"]] == [one + 50, two + 60]
    worded = [p["NBest"][0]["Words"][0] for p in row["out"]]
    assert [(w["Offset"], w["Duration"]) for w in worded] == [(one + 70, 300), (two + 70, 300)]
    assert [asked.url.params["format"] for asked in net.requests] == ["detailed"] * 2


def test_times_that_no_number_holds_cost_their_row_alone() -> None:
    net = answering(phrase(offset=2**63 - 1), phrase())
    one, other = run(SpeechToTextSDK(audioDataCol="a"), net, a=[spoken(1, 2), spoken(1, 3)])
    assert (one["out"], one["err"]["code"]) == (None, "bad_response")
    assert (texts(other), other["err"]) == (["Hello."], None)


@pytest.mark.parametrize(
    ("rate", "channels", "container", "codec"),
    [
        *((8_000, 1, "WAV", codec) for codec in ("PCM_16", "ULAW")),
        *((44_100, 2, "WAV", codec) for codec in ("PCM_24", "FLOAT")),
        *((48_000, 1, "FLAC", "PCM_16"), (44_100, 2, "OGG", "VORBIS")),
        (44_100, 1, "MP3", "MPEG_LAYER_III"),
    ],
)
def test_every_format_is_cut_alike(rate: int, channels: int, container: str, codec: str) -> None:
    samples, _ = soundfile.read(io.BytesIO(spoken(*TWO)))
    at = np.arange(0, len(samples), RATE / rate)
    resampled = np.interp(at, np.arange(len(samples)), samples)
    file = io.BytesIO()
    made = np.tile(resampled[:, np.newaxis], channels)
    soundfile.write(file, made, rate, format=container, subtype=codec)
    row = heard(file.getvalue(), answering(phrase()))
    offsets = [one["Offset"] / SECOND for one in row["out"]]
    assert offsets == pytest.approx([0.8, 4.3], abs=0.25)


def test_a_long_recording_goes_in_pieces_with_nothing_left_out() -> None:
    recording = spoken(0, 130)
    net = answering(phrase())
    row = heard(recording, net)
    assert len(net.requests) >= 3
    assert all(44 < len(asked.content) <= 44 + 55 * 2 * RATE for asked in net.requests)
    assert b"".join(asked.content[44:] for asked in net.requests) == recording[44:]
    assert [one["Offset"] for one in row["out"]] == begins(recording, net)


def test_utterances_without_words_leave_those_with() -> None:
    net = answering(nothing(), phrase("Hello."), nothing("BabbleTimeout"))
    row = heard(spoken(*THREE), net)
    assert (row["err"], texts(row)) == (None, ["Hello."])


@pytest.mark.parametrize("status", ["NoMatch", "InitialSilenceTimeout", "BabbleTimeout", "Error"])
def test_a_recording_without_words_has_the_services_word_for_it(status: str) -> None:
    net = answering(nothing(status))
    row = heard(spoken(100), net)
    assert [len(asked.content) <= 44 + 55 * RATE * 2 for asked in net.requests] == [True]
    assert [one["RecognitionStatus"] for one in row["out"]] == [status]
    assert row["err"]["code"] == "row_rejected"
    assert row["err"]["message"].startswith(f"{status}: ")


@pytest.mark.parametrize(
    ("status", "code"), [(400, "rejected"), (401, "unauthorized"), (200, "bad_response")]
)
def test_an_utterance_that_fails_keeps_those_before_it(status: int, code: str) -> None:
    fault = httpx.Response(status, json={})
    net = in_turn(httpx.Response(200, json=phrase("One.")), fault)
    row = heard(spoken(*THREE), net)
    assert (texts(row), row["err"]["code"]) == (["One."], code)
    assert len(net.requests) == 2
    for first in (httpx.Response(200, json=nothing()), fault):
        row = heard(spoken(*THREE), in_turn(first, fault))
        assert (row["out"], row["err"]["code"]) == (None, code)


def test_an_utterance_that_the_service_could_not_do_makes_the_output_incomplete() -> None:
    row = heard(spoken(*THREE), answering(phrase("One."), nothing("Error"), phrase("Three.")))
    assert texts(row)[0] == "One."
    assert (row["err"]["code"], row["err"]["message"][:7]) == ("row_rejected", "Error: ")


def test_a_passing_fault_costs_no_utterance() -> None:
    said = [httpx.Response(200, json=phrase(text)) for text in ("One.", "Two.", "Three.")]
    net = in_turn(said[0], httpx.Response(503), *said[1:])
    row = heard(spoken(*THREE), net)
    assert (row["err"], texts(row)) == (None, ["One.", "Two.", "Three."])


def test_the_kind_of_file_is_found_out(endpoint: Endpoint) -> None:
    with pytest.warns(UserWarning, match="fileType has no effect"):
        stage(endpoint.url, fileType="mp3").transform(pa.table({"a": [b""]}))
    with pytest.raises(ParamError, match="backend expects one of rest, fast"):
        SpeechToTextSDK(backend="slow")


# Fast transcription


def said(text: str, at: int, **more: Any) -> dict[str, Any]:
    return {"text": text, "offsetMilliseconds": at, "durationMilliseconds": 500, **more}


def test_fast_transcription_is_sent_the_file_and_its_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)  # the service itself listens
    net = answering({"phrases": []})
    data = b"OggS" + bytes(range(256))  # whatever it is
    heard(data, net, backend="fast", language="de-DE", profanity="Raw", endpointId="m")
    heard(data, net, backend="fast", customUrlRoot="http://gate/root")
    assert net.addresses == [f"{AT}{FAST}?api-version=2024-11-15", "http://gate/root"]
    told = (("de-DE", "None"), ("en-US", "Masked"))
    for asked, (language, mode) in zip(net.requests, told, strict=True):
        assert (asked.method, asked.headers["ocp-apim-subscription-key"]) == ("POST", "k")
        media_type, _, boundary = asked.headers["content-type"].partition("; boundary=")
        assert media_type == "multipart/form-data"
        before, definition, audio, after = asked.content.split(f"--{boundary}".encode())
        assert (before, after) == (b"", b"--\r\n")
        head, _, sent = definition.partition(b"\r\n\r\n")
        assert head == b'\r\nContent-Disposition: form-data; name="definition"'
        assert json.loads(sent) == {"locales": [language], "profanityFilterMode": mode}
        head, _, sent = audio.partition(b"\r\n\r\n")
        assert head.startswith(b'\r\nContent-Disposition: form-data; name="audio"; filename=')
        assert sent == data + b"\r\n"


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"location": "northeurope"}, "https://northeurope.api.cognitive.microsoft.com"),
        ({"location": "usgovvirginia"}, "https://usgovvirginia.api.cognitive.microsoft.us"),
        ({"customServiceName": "mine"}, "https://mine.cognitiveservices.azure.com"),
        ({"endpoint": "http://gate/"}, "http://gate"),
    ],
)
def test_fast_transcription_has_an_address_of_its_own(settings: dict[str, str], host: str) -> None:
    assert SpeechToTextSDK(backend="fast", **settings).address() == host + FAST


@pytest.mark.parametrize("detailed", [False, True])
def test_phrases_of_fast_transcription_are_like_those_of_short_audio(detailed: bool) -> None:
    told = [said("hello", 1_200), {**said("world", 1_300), "confidence": None}]
    phrases = [said("Hello world.", 1_200, confidence=0.9, words=told), said("Bye.", 2_000)]
    row = heard(
        b"a",
        answering({"phrases": phrases, "extra": 1}),
        backend="fast",
        wordLevelTimestamps=detailed,
    )
    assert (row["err"], texts(row)) == (None, ["Hello world.", "Bye."])
    found = [(one["RecognitionStatus"], one["Offset"], one["Duration"]) for one in row["out"]]
    assert found == [("Success", at, 5_000_000) for at in (12_000_000, 20_000_000)]
    guesses = [best for one in row["out"] for best in one["NBest"] or []]
    assert [best["Confidence"] for best in guesses] == ([0.9, None] if detailed else [])
    times = [(word["Word"], word["Offset"]) for best in guesses[:1] for word in best["Words"]]
    assert times == ([("hello", 12_000_000), ("world", 13_000_000)] if detailed else [])


def test_fast_transcription_without_phrases_is_no_match() -> None:
    row = heard(b"a", answering({"phrases": []}), backend="fast")
    assert [one["RecognitionStatus"] for one in row["out"]] == ["NoMatch"]
    assert (row["err"]["code"], row["err"]["message"][:9]) == ("row_rejected", "NoMatch: ")


@pytest.mark.parametrize(
    "answer",
    [
        *("", "null", "[]", "{}", '{"phrases": null}', '{"phrases": [null]}'),
        '{"phrases": [{"text": "a"}]}',
        *(json.dumps({"phrases": [said("a", at)]}) for at in (10**17, 10**30)),
    ],
)
def test_a_transcription_of_another_shape_is_an_error(answer: str) -> None:
    net = in_turn(httpx.Response(200, text=answer))
    row = heard(b"a", net, backend="fast")
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")


def test_a_null_in_a_column_is_the_usual_for_fast_transcription() -> None:
    net = answering({"phrases": [said("a", 0)]})
    stage = SpeechToTextSDK(audioDataCol="a", backend="fast", formatCol="c", profanityCol="c")
    (row,) = run(stage, net, a=[b"a"], c=pa.array([None], pa.string()))
    assert (row["err"], row["out"][0]["NBest"]) == (None, None)
    assert b'"profanityFilterMode":"Masked"' in net.requests[0].content


# Rows


class _Recogniser(http.server.BaseHTTPRequestHandler):
    """Says how many seconds were sent; finds nothing in less than one, refuses four."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        seconds = (len(body) - 44) / 2 / RATE
        answer = json.dumps(phrase(f"{seconds:.0f} s") if seconds >= 1 else nothing()).encode()
        self.send_response(200 if seconds < 4 else 400)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def recogniser() -> Iterator[str]:
    """The address of a loopback server that recognises lengths."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Recogniser) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def stage(endpoint: str, **settings: Any) -> SpeechToTextSDK:
    fixed = {"subscriptionKey": "k", "outputCol": "out", "errorCol": "err", "backoffs": [1]}
    return SpeechToTextSDK(audioDataCol="a", endpoint=endpoint, **fixed, **settings)


COLUMNS = {
    "n": [1, 2, 3, 4, 5, 6],
    "a": [spoken(*TWO), None, b"no audio", spoken(0.5), spoken(*THREE), spoken(1, 1, 1, 5, 1)],
    "tags": [["x"], [], ["y", "z"], None, ["v"], ["w"]],
}
TYPES = {"a": pa.binary(), "tags": pa.list_(pa.string())}
ROWS = [  # n, status, text, error
    (1, "Success", "2 s", None),
    (1, "Success", "3 s", None),
    (2, None, None, None),
    (3, None, None, "row_rejected"),
    (4, "NoMatch", None, "row_rejected"),
    *[(5, "Success", "1 s", None)] * 3,
    (6, "Success", "1 s", "rejected"),
]


def test_each_utterance_is_a_row(recogniser: str, frames: Frames) -> None:
    made = stage(recogniser).transform(frames.make(COLUMNS, **TYPES))
    assert frames.columns(made) == ["n", "a", "tags", "err", "out"]
    rows = frames.rows(made)
    found = [(row["n"], row["out"] or {}, row["err"] or {}) for row in rows]
    assert [
        (n, out.get("RecognitionStatus"), out.get("DisplayText"), err.get("code"))
        for n, out, err in found
    ] == ROWS
    for name in ("a", "tags"):
        assert [row[name] for row in rows] == [COLUMNS[name][n - 1] for n, *_ in ROWS]
    offsets = [row["out"]["Offset"] for row in rows if row["n"] == 5]
    assert offsets == sorted(set(offsets))


def test_or_an_element_of_its_recordings_row(recogniser: str, frames: Frames) -> None:
    whole = stage(recogniser)
    made = whole.transform(frames.make(COLUMNS, **TYPES), {whole.streamIntermediateResults: False})
    rows = frames.rows(made)
    assert [row["n"] for row in rows] == COLUMNS["n"]
    assert [row["out"] and len(row["out"]) for row in rows] == [2, None, None, 1, 3, 1]


def test_no_rows_are_no_rows(recogniser: str, frames: Frames) -> None:
    made = stage(recogniser).transform(frames.make({"a": [], "n": []}, a=pa.binary(), n=pa.int64()))
    assert (frames.columns(made), frames.rows(made)) == (["a", "n", "err", "out"], [])


def test_pandas_repeats_the_index(recogniser: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name] for name in "an"}, index=[*"uvwxyz"])
    made = stage(recogniser).transform(frame)
    assert list(made.index) == [*"uuvwxyyyz"]
    assert list(made["n"]) == [n for n, *_ in ROWS]
    assert (list(frame.index), list(frame.columns)) == ([*"uvwxyz"], ["a", "n"])


@pytest.mark.spark
@pytest.mark.parametrize("stream", [True, False])
def test_sparks_schema_is_told_beforehand(recogniser: str, spark: Any, stream: bool) -> None:
    frame = spark.createDataFrame([(1, b"no audio")], "n int, a binary")
    made = stage(recogniser, streamIntermediateResults=stream)
    assert made.transformSchema(frame.schema) == made.transform(frame).schema
    with pytest.raises(ParamError, match="no column 'a'"):
        made.transformSchema(frame.select("n").schema)


# Where recordings come from


@pytest.mark.parametrize("backend", ["rest", "fast"])
def test_a_question_is_understood_wherever_it_lies(endpoint: Endpoint, backend: str) -> None:
    folder = real_inputs() / "audio"
    file = folder / "whatstheweatherlike.wav"
    with served(folder) as address:
        frame = pd.DataFrame({"a": [file, f"{address}/{file.name}", f"{address}/none.wav"]})
        made = stage(endpoint.url, backend=backend).transform(frame)
    (one, other, missing), (*none, error) = (pa.array(made[n]).to_pylist() for n in ("out", "err"))
    assert words(one["DisplayText"]) == words(QUESTION)
    assert (other, missing, none) == (one, None, [None, None])
    assert error["status"]["statusCode"] == 404

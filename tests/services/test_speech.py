"""What goes over the wire for a recording of up to a minute, and what its answer becomes."""

from __future__ import annotations

import functools
import io
import json
import pathlib
import sys
import wave
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
from wire import AT, run

from cogml import ParamError
from cogml.cognitive import SpeechToText, SpeechToTextSDK
from cogml.limits import Limits

PATH = "/speech/recognition/conversation/cognitiveservices/v1"
OWN = "https://mine.cognitiveservices.azure.com"
PCM = "audio/wav; codecs=audio/pcm; samplerate=16000"
OGG = "audio/ogg; codecs=opus"
SAID: dict[str, Any] = {"RecognitionStatus": "Success", "DisplayText": "Hello."}
SAID |= {"Offset": 100, "Duration": 20_000}
WORDS = [{"Word": "hello", "Offset": 100, "Duration": 200}]
BEST = {"Confidence": 0.9, "Lexical": "a", "ITN": "a", "MaskedITN": "a", "Display": "Hello."}
NO_BEST: list[Any] = [None, [], [None], [{"Confidence": 0.9}], "Hello."]


@functools.cache
def recording(
    seconds: float = 0.5, rate: int = 16_000, channels: int = 1, kind: str = "WAV PCM_16"
) -> bytes:
    """A tone as a file of this format."""
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    container, codec = kind.split()
    file = io.BytesIO()
    made = np.tile(tone[:, np.newaxis], channels)
    soundfile.write(file, made, rate, format=container, subtype=codec)
    return file.getvalue()


NOT_AUDIO = {
    b"": "the audio is empty",
    b"\x89PNG\r\n\x1a\n" + bytes(99): "a PNG picture",
    b"%PDF-1.7\n" + bytes(99): "a PDF",
    b"It was the best of times": "not audio that can be read: 24 bytes that begin with b'It was t'",
    recording(rate=4_000): "4000 Hz: from 8000 to 192000",
    recording(rate=200_000): "200000 Hz: from 8000 to 192000",
}


def answering(*answers: dict[str, Any]) -> Net:
    return in_turn(*(httpx.Response(200, json=answer) for answer in answers or [SAID]))


def recognised(
    source: Any, net: Net | None = None, kind: Any = SpeechToText, **settings: Any
) -> dict[str, Any]:
    """The row of one recording."""
    stage = kind(audioDataCol="a", subscriptionKey="k", backoffs=[1], **settings)
    (row,) = run(stage, net or answering(), a=[source])
    return row


def errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


# Requests


def test_a_request_is_what_the_service_documents() -> None:
    net = answering({**SAID, "NBest": [BEST]})
    told = {"language": "de-DE", "format": "Detailed", "profanity": "Raw", "endpointId": "model-1"}
    recognised(recording(), net, wordLevelTimestamps=True, **told)
    (request,) = net.requests
    assert request.method == "POST"
    assert str(request.url.copy_with(query=None)) == AT + PATH
    assert dict(request.url.params) == {
        "language": "de-DE",
        "format": "detailed",
        "profanity": "raw",
        "wordLevelTimestamps": "true",
        "cid": "model-1",
    }
    assert request.headers["ocp-apim-subscription-key"] == "k"
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == PCM
    assert request.content == recording()


def test_words_are_sent_small_and_times_of_words_ask_for_details() -> None:
    net = answering()
    recognised(recording(), net)
    recognised(recording(), net, format="Detailed", profanity="Removed")
    recognised(recording(), net, format="Simple", profanity="Masked", wordLevelTimestamps=True)
    recognised(recording(), net, wordLevelTimestamps=False)
    usual = {"language": "en-US", "format": "simple", "profanity": "masked"}
    assert [dict(asked.url.params) for asked in net.requests] == [
        usual,
        {**usual, "format": "detailed", "profanity": "removed"},
        {**usual, "format": "detailed", "wordLevelTimestamps": "true"},
        {**usual, "wordLevelTimestamps": "false"},
    ]


def test_parameters_are_read_from_columns() -> None:
    net = answering()
    stage = SpeechToText(audioDataCol="a", languageCol="l", formatCol="f")
    languages, formats = ["en-GB", "fr-FR", None, "es-ES"], ["simple", "Detailed", None, "long"]
    rows = run(stage, net, a=[recording()] * 4, l=languages, f=formats)
    asked = [(one.url.params["language"], one.url.params["format"]) for one in net.requests]
    assert asked == [("en-GB", "simple"), ("fr-FR", "detailed")]
    assert errors(rows) == [None, None, None, "row_rejected"]
    assert "format expects one of" in rows[3]["err"]["message"]


def test_a_null_in_a_column_is_no_word_of_the_services() -> None:
    net = answering()
    stage = SpeechToText(audioDataCol="a", formatCol="c", profanityCol="c")
    rows = run(stage, net, a=[recording()], c=pa.array([None], pa.string()))
    assert errors(rows) == [None]
    told = net.requests[0].url.params
    assert (told.get("format", "simple"), told.get("profanity", "masked")) == ("simple", "masked")


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"location": "northeurope"}, f"https://northeurope.stt.speech.microsoft.com{PATH}"),
        ({"location": "usgovvirginia"}, f"https://usgovvirginia.stt.speech.azure.us{PATH}"),
        ({"location": "chinaeast2"}, f"https://chinaeast2.stt.speech.azure.cn{PATH}"),
        ({"customServiceName": "mine"}, f"{OWN}/stt{PATH}"),
        ({"endpoint": "http://gate/base/"}, f"http://gate/base{PATH}"),
        ({"url": "http://gate/as/it/is"}, "http://gate/as/it/is"),
        ({"endpoint": f"{OWN}/"}, f"{OWN}/stt{PATH}"),
        ({"endpoint": f"{OWN}/stt"}, f"{OWN}/stt{PATH}"),
        ({"url": f"{OWN}{PATH}"}, f"{OWN}{PATH}"),
    ],
)
@pytest.mark.parametrize("kind", [SpeechToText, SpeechToTextSDK])
def test_the_address_follows_from_where_the_service_is(
    kind: Any, settings: dict[str, str], address: str
) -> None:
    assert kind(**settings).address() == address


def test_an_address_of_ones_own_is_called_with_or_without_the_query() -> None:
    net = answering()
    recognised(recording(), net, url="http://gate/x?language=de-DE", profanity="Raw")
    told = {"language": "de-DE", "format": "simple", "profanity": "raw"}
    assert dict(net.requests[0].url.params) == told
    recognised(recording(), net, url="http://gate/y", customUrlRoot="http://gate/root")
    assert net.addresses[1:] == ["http://gate/root"]


def test_a_value_that_cannot_be_is_refused_when_it_is_set(endpoint: Endpoint) -> None:
    for settings in ({"format": "long"}, {"profanity": "all"}, {"audioData": "a.wav"}):
        with pytest.raises(ParamError, match=f"{next(iter(settings))} expects"):
            SpeechToText(**settings)
    with pytest.raises(ParamError, match="audioData is required; call setAudioData"):
        SpeechToText().transform(pa.table({"n": [1]}))


# What is sent


def test_what_the_service_takes_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    wav, ogg = recording(), recording(rate=48_000, kind="OGG OPUS")
    noted = wav + b"LIST\x04\x00\x00\x00INFO"
    monkeypatch.setitem(sys.modules, "soundfile", None)  # nor is anything needed for it
    for data, media_type in ((wav, PCM), (noted, PCM), (ogg, OGG)):
        net = answering()
        assert recognised(data, net)["err"] is None
        assert net.requests[0].content == data
        assert net.requests[0].headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("rate", "channels", "kind"),
    [
        *((8_000, 1, kind) for kind in ("WAV PCM_16", "WAV ULAW")),
        *((16_000, 1, kind) for kind in ("WAV PCM_24", "WAV FLOAT", "FLAC PCM_16")),
        *((44_100, 2, kind) for kind in ("WAV PCM_16", "FLAC PCM_24", "MP3 MPEG_LAYER_III")),
        (16_000, 2, "WAV PCM_16"),
    ],
)
def test_anything_else_is_converted(rate: int, channels: int, kind: str) -> None:
    net = answering()
    recognised(recording(0.5, rate, channels, kind), net)
    assert net.requests[0].headers["content-type"] == PCM
    with wave.open(io.BytesIO(net.requests[0].content)) as sent:
        assert sent.getparams()[:3] == (1, 2, 16_000)
        assert sent.getnframes() / 16_000 == pytest.approx(0.5, abs=0.08)
        samples = np.frombuffer(sent.readframes(8_000), "<i2")
    assert np.abs(samples).max() == pytest.approx(0.3 * 32_768, rel=0.1)


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_minute_is_taken_and_more_is_the_rows_error(rate: int) -> None:
    net = answering()
    assert recognised(recording(60, rate), net)["err"] is None
    assert len(net.requests[0].content) == 44 + 60 * 32_000
    row = recognised(recording(61, rate), net)
    assert (row["out"], row["err"]["code"]) == (None, "row_rejected")
    message = "61 seconds; SpeechToText takes 60 at the most, SpeechToTextSDK more"
    assert row["err"]["message"] == message
    assert len(net.requests) == 1


@pytest.mark.parametrize("kind", [SpeechToText, SpeechToTextSDK])
@pytest.mark.parametrize(
    ("data", "found"), NOT_AUDIO.items(), ids=["empty", "PNG", "PDF", "text", "4 kHz", "200 kHz"]
)
def test_what_cannot_be_heard_is_not_sent(kind: Any, data: bytes, found: str) -> None:
    net = answering()
    row = recognised(data, net, kind)
    assert (row["out"], row["err"]["code"], net.requests) == (None, "row_rejected", [])
    assert found in row["err"]["message"]


@pytest.mark.parametrize("kind", [SpeechToText, SpeechToTextSDK])
@pytest.mark.parametrize("name", ["soundfile", "soxr"])
def test_without_the_extra_the_row_says_how_to_get_it(
    name: str, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    row = recognised(recording(rate=8_000), None, kind)
    assert (row["out"], row["err"]["code"]) == (None, "row_rejected")
    assert row["err"]["message"] == f"{name} is not installed: pip install 'cogml[speech]'"


# Answers


def test_a_detailed_answer_has_its_best_guess_as_its_text() -> None:
    row = recognised(recording())
    assert (row["err"], row["out"]) == (None, {**SAID, "Id": None, "NBest": None})
    worse = {**BEST, "Confidence": 0.2, "Display": "Yellow."}
    answer = {**SAID, "NBest": [{**BEST, "Words": WORDS}, worse], "Id": "1"}
    del answer["DisplayText"]
    row = recognised(recording(), answering(answer))
    best = [{**BEST, "Words": WORDS}, {**worse, "Words": None}]
    assert (row["err"], row["out"]) == (None, {**SAID, "Id": "1", "NBest": best})


def test_times_may_be_text_or_numbers() -> None:
    for times in ({"Offset": "12300000", "Duration": "4500000"}, {"Offset": 1, "Duration": 2}):
        best = {**BEST, "Words": [{"Word": "hello", **times}]}
        out = recognised(recording(), answering({**SAID, **times, "NBest": [best]}))["out"]
        for found in (out, out["NBest"][0]["Words"][0]):
            assert {name: found[name] for name in times} == {n: int(t) for n, t in times.items()}


@pytest.mark.parametrize("status", ["NoMatch", "InitialSilenceTimeout", "BabbleTimeout", "Error"])
def test_where_nothing_is_recognised_the_services_word_is_the_rows_error(status: str) -> None:
    answer = {"RecognitionStatus": status, "Offset": 0, "Duration": 500}
    row = recognised(recording(), answering(answer))
    assert row["out"] == {**answer, "Id": None, "DisplayText": None, "NBest": None}
    assert row["err"]["code"] == "row_rejected"
    assert row["err"]["message"].startswith(f"{status}: ")
    assert row["err"]["status"] == {"statusCode": 200, "reasonPhrase": "OK"}


@pytest.mark.parametrize(
    "answer",
    [
        *("", "null", "[]", "5", "<html>", "{}", '{"RecognitionStatus": 5}'),
        *(json.dumps({**SAID, "DisplayText": None, "NBest": best}) for best in NO_BEST),
        *(json.dumps({**SAID, "Offset": at}) for at in ("soon", 2**63, 0.5, [])),
        json.dumps({**SAID, "RecognitionStatus": None}),
    ],
)
def test_an_answer_of_another_shape_is_an_error(answer: str) -> None:
    row = recognised(recording(), in_turn(httpx.Response(200, text=answer)))
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")
    assert row["err"]["message"]


# Where recordings come from


def test_a_recording_is_bytes_or_the_place_of_a_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "a recording.wav"
    file.write_bytes(recording())
    places = [str(file), file.as_uri(), None, "none.wav", str(tmp_path), "", "file://[x"]
    net = answering()
    rows = run(SpeechToText(audioDataCol="a"), net, a=places)
    assert errors(rows) == [None, None, None, *["row_rejected"] * 4]
    assert [row["out"] is None for row in rows] == [False, False, *[True] * 5]
    assert [request.content for request in net.requests] == [recording()] * 2


def test_a_path_is_a_place_and_one_for_all_rows_is_read_at_once(
    tmp_path: pathlib.Path, endpoint: Endpoint
) -> None:
    file, missing = tmp_path / "a.wav", tmp_path / "b.wav"
    file.write_bytes(recording(0.4))
    stage = SpeechToText(audioDataCol="a", outputCol="out", errorCol="err", subscriptionKey="k")
    made = stage.transform(pd.DataFrame({"a": [file, missing, None]}))
    found = [error and error["message"] for error in pa.array(made["err"]).to_pylist()]
    assert found[1:] == ["there is no file 'b.wav'", None]
    assert [request["status"] for request in endpoint.requests()] == [200]
    with pytest.raises(ParamError, match="cannot be read from"):
        SpeechToText(audioData=missing)
    whole = SpeechToText(audioData=file)
    file.unlink()
    net = answering()
    run(whole, net, n=[1])
    assert net.requests[0].content == recording(0.4)


def test_an_address_is_fetched_without_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: httpx.Request) -> httpx.Response:
        if asked.method == "POST":
            return httpx.Response(200, json=SAID)
        return httpx.Response(200, content=recording())

    key = {"subscriptionKey": "s3cret", "customHeaders": {"x-own": "s3cret"}}
    for settings in (key, {"AADToken": "s3cret"}, {"credential": lambda: "s3cret"}):
        net = Net(answer)
        stage = SpeechToText(audioDataCol="a", endpoint="https://host", **settings)
        assert errors(run(stage, net, a=["HTTPS://files.example/a.wav?v=1"])) == [None]
        fetched, posted = net.requests
        assert str(fetched.url) == "https://files.example/a.wav?v=1"
        assert "s3cret" not in str(fetched.headers.raw)
        assert "s3cret" in str(posted.headers.raw)
        assert posted.content == recording()
    monkeypatch.setenv("COGML_WEB", "http://mirror/web")
    recognised("https://files.example/a.wav", net)
    assert net.addresses[2] == "http://mirror/web/files.example/a.wav"


def test_an_address_that_is_none_or_holds_a_password_is_refused() -> None:
    net = answering()
    for address in ("http://me:s3cret@host/a.wav", "https://", "http://host:port/"):
        row = recognised(address, net)
        assert (row["out"], row["err"]["code"], net.requests) == (None, "row_rejected", [])
        assert "s3cret" not in str(row["err"])


def test_what_is_too_large_is_not_sent(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpeechToText, "limits", Limits(bytes=1_000))
    (tmp_path / "a.wav").write_bytes(recording())
    net = in_turn(httpx.Response(200, content=recording()))
    for source in (recording(), str(tmp_path / "a.wav"), "http://host/a.wav"):
        row = recognised(source, net)
        assert (row["out"], row["err"]["code"]) == (None, "row_rejected")
        assert row["err"]["message"] == "16,044 bytes; the operation takes 1,000 bytes at the most"
    assert [request.method for request in net.requests] == ["GET"]


def test_pictures_and_other_structs_are_no_recordings(endpoint: Endpoint, eager: Frames) -> None:
    stage = SpeechToText(audioDataCol="a", subscriptionKey="k", outputCol="out", errorCol="err")
    with pytest.raises(ParamError, match="audioData expects bytes, the place of a file"):
        stage.transform(eager.make({"a": [{"samples": [1, 2]}]}))
    picture = {"height": 1, "width": 1, "nChannels": 3, "mode": 16, "data": b"abc"}
    (row,) = eager.rows(stage.transform(eager.make({"a": [picture]})))
    assert (row["out"], row["err"]["message"]) == (None, "expected a recording; found a picture")
    assert endpoint.requests() == []


def test_a_recording_is_recognised_wherever_it_lies(endpoint: Endpoint) -> None:
    folder = real_inputs() / "audio"
    name = "whatstheweatherlike.wav"
    stage = SpeechToText(audioDataCol="a", subscriptionKey="k", outputCol="out", errorCol="err")
    with served(folder) as address:
        table = pa.table({"a": [str(folder / name), f"{address}/{name}", f"{address}/none.wav"]})
        rows = stage.transform(table).to_pylist()
    assert errors(rows) == [None, None, "rejected"]
    assert rows[2]["err"]["status"]["statusCode"] == 404
    assert rows[0]["out"] == rows[1]["out"]
    assert words(rows[0]["out"]["DisplayText"]) == words(QUESTION)


# Kept


@pytest.mark.parametrize("kind", [SpeechToText, SpeechToTextSDK])
def test_a_saved_stage_sends_the_same(kind: Any, tmp_path: pathlib.Path) -> None:
    stage = kind(audioData=recording(rate=8_000), languageCol="l", profanity="Raw", endpointId="m")
    stage.save(str(tmp_path / "stage"))
    net = answering()
    made = [run(one, net, l=["fr-FR"]) for one in (stage, kind.load(str(tmp_path / "stage")))]
    assert made[0] == made[1]
    assert errors(made[0]) == [None]
    one, other = net.requests
    assert (one.url, one.content) == (other.url, other.content)

"""Fast transcription: phrases with their words, of one channel or of each."""

import json
from functools import partial

import numpy as np
import pytest
from speech_bench import (
    FAST,
    RATE,
    SILENCE,
    WAV,
    decoded,
    encoded,
    question,
    reading,
    recording,
    say,
)


@pytest.fixture(scope="module", name="question")
def question_fixture():
    return question()


@pytest.fixture
def said(monkeypatch):
    return partial(say, monkeypatch)


@pytest.fixture
def transcribe(bench):
    def send(audio, path=FAST, **definition):
        parts = {"audio": ("a.wav", audio), "definition": (None, json.dumps(definition))}
        return bench.client.post(bench.url + path, files=parts, timeout=60)

    return send


def test_a_phrase_is_a_sentence(transcribe, said):
    said([reading("One two. Three? Four")], [reading("Five.")])
    result = transcribe(SILENCE).json()
    assert [phrase["text"] for phrase in result["phrases"]] == [
        *("One two.", "Three?", "Four", "Five.")
    ]


@pytest.mark.parametrize(
    ("mode", "texts"),
    [
        ("None", ["Shit.", "Oh shit!"]),
        ("Masked", ["****.", "Oh ****!"]),
        ("Removed", ["Oh"]),
        ("Tags", ["<profanity>Shit</profanity>.", "Oh <profanity>shit</profanity>!"]),
    ],
)
def test_profane_words_of_phrases_too(transcribe, said, mode, texts):
    said([reading("Shit. Oh shit!")])
    result = transcribe(SILENCE, profanityFilterMode=mode).json()
    assert [phrase["text"] for phrase in result["phrases"]] == texts
    for phrase in result["phrases"]:
        assert " ".join(word["text"] for word in phrase["words"]) == phrase["text"]


def test_fast_transcription_gives_phrases_with_their_words(bench, transcribe, question):
    spoken = decoded(question)
    twice = encoded(np.concatenate([spoken, np.zeros(RATE), spoken]), container="FLAC")
    answer = transcribe(twice, locales=["de-DE", "en-US"])
    assert answer.status_code == 200
    result = answer.json()
    assert result["durationMilliseconds"] == 5_060
    text = "What's the weather like?"
    assert result["combinedPhrases"] == [{"text": f"{text} {text}"}]
    assert [phrase["text"] for phrase in result["phrases"]] == [text, text]
    first, second = result["phrases"]
    assert second["offsetMilliseconds"] - first["offsetMilliseconds"] == pytest.approx(
        3_030, abs=300
    )
    for phrase in (first, second):
        assert phrase["locale"] == "en-US"
        assert 0 < phrase["confidence"] <= 1
        assert " ".join(word["text"] for word in phrase["words"]) == text
        assert phrase["words"][0]["offsetMilliseconds"] == phrase["offsetMilliseconds"]
        last = phrase["words"][-1]
        end = phrase["offsetMilliseconds"] + phrase["durationMilliseconds"]
        assert last["offsetMilliseconds"] + last["durationMilliseconds"] == pytest.approx(
            end, abs=2
        )
    (entry,) = bench.suite.requests(base=bench.name)
    assert entry["documents"] == 1


@pytest.mark.parametrize(
    ("channels", "said"),
    [(None, [None]), ([0, 1], [0, 1]), ([1], [1])],
)
def test_channels_are_merged_or_transcribed_one_by_one(transcribe, question, channels, said):
    spoken = decoded(question)
    right = np.stack([np.zeros(len(spoken)), spoken], axis=1)
    definition = {} if channels is None else {"channels": channels}
    result = transcribe(encoded(right), **definition).json()
    assert [part.get("channel") for part in result["combinedPhrases"]] == said
    assert [bool(part["text"]) for part in result["combinedPhrases"]] == [n != 0 for n in said]
    assert {phrase.get("channel") for phrase in result["phrases"]} == {said[-1]}


def test_silence_has_no_phrases(transcribe):
    assert transcribe(SILENCE).json() == {
        "durationMilliseconds": 2_000,
        "combinedPhrases": [{"text": ""}],
        "phrases": [],
    }


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"locales": ["de-DE"]}, "InvalidLocale"),
        ({"locales": "en-US"}, "InvalidLocale"),
        ({"locales": [1]}, "InvalidLocale"),
        ({"profanityFilterMode": "masked"}, "InvalidParameterValue"),
        ({"profanityFilterMode": []}, "InvalidParameterValue"),
        ({"channels": [2]}, "InvalidParameterValue"),
        ({"channels": []}, "InvalidParameterValue"),
        ({"channels": [True]}, "InvalidParameterValue"),
    ],
)
def test_a_wrong_definition_is_refused(transcribe, definition, code):
    answer = transcribe(encoded(np.zeros((RATE, 2))), **definition)
    assert answer.status_code == 400
    error = answer.json()
    assert error["code"] == "InvalidArgument"
    assert error["innerError"]["code"] == code
    assert error["message"] == error["innerError"]["message"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no audio", "not supported"),
        (SILENCE[:44], "empty"),
        (encoded(np.zeros(300 * 8_000 + 1), 8_000, "FLAC"), "longer than 300 seconds"),
    ],
)
def test_audio_that_cannot_be_transcribed_is_refused(transcribe, data, message):
    answer = transcribe(data)
    assert answer.status_code == 422
    assert answer.json()["code"] == "UnprocessableEntity"
    assert message in answer.json()["message"]


def part(name, content):
    return b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name, content)


@pytest.mark.parametrize(
    ("body", "boundary", "code"),
    [
        (b"", "x", "InvalidRequestBodyFormat"),
        (b"nothing", "x", "InvalidRequestBodyFormat"),
        (part(b"definition", b"{}"), "x", "InvalidRequestBodyFormat"),
        (b"--x\r\n\r\n\r\n--x--", "x", "InvalidRequestBodyFormat"),
        (part(b"a", b"") + b"--x--", "", "InvalidRequestBodyFormat"),
        (b"--x--", "x", "InvalidPayload"),
        (part(b"audio", SILENCE) + b"--x--", "x", "InvalidPayload"),
        (part(b"definition", b"{}") + b"--x--", "x", "InvalidPayload"),
        (part(b"definition", b"[]") + b"--x--", "x", "InvalidPayload"),
        (part(b"definition", b"{") + b"--x--", "x", "InvalidPayload"),
        (part(b"p", b"") * 99 + b"--x--", "x", "InvalidRequestBodyFormat"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(bench, body, boundary, code):
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = bench.client.post(bench.url + FAST, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == code


def test_only_known_versions_and_forms_are_transcribed(bench, transcribe):
    path = FAST.partition("?")[0]
    assert transcribe(SILENCE, path=path).status_code == 404
    assert transcribe(SILENCE, path=f"{path}?api-version=2000-01-01").status_code == 404
    assert transcribe(SILENCE, path=f"{path}?api-version=2025-10-15").status_code == 200
    answer = bench.client.post(bench.url + FAST, content=b"{}", headers=WAV)
    assert answer.status_code == 415
    assert answer.json()["code"] == "UnsupportedMediaType"


def test_a_boundary_within_the_audio_does_not_end_it(bench):
    audio = SILENCE + b"\n--y\r\n--"
    body = part(b"audio", audio) + part(b"definition", b'{"locales":[]}') + b"--x--\r\n"
    headers = {"Content-Type": 'multipart/form-data; charset=utf-8; boundary="x"'}
    answer = bench.client.post(bench.url + FAST, content=body, headers=headers)
    assert answer.status_code == 200


def test_a_reading_of_a_minute_is_understood_nearly_word_for_word(transcribe):
    result = transcribe(recording("aboutSpeechSdk.wav")).json()
    said = {phrase["text"] for phrase in result["phrases"]}
    assert "The capabilities of the Speech SDK are often associated with scenarios." in said
    assert len(result["combinedPhrases"][0]["text"].split()) == pytest.approx(128, abs=8)
    offsets = [phrase["offsetMilliseconds"] for phrase in result["phrases"]]
    assert offsets == sorted(offsets)

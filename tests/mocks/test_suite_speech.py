"""Short audio: what is said, when, and why nothing was understood."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import numpy as np
import pytest
from speech_bench import (
    CHANCE,
    OGG,
    RATE,
    SHORT,
    SILENCE,
    WAV,
    decoded,
    encoded,
    question,
    reading,
    say,
)

import cogml_mocks
from cogml_mocks.engines import audio
from cogml_mocks.identity import entra


@pytest.fixture(scope="module", name="question")
def question_fixture():
    return question()


@pytest.fixture
def said(monkeypatch):
    return partial(say, monkeypatch)


@pytest.fixture
def hear(bench):
    def send(content, query="?language=en-US", headers=WAV, path=SHORT):
        url = bench.url + path + query
        return bench.client.post(url, content=content, headers=headers, timeout=60)

    return send


@pytest.mark.parametrize("mode", ["conversation", "interactive", "dictation"])
def test_a_question_is_understood(bench, hear, question, mode):
    answer = hear(question, path=SHORT.replace("conversation", mode))
    assert answer.status_code == 200
    result = answer.json()
    assert list(result) == ["RecognitionStatus", "Offset", "Duration", "DisplayText"]
    assert result["RecognitionStatus"] == "Success"
    assert result["DisplayText"] == "What's the weather like?"
    assert isinstance(result["Offset"], int)
    assert 0 <= result["Offset"] < 3_000_000
    assert 7_000_000 < result["Duration"] < 13_000_000
    (entry,) = bench.suite.requests(base=bench.name)
    assert entry["documents"] == 1


def test_detailed_has_other_readings_best_first_and_times_of_words(hear, question):
    result = hear(question, "?language=en-us&format=detailed&wordLevelTimestamps=true").json()
    assert list(result) == ["RecognitionStatus", "Offset", "Duration", "NBest"]
    best, *others = result["NBest"]
    assert best["Lexical"] == best["ITN"] == best["MaskedITN"] == "what's the weather like"
    assert best["Display"] == "What's the weather like?"
    assert 0.5 < best["Confidence"] <= 1
    confidences = [reading["Confidence"] for reading in (best, *others)]
    assert confidences == sorted(confidences, reverse=True)
    assert 1 <= len(others) <= 4
    assert [word["Word"] for word in best["Words"]] == best["Lexical"].split()
    ends = [0]
    for word in best["Words"]:
        assert word["Offset"] >= ends[-1]
        ends.append(word["Offset"] + word["Duration"])
    assert ends[-1] == result["Offset"] + result["Duration"]


def test_times_are_those_of_the_recording(hear, question):
    spoken = decoded(question)
    early = hear(question).json()
    late = hear(encoded(np.concatenate([np.zeros(3 * RATE), spoken]))).json()
    assert late["DisplayText"] == early["DisplayText"]
    assert late["Offset"] - early["Offset"] == pytest.approx(30_000_000, abs=2_500_000)


@pytest.mark.parametrize("gain", [0.05, 1.0])
@pytest.mark.parametrize("offset", [0.0, 0.2])
def test_neither_level_nor_offset_matters(hear, question, gain, offset):
    spoken = decoded(question)
    result = hear(encoded(spoken * gain + offset)).json()
    assert {"weather", "like?"} <= set(result["DisplayText"].split())


def test_equal_audio_gets_an_equal_answer_whatever_came_between(hear, question):
    query = "?language=en-US&format=detailed&wordLevelTimestamps=true"
    spoken = decoded(question)
    first = hear(question, query).json()
    hear(encoded(spoken[::-1]))
    with ThreadPoolExecutor(3) as pool:
        rest = list(pool.map(lambda _: hear(question, query).json(), range(3)))
    assert rest == [first] * 3


def test_opus_and_eight_kilohertz_are_heard_too(hear, question):
    spoken = decoded(question)
    opus = encoded(spoken, container="OGG", codec="OPUS")
    assert "weather" in hear(opus, headers=OGG).json()["DisplayText"]
    narrow = np.fft.irfft(np.fft.rfft(spoken)[: len(spoken) // 4 + 1]) / 2
    assert hear(encoded(narrow, 8_000)).json()["RecognitionStatus"] == "Success"


def test_a_streams_header_says_nothing_of_its_length(hear, question):
    unknown = question[:40] + bytes(4) + question[44:]
    assert hear(iter([unknown[:44], unknown[44:]])).json() == hear(question).json()


@pytest.mark.parametrize(
    ("sound", "status"),
    [
        (np.zeros(2 * RATE), "InitialSilenceTimeout"),
        (CHANCE.normal(0, 0.0001, 2 * RATE), "InitialSilenceTimeout"),
        (CHANCE.normal(0, 0.1, 2 * RATE), "BabbleTimeout"),
        (0.1 * np.sin(np.arange(2 * RATE)), "BabbleTimeout"),
        (np.zeros(1), "InitialSilenceTimeout"),
    ],
    ids=["silence", "room", "noise", "tone", "one sample"],
)
@pytest.mark.parametrize("form", ["simple", "detailed"])
def test_where_nobody_speaks_the_status_says_what_was_there(hear, sound, status, form):
    answer = hear(encoded(sound), f"?language=en-US&format={form}")
    assert answer.status_code == 200
    result = answer.json()
    assert list(result) == ["RecognitionStatus", "Offset", "Duration"]
    assert (result["RecognitionStatus"], result["Duration"]) == (status, 0)
    assert result["Offset"] == round(len(sound) / RATE * 10_000_000)


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (np.zeros(6 * RATE), "InitialSilenceTimeout"),
        (CHANCE.normal(0, 0.1, 20 * RATE), "BabbleTimeout"),
    ],
    ids=["silence", "noise"],
)
def test_who_begins_to_speak_after_five_seconds_is_not_heard(hear, question, before, status):
    result = hear(encoded(np.concatenate([before, decoded(question)]))).json()
    assert result == {"RecognitionStatus": status, "Offset": 50_000_000, "Duration": 0}


def test_sounds_that_are_no_words_match_nothing(hear):
    gate = np.arange(3 * RATE) % 12_000 < 6_000
    result = hear(encoded(0.2 * np.sin(0.3 * np.arange(3 * RATE)) * gate)).json()
    assert list(result) == ["RecognitionStatus", "Offset", "Duration"]
    assert result["RecognitionStatus"] == "NoMatch"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Invalid CID or language"),
        ("?language=", "Invalid CID or language"),
        ("?language=de-DE", "Invalid CID or language: 'de-DE' is none of en-AU, en-CA,"),
        ("?language=en-US&format=long", "Invalid format: 'long' is none of simple, detailed"),
        ("?language=en-US&profanity=no", "Invalid profanity: 'no' is none of masked,"),
        ("?language=en-US&wordLevelTimestamps=1", "Invalid wordLevelTimestamps: '1'"),
    ],
)
def test_a_wrong_parameter_is_refused_in_the_services_shape(hear, query, message):
    answer = hear(SILENCE, query)
    assert answer.status_code == 400
    assert list(answer.json()) == ["Message"]
    assert answer.json()["Message"].startswith(message)


MINUTE = np.zeros(60 * RATE)


@pytest.mark.parametrize(
    ("content", "headers", "message"),
    [
        (b"", WAV, "No audio data received"),
        (SILENCE[:44], WAV, "No audio data received"),
        (b"no audio", WAV, "Unsupported audio format"),
        (SILENCE[:20], WAV, "Unsupported audio format"),
        (SILENCE, OGG, "Unsupported audio format"),
        (SILENCE, {"Content-Type": "audio/mpeg"}, "Unsupported audio format"),
        (SILENCE, {"Content-Type": "application/json"}, "Unsupported audio format"),
        (SILENCE, {}, "Unsupported audio format"),
        (encoded(np.zeros((RATE, 2))), WAV, "Unsupported audio format"),
        (encoded(np.zeros(RATE), 44_100), WAV, "Unsupported audio format"),
        (encoded(np.zeros(RATE), codec="PCM_24"), WAV, "Unsupported audio format"),
        (encoded(np.zeros(RATE), container="FLAC"), WAV, "Unsupported audio format"),
        (encoded(np.zeros(RATE), container="OGG", codec="VORBIS"), OGG, "Unsupported audio"),
        (encoded(np.zeros((RATE, 3))), WAV, "Unsupported audio format"),
        (encoded(np.append(MINUTE, 0)), WAV, "The audio is longer than 60 seconds"),
    ],
)
def test_audio_that_is_not_taken_is_refused(hear, content, headers, message):
    answer = hear(content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["Message"].startswith(message)


def test_sixty_seconds_are_taken(hear):
    result = hear(encoded(MINUTE)).json()
    assert (result["RecognitionStatus"], result["Offset"]) == ("InitialSilenceTimeout", 50_000_000)


def test_no_header_is_trusted(hear):
    """Each byte of a header is turned around in turn; every answer is the service's."""
    for place in range(44):
        broken = SILENCE[:place] + bytes([SILENCE[place] ^ 0xFF]) + SILENCE[place + 1 : 2_000]
        assert hear(broken).status_code in (200, 400)


def test_a_body_of_gigabytes_is_refused(hear):
    answer = hear(bytes(16 * 1_048_576 + 1))
    assert answer.status_code == 413
    assert "larger" in answer.json()["Message"]


@pytest.mark.parametrize(
    ("profanity", "shown"),
    [
        ("", "Oh ****, it rains."),
        ("&profanity=masked", "Oh ****, it rains."),
        ("&profanity=REMOVED", "Oh, it rains."),
        ("&profanity=raw", "Oh shit, it rains."),
    ],
)
def test_profane_words_are_treated_as_asked(hear, said, profanity, shown):
    said([reading("Oh shit, it rains.")])
    assert hear(SILENCE, "?language=en-US" + profanity).json()["DisplayText"] == shown
    best = hear(SILENCE, "?language=en-US&format=detailed" + profanity).json()["NBest"][0]
    assert best["Display"] == shown
    assert best["Lexical"] == best["ITN"] == "oh shit it rains"
    assert best["MaskedITN"] == shown.lower().replace(",", "").replace(".", "")


def test_profanity_alone_removed_is_no_result(hear, said):
    said([reading("Shit.")])
    result = hear(SILENCE, "?language=en-US&profanity=removed").json()
    assert list(result) == ["RecognitionStatus", "Offset", "Duration"]
    assert result["RecognitionStatus"] == "NoMatch"


def test_utterances_are_joined_rank_by_rank_and_what_was_not_understood_is_left_out(hear, said):
    first = [reading("One two.", 0.9), reading("Won too.", 0.3)]
    said(first, [], [reading("Three.", 0.6)])
    result = hear(SILENCE, "?language=en-US&format=detailed&wordLevelTimestamps=true").json()
    assert [entry["Display"] for entry in result["NBest"]] == ["One two. Three.", "Won too. Three."]
    assert [entry["Confidence"] for entry in result["NBest"]] == [0.8, 0.4]
    assert [word["Word"] for word in result["NBest"][0]["Words"]] == ["one", "two", "three"]


def test_words_have_their_confidence_if_asked_for(hear, said):
    said([reading("One two.", 0.9)])
    query = "?language=en-US&format=detailed&wordLevelConfidence=true"
    words = hear(SILENCE, query).json()["NBest"][0]["Words"]
    assert [(word["Word"], word["Confidence"]) for word in words] == [("one", 0.9), ("two", 0.9)]


def test_an_assessment_that_is_asked_for_is_not_made_up(hear, said):
    said([reading("One two.", 0.9)])
    asked = {"Pronunciation-Assessment": "eyJSZWZlcmVuY2VUZXh0Ijoib25lIn0="}
    result = hear(SILENCE, "?language=en-US&format=detailed", headers=WAV | asked).json()
    assert list(result["NBest"][0]) == ["Confidence", "Lexical", "ITN", "MaskedITN", "Display"]


def test_audio_in_chunks_is_invited(bench, exchange, question):
    target = f"/t/{bench.name}{SHORT}?language=en-US"
    head = (
        f"POST {target} HTTP/1.1\r\nHost: x\r\nOcp-Apim-Subscription-Key: k\r\n"
        "Content-Type: audio/wav; codecs=audio/pcm; samplerate=16000\r\n"
        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    pieces = [question[:44], question[44:30_000], question[30_000:], b""]
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    received = exchange(head.encode(), *chunks)
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert b"What's the weather like?" in received


def test_a_missing_key_is_403_and_a_wrong_one_401(bench):
    with cogml_mocks.serve(keys=["right"]) as suite:
        url = f"{suite.url}{SHORT}?language=en-US"
        missing = httpx.post(url, content=SILENCE, headers=WAV)
        assert (missing.status_code, list(missing.json())) == (403, ["Message"])
        for wrong in ({"Ocp-Apim-Subscription-Key": "no"}, {"Authorization": "Bearer no"}):
            assert httpx.post(url, content=SILENCE, headers=WAV | wrong).status_code == 401


@pytest.mark.parametrize("name", ["issueToken", "issuetoken", "IssueToken"])
def test_a_token_stands_for_the_key(bench, name):
    given = bench.client.post(f"{bench.url}/sts/v1.0/{name}")
    assert given.status_code == 200
    assert given.headers["Content-Type"].startswith("application/jwt")
    assert entra.admits(given.text, "https://cognitiveservices.azure.com")
    said = entra.claims(given.text)
    assert said["exp"] - said["iat"] == 600
    url = f"{bench.url}{SHORT}?language=en-US"
    bearer = {"Authorization": f"Bearer {given.text}"} | WAV
    assert httpx.post(url, content=SILENCE, headers=bearer, timeout=60).status_code == 200
    assert httpx.post(url, content=SILENCE, headers=WAV).status_code == 403


def test_there_is_only_one_kind_of_token(bench):
    assert bench.client.post(f"{bench.url}/sts/v1.0/other").status_code == 404


@pytest.mark.parametrize("frames", [1, 2])
def test_what_lasts_for_less_than_a_sample_has_none(frames):
    with pytest.raises(audio.NoSamples):
        audio.decode(encoded(np.zeros(frames), 96_000), 60)

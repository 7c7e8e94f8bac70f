"""Azure's native Speech SDK is served as it is."""

import threading

import httpx
import numpy as np
import pytest
from speech_bench import RATE, decoded, question, recording
from suite_bench import KEY

import cogml_mocks
from cogml_mocks import tls

speechsdk = pytest.importorskip(
    "azure.cognitiveservices.speech",
    reason="the Speech SDK has no wheel for this platform",
    exc_type=ImportError,
)
WEATHER = "What's the weather like?"
SECOND = bytes(2 * RATE)


@pytest.fixture(scope="module")
def spoken():
    return (decoded(question()) * 32_767).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def running():
    """A suite of its own: the SDK takes a host, which has no base path."""
    with cogml_mocks.serve() as suite:
        yield suite


@pytest.fixture
def served(running):
    running.reset()
    return running


def config(url, key="a-key", **given):
    if key is not None:
        given["subscription"] = key
    return speechsdk.SpeechConfig(host=url.replace("http", "ws", 1), **given)


def pushed(data, rate=RATE, channels=1):
    form = speechsdk.audio.AudioStreamFormat(rate, 16, channels)
    stream = speechsdk.audio.PushAudioInputStream(form)
    stream.write(data)
    stream.close()
    return speechsdk.audio.AudioConfig(stream=stream)


def recogniser(configured, data, *form):
    return speechsdk.SpeechRecognizer(configured, pushed(data, *form))


def refusal(result):
    assert result.reason == speechsdk.ResultReason.Canceled
    details = result.cancellation_details
    assert details.reason == speechsdk.CancellationReason.Error
    return details.code, details.error_details


def all_of(recognizer):
    """Recognise until the audio ends; return the results, final or not."""
    over, found, passing = threading.Event(), [], []
    recognizer.recognized.connect(lambda event: found.append(event.result))
    recognizer.recognizing.connect(lambda event: passing.append(event.result))
    recognizer.session_stopped.connect(lambda event: over.set())
    recognizer.start_continuous_recognition()
    assert over.wait(60)
    recognizer.stop_continuous_recognition()
    recognizer.recognized.disconnect_all()
    recognizer.recognizing.disconnect_all()
    recognizer.session_stopped.disconnect_all()
    return found, passing


def test_a_file_is_recognised(served, tmp_path):
    (tmp_path / "question.wav").write_bytes(recording("whatstheweatherlike.wav"))
    source = speechsdk.audio.AudioConfig(filename=str(tmp_path / "question.wav"))
    result = speechsdk.SpeechRecognizer(config(served.url), source).recognize_once()
    assert result.reason == speechsdk.ResultReason.RecognizedSpeech
    assert result.text == WEATHER
    assert 0 <= result.offset < 3_000_000
    assert 7_000_000 < result.duration < 14_000_000


def test_an_endpoint_is_used_as_it_is(bench, spoken):
    path = "/speech/recognition/dictation/cognitiveservices/v1?language=en-GB"
    address = bench.url.replace("http", "ws", 1) + path
    given = speechsdk.SpeechConfig(endpoint=address, subscription="a-key")
    assert recogniser(given, spoken).recognize_once().text == WEATHER
    (entry,) = bench.suite.requests(bench.name)
    assert entry["path"] + "?" + entry["query"] == path


def test_once_after_once_on_one_connection(served, spoken):
    one = recogniser(config(served.url), spoken + SECOND + spoken)
    first, second = one.recognize_once(), one.recognize_once()
    assert first.text == second.text == WEATHER
    length = len(spoken) / 2 / RATE
    assert second.offset - first.offset == pytest.approx((length + 1) * 1e7, abs=2_500_000)
    silence = one.recognize_once().no_match_details
    assert silence.reason == speechsdk.NoMatchReason.InitialSilenceTimeout
    assert [entry["status"] for entry in served.requests()] in ([None], [101])


def test_continuously_every_utterance_is_recognised(served, spoken):
    found, passing = all_of(recogniser(config(served.url), spoken + SECOND + spoken))
    assert [result.text for result in found] == [WEATHER, WEATHER]
    assert {result.text for result in passing} == {"what's the weather like"}
    assert found[0].offset + found[0].duration < found[1].offset
    (entry,) = served.requests()
    assert "/conversation/" in entry["path"]


def test_continuously_silence_is_passed_over(served, spoken):
    found, _ = all_of(recogniser(config(served.url), 6 * SECOND + spoken))
    silence, said = found
    assert silence.no_match_details.reason == speechsdk.NoMatchReason.InitialSilenceTimeout
    assert said.text == WEATHER
    assert said.offset == pytest.approx(60_000_000, abs=3_000_000)


def test_dictation_is_a_path_of_its_own(served, spoken):
    configured = config(served.url)
    configured.enable_dictation()
    found, _ = all_of(recogniser(configured, spoken))
    assert [result.text for result in found] == [WEATHER]
    (entry,) = served.requests()
    assert "/dictation/" in entry["path"]


def test_detailed_results_have_other_readings_and_words(served, spoken):
    configured = config(served.url)
    configured.output_format = speechsdk.OutputFormat.Detailed
    configured.request_word_level_timestamps()
    configured.set_profanity(speechsdk.ProfanityOption.Raw)
    result = recogniser(configured, spoken).recognize_once()
    assert result.text == WEATHER
    best, *others = httpx.Response(200, content=result.json).json()["NBest"]
    assert others
    assert [word["Word"] for word in best["Words"]] == best["Lexical"].split()
    assert all(0 < word["Confidence"] <= 1 for word in best["Words"])


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (np.zeros(2 * RATE), "InitialSilenceTimeout"),
        (np.random.default_rng(3).normal(0, 3_000, 6 * RATE), "InitialBabbleTimeout"),
        (6_000 * np.sin(0.3 * np.arange(2 * RATE)) * (np.arange(2 * RATE) % 12_000 < 6_000),
         "NotRecognized"),
    ],
    ids=["silence", "noise", "no words"],
)  # fmt: skip
def test_where_nothing_is_understood_the_result_says_why(served, sound, reason):
    result = recogniser(config(served.url), sound.astype("<i2").tobytes()).recognize_once()
    assert result.reason == speechsdk.ResultReason.NoMatch
    assert result.no_match_details.reason == speechsdk.NoMatchReason[reason]


def test_a_shorter_patience_may_be_asked_for(served):
    configured = config(served.url)
    name = speechsdk.PropertyId.SpeechServiceConnection_InitialSilenceTimeoutMs
    configured.set_property(name, "1500")
    assert recogniser(configured, 3 * SECOND).recognize_once().offset == 15_000_000


def test_credentials_are_asked_for(spoken):
    errors = speechsdk.CancellationErrorCode
    with cogml_mocks.serve(keys=["right"]) as suite:
        good = recogniser(config(suite.url, "right"), spoken).recognize_once()
        assert good.text == WEATHER
        code, details = refusal(recogniser(config(suite.url, "wrong"), spoken).recognize_once())
        assert code == errors.AuthenticationFailure
        assert "401" in details
        given = httpx.post(
            f"{suite.url}/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": "right"}
        )
        by_token = config(suite.url, None)
        by_token.authorization_token = given.text
        assert recogniser(by_token, spoken).recognize_once().text == WEATHER
        by_token.authorization_token = given.text[::-1]
        code, _ = refusal(recogniser(by_token, spoken).recognize_once())
        assert code == errors.AuthenticationFailure


def test_a_language_that_is_not_known_is_a_bad_request(served, spoken):
    configured = config(served.url, speech_recognition_language="de-DE")
    code, details = refusal(recogniser(configured, spoken).recognize_once())
    assert code == speechsdk.CancellationErrorCode.BadRequest
    assert "Invalid CID or language" in details


@pytest.mark.parametrize(
    ("form", "words"),
    [((44_100, 1), "Unsupported audio format"), ((RATE, 2), "Invalid audio channel")],
    ids=["rate", "channels"],
)
def test_audio_that_is_not_taken_closes_the_connection(served, spoken, form, words):
    _, details = refusal(recogniser(config(served.url), spoken, *form).recognize_once())
    assert f"Error code: 1007. Error details: {words}" in details


def test_a_connection_that_is_cut_off_is_made_again(served, spoken):
    served.faults({"kind": "drop_mid_answer", "times": 1})
    assert recogniser(config(served.url), spoken).recognize_once().text == WEATHER
    assert [entry["fault"] for entry in served.requests()] == [
        "drop_mid_answer", None
    ]  # fmt: skip


def test_over_tls(tmp_path, spoken):
    with cogml_mocks.serve(tls=tmp_path) as suite:
        secured = config(suite.url, KEY["Ocp-Apim-Subscription-Key"])
        trusted = (tmp_path / tls.AUTHORITY).read_text()
        secured.set_property_by_name("OPENSSL_SINGLE_TRUSTED_CERT", trusted)
        secured.set_property_by_name("OPENSSL_SINGLE_TRUSTED_CERT_CRL_CHECK", "false")
        assert recogniser(secured, spoken).recognize_once().text == WEATHER

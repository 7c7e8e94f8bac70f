"""What the tests of speech share: paths, sounds, and words put into the recogniser's mouth."""

import io
import os
from pathlib import Path

import pytest

from cogml_mocks.engines import speech_text

np = pytest.importorskip("numpy")
soundfile = pytest.importorskip("soundfile")
recogniser = pytest.importorskip("cogml_mocks.engines.recogniser")

RATE = 16_000
SHORT = "/speech/recognition/conversation/cognitiveservices/v1"
FAST = "/speechtotext/transcriptions:transcribe?api-version=2024-11-15"
WAV = {"Content-Type": "audio/wav; codecs=audio/pcm; samplerate=16000"}
OGG = {"Content-Type": "audio/ogg; codecs=opus"}
CHANCE = np.random.default_rng(3)


def encoded(samples, rate=RATE, container="WAV", codec="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=codec)
    return file.getvalue()


def decoded(data):
    return soundfile.read(io.BytesIO(data))[0]


SILENCE = encoded(np.zeros(2 * RATE))


def recording(name):
    folder = os.environ.get("COGML_TEST_DATA")
    if folder is None:
        pytest.skip("COGML_TEST_DATA is not set")
    return (Path(folder) / "audio" / name).read_bytes()


def question():
    """Somebody asks what the weather is like, in two seconds."""
    return recording("whatstheweatherlike.wav")


def reading(text, confidence=0.5):
    lexical = speech_text.lexical(text)
    words = tuple(
        recogniser.Word(word, n, n + 0.5, confidence) for n, word in enumerate(text.split(), 1)
    )
    return recogniser.Reading(lexical, text, confidence, words)


def say(monkeypatch, *utterances):
    """Let the recogniser hear what a test says was said."""
    found = [recogniser.Utterance(1.0, 9.0, tuple(readings)) for readings in utterances]
    monkeypatch.setattr(recogniser, "recognise", lambda samples: found)

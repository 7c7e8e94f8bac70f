"""Any common format becomes 16 kHz mono; speech is found, cut at pauses, and sent as WAV."""

import io
import os
import sys
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from cogml import audio
from cogml.audio import RATE, Audio, Span
from cogml.errors import MissingPackage

np = pytest.importorskip("numpy")
soundfile = pytest.importorskip("soundfile")
pytest.importorskip("soxr")

CHANCE = np.random.default_rng(7)


def tone(seconds, rate=RATE, hertz=440.0, level=0.5):
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def encoded(samples, rate=RATE, container="WAV", codec="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=codec)
    return file.getvalue()


def as_audio(samples):
    return Audio(np.clip(samples * 32_767, -32_768, 32_767).astype(np.int16))


def talk(*stretches, level=0.3, background=0.0005):
    """Stands in for speech: noise that swells four times a second; `(talking, seconds)` each."""
    parts = []
    for talking, seconds in stretches:
        n = int(seconds * RATE)
        swell = np.abs(np.sin(2 * np.pi * 2 * np.arange(n) / RATE)) if talking else 0
        parts.append(CHANCE.normal(0, 1, n) * (level / 3 * swell + background))
    return as_audio(np.concatenate(parts))


def seconds(spans):
    return [(span.start / RATE, span.end / RATE) for span in spans]


FORMATS = [
    ("WAV", "PCM_U8", 8_000, 1, 0.02),
    ("WAV", "PCM_16", 16_000, 1, 0.001),
    ("WAV", "PCM_24", 44_100, 2, 0.001),
    ("WAV", "PCM_32", 48_000, 6, 0.001),
    ("WAV", "FLOAT", 96_000, 2, 0.001),
    ("WAV", "ULAW", 8_000, 1, 0.03),
    ("WAV", "ALAW", 8_000, 1, 0.03),
    ("FLAC", "PCM_16", 192_000, 2, 0.001),
    ("OGG", "VORBIS", 44_100, 2, 0.02),
    ("OGG", "OPUS", 48_000, 1, 0.05),
    ("MP3", "MPEG_LAYER_III", 44_100, 2, 0.02),
    ("AIFF", "PCM_16", 22_050, 1, 0.001),
]


@pytest.mark.parametrize(("container", "codec", "rate", "channels", "error"), FORMATS)
def test_every_format_is_heard_as_the_same_tone(container, codec, rate, channels, error):
    made = np.tile(tone(1, rate)[:, np.newaxis], channels)
    found = audio.decode(encoded(made, rate, container, codec))
    assert found.samples.dtype == np.int16
    assert found.seconds == pytest.approx(1, abs=0.08)
    middle = slice(RATE // 4, RATE // 2)
    spectrum = np.abs(np.fft.rfft(found.samples[middle]))
    assert np.argmax(spectrum) * RATE / (RATE // 4) == pytest.approx(440, abs=4)
    level = np.sqrt(np.mean((found.samples[middle] / 32_768) ** 2))
    assert level == pytest.approx(0.5 / np.sqrt(2), rel=max(error, 0.005))


def test_channels_are_averaged():
    left, right = np.full(RATE, 0.5), np.full(RATE, -0.25)
    found = audio.decode(encoded(np.stack([left, right], axis=1), codec="FLOAT"))
    assert np.abs(found.samples - 0.125 * 32_768).max() <= 1


def test_samples_at_the_right_rate_are_untouched():
    made = CHANCE.integers(-32_768, 32_768, RATE).astype(np.int16)
    assert (audio.decode(encoded(made)).samples == made).all()


def test_values_beyond_full_scale_are_clipped_and_no_number_is_silence():
    made = np.array([2.0, -2.0, np.inf, -np.inf, np.nan] * 100, dtype=np.float32)
    found = audio.decode(encoded(made, codec="FLOAT")).samples
    assert found[:5].tolist() == [32_767, -32_768, 32_767, -32_768, 0]


@pytest.mark.parametrize("length", [bytes(4), b"\xff\xff\xff\xff"])
def test_a_stream_s_header_without_a_length_is_read_to_the_end(length):
    data = bytearray(encoded(tone(1)))
    data[4:8] = data[40:44] = length
    assert audio.decode(bytes(data)).seconds == 1


def test_a_wav_cut_short_gives_what_is_there():
    data = encoded(tone(1))
    assert 0.4 < audio.decode(data[: len(data) // 2]).seconds < 0.6


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "0 bytes"),
        (b"not audio at all", "16 bytes that begin with b'not audi'"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(99), "MP4 or M4A"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a PNG picture"),
        (b"RIFF\x24\x00\x00\x00WAVE", "RIFF"),
        (encoded(np.zeros(0)), "no samples"),
        (encoded(tone(1, 4_000), 4_000), "4000 Hz: from 8000 to 192000"),
        (encoded(np.zeros(900), 200_000), "200000 Hz"),
    ],
)
def test_what_is_no_audio_is_named(data, found):
    with pytest.raises(ValueError, match=found):
        audio.decode(data)


def test_a_broken_flac_says_where_it_breaks_or_gives_what_is_there():
    data = bytearray(encoded(CHANCE.normal(0, 0.1, 10 * RATE), container="FLAC"))
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    try:
        assert audio.decode(bytes(data)).seconds <= 10
    except ValueError as error:
        assert "FLAC" in str(error)  # noqa: PT017 - libsndfile's versions differ in which it is


def test_too_long_is_refused_whatever_the_header_says(monkeypatch):
    monkeypatch.setattr(audio, "MOST_SECONDS", 1)
    assert audio.decode(encoded(tone(1))).seconds == 1
    with pytest.raises(ValueError, match="longer than"):
        audio.decode(encoded(tone(1.1), container="FLAC"))


@pytest.mark.parametrize("name", ["numpy", "soundfile", "soxr"])
def test_a_missing_package_names_the_extra(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackage, match=rf"{name}.*cogml\[speech\]"):
        audio.decode(b"RIFF")


def test_a_span_is_a_wav_that_others_read():
    made = CHANCE.integers(-32_768, 32_768, RATE).astype(np.int16)
    data = audio.wav(Audio(made), Span(100, 1_100))
    assert len(data) == 44 + 2_000
    with wave.open(io.BytesIO(data)) as file:
        assert file.getparams()[:4] == (1, 2, RATE, 1_000)
        assert file.readframes(2_000) == made[100:1_100].tobytes()
    assert (audio.decode(data).samples == made[100:1_100]).all()


@pytest.mark.parametrize("span", [(0, 0), (5, 4), (-1, 5), (0, 101)])
def test_a_span_outside_the_audio_is_refused(span):
    with pytest.raises(ValueError, match="of audio of 100"):
        audio.wav(Audio(np.zeros(100, np.int16)), Span(*span))


def test_pauses_part_utterances():
    spans = seconds(audio.utterances(talk((0, 1), (1, 2), (0, 1), (1, 3), (0, 0.3), (1, 1))))
    assert len(spans) == 2
    (first, first_end), (second, second_end) = spans
    assert 0.7 < first < 1.0
    assert 3.0 < first_end < 3.3
    assert 3.7 < second < 4.0
    assert 8.2 < second_end <= 8.3


@pytest.mark.parametrize("level", [0.9, 0.1, 0.01])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_neither_level_nor_background_changes_what_is_found(level, share):
    spoken = talk((0, 1), (1, 2), (0, 1.5), (1, 2), (0, 1), level=level, background=level * share)
    spans = seconds(audio.utterances(spoken))
    assert len(spans) == 2
    assert spans[0] == pytest.approx((0.8, 3.2), abs=0.25)
    assert spans[1] == pytest.approx((4.3, 6.7), abs=0.25)


def test_a_change_of_speaker_hides_neither():
    loud = talk((1, 5), (0, 15), level=0.9).samples
    quiet = talk((1, 5), (0, 15), level=0.02).samples
    assert len(audio.utterances(Audio(np.concatenate([loud, quiet])))) == 2


@pytest.mark.parametrize("longest", [1, 2.5, 55])
def test_no_utterance_is_longer_and_nothing_between_cuts_is_lost(longest):
    spans = audio.utterances(talk((1, 130), background=0), longest)
    assert all(0 < span.end - span.start <= longest * RATE for span in spans)
    assert all(a.end == b.start for a, b in pairwise(spans))
    assert spans[0].start == 0
    assert spans[-1].end > 129 * RATE


def test_a_long_utterance_is_cut_where_it_is_quietest():
    spans = seconds(audio.utterances(talk((1, 4), (0, 0.3), (1, 4), background=0.001), 5))
    assert len(spans) == 2
    assert 4 < spans[0][1] < 4.3


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(20 * RATE),
        np.full(20 * RATE, 0.25),
        CHANCE.normal(0, 0.01, 20 * RATE),
        tone(20),
    ],
    ids=["silence", "offset", "noise", "tone"],
)
def test_where_nobody_speaks_the_beginning_is_sent(sound):
    assert audio.utterances(as_audio(sound), 5) == [Span(0, 5 * RATE)]
    assert audio.utterances(as_audio(sound[:100]), 5) == [Span(0, 100)]


def test_a_click_is_no_utterance():
    sound = CHANCE.normal(0, 0.0005, 5 * RATE)
    sound[2 * RATE : 2 * RATE + 100] = 0.9
    assert audio.utterances(as_audio(sound)) == [Span(0, 5 * RATE)]


@pytest.mark.parametrize("longest", [0, 0.5, -3, float("nan")])
def test_less_than_a_second_is_no_length(longest):
    with pytest.raises(ValueError, match="longest"):
        audio.utterances(talk((1, 1)), longest)


def test_no_samples_have_no_utterances():
    with pytest.raises(ValueError, match="no samples"):
        audio.utterances(Audio(np.zeros(0, np.int16)))


def test_a_reading_is_cut_between_its_sentences():
    folder = os.environ.get("COGML_TEST_DATA")
    if folder is None:
        pytest.skip("COGML_TEST_DATA is not set")
    spoken = audio.decode((Path(folder) / "audio" / "aboutSpeechSdk.wav").read_bytes())
    spans = audio.utterances(spoken)
    assert len(spans) == 8
    assert sum(span.end - span.start for span in spans) > 0.9 * len(spoken.samples)
    at_rest = 10 ** (-40 / 20) * 32_768
    for span in spans:
        for edge in (spoken.samples[span.start :][:400], spoken.samples[: span.end][-400:]):
            assert np.sqrt(np.mean(edge.astype(float) ** 2)) < at_rest


@pytest.mark.parametrize(
    ("container", "codec"), [("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "OPUS")]
)
def test_no_header_is_trusted(container, codec):
    """Each byte of a header is turned around in turn: audio, or an error that says what it is."""
    data = encoded(CHANCE.normal(0, 0.1, 2_000), container=container, codec=codec)
    for place in range(min(200, len(data))):
        broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        try:
            assert audio.decode(broken).samples.dtype == np.int16
        except ValueError as error:
            assert str(error)  # noqa: PT017 - either is right

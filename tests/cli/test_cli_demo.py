"""The demo prints the tutorial's tables on every engine, says what failed, and leaves no trace."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import wave
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness import real_inputs
from typer.testing import Result

import cogml_mocks
from cogml.cli import demo, samples, voice
from cogml.errors import MissingPackage

Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]

SENTIMENTS = [
    ["I am so happy today, its sunny!", "positive"],
    ["this is a dog", "neutral"],
    ["I am frustrated by this rush hour traffic!", "negative"],
]
TAGS = (
    "skating, person, man, outdoor, riding, sport, skateboard, young, board, shirt, air, park, "
    "boy, side, jumping, ramp, trick, doing, flying"
)
OUT_OF_LINE = ["1972-08-01T00:00:00Z", "1973-03-01T00:00:00Z"]
FOUR = ["Text analytics", "Computer vision", "Image search", "Anomaly detector"]
SPEECH = "Speech to text"
LEFT_OUT = f"{SPEECH} is left out: "


def cells(table: str) -> list[list[str]]:
    """The rows of a printed table, without its header and line."""
    return [re.split(r"\s{2,}", line.strip()) for line in table.strip().splitlines()[2:]]


def tables(printed: str) -> dict[str, list[list[str]]]:
    """The rows of each table by its heading."""
    parts = re.split(rf"^({'|'.join([*FOUR, SPEECH])})\n\n", printed, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(cells, parts[2::2]), strict=True))


def assert_all_four(found: dict[str, list[list[str]]]) -> None:
    assert list(found)[:4] == FOUR
    text, vision, search, anomalies = (found[heading] for heading in FOUR)
    assert text == SENTIMENTS
    assert [row[1:] for row in vision] == [
        [TAGS, "recorded"],
        ["outdoor, sky, blue, green", "computed"],
    ]
    assert len(search) == len(set(map(tuple, search))) == 20
    assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+/gallery/\S+\.jpg", *row) for row in search)
    assert sorted(row[0] for row in anomalies if row[2] == "true") == OUT_OF_LINE
    assert [row[2] for row in anomalies].count("false") == 13


@pytest.fixture
def voiceless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there to read out."""
    voice._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)


@pytest.fixture
def other_keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A suite that refuses the demo's key; the keys it should have had."""
    real, given = cogml_mocks.serve, []

    @contextlib.contextmanager
    def serve(keys: list[str]) -> Iterator[Any]:
        given.extend(keys)
        with real(keys=["another"]) as suite:
            yield suite

    monkeypatch.setattr(cogml_mocks, "serve", serve)
    return given


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_the_demo_prints_the_tutorials_first_table(run: Run, engine: str) -> None:
    result = run("demo", "--engine", engine)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split()[:2] == ["text", "sentiment"]
    assert cells(result.stdout) == SENTIMENTS


def test_the_default_engine_is_pandas(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    result = run("demo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "cogml: pandas is not installed: pip install 'cogml[pandas]'\n"


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_without_a_voice_there_are_four_tables_and_the_reason(
    run: Run, voiceless: None, engine: str
) -> None:
    result = run("demo", "--all", "--engine", engine)
    assert result.exit_code == 0
    found = tables(result.stdout)
    assert_all_four(found)
    assert SPEECH not in found
    assert result.stderr.startswith(LEFT_OUT)
    assert "--audio FILE" in result.stderr
    assert result.stderr.endswith("espeakng_loader is not installed: pip install 'cogml[voice]'\n")


@pytest.mark.spark
def test_all_on_spark_says_nothing_but_the_tables(start: Start) -> None:
    process = start("demo", "--all", "--engine", "spark")
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0
    assert [line for line in err.splitlines() if not line.startswith(LEFT_OUT)] == []
    assert_all_four(tables(out))


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_a_recording_of_ones_own_is_listened_to(run: Run, engine: str) -> None:
    recording = real_inputs() / "audio" / "whatstheweatherlike.wav"
    result = run("demo", "--all", "--engine", engine, "--audio", recording)
    assert (result.exit_code, result.stderr) == (0, "")
    found = tables(result.stdout)
    assert_all_four(found)
    assert found[SPEECH] == [["whatstheweatherlike.wav", "What's the weather like?"]]


def test_the_voice_is_understood(run: Run) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra voice is not installed")
    with wave.open(io.BytesIO(voice.read_out(samples.SENTENCES[0]))) as spoken:
        assert (spoken.getsampwidth(), spoken.getnchannels()) == (2, 1)
        assert 1 < spoken.getnframes() / spoken.getframerate() < 4
    result = run("demo", "--all")
    assert (result.exit_code, result.stderr) == (0, "")
    found = tables(result.stdout)
    assert_all_four(found)
    assert [row[1] for row in found[SPEECH]] == [*samples.SENTENCES]


def test_a_voice_that_cannot_be_loaded_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    voice._engine.cache_clear()
    loader = types.ModuleType("espeakng_loader")
    loader.get_data_path = lambda: str(tmp_path)  # type: ignore[attr-defined]
    loader.get_library_path = lambda: str(tmp_path / "none.so")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "espeakng_loader", loader)
    with pytest.raises(MissingPackage, match=r"eSpeak NG cannot be loaded: .*none\.so"):
        voice.read_out("hello")
    monkeypatch.setattr(
        ctypes, "CDLL", lambda _: types.SimpleNamespace(espeak_Initialize=lambda *_: -1)
    )
    with pytest.raises(MissingPackage, match=r"eSpeak NG finds no English voice in "):
        voice.read_out("hello")


def test_what_is_no_recording_fails_alone(run: Run, tmp_path: pathlib.Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.7 of nothing")
    result = run("demo", "--all", "--audio", paper)
    assert result.exit_code == 1
    assert_all_four(tables(result.stdout))
    assert tables(result.stdout)[SPEECH] == [["paper.pdf"]]
    assert result.stderr == (f"{str(paper)!r}: row_rejected: not audio that can be read: a PDF\n")


@pytest.mark.parametrize("arguments", [["--all", "--audio", "no-such.wav"], ["--audio", "."]])
def test_a_recording_must_be_a_file(run: Run, arguments: list[str]) -> None:
    result = run("demo", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--audio" in result.stderr


def test_a_recording_is_for_all_samples_only(run: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    result = run("demo", "--audio", tmp_path / "a.wav")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "cogml: --audio goes with --all\n"


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_a_row_that_failed_makes_the_demo_fail(
    run: Run, other_keys: list[str], engine: str
) -> None:
    result = run("demo", "--engine", engine)
    assert result.exit_code == 1
    assert [line.split("': ")[1][:12] for line in result.stderr.splitlines()] == [
        "unauthorized"
    ] * len(SENTIMENTS)
    assert len(other_keys) == 1
    assert other_keys[0] not in result.output


def test_every_sample_says_what_failed(run: Run, other_keys: list[str], voiceless: None) -> None:
    result = run("demo", "--all")
    assert result.exit_code == 1
    *failed, left_out = result.stderr.splitlines()
    assert len(failed) == 3 + 2 + 10 + 15
    assert all(": unauthorized: " in line for line in failed)
    assert left_out.startswith(LEFT_OUT)
    assert list(tables(result.stdout)) == FOUR
    assert other_keys[0] not in result.output


@pytest.mark.parametrize("before", [None, "http://elsewhere.test"])
def test_the_environment_is_left_as_it_was(
    run: Run, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    if before is not None:
        monkeypatch.setenv("COGML_ENDPOINT", before)
    assert run("demo").exit_code == 0
    assert os.environ.get("COGML_ENDPOINT") == before


def test_what_is_read_out_is_not_left_behind(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    question = (real_inputs() / "audio" / "whatstheweatherlike.wav").read_bytes()
    monkeypatch.setattr(demo, "read_out", lambda sentence: question)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = run("demo", "--all")
    assert (result.exit_code, result.stderr) == (0, "")
    assert tables(result.stdout)[SPEECH] == [
        ["how-do-i-get-to-the-train-station.wav", "What's the weather like?"],
        ["what-is-the-weather-like-today.wav", "What's the weather like?"],
    ]
    assert list(tmp_path.iterdir()) == []

"""The benchmarks run, from end to end, and their clients do one and the same job."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pathlib
import platform
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import cells
import every_table
import numpy as np
import pandas as pd
import pytest
import results
import serving
import start
import texts

CLIENTS = (
    "bare",
    "aiohttp_loop",
    "cogml_pandas",
    "httpx_gather",
    "requests_threads",
    "azure_threads",
    "azure_aio",
)
OWN_WAY = ("azure_threads", "azure_aio")  # they do not ask again when a connection is lost


@pytest.fixture(scope="module")
def service() -> Iterator[serving.Quick]:
    with serving.quick() as quick:
        yield dataclasses.replace(quick, core=None)


def client(name: str, url: str) -> Any:
    return importlib.import_module(f"clients.{name}").client(url, 8)


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, "e7") for name in CLIENTS] + [(name, "d7") for name in CLIENTS if name not in OWN_WAY],
)
def test_every_client_gives_every_row_its_answer(
    service: serving.Quick, name: str, fault: str
) -> None:
    service.reset()
    with client(name, service.at(1, fault)) as transform:
        cells.check_frame(transform(texts.frame(153)), 153)
    asked = service.stats()
    assert asked["requests"] >= 16 + 16 // 7
    assert 1 < asked["most"] <= 8


@pytest.mark.parametrize("name", CLIENTS)
def test_every_client_tells_of_a_refused_text_in_its_row(service: serving.Quick, name: str) -> None:
    frame = pd.DataFrame(
        {"text": ["It is good.", "", "That was bad. It is good."]}, index=[5, 6, 7]
    )
    with client(name, service.at()) as transform:
        found = transform(frame)
        assert transform(texts.frame(0)).shape[0] == 0
    assert found.index.tolist() == [5, 6, 7]
    assert found["text"].tolist() == frame["text"].tolist()
    assert found["out"].isna().tolist() == found["error"].notna().tolist() == [False, True, False]
    [told] = found["error"].dropna()
    assert "Document text is empty." in told["message"] or told["message"].startswith("Invalid")
    last = found["out"].iloc[2]
    last = last[0] if isinstance(last, list) else last
    assert [sentence["text"] for sentence in last["sentences"]] == ["That was bad.", "It is good."]
    assert last["sentiment"] == "mixed"


def test_an_answer_in_another_row_is_seen(service: serving.Quick) -> None:
    with client("bare", service.at()) as transform:
        found = transform(texts.frame(20))
    turned = found.assign(out=found["out"].iloc[::-1].array)
    with pytest.raises(AssertionError, match="not its own"):
        cells.check_frame(turned, 20)
    with pytest.raises(AssertionError, match="20 rows, of 21"):
        cells.check_frame(found, 21)


def test_a_cell_runs_in_a_process_of_its_own(service: serving.Quick) -> None:
    sample = cells.apart(cells.Cell("cogml_stream", 200, 4), service)
    assert sample.rows == 200
    assert min(sample.wall, sample.own, sample.before, sample.rate, sample.cost) > 0
    assert sample.peak >= sample.before


# A picture is large, and aiohttp would rather read it from a file.
@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
@pytest.mark.parametrize("name", ["saturated", "line", "peers", "growth", "start", "vision"])
def test_a_table_is_printed_and_written(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: pathlib.Path,
    name: str,
) -> None:
    def here(cell: cells.Cell, service: serving.Quick) -> cells.Sample:
        few = dataclasses.replace(cell, rows=min(cell.rows, 640))
        return cells.run(few, dataclasses.replace(service, core=None))

    def timed(program: str, core: int | None) -> float:
        exec(program, {})
        return 1.0

    monkeypatch.setattr(cells, "apart", here)
    monkeypatch.setattr(start, "_timed", timed)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # no wrk: its seconds are whole ones
    importlib.import_module(name).main(["--quick", "--results", str(tmp_path)])
    page = (tmp_path / f"{name}.md").read_text("utf-8")
    assert page in capsys.readouterr().out
    table = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
    assert table["name"] == name
    assert len(table["rows"]) >= 4
    keys = {column["key"] for column in table["columns"]}
    for row in table["rows"]:
        assert set(row) == keys
    for column in table["columns"]:
        assert f" {column['heading']} " in page
    assert {"processor", "cores", "python", "versions", "date"} <= set(table["machine"])
    assert table["machine"]["versions"]["pyarrow"] in page
    assert all(goal["what"] in page for goal in table["goals"])
    assert bool(table["goals"]) == (name in ("saturated", "line", "start"))
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    for told in (page, json.dumps(table)):
        assert platform.node() not in told.split()
        assert str(pathlib.Path.home()) not in told


def test_what_was_wanted_stands_beside_what_was_found() -> None:
    table = results.Table(
        "t",
        "A title",
        "What was measured.",
        [results.Column("a", "first", ",.1f"), results.Column("b", "second")],
        rows=[
            {"a": results.spread([3_000.0, 1_000.0, 1_500.0]), "b": "text"},
            {"a": results.spread([2.0]), "b": None},
        ],
        goals=[
            results.Goal("share", 0.97, least=0.96, form=".0%"),
            results.Goal("ratio", 1.3, most=1.0),
        ],
        notes=["A note."],
    )
    page = table.markdown()
    assert "| 1,500.0 [1,000.0, 3,000.0] | text   |" in page
    assert "| 2.0                        |        |" in page
    assert "| share | at least 96% | 97%   | met         |" in page
    assert "| ratio | at most 1.00 | 1.30  | **not met** |" in page
    assert "short form" not in page
    assert [goal["met"] for goal in table.json()["goals"]] == [True, False]


def test_all_goals_are_gathered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    asked: list[list[str]] = []

    def main(arguments: list[str]) -> results.Table:
        asked.append(arguments)
        return results.Table("t", "A title", "", [], goals=[results.Goal("share", 0.9, least=0.96)])

    for name in every_table.TABLES:
        monkeypatch.setattr(importlib.import_module(name), "main", main)
    given = ["--quick", "--results", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *given])
    every_table.main()
    assert asked == [given] * len(every_table.TABLES)
    page = (tmp_path / "README.md").read_text("utf-8")
    assert page in capsys.readouterr().out
    told = "| share | at least 0.96 | 0.90  | **not met** | [A title](t.md) |"
    assert page.count(told) == len(every_table.TABLES)


def test_the_line_counts_the_last_wave_whole() -> None:
    assert cells.Cell("bare", 640, 64, 100).line == pytest.approx(0.1)
    assert cells.Cell("bare", 641, 64, 100).line == pytest.approx(0.2)
    assert cells.rows_for(64, 100, waves=50, seconds=2.5, most=10**6) == 50 * 640
    assert cells.rows_for(64, 20, waves=50, seconds=2.5, most=10**6) == 125 * 640
    assert cells.rows_for(64, 0, waves=50, seconds=2.5, most=1_000) == 1_000


@pytest.mark.parametrize(
    ("path", "body"), [("/text/analytics/v3.1/sentiment", b"{"), ("/nowhere", b"{}")]
)
def test_the_quick_service_refuses_what_it_does_not_know(
    service: serving.Quick, path: str, body: bytes
) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(service.at() + path, data=body, timeout=30)


def test_the_engine_of_several_variables_is_above_thresholds(tmp_path: pathlib.Path) -> None:
    """On made series of which two kinds of set are drawn once: the figures are the benchmark's."""
    quality = importlib.import_module("multivariate_quality")
    shown = {name: quality.DETECTORS[name] for name in list(quality.DETECTORS)[:2]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "DETECTORS", shown)
        table = quality.main(["--quick", "--results", str(tmp_path)])
    engine, thresholds = table.rows
    assert engine["all"] > 0.6 > thresholds["all"]
    assert engine["precision"] > 0.8
    assert (tmp_path / "multivariate_quality.md").is_file()


def test_the_usual_detectors_take_what_the_engine_takes_of_its_training() -> None:
    quality = importlib.import_module("multivariate_quality")
    values = quality.following(np.random.default_rng(1))[:500]
    detectors = list(quality.DETECTORS.values())[2:]
    shares = [detector(values, values).mean() for detector in detectors[:3]]
    assert shares == pytest.approx([1 - quality.multivariate._KEPT] * 3, abs=0.002)


def test_every_usual_detector_finds_what_is_plain() -> None:
    quality = importlib.import_module("multivariate_quality")
    values = quality.following(np.random.default_rng(1))[:600]
    training, told = values[:500], values[500:].copy()
    told[50] += 100
    for name, detector in quality.DETECTORS.items():
        found = detector(training, told)
        assert found.shape == (100,), name
        assert found[50], name

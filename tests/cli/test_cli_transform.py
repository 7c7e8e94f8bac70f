"""transform: a file in, the same rows with error and output out, and one line for every mistake."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import os
import signal
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from cogml.cli import transform
from cogml.limits import Lifecycle
from cogml.service import Service

Run = Callable[..., Result]

SECRET = "s3cr3t-of-the-test"
SETTINGS = ["--set", "textCol=text", "--set", "outputCol=s", "--set", "subscriptionKey=env:A_KEY"]
CSV = "id,text\n1,what a lovely day\n2,\n3,it was an awful mess\n"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", SECRET)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(CSV)
    return path


def sentiments(values: list[Any]) -> list[str | None]:
    return [value and value[0]["sentiment"] for value in values]


def test_it_is_answered_without_a_server(run: Run, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    given = ["--set", "textCol=text", "--set", "outputCol=s", "--set", "execution=local"]
    result = run("transform", "TextSentiment", source, "-o", out, *given)
    assert result.exit_code == 0, result.stderr
    rows = [msgspec.json.decode(line) for line in out.read_bytes().splitlines()]
    assert sentiments([row["s"] for row in rows]) == ["positive", None, "negative"]


def test_csv_to_csv(run: Run, endpoint: Any, source: Path, tmp_path: Path) -> None:
    result = run("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("3 rows in ")
    assert "2 answered, 0 failed, 1 skipped; 1 requests" in result.stderr
    found = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [list(row) for row in found] == [["id", "text", "s_error", "s"]] * 3
    assert [row["id"] for row in found] == ["1", "2", "3"]
    answers = [msgspec.json.decode(row["s"]) if row["s"] else None for row in found]
    assert sentiments(answers) == ["positive", None, "negative"]
    assert [row["s_error"] for row in found] == [""] * 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".parquet"])
def test_nested_columns_stay_nested(
    run: Run, endpoint: Any, source: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"out{suffix}"
    assert run("transform", "TextSentiment", source, "-o", output, *SETTINGS).exit_code == 0
    if suffix == ".parquet":
        found = pq.ParquetFile(output).read().to_pylist()
    else:
        found = [msgspec.json.decode(line) for line in output.read_bytes().splitlines()]
    assert [list(row) for row in found] == [["id", "text", "s_error", "s"]] * 3
    assert sentiments([row["s"] for row in found]) == ["positive", None, "negative"]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".tsv"])
def test_other_files_as_input(run: Run, endpoint: Any, tmp_path: Path, suffix: str) -> None:
    source, table = tmp_path / f"in{suffix}", pa.table({"text": ["a lovely day", "a dog"]})
    if suffix == ".parquet":
        pq.write_table(table, source)
    elif suffix == ".jsonl":
        source.write_bytes(b'{"text":"a lovely day"}\n{"text":"a dog"}\n')
    else:
        source.write_text("text\na lovely day\na dog")
    output = tmp_path / "out.parquet"
    assert run("transform", "TextSentiment", source, "-o", output, *SETTINGS).exit_code == 0
    found = pq.ParquetFile(output).read()
    assert found.column("text").to_pylist() == ["a lovely day", "a dog"]
    assert sentiments(found.column("s").to_pylist()) == ["positive", "neutral"]


def test_to_stdout_goes_the_data_and_nothing_else(run: Run, endpoint: Any, source: Path) -> None:
    result = run("transform", "TextSentiment", source, "-o", "-", *SETTINGS)
    assert [row["id"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["1", "2", "3"]
    assert "3 rows in" in result.stderr
    result = run("transform", "TextSentiment", source, "-o", "-", "--format", "jsonl", *SETTINGS)
    lines = [msgspec.json.decode(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", "3"]


def test_settings_are_read_by_their_own_type(
    run: Run, endpoint: Any, source: Path, tmp_path: Path
) -> None:
    result = run(
        "transform",
        "TextSentiment",
        source,
        "-o",
        tmp_path / "out.parquet",
        *SETTINGS,
        *("--set", "batchSize=1", "--set", "showStats=true", "--set", "backoffs=[1,2]"),
        *("--set", "timeout=5", "--set", "language=en"),
    )
    assert result.exit_code == 0
    assert len(endpoint.requests()) == 2
    found = pq.ParquetFile(tmp_path / "out.parquet").read().column("s").to_pylist()
    assert found[0][0]["statistics"]["charactersCount"] == len("what a lovely day")


def test_a_column_of_the_file_may_be_a_parameter_of_each_row(
    run: Run, endpoint: Any, tmp_path: Path
) -> None:
    """A column that a parameter needs as something else than text is read as that."""
    source, output = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text("text,stats\na dog,true\na cat,false\n")
    settings = [*SETTINGS, "--set", "showStatsCol=stats"]
    assert run("transform", "TextSentiment", source, "-o", output, *settings).exit_code == 0
    found = pq.ParquetFile(output).read().to_pylist()
    assert [row["stats"] for row in found] == [True, False]
    assert [row["s"][0]["statistics"] is None for row in found] == [False, True]


def test_a_file_with_a_header_only(run: Run, endpoint: Any, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text\n")
    result = run("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    assert result.exit_code == 0
    assert (tmp_path / "out.csv").read_text() == "id,text,s_error,s\n"
    assert endpoint.requests() == []


@pytest.mark.parametrize(("flags", "code"), [([], 0), (["--strict"], 1)])
def test_rows_that_failed_are_said_and_strict_counts_them(
    run: Run, endpoint: Any, source: Path, tmp_path: Path, flags: list[str], code: int
) -> None:
    endpoint.fault({"kind": "status", "status": 400})
    output = tmp_path / "out.jsonl"
    result = run("transform", "TextSentiment", source, "-o", output, *SETTINGS, *flags)
    assert result.exit_code == code
    assert "2 failed (2 rejected)" in result.stderr
    assert "rejected: 2 rows, first row 1: 400" in result.stderr
    errors = [msgspec.json.decode(line)["s_error"] for line in output.read_bytes().splitlines()]
    assert [error and error["code"] for error in errors] == ["rejected", None, "rejected"]


def test_strict_is_content_where_no_row_failed(
    run: Run, endpoint: Any, source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.csv"
    settings = [*SETTINGS, "--strict"]
    assert run("transform", "TextSentiment", source, "-o", output, *settings).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["TextSentimant", "in.csv"], "did you mean 'TextSentiment'?"),
        (["TextSentiment", "in.csv", "--set", "textCol=txt"], "did you mean 'text'?"),
        (["AnalyzeText", "in.csv"], "kind is required"),
        (["TextSentiment", "in.csv", "--set", "textcol=text"], "did you mean 'textCol'?"),
        (["TextSentiment", "in.csv", "--set", "params=1"], "no parameter 'params'"),
        (["TextSentiment", "in.csv", "--set", "batchSizeCol=id"], "no parameter 'batchSizeCol'"),
        (["TextSentiment", "in.csv", "--set", "batchSize=many"], "batchSize expects"),
        (["TextSentiment", "in.csv", "--set", "textCol"], "--set expects NAME=VALUE"),
        (["TextSentiment", "in.csv", *SETTINGS[:2] * 2], "textCol is there twice"),
        (["TextSentiment", "in.csv", *SETTINGS, "--set", "showStatsCol=text"], "column 'text'"),
        (["TextSentiment", "no.csv", *SETTINGS], "no.csv: there is no such file"),
        (["TextSentiment", "in.xlsx", *SETTINGS], "unknown suffix '.xlsx'"),
        (["TextSentiment", "in.txt", *SETTINGS], "--delimiter"),
        (["TextSentiment", "in.csv", *SETTINGS, "--delimiter", "ab"], "one character"),
        (["TextSentiment", "in.csv", *SETTINGS, "--columns", "a"], "2 columns; 1 are expected"),
        (["TextSentiment", "in.jsonl", *SETTINGS, "--columns", "a"], "--columns is for"),
        (["TextSentiment", "in.csv", *SETTINGS, "-o", "out.xml"], "unknown suffix '.xml'"),
        (["TextSentiment", "in.csv", *SETTINGS, "-o", "in.csv"], "is INPUT"),
        (["TextSentiment", "in.csv", *SETTINGS, "-o", "./link.csv"], "is INPUT"),
        (["TextSentiment", "in.csv", *SETTINGS, "-o", "no/out.csv"], "there is no folder"),
        (["TextSentiment", "in.csv", *SETTINGS, "-o", "folder.csv"], "folder.csv"),
    ],
)
def test_a_mistake_is_one_line_and_no_request(
    run: Run,
    endpoint: Any,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text('{"text":"a dog"}\n')
    (tmp_path / "link.csv").hardlink_to(source)
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.iterdir())
    result = run("transform", "-o", "out.csv", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("cogml: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert endpoint.requests() == []
    assert sorted(tmp_path.iterdir()) == before
    assert source.read_text() == CSV


@pytest.mark.parametrize(
    "setting",
    [
        f"subscriptionKey={SECRET}",
        f"AADToken={SECRET}",
        f'customHeaders={{"x-key":"{SECRET}"}}',
        f"subscriptionKey=env:{SECRET}",
        f"subscriptionkey={SECRET}",
        f"{SECRET}",
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(
    run: Run, endpoint: Any, source: Path, tmp_path: Path, setting: str
) -> None:
    output = tmp_path / "out.csv"
    result = run("transform", "TextSentiment", source, "-o", output, "--set", setting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert SECRET not in result.output
    assert not output.exists()


def test_a_setting_without_its_option_is_not_repeated(
    run: Run, source: Path, tmp_path: Path
) -> None:
    setting = f"subscriptionKey={SECRET}"
    result = run("transform", "TextSentiment", source, setting, "-o", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert "arguments that are not expected: 1" in result.stderr
    assert SECRET not in result.output


def test_the_key_is_nowhere_in_what_comes_out(
    run: Run, endpoint: Any, source: Path, tmp_path: Path
) -> None:
    endpoint.fault({"kind": "status", "status": 401})
    output = tmp_path / "out.jsonl"
    result = run("transform", "TextSentiment", source, "-o", output, *SETTINGS)
    assert "unauthorized" in result.stderr
    assert SECRET not in result.output
    assert SECRET not in output.read_text()


def test_a_variable_that_is_not_set_is_named(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("A_KEY")
    result = run("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    assert result.exit_code == 2
    assert "A_KEY, which is not set" in result.stderr


def test_a_disk_that_is_full_is_one_line(
    run: Run, endpoint: Any, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    result = run("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    assert (result.exit_code, result.stderr) == (1, "cogml: No space left on device\n")
    assert list(tmp_path.iterdir()) == [source]


def test_a_retired_service_is_a_sentence_and_said_once(
    run: Run, endpoint: Any, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Lifecycle(datetime.date(2020, 1, 2), "another")
    monkeypatch.setattr(Service.registry["TextSentiment"], "lifecycle", ended)
    # What has left Azure is still there in the suite, in containers, behind gateways.
    monkeypatch.setattr(Service.registry["TextSentiment"], "is_at_home", lambda *_: True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = run("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    first = result.stderr.splitlines()[0]
    assert first.startswith("warning: TextSentiment: ")
    assert "retired 2020-01-02, use another" in first
    assert result.stderr.count("warning") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_file(
    start: Callable[..., subprocess.Popen[str]], endpoint: Any, tmp_path: Path, number: int
) -> None:
    endpoint.fault({"kind": "latency", "delay_ms": 600_000})
    source = tmp_path / "in.csv"
    source.write_text(CSV)
    process = start("transform", "TextSentiment", source, "-o", tmp_path / "out.csv", *SETTINGS)
    while not list(tmp_path.glob(".cogml-*")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode not in (0, -number)
    assert list(tmp_path.iterdir()) == [source]


def test_the_reviews_are_all_there_in_order(run: Run, endpoint: Any, tmp_path: Path) -> None:
    """Their text has apostrophes, and quotes that are never closed."""
    folder = os.environ.get("COGML_TEST_DATA")
    if not folder:
        pytest.skip("COGML_TEST_DATA does not name the folder of the test data")
    source = Path(folder) / "text" / "amazonReviewSnippets_GroundTruth.txt"
    lines = source.read_bytes().decode().split("\r\n")
    assert len(lines) == 3_708
    arguments = ["--delimiter", "\\t", "--columns", "id,rating,text", *SETTINGS, "--strict"]
    for name in ("out.parquet", "out.csv", "out.txt"):
        result = run("transform", "TextSentiment", source, "-o", tmp_path / name, *arguments)
        assert result.exit_code == 0
        assert result.stderr.startswith("3,708 rows in")
    found = pq.ParquetFile(tmp_path / "out.parquet").read()
    rows = zip(*(found.column(name).to_pylist() for name in ("id", "rating", "text")), strict=True)
    assert ["\t".join(row) for row in rows] == lines
    assert found.column("s").null_count == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        again = ["\t".join(row[:3]) for row in itertools.islice(csv.reader(file), 1, None)]
    assert again == lines
    written = (tmp_path / "out.txt").read_text().splitlines()[1:]
    assert [line.rsplit("\t", 2)[0] for line in written] == lines


def test_how_a_delimiter_is_written() -> None:
    assert transform._delimiter("\\t") == transform._delimiter("\t") == "\t"
    assert transform._delimiter(";") == ";"

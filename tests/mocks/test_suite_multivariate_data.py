"""The data of multivariate models: where they are, how they are laid out, what is refused."""

import zipfile
from typing import Any

import numpy as np
import pytest
from azure.storage.blob import BlobServiceClient
from hypothesis import given, settings
from hypothesis import strategies as st
from multivariate_bench import (
    ACCOUNT,
    NAMES,
    ROOT,
    TRAINED,
    WINDOW,
    apart,
    asked,
    csv,
    detected,
    failed,
    machine,
    refusal,
    stamp,
    store,
    trained,
    zipped,
)

import cogml_mocks
from cogml_mocks.anomaly import sources, tables
from cogml_mocks.anomaly.sources import DataError


@pytest.fixture
def source(bench):
    return store(bench, "machine.csv", csv(machine()))


@pytest.fixture
def ready(bench, source):
    return trained(bench, asked(source))["modelId"]


@pytest.mark.parametrize(
    ("name", "schema", "content", "code"),
    [
        ("a.csv", "OneTable", b"", "FileColumnsNotExist"),
        ("a.csv", "OneTable", b"time,a\n", "FileColumnsNotExist"),
        ("a.csv", "OneTable", b"timestamp\n", "FileColumnsNotExist"),
        ("a.csv", "OneTable", b"timestamp,a,a\n", "DuplicatedVariables"),
        ("a.csv", "OneTable", b"timestamp,a\n", "NoData"),
        ("a.csv", "OneTable", b"timestamp,a\n2024-01-01,x\n", "VariableParseError"),
        ("a.csv", "OneTable", b"timestamp,a\nsoon,1\n", "VariableParseError"),
        ("a.csv", "OneTable", b"timestamp,a\n2024-01-01,1,2\n", "ReadingFileError"),
        ("a.csv", "OneTable", b"timestamp,a\n2024-01-01,\xff\n", "ReadingFileError"),
        ("a.csv", "OneTable", b"timestamp,a\n2024-01-01,1\n2024-01-01,2\n", "MergeDataFailed"),
        ("a.csv", "OneTable", b"timestamp,a\n2024-01-01,1\n2024-01-01T00:01,2\n",
         "NotEnoughInput"),
        ("a.csv", "OneTable", b"timestamp,a\n2030-01-01,1\n", "NoData"),
        ("a.csv", "OneTable", ("timestamp," + ",".join(f"v{i}" for i in range(301))).encode(),
         "DataExceedsLimit"),
        ("a.zip", "MultiTable", b"no zip", "ReadingFileError"),
        ("a.zip", "MultiTable", zipped({"in/a.csv": b"", "a.txt": b""}), "NoVariablesFound"),
        ("a.zip", "MultiTable", zipped({"a.csv": b"timestamp,a\n"}), "FileColumnsNotExist"),
        ("a.zip", "MultiTable", zipped({f"v{i}.csv": b"" for i in range(301)}),
         "DataExceedsLimit"),
        ("a.zip", "OneTable", zipped({"a.csv": b"", "b.csv": b""}), "NoVariablesFound"),
        ("a.csv", "MultiTable", b"timestamp,value\n", "NoVariablesFound"),
    ],
    ids=range(19),
)  # fmt: skip
def test_bad_data_fail_the_model(bench, name, schema, content, code):
    source = store(bench, name, content)
    assert failed(bench, asked(source, dataSchema=schema))[0] == code


def test_a_bomb_is_not_unpacked(bench, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 100_000)
    bomb = zipped({"a.csv": bytes(10_000_000)})
    assert len(bomb) < 100_000
    for schema in ("MultiTable", "OneTable"):
        body = asked(store(bench, "bomb.zip", bomb), dataSchema=schema)
        assert failed(bench, body)[0] == "FileSizeTooLarge"
    large = store(bench, "large.csv", b"timestamp,a\n" + b" " * 100_000)
    assert failed(bench, asked(large))[0] == "FileSizeTooLarge"
    monkeypatch.setattr(tables, "MAX_TIMESTAMPS", 50)
    assert failed(bench, asked(store(bench, "m.csv", csv(machine(60)))))[0] == "TooManyData"


def test_files_and_folders_and_zips_are_one_to_a_model(bench):
    values = machine(100)
    files = apart(values)
    for name, content in files.items():
        store(bench, f"deep/down/{name}", content)
        store(bench, f"deep/down/below/{name}", content)
    store(bench, "deep/down/readme.txt", b"")
    folder = f"{bench.url}/{ACCOUNT}/data/deep/down"
    rows = {"rows": 100, "dataSchema": "MultiTable"}
    one = asked(store(bench, "one.csv", csv(values)), 100)
    bodies = [
        asked(folder, **rows), asked(f"{folder}/", **rows),
        asked(store(bench, "all.zip", zipped(files)), **rows),
        asked(store(bench, "one.zip", zipped({"one.csv": csv(values)})), 100), one,
    ]  # fmt: skip
    losses = [
        trained(bench, body)["modelInfo"]["diagnosticsInfo"]["modelState"]["trainLosses"]
        for body in bodies
    ]
    assert losses[0] != []
    # In a folder the variables come by name.
    for other in losses[1:]:
        assert other == pytest.approx(losses[0])


def test_another_account_is_read_as_its_address_says(bench, source):
    """With a signature, or where all may; from loopback and named hosts only."""
    with cogml_mocks.serve(storage_key="a2V5") as other:
        here = f"{other.base('else where')}/{ACCOUNT}"
        with BlobServiceClient(here, credential="a2V5", retry_total=0) as storage:
            public = storage.create_container("open", public_access="container")
            storage.create_container("closed").upload_blob("one.csv", csv(machine()))
            for name, content in apart(machine()).items():
                public.upload_blob(f"a b/{name}", content)
        ready = trained(bench, asked(f"{here}/open/a%20b", dataSchema="MultiTable"))["modelInfo"]
        assert ready["status"] == "READY"
        states = ready["diagnosticsInfo"]["variableStates"]
        assert {state["variable"] for state in states} == set(NAMES)
        wrong = f"{here}/closed/one.csv?sig=top-secret"
        code, message = failed(bench, asked(wrong))
        assert code == "FileNotExist"
        assert "top-secret" not in message
    for outside in ("http://example.com/data/a.csv", "http://10.0.0.1/a.csv"):
        for schema in ("OneTable", "MultiTable"):
            assert failed(bench, asked(outside, dataSchema=schema))[0] == "FileNotExist"


def test_variables_are_laid_on_one_time():
    hole = "timestamp,value\n2020-11-01,1\n2020-11-02,2\n{}2020-11-04,4\n"
    files = {
        "b.csv": hole.format("2020-11-03,3\n").encode(),
        "a.csv": (hole.format("") + "2020-11-05,5\n").encode(),
    }
    table = tables.read(files, "MultiTable")
    assert table.names == ("b", "a")
    inner = table.aligned("Inner")
    assert inner.values.tolist() == [[1, 1], [2, 2], [4, 4]]
    outer = table.aligned("Outer").of(("a", "b"))
    for method, filled in (("Linear", [[3, 3], [5, 4]]), ("Previous", [[2, 3], [5, 4]]),
                           ("Subsequent", [[4, 3], [5, 4]]), ("Zero", [[0, 3], [5, 0]]),
                           ("Fixed", [[9, 3], [5, 9]])):  # fmt: skip
        values = outer.filled(method, 9)
        assert [values[2].tolist(), values[4].tolist()] == filled
    assert outer.states() == [
        {"variable": name, "filledNARatio": pytest.approx(0.2), "effectiveCount": 4,
         "firstTimestamp": "2020-11-01T00:00:00Z", "lastTimestamp": last}
        for name, last in (("a", "2020-11-05T00:00:00Z"), ("b", "2020-11-04T00:00:00Z"))
    ]  # fmt: skip
    with pytest.raises(DataError, match="FileNotExist"):
        table.of(("a", "b", "c"))
    with pytest.raises(DataError, match="RedundantFile"):
        table.of(("a",))


def test_gaps_are_filled_before_training_and_told(bench):
    values = machine()
    values[10:20, 0] = np.nan
    body = asked(store(bench, "gaps.csv", csv(values)))
    states = trained(bench, body)["modelInfo"]["diagnosticsInfo"]["variableStates"]
    assert states[0]["variable"] == "pressure"
    assert states[0]["filledNARatio"] == pytest.approx(10 / TRAINED)
    assert states[0]["effectiveCount"] == TRAINED - 10
    values[:, 0] = np.nan
    body = asked(store(bench, "gaps.csv", csv(values)))
    assert failed(bench, body)[0] == "NoData"
    fixed = {"alignPolicy": {"fillNAMethod": "Fixed", "paddingValue": 5}}
    assert trained(bench, body | fixed)["modelInfo"]["status"] == "READY"


def test_what_a_batch_fails_with(bench, source, ready):
    span = {"startTime": stamp(450), "endTime": stamp(460)}

    def fails(code: str, **body: Any) -> None:
        summary = detected(bench, ready, {"dataSource": source, **span, **body})["summary"]
        assert [error["code"] for error in summary["errors"]] == [code]
        assert summary["status"] == "FAILED"

    fails("FileNotExist", dataSource=store(bench, "two.csv", csv(machine()[:, :2], NAMES[:2])))
    more = csv(np.hstack([machine(), machine()[:, :1]]), (*NAMES, "more"))
    fails("RedundantFile", dataSource=store(bench, "more.csv", more))
    fails("NoData", startTime="2030-01-01T00:00:00Z", endTime="2030-01-02T00:00:00Z")
    fails("NotEnoughInput", dataSource=store(bench, "few.csv", csv(machine()[430:460], first=430)),
          startTime=stamp(435), endTime=stamp(440))  # fmt: skip
    long = store(bench, "long.csv", csv(machine(2_950)))
    fails("DataExceedsLimit", dataSource=long, startTime=stamp(0), endTime=stamp(2_949))
    body = {"dataSource": source, **span, "topContributorCount": 31}
    response = bench.post(f"{ROOT}/models/{ready}:detect-batch", body)
    assert refusal(response) == (400, "BadArgument")


def last(count: int = WINDOW, names: tuple = NAMES) -> list[dict[str, Any]]:
    values = machine()
    return [
        {"variable": name, "timestamps": [stamp(row) for row in range(count)],
         "values": values[:count, place].tolist()}
        for place, name in enumerate(names)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "status", "code"),
    [
        (None, 400, "BadArgument"),
        ([], 400, "BadArgument"),
        ([5], 400, "BadArgument"),
        ([{"variable": "flow"}], 400, "BadArgument"),
        ([{"variable": "flow", "timestamps": [stamp(0)], "values": []}], 400, "BadArgument"),
        ([{"variable": "flow", "timestamps": ["x"], "values": [1]}], 400,
         "InvalidTimestampFormat"),
        ([{"variable": "flow", "timestamps": [stamp(0)], "values": ["1"]}], 400, "BadArgument"),
        ([{"variable": "flow", "timestamps": [stamp(0)] * 2, "values": [1, 2]}], 400,
         "MergeDataFailed"),
        ([{"variable": "flow", "timestamps": ["x"] * 2881, "values": [1] * 2881}], 413,
         "DataExceedsLimit"),
        (last(names=NAMES[:2]), 400, "FileNotExist"),
        ([*last(), *last(names=("more",))], 400, "RedundantFile"),
        ([*last(), last()[0]], 400, "DuplicatedVariables"),
        (last() * 101, 400, "DataExceedsLimit"),
        (last(WINDOW - 1), 400, "NotEnoughInput"),
        ([{"variable": n, "timestamps": [], "values": []} for n in NAMES], 400, "NotEnoughInput"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_the_last_detection_refuses(bench, ready, variables, status, code):
    response = bench.post(f"{ROOT}/models/{ready}:detect-last", {"variables": variables})
    assert refusal(response) == (status, code)


def test_the_last_of_a_window_is_judged(bench, ready):
    path = f"{ROOT}/models/{ready}:detect-last"
    variables = last()
    (plain,) = bench.post(path, {"variables": variables}).json()["results"]
    assert (plain["timestamp"], plain["value"]["isAnomaly"]) == (stamp(WINDOW - 1), False)
    variables[1]["values"][-1] += 2
    body = {"variables": variables, "topContributorCount": 1}
    (odd,) = bench.post(path, body).json()["results"]
    assert odd["value"]["isAnomaly"] is True
    (blamed,) = odd["value"]["interpretation"]
    assert blamed["variable"] == "flow"
    variables[0]["values"][3] = None
    assert bench.post(path, body).json()["variableStates"][0]["variable"] == "pressure"


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60) | st.text("timesap,\n0123-:TZ.\"'\r\0", max_size=60))
def test_any_file_is_read_or_refused(content):
    data = content if isinstance(content, bytes) else content.encode()
    for text in (data, b"timestamp,value\n" + data):
        for schema in ("OneTable", "MultiTable"):
            try:
                table = tables.read({"a.csv": text}, schema)
            except DataError:
                continue
            assert table.values.shape == (len(table.times), len(table.names))
            table.aligned("Outer").states()


def test_a_wide_file_is_refused_by_its_header():
    wide = b"timestamp,value" + b"," * 301 + b"\n2024-01-01,1\n"
    with pytest.raises(DataError) as refused:
        tables.read({"a.csv": wide}, "MultiTable")
    assert refused.value.code == "DataExceedsLimit"


@pytest.mark.parametrize("row", ["," * 1_001, '"\n,"' * 1_001, ',"\n"' * 1_001])
@pytest.mark.parametrize("before", ["", "timestamp,a\n2024-01-01,1\n"])
def test_a_row_without_an_end_is_not_kept(monkeypatch, before, row):
    monkeypatch.setattr(tables, "MAX_COMMAS", 1_000)
    with pytest.raises(DataError) as refused:
        tables.read({"a.csv": (before + row).encode()}, "OneTable")
    assert refused.value.code == "ReadingFileError"


def test_many_rows_are_not_one_that_is_wide(monkeypatch):
    monkeypatch.setattr(tables, "MAX_COMMAS", 10)
    assert len(tables.read({"a.csv": csv(machine(50))}, "OneTable").times) == 50


def test_a_row_that_is_cut_short_has_no_values():
    table = tables.read({"a.csv": b"timestamp,a,b\n2024-01-01\n2024-01-02,1\n"}, "OneTable")
    np.testing.assert_array_equal(table.values, [[np.nan, np.nan], [1, np.nan]])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_is_not_unpacked_by_what_knows_no_limit(monkeypatch, method):
    def never(*given: Any) -> None:
        raise AssertionError("it was unpacked")

    content = zipped({"a.csv": csv(machine(10))}, method)
    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    with pytest.raises(DataError) as refused:
        sources._unzipped("a.zip", content)
    assert refused.value.code == "ReadingFileError"


def test_a_zip_of_too_many_files_is_not_looked_through(monkeypatch):
    monkeypatch.setattr(sources, "MAX_ENTRIES", 3)
    few = zipped({"a.csv": b"x", "b.txt": b"", "c.txt": b""})
    assert sources._unzipped("a.zip", few) == {"a.csv": b"x"}
    with pytest.raises(DataError) as refused:
        sources._unzipped("a.zip", zipped({f"{i}.txt": b"" for i in range(4)}))
    assert refused.value.code == "ReadingFileError"


def test_an_address_has_a_length(bench):
    source = f"http://127.0.0.1/{'a' * 2_048}.csv"
    assert refusal(bench.post(f"{ROOT}/models", asked(source))) == (400, "InvalidBlobURL")

"""Models of several variables: fitted and asked on every frame, and all that can go wrong."""

from __future__ import annotations

import datetime
import json
import logging
import math
import pathlib
import random
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cases import FAULTS
from fakes import eventually
from harness import ArrowFrames, Endpoint, Frames, Net, in_turn

from cogml import FitError, ParamError, Pipeline, PipelineModel
from cogml.cognitive import (
    DetectLastMultivariateAnomaly,
    SimpleDetectMultivariateAnomaly,
    SimpleFitMultivariateAnomaly,
)
from cogml.loop import process_loop
from cogml.services import _intermediate, _variables
from cogml.services._variables import series

NAMES = ["pressure", "flow"]
ROWS, WINDOW = 120, 28
BROKEN = 100
KEY = "planted-secret-0123456789"
QUICK: dict[str, Any] = {"backoffs": [1, 1], "subscriptionKey": KEY}
POLLING = {"initialPollingDelay": 1, "pollingDelay": 1}
BATCH, LAST = "*:detect-batch", "*:detect-last"
POLLS = "*/detect-batch/*"
FRAME = ArrowFrames()


def stamp(row: int) -> str:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (start + datetime.timedelta(minutes=row)).isoformat().replace("+00:00", "Z")


def columns(rows: int = ROWS, *, broken: bool = False) -> dict[str, list[Any]]:
    """Two variables that follow one load; where it is broken one goes against the other."""
    chance = random.Random(1)
    load = [math.sin(row / 9) for row in range(rows)]
    flow = [2 * value + chance.gauss(0, 0.1) for value in load]
    if broken:
        flow[BROKEN] = -flow[BROKEN] + 4
    return {
        "n": list(range(rows)),
        "timestamp": [stamp(row) for row in range(rows)],
        "pressure": [value + chance.gauss(0, 0.1) for value in load],
        "flow": flow,
    }


def fitting(folder: Any, **settings: Any) -> SimpleFitMultivariateAnomaly:
    given = {"inputCols": NAMES, "intermediateSaveDir": str(folder), "slidingWindow": WINDOW}
    names = {"outputCol": "out", "errorCol": "err"}
    return SimpleFitMultivariateAnomaly(**{**QUICK, **POLLING, **given, **names, **settings})


def last(model: str, **settings: Any) -> DetectLastMultivariateAnomaly:
    given = {"inputVariablesCols": NAMES, "batchSize": WINDOW, "modelId": model}
    names = {"outputCol": "out", "errorCol": "err"}
    return DetectLastMultivariateAnomaly(**{**QUICK, **given, **names, **settings})


@pytest.fixture
def model(endpoint: Endpoint, tmp_path: pathlib.Path) -> SimpleDetectMultivariateAnomaly:
    """A stage that judges by a trained model."""
    return fitting(tmp_path / "files").fit(pa.table(columns()))


Judging = Callable[[SimpleDetectMultivariateAnomaly], Any]
JUDGING: dict[str, Judging] = {
    "batch": lambda model: model,
    "last": lambda model: last(model.getModelId()),
}


@pytest.fixture(params=[*JUDGING])
def judging(request: pytest.FixtureRequest, model: SimpleDetectMultivariateAnomaly) -> Any:
    """Each of the two stages that judge."""
    return JUDGING[request.param](model)


def rows_of(frames: Frames, frame: Any) -> list[dict[str, Any]]:
    return sorted(frames.rows(frame), key=lambda row: row["n"])


def codes(rows: list[dict[str, Any]]) -> list[str | None]:
    return [None if row["err"] is None else row["err"]["code"] for row in rows]


def judged(stage: Any, given: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return rows_of(FRAME, stage.transform(FRAME.make(given)))


# What comes back, on every frame


def test_fit_and_transform_on_every_frame(
    endpoint: Endpoint, tmp_path: pathlib.Path, frames: Frames
) -> None:
    model = fitting(tmp_path).fit(frames.make(columns()))
    assert isinstance(model, SimpleDetectMultivariateAnomaly)
    given = columns(broken=True)
    result = model.transform(frames.make(given))
    assert frames.columns(result) == [*given, "err", "out", "isAnomaly"]
    rows = rows_of(frames, result)
    assert [{name: row[name] for name in given} for row in rows] == [
        dict(zip(given, values, strict=True)) for values in zip(*given.values(), strict=True)
    ]
    assert codes(rows) == ["row_rejected"] * WINDOW + [None] * (ROWS - WINDOW)
    assert "InsufficientHistoricalData" in rows[0]["err"]["message"]
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    assert all(row["isAnomaly"] == row["out"]["isAnomaly"] for row in rows[WINDOW:])
    assert [row["isAnomaly"] for row in rows[:WINDOW]] == [None] * WINDOW
    blamed = rows[BROKEN]["out"]
    assert {each["variable"] for each in blamed["interpretation"]} == set(NAMES)
    assert blamed["severity"] > 0
    assert blamed["score"] > 1


def test_detect_last_on_every_frame(model: SimpleDetectMultivariateAnomaly, frames: Frames) -> None:
    given = columns(broken=True)
    result = last(model.getModelId()).transform(frames.make(given))
    made = ["err", "out", "isAnomaly", "DetectDataTimestamp"]
    assert frames.columns(result) == [*given, *made]
    rows = rows_of(frames, result)
    early = WINDOW - 1
    assert codes(rows) == ["row_rejected"] * early + [None] * (ROWS - early)
    assert rows[3]["err"]["message"] == "4 times up to this one; batchSize asks for 28"
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    for row in rows[early:]:
        (found,) = row["out"]["results"]
        assert row["DetectDataTimestamp"] == found["timestamp"] == row["timestamp"]
        assert found["value"]["isAnomaly"] == row["isAnomaly"]
    assert {state["variable"] for state in rows[-1]["out"]["variableStates"]} == set(NAMES)


def test_a_pipeline_fits_and_is_saved_and_loaded(
    endpoint: Endpoint, tmp_path: pathlib.Path, eager: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "a-key")
    chain = Pipeline([fitting(tmp_path / "files")])
    chain.save(str(tmp_path / "chain"))
    loaded = Pipeline.load(str(tmp_path / "chain"))
    assert repr(loaded.getStages()[0]).startswith("SimpleFitMultivariateAnomaly(")
    fitted = loaded.fit(eager.make(columns()))
    fitted.save(str(tmp_path / "model"))
    again = PipelineModel.load(str(tmp_path / "model"))
    given = columns(broken=True)
    rows = rows_of(eager, again.transform(eager.make(given)))
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    info = again.stages[0].getDiagnosticsInfo()
    assert {state["variable"] for state in info["variableStates"]} == set(NAMES)
    saved = [file for file in (tmp_path / "model").rglob("*") if file.is_file()]
    assert not [file for file in saved if KEY.encode() in file.read_bytes()]


@pytest.mark.spark
def test_a_pipeline_of_pyspark_takes_the_estimator(
    endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness import SparkFrames
    from pyspark import ml

    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "a-key")
    frames = SparkFrames(spark)
    fitted = ml.Pipeline(stages=[fitting(tmp_path / "files")]).fit(frames.make(columns()))
    fitted.save(str(tmp_path / "model"))
    loaded = ml.PipelineModel.load(str(tmp_path / "model"))
    rows = rows_of(frames, loaded.transform(frames.make(columns(broken=True))))
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]


@pytest.mark.spark
def test_a_stream_cannot_be_fitted_on(endpoint: Endpoint, spark: Any, tmp_path: Any) -> None:
    stream = spark.readStream.format("rate").load()
    said = (
        r"^SimpleFitMultivariateAnomaly cannot be fitted on a streaming .* no stream.*foreachBatch"
    )
    with pytest.raises(ParamError, match=said):
        fitting(tmp_path, inputCols=["value"]).fit(stream)


def test_what_is_no_data_frame_of_spark_is_named(endpoint: Endpoint, tmp_path: Any) -> None:
    from pyspark.sql import Row

    found = r"a pyspark\.sql\.types\.Row; expected a Spark SQL DataFrame"
    with pytest.raises(
        ParamError, match=f"SimpleFitMultivariateAnomaly cannot be fitted on {found}"
    ):
        fitting(tmp_path).fit(Row("a"))
    with pytest.raises(ParamError, match=f"cannot transform {found}"):
        last("a-model").transform(Row("a"))


def test_a_list_of_settings_gives_a_model_each(endpoint: Endpoint, tmp_path: Any) -> None:
    stage = fitting(tmp_path)
    grid = [{stage.slidingWindow: 30}, {stage.slidingWindow: 40}]
    first, second = stage.fit(pa.table(columns()), grid)
    assert first.getModelId() != second.getModelId()
    assert codes(judged(second, columns())).count(None) == ROWS - 40


# Rows in any order and state


def test_rows_in_any_order_get_their_own_verdict(judging: Any) -> None:
    given = columns(broken=True)
    straight = judged(judging, given)
    order = random.Random(2).sample(range(ROWS), ROWS)
    table = FRAME.make({name: [values[row] for row in order] for name, values in given.items()})
    result = judging.transform(table).to_pylist()
    assert [row["n"] for row in result] == order
    assert sorted(result, key=lambda row: row["n"]) == straight


def test_times_may_be_timestamps(judging: Any) -> None:
    given = columns(broken=True)
    texts = judged(judging, given)
    times = [datetime.datetime.fromisoformat(time) for time in given["timestamp"]]
    kind = pa.timestamp("us", "Europe/Berlin")
    table = FRAME.make(given | {"timestamp": times}, timestamp=kind)
    rows = judging.transform(table).to_pylist()
    assert [row["out"] for row in rows] == [row["out"] for row in texts]


def test_a_bad_row_is_its_own_error_and_no_others(judging: Any) -> None:
    given = columns(broken=True)
    given["timestamp"][60] = "yesterday"
    given["flow"][61] = math.inf
    given["timestamp"][62] = None
    given["pressure"][63] = given["flow"][63] = None
    given["timestamp"][65] = given["timestamp"][64]
    rows = judged(judging, given)
    assert codes(rows[60:66]) == ["row_rejected"] * 2 + [None] * 2 + ["row_rejected"] * 2
    assert [row["out"] for row in rows[60:66]] == [None] * 6
    assert "the time cannot be read; expected ISO 8601" in rows[60]["err"]["message"]
    assert rows[61]["err"]["message"] == "the value of 'flow' is inf"
    assert rows[64]["err"]["message"] == "2 rows have the same time and different values"
    assert "yesterday" not in str(rows[60]["err"])
    assert codes(rows[66:]) == [None] * (ROWS - 66)
    assert rows[BROKEN]["isAnomaly"]


def test_rows_that_say_the_same_are_one(judging: Any) -> None:
    given = columns(broken=True)
    twice = {name: [*values, values[BROKEN]] for name, values in given.items()}
    rows = judging.transform(FRAME.make(twice)).to_pylist()
    assert rows[-1] == rows[BROKEN]
    assert rows[-1]["isAnomaly"]


def test_a_gap_is_filled_in_as_the_model_was_told(judging: Any) -> None:
    given = columns()
    given["flow"][80] = None
    rows = judged(judging, given)
    assert codes(rows)[80:] == [None] * (ROWS - 80)
    assert rows[80]["isAnomaly"] is False


def test_a_gap_of_a_model_that_aligns_inner_is_said(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    model = fitting(tmp_path, alignMode="inner").fit(pa.table(columns()))
    given = columns()
    given["flow"][80] = None
    for stage in (model, last(model.getModelId())):
        rows = judged(stage, given)
        assert codes(rows)[79:82] == [None, "row_rejected", None]
        assert "aligns Inner" in rows[80]["err"]["message"]


def test_how_a_model_aligns_is_not_guessed_from_an_answer(judging: Any, endpoint: Endpoint) -> None:
    """This one aligns Outer; which results there are says nothing of that."""
    body = {"summary": {"status": "READY"}, "results": []}
    for path in (POLLS, LAST):
        endpoint.fault({"kind": "status", "status": 200, "body": body, "path": path})
    given = columns()
    given["flow"][80] = None
    rows = judged(judging, given)
    assert codes(rows)[79:81] == ["bad_response", "row_rejected"]
    assert rows[80]["err"]["message"] == (
        "no result at this time, at which a variable has no value; a model that aligns Inner "
        "gives none"
    )


def test_a_span_judges_its_rows_by_those_before(model: SimpleDetectMultivariateAnomaly) -> None:
    model.setStartTime(stamp(90)).setEndTime(stamp(110))
    rows = judged(model, columns(broken=True))
    assert [row["n"] for row in rows if row["out"] is not None] == list(range(90, 111))
    assert codes(rows) == [None] * ROWS
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    model.setStartTime("2030-01-01T00:00:00Z").clear("endTime")
    rows = judged(model.setEndTime("2031-01-01T00:00:00Z"), columns())
    assert {(row["out"], row["err"]) == (None, None) for row in rows} == {True}


def test_what_a_model_is_trained_on_has_a_span(endpoint: Endpoint, tmp_path: Any) -> None:
    stage = fitting(tmp_path, startTime=stamp(20), endTime=stamp(99))
    info = stage.fit(pa.table(columns())).getDiagnosticsInfo()
    assert {state["effectiveCount"] for state in info["variableStates"]} == {80}
    assert {state["firstTimestamp"] for state in info["variableStates"]} == {stamp(20)}


@pytest.mark.parametrize("many", [2_880, 2_881, 6_000])
def test_many_rows_travel_as_many_at_a_time_as_the_service_takes(
    many: int, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    model = fitting(tmp_path).fit(pa.table(columns()))
    for stage, path, first in ((model, "detect-batch", WINDOW), (last(model.getModelId()), "last",
                                                                 WINDOW - 1)):  # fmt: skip
        before = len(endpoint.requests())
        rows = judged(stage, columns(many))
        assert codes(rows) == ["row_rejected"] * first + [None] * (many - first)
        sent = [r["path"] for r in endpoint.requests()[before:] if r["method"] == "POST"]
        each = 2_880 if path == "detect-batch" else 2_880 - first
        assert len(sent) == -(-(many - (0 if path == "detect-batch" else first)) // each)


def test_a_frame_without_rows_asks_for_nothing(judging: Any, endpoint: Endpoint) -> None:
    before = len(endpoint.requests())
    types = {"timestamp": pa.string(), "pressure": pa.float64(), "flow": pa.float64()}
    for rows in (0, 2):
        table = pa.table({name: pa.array([None] * rows, kind) for name, kind in types.items()})
        result = judging.transform(table)
        assert [(r["err"], r["out"], r["isAnomaly"]) for r in result.to_pylist()] == [
            (None, None, None)
        ] * rows
    assert len(endpoint.requests()) == before


# Settings


def models_of(endpoint: Endpoint) -> int:
    address = f"{endpoint.url}/anomalydetector/v1.1/multivariate/models"
    found = httpx.get(address, headers={"ocp-apim-subscription-key": KEY}).json()
    return int(found["currentCount"])


@pytest.mark.parametrize("param", ["url", "customUrlRoot"])
@pytest.mark.parametrize("query", ["", "gateway=1"])
@pytest.mark.parametrize("referred", [False, True])
def test_a_model_is_asked_below_the_address_it_was_made_at(
    param: str,
    query: str,
    referred: bool,
    endpoint: Endpoint,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked at the address itself, each question would make a new model."""
    address = f"{endpoint.url}/anomalydetector/v1.1/multivariate/models"
    address += f"?{query}" if query else ""
    monkeypatch.setenv("MODELS", address)
    stage = fitting(tmp_path, **{param: "env:MODELS" if referred else address})
    model = stage.fit(pa.table(columns()))
    rows = judged(model, columns(broken=True))
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    sent = [r for r in endpoint.requests() if r["method"] == "POST"]
    assert [r["path"].rpartition("/")[2].partition(":")[2] for r in sent] == ["", "detect-batch"]
    assert {r["query"] for r in sent} == {query}
    assert models_of(endpoint) == 1


def test_the_address_of_a_model_ends_no_matter_how_that_of_all_does(tmp_path: Any) -> None:
    stage = fitting(
        tmp_path, url="https://u.example/models/?v=1", customUrlRoot="https://c.example/models/"
    )
    answer = {"modelId": "m", "modelInfo": {}}
    model = stage.model(answer)
    assert model.getUrl() == "https://c.example/models/{modelId}:detect-batch"
    assert not model.isSet("customUrlRoot")
    stage.clear("customUrlRoot")
    assert stage.model(answer).getUrl() == "https://u.example/models/{modelId}:detect-batch?v=1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"slidingWindow": 27}, "slidingWindow expects a whole number ≥ 28 and ≤ 2880; found 27"),
        ({"slidingWindow": 2_881}, "slidingWindow expects a whole number ≥ 28 and ≤ 2880"),
        ({"alignMode": "both"}, "alignMode expects one of Outer, Inner; found 'Both'"),
        ({"fillNAMethod": "NotFill"}, "fillNAMethod expects one of Linear, Previous"),
        ({"startTime": "today"}, "startTime expects a time"),
        ({"inputCols": []}, "inputCols expects the names of columns, each once"),
        ({"inputCols": ["flow", "flow"]}, "inputCols expects the names of columns, each once"),
        ({"inputCols": [f"v{n}" for n in range(301)]}, "inputCols expects 1 to 300.*found 301"),
        ({"displayName": "x" * 25}, "displayName expects at most 24 characters; found 25"),
        ({"displayName": 3}, r"displayName expects text \(str\); found 3"),
        ({"startTime": "2027-01-01"}, "no rows between 2027-01-01T00:00:00Z and the last; the f"),
        ({"endTime": "2025-01-01"}, "no rows between the first and 2025-01-01T00:00:00Z; the f"),
        (
            {"startTime": f"{stamp(7)[:-1]}.1Z", "endTime": f"{stamp(7)[:-1]}.2Z"},
            r"no rows between 2026-01-01T00:07:00\.100000Z and .*\.200000Z; the frame's are from "
            r"2026-01-01T00:00:00Z to 2026-01-01T01:59:00Z",
        ),
        ({"inputCols": ["flow", "flaw"]}, "no column 'flaw' in the frame.*did you mean 'flow'"),
        ({"inputCols": ["flow", "timestamp"]}, "'timestamp' is string; .* expects numbers"),
        ({"timestampCol": "flow"}, "column 'flow' is double; timestamp expects times"),
        ({"startTime": "2026-02-01", "endTime": "2026-01-01"}, "endTime is 2026-01-01.*before"),
        ({"fillNAMethod": "fixed"}, "fillNAMethod is Fixed; call setPaddingValue"),
        ({"intermediateSaveDir": "s3://b/c"}, "intermediateSaveDir: "),
        ({"intermediateSaveDir": "memory://c"}, "is no place that the service reads"),
        ({"intermediateSaveDir": "abfss://c:pass@account/"}, "the URL has a password"),
        ({"endpoint": "https://host.example/"}, "a folder of this machine, which the service at"),
        ({"subscriptionKeyCol": "n2"}, "subscriptionKey is read from the column 'n2'"),
        ({"outputCol": "isAnomaly"}, "are both 'isAnomaly'"),
    ],
)
def test_a_wrong_setting_raises_before_the_first_request(
    settings: dict[str, Any], message: str, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    table = pa.table(columns() | {"n2": ["k"] * ROWS})
    with pytest.raises((ParamError, ImportError), match=message) as caught:
        fitting(tmp_path, **settings).fit(table).transform(table)
    assert "pass@" not in str(caught.value)
    if "isAnomaly" not in settings.values():
        assert endpoint.requests() == []


@pytest.mark.parametrize("name", ["intermediateSaveDir", "inputCols"])
def test_what_is_required_is_said(name: str, endpoint: Endpoint, tmp_path: Any) -> None:
    stage = fitting(tmp_path)
    stage.clear(name)
    with pytest.raises(ParamError, match=f"Multivariate.*{name} is required; call set"):
        stage.fit(pa.table(columns()))


def test_a_column_that_would_be_overwritten_is_refused(judging: Any) -> None:
    given = columns() | {"isAnomaly": [1.5] * ROWS}
    with pytest.raises(ParamError, match="column 'isAnomaly' of another origin; rename it"):
        judging.transform(pa.table(given))


def test_variables_may_not_be_called_as_the_file_calls_times(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    given = columns()
    table = pa.table({"t": given["timestamp"], "timestamp": given["flow"]})
    with pytest.raises(ParamError, match=r"inputCols names 'timestamp'.*rename it"):
        fitting(tmp_path, inputCols=["timestamp"], timestampCol="t").fit(table)
    table = pa.table({"t": pa.nulls(3), "flow": [1.0, 2.0, 3.0]})
    with pytest.raises(ParamError, match="inputCols names 't', the column of times"):
        fitting(tmp_path, inputCols=["flow", "t"], timestampCol="t").fit(table)


@pytest.mark.parametrize(("value", "limit"), [(0, "≥ 1 and ≤ 30"), (31, "≥ 1 and ≤ 30")])
def test_contributors_are_one_to_thirty(value: int, limit: str) -> None:
    with pytest.raises(ParamError, match=f"topContributorCount expects a whole number {limit}"):
        SimpleDetectMultivariateAnomaly(topContributorCount=value)


def test_models_live_in_a_suite_not_in_a_process(judging: Any, endpoint: Endpoint) -> None:
    asked = len(endpoint.requests())
    judging.setExecution("local")
    with pytest.raises(ParamError, match=r"models live in a suite; set an endpoint.*another exec"):
        judging.transform(pa.table(columns()))
    assert len(endpoint.requests()) == asked
    with pytest.raises(ParamError, match=r"SimpleFitMultivariateAnomaly.*execution"):
        SimpleFitMultivariateAnomaly(execution="local")


@pytest.mark.parametrize("again", [False, True])
def test_a_series_is_ordered_in_the_callers_thread(
    again: bool, judging: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop is that of all runs of the process."""
    given = FRAME.make(columns())
    if again:
        for path in (BATCH, LAST):
            endpoint.fault({"kind": "status", "status": 400, "path": path, "times": 1})
        given = judging.transform(given)
        named = [
            {**e, "operation": f"{endpoint.url}/x#cogml={0:032}"} for e in given["err"].to_pylist()
        ]
        place = given.column_names.index("err")
        given = given.set_column(place, "err", pa.array(named, given.schema.field("err").type))
    threads = []

    def placed(*args: Any) -> Any:
        threads.append(threading.current_thread())
        return series(*args)

    monkeypatch.setattr(_variables, "series", placed)
    (judging.retryFailed if again else judging.transform)(given)
    assert threads == [threading.current_thread()]


# A model that is not made


def test_a_training_that_fails_says_why(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    with pytest.raises(FitError, match=r"job_failed.*NotEnoughInput.*length of data is 20") as got:
        fitting(tmp_path).fit(pa.table(columns(20)))
    assert got.value.error.code == "job_failed"
    endpoint.fault({"kind": "status", "status": 400, "path": "*/models", "times": 1, "body":
                    {"code": "BadArgument", "message": "The displayName is taken"}})  # fmt: skip
    with pytest.raises(FitError, match=r"rejected: BadArgument: The displayName is taken"):
        fitting(tmp_path, displayName="x" * 24).fit(pa.table(columns()))


def test_a_training_that_does_not_end_names_the_model(endpoint: Endpoint, tmp_path: Any) -> None:
    with pytest.raises(FitError, match=r"timeout.*had not ended after 1 polls") as caught:
        fitting(tmp_path, maxPollingRetries=0).fit(pa.table(columns()))
    address = str(caught.value).rpartition("it may still be made: ")[2]
    assert httpx.get(address, headers={"ocp-apim-subscription-key": "k"}).status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_fits_error(fault: str, endpoint: Endpoint, tmp_path: Any) -> None:
    rule, code = FAULTS[fault]
    endpoint.fault({**rule, "path": "*/models*"})
    with pytest.raises(FitError) as caught:
        fitting(tmp_path).fit(pa.table(columns()))
    assert caught.value.error.code == code
    assert KEY not in str(caught.value)


def test_a_row_that_cannot_be_sent_stops_a_fit(endpoint: Endpoint, tmp_path: Any) -> None:
    for name, value, why in (
        ("timestamp", "soon", "row 7: the time cannot be read"),
        ("flow", math.nan, "row 7: the value of 'flow' is nan"),
        ("timestamp", stamp(6), "row 6: 2 rows have the same time"),
    ):
        given = columns()
        given[name][7] = value
        with pytest.raises(ParamError, match=why):
            fitting(tmp_path).fit(pa.table(given))
    nothing = {name: pa.nulls(3, pa.float64()) for name in NAMES} | {"timestamp": pa.nulls(3)}
    with pytest.raises(ParamError, match="no rows with a time and a value"):
        fitting(tmp_path).fit(pa.table(nothing))


@pytest.mark.parametrize("frame", [["a"], pa.array([1])])
def test_what_is_no_frame_cannot_be_fitted_on(
    frame: Any, endpoint: Endpoint, tmp_path: Any
) -> None:
    with pytest.raises(ParamError, match="cannot"):
        fitting(tmp_path).fit(frame)


def _net(*answers: tuple[int, Any, dict[str, str]]) -> Net:
    return in_turn(*(httpx.Response(s, json=body, headers=h) for s, body, h in answers))


READY = {"modelId": "m", "modelInfo": {"status": "READY"}}
AT = {"location": "http://127.0.0.1:9/models/m"}


@pytest.mark.parametrize(
    ("answers", "code", "message"),
    [
        ([(201, {}, {"location": "http://other.example/m"})], "bad_response", "on another host"),
        ([(201, {}, {})], "bad_response", "on another host"),
        ([(201, {}, AT), (200, {}, {})], "bad_response", "unknown job status"),
        ([(201, {}, AT), (200, {"modelInfo": None}, {})], "bad_response", "unknown job status"),
        ([(201, {}, AT), (404, {"code": "Gone"}, {})], "rejected", "Gone"),
        ([(200, READY | {"modelId": 3}, {})], "bad_response", "no modelId"),
        ([(202, {"modelInfo": {"status": "CREATED"}}, AT)], "bad_response", "names no model"),
    ],
)
def test_an_answer_that_is_none_is_the_fits_error(
    answers: Any, code: str, message: str, tmp_path: pathlib.Path
) -> None:
    net = _net(*answers)
    stage = fitting(tmp_path, transport=net, endpoint="http://127.0.0.1:9/", maxRetries=0)
    with pytest.raises(FitError, match=message) as caught:
        stage.fit(pa.table(columns()))
    assert caught.value.error.code == code
    assert {request.url.host for request in net.requests} == {"127.0.0.1"}


# A model that does not answer


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_is_every_rows_error(fault: str, judging: Any, endpoint: Endpoint) -> None:
    rule, code = FAULTS[fault]
    for path in (BATCH, POLLS, LAST):
        endpoint.fault({**rule, "path": path})
    rows = judged(judging, columns())
    assert set(codes(rows[WINDOW:])) == {code}
    assert [row["out"] for row in rows] == [None] * ROWS
    assert [row["isAnomaly"] for row in rows] == [None] * ROWS


def test_a_passing_fault_costs_no_row(judging: Any, endpoint: Endpoint) -> None:
    for rule in FAULTS["429"][0], FAULTS["503"][0]:
        endpoint.fault(rule | {"times": 1})
    assert codes(judged(judging, columns()))[WINDOW:] == [None] * (ROWS - WINDOW)


def test_a_model_that_is_not_there_is_every_rows_error(judging: Any) -> None:
    judging.setModelId("0b0e2b1c-64a4-4d3e-8d8b-2a1f0c9d4e5f")
    rows = judged(judging, columns())
    assert set(codes(rows[WINDOW:])) == {"rejected"}
    assert rows[-1]["err"]["message"] == "ModelNotExist: The model does not exist."
    assert rows[-1]["err"]["status"]["statusCode"] == 404


def test_a_model_that_is_not_ready_is_every_rows_error(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(FitError) as caught:
        fitting(tmp_path, maxPollingRetries=0).fit(pa.table(columns()))
    model = str(caught.value).rpartition("/")[2]
    rows = judged(last(model), columns())
    assert rows[-1]["err"]["message"] == "ModelNotReady: The model is not ready yet."


@pytest.mark.parametrize("names", [["flow"], ["flow", "pressure", "n"], ["flow", "heat"]])
def test_other_variables_than_the_models_are_every_rows_error(
    names: list[str], judging: Any
) -> None:
    given = columns()
    given["heat"] = given["flow"]
    judging.set("inputCols" if judging.hasParam("inputCols") else "inputVariablesCols", names)
    rows = judged(judging, given)
    assert set(codes(rows[WINDOW:])) <= {"job_failed", "rejected"}
    assert "File" in rows[-1]["err"]["message"]


def test_a_job_that_failed_or_does_not_end_is_every_rows_error(
    model: SimpleDetectMultivariateAnomaly, endpoint: Endpoint
) -> None:
    model.setMaxPollingRetries(0)
    rows = judged(model, columns())
    assert set(codes(rows)) == {"timeout"}
    assert "/detect-batch/" in rows[-1]["err"]["operation"]
    failed = {"summary": {"status": "FAILED", "errors": [{"code": "C", "message": "why"}]}}
    endpoint.fault({"kind": "status", "status": 200, "body": failed, "path": POLLS})
    rows = judged(model, columns())
    assert set(codes(rows)) == {"job_failed"}
    assert rows[0]["err"]["message"] == "the job ended failed: C: why"


def test_a_job_on_another_host_is_not_asked_after(
    model: SimpleDetectMultivariateAnomaly, endpoint: Endpoint
) -> None:
    elsewhere = {"operation-location": "http://other.example/detect-batch/7"}
    endpoint.fault({"kind": "status", "status": 202, "headers": elsewhere, "path": BATCH})
    rows = judged(model, columns())
    assert set(codes(rows)) == {"bad_response"}
    assert "on another host: 'other.example'" in rows[0]["err"]["message"]


RESULT: dict[str, Any] = {
    "timestamp": stamp(50), "value": {"isAnomaly": False, "severity": 0.0, "score": 0.1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("results", "code", "message"),
    [
        ([], "bad_response", "no result for the row's time"),
        (None, "bad_response", "no results"),
        ([None], "bad_response", "no results"),
        ([RESULT | {"value": {"isAnomaly": True}}], "bad_response", "the result has no severity"),
        ([RESULT | {"value": None}], "bad_response", "no result"),
        ([RESULT | {"value": None, "errors": [None]}], "bad_response", "no result"),
        ([RESULT | {"timestamp": None}], "bad_response", "no result"),
        ([RESULT | {"value": "x"}], "bad_response", "Expected"),
        (
            [{"timestamp": stamp(50), "errors": [{"code": "C", "message": "m"}]}],
            "row_rejected",
            "C: m",
        ),
        ([RESULT], None, ""),
    ],
)
def test_an_answer_that_does_not_say_it_is_the_rows_error(
    results: Any, code: str | None, message: str, judging: Any, endpoint: Endpoint
) -> None:
    body = {"summary": {"status": "READY"}, "results": results}
    for path in (POLLS, LAST):
        endpoint.fault({"kind": "status", "status": 200, "body": body, "path": path})
    rows = judged(judging, columns())
    assert codes(rows)[50] == code
    assert (rows[50]["out"] is None) == (code is not None)
    if code is not None:
        assert message in rows[50]["err"]["message"]
    assert codes(rows)[51] == "bad_response"


def test_a_place_that_cannot_be_written_is_every_rows_error(
    model: SimpleDetectMultivariateAnomaly, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "a file").write_text("in the way")
    model.setIntermediateSaveDir(str(tmp_path / "a file"))
    rows = judged(model, columns())
    assert set(codes(rows)) == {"unavailable"}
    assert "intermediateSaveDir: a file cannot be written" in rows[0]["err"]["message"]


def test_a_run_that_is_over_says_so(judging: Any, endpoint: Endpoint) -> None:
    judging.setDeadline(0.02)
    endpoint.fault({"kind": "latency", "delay_ms": 300})
    rows = judged(judging, columns())
    assert set(codes(rows)) <= {"timeout", "row_rejected"}
    assert codes(rows)[-1] == "timeout"


# What is kept, shown, and left behind


def test_a_failed_run_is_asked_again(judging: Any, endpoint: Endpoint) -> None:
    for path in (BATCH, LAST):
        endpoint.fault({"kind": "status", "status": 400, "path": path, "times": 1})
    first = judging.transform(FRAME.make(columns(broken=True)))
    again = judging.retryFailed(first)
    rows = rows_of(FRAME, again)
    assert codes(rows)[WINDOW:] == [None] * (ROWS - WINDOW)
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    assert again.schema == first.schema


@pytest.mark.parametrize("row", [50, 90])
def test_what_is_kept_is_given_only_where_the_rows_before_are_the_same(
    row: int, judging: Any, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    """Rows that get no verdict themselves, since they lie before the span or the first whole
    window of a request, are what others are judged by."""
    if judging.hasParam("startTime"):
        judging.setStartTime(stamp(row))
    else:
        judging.setBatchSize(row)
    judging.setCacheDir(str(tmp_path / "kept"))
    given = columns(broken=True)
    first = judged(judging, given)
    asked = len(endpoint.requests())
    assert judged(judging, given) == first
    assert len(endpoint.requests()) == asked
    before = given | {"flow": [9 * v if n < row - 1 else v for n, v in enumerate(given["flow"])]}
    again = judged(judging, before)
    assert len(endpoint.requests()) > asked
    judging.clear("cacheDir")
    assert [row["out"] for row in again] == [row["out"] for row in judged(judging, before)]
    assert [row["out"] for row in again[row:]] != [row["out"] for row in first[row:]]


def test_what_an_answer_took_stands_behind(judging: Any) -> None:
    judging.setMetaCol("meta")
    result = judging.transform(FRAME.make(columns()))
    assert result.column_names[-1] == "meta"
    assert result.to_pylist()[-1]["meta"]["requests"] >= 1
    assert judging.run_report.billed == {"transactions": 1.0}


def test_a_secret_shows_nowhere(
    endpoint: Endpoint, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage = fitting(tmp_path / "files", AADToken=KEY)
    model = stage.fit(pa.table(columns()))
    shown = [repr(stage), repr(model), stage.explainParams(), model.explainParams()]
    shown += [str(model.transform(pa.table(columns())).to_pylist()), caplog.text]
    stage.save(str(tmp_path / "saved"))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    shown += [file.read_text() for file in files]
    assert [text for text in shown if KEY in text] == []


def test_what_was_put_down_is_removed_on_request(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "mine.csv").write_text("a")
    stage = fitting(tmp_path)
    model = stage.fit(pa.table(columns()))
    model.transform(pa.table(columns()))
    model.transform(pa.table(columns()))
    assert len(list(tmp_path.iterdir())) == 3
    stage.cleanUpIntermediateData()
    assert len(list(tmp_path.iterdir())) == 2
    model.cleanUpIntermediateData()
    model.cleanUpIntermediateData()
    assert [file.name for file in tmp_path.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize("kind", [SimpleFitMultivariateAnomaly, SimpleDetectMultivariateAnomaly])
def test_nothing_is_removed_where_no_place_is_set(kind: type[Any]) -> None:
    said = f"^{kind.__name__}: intermediateSaveDir is required; call setIntermediateSaveDir$"
    with pytest.raises(ParamError, match=said):
        kind().cleanUpIntermediateData()


def test_a_lent_file_is_nobody_elses(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        source = httpx.URL(json.loads(request.content)["dataSource"])
        assert source.host == "127.0.0.1"
        assert httpx.get(source).text.startswith("timestamp,pressure,flow\n")
        other = source.copy_with(path=f"/{'x' * 32}/{source.path.rpartition('/')[2]}")
        assert httpx.get(other).status_code == 404
        return httpx.Response(400, json={"code": "no"})

    with pytest.raises(FitError, match="rejected: no"):
        fitting(tmp_path, transport=Net(answer)).fit(pa.table(columns()))
    source = json.loads(asked[0].content)["dataSource"]

    def is_over() -> bool:
        try:
            httpx.get(source)
        except httpx.TransportError:
            return True
        return False

    eventually(is_over)


def test_to_lend_a_file_asks_for_no_name(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done in the loop of all runs, and a name server may take seconds."""

    def getfqdn(name: str = "") -> str:
        raise AssertionError("the name of this machine was asked for")

    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    place = _intermediate.place_of(str(tmp_path))
    assert place.write("a.csv", b"x") is None
    with place.shown("a.csv") as address:
        assert httpx.get(address).content == b"x"


def test_where_files_are_put_is_looked_up_beside_the_loop(
    model: SimpleDetectMultivariateAnomaly, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def place_of(url: str) -> Any:
        threads.append(threading.current_thread())
        return looked_up(url)

    looked_up = _intermediate.place_of
    monkeypatch.setattr(_intermediate, "place_of", place_of)
    model.transform(pa.table(columns()))
    assert len(threads) == 2  # when it was checked, and when the file was written
    assert process_loop().thread not in threads


def test_a_reader_that_goes_away_is_no_news(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    answered = threading.Event()
    answer = socketserver.ThreadingMixIn.process_request_thread

    def told(*args: Any) -> None:
        answer(*args)
        answered.set()

    monkeypatch.setattr(socketserver.ThreadingMixIn, "process_request_thread", told)
    place = _intermediate.place_of(str(tmp_path))
    assert place.write("a.csv", bytes(20_000_000)) is None
    with place.shown("a.csv") as address:
        source = httpx.URL(address)
        with socket.create_connection((source.host, source.port)) as reader:
            reader.sendall(b"GET %s HTTP/1.0\r\n\r\n" % source.raw_path)
            assert reader.recv(4) == b"HTTP"
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert answered.wait(10)
    assert capfd.readouterr().err == ""


def test_who_lends_nothing_needs_no_server() -> None:
    code = "import sys, cogml.cognitive; print('http.server' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


@pytest.fixture
def own_storage() -> Iterator[None]:
    """A file system of adlfs serves all that ask for the same, whatever their environment says."""
    kind = pytest.importorskip("adlfs").AzureBlobFileSystem
    kind.clear_instance_cache()
    yield
    kind.clear_instance_cache()


def test_blobs_are_written_and_read_where_they_are(
    endpoint: Endpoint, own_storage: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """adlfs writes to the suite's storage, the suite reads what is there."""
    account = f"{endpoint.url}/devstoreaccount1"
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING",
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=YS1rZXk=;"
        f"BlobEndpoint={account};",
    )
    signed = {"authorization": "SharedKey devstoreaccount1:c2ln"}
    httpx.put(f"{account}/data?restype=container", headers=signed).raise_for_status()
    stage = fitting("abfs://data/files of mine")
    model = stage.fit(pa.table(columns()))
    rows = judged(model, columns(broken=True))
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    sources = f"{account}/data?restype=container&comp=list"
    assert httpx.get(sources, headers=signed).text.count("<Name>files of mine/") == 2
    stage.cleanUpIntermediateData()
    model.cleanUpIntermediateData()
    assert httpx.get(sources, headers=signed).text.count("<Name>") == 0
    # A job that was begun is asked after: the file has the address that it had.
    model.setMaxPollingRetries(0)
    first = model.transform(FRAME.make(columns()))
    posts = [r["method"] for r in endpoint.requests()].count("POST")
    again = model.copy().setMaxPollingRetries(5).retryFailed(first).to_pylist()
    assert codes(again)[WINDOW:] == [None] * (ROWS - WINDOW)
    assert [r["method"] for r in endpoint.requests()].count("POST") == posts
    model.setIntermediateSaveDir("abfs://nowhere/files").setMaxPollingRetries(5)
    rows = judged(model, columns())
    assert set(codes(rows)) == {"unavailable"}

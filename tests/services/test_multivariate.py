"""Models of several variables are fitted and asked, on every frame."""

from __future__ import annotations

import datetime
import math
import pathlib
import random
from typing import Any

import pyarrow as pa
import pytest
from harness import Endpoint, Frames
from variables import (
    BROKEN,
    FRAME,
    KEY,
    LAST,
    NAMES,
    POLLS,
    ROWS,
    WINDOW,
    codes,
    columns,
    fitting,
    judged,
    last,
    rows_of,
    stamp,
)

from cogml import ParamError, Pipeline, PipelineModel
from cogml.cognitive import SimpleDetectMultivariateAnomaly

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

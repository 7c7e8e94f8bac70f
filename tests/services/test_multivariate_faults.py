"""A model of several variables that is not made, or does not answer."""

from __future__ import annotations

import math
import pathlib
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cases import FAULTS
from harness import Endpoint, Net, in_turn
from variables import (
    BATCH,
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
    stamp,
)

from cogml import FitError, ParamError
from cogml.cognitive import SimpleDetectMultivariateAnomaly

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

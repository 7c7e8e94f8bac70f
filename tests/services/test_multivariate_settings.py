"""What may be set of a model of several variables, and where it is asked."""

from __future__ import annotations

import pathlib
import threading
from typing import Any

import httpx
import pyarrow as pa
import pytest
from harness import Endpoint
from variables import BATCH, BROKEN, FRAME, KEY, LAST, ROWS, columns, fitting, judged, stamp

from cogml import ParamError
from cogml.cognitive import SimpleDetectMultivariateAnomaly, SimpleFitMultivariateAnomaly
from cogml.services import _variables
from cogml.services._variables import series


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

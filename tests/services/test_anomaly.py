"""What the anomaly stages send, what their answers become, and the tutorial's series."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cases import points
from harness import Endpoint, Frames, Net, in_turn
from wire import run

from cogml import ParamError
from cogml.cognitive import DetectAnomalies, DetectLastAnomaly, SimpleDetectAnomalies

PATH = "/anomalydetector/v1.1/timeseries"
FIRST = datetime.datetime(2026, 1, 1)
LAST = {"isAnomaly": True, "expectedValue": 5.5, "period": 0, "suggestedWindow": 13}

# The tutorial's sample: a value a month, two of them out of line.
TUTORIAL = [
    ("1972-01-01T00:00:00Z", 826.0),
    ("1972-02-01T00:00:00Z", 799.0),
    ("1972-03-01T00:00:00Z", 890.0),
    ("1972-04-01T00:00:00Z", 900.0),
    ("1972-05-01T00:00:00Z", 766.0),
    ("1972-06-01T00:00:00Z", 805.0),
    ("1972-07-01T00:00:00Z", 821.0),
    ("1972-08-01T00:00:00Z", 20000.0),
    ("1972-09-01T00:00:00Z", 883.0),
    ("1972-10-01T00:00:00Z", 898.0),
    ("1972-11-01T00:00:00Z", 957.0),
    ("1972-12-01T00:00:00Z", 924.0),
    ("1973-01-01T00:00:00Z", 881.0),
    ("1973-02-01T00:00:00Z", 837.0),
    ("1973-03-01T00:00:00Z", 90000.0),
]


def watch(answer: Any = LAST) -> Net:
    """A transport that gives this answer."""
    return in_turn(httpx.Response(200, json=answer))


def errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


def detect(values: list[Any], kind: Any = None, **settings: Any) -> tuple[Net, list[Any]]:
    net = watch()
    stage = DetectLastAnomaly(seriesCol="s", granularity="daily", **settings)
    return net, run(stage, net, s=pa.array(values, kind))


# Requests


@pytest.mark.parametrize(
    ("stage", "path"), [(DetectLastAnomaly, "/last/detect"), (DetectAnomalies, "/entire/detect")]
)
def test_all_settings_go_into_the_body(stage: Any, path: str) -> None:
    sent = {
        "granularity": "minutely",
        "customInterval": 5,
        "maxAnomalyRatio": 0.1,
        "sensitivity": 90,
        "period": 7,
        "imputeMode": "fixed",
        "imputeFixedValue": 1.5,
    }
    net = watch()
    run(stage(seriesCol="s", **sent), net, s=[points()])
    assert net.addresses == [f"http://host{PATH}{path}"]
    assert net.bodies == [{"series": points(), **sent}]


def test_settings_may_be_of_each_row() -> None:
    net = watch()
    stage = DetectLastAnomaly(seriesCol="s", granularityCol="g", sensitivityCol="n")
    grains, numbers = ["daily", "hourly", "sometimes", None], [1, None, 2, 3]
    rows = run(stage, net, s=[points(i) for i in range(4)], g=grains, n=numbers)
    assert errors(rows) == [None, None, "row_rejected", None]
    assert rows[3]["out"] is None  # without a granularity there is nothing to ask
    told = [(body["granularity"], body.get("sensitivity")) for body in net.bodies]
    assert told == [("daily", 1), ("hourly", None)]


TIMES = {
    "text": (lambda at: f"2026-01-{at + 1:02}T00:00:00Z", pa.string()),
    "naive": (lambda at: FIRST + datetime.timedelta(days=at), pa.timestamp("us")),
    "nanoseconds": (lambda at: FIRST + datetime.timedelta(days=at), pa.timestamp("ns")),
    "zoned": (
        lambda at: (FIRST + datetime.timedelta(days=at)).replace(tzinfo=datetime.UTC),
        pa.timestamp("ms", "America/New_York"),
    ),
    "date": (lambda at: (FIRST + datetime.timedelta(days=at)).date(), pa.date32()),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_are_written_in_utc(kind: str) -> None:
    make, type_ = TIMES[kind]
    series = [{"timestamp": make(at), "value": float(at)} for at in range(12)]
    struct = pa.struct([("timestamp", type_), ("value", pa.float64())])
    net, rows = detect([series], pa.list_(struct))
    assert errors(rows) == [None]
    sent = [point["timestamp"] for point in net.bodies[0]["series"]]
    assert sent == [f"2026-01-{at + 1:02}T00:00:00Z" for at in range(12)]


@pytest.mark.parametrize(
    ("make", "kind"),
    [(int, pa.int32()), (float, pa.float32()), (decimal.Decimal, pa.decimal128(5, 0))],
)
def test_values_are_numbers(make: Any, kind: pa.DataType) -> None:
    struct = pa.struct([("value", kind)])
    series = [{"value": make(at)} for at in range(12)]
    net, _ = detect([series], pa.list_(struct))
    assert net.bodies[0]["series"] == [{"value": at} for at in range(12)]


def test_views() -> None:
    struct = pa.struct([("timestamp", pa.string_view()), ("value", pa.float64())])
    net, rows = detect([points(), None, points()], pa.list_(struct))
    assert errors(rows) == [None] * 3
    assert [body["series"] for body in net.bodies] == [points()]


def test_a_point_without_a_value_is_its_rows_error() -> None:
    broken = [*points()[:5], {"timestamp": "2026-01-06T00:00:00Z", "value": None}, *points()[6:]]
    net, rows = detect([points(), broken, [*points()[:3], None], []])
    assert errors(rows)[:3] == [None, "row_rejected", "row_rejected"]
    assert rows[1]["err"]["message"] == "point 5 of the series has no value"
    assert rows[2]["err"]["message"] == "point 3 of the series has no value"
    assert len(net.bodies) == 2  # an empty series is the service's to refuse


@pytest.mark.parametrize(
    "kind",
    [
        pa.struct([("timestamp", pa.string()), ("wert", pa.float64())]),
        pa.struct([("timestamp", pa.string()), ("value", pa.string())]),
        pa.struct([("timestamp", pa.string()), ("value", pa.bool_())]),
        pa.struct([("timestamp", pa.int64()), ("value", pa.float64())]),
        pa.struct([("timestamp", pa.time64("us")), ("value", pa.float64())]),
    ],
    ids=str,
)
def test_structs_of_other_fields_are_refused_before_a_request(kind: pa.DataType) -> None:
    net = watch()
    with pytest.raises(ParamError, match="series"):
        run(
            DetectLastAnomaly(seriesCol="s", granularity="daily"),
            watch,
            s=pa.array([], pa.list_(kind)),
        )
    assert net.bodies == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"granularity": "sometimes"}, "granularity expects one of"),
        ({"customInterval": 0}, "customInterval expects"),
        ({"sensitivity": -1}, "sensitivity expects"),
        ({"period": 1.5}, "period expects a whole number"),
        ({"imputeMode": "guess"}, "imputeMode expects one of"),
        ({"series": {"value": 1}}, "series expects a list of dict"),
        ({"series": ["a"]}, "series expects a list of dict"),
    ],
)
def test_a_value_that_cannot_be_is_refused_when_it_is_set(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParamError, match=message):
        DetectAnomalies(**settings)


def test_granularity_is_required(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match="granularity is required; call setGranularity"):
        DetectAnomalies(seriesCol="s").transform(pa.table({"s": [points()]}))


@pytest.mark.parametrize(
    "series",
    [points()[:11], points()[::-1], [points()[0]] * 12, [{"value": 1.0}] * 12],
    ids=["short", "backwards", "doubled", "timeless"],
)
@pytest.mark.parametrize("stage", [DetectAnomalies, DetectLastAnomaly])
def test_a_series_the_service_refuses_costs_its_row_alone(
    stage: Any, series: list[Any], endpoint: Endpoint
) -> None:
    made = stage(
        seriesCol="s", granularity="daily", outputCol="out", errorCol="err", subscriptionKey="k"
    )
    rows = made.transform(pa.table({"s": [points(), series, points(1)]})).to_pylist()
    assert errors(rows) == [None, "rejected", None]
    assert rows[1]["err"]["status"]["statusCode"] == 400


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_has_not_costs_its_own_series(value: float, endpoint: Endpoint) -> None:
    broken = [*points()[:-1], {**points()[-1], "value": value}]
    stage = DetectAnomalies(
        seriesCol="s", granularity="daily", outputCol="out", errorCol="err", subscriptionKey="k"
    )
    rows = stage.transform(pa.table({"s": [points(), broken]})).to_pylist()
    assert errors(rows)[0] is None
    assert errors(rows)[1] in ("rejected", "row_rejected")


@pytest.mark.parametrize("missing", ["isAnomaly", "expectedValue"])
def test_an_answer_without_its_main_fields_is_an_error(missing: str) -> None:
    net = watch({name: value for name, value in LAST.items() if name != missing})
    (row,) = run(DetectLastAnomaly(seriesCol="s", granularity="daily"), net, s=[points()])
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")


def test_the_end_of_the_service_counts_at_azures_own_address(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = DetectAnomalies(seriesCol="s", granularity="daily", subscriptionKey="k")
    nothing = pa.table({"s": pa.array([], pa.list_(pa.struct([("value", pa.float64())])))})
    stage.transform(nothing)
    monkeypatch.delenv("COGML_ENDPOINT")
    monkeypatch.setattr("cogml.limits.Lifecycle.retired", lambda self, today: True)
    with pytest.warns(UserWarning, match="DetectAnomalies: the operation"):
        stage.setLocation("westus2").transform(nothing)


# The tutorial


def test_the_tutorials_series(endpoint: Endpoint, frames: Frames) -> None:
    columns = {
        "timestamp": [time for time, _ in TUTORIAL],
        "value": [value for _, value in TUTORIAL],
        "group": [1] * len(TUTORIAL),
    }
    stage = (
        SimpleDetectAnomalies()
        .setSubscriptionKey("a-key")
        .setLocation("westus2")
        .setTimestampCol("timestamp")
        .setValueCol("value")
        .setOutputCol("anomalies")
        .setGroupbyCol("group")
        .setGranularity("monthly")
    )
    rows = frames.rows(stage.transform(frames.make(columns)))
    found = {row["timestamp"]: row["anomalies"]["isAnomaly"] for row in rows}
    assert {time for time, is_anomaly in found.items() if is_anomaly} == {
        "1972-08-01T00:00:00Z",
        "1973-03-01T00:00:00Z",
    }
    assert endpoint.documents() == 1


def test_the_tutorials_series_in_a_row(endpoint: Endpoint) -> None:
    series = [{"timestamp": time, "value": value} for time, value in TUTORIAL]
    fixed = {"granularity": "monthly", "outputCol": "out", "subscriptionKey": "k"}
    table = pa.table({"s": [series]})
    (whole,) = DetectAnomalies(seriesCol="s", **fixed).transform(table)["out"].to_pylist()
    (last,) = DetectLastAnomaly(seriesCol="s", **fixed).transform(table)["out"].to_pylist()
    assert [at for at, is_anomaly in enumerate(whole["isAnomaly"]) if is_anomaly] == [7, 14]
    assert last["isAnomaly"] is True
    assert last["isPositiveAnomaly"] is True

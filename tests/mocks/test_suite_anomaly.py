"""Anomaly Detector: what is found, what is refused and in which words, and Azure's own client."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from azure.ai.anomalydetector import AnomalyDetectorClient
from azure.ai.anomalydetector.models import (
    TimeSeriesPoint,
    UnivariateChangePointDetectionOptions,
    UnivariateDetectionOptions,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

PREFIX = "/anomalydetector/v1.1/timeseries"
ENTIRE, LAST, CHANGE = (f"{PREFIX}/{name}/detect" for name in ("entire", "last", "changepoint"))
MONTHLY = [826, 799, 890, 900, 766, 805, 821, 20000, 883, 898, 957, 924, 881, 837, 9000]
LISTS = ("expectedValues", "upperMargins", "lowerMargins", "severity",
         "isAnomaly", "isPositiveAnomaly", "isNegativeAnomaly")  # fmt: skip
ONE = {"expectedValues": "expectedValue", "upperMargins": "upperMargin",
       "lowerMargins": "lowerMargin"}  # fmt: skip
STEPS = {
    "weekly": timedelta(weeks=1),
    "daily": timedelta(days=1),
    "hourly": timedelta(hours=1),
    "minutely": timedelta(minutes=1),
    "secondly": timedelta(seconds=1),
    "microsecond": timedelta(microseconds=1),
}
START = datetime(2024, 1, 1, tzinfo=UTC)
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def monthly(values, first: int = 1972) -> list[dict]:
    stamps = (f"{first + i // 12}-{i % 12 + 1:02}-01T00:00:00Z" for i in range(len(values)))
    return [{"timestamp": t, "value": v} for t, v in zip(stamps, values, strict=True)]


def steady(count: int = 20, step: timedelta = STEPS["daily"], skip: tuple = ()) -> list[dict]:
    places = (i for i in range(count + len(skip)) if i not in skip)
    return [{"timestamp": (START + i * step).isoformat(), "value": i % 3} for i in places]


def bare(values) -> list[dict]:
    return [{"value": value} for value in values]


def indices(flags: list[bool]) -> list[int]:
    return [i for i, flag in enumerate(flags) if flag]


def refusal(response) -> tuple[str, str]:
    body = response.json()
    assert response.status_code == 400
    assert list(body) == ["code", "message"]
    assert response.headers["x-ms-error-code"] == body["code"]
    return body["code"], body["message"]


@pytest.mark.parametrize("value", [9000, 90000])
def test_two_outliers_of_a_monthly_series(bench, value):
    body = {"series": monthly([*MONTHLY[:-1], value]), "granularity": "monthly"}
    answer = bench.post(ENTIRE, body).json()
    assert indices(answer["isAnomaly"]) == [7, 14]
    assert answer["isPositiveAnomaly"] == answer["isAnomaly"]
    assert not any(answer["isNegativeAnomaly"])
    assert indices(answer["severity"]) == [7, 14]
    last = bench.post(LAST, body).json()
    assert last["isAnomaly"] is True
    for name in LISTS:
        assert last[ONE.get(name, name)] == answer[name][-1]
    assert last["suggestedWindow"] >= 12
    assert bench.post(ENTIRE.replace("v1.1", "v1.0"), body).json() == answer


def test_the_services_own_example(bench, specs):
    path = specs / "anomalydetector-v1.1"
    example = json.loads((path / "examples" / "EntireDetect.json").read_text("utf-8"))
    recorded = example["responses"]["200"]["body"]
    options = example["parameters"]["options"]
    answer = bench.post(ENTIRE, options).json()
    assert answer["period"] == recorded["period"] == 12
    assert answer["isAnomaly"] == recorded["isAnomaly"]
    assert answer["isPositiveAnomaly"] == recorded["isPositiveAnomaly"]
    assert answer["expectedValues"] == pytest.approx(recorded["expectedValues"], rel=0.03)
    assert max(answer["severity"]) == pytest.approx(max(recorded["severity"]), abs=0.02)
    definitions = json.loads((path / "openapi.json").read_text("utf-8"))["definitions"]
    for path, name in ((ENTIRE, "EntireDetection"), (LAST, "LastDetection"),
                       (CHANGE, "ChangePointDetection")):  # fmt: skip
        schema = definitions[f"Univariate.Univariate{name}Result"]
        got = bench.post(path, options).json()
        Draft4Validator(schema).validate(got)
        assert set(got) == set(schema["properties"])


def test_change_points_of_the_services_own_example(bench, specs):
    path = specs / "anomalydetector-v1.1" / "examples" / "ChangePointDetect.json"
    example = json.loads(path.read_text("utf-8"))
    recorded = set(indices(example["responses"]["200"]["body"]["isChangePoint"]))
    answer = bench.post(CHANGE, example["parameters"]["options"]).json()
    assert (
        bench.post(CHANGE.replace("v1.1", "v1.0"), example["parameters"]["options"]).json()
        == answer
    )
    found = set(indices(answer["isChangePoint"]))
    assert len(found & recorded) >= 5
    assert len(found) <= len(recorded) + 1


def test_azures_client(bench):
    points = [
        TimeSeriesPoint(timestamp=datetime.fromisoformat(p["timestamp"]), value=p["value"])
        for p in monthly(MONTHLY)
    ]
    credential = AzureKeyCredential("a-key")
    with AnomalyDetectorClient(bench.url, credential, retry_total=0) as client:
        options = UnivariateDetectionOptions(series=points, granularity="monthly", sensitivity=95)
        found = client.detect_univariate_entire_series(options)
        assert indices(found.is_anomaly) == [7, 14]
        assert len(found.severity) == len(points)
        assert client.detect_univariate_last_point(options).is_anomaly is True
        step = bare([1.0, 2.0] * 10 + [51.0, 52.0] * 10)
        change = UnivariateChangePointDetectionOptions(
            series=[TimeSeriesPoint(p) for p in step], granularity="none"
        )
        changes = client.detect_univariate_change_point(change)
        assert indices(changes.is_change_point) == [20]
        options.granularity = "yearly"
        with pytest.raises(HttpResponseError, match="invalid in yearly granularity") as refused:
            client.detect_univariate_entire_series(options)
        assert refused.value.error.code == "InvalidSeries"
        bench.fault(status=401, times=1)
        with pytest.raises(ClientAuthenticationError):
            client.detect_univariate_entire_series(options)


def test_a_refusal_of_the_gateway_has_its_envelope(bench):
    body = {"series": bare(MONTHLY)}
    assert bench.post(f"{PREFIX}/first/detect", body).json()["error"]["code"] == "404"
    bench.fault(kind="throttle", retry_after=1, times=1)
    assert bench.post(ENTIRE, body).json()["error"]["code"] == "429"
    bench.fault(status=401, times=1)
    assert bench.post(ENTIRE, body).json()["error"]["code"] == "401"
    headers = {"Content-Type": "application/json"}
    huge = b" " * (4 * 2**20 + 1)
    response = bench.client.post(bench.url + ENTIRE, content=huge, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "413")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"series": None}, "RequiredSeries"),
        ({"series": {}}, "BadArgument"),
        ({"series": bare(range(11))}, "InvalidSeries"),
        ({"series": bare([1] * 8641)}, "InvalidSeries"),
        ({"series": [*bare(range(12)), {}]}, "BadArgument"),
        ({"series": [*bare(range(12)), 5]}, "BadArgument"),
        ({"series": bare([*range(12), "1"])}, "BadArgument"),
        ({"series": bare([*range(12), True])}, "BadArgument"),
        ({"granularity": "fortnightly"}, "InvalidGranularity"),
        ({"granularity": 5}, "InvalidGranularity"),
        ({"granularity": ["daily"]}, "InvalidGranularity"),
        ({"granularity": "daily"}, "BadArgument"),
        ({"customInterval": 0}, "InvalidCustomInterval"),
        ({"customInterval": 1.5}, "InvalidCustomInterval"),
        ({"period": -1}, "InvalidPeriod"),
        ({"period": "7"}, "InvalidPeriod"),
        ({"period": 8}, "InvalidModelArgument"),
        ({"sensitivity": 100}, "InvalidModelArgument"),
        ({"sensitivity": -1}, "InvalidModelArgument"),
        ({"sensitivity": 99.5}, "InvalidModelArgument"),
        ({"maxAnomalyRatio": 0.51}, "InvalidModelArgument"),
        ({"maxAnomalyRatio": True}, "InvalidModelArgument"),
        ({"imputeMode": "guess"}, "InvalidImputeMode"),
        ({"imputeMode": "fixed"}, "InvalidImputeFixedValue"),
        ({"imputeMode": "fixed", "imputeFixedValue": "0"}, "InvalidImputeFixedValue"),
    ],
)
def test_a_bad_argument_is_refused_by_its_own_code(bench, change, code):
    assert refusal(bench.post(ENTIRE, {"series": bare(MONTHLY)} | change))[0] == code
    assert refusal(bench.post(LAST, {"series": bare(MONTHLY)} | change))[0] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"granularity": None}, "RequiredGranularity"),
        ({"stableTrendWindow": 0}, "InvalidModelArgument"),
        ({"threshold": 1.1}, "InvalidModelArgument"),
        ({"series": bare([1] * 3)}, "InvalidSeries"),
    ],
)
def test_change_points_have_arguments_of_their_own(bench, change, code):
    body = {"series": bare(MONTHLY), "granularity": "none"}
    assert bench.post(CHANGE, body).status_code == 200
    assert refusal(bench.post(CHANGE, body | change))[0] == code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"series": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(bench, content):
    headers = {"Content-Type": "application/json"}
    response = bench.client.post(bench.url + ENTIRE, content=content, headers=headers)
    assert refusal(response)[0] == "InvalidJsonFormat"


@pytest.mark.parametrize("granularity", STEPS)
@pytest.mark.parametrize("interval", [1, 5])
def test_a_timestamp_that_does_not_fit_is_named(bench, granularity, interval):
    step = STEPS[granularity] * interval
    body = {
        "series": steady(step=step),
        "granularity": granularity,
        "customInterval": interval,
    }
    assert bench.post(ENTIRE, body).status_code == 200
    finer = {"series": steady(step=step / 5), "granularity": granularity}
    if granularity != "microsecond":
        words = f"is invalid in {granularity} granularity with {interval} gran as interval."
        assert refusal(bench.post(ENTIRE, body | finer)) == (
            "InvalidSeries",
            f"The 'Timestamp' at index 1 {words}",
        )


def test_months_and_years_are_those_of_the_calendar(bench):
    def status(granularity: str, *days: str, interval: int = 1) -> int:
        series = [{"timestamp": f"{day}T06:30:00Z", "value": 1} for day in days]
        body = {"series": series, "granularity": granularity, "customInterval": interval}
        return bench.post(ENTIRE, body).status_code

    ends = [f"2023-{m:02}-{d}" for m, d in
            enumerate([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], 1)]  # fmt: skip
    assert status("monthly", *ends) == 200
    assert status("monthly", *ends[1:], "2024-01-31") == 200
    assert status("monthly", *ends[:-1], "2023-12-30") == 400
    assert status("monthly", *(f"{2000 + i // 4}-{i % 4 * 3 + 1:02}-15" for i in range(12)),
                  interval=3) == 200  # fmt: skip
    assert status("yearly", *(f"{2000 + i}-02-29" if i % 4 == 0 else f"{2000 + i}-02-28"
                              for i in range(12))) == 200  # fmt: skip
    assert status("yearly", *(f"{2000 + i}-05-05" for i in range(11)), "2011-05-06") == 400


def test_timestamps_ascend_and_none_comes_twice(bench):
    series = steady()
    body = {"granularity": "daily"}
    swapped = [*series[:5], series[6], series[5], *series[7:]]
    doubled = [*series[:5], series[4], *series[5:]]
    for broken, words in ((swapped, "index 6"), (doubled, "index 5")):
        code, message = refusal(bench.post(ENTIRE, body | {"series": broken}))
        assert code == "InvalidSeries"
        assert words in message
    for stamp in ("yesterday", 5, None, "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        broken = [{"timestamp": stamp, "value": 1}, *series[1:]]
        assert refusal(bench.post(ENTIRE, body | {"series": broken}))[0] == "BadArgument"
    offset = [p | {"timestamp": p["timestamp"].replace("+00:00", "")} for p in series]
    assert bench.post(ENTIRE, body | {"series": offset}).status_code == 200


@pytest.mark.parametrize("mode", [None, "auto", "previous", "linear", "fixed", "zero", "notFill"])
def test_one_missing_point_in_ten_is_imputed_and_not_answered(bench, mode):
    body = {"granularity": "daily", "imputeMode": mode, "imputeFixedValue": 1.0}
    answer = bench.post(ENTIRE, body | {"series": steady(18, skip=(5, 9))}).json()
    assert {len(answer[name]) for name in LISTS} == {18}
    more = bench.post(ENTIRE, body | {"series": steady(18, skip=(5, 9, 12))})
    if mode == "notFill":
        assert more.status_code == 200
    else:
        assert refusal(more) == (
            "InvalidSeries",
            "3 of 21 points are missing; at most 10 percent may be.",
        )


def test_what_is_imputed_counts(bench):
    series = [p | {"value": 50 + i % 2} for i, p in enumerate(steady(29, skip=(14,)))]
    body = {"series": series, "granularity": "daily", "period": 0}
    for mode, expected in (("auto", 50.5), ("previous", 51), ("fixed", 50)):
        options = {"imputeMode": mode, "imputeFixedValue": 50}
        answer = bench.post(ENTIRE, body | options).json()
        assert not any(answer["isAnomaly"])
        assert answer["expectedValues"][14] == pytest.approx(expected, abs=1)


def test_lower_sensitivity_means_wider_margins(bench):
    body = {"series": bare([100, 101, 99] * 10 + [130])}
    answers = [bench.post(LAST, body | {"sensitivity": s}).json() for s in (99, 90, 50, 0)]
    margins = [answer["upperMargin"] for answer in answers]
    assert margins == sorted(margins)
    assert [answer["isAnomaly"] for answer in answers] == [True, True, False, False]


def test_the_ratio_keeps_the_most_severe(bench):
    values = [10.0, 11.0, 10.5, 9.5] * 10
    for i, size in ((5, 500.0), (15, 900.0), (25, -700.0)):
        values[i] = size

    def found(ratio: float) -> list[int]:
        body = {"series": bare(values), "period": 0, "maxAnomalyRatio": ratio}
        return indices(bench.post(ENTIRE, body).json()["isAnomaly"])

    assert found(0.5) == [5, 15, 25]
    assert found(0.05) == [15, 25]
    assert found(0.025) == [15]
    assert found(0) == []


def test_a_series_is_one_billed_document(bench):
    bench.post(ENTIRE, {"series": bare(MONTHLY)})
    assert [entry["documents"] for entry in bench.suite.requests(bench.name)] == [1]


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, -1, 1e308, -1.7976931348623157e308, 5e-324, -5e-324, 2**63, 10**20]),
)
any_series = st.one_of(
    st.lists(numbers, min_size=12, max_size=60),
    st.tuples(st.lists(numbers, min_size=1, max_size=4), st.integers(12, 30)).map(
        lambda given: given[0] * given[1]
    ),
)


@relaxed
@given(values=any_series, sensitivity=st.integers(0, 99), ratio=st.floats(0, 0.5),
       period=st.none() | st.integers(0, 6))  # fmt: skip
def test_any_finite_numbers_are_judged(bench, values, sensitivity, ratio, period):
    body = {"series": bare(values), "period": period} if period else {"series": bare(values)}
    options = {"sensitivity": sensitivity, "maxAnomalyRatio": ratio}
    if period is not None and len(values) < 2 * period + 1:
        return
    answer = bench.post(ENTIRE, body | options).json()
    for name in LISTS:
        assert len(answer[name]) == len(values)
        assert all(math.isfinite(value) for value in answer[name])
    assert min(answer["upperMargins"] + answer["lowerMargins"]) >= 0
    for i in range(len(values)):
        anomalous = answer["isAnomaly"][i]
        assert anomalous == (answer["isPositiveAnomaly"][i] or answer["isNegativeAnomaly"][i])
        assert 0 <= answer["severity"][i] <= 1
        assert (answer["severity"][i] > 0) == anomalous
    assert sum(answer["isAnomaly"]) <= ratio * len(values)
    assert bench.post(LAST, body | options).json()["isAnomaly"] == answer["isAnomaly"][-1]
    changes = bench.post(CHANGE, body | {"granularity": "none"}).json()
    assert len(changes["isChangePoint"]) == len(values)
    assert all(0 <= value <= 1 for value in changes["confidenceScores"])


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=14) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip
FIELDS = ("granularity", "customInterval", "period", "maxAnomalyRatio", "sensitivity",
          "imputeMode", "imputeFixedValue", "stableTrendWindow", "threshold")  # fmt: skip
WORDS = ("none", "daily", "monthly", "yearly", "microsecond", "fixed", "linear", 1, 5, 0.2)
stamps = st.sampled_from(["2024-01-01T00:00:00Z", "2024-01-02", "9999-12-31T23:59:59-12:00", ""])
points = st.fixed_dictionaries({"value": numbers | anything}, optional={"timestamp": stamps})


@relaxed
@given(
    path=st.sampled_from([ENTIRE, LAST, CHANGE]),
    series=st.lists(points, min_size=12, max_size=14) | anything,
    fields=st.dictionaries(st.sampled_from(FIELDS), anything | st.sampled_from(WORDS)),
)
def test_any_request_is_answered(bench, path, series, fields):
    content = json.dumps({"series": series} | fields).encode()
    headers = {"Content-Type": "application/json"}
    response = bench.client.post(bench.url + path, content=content, headers=headers)
    assert response.status_code in (200, 400)

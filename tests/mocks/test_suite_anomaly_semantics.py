"""What each setting of a detection means: a test for each that fails where it means another thing.

Meanings are those of the API file AnomalyDetector v1.1 of Azure/azure-rest-api-specs, and of
learn.microsoft.com, azure/ai-services/anomaly-detector.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cogml_mocks.anomaly import series
from cogml_mocks.engines import anomalies, change_points, seasonality, spectral_residual
from cogml_mocks.operations import ServiceError

PREFIX = "/anomalydetector/v1.1/timeseries"
ENTIRE, LAST, CHANGE = (f"{PREFIX}/{name}/detect" for name in ("entire", "last", "changepoint"))
START = datetime(2024, 1, 1, tzinfo=UTC)
MICROSECONDS = series.MICROSECONDS | {"yearly": 0, "monthly": 0}
quick = settings(max_examples=40)


def noise(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def wave(n: int, period: int) -> np.ndarray:
    return 10 * np.sin(2 * np.pi * np.arange(n) / period)


def at(place: int, granularity: str, interval: int = 1) -> str:
    """The timestamp of a place on the grid."""
    place *= interval
    if granularity == "yearly":
        return f"{1600 + place}-03-01T06:30:00Z"
    if granularity == "monthly":
        return f"{1600 + place // 12}-{place % 12 + 1:02}-15T06:30:00Z"
    step = timedelta(microseconds=series.MICROSECONDS[granularity])
    return (START + place * step).isoformat().replace("+00:00", "Z")


def points(values, granularity: str, interval: int = 1, skip: tuple = ()) -> list[dict]:
    return [
        {"timestamp": at(place, granularity, interval), "value": float(value)}
        for place, value in enumerate(values)
        if place not in skip
    ]


def bare(values) -> list[dict]:
    return [{"value": float(value)} for value in values]


def outside(flags) -> list[int]:
    return np.flatnonzero(flags).tolist()


def flagged(values, **options) -> list[int]:
    found = anomalies.detect(np.asarray(values, dtype=float), **options)
    return outside(found.positive | found.negative)


# --- granularity, and gaps


@pytest.mark.parametrize("interval", [1, 3])
@pytest.mark.parametrize("granularity", sorted(MICROSECONDS))
def test_what_follows_a_gap_keeps_its_phase(granularity, interval):
    """Of whatever granularity; without one the points are taken as they come."""
    values = wave(63, 7) + 0.1 * noise(1, 63)
    gaps = (20, 21, 40)
    sent = points(values, granularity, interval, gaps)
    read = series.read(sent, granularity, interval)
    assert read.sent.tolist() == [place for place in range(63) if place not in gaps]
    assert np.array_equal(read.values[read.sent], [point["value"] for point in sent])
    found = anomalies.detect(read.values, sent=read.sent)
    assert found.period == 7
    assert not (found.positive | found.negative)[read.sent].any()
    alone = series.read(sent, "none", 1)
    assert alone.sent.tolist() == list(range(60))
    late = np.flatnonzero(np.abs(anomalies.detect(alone.values, 7).expected - alone.values) > 3)
    assert len(late) > 0


@pytest.mark.parametrize(
    ("mode", "filled"),
    [
        ("auto", [4.0, 6.0]),
        ("linear", [4.0, 6.0]),
        ("previous", [2.0, 2.0]),
        ("fixed", [-7.5, -7.5]),
        ("zero", [0.0, 0.0]),
        ("notFill", []),
    ],
)
def test_a_gap_is_filled_as_it_is_said(mode, filled):
    values = [1.0] * 9 + [2.0, 0, 0, 8.0] + [1.0] * 9
    sent = points(values, "daily", skip=(10, 11))
    read = series.read(sent, "daily", 1, mode, -7.5)
    assert read.values.tolist() == [*values[:10], *filled, *values[12:]]
    assert read.values[read.sent].tolist() == [*values[:10], *values[12:]]


def test_what_is_filled_in_is_what_the_points_are_judged_by(bench):
    """So far above, or below, the others it widens what is ordinary on that side."""
    values = 5 + 0.1 * noise(2, 60)
    skip = (7, 19, 28, 37, 46)
    body = {"series": points(values, "hourly", skip=skip), "granularity": "hourly", "period": 0}
    expected = {
        mode: bench.post(ENTIRE, body | {"imputeMode": mode, "imputeFixedValue": 50}).json()
        for mode in ("auto", "zero", "fixed")
    }
    widths = {
        mode: (max(answer["upperMargins"]), max(answer["lowerMargins"]))
        for mode, answer in expected.items()
    }
    assert all(len(answer["isAnomaly"]) == 55 for answer in expected.values())
    assert widths["fixed"][0] > 1.2 * widths["auto"][0]
    assert widths["zero"][1] > 1.2 * widths["auto"][1]


def test_what_is_filled_in_does_not_count_for_the_ratio():
    """It is not answered for; nor does it use up what may be anomalous."""
    values = noise(3, 100)
    values[[30, 60]] = 40, 50
    skip = (10, 11, 70, 71, 72)
    read = series.read(points(values, "daily", skip=skip), "daily", 1, "fixed", 90.0)
    for ratio, most in ((0.019, 1), (0.02, 1), (0.022, 2), (0.5, 2)):
        found = anomalies.detect(read.values, 0, max_ratio=ratio, sent=read.sent)
        judged = (found.positive | found.negative)[read.sent]
        assert len(judged) == 95
        assert outside(judged) == [28, 58][2 - most :]


@pytest.mark.parametrize("seed", range(6))
def test_a_change_in_a_gap_is_answered_for_behind_it(bench, seed):
    values = noise(seed, 120)
    values[60:] += 20
    for miss in (59, 60, 61):
        body = {"series": points(values, "hourly", skip=(miss,)), "granularity": "hourly"}
        found = bench.post(CHANGE, body).json()
        assert len(found["isChangePoint"]) == len(found["confidenceScores"]) == 119
        first = 60 if miss >= 60 else 59  # of the new level, among those that are sent
        assert outside(found["isChangePoint"]) == [first]
        assert found["confidenceScores"][first] == max(found["confidenceScores"]) > 0.9


WRITTEN = {
    "plain": lambda text: text,
    "offset": lambda text: text.replace("Z", "+00:00"),
    "no zone": lambda text: text.removesuffix("Z"),
    "fractions": lambda text: text.replace("Z", ".000Z"),
    "elsewhere": lambda text: (
        datetime.fromisoformat(text)
        .astimezone(tz=datetime.fromisoformat("2024-01-01T00:00:00+05:30").tzinfo)
        .isoformat()
    ),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("granularity", ["yearly", "monthly", "daily", "secondly"])
def test_a_time_is_one_however_it_is_written(granularity, way):
    sent = points(range(20), granularity, skip=(5,))
    wanted = series.read(sent, granularity, 1)
    for mixed in (False, True):
        other = [
            point | {"timestamp": WRITTEN[way](point["timestamp"])}
            if place % 2 or not mixed
            else point
            for place, point in enumerate(sent)
        ]
        found = series.read(other, granularity, 1)
        assert found.sent.tolist() == wanted.sent.tolist()
        assert found.values.tolist() == wanted.values.tolist()


@pytest.mark.parametrize(
    "text",
    ["2024-02-30T00:00:00Z", "2024-01-32T00:00:00Z", "2024-13-01T00:00:00Z", "0000-01-01T00:00:00Z",
     "2024-01-01T25:00:00Z", "2024-01-01T00:00:60Z", "2024/01/01T00:00:00Z", "today", "",
     "2024-01-0\u0663T00:00:00Z", "+024-01-01T00:00:00Z", ["2024-01-01T00:00:00Z"], 20240101],
    ids=str,
)  # fmt: skip
def test_what_is_no_time_is_named(text):
    sent = points(range(20), "daily")
    sent[7]["timestamp"] = text
    with pytest.raises(ServiceError) as caught:
        series.read(sent, "daily", 1)
    assert caught.value.code == "BadArgument"
    assert "index 7" in caught.value.message


# --- sensitivity, ratio, margins

SERIES = st.builds(
    lambda seed, n, period, odd: (
        (wave(n, period) if period else 0)
        + np.random.default_rng(seed).normal(size=n)
        + np.isin(np.arange(n), np.array(odd) % n) * 25
    ),
    st.integers(0, 999),
    st.integers(12, 200),
    st.sampled_from([0, 5, 12]),
    st.lists(st.integers(0, 199), min_size=1, max_size=5),
)


@quick
@given(values=SERIES, levels=st.lists(st.integers(0, 99), min_size=2, max_size=5))
def test_more_sensitivity_finds_at_least_as_much(values, levels):
    answers = [
        anomalies.detect(values, sensitivity=level, max_ratio=0.5) for level in sorted(levels)
    ]
    for less, more in pairwise(answers):
        found, also = less.positive | less.negative, more.positive | more.negative
        assert found.sum() <= also.sum()
        if also.sum() < len(values) // 2:
            assert not (found & ~also).any()
            assert (less.upper >= more.upper).all()
            assert (less.lower >= more.lower).all()


@quick
@given(values=SERIES, ratio=st.floats(0, 0.5))
def test_no_more_are_anomalous_than_may_be_and_those_are_the_farthest(values, ratio):
    most = anomalies.detect(values, max_ratio=0.5)
    found = anomalies.detect(values, max_ratio=ratio)
    kept, all_ = found.positive | found.negative, most.positive | most.negative
    assert kept.sum() == min(all_.sum(), int(ratio * len(values)))
    assert not (kept & ~all_).any()


@quick
@given(values=SERIES, sensitivity=st.integers(0, 99), ratio=st.floats(0, 0.5))
def test_a_point_is_anomalous_exactly_where_it_is_beyond_its_margins(values, sensitivity, ratio):
    found = anomalies.detect(values, sensitivity=sensitivity, max_ratio=ratio)
    above = values - found.expected - found.upper
    below = found.expected - found.lower - values
    near = 1e-9 * np.abs(values).max()
    assert (above[found.positive] > -near).all()
    assert (above[~found.positive] < near).all()
    assert (below[found.negative] > -near).all()
    assert (below[~found.negative] < near).all()
    assert not (found.positive & found.negative).any()
    assert (found.upper >= 0).all()
    assert (found.lower >= 0).all()
    anomalous = found.positive | found.negative
    assert ((found.severity > 0) == anomalous).all()
    assert found.severity.max(initial=0) <= 1


def test_severity_is_the_deviation_as_a_part_of_what_was_expected(bench):
    values = [100.0, 101.0, 99.0] * 8
    values[10], values[17] = 130.0, 300.0
    answer = bench.post(ENTIRE, {"series": bare(values), "period": 0}).json()
    assert outside(answer["isAnomaly"]) == [10, 17]
    expected = answer["expectedValues"][10]
    assert answer["severity"][10] == pytest.approx((130 - expected) / expected)
    assert answer["severity"][17] == 1


@quick
@given(values=SERIES, sensitivity=st.integers(0, 99))
def test_a_series_upside_down_has_its_anomalies_on_the_other_side(values, sensitivity):
    found = anomalies.detect(values, sensitivity=sensitivity)
    other = anomalies.detect(-values, sensitivity=sensitivity)
    assert found.period == other.period
    assert (found.positive == other.negative).all()
    assert (found.negative == other.positive).all()
    np.testing.assert_allclose(found.upper, other.lower, atol=1e-9)


@quick
@given(values=SERIES, factor=st.sampled_from([1e-6, 0.3, 7.0, 1e9]))
def test_the_unit_of_the_values_is_no_matter(values, factor):
    found, other = anomalies.detect(values), anomalies.detect(values * factor)
    assert (found.positive == other.positive).all()
    assert (found.negative == other.negative).all()
    np.testing.assert_allclose(found.expected * factor, other.expected, atol=1e-9 * factor)


@quick
@given(values=SERIES, level=st.floats(-30, 30))
def test_at_a_higher_level_the_least_margin_alone_is_another(values, level):
    """A hundredth of what is expected, at the highest sensitivity: nothing new is found."""
    values = values - np.median(values)
    found, other = anomalies.detect(values, 0), anomalies.detect(values + level, 0)
    assume(found.positive.any())
    assert not (other.positive & ~found.positive).any()
    assert (other.upper >= found.upper - 1e-9).all()


@pytest.mark.parametrize("level", [0.0, 1.0, -250.0, 1e-300, 1e300])
@pytest.mark.parametrize("sensitivity", [0, 50, 99])
def test_a_constant_is_as_expected(level, sensitivity):
    found = anomalies.detect(np.full(50, level), sensitivity=sensitivity)
    assert not (found.positive | found.negative).any()
    assert found.period == 0
    np.testing.assert_allclose(found.expected, level)


# --- the period


@pytest.mark.parametrize("period", [7, 24, 288])
def test_a_period_is_not_taken_for_its_multiple_however_many_there_are(period):
    """Of some hundred multiples as good, but for chance, in a long series."""
    values = wave(40_000, period) + noise(5, 40_000)
    assert seasonality.find_period(values) == period


def test_a_faint_period_is_not_taken_for_its_multiple():
    found = [seasonality.find_period(wave(210, 7) / 10 + noise(seed, 210)) for seed in range(20)]
    assert found.count(7) >= 15


@pytest.mark.parametrize("path", [ENTIRE, LAST, CHANGE])
def test_the_period_that_is_told_is_the_one_that_is_used(bench, path):
    values = wave(84, 7) + 0.2 * noise(6, 84)
    body = {"series": bare(values), "granularity": "none"}
    assert bench.post(path, body).json()["period"] == 7
    for told, used in ((None, 7), (14, 14), (5, 5), (1, 0), (0, 0)):
        assert bench.post(path, body | {"period": told}).json()["period"] == used


def test_a_told_period_changes_what_is_expected(bench):
    values = wave(84, 7)
    values[45] = values[41]  # of the series' own range, at the wrong place
    body = {"series": bare(values)}
    with_it = bench.post(ENTIRE, body | {"period": 7}).json()
    assert outside(with_it["isAnomaly"]) == [45]
    assert with_it["expectedValues"][45] == pytest.approx(wave(84, 7)[45], abs=0.5)
    assert outside(bench.post(ENTIRE, body | {"period": 0}).json()["isAnomaly"]) == []


# --- the last point, change points


@pytest.mark.parametrize("size", [-30.0, 0.0, 30.0])
def test_the_last_point_is_judged_as_it_is_in_the_whole(bench, size):
    values = wave(60, 6) + noise(7, 60)
    values[-1] += size
    body = {"series": bare(values), "sensitivity": 95}
    last, whole = (bench.post(path, body).json() for path in (LAST, ENTIRE))
    assert last["isAnomaly"] is (size != 0)
    assert (last["isPositiveAnomaly"], last["isNegativeAnomaly"]) == (size > 0, size < 0)
    for one, many in (("expectedValue", "expectedValues"), ("upperMargin", "upperMargins"),
                      ("lowerMargin", "lowerMargins"), ("severity", "severity")):  # fmt: skip
        assert last[one] == whole[many][-1]
    assert last["suggestedWindow"] == 29
    assert bench.post(LAST, body | {"period": 12}).json()["suggestedWindow"] == 49


def test_a_lower_threshold_accepts_fewer_changes():
    values = noise(8, 300)
    for place, step in ((100, 4.0), (200, 20.0)):
        values[place:] += step
    counts = [
        int(change_points.detect(values, 0, threshold=threshold).flags.sum())
        for threshold in (0.0, 0.5, 0.99)
    ]
    assert counts == [0, 1, 2]


def test_a_change_lasts_as_long_as_the_stable_trend():
    values = noise(9, 400)
    values[200:220] += 12  # twenty points at another level
    brief = change_points.detect(values, 0, window=10)
    lasting = change_points.detect(values, 0, window=60)
    assert [round(place, -1) for place in outside(brief.flags)] == [200, 220]
    assert outside(lasting.flags) == []


def test_a_spike_stands_out_wherever_a_very_long_series_is_parted(monkeypatch):
    monkeypatch.setattr(spectral_residual, "_LONG", 1_000)
    monkeypatch.setattr(spectral_residual, "_PART", 900)
    kept = 900 - 2 * spectral_residual._EDGE
    for n in (1_001, 2 * kept, 2 * kept + 1, 3 * kept - 1):
        borders = {10, kept - 1, kept, 2 * kept - 1, 2 * kept, n - 2}
        for place in filter(lambda place: place < n - 1, borders):
            values = 0.1 * noise(place, n)
            values[place] += 10
            scores = spectral_residual.scores(values)
            assert scores.shape == (n,)
            assert scores.argmax() == place
            assert scores[place] > spectral_residual.SALIENT

"""The engine finds what people labelled in real series, and little else; noise is left alone."""

import csv
import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cogml_mocks.engines import anomalies, change_points, seasonality, spectral_residual


def flagged(values, **options) -> list[int]:
    found = anomalies.detect(np.array(values, dtype=float), **options)
    return np.flatnonzero(found.positive | found.negative).tolist()


def noise(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def wave(n: int, period: int) -> np.ndarray:
    return 10 * np.sin(2 * np.pi * np.arange(n) / period)


@pytest.fixture(scope="session")
def labelled() -> dict[str, tuple[list[datetime], np.ndarray, list]]:
    """Series of the Numenta benchmark with the windows in which something happened."""
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        pytest.skip("COGML_TEST_DATA is not set")
    folder = Path(data) / "timeseries"
    series = {}
    for name, windows in json.loads((folder / "windows.json").read_text("utf-8")).items():
        with (folder / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))[-8640:]
        times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        bounds = [[datetime.fromisoformat(text) for text in window] for window in windows]
        values = np.array([float(row["value"]) for row in rows])
        series[Path(name).stem] = (times, values, bounds)
    return series


@pytest.mark.parametrize(
    ("name", "least_hits", "most_alarms"),
    [
        ("art_flatline", 0, 0),
        ("art_daily_jumpsup", 1, 0),
        ("nyc_taxi", 5, 2),
        ("elb_request_count_8c0756", 2, 5),
        ("ec2_cpu_utilization_24ae8d", 1, 3),
        ("TravelTime_387", 1, 6),
        ("ambient_temperature_system_failure", 0, 3),
        ("exchange-2_cpc_results", 0, 4),
    ],
)
def test_labelled_windows_are_hit_and_alarms_are_few(labelled, name, least_hits, most_alarms):
    """An alarm is a run of flagged points outside every window, not more than 12 apart."""
    times, values, windows = labelled[name]
    found = flagged(values)
    hits = [any(start <= times[i] <= end for i in found) for start, end in windows]
    outside = [i for i in found if not any(start <= times[i] <= end for start, end in windows)]
    alarms = sum(1 for i in outside if not any(0 < i - j <= 12 for j in outside))
    assert sum(hits) >= least_hits
    assert alarms <= most_alarms


@pytest.mark.parametrize("n", [12, 15, 30, 100, 1000])
def test_a_constant_is_ordinary_and_one_other_value_is_not(n):
    for level in (0.0, 45.0, -3e7):
        values = np.full(n, level)
        assert flagged(values) == []
        for place in (0, n // 2, n - 1):
            other = values.copy()
            other[place] += 10 + abs(level)
            assert flagged(other) == [place]


@pytest.mark.parametrize("n", [12, 20, 30, 60, 200, 1000])
def test_noise_raises_few_alarms(n):
    counts = [len(flagged(noise(seed, n))) for seed in range(60)]
    assert np.mean(counts) < 0.5


def test_an_outlier_in_noise_is_found_on_its_side():
    for seed in range(10):
        values = noise(seed, 300)
        values[100], values[200] = 15, -15
        found = anomalies.detect(values)
        assert found.positive[100]
        assert found.negative[200]


def test_a_slope_is_no_anomaly():
    for n in (12, 50, 500):
        assert flagged(np.arange(n) * 3.0 + 100) == []
        assert flagged(np.arange(n) * 30.0 + noise(1, n)) == []


@pytest.mark.parametrize("period", [4, 7, 24, 168])
def test_a_period_is_found_and_what_breaks_it_too(period):
    values = wave(8 * period, period) + 0.3 * noise(3, 8 * period)
    assert seasonality.find_period(values) == period
    middle = 4 * period + period // 4
    values[middle] = -10  # ordinary at another phase
    found = anomalies.detect(values)
    assert found.period == period
    assert found.negative[middle]
    assert abs(found.expected[middle] - wave(8 * period, period)[middle]) < 2
    assert not anomalies.detect(values, 0).period


@pytest.mark.parametrize("period", [2, 5, 12, 48, 288])
def test_a_period_is_found_in_noise_and_not_its_multiple(period):
    n = max(60, 20 * period)
    waves = [wave(n, period) + 10 * (np.arange(n) % period == 0) for _ in range(10)]
    series = [value + 2 * noise(seed, n) for seed, value in enumerate(waves)]
    assert [seasonality.find_period(values) for values in series] == [period] * 10


@pytest.mark.parametrize("n", [12, 48, 150, 1000])
def test_noise_and_walks_have_no_period(n):
    found = [seasonality.find_period(noise(seed, n)) for seed in range(50)]
    walks = [seasonality.find_period(noise(seed, n).cumsum()) for seed in range(50)]
    assert np.count_nonzero(found) <= 3
    assert np.count_nonzero(walks) <= 6


def test_a_longer_look_does_not_depend_on_the_unit():
    values = wave(240, 24) + noise(5, 240)
    values[77] += 20
    wanted = anomalies.detect(values)
    for unit in (2.0**-1000, 2.0**900):
        found = anomalies.detect(values * unit)
        assert (found.positive == wanted.positive).all()
        assert np.allclose(found.upper / unit, wanted.upper)


def test_margins_hold_every_ordinary_point():
    values = noise(9, 500)
    values[[50, 51, 52, 300]] += 20
    found = anomalies.detect(values, max_ratio=0.004)
    inside = (values <= found.expected + found.upper) & (values >= found.expected - found.lower)
    assert np.count_nonzero(~inside) == 2
    assert ((found.positive | found.negative) == ~inside).all()


def test_saliency_stands_out_where_a_spike_is():
    values = wave(400, 40) + 0.1 * noise(2, 400)
    values[250] += 8
    scores = spectral_residual.scores(values)
    assert scores.argmax() == 250
    assert scores[250] > spectral_residual.SALIENT
    assert np.isfinite(scores).all()


def test_a_step_is_a_change_and_a_spike_is_none():
    values = noise(4, 400)
    values[100] += 60
    assert not change_points.detect(values).flags.any()
    values[250:] += 5
    found = change_points.detect(values)
    assert len(places := np.flatnonzero(found.flags)) == 1
    assert abs(places[0] - 250) <= 2
    assert found.confidence[places[0]] > change_points.SIGNIFICANT
    assert not change_points.detect(values, threshold=0).flags.any()


def test_neither_slope_nor_season_is_a_change():
    n = 480
    assert not change_points.detect(np.arange(n) * 2.0 + noise(6, n)).flags.any()
    values = wave(n, 24) + noise(7, n)
    assert not change_points.detect(values).flags.any()
    values[240:] += 8
    found = change_points.detect(values)
    assert found.period == 24
    assert np.flatnonzero(found.flags).tolist() == [240]


def test_noise_has_few_change_points():
    series = [change_points.detect(noise(seed, 300)).flags.any() for seed in range(100)]
    assert sum(series) <= 8


@pytest.mark.parametrize("period", [None, 0, 2, 288, 4320])
def test_the_longest_series_is_judged_whatever_its_period(period):
    values = wave(8640, 288) + noise(8, 8640)
    values[5000] += 40
    assert anomalies.detect(values, period).positive[5000]
    assert len(change_points.detect(values, period, window=8640).flags) == 8640


def test_bursts_that_recur_belong_to_the_series():
    values = noise(10, 2000)
    values[30::60] += 30
    assert flagged(values, period=0) == []
    values[1010] += 300
    assert flagged(values, period=0) == [1010]

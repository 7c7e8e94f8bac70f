"""The engine finds what people labelled in real series, and little else; noise is left alone."""

import csv
import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cogml_mocks.engines import (
    anomalies,
    change_points,
    multivariate,
    seasonality,
    spectral_residual,
)


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
        ("nyc_taxi", 5, 3),  # Labor Day, and two nights in the week before Christmas
        ("elb_request_count_8c0756", 2, 2),
        ("ec2_cpu_utilization_24ae8d", 1, 0),
        ("TravelTime_387", 2, 6),
        ("ambient_temperature_system_failure", 1, 3),
        ("exchange-2_cpc_results", 0, 5),
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


def test_noise_of_a_heavy_tail_raises_few_alarms():
    """One in twenty stretches of 25 points, on either side of either band."""
    for n, most in ((100, 1), (1000, 6)):
        counts = [
            len(flagged(np.random.default_rng(seed).laplace(size=n), period=0))
            for seed in range(30)
        ]
        assert np.mean(counts) < most


def test_a_level_far_from_the_series_is_anomalous_though_its_points_agree():
    values = noise(11, 1000)
    values[600:660] += 12
    found = anomalies.detect(values)
    assert found.positive[600:660].all()
    assert np.count_nonzero(found.positive | found.negative) <= 61
    assert (np.abs(found.expected[600:660]) < 1).all()


def test_a_spike_is_anomalous_though_the_series_has_been_as_high():
    values = 20 * np.sin(2 * np.pi * np.arange(1000) / 900) + 0.3 * noise(12, 1000)
    values[450] += 12
    found = anomalies.detect(values, 0)
    assert np.flatnonzero(found.positive | found.negative)[0] == 450
    assert values[450] < values.max() - 5
    assert not (found.positive | found.negative)[460:990].any()


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


@pytest.mark.parametrize("spread", [0, 0.2, 2])
@pytest.mark.parametrize("beat", [1, 3])
def test_what_rests_most_of_the_time_has_a_period_too_and_a_beat_left_out_is_found(beat, spread):
    values = np.where(np.arange(480) % 24 < beat, 50.0, 0.0) + spread * noise(13, 480)
    values[240 : 240 + beat] -= 50
    found = anomalies.detect(values)
    assert found.period == 24
    assert np.flatnonzero(found.negative).tolist() == [*range(240, 240 + beat)]
    assert np.count_nonzero(found.positive) <= 1
    alone = np.zeros(480)
    alone[[17, 90, 111, 240, 401]] = 50
    assert anomalies.detect(alone).period == 0


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


def together(seed: int, n: int = 1_000) -> np.ndarray:
    """Three variables that follow one load, with noise."""
    load = wave(n, 126) / 10 + wave(n, 46) / 20
    return np.outer(load, [1.0, 2.0, -1.5]) + 0.1 * noise(seed, 3 * n).reshape(n, 3)


def moved_on(seed: int, n: int = 1_000) -> np.ndarray:
    """Five variables that drift about, correlated."""
    steps, drift = noise(seed, 3 * n).reshape(n, 3), np.zeros((n, 3))
    for i in range(1, n):
        drift[i] = 0.9 * drift[i - 1] + steps[i]
    return drift @ noise(1, 15).reshape(3, 5) + 0.3 * noise(seed + 50, 5 * n).reshape(n, 5)


@pytest.mark.parametrize("of", [together, moved_on])
def test_ordinary_moments_are_left_alone(of):
    for seed in range(5):
        values = of(seed)
        found = multivariate.fit(values[:500]).detect(values[500:])
        assert found.is_anomaly.mean() < 0.01


def test_a_variable_that_leaves_the_others_is_found_though_its_values_are_ordinary():
    values = together(3)
    values[800:830, 1] = values[863:893, 1]  # half a period later
    model = multivariate.fit(values[:500])
    found = model.detect(values)
    moments = np.arange(805, 830) - model.lags
    assert found.is_anomaly[moments].mean() > 0.9
    assert (found.contributions[moments].argmax(axis=1) == 1).mean() > 0.5
    assert not found.is_anomaly[: 790 - model.lags].any()
    np.testing.assert_allclose(found.contributions.sum(axis=1), 1)
    worst = moments[found.score[moments].argmax()]
    assert set(found.changed(worst, 1)) == {0, 2}


def test_anomalies_in_the_training_are_not_learnt():
    values = together(4)
    values[20:500:48, 1] += 3  # two in a hundred, in eight of a hundred moments
    found = multivariate.fit(values[:500]).detect(values)
    rows = np.flatnonzero(found.is_anomaly) + multivariate.fit(values[:500]).lags
    assert set(range(20, 500, 48)) <= set(rows.tolist())
    assert not (rows > 520).any()


def test_training_tells_its_passes_and_is_repeatable():
    values = together(5, 300)
    one, two = multivariate.fit(values), multivariate.fit(values)
    assert one.limit == two.limit
    assert 1 < len(one.passes) <= multivariate.MAX_PASSES
    assert all(0.3 < p.train_loss < 2 and 0.3 < p.validation_loss < 3 for p in one.passes)


@pytest.mark.parametrize(
    "values",
    [np.zeros((40, 2)), np.ones((40, 1)), np.full((40, 3), 1e308),
     np.array([[1e308, -1e308], [-1e308, 5e-324]] * 20), np.outer(np.arange(40), [1, 1, 2.0]),
     noise(6, 40 * 60).reshape(40, 60)],
    ids=range(6),
)  # fmt: skip
def test_any_table_can_be_learnt_and_judged(values):
    model = multivariate.fit(values)
    assert not model.detect(values).is_anomaly[: 30 - model.lags].any()
    for others in (values * 0.5, -values, np.full_like(values, 1e308)):
        found = model.detect(others)
        for each in (found.score, found.severity, found.contributions, found.deviations):
            assert np.isfinite(each).all()
        assert found.score.max() <= 2
        assert ((found.severity > 0) == found.is_anomaly).all()
        assert len(found.changed(0, 0)) < values.shape[1]

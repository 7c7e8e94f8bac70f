"""The quality of the anomalies is told by the benchmark's own rules: they give its own scores."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence

import anomaly_speed
import nab
import nab_results
import numpy as np
import point_adjusted
import pytest
import quality
from harness import real_inputs

import cogml_mocks

STANDARD = nab.PROFILES["standard"]
WINDOW = (50, 59)
END = float(np.tanh(0.25) / np.tanh(2.5))  # of ten points, the last is a tenth from the end


def series(*windows: tuple[int, int], points: int = 100, name: str = "a") -> nab.Series:
    times = np.arange(points).astype("datetime64[us]")
    return nab.Series(name, times, np.zeros(points), windows)


def at(*places: int, points: int = 100) -> nab.Flags:
    found = np.zeros(points, dtype=bool)
    found[list(places)] = True
    return found


@pytest.mark.parametrize(
    ("detected", "worth"),
    [
        ((), -1),  # a window missed
        ((50,), 1),  # at its first point
        ((59,), END),
        ((59, 50, 55), 1),  # the first one counts
        ((14,), -1),  # in the probation
        ((14, 50), 1),
        ((15, 50), 1 - 0.11),  # behind no window
        ((60, 50), 1 - 0.11 * np.tanh(2.5 / 9)),  # the less, the nearer
        ((60, 61), -1 - 0.11 * (np.tanh(2.5 / 9) + np.tanh(5 / 9))),  # each one
        ((87,), -1 - 0.11),  # more than three widths behind
    ],
)
def test_a_detection_is_worth_what_the_rules_say(detected: Sequence[int], worth: float) -> None:
    assert nab.raw_score(series(WINDOW), at(*detected), STANDARD) == pytest.approx(worth)


def test_profiles_weigh_what_is_false_and_what_is_missed() -> None:
    raw = {
        name: nab.raw_score(series(WINDOW, (90, 95)), at(20, 50), profile)
        for name, profile in nab.PROFILES.items()
    }
    assert raw == {
        "standard": pytest.approx(1 - 1 - 0.11),
        "reward_low_FP_rate": pytest.approx(1 - 1 - 0.22),
        "reward_low_FN_rate": pytest.approx(1 - 2 - 0.11),
    }


def test_nothing_found_is_0_and_all_found_at_once_is_100() -> None:
    corpus = [series(WINDOW), series((20, 29), (80, 89), name="b"), series(name="c")]
    perfect = {"a": at(50), "b": at(20, 80), "c": at()}
    for profile in nab.PROFILES.values():
        silent = {name: np.zeros(100) for name in perfect}
        assert nab.score(corpus, silent, profile, 1).score == pytest.approx(0)
        found = nab.score(corpus, {name: 1.0 * of for name, of in perfect.items()}, profile)
        assert found.score == pytest.approx(100)
        assert found.threshold == 1
    assert np.isnan(nab.normalised(0, 0, STANDARD))


def test_the_probation_is_of_5000_points_at_most() -> None:
    assert [series(points=n).probation for n in (100, 4_032, 5_000, 22_695)] == [15, 604, 750, 750]


@pytest.mark.parametrize("profile", nab.PROFILES)
def test_the_best_threshold_is_the_best_of_all(profile: str) -> None:
    for seed in range(20):
        chance = np.random.default_rng(seed)
        corpus = [series(WINDOW), series((30, 39), (60, 79), name="b")]
        scores = {one.name: chance.integers(0, 9, 100) / 8 * (chance.random(100) < 0.1)
                  for one in corpus}  # fmt: skip
        for one in corpus:
            for first, last in one.windows:
                scores[one.name][first : last + 1] += chance.integers(0, 3) / 8
        weights = nab.PROFILES[profile]
        each = [nab.score(corpus, scores, weights, height).score for height in np.arange(12) / 8]
        assert nab.score(corpus, scores, weights).score == pytest.approx(max(*each, 0))


def test_where_silence_is_best_the_threshold_is_beyond_every_score() -> None:
    one = series(WINDOW)
    found = nab.score([one], {"a": np.where(one.window_of < 0, 1.0, 0.0)}, STANDARD)
    assert found.score == 0
    assert found.threshold > 1


def test_a_window_counts_as_a_whole_if_it_is_found_soon() -> None:
    corpus = [series(WINDOW)]
    found = {"a": at(20, 55)}
    assert point_adjusted.plain(corpus, found) == point_adjusted.Counts(1, 1, 9)
    assert point_adjusted.point_adjusted(corpus, found) == point_adjusted.Counts(10, 1, 0)
    assert point_adjusted.point_adjusted(corpus, found, 5) == point_adjusted.Counts(10, 1, 0)
    late = point_adjusted.point_adjusted(corpus, found, 4)
    assert late == point_adjusted.Counts(0, 1, 10)
    assert (late.precision, late.recall, late.f1) == (0, 0, 0)
    whole = point_adjusted.point_adjusted(corpus, found)
    assert (whole.precision, whole.recall) == (10 / 11, 1)
    assert whole.f1 == pytest.approx(20 / 21)


@pytest.mark.parametrize("detector", ["windowedGaussian", "twitterADVec"])
def test_published_detections_get_their_published_scores(detector: str) -> None:
    corpus = nab.read(real_inputs() / "timeseries")
    published = json.loads(quality.PUBLISHED.read_text("utf-8"))["series"][detector]
    scores = nab_results.recorded(corpus, published)
    for profile, weights in nab.PROFILES.items():
        found = nab.score(corpus, scores, weights, 1)
        assert found.raw == pytest.approx(published["scores"][profile], abs=1e-6)


def test_the_benchmarks_own_layout_is_read(tmp_path: pathlib.Path) -> None:
    for folder in ("labels", "data/of"):
        (tmp_path / folder).mkdir(parents=True)
    labels = {"of/one.csv": [["2020-01-01 00:02:00.000000", "2020-01-01 00:03:00.000000"]]}
    (tmp_path / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    rows = "".join(f"2020-01-01 00:0{i}:00,{i}.5\n" for i in range(6))
    (tmp_path / "data" / "of" / "one.csv").write_text("timestamp,value\n" + rows)
    (one,) = nab.read(tmp_path)
    assert one.name == "of/one.csv"
    assert one.windows == ((2, 3),)
    assert one.values.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def corpus_in(folder: pathlib.Path) -> pathlib.Path:
    """A series of noise with one point that is labelled, in the benchmark's own layout."""
    for name in ("labels", "data/of"):
        (folder / name).mkdir(parents=True)
    labels = {"of/one.csv": [["2020-01-01 02:20:00.000000", "2020-01-01 02:39:00.000000"]]}
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    values = np.random.default_rng(1).normal(size=200)
    values[140] += 40
    rows = [f"2020-01-01 {n // 60:02}:{n % 60:02}:00,{value}" for n, value in enumerate(values)]
    (folder / "data" / "of" / "one.csv").write_text("\n".join(["timestamp,value", *rows]))
    return folder


def test_the_tables_of_a_folder_are_written(tmp_path: pathlib.Path) -> None:
    results = tmp_path / "results"
    table = quality.main([str(corpus_in(tmp_path / "nab")), "--results", str(results)])
    assert [row["standard"] for row in table.rows] == [pytest.approx(100)] * 3
    assert {path.stem for path in results.iterdir()} == {
        "anomalies_corpus", "anomalies_corpus_series"
    }  # fmt: skip
    assert "| of/one.csv | 1       | 1     | 0              | 1.00      |" in (
        results / "anomalies_corpus_series.md"
    ).read_text("utf-8")


def test_published_scores_are_compared(tmp_path: pathlib.Path) -> None:
    corpus, published = corpus_in(tmp_path / "nab"), tmp_path / "published"
    (published / "one" / "of").mkdir(parents=True)
    (published / "two").mkdir()
    scores = "\n".join(f"{int(n == 145)}" for n in range(200))
    (published / "one" / "of" / "one_one.csv").write_text(f"anomaly_score\n{scores}")
    worth = np.tanh(2.5 * 15 / 20) / np.tanh(2.5)
    for profile in nab.PROFILES:
        (published / "one" / f"one_{profile}_scores.csv").write_text(
            f"File,Threshold,Score\nof/one.csv,0.5,{worth - 0.25}\n,,1"
        )
    found = quality.compared(nab.read(corpus), published)
    assert [row["apart"] for row in found.rows] == [pytest.approx(0.25)] * 3
    assert found.rows[0]["found"] == pytest.approx(50 * (worth + 1))
    assert found.notes == ["two is left out: it has no score for some series."]


def test_every_way_to_ask_finds_the_same(tmp_path: pathlib.Path) -> None:
    table = anomaly_speed.main(["--quick", "--results", str(tmp_path)])
    assert [row["way"] for row in table.rows] == ["engine", "engine", "local", "suite"]
    assert (tmp_path / "anomaly_speed.json").exists()


def test_a_folder_without_labels_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SystemExit, match=r"combined_windows\.json nor windows\.json"):
        nab.read(tmp_path)


@pytest.mark.parametrize("points", [1, 8_640, 8_641, 10_320, 17_280, 22_695])
def test_each_point_counts_in_one_request_of_a_series(points: int) -> None:
    found = quality.parts(points)
    assert [kept.start or 0 for _, kept in found[1:]] == [kept.stop for _, kept in found[:-1]]
    assert found[-1][1].stop == points
    for asked, kept in found:
        first = asked.start or 0
        assert first <= (kept.start or 0) < kept.stop <= asked.stop <= points
        assert asked.stop - first == min(points, 8_640)


def test_a_score_is_on_the_side_of_1_that_the_answer_says() -> None:
    times = np.arange(200).astype("datetime64[us]")
    values = np.random.default_rng(1).normal(size=200)
    values[150] += 40
    one = nab.Series("a", times, values, ((140, 159),))
    with cogml_mocks.serve() as suite:
        scores = quality.detect([one], suite.url)
    assert np.flatnonzero(scores["a"] >= 1).tolist() == [150]
    assert np.flatnonzero(quality.whole([one])["a"]).tolist() == [150]
    table = quality.overall("n", [one], scores)
    assert table.rows[0]["windows"] == "1 of 1"
    assert table.rows[0]["standard"] == pytest.approx(
        50 * (1 + np.tanh(2.5 * 10 / 20) / np.tanh(2.5))
    )
    assert quality.each_series("n", [one], scores).rows[0]["outside"] == 0

"""How well the suite finds what people labelled in the series of the Numenta Anomaly Benchmark.

The series go through `DetectAnomalies` with its defaults, against the local suite, in equal pieces
of at most the 8,640 points that a request may have. A point's score is its deviation as a part of
its margin: at 1 and beyond the service calls it an anomaly. "as answered" scores just that; "best
threshold" lets the benchmark choose the threshold, as it does for every detector it publishes.

FOLDER is a copy of the benchmark, or one with some of its series beside `windows.json`; without it,
the eight of `COGML_TEST_DATA`. `--results` names the benchmark's own folder of results: the scores
that it publishes are compared with the ones found here of the same detections.

Detectors see a series point by point in that benchmark; this operation, as Twitter's ADVec, sees
it whole. Run: python benchmarks/quality.py [FOLDER] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
from collections.abc import Mapping, Sequence

import nab
import nab_results
import numpy as np
import point_adjusted
import pyarrow as pa

import cogml_mocks
from cogml.cognitive import DetectAnomalies
from cogml.services._series import MOST_POINTS

PUBLISHED = pathlib.Path(__file__).with_name("nab_published.json")


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("folder", nargs="?", type=pathlib.Path, help="the series and windows")
    arguments.add_argument("--results", type=pathlib.Path, help="the benchmark's own results")
    asked = arguments.parse_args()
    corpus = nab.read(asked.folder or _test_data())
    if asked.results:
        _compare(corpus, asked.results)
        return
    windows = sum(len(one.windows) for one in corpus)
    print(f"{len(corpus)} series, {sum(len(one.values) for one in corpus):,} points, ", end="")
    print(f"{windows} windows\n")
    print(_row("", "standard", "low FP", "low FN", "windows", "F1", "delay 7", "plain"))
    print(_row(*[":--"] + ["--:"] * 7))
    with cogml_mocks.serve() as suite:
        scores = detect(corpus, suite.url)
    report("cogml, as answered", corpus, scores, 1.0)
    report("cogml, best threshold", corpus, scores, None)
    _report_published(corpus)
    print("\nraw scores under the standard profile\n")
    print(_row("series", "windows", "found", "outside", "score"))
    print(_row(":--", *["--:"] * 4))
    for one in corpus:
        _report_series(one, scores[one.name] >= 1)


def detect(corpus: Sequence[nab.Series], endpoint: str) -> dict[str, nab.Floats]:
    """The score of each point of each series, by the stage a user would take."""
    pieces = [
        (one.name, piece)
        for one in corpus
        for piece in np.array_split(one.values, -(-len(one.values) // MOST_POINTS))
    ]
    points = [[{"value": value} for value in piece.tolist()] for _, piece in pieces]
    stage = DetectAnomalies(
        endpoint=endpoint,
        subscriptionKey="any",
        seriesCol="series",
        granularity="none",
        outputCol="found",
        errorCol="error",
    )
    table = stage.transform(pa.table({"series": points}))
    assert table["error"].null_count == len(pieces), table["error"]
    scores: dict[str, list[nab.Floats]] = {}
    for (name, values), found in zip(pieces, table["found"].to_pylist(), strict=True):
        scores.setdefault(name, []).append(_score(values, found))
    return {name: np.concatenate(parts) for name, parts in scores.items()}


def report(
    name: str,
    corpus: Sequence[nab.Series],
    scores: Mapping[str, nab.Floats],
    threshold: float | None,
) -> None:
    found = [nab.score(corpus, scores, each, threshold) for each in nab.PROFILES.values()]
    detected = {one.name: scores[one.name] >= found[0].threshold for one in corpus}
    f1 = f1_of(corpus, detected)
    windows = sum(_found(one, detected[one.name]) for one in corpus)
    print(_row(name, *(f"{each.score:.1f}" for each in found), windows, *(f"{x:.2f}" for x in f1)))


def f1_of(corpus: Sequence[nab.Series], detected: Mapping[str, nab.Flags]) -> list[float]:
    return [
        point_adjusted.point_adjusted(corpus, detected).f1,
        point_adjusted.point_adjusted(corpus, detected, point_adjusted.DELAY).f1,
        point_adjusted.plain(corpus, detected).f1,
    ]


def _report_published(corpus: Sequence[nab.Series]) -> None:
    published = json.loads(PUBLISHED.read_text("utf-8"))
    names = {one.name for one in corpus}
    if len(names) == published["series in the corpus"]:
        for name, each in published["corpus"].items():
            scores = (f"{each[profile]:.1f}" for profile in nab.PROFILES)
            f1 = (f"{x:.2f}" for x in each["f1"])
            print(_row(f"{name}, published", *scores, each["windows"], *f1))
        return
    for name, each in published["series"].items():
        if names <= each["detections"].keys():
            report(f"{name}, published", corpus, nab_results.recorded(corpus, each), 1.0)


def _report_series(one: nab.Series, detected: nab.Flags) -> None:
    outside = detected & (one.window_of < 0)
    outside[: one.probation] = False
    score = nab.raw_score(one, detected, nab.PROFILES["standard"])
    print(
        _row(one.name, len(one.windows), _found(one, detected), int(outside.sum()), f"{score:.2f}")
    )


def _compare(corpus: Sequence[nab.Series], results: pathlib.Path) -> None:
    print(_row("detector", "profile", "published", "found here", "largest difference, a series"))
    print(_row(":--", ":--", *["--:"] * 3))
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        if not nab_results.is_whole(folder, corpus):
            print(_row(folder.name, "left out: it has no score for some series", "", "", ""))
            continue
        scores = nab_results.scores(folder, corpus)
        for name, profile in nab.PROFILES.items():
            threshold, published = nab_results.published(folder, name)
            found = nab.score(corpus, scores, profile, threshold).raw
            apart = max(abs(found[one.name] - published[one.name]) for one in corpus)
            windows = sum(len(one.windows) for one in corpus)
            sums = (sum(of[one.name] for one in corpus) for of in (published, found))
            totals = (f"{nab.normalised(of, windows, profile):.4f}" for of in sums)
            print(_row(folder.name, name, *totals, f"{apart:.1e}"))


def _score(values: nab.Floats, found: Mapping[str, list[float]]) -> nab.Floats:
    """The deviation as a part of the margin; the answer says which side of 1 it is on."""
    deviation = values - np.array(found["expectedValues"])
    margins = np.where(deviation > 0, found["upperMargins"], found["lowerMargins"])
    ratio = np.abs(deviation) / np.maximum(margins, np.finfo(float).tiny)
    is_anomaly = np.array(found["isAnomaly"])
    return np.where(is_anomaly, np.maximum(ratio, 1), np.minimum(ratio, np.nextafter(1, 0)))


def _found(one: nab.Series, detected: nab.Flags) -> int:
    """How many windows have a detection after the probation."""
    counted = detected & (np.arange(len(detected)) >= one.probation)
    return sum(bool(counted[first : last + 1].any()) for first, last in one.windows)


def _row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _test_data() -> pathlib.Path:
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        raise SystemExit("there are no series: give a folder, or set COGML_TEST_DATA")
    return pathlib.Path(data) / "timeseries"


if __name__ == "__main__":
    main()

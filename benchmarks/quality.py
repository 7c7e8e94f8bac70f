"""How well the suite finds what people labelled in series of the Numenta Anomaly Benchmark.

The series go through `DetectAnomalies` with its defaults, against the local suite; one of more than
the 8,640 points that a request may have goes in several, each as long as may be. FOLDER is a copy
of the benchmark, or one with some of its series beside `windows.json`; without it, the eight of
`COGML_TEST_DATA`. `--published` names the benchmark's own folder of results: instead, the scores
that it publishes of its detectors are compared with the ones found here of the same detections.

Run: python benchmarks/quality.py [FOLDER] [--published FOLDER] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import nab
import nab_results
import numpy as np
import point_adjusted
import pyarrow as pa
from results import FOLDER, Column, Table, publish

import cogml_mocks
from cogml.cognitive import DetectAnomalies
from cogml.services._series import MOST_POINTS
from cogml_mocks.engines import anomalies

PUBLISHED = pathlib.Path(__file__).with_name("nab_published.json")
F1 = ("f1", "f1_soon", "f1_plain")
SAID = (
    "{series} series, {points:,} points, {windows} windows. Scores are the Numenta Anomaly "
    "Benchmark's: 0 is what silence gets, 100 what finds every window at its first point and "
    "nothing else; windows are those with a detection. F1 is point-adjusted, with any delay and "
    f"with one of {point_adjusted.DELAY} points, and by single points."
)
NOTES = [
    '"As answered" is what the service calls an anomaly; "best threshold" lets the benchmark '
    "choose how many margins a deviation must have, one number for all series, as it does for "
    "every detector it publishes.",
    "A request may have 8,640 points; a longer series goes in several, each as long as may be. The "
    "engine behind the service takes series of any length.",
    "The benchmark has its detectors judge a point by those before it. `DetectAnomalies`, as "
    "Microsoft's package, sees the points after it as well: the scores tell what is found, not how "
    "soon it would have been.",
    "A window is a tenth of its series, parted among its anomalies, and begins well before what "
    "was labelled: hence a delay from its first point finds next to nothing, whoever detects.",
    'Published figures and their source: `benchmarks/nab_published.json`; those "measured" are of '
    "a run of Microsoft's package, which cannot be installed beside numpy 2.",
]


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--published", type=pathlib.Path)
    parser.add_argument("--results", type=pathlib.Path, help="(default: benchmarks/results)")
    given = parser.parse_args(arguments)
    given.results = given.results or FOLDER
    corpus = nab.read(given.folder or _test_data())
    if given.published:
        return publish(compared(corpus, given.published), given)
    with cogml_mocks.serve() as suite:
        scores = detect(corpus, suite.url)
    name = "anomalies_corpus" if given.folder else "anomalies"
    publish(each_series(f"{name}_series", corpus, scores), given)
    return publish(overall(name, corpus, scores), given)


def detect(corpus: Sequence[nab.Series], endpoint: str) -> dict[str, nab.Floats]:
    """The score of each point: its deviation in margins, 1 and more where it is an anomaly."""
    asked = [(one, *part) for one in corpus for part in parts(len(one.values))]
    points = [[{"value": v} for v in one.values[all_].tolist()] for one, all_, _ in asked]
    stage = DetectAnomalies(
        endpoint=endpoint,
        subscriptionKey="any",
        seriesCol="series",
        granularity="none",
        outputCol="found",
        errorCol="error",
    )
    table = stage.transform(pa.table({"series": points}))
    failed = table["error"].drop_null().to_pylist()
    if failed:
        raise SystemExit(f"{len(failed)} requests failed, the first with {failed[0]}")
    scores = {one.name: np.zeros(len(one.values)) for one in corpus}
    for (one, all_, kept), found in zip(asked, table["found"].to_pylist(), strict=True):
        judged = np.zeros(len(one.values))
        judged[all_] = _score(one.values[all_], found)
        scores[one.name][kept] = judged[kept]
    return scores


def parts(points: int) -> list[tuple[slice, slice]]:
    """The requests of a series: the points of each, and those for which its answer counts."""
    if points <= MOST_POINTS:
        return [(slice(points), slice(points))]
    starts = np.linspace(0, points - MOST_POINTS, -(-points // MOST_POINTS)).astype(int).tolist()
    cuts = [(before + MOST_POINTS + start) // 2 for before, start in pairwise(starts)]
    return [
        (slice(start, start + MOST_POINTS), slice(first, end))
        for start, first, end in zip(starts, [0, *cuts], [*cuts, points], strict=True)
    ]


def whole(corpus: Sequence[nab.Series]) -> dict[str, nab.Floats]:
    """What the engine behind the service finds in series of any length: 1 for an anomaly."""
    found = {one.name: anomalies.detect(one.values) for one in corpus}
    return {name: 1.0 * (each.positive | each.negative) for name, each in found.items()}


def overall(name: str, corpus: Sequence[nab.Series], scores: Mapping[str, nab.Floats]) -> Table:
    """A row for each detector."""
    table = Table(
        name,
        "Anomalies that people labelled",
        SAID.format(
            series=len(corpus), points=sum(len(one.values) for one in corpus), windows=_all(corpus)
        ),
        [
            Column("detector", "detector"),
            Column("standard", "standard", ".1f"),
            Column("reward_low_FP_rate", "low FP", ".1f"),
            Column("reward_low_FN_rate", "low FN", ".1f"),
            Column("windows", "windows"),
            Column("f1", "F1", ".2f"),
            Column("f1_soon", "F1, soon", ".2f"),
            Column("f1_plain", "F1, plain", ".2f"),
        ],
        notes=NOTES,
        packages=("numpy",),
    )
    table.rows.append({"detector": "cogml, as answered", **row(corpus, scores, 1.0)})
    table.rows.append({"detector": "cogml, best threshold", **row(corpus, scores, None)})
    table.rows.append({"detector": "its engine, series whole", **row(corpus, whole(corpus), 1.0)})
    published = json.loads(PUBLISHED.read_text("utf-8"))
    names = {one.name for one in corpus}
    kind = None
    if len(names) == published["series in the corpus"]:
        kind = "corpus"
        for detector, found in published["corpus"].items():
            table.rows.append({"detector": f"{detector}, published", **_told(found)})
    elif all(names == one["detections"].keys() for one in published["series"].values()):
        kind = "eight"
        for detector, found in published["series"].items():
            recorded = nab_results.recorded(corpus, found)
            table.rows.append({"detector": f"{detector}, published", **row(corpus, recorded, 1.0)})
    for detector, found in published["measured"].get(kind, {}).items():
        table.rows.append({"detector": f"{detector}, measured", **_told(found)})
    return table


def row(
    corpus: Sequence[nab.Series], scores: Mapping[str, nab.Floats], threshold: float | None
) -> dict[str, Any]:
    """The figures of a detector; F1 and windows at the threshold of the standard profile."""
    found = {
        name: nab.score(corpus, scores, profile, threshold)
        for name, profile in nab.PROFILES.items()
    }
    detected = {one.name: scores[one.name] >= found["standard"].threshold for one in corpus}
    counts = (
        point_adjusted.point_adjusted(corpus, detected),
        point_adjusted.point_adjusted(corpus, detected, point_adjusted.DELAY),
        point_adjusted.plain(corpus, detected),
    )
    windows = sum(_found(one, detected[one.name]) for one in corpus)
    return {
        **{name: each.score for name, each in found.items()},
        "windows": f"{windows} of {_all(corpus)}",
        **{name: each.f1 for name, each in zip(F1, counts, strict=True)},
    }


def each_series(name: str, corpus: Sequence[nab.Series], scores: Mapping[str, nab.Floats]) -> Table:
    """A row for each series, as answered, under the standard profile."""
    table = Table(
        name,
        "Anomalies that people labelled, series by series",
        "Windows with a detection, points detected outside of any (after the probation), and the "
        "raw score under the standard profile: at most 1 for each window.",
        [
            Column("series", "series"),
            Column("windows", "windows", "d"),
            Column("found", "found", "d"),
            Column("outside", "points outside", "d"),
            Column("score", "raw score", ".2f"),
        ],
    )
    for one in corpus:
        detected = scores[one.name] >= 1
        outside = (detected & (one.window_of < 0))[one.probation :]
        table.rows.append(
            {
                "series": one.name,
                "windows": len(one.windows),
                "found": _found(one, detected),
                "outside": int(outside.sum()),
                "score": nab.raw_score(one, detected, nab.PROFILES["standard"]),
            }
        )
    return table


def compared(corpus: Sequence[nab.Series], results: pathlib.Path) -> Table:
    """The scores that the benchmark publishes beside those found of the same detections."""
    table = Table(
        "nab_published",
        "The scores that are published, and those found here of the same detections",
        "Each detector at the threshold that was published for the profile; the last column is the "
        "largest difference of a raw score of a series.",
        [
            Column("detector", "detector"),
            Column("profile", "profile"),
            Column("published", "published", ".4f"),
            Column("found", "found here", ".4f"),
            Column("apart", "apart", ".1e"),
        ],
    )
    windows = _all(corpus)
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        if not nab_results.is_whole(folder, corpus):
            table.notes.append(f"{folder.name} is left out: it has no score for some series.")
            continue
        scores = nab_results.scores(folder, corpus)
        for name, profile in nab.PROFILES.items():
            threshold, published = nab_results.published(folder, name)
            found = nab.score(corpus, scores, profile, threshold)
            told = sum(published[one.name] for one in corpus)
            table.rows.append(
                {
                    "detector": folder.name,
                    "profile": name,
                    "published": nab.normalised(told, windows, profile),
                    "found": found.score,
                    "apart": max(abs(found.raw[one.name] - published[one.name]) for one in corpus),
                }
            )
    return table


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    """A row of figures that were recorded."""
    scores = {name: found[name] for name in nab.PROFILES}
    return {**scores, "windows": str(found["windows"]), **dict(zip(F1, found["f1"], strict=True))}


def _score(values: nab.Floats, found: Mapping[str, list[float]]) -> nab.Floats:
    deviation = values - np.array(found["expectedValues"])
    margins = np.where(deviation > 0, found["upperMargins"], found["lowerMargins"])
    ratio = np.abs(deviation) / np.maximum(margins, np.finfo(float).tiny)
    # The answer says on which side of 1 it is; a rounding may not.
    is_anomaly = np.array(found["isAnomaly"])
    return np.where(is_anomaly, np.maximum(ratio, 1), np.minimum(ratio, np.nextafter(1, 0)))


def _found(one: nab.Series, detected: nab.Flags) -> int:
    """How many windows have a detection after the probation."""
    counted = detected & (np.arange(len(detected)) >= one.probation)
    return sum(bool(counted[first : last + 1].any()) for first, last in one.windows)


def _all(corpus: Sequence[nab.Series]) -> int:
    return sum(len(one.windows) for one in corpus)


def _test_data() -> pathlib.Path:
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        raise SystemExit("there are no series: give a folder, or set COGML_TEST_DATA")
    return pathlib.Path(data) / "timeseries"


if __name__ == "__main__":
    main()

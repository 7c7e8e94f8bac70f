"""What the Numenta Anomaly Benchmark publishes of its detectors, in its folder of results.

`DETECTOR/CATEGORY/DETECTOR_FILE.csv` holds the score of every point, `DETECTOR/
DETECTOR_PROFILE_scores.csv` the threshold and the raw score of every series.
"""

from __future__ import annotations

import csv
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import nab
import numpy as np


def is_whole(folder: pathlib.Path, corpus: Sequence[nab.Series]) -> bool:
    """Whether a detector's scores of each series are there for each profile."""
    names = {one.name for one in corpus}
    return all(
        _scores_file(folder, profile).exists() and names <= published(folder, profile)[1].keys()
        for profile in nab.PROFILES
    )


def scores(folder: pathlib.Path, corpus: Sequence[nab.Series]) -> dict[str, nab.Floats]:
    """What a detector said of each point of each series."""
    found = {}
    for one in corpus:
        category, file = one.name.split("/")
        rows = _rows(folder / category / f"{folder.name}_{file}")
        found[one.name] = np.array([float(row["anomaly_score"]) for row in rows])
    return found


def published(folder: pathlib.Path, profile: str) -> tuple[float, dict[str, float]]:
    """A detector's threshold under a profile, and its raw score of each series."""
    rows = [row for row in _rows(_scores_file(folder, profile)) if row["File"]]
    return float(rows[0]["Threshold"]), {row["File"]: float(row["Score"]) for row in rows}


def recorded(corpus: Sequence[nab.Series], detector: Mapping[str, Any]) -> dict[str, nab.Floats]:
    """Recorded detections as scores: 1 at each, 0 elsewhere."""
    found = {}
    for one in corpus:
        found[one.name] = np.zeros(len(one.values))
        found[one.name][detector["detections"][one.name]] = 1
    return found


def _scores_file(folder: pathlib.Path, profile: str) -> pathlib.Path:
    return folder / f"{folder.name}_{profile}_scores.csv"


def _rows(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))

"""A corpus of the Numenta Anomaly Benchmark, and the score that its published rules give.

Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly
Benchmark", ICMLA 2015. A detector gives each point a score; what reaches the threshold is a
detection. The first one in a labelled window earns up to 1, more the earlier it comes; each one
outside costs up to 1, less just behind a window; a window without any costs 1; the first part of
a series, in which detectors may learn, does not count. A profile weighs these. The threshold is
one for all series, the best there is for the profile. 0 is what a detector that finds nothing
gets, 100 what one gets that finds every window at its first point and nothing else.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PROBATION = 0.15  # of the series, and of no more than
_PROBATION_OF = 5_000  # points
_FAR = 3.0  # window widths behind a window a detection has nothing to do with it


@dataclasses.dataclass(frozen=True)
class Profile:
    """What a false detection and a missed window cost; a window found in time earns 1."""

    false: float
    missed: float


PROFILES = {
    "standard": Profile(false=0.11, missed=1),
    "reward_low_FP_rate": Profile(false=0.22, missed=1),
    "reward_low_FN_rate": Profile(false=0.11, missed=2),
}


@dataclasses.dataclass(frozen=True)
class Series:
    """One labelled series; a window is its first and its last point, both included."""

    name: str
    times: NDArray[np.datetime64]
    values: Floats
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        """How many points at the beginning do not count."""
        return int(PROBATION * min(len(self.values), _PROBATION_OF))

    @functools.cached_property
    def window_of(self) -> NDArray[np.int64]:
        """The window that each point is in; -1 outside."""
        found = np.full(len(self.values), -1)
        for at, (first, last) in enumerate(self.windows):
            found[first : last + 1] = at
        return found

    @functools.cached_property
    def worth(self) -> Floats:
        """What a detection is worth at each point, 1 to -1, before weights."""
        worth = np.full(len(self.values), -1.0)
        for at, (first, last) in enumerate(self.windows):
            width = last - first + 1
            inside = -np.arange(width, 0, -1) / width
            worth[first : last + 1] = _sigmoid(inside) / _sigmoid(np.array(-1.0))
            end = self.windows[at + 1][0] if at + 1 < len(self.windows) else len(worth)
            behind = np.arange(1, end - last) / max(1, width - 1)
            worth[last + 1 : end] = np.where(behind > _FAR, -1.0, _sigmoid(behind))
        return worth


@dataclasses.dataclass(frozen=True)
class Scored:
    """A detector under a profile: normalised score, the threshold, the raw score of each series."""

    score: float
    threshold: float
    raw: dict[str, float]


def read(folder: pathlib.Path) -> list[Series]:
    """The series below a folder, in the benchmark's own layout or with ``windows.json`` inside."""
    labels, data = folder / "labels" / "combined_windows.json", folder / "data"
    if not labels.exists():
        labels, data = folder / "windows.json", folder
    if not labels.exists():
        raise SystemExit(
            f"{folder} has neither labels/combined_windows.json nor windows.json;"
            " give a folder of the Numenta Anomaly Benchmark, or set COGML_TEST_DATA"
        )
    return [
        _series(data, name, windows) for name, windows in json.loads(labels.read_text()).items()
    ]


def raw_score(series: Series, detected: Flags, profile: Profile) -> float:
    """What the detections in one series are worth under a profile."""
    counted = detected & (np.arange(len(detected)) >= series.probation)
    false = counted & (series.window_of < 0)
    total = profile.false * float(series.worth[false].sum())
    for first, last in series.windows:
        found = np.flatnonzero(counted[first : last + 1])
        total += float(series.worth[first + found[0]]) if len(found) else -profile.missed
    return total


def normalised(raw: float, windows: int, profile: Profile) -> float:
    """0 for no detection at all, 100 for a perfect detector; nan where there is no window."""
    nothing = -profile.missed * windows
    return 100 * (raw - nothing) / (windows - nothing) if windows else float("nan")


def score(
    corpus: Sequence[Series],
    scores: Mapping[str, Floats],
    profile: Profile,
    threshold: float | None = None,
) -> Scored:
    """Score a detector's output for each series, at a threshold or at the best for them all."""
    if threshold is None:
        threshold = best_threshold(corpus, scores, profile)
    raw = {one.name: raw_score(one, scores[one.name] >= threshold, profile) for one in corpus}
    windows = sum(len(one.windows) for one in corpus)
    return Scored(normalised(sum(raw.values()), windows, profile), threshold, raw)


def best_threshold(
    corpus: Sequence[Series], scores: Mapping[str, Floats], profile: Profile
) -> float:
    """The threshold of the highest raw score; beyond every score where silence is best."""
    heights, gains = [], []
    for one in corpus:
        height, gain = _gains(one, scores[one.name], profile)
        heights.append(height)
        gains.append(gain)
    height, gain = np.concatenate(heights), np.concatenate(gains)
    order = np.argsort(-height, kind="stable")
    height, total = height[order], np.cumsum(gain[order])
    last_of_equals = np.append(height[1:] != height[:-1], True)
    candidates = np.flatnonzero(last_of_equals)
    best = candidates[total[candidates].argmax()]
    return float(height[best]) if total[best] > 0 else float(np.nextafter(height[0], np.inf))


def _gains(series: Series, scores: Floats, profile: Profile) -> tuple[Floats, Floats]:
    """By how much the raw score changes as the threshold sinks past each point's score."""
    counted = np.arange(series.probation, len(scores))
    order = counted[np.argsort(-scores[counted], kind="stable")]
    gain = profile.false * series.worth[order]
    for at in range(len(series.windows)):
        inside = np.flatnonzero(series.window_of[order] == at)
        best = np.maximum.accumulate(series.worth[order[inside]])
        gain[inside] = np.diff(best, prepend=-profile.missed)
    return scores[order], gain


def _sigmoid(position: Floats) -> Floats:
    """The published scaled sigmoid: 1 at the left, 0 at a window's end, -1 far behind it."""
    scaled: Floats = 2 / (1 + np.exp(5 * position)) - 1
    return scaled


def _series(data: pathlib.Path, name: str, windows: list[list[str]]) -> Series:
    with (data / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([row["timestamp"] for row in rows], dtype="datetime64[us]")
    places = []
    for first, last in np.array(windows, dtype="datetime64[us]").reshape(-1, 2):
        inside = np.flatnonzero((times >= first) & (times <= last))
        places.append((int(inside[0]), int(inside[-1])))
    return Series(name, times, np.array([float(row["value"]) for row in rows]), tuple(places))

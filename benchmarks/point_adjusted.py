"""Precision, recall and F1 of detections, adjusted for labels that are stretches of time.

Xu et al., "Unsupervised Anomaly Detection via Variational Auto-Encoder for Seasonal KPIs", WWW
2018, as Ren et al. use it, "Time-Series Anomaly Detection Service at Microsoft", KDD 2019: where
one of the first ``delay`` + 1 points of a labelled stretch is detected, all of its points count as
detected, else none of them. Outside of labels every point counts as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hits import Counts
from nab import Flags, Series

DELAY = 7  # points: what Ren et al. allow for data of every minute


def adjusted(windows: Sequence[tuple[int, int]], detected: Flags, delay: int | None) -> Flags:
    """The detections with each window all or nothing; ``delay`` None allows the whole window."""
    found = detected.copy()
    for first, last in windows:
        latest = last if delay is None else min(last, first + delay)
        found[first : last + 1] = detected[first : latest + 1].any()
    return found


def plain(corpus: Sequence[Series], detected: Mapping[str, Flags]) -> Counts:
    """Every point by itself."""
    hit = false = missed = 0
    for one in corpus:
        found = detected[one.name][one.probation :]
        meant = one.window_of[one.probation :] >= 0
        hit += int((found & meant).sum())
        false += int((found & ~meant).sum())
        missed += int((meant & ~found).sum())
    return Counts(hit, false, missed)


def point_adjusted(
    corpus: Sequence[Series], detected: Mapping[str, Flags], delay: int | None = None
) -> Counts:
    """Every window all or nothing, by what was detected after the probation."""
    found = {}
    for one in corpus:
        counted = detected[one.name] & (np.arange(len(one.values)) >= one.probation)
        found[one.name] = adjusted(one.windows, counted, delay)
    return plain(corpus, found)

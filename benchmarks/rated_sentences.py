"""Sentences that people rated, and how far labels agree with them.

A file is tab-separated: an id, the mean of twenty people's ratings from -4 to 4, a sentence. What
is rated beyond half a point is negative or positive, the rest neutral.
"""

from __future__ import annotations

import pathlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LABELS = ("negative", "neutral", "positive")
BEYOND = 0.5


class Rated(NamedTuple):
    """A sentence with its mean rating."""

    rating: float
    text: str

    @property
    def label(self) -> str:
        return LABELS[1 + (self.rating > BEYOND) - (self.rating < -BEYOND)]


def read(path: pathlib.Path) -> list[Rated]:
    rows = [line.split("\t", 2) for line in path.read_text("utf-8").splitlines()]
    return [Rated(float(rating), text) for _, rating, text in rows]


class Agreement:
    """Labels that were given to rated sentences, with a score that is higher for better ones."""

    def __init__(
        self, rated: Sequence[Rated], given: Sequence[str], scores: Sequence[float]
    ) -> None:
        self._of = Counter(zip((one.label for one in rated), given, strict=True))
        self._ratings, self._scores = [one.rating for one in rated], scores

    def count(self, label: str, given: str) -> int:
        return self._of[label, given]

    @property
    def accuracy(self) -> float:
        return sum(self._of[label, label] for label in LABELS) / self._of.total()

    @property
    def macro_f1(self) -> float:
        """The mean of the three labels' F1."""
        return sum(map(self._f1, LABELS)) / len(LABELS)

    @property
    def correlation(self) -> float:
        """Pearson's, of the scores with the ratings."""
        return float(np.corrcoef(self._ratings, self._scores)[0, 1])

    def _f1(self, label: str) -> float:
        rated = sum(count for (of, _), count in self._of.items() if of == label)
        given = sum(count for (_, said), count in self._of.items() if said == label)
        return 2 * self._of[label, label] / (rated + given) if rated + given else 0.0

"""What was found beside what there was to find: precision, recall and F1."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable


@dataclasses.dataclass(frozen=True)
class Counts:
    """Things by what they are and what they were taken for, of all that was looked at together."""

    hit: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hit / (self.hit + self.false) if self.hit else 0.0

    @property
    def recall(self) -> float:
        return self.hit / (self.hit + self.missed) if self.hit else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.hit / (2 * self.hit + self.false + self.missed) if self.hit else 0.0


def of_sets(pairs: Iterable[tuple[Iterable[Hashable], Iterable[Hashable]]]) -> Counts:
    """What there was, and what was found, of each text."""
    hit = false = missed = 0
    for meant, found in ((set(meant), set(found)) for meant, found in pairs):
        hit += len(meant & found)
        false += len(found - meant)
        missed += len(meant - found)
    return Counts(hit, false, missed)

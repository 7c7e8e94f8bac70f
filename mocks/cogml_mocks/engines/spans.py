"""Recognisers propose spans; of two that overlap the earlier proposal stays."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """One recognised entity, in code points."""

    start: int
    end: int
    category: str
    subcategory: str | None
    score: float


def settle(proposals: Iterable[Span]) -> list[Span]:
    """Keep proposals that overlap none before them; return them in the order of the text."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in proposals:
        covered = range(span.start, span.end)
        if taken.isdisjoint(covered):
            taken.update(covered)
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)

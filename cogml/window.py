"""How many requests are under way at once follows what the service makes of them.

The window opens as TCP's does: doubled a round (slow start, RFC 5681) while answers come as fast as
before, which is to say within half as much again as in the best round (the idea of TCP Vegas,
Brakmo and Peterson 1995; the tolerance of Gradient2 in github.com/Netflix/concurrency-limits).
Where the service says that it is too much (429, 503, no answer in time) the window is halved, once
for all that was under way then, and from there on opens by one a round (additive increase,
multiplicative decrease: Chiu and Jain 1989, the pair that is both stable and fair). A round is as
many answers as the window is wide; one in which the window was not full says nothing about more.
"""

from __future__ import annotations

TOLERANCE = 1.5
FORGETTING = 1.01  # the best round counts for less with each one: the way to a service changes


class Window:
    """`limit` of at most `most` may be under way; `busy` are, as its user keeps account."""

    def __init__(self, most: int, first: int | None = None) -> None:
        self.most = most
        self.limit = min(most, first or most)
        self.busy = 0
        self._opening = True
        self._best: float | None = None
        self._narrowed = float("-inf")
        self._begin()

    def _begin(self) -> None:
        self._answers = 0
        self._seconds = 0.0
        self._full = False

    def answered(self, begun: float, now: float) -> None:
        """A request that was begun then has been answered now; times in seconds of one clock."""
        self._answers += 1
        self._seconds += now - begun
        self._full = self._full or self.busy >= self.limit
        if self._answers < self.limit:
            return
        mean = self._seconds / self._answers
        best = mean if self._best is None else min(mean, self._best * FORGETTING)
        self._best = best
        if mean > best * TOLERANCE:
            self._opening = False
        elif self._full:
            self.limit = min(self.most, self.limit * 2 if self._opening else self.limit + 1)
        self._begin()

    def refused(self, begun: float, now: float) -> None:
        """A request that was begun then was too much for the service."""
        if begun < self._narrowed:
            return  # it was under way when the window was made narrower
        self.limit = max(1, self.limit // 2)
        self._narrowed = now
        self._opening = False
        self._begin()

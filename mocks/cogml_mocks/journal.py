"""What happened under one base path: a bounded log of requests and exact in-flight statistics.

The log keeps the last `LOG_LIMIT` requests of a base path and counts all of them; it holds no
bodies, no headers, and no value of a query parameter that can carry a credential.
"""

import time
from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cogml_mocks.ledger import How, Ledger
from cogml_mocks.secret_names import masked_query

LOG_LIMIT = 10_000
MOST_DISTINCT = 1_000_000  # requests that are told from each other


@dataclass(slots=True)
class Entry:
    """One request; ``status`` is ``None`` until answered, and for good when it never was.

    Requests of equal method, path, query and body share a number, `alike`.
    """

    method: str
    path: str
    query: str
    request_bytes: int
    started_ms: float
    documents: int | None = None
    fault: str | None = None
    alike: int | None = None
    recorded: bool | None = None  # None where nothing could be
    status: int | None = None
    response_bytes: int = 0
    finished_ms: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the control plane shows it."""
        return {
            "method": self.method,
            "path": self.path,
            "query": masked_query(self.query),
            "status": self.status,
            "request_bytes": self.request_bytes,
            "response_bytes": self.response_bytes,
            "documents": self.documents,
            "fault": self.fault,
            "alike": self.alike,
            "recorded": self.recorded,
            "started_ms": round(self.started_ms, 3),
            "finished_ms": None if self.finished_ms is None else round(self.finished_ms, 3),
        }


class Journal:
    """Log and counters of one base path; times are monotonic milliseconds."""

    def __init__(self, has_ledger: bool = False, has_log: bool = True) -> None:
        self._has_ledger = has_ledger
        self._has_log = has_log
        self.reset()

    def reset(self) -> None:
        """Forget everything; requests in flight end in the journal they started in."""
        self.ledger = Ledger() if self._has_ledger else None
        self.entries: deque[Entry] = deque(maxlen=LOG_LIMIT if self._has_log else 0)
        self.total = 0
        self.documents = 0
        self._levels = Levels()
        self._alike: dict[bytes, int] = {}

    def begin(self, method: str, path: str, query: str, body: bytes) -> "Open":
        """Note a request that has arrived in full."""
        now = time.monotonic() * 1000
        entry = Entry(method, path, query, len(body), now)
        if self._has_log and len(self._alike) < MOST_DISTINCT:
            digest = blake2b(f"{method} {path}?{query}\n".encode(), digest_size=16)
            digest.update(body)
            entry.alike = self._alike.setdefault(digest.digest(), len(self._alike))
        self.entries.append(entry)
        self.total += 1
        self._levels.step(1, now)
        return Open(self, entry, self._levels, self.ledger)

    @property
    def in_flight(self) -> int:
        """Requests that have arrived and are not answered."""
        return self._levels.now

    def requests(self) -> dict[str, Any]:
        """Return the log, oldest first, and how many requests it has let go."""
        kept = [entry.to_json() for entry in self.entries]
        return {"requests": kept, "total": self.total, "forgotten": self.total - len(kept)}

    def stats(self) -> dict[str, Any]:
        """Return counters and the time-weighted distribution of requests in flight."""
        return {"requests": self.total, "documents": self.documents} | self._levels.to_json()


@dataclass(slots=True)
class Open:
    """A request in flight."""

    journal: Journal
    entry: Entry
    levels: "Levels"
    ledger: Ledger | None

    def finish(self, status: int | None, response_bytes: int) -> None:
        """Note how the request ended."""
        now = time.monotonic() * 1000
        self.entry.status = status
        self.entry.response_bytes = response_bytes
        self.entry.finished_ms = now
        self.levels.step(-1, now)
        if self.levels is self.journal._levels and self.entry.documents:
            self.journal.documents += self.entry.documents

    def bill(self, body: bytes) -> None:
        """Note, after `finish`, that the request was answered; reading is free."""
        entry = self.entry
        if self.ledger is None or entry.method == "GET":
            return
        how: How = "whole" if entry.fault in (None, "slow_body") else "spoilt"
        if entry.status is None:
            how = "unsent"
        self.ledger.note(entry.method, entry.path, entry.query, body, how)


class Levels:
    """Time spent at each number of requests in flight, from first arrival to last answer."""

    def __init__(self) -> None:
        self.now = 0
        self._highest = 0
        self._spent: dict[int, float] = {}
        self._idle = 0.0
        self._since: float | None = None

    def step(self, change: int, at: float) -> None:
        """Account for the time since the last change, then change the level."""
        if self._since is not None:
            elapsed = at - self._since
            if self.now == 0:
                self._idle += elapsed
            else:
                # Idle time counts only once something follows it.
                self._spent[0] = self._spent.get(0, 0.0) + self._idle
                self._idle = 0.0
                self._spent[self.now] = self._spent.get(self.now, 0.0) + elapsed
        self._since = at
        self.now += change
        self._highest = max(self._highest, self.now)

    def to_json(self) -> dict[str, Any]:
        """Return level, peak, mean, percentiles and the share of time at or above each level."""
        spent = dict(self._spent)
        if self.now and self._since is not None:
            running = time.monotonic() * 1000 - self._since
            spent[self.now] = spent.get(self.now, 0.0) + running
        window = sum(spent.values())
        mean = sum(level * ms for level, ms in spent.items()) / window if window else 0.0
        return {
            "in_flight": self.now,
            "max_in_flight": self._highest,
            "mean_in_flight": round(mean, 3),
            "window_ms": round(window, 3),
            "percentiles": {f"p{p}": _percentile(spent, window, p) for p in (5, 25, 50, 75, 95)},
            "at_least": _at_least(spent, window, self._highest),
        }


def _percentile(spent: dict[int, float], window: float, percent: int) -> int:
    reached = 0.0
    for level in sorted(spent):
        reached += spent[level]
        if reached >= window * percent / 100:
            return level
    return 0


def _at_least(spent: dict[int, float], window: float, highest: int) -> dict[str, float]:
    shares = {}
    above = 0.0
    for level in range(highest, 0, -1):
        above += spent.get(level, 0.0)
        shares[str(level)] = round(above / window, 4) if window else 0.0
    return dict(reversed(shares.items()))

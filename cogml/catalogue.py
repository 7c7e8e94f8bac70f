"""A catalogue tells which segment an answer lies in, and the answer itself once it has been read.

It is of one process: a file that SQLite makes in the folder for temporary ones, that nobody else
can open, and that is gone with the process. So it may be larger than memory.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence

_AT_ONCE = 500  # keys in one question


class Catalogue:
    """Keys and values of the segments that it was told of; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.executescript(
            """
            PRAGMA journal_mode = MEMORY;
            PRAGMA cache_size = -16000;
            CREATE TABLE answers (key BLOB PRIMARY KEY, segment INTEGER, value BLOB) WITHOUT ROWID;
            """
        )
        self._next = itertools.count()
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def __contains__(self, segment: str) -> bool:
        return segment in self._numbers

    def look_up(self, keys: Sequence[bytes]) -> tuple[dict[bytes, bytes], list[str]]:
        """The values that are here, and the segments of those that are not."""
        found: dict[bytes, bytes] = {}
        far: dict[str, None] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            asked = f"SELECT key, segment, value FROM answers WHERE key IN ({marks})"
            with self._lock:
                for key, number, value in self._file.execute(asked, some):
                    segment = self._names.get(number)
                    if segment is None:
                        continue
                    if value is None:
                        far[segment] = None
                    else:
                        found[key] = value
        return found, list(far)

    def add(self, segment: str, answers: Mapping[bytes, bytes | None]) -> None:
        """A segment holds these keys; None for a value that has not been read."""
        with self._lock:
            if segment not in self._numbers:
                self._numbers[segment] = number = next(self._next)
                self._names[number] = segment
            number = self._numbers[segment]
            with self._file:
                self._file.execute("BEGIN")
                self._file.executemany(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                    ((key, number, value) for key, value in answers.items()),
                )

    def keep_only(self, segments: Iterable[str]) -> None:
        """There are no others: what lies in them is not found any more."""
        with self._lock:
            gone = self._numbers.keys() - segments
            self._remove(gone)

    def remove(self, segment: str) -> None:
        """There is no such segment, or it is broken."""
        with self._lock:
            self._remove({segment} & self._numbers.keys())

    def _remove(self, segments: Iterable[str]) -> None:
        for segment in segments:
            del self._names[self._numbers.pop(segment)]

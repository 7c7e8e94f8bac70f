"""A catalogue tells which segment an answer lies in, and the answer itself once it has been read.

It is of one process: a file that SQLite makes in the folder for temporary ones, that nobody else
can open, and that is gone with the process. So it may be larger than memory. Answers have places in
it, those of a segment one after another: what is read later is written behind what is there.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_AT_ONCE = 500  # keys in one question


def at_once(keys: Sequence[bytes]) -> Iterator[tuple[Sequence[bytes], str]]:
    """The keys, as many together as one question takes, with SQL's marks for them."""
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        yield some, ",".join("?" * len(some))


class Catalogue:
    """Keys and values of the segments that it was told of; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.executescript(
            """
            PRAGMA journal_mode = MEMORY;
            PRAGMA cache_size = -16000;
            CREATE TABLE places
                (key BLOB PRIMARY KEY, segment INTEGER, place INTEGER, time REAL) WITHOUT ROWID;
            CREATE TABLE answers (place INTEGER PRIMARY KEY, key BLOB, value BLOB);
            """
        )
        self._end = 0
        self._places: dict[str, range] = {}  # of each segment's answers
        self._segments: dict[int, str] = {}  # by the first of its places

    def __contains__(self, segment: str) -> bool:
        return segment in self._places

    def look_up(self, keys: Sequence[bytes]) -> tuple[dict[bytes, bytes], list[str]]:
        """The answers that are here, and the segments of those that are not."""
        found: dict[bytes, bytes] = {}
        far: dict[str, None] = {}
        for some, marks in at_once(keys):
            asked = f"""
                SELECT key, segment, value FROM places LEFT JOIN answers USING (place, key)
                WHERE key IN ({marks})
            """
            with self._lock:
                for key, number, value in self._file.execute(asked, some):
                    segment = self._segments.get(number)
                    if segment is not None and value is not None:
                        found[key] = value
                    elif segment is not None:
                        far[segment] = None
        return found, list(far)

    def add(self, segment: str, keys: Collection[bytes], time: float) -> None:
        """There is a segment of these answers, of this time: of two under one key the later one
        counts, whichever is added first."""
        with self._lock:
            start = self._end
            self._end += max(1, len(keys))
            self._places[segment] = range(start, self._end)
            self._segments[start] = segment
            self._write(
                """
                INSERT INTO places VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
                SET segment = excluded.segment, place = excluded.place, time = excluded.time
                WHERE excluded.time >= time
                """,
                sorted((key, start, place, time) for place, key in enumerate(keys, start)),
            )

    def fill(self, segment: str, answers: Mapping[bytes, bytes]) -> None:
        """These are the answers of a segment, in the order of the keys that were added."""
        with self._lock:
            if segment in self._places:
                placed = zip(self._places[segment], answers.items(), strict=False)
                self._write(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                    ((place, key, value) for place, (key, value) in placed),
                )

    def keep_only(self, segments: Iterable[str]) -> None:
        """There are no others: what lies in them is not found any more."""
        with self._lock:
            self._remove(self._places.keys() - segments)

    def remove(self, segment: str) -> None:
        """There is no such segment, or it is broken."""
        with self._lock:
            self._remove({segment} & self._places.keys())

    def _remove(self, segments: Iterable[str]) -> None:
        for segment in segments:
            places = self._places.pop(segment)
            del self._segments[places.start]
            self._file.execute(
                "DELETE FROM answers WHERE place >= ? AND place < ?", (places.start, places.stop)
            )

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        with self._file:
            self._file.execute("BEGIN")
            self._file.executemany(statement, rows)

"""Answers are kept in a folder, each under a fingerprint of what was asked, and asked for once.

The folder holds one SQLite file in write-ahead mode: many processes of one machine may read and
write it at the same time, and whatever ends one of them, what it had committed is there. When it
outgrows its limit the oldest answers go. A folder that cannot be used is an error before anything
is sent; one that fails later costs no row, and little time: it keeps nothing for a minute then, and
says so in the log the first time. Only who runs the process may read what it makes.

Where the place is a URL, many machines share it, and `shared` says how: a database does not work
on a network's folder or on an object store.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import pathlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from cogml.catalogue import at_once
from cogml.errors import ParamError
from cogml.places import is_url
from cogml.shared import SharedAnswers

FILE = "answers.sqlite"
_FORMAT = 1
_PATIENCE = 1.0  # seconds to wait for another process's commit
_REST = 60.0  # seconds in which a folder that failed is left alone
_LOG = logging.getLogger("cogml")
_SCHEMA = f"""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 10000;
    PRAGMA user_version = {_FORMAT};
    CREATE TABLE IF NOT EXISTS answers
        (age INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL);
"""


def fingerprint(*asked: Any) -> bytes:
    """16 bytes that stand for these values: texts, numbers, bytes, times (as their text), lists and
    dicts of them; what else there may be counts as what its repr says."""
    try:
        written = msgspec.msgpack.encode(asked, enc_hook=repr, order="deterministic")
    except (TypeError, ValueError, OverflowError):
        # Such as a number of over 64 bits.
        written = repr(asked).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(written, digest_size=16).digest()


class Answers:
    """The answers of one folder, for one process; raises ParamError when it cannot be used.

    Any thread may read and write: readers wait for readers, and writers for writers.
    """

    def __init__(self, folder: str, limit: int) -> None:
        self._file = pathlib.Path(folder) / FILE
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._rests_until = 0.0
        self._said = False
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.touch(mode=0o600)
            self._store = self._connection()
            (found,) = self._store.execute("PRAGMA user_version").fetchone()
            if found not in (0, _FORMAT):
                raise ParamError(
                    f"cacheDir: {str(self._file)!r} is of format {found}, written by another "
                    f"version of cogml; this one reads format {_FORMAT}: name another folder"
                )
            self._store.executescript(_SCHEMA)
            self._reader = self._connection()
            self._identity = self._found()
        except (OSError, sqlite3.Error) as error:
            raise ParamError(
                f"cacheDir: {str(self._file)!r} cannot be used: {error}; name a folder that can be "
                f"written, or remove what lies there"
            ) from None
        (page,) = self._store.execute("PRAGMA page_size").fetchone()
        self._most_pages = max(1, limit // page)

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )

    def _found(self) -> tuple[int, int]:
        found = self._file.stat()
        return found.st_dev, found.st_ino

    def is_there(self) -> bool:
        """Whether the file is still the one that was opened: somebody may have removed it."""
        try:
            return self._found() == self._identity
        except OSError:
            return False

    def refresh(self) -> None:
        """Nothing: what others have committed is found."""

    def flush(self) -> None:
        """Nothing: what is put is committed."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The answers that are kept under these keys."""
        found: dict[bytes, bytes] = {}
        if self._rests():
            return found
        with self._reading, self._forgiving():
            for some, marks in at_once(keys):
                asked = f"SELECT key, value FROM answers WHERE key IN ({marks})"
                found.update(self._reader.execute(asked, some))
        return found

    def put(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep these answers: all of them, or, where that fails, none."""
        with self._lock, self._forgiving():
            if self._rests():
                return
            self._store.execute("BEGIN IMMEDIATE")
            try:
                self._store.executemany(
                    "INSERT OR REPLACE INTO answers (key, value) VALUES (?, ?)", answers
                )
                self._make_room()
                self._store.execute("COMMIT")
            finally:
                if self._store.in_transaction:
                    self._store.execute("ROLLBACK")

    def _make_room(self) -> None:
        (pages,) = self._store.execute("PRAGMA page_count").fetchone()
        if pages <= self._most_pages:
            return
        (free,) = self._store.execute("PRAGMA freelist_count").fetchone()
        if pages - free > self._most_pages:
            # A hundredth at once, so that not every answer has to; freed pages are used again.
            self._store.execute(
                "DELETE FROM answers WHERE age <= "
                "(SELECT min(age) + (max(age) - min(age)) / 100 FROM answers)"
            )

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._rests_until = time.monotonic() + _REST
            if not self._said:
                self._said = True
                _LOG.warning("answers are not kept in %s: %s", self._file, error)

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until


Kept = Answers | SharedAnswers
"""The answers of a place, for one process."""


@functools.lru_cache(maxsize=16)
def _opened(place: str, limit: int, process: int) -> Kept:
    return SharedAnswers(place, limit) if is_url(place) else Answers(place, limit)


def answers(place: str, limit: int) -> Kept:
    """The answers of a folder, or, for a URL, of a store that many machines share; opened once a
    process, and anew where the folder has been removed. Raises ParamError, MissingPackage."""
    found = _opened(place, limit, os.getpid())
    if found.is_there():
        return found
    _opened.cache_clear()
    return _opened(place, limit, os.getpid())

"""Answers are kept in a folder, each under a fingerprint of what was asked, and asked for once.

The folder holds one SQLite file in write-ahead mode: many processes of one machine may read and
write it at the same time, and whatever ends one of them, what it had committed is there. When it
outgrows its limit the oldest answers go. A folder that cannot be read or written costs no row: it
keeps nothing then, and says so once in the log.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import pathlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cogml.errors import ParamError

FILE = "answers.sqlite"
_FORMAT = 1
_PATIENCE = 30.0  # seconds to wait for another process's commit
_AT_ONCE = 500  # keys in one question
_LOG = logging.getLogger("cogml")
_SCHEMA = f"""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA user_version = {_FORMAT};
    CREATE TABLE IF NOT EXISTS answers
        (age INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL);
"""


def fingerprint(*asked: Any) -> bytes:
    """16 bytes that stand for these values: texts, numbers, bytes, times, lists and dicts of them.

    What else there may be counts as what its repr says.
    """
    try:
        written = msgspec.msgpack.encode(asked, enc_hook=repr, order="deterministic")
    except (
        TypeError,
        ValueError,
        OverflowError,
    ):
        written = repr(asked).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(written, digest_size=16).digest()


class Answers:
    """The answers of one folder, for one process; raises ParamError when it cannot be used."""

    def __init__(self, folder: str, limit: int) -> None:
        self._file = pathlib.Path(folder) / FILE
        self._limit = limit
        self._broken = False
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._store = sqlite3.connect(
                self._file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            (found,) = self._store.execute("PRAGMA user_version").fetchone()
            if found not in (0, _FORMAT):
                raise ParamError(
                    f"cacheDir: {str(self._file)!r} is of format {found}, written by another "
                    f"version of cogml; this one reads format {_FORMAT}: name another folder"
                )
            self._store.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ParamError(
                f"cacheDir: {str(self._file)!r} cannot be used: {error}; name a folder that can be "
                f"written, or remove what lies there"
            ) from None
        (page,) = self._store.execute("PRAGMA page_size").fetchone()
        self._most_pages = max(1, limit // page)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The answers that are kept under these keys."""
        found: dict[bytes, bytes] = {}
        with self._forgiving():
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                asked = f"SELECT key, value FROM answers WHERE key IN ({marks})"
                found.update(self._store.execute(asked, some))
        return found

    def put(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep these answers: all of them, or, where that fails, none."""
        with self._forgiving():
            self._store.execute("BEGIN IMMEDIATE")
            try:
                self._store.executemany(
                    "INSERT OR REPLACE INTO answers (key, value) VALUES (?, ?)", answers
                )
                self._make_room()
            except BaseException:
                self._store.execute("ROLLBACK")
                raise
            self._store.execute("COMMIT")

    def _make_room(self) -> None:
        (pages,) = self._store.execute("PRAGMA page_count").fetchone()
        if pages <= self._most_pages:
            return
        (free,) = self._store.execute("PRAGMA freelist_count").fetchone()
        if pages - free > self._most_pages:
            # A tenth at once, so that not every answer has to make room; pages are used again.
            self._store.execute(
                "DELETE FROM answers WHERE age <= "
                "(SELECT min(age) + (max(age) - min(age)) / 10 FROM answers)"
            )

    @contextlib.contextmanager
    def _forgiving(self) -> Any:
        try:
            yield
        except sqlite3.Error as error:
            if not self._broken:
                self._broken = True
                _LOG.warning("answers are not kept in %s: %s", self._file, error)


@functools.lru_cache(maxsize=16)
def _opened(folder: str, limit: int, process: int) -> Answers:
    return Answers(folder, limit)


def answers(folder: str, limit: int) -> Answers:
    """The answers of a folder; opened once a process."""
    return _opened(folder, limit, os.getpid())

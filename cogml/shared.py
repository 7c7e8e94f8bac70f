"""Answers are shared by machines through a store that can do no more than hold objects.

Each process writes what it was answered as segments of its own, a few seconds' worth in one, and
reads which answers the segments of all processes hold; the values in a segment it reads once one of
them is wanted. So nobody waits for anybody, and who is killed loses the last few seconds. Many
small segments are merged by whoever finds them: the merged one is written first, then they are
removed, and who still looks for them looks again. Beyond the limit the oldest segments go. What is
no whole segment counts as nothing; otherwise who may write there is believed. A store that fails
costs no row: it is left alone for a minute, said once in the log, and what could not be written is
written later. Of two answers under one key the later counts, by the clocks of those who wrote them.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from cogml.catalogue import Catalogue
from cogml.segments import Broken, begun, index_size, name_of, packed, read_index, unpacked
from cogml.store import PATIENCE, Store, StoreError

WITHIN = 5.0  # seconds in which an answer is written; this much a killed process loses
_FULL = 8_000_000  # bytes of answers that are written at once
_UNWRITTEN = 64_000_000  # bytes of answers that wait for a store that fails: the first go
_AGAIN = 300.0  # seconds after which a run looks again for what others have written
_REST = 60.0  # seconds in which a store that failed is left alone
_GLANCE = 64_000  # bytes up to which a segment is read whole, keys and values
_TOGETHER = 64_000_000  # bytes that are read in one go
_SMALL = 4_000_000  # bytes under which a segment is small
_MANY = 64  # small segments that are left as they are
_MERGED = 32_000_000  # bytes of small segments that become one
_UNPACKED = 256_000_000  # bytes of answers that become one segment
_CHANCE = 0.125  # that one who finds too many merges them: others find them too
_LOG = logging.getLogger("cogml")
_T = TypeVar("_T")


class _Unwritten:
    """Answers that will be a segment; `tried` is set once somebody has tried to write it."""

    def __init__(self) -> None:
        self.answers: dict[bytes, bytes] = {}
        self.size = 0
        self.tried = threading.Event()

    def add(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        for key, value in answers:
            self.size += len(value) - len(self.answers.pop(key, b""))
            self.answers[key] = value
        while self.size > _UNWRITTEN:
            self.size -= len(self.answers.pop(next(iter(self.answers))))

    def go_before(self, older: _Unwritten) -> None:
        """Add what could not be written."""
        newer, self.answers, self.size = self.answers, {}, 0
        self.add(itertools.chain(older.answers.items(), newer.items()))


class SharedAnswers:
    """The answers of one store, for one process; raises ParamError, MissingPackage.

    Any thread may read and write; who reads may wait for the store, who writes does not.
    """

    def __init__(
        self,
        url: str,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._url = url
        self._limit = limit
        self._clock = clock
        self._chance = chance
        self._store = Store(url)
        self._catalogue = Catalogue()
        self._sizes: dict[str, int] = {}  # of the segments, when they were last looked for
        self._broken: dict[str, int] = {}
        self._looking = threading.Lock()
        self._lock = threading.Lock()  # of what follows; never held while the store is asked
        self._unwritten = _Unwritten()
        self._in_hand = _Unwritten()
        self._writer: threading.Thread | None = None
        self._at_once = threading.Event()
        self._look_at = self._rests_until = clock()
        self._said: set[str] = set()

    def is_there(self) -> bool:
        """Always: what has been removed is noticed when it is looked for."""
        return True

    # Reading

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The answers that are kept under these keys, as far as the store can be reached."""
        if self._clock() >= self._look_at:
            self.refresh()
        with self._lock:  # before the catalogue: what is written goes from here to there
            held = self._in_hand.answers | self._unwritten.answers
        own = {key: held[key] for key in keys if key in held}
        found: dict[bytes, bytes] = {}
        with self._forgiving():
            found, far = self._catalogue.look_up(keys)
            if far and not self._rests():
                if not self._fetch(far):  # gone since, as when they were merged
                    self._look()
                    self._fetch(self._catalogue.look_up(keys)[1])
                found, _ = self._catalogue.look_up(keys)
        return found | own

    def refresh(self) -> None:
        """Look for what others have written, and what is gone."""
        with self._forgiving():
            if not self._rests():
                self._look()

    def _look(self) -> None:
        with self._looking:
            sizes = self._sizes = self._store.sizes()
            self._look_at = self._clock() + _AGAIN
            self._catalogue.keep_only(sizes)
            self._broken = {n: s for n, s in self._broken.copy().items() if sizes.get(n) == s}
            new = [
                name
                for name in sorted(sizes)
                if name not in self._catalogue and name not in self._broken
            ]
            ends = {n: None if sizes[n] <= _GLANCE else index_size(n) for n in new}
            for names in _together(new, {n: ends[n] or sizes[n] for n in new}):
                read = self._store.read({name: ends[name] for name in names})
                for name, data in read.items():
                    index = self._checked(read_index, name, data)
                    if index is not None:
                        self._catalogue.add(name, index.keys, begun(name))
                        if ends[name] is None:
                            self._fill(name, data)

    def _fetch(self, names: Sequence[str]) -> bool:
        """Read the values of these segments; whether all were there."""
        missed = False
        for some in _together(names, self._sizes):
            read = self._store.read(dict.fromkeys(some))
            for name in some:
                missed |= not self._fill(name, read.get(name))
        return not missed

    def _fill(self, name: str, data: bytes | None) -> bool:
        answers = self._checked(unpacked, name, data)
        if answers is None:
            self._catalogue.remove(name)
            return False
        self._catalogue.fill(name, answers)
        return True

    def _checked(self, read: Callable[[bytes], _T], name: str, data: bytes | None) -> _T | None:
        """What is read of a segment; None for one that is gone or broken."""
        if data is None:
            return None
        try:
            return read(data)
        except Broken as error:
            self._broken[name] = self._sizes.get(name, len(data))
            self._say("broken", f"{name} in {self._url} is left out, as all such will be: {error}")
            return None

    # Writing

    def put(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep these answers: written within seconds (WITHIN), and with the next `flush`."""
        with self._lock:
            self._unwritten.add(answers)
            if self._unwritten.size >= _FULL:
                self._at_once.set()
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(
                    target=self._write_on, name="cogml-keeping", daemon=True
                )
                self._writer.start()

    def flush(self) -> None:
        """Wait until what is kept here is where others see it, or could not be written."""
        with self._lock:
            waiting = [u for u in (self._in_hand, self._unwritten) if u.answers]
            if waiting:
                self._at_once.set()
        for unwritten in waiting:
            unwritten.tried.wait(2 * PATIENCE)

    def _write_on(self) -> None:
        """Write as long as there is something to write."""
        while True:
            self._at_once.wait(WITHIN)
            with self._lock:
                self._at_once.clear()
                if not self._unwritten.answers:
                    self._writer = None
                    return
                taken = self._in_hand = self._unwritten
                self._unwritten = _Unwritten()
            try:
                with self._forgiving():
                    if not self._rests():
                        self._write(taken)
                        self._tidy()
            finally:
                with self._lock:
                    self._in_hand = _Unwritten()
                    self._unwritten.go_before(taken)
                taken.tried.set()

    def _write(self, taken: _Unwritten) -> None:
        name, data = name_of(len(taken.answers), time.time()), packed(taken.answers)
        with self._looking:  # what is written and not yet known would be read, or taken for gone
            self._store.write(name, data)
            self._sizes[name] = len(data)
            self._catalogue.add(name, taken.answers, begun(name))
            self._catalogue.fill(name, taken.answers)
        taken.answers = {}

    # Keeping it small

    def _tidy(self) -> None:
        """Remove the oldest segments, or merge small ones, where there are too many."""
        sizes = dict(sorted(self._sizes.items()))
        total = sum(sizes.values())
        oldest = []
        for name, size in sizes.items():
            if total <= self._limit:
                break
            oldest.append(name)
            total -= size
        small = [n for n, s in sizes.items() if s < _SMALL and n not in self._broken]
        if oldest:
            self._store.remove(oldest)
        elif len(small) > _MANY and self._chance() < _CHANCE:
            self._merge(next(_together(small, sizes, _MERGED)))
        else:
            return
        self._look()

    def _merge(self, names: Sequence[str]) -> None:
        answers: dict[bytes, bytes] = {}
        merged, size = [], 0
        for name, data in self._store.read(dict.fromkeys(names)).items():
            held = self._checked(unpacked, name, data)
            if held is not None and size < _UNPACKED:
                merged.append(name)
                answers |= held
                size += sum(map(len, held.values()))
        if len(merged) < 2:
            return
        name = name_of(len(answers), begun(merged[-1]))
        self._store.write(name, packed(answers))
        if set(merged) <= self._store.sizes().keys():
            self._store.remove(merged)
        else:
            self._store.remove([name])  # somebody else is at it

    # When it fails

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except (StoreError, sqlite3.Error) as error:
            self._rests_until = self._clock() + _REST
            self._say("fails", f"answers are not kept in {self._url} for now: {error}")

    def _rests(self) -> bool:
        return self._clock() < self._rests_until

    def _say(self, kind: str, message: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            _LOG.warning("%s", message)


def _together(
    names: Sequence[str], sizes: Mapping[str, int], most: int = _TOGETHER
) -> Iterator[list[str]]:
    """The names in groups of so many bytes, in order."""
    group: list[str] = []
    size = 0
    for name in names:
        if group and (size + sizes.get(name, _SMALL) > most or len(group) >= 1_000):
            yield group
            group, size = [], 0
        group.append(name)
        size += sizes.get(name, _SMALL)
    if group:
        yield group

"""Turns are given out one after the other, so that requests to a host keep to a rate.

The generic cell rate algorithm (ITU-T I.371, annex A): all that is kept is when the next turn is
free, and each request moves that by what it costs. The turns of a process are a number in memory;
those of a machine are a number in a file, which its processes change one at a time: so workers side
by side (Spark's, or anybody's) keep to one rate together, and none waits for turns that another
does not use. Nothing has to run for it, and a process that is killed leaves nothing locked.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import os
import pathlib
import stat
import struct
import tempfile
from collections.abc import Callable

from filelock import FileLock, Timeout

_LOG = logging.getLogger("cogml")
_FOLDER = "cogml-pace"
_AHEAD = 0.02  # seconds' worth of turns that are taken from the file at once
_TURNS_AHEAD, _SECONDS_AHEAD = 10_000, 600.0  # what promises more is of another time
_NUMBER = struct.Struct("<d")


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """How much may be sent: requests a second, records (documents) a minute; None is no limit.

    Where `parts` sets of processes send for one user (Spark's executors), each has its share, and
    the processes of a set keep to it together.
    """

    requests: float | None = None
    records: float | None = None
    parts: int = 1

    def __bool__(self) -> bool:
        return self.requests is not None or self.records is not None

    def gap(self, records: int) -> float:
        """Seconds between a request with so many records and the next one."""
        gap = 0.0 if self.requests is None else 1 / self.requests
        if self.records is not None:
            gap = max(gap, 60 * records / self.records)
        return gap * self.parts

    @property
    def scope(self) -> str:
        """Which processes of a machine share their turns: all, or those of one parent."""
        return f" {os.getppid()}" if self.parts > 1 else ""


class Turns:
    """The turns of one process; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.free = 0.0

    def take(self, now: float, gap: float) -> float:
        """The time of the next turn, which then lasts for `gap` seconds."""
        turn = max(now, self.free)
        self.free = turn + gap
        return turn


class MachineTurns:
    """The turns that the processes of a machine share, in a file; times are Unix times.

    Turns are taken for a fiftieth of a second together, so that the file costs little at any rate.
    Both methods raise OSError where the file cannot be used.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock", timeout=0)
        self._own = Turns()
        self._until = 0.0

    def take(self, now: float, gap: float) -> float | None:
        """As `Turns.take`; None while another process has the file."""
        if max(now, self._own.free) + gap > self._until:
            block = gap * max(1, int(_AHEAD / gap))
            free = self._moved(now, gap, lambda free: max(free, now) + block)
            if free is None:
                return None
            self._own.free, self._until = free - block, free
        return self._own.take(now, gap)

    def hold(self, until: float, now: float) -> None:
        """Give out no turn before this time, if the file is free at this moment."""
        self._until = 0.0
        self._moved(now, 0.0, lambda free: max(free, until))

    def _moved(self, now: float, gap: float, move: Callable[[float], float]) -> float | None:
        with contextlib.suppress(Timeout), self._lock:
            try:
                (free,) = _NUMBER.unpack(self._path.read_bytes())
            except (FileNotFoundError, struct.error):
                free = now
            if free - now > max(_TURNS_AHEAD * gap, _SECONDS_AHEAD):
                free = now  # the clock was put back since
            moved = move(free)
            self._path.write_bytes(_NUMBER.pack(moved))
            return moved
        return None


def machine_turns(name: str) -> MachineTurns | None:
    """The turns of this name; None, said in the log, where this machine has no place for them.

    The name itself is written nowhere: it may hold a secret.
    """
    digest = hashlib.blake2b(name.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = pathlib.Path(tempfile.gettempdir()) / f"{_FOLDER}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != user:
            raise PermissionError(f"{str(folder)!r} is somebody else's")
    except OSError as error:
        _LOG.warning("each process keeps to the rate by itself: %s", error)
        return None
    return MachineTurns(folder / digest)

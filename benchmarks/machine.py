"""The machine that a benchmark runs on: what it is, which core is whose, what a run took of it."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.metadata
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time

import psutil


def cores() -> list[int]:
    """The cores of this process, where the system tells them apart."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return []


def pin(core: int | None, process: int = 0) -> None:
    """Keep a process (this one), and what it starts from now on, on a core, where possible."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, {core})


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def sides() -> tuple[int | None, int | None]:
    """A core for who asks and one for who answers; none where there are not two."""
    found = cores()
    return (found[0], found[-1]) if len(found) > 1 else (None, None)


def description() -> dict[str, str | int]:
    """Processor, cores, memory, system and Python; no name, and no path, of anything."""
    gigabytes = psutil.virtual_memory().total / 2**30
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count() or 0,
        "memory": f"{gigabytes:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def versions(*packages: str) -> dict[str, str]:
    """The versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def line(*packages: str) -> str:
    """One line of what ran where, for a benchmark that prints as it goes."""
    told = description()
    parts = [f"{name} {version}" for name, version in versions("cogml", *packages).items()]
    parts += [f"Python {told['python']}", str(told["system"]), f"{told['cores']} cores"]
    return ", ".join(parts)


def _processor() -> str:
    if sys.platform == "linux":
        for row in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = row.partition(":")
            if name.strip() == "model name":
                return value.strip()
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def peak_megabytes() -> float:
    """The most memory that this process has had (a high-water mark: it never falls)."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


@dataclasses.dataclass(frozen=True)
class Spent:
    """Seconds on the clock; processor seconds of this process (all its threads), of who answers,
    and of everybody else on the machine."""

    wall: float
    own: float
    server: float
    foreign: float

    @property
    def noise(self) -> float:
        """How many cores everybody else used, on average."""
        return self.foreign / self.wall if self.wall else 0.0


class Meter:
    """What is spent from here on; `server` is the process id of who answers."""

    def __init__(self, server: int | None = None) -> None:
        self._server = None if server is None else psutil.Process(server)
        self._begun = self._now()

    def spent(self) -> Spent:
        wall, own, server, busy = (
            now - then for now, then in zip(self._now(), self._begun, strict=True)
        )
        return Spent(wall, own, server, max(0.0, busy - own - server))

    def _now(self) -> tuple[float, float, float, float]:
        own = resource.getrusage(resource.RUSAGE_SELF)
        served = 0.0 if self._server is None else sum(self._server.cpu_times()[:2])
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # On Linux a guest's time is counted as its host's user time already.
        guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
        busy = sum(times) - idle - guest
        return time.perf_counter(), own.ru_utime + own.ru_stime, served, busy

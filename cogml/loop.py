"""One event loop in one background thread serves a process: every run, every Spark task.

So a blocking call works inside a notebook's running loop, and connections outlive a task.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cogml.carrier import new_carrier
from cogml.policy import Transport
from cogml.transport import Hosts

_THREADS = 32


class Loop:
    """An event loop in a thread, with the carrier whose connections belong to it."""

    def __init__(self) -> None:
        self.loop = _new_event_loop()
        # More than asyncio's own: a file system that hangs must not hold up who reads another.
        self.loop.set_default_executor(ThreadPoolExecutor(_THREADS, "cogml-work"))
        self.carrier: Transport = new_carrier()
        self.hosts: Hosts = {}
        # Transports that users' functions made, by function.
        self.supplied: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self.thread = threading.Thread(target=self.loop.run_forever, name="cogml", daemon=True)
        self.thread.start()


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class _Home:
    """Where the process's loop lives once there is one."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """With no loop yet, and nobody holding the lock."""
        self.lock = threading.Lock()
        self.loop: Loop | None = None


_HOME = _Home()
if hasattr(os, "register_at_fork"):  # threads, and who holds a lock, stay with the parent
    os.register_at_fork(after_in_child=_HOME.begin)


def process_loop() -> Loop:
    """This process's loop, begun at the first call; a fork gets its own."""
    with _HOME.lock:
        _HOME.loop = _HOME.loop or Loop()
        return _HOME.loop


@atexit.register
def _end() -> None:
    """Python takes itself down beneath a thread that is still running, which may abort it."""
    home = _HOME.loop
    if home is not None:
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_rest(), home.loop).result(timeout=1.0)
        home.loop.call_soon_threadsafe(home.loop.stop)
        home.thread.join(timeout=1.0)


async def _rest() -> None:
    under_way = asyncio.all_tasks() - {asyncio.current_task()}
    for task in under_way:
        task.cancel()
    if under_way:
        await asyncio.wait(under_way, timeout=0.5)  # seconds: to let connections go takes turns

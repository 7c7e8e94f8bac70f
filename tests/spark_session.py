"""A Spark session in a process of its own, to be broken: killed, cancelled, searched for secrets.

What runs there is a function of a test module; it is sent by name, and finds the
session by `its()`.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import pathlib
import signal
import sys
from collections.abc import Callable
from typing import Any

import psutil

CONFS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def begin(folder: str, confs: dict[str, str]) -> None:
    """In the new process: send all that it and its children say to a file, and start Spark."""
    written = os.open(pathlib.Path(folder) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(written, 1)
    os.dup2(written, 2)
    from pyspark.sql import SparkSession

    import cogml.java

    cogml.java.prepare()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.chdir(folder)
    builder = SparkSession.builder.master("local[2,4]")  # two tasks at once, four attempts each
    for name, value in confs.items():
        builder = builder.config(name, value)
    builder.getOrCreate()


def its() -> Any:
    """The session of this process."""
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


class OwnSession:
    """The session as the test sees it."""

    def __init__(self, folder: pathlib.Path, confs: dict[str, str]) -> None:
        self.folder = folder
        self._process = concurrent.futures.ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), begin, (str(folder), confs)
        )
        self.pid: int = self._process.submit(os.getpid).result()

    def submit(self, function: Callable[..., Any], *args: Any) -> concurrent.futures.Future[Any]:
        return self._process.submit(function, *args)

    def do(self, function: Callable[..., Any], *args: Any) -> Any:
        return self.submit(function, *args).result()

    def workers(self) -> list[psutil.Process]:
        """The Python processes that run tasks: children of Spark's daemon."""
        found = []
        for process in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "pyspark.daemon" in process.parent().cmdline():
                    found.append(process)
        return found

    def kill(self) -> None:
        """End the driver at once, with all that it has started, as a machine does that fails."""
        everyone = psutil.Process(self.pid).children(recursive=True)
        for process in [psutil.Process(self.pid), *everyone]:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(everyone, 30)

    def close(self) -> None:
        self._process.shutdown()

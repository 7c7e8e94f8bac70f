"""A run in a process of its own, which is interrupted while its requests wait."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from fakes import eventually
from harness import Endpoint

ROWS = 1_000
ANSWERED = 20  # requests, before all others wait
IN_FLIGHT = 8
SECONDS = 20.0  # longer than any of these tests takes: an interrupt must not wait for it

_PROGRAM = """
import asyncio, sys
import pyarrow as pa
from cogml.cognitive import *

texts = [f"nice {{n}}" for n in range({rows})]
stage = TextSentiment(
    textCol="text", outputCol="out", endpoint=sys.argv[1], subscriptionKey="k",
    cacheDir=sys.argv[2], concurrency={window},
)
try:
    {body}
    print("it ended")
except BaseException as error:
    if "KeyboardInterrupt" not in repr(error):
        raise
    print("interrupted", flush=True)
    input()
    out = stage.transform(pa.table({{"text": texts[:5]}}))
    print(out["out_error"].null_count, stage.run_report.kept)
    raise
"""


def program(body: str) -> str:
    """The program that does this with `stage` and `texts`; Ctrl-C is not its end yet."""
    return _PROGRAM.format(rows=ROWS, window=IN_FLIGHT, body=body.strip())


def hold_back(endpoint: Endpoint) -> None:
    """`ANSWERED` requests are answered, the next ones wait for long."""
    endpoint.fault({"kind": "latency", "delay_ms": SECONDS * 1000, "after": ANSWERED})


def wait_until_the_window_is_full(endpoint: Endpoint, window: int = IN_FLIGHT) -> None:
    """Return once as many requests as may be in flight wait."""

    def full() -> bool:
        waiting = endpoint.suite.stats(base=endpoint.name)["in_flight"]
        return len(endpoint.requests()) == ANSWERED + window and waiting == window

    eventually(full, seconds=30.0)


@contextlib.contextmanager
def started(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments; killed at the end, if it is still there."""
    with subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()

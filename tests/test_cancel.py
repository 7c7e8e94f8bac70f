"""Ctrl-C ends a run at once: requests stop, what was answered is kept, the process can go on."""

from __future__ import annotations

import pathlib
import signal
import sys
from collections.abc import Iterator

import pyarrow as pa
import pytest
from cases import case_of
from fakes import Gate, Served, batch, eventually
from harness import Endpoint
from interrupting import (
    ANSWERED,
    IN_FLIGHT,
    ROWS,
    SECONDS,
    hold_back,
    program,
    started,
    wait_until_the_window_is_full,
)

from cogml.engine import Load, Run
from cogml.plan import Plan
from cogml.planner import make

TEXT = case_of("TextSentiment")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

_CELL = """
    async def cell():
        stage.transform(pa.table({"text": texts}))

"""

BODIES = {
    "pandas": 'import pandas as pd; stage.transform(pd.DataFrame({"text": texts}))',
    "polars lazy": 'import polars as pl; stage.transform(pl.LazyFrame({"text": texts})).collect()',
    "arrow reader": 'stage.transform(pa.table({"text": texts}).to_reader(500)).read_all()',
    "a notebook's cell": _CELL + "    asyncio.new_event_loop().run_until_complete(cell())",
    "asyncio.run": _CELL + "    asyncio.run(cell())",
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_run_that_is_interrupted_ends_and_keeps_what_was_answered(
    kind: str, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    hold_back(endpoint)
    with started("-c", program(BODIES[kind]), endpoint.url, str(tmp_path)) as process:
        wait_until_the_window_is_full(endpoint)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "interrupted\n"
        assert len(endpoint.requests()) == ANSWERED + IN_FLIGHT  # and no further ones
        endpoint.suite.reset(base=endpoint.name)
        out, said = process.communicate("\n", timeout=SECONDS)
    assert out == "5 5\n"
    assert endpoint.requests() == []
    # Older versions of polars make an error of their own of what is raised inside a lazy frame.
    assert process.returncode in (-signal.SIGINT, 128 + signal.SIGINT, 1)
    assert said.count("Traceback") - said.count("During handling of the above") == 1
    assert "KeyboardInterrupt" in said.rstrip().splitlines()[-1]
    for noise in (
        "Task was destroyed",
        "Exception ignored",
        "never awaited",
        "exception in thread",
    ):
        assert noise not in said

    table = pa.table({"text": [f"nice {n}" for n in range(ROWS)]})
    rows = TEXT.make(cacheDir=str(tmp_path)).transform(table).to_pylist()
    assert all(row["err"] is None for row in rows)
    assert endpoint.documents() == ROWS - 10 * ANSWERED


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [(signal.SIGINT, 130, "cogml: interrupted"), (signal.SIGTERM, 143, "")],
)
def test_the_command_line_ends_with_a_line_and_leaves_no_half_file(
    number: signal.Signals, code: int, line: str, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    hold_back(endpoint)
    (tmp_path / "in.csv").write_text("text\n" + "".join(f"nice {n}\n" for n in range(ROWS)))
    target = tmp_path / "out.csv"
    command = ("-m", "cogml", "transform", "TextSentiment", str(tmp_path / "in.csv"), "-o")
    settings = (
        "--set",
        "textCol=text",
        "--set",
        "subscriptionKey=env:KEY",
        "--set",
        "concurrency=8",
    )
    with started(*command, str(target), *settings, KEY="k", COGML_ENDPOINT=endpoint.url) as process:
        wait_until_the_window_is_full(endpoint)
        process.send_signal(number)
        out, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, said.strip()) == (code, "", line)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_consumer_that_stops_reading_stops_the_requests(endpoint: Endpoint) -> None:
    hold_back(endpoint)
    stage = TEXT.make(concurrency=2)
    reader = stage.transform(TEXT.table(ROWS).to_reader(max_chunksize=100))
    assert reader.read_next_batch().num_rows == 100
    wait_until_the_window_is_full(endpoint, window=2)
    del reader
    assert len(endpoint.requests()) == ANSWERED + 2


def test_a_failure_beside_the_requests_ends_them_though_its_traceback_is_kept(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an interrupt does that falls between two looks at what was answered."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    served = Served(gate := Gate())
    plan: Plan = make(TEXT.make(), served)
    plan.check({"text": pa.string()}, ["text"])
    first = iter([{"documents": []}])

    async def answer(request: object) -> None:
        if next(first, None) is None:
            await gate(request)

    served.wait = answer
    monkeypatch.setattr("cogml.report.RunReport.count", interrupted)
    stream = plan.stream(iter(TEXT.table(40).to_batches(max_chunksize=10)))
    with pytest.raises(KeyboardInterrupt) as caught:
        next(stream)
    eventually(lambda: served.now == 0)
    assert served.asked <= 4
    assert caught.value.__traceback__ is not None


def test_an_interrupt_before_the_first_look_leaves_nothing_behind() -> None:
    def source() -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    served = Served()
    made = Run(Load(), served)
    with pytest.raises(KeyboardInterrupt):
        next(made.outcomes(source()))  # type: ignore[arg-type]
    assert served.asked == 0
    assert [list(o) for o in Run(Load(), served).outcomes([batch(["a"])])]

"""A cell is one client's run in a process of its own, against the quick service.

Clients are measured in turns, A B C and then C B A, so that what changes on the machine meets all
of them; a run beside which others used more than a third of a core is done again. Every run checks
that each row has its own answer, behind the clock's back.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import machine
import pictures
import pyarrow as pa
import pyarrow.compute as pc
import texts
from results import Spread, Table, spread
from serving import HERE, Quick

BATCH = 10
NOISE = 0.35  # cores that others may use on average
_QUIET_SECONDS = 6.0  # how long to wait for others to end


@dataclasses.dataclass(frozen=True)
class Cell:
    """A client (a module of clients/), so many rows, requests in flight, ms of latency."""

    client: str
    rows: int
    concurrency: int
    latency: int = 0

    @property
    def line(self) -> float:
        """The seconds below which no client can be: whole waves of requests in flight."""
        waves = -(-self.rows // (BATCH * self.concurrency))
        return waves * self.latency / 1000


@dataclasses.dataclass(frozen=True)
class Sample:
    """What one run took: see `machine.Spent`; the most memory of the process, and how many
    requests were in flight at most as the service counts them."""

    rows: int
    wall: float
    own: float
    server: float
    foreign: float
    peak: float = 0.0
    before: float = 0.0
    most: int = 0

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.wall

    @property
    def cost(self) -> float:
        """Processor µs a row."""
        return self.own / self.rows * 1e6

    @property
    def noise(self) -> float:
        """Cores that others used on average."""
        return self.foreign / self.wall


def rows_for(concurrency: int, latency: int, waves: int, seconds: float, most: int) -> int:
    """Rows for so many waves at least, or so many seconds' worth of waves; without a latency, and
    at the most, `most` rows."""
    if not latency:
        return most
    wave = BATCH * concurrency
    return min(most, wave * max(waves, round(seconds * 1000 / latency)))


# In the parent


_Cell = TypeVar("_Cell")  # a `Cell`, or what is like one to another `run`


class Turns:
    """Runs cells in turns, and keeps the books of how quiet the machine was."""

    def __init__(
        self, service: Quick, tries: int, run: Callable[[Any, Quick], Sample] | None = None
    ) -> None:
        self._service = service
        self._tries = tries
        self._run = run or apart
        self._samples: list[tuple[Any, Sample]] = []

    def take(self, cells: Sequence[_Cell], rounds: int) -> dict[_Cell, list[Sample]]:
        """The samples of each cell, one a round; each round runs in the other direction."""
        found: dict[_Cell, list[Sample]] = {cell: [] for cell in cells}
        for number in range(rounds):
            for cell in cells if number % 2 == 0 else reversed(cells):
                sample = self._measured(cell)
                found[cell].append(sample)
                print(
                    f"  {number + 1}/{rounds} {cell.client:16} {cell.concurrency:4} in flight, "
                    f"{cell.latency:3} ms: {sample.rate:9,.1f} rows/s, {sample.cost:8.1f} µs a row"
                    + (f"  (others: {sample.noise:.2f} cores)" if sample.noise > NOISE else ""),
                    flush=True,
                )
        return found

    def _measured(self, cell: Any) -> Sample:
        """A run: the quietest of some tries, where others disturb it."""
        found: list[Sample] = []
        for _ in range(self._tries):
            if self._tries > 1:
                wait_for_quiet(self._service.process)
            self._service.reset()
            sample = self._run(cell, self._service)
            found.append(dataclasses.replace(sample, most=self._service.stats()["most"]))
            if sample.noise <= NOISE:
                break
        quietest = min(found, key=lambda sample: sample.noise)
        self._samples.append((cell, quietest))
        return quietest

    def tell(self, table: Table) -> None:
        """Let a table say how quiet it was, and keep what every run took."""
        disturbed = sum(sample.noise > NOISE for _, sample in self._samples)
        table.notes.append(
            f"Beside {disturbed} of {len(self._samples)} runs others used more than {NOISE} cores, "
            f"at {self._tries} tries each."
        )
        table.samples += [
            dataclasses.asdict(cell) | dataclasses.asdict(sample) for cell, sample in self._samples
        ]


def apart(cell: Cell, service: Quick) -> Sample:
    """One run in a process of its own."""
    task = [json.dumps(dataclasses.asdict(part)) for part in (cell, service)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, str(HERE / "cells.py"), *task],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    if done.returncode:
        raise RuntimeError(f"{cell} did not end well")
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


def ratio(over: Sequence[Sample], under: Sequence[Sample], of: Callable[[Sample], float]) -> Spread:
    """The ratios of two clients' samples, round by round."""
    return spread([of(a) / of(b) for a, b in zip(over, under, strict=True)])


def wait_for_quiet(server: int) -> None:
    end = time.monotonic() + _QUIET_SECONDS
    while time.monotonic() < end:
        meter = machine.Meter(server)
        time.sleep(0.2)
        if meter.spent().noise <= NOISE:
            return


# In the cell's own process


def run(cell: Cell, service: Quick) -> Sample:
    """Warm up, measure, check."""
    machine.pin(service.core)
    module = importlib.import_module(f"clients.{cell.client}")
    job = JOBS[getattr(module, "TAKES", "frame")]
    with module.client(service.at(cell.latency), cell.concurrency) as transform:
        # Twice around every connection, with rows that do not come again.
        transform(job.make(2 * job.rows * cell.concurrency, 10_000_000))
        given = job.make(cell.rows, 0)
        before = machine.peak_megabytes()
        meter = machine.Meter(service.process)
        found = transform(given)
        spent = meter.spent()
        peak = machine.peak_megabytes()
        job.check(found, cell.rows)
    return Sample(cell.rows, spent.wall, spent.own, spent.server, spent.foreign, peak, before)


def check_frame(frame: Any, rows: int) -> None:
    """Every row has its own answer, and no error."""
    table = pa.Table.from_pandas(frame[["text", "out", "error"]], preserve_index=False)
    if table.num_rows != rows or table["error"].null_count != rows:
        errors = table["error"].drop_null()[:1].to_pylist()
        raise AssertionError(f"{table.num_rows} rows, of {rows}; {errors}")
    out = table["out"].combine_chunks()
    if pa.types.is_list(out.type):
        out = out.flatten()
    sentences = out.field("sentences")
    said = pa.ListArray.from_arrays(sentences.offsets, sentences.flatten().field("text"))
    if not pc.all(pc.equal(pc.binary_join(said, " "), table["text"].cast(pa.string()))).as_py():
        raise AssertionError("an answer stands in a row that is not its own")


def check_stream(found: tuple[int, int], rows: int) -> None:
    """All rows came, without an error."""
    if found != (rows, rows):
        raise AssertionError(f"{found[0]} rows, {found[1]} of them answered, of {rows}")


class Job(NamedTuple):
    """What clients take: so many rows from a number on, how they are checked, rows a request."""

    make: Callable[[int, int], Any]
    check: Callable[[Any, int], None]
    rows: int


JOBS = {
    "frame": Job(texts.frame, check_frame, BATCH),
    "stream": Job(texts.reader, check_stream, BATCH),
    "pictures": Job(pictures.frame, pictures.check, 1),
}


if __name__ == "__main__":
    cell, service = map(json.loads, sys.argv[1:])
    print(json.dumps(dataclasses.asdict(run(Cell(**cell), Quick(**service)))))

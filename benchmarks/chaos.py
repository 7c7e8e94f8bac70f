"""Everything goes wrong at once, and every row is accounted for.

Distinct rows go through a stage against the suite, which throttles, fails, drops connections and
spoils answers; whoever sends them is killed (SIGKILL) on the way, and begins anew with the same
`cacheDir`. Then the faults stop and `retryFailed` asks for the rest. Answers are held against those
of a run in which nothing went wrong, payments against the suite's ledger. Exits with 1 where a row
is lost or wrong, or anything is paid twice that was not in flight at a kill.

Run: python benchmarks/chaos.py [--rows N] [--seed N] [--kills N] [--frame KIND] [--stage NAME]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import machine
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from chaos_faults import faults
from chaos_subjects import SUBJECTS, Subject

CONCURRENCY = 8
BLOCK = 5_000  # rows that are compared at once
ENOUGH = 10  # times a fault may be expected, before it is odd that it never came
LONGEST = 3_600  # seconds a phase may take
SUITE = """
import cogml_mocks
cogml_mocks.run(port=0, announce=lambda url: print(url, flush=True), ledger=True)
"""

FRAMES: dict[str, tuple[Callable[[pa.Table], Any], Callable[[Any], pa.Table]]] = {
    "pandas": (
        lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
        lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    ),
    "polars": (pl.from_arrow, lambda frame: frame.to_arrow()),
    "stream": (
        lambda table: table.to_reader(max_chunksize=1_000),
        lambda frame: frame.read_all(),
    ),
}


# Who sends: a process of its own, where it is to be killed


@dataclasses.dataclass(frozen=True)
class Task:
    """What a sender does: `transform`, or `retryFailed` (`again`), of the frame in a file."""

    subject: str
    frame: str
    url: str
    source: str
    target: str
    cache: str | None = None
    again: bool = False


def send(task: Task) -> None:
    make, table_of = FRAMES[task.frame]
    stage = SUBJECTS[task.subject].stage(
        endpoint=task.url,
        subscriptionKey="any",
        outputCol="answer",
        errorCol="error",
        concurrency=CONCURRENCY,
        backoffs=[5, 10, 20, 40, 80],
        timeout=30.0,
        **({} if task.cache is None else {"cacheDir": task.cache}),
    )
    frame = make(pq.read_table(task.source))
    result = stage.retryFailed(frame) if task.again else stage.transform(frame)
    # Without Arrow's own schema frames of all kinds come back with the same types.
    pq.write_table(table_of(result), task.target, store_schema=False)


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments, as a process that does not outlive the block."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as started:
        try:
            yield started
        finally:
            started.kill()


def send_until(task: Task, condition: Callable[[], bool]) -> None:
    """Send from a process that is killed (SIGKILL) when the condition is met."""
    with process(__file__, "send", json.dumps(dataclasses.asdict(task))) as sender:
        wait_until(lambda: sender.poll() is not None or condition())
        if sender.poll() is not None:
            raise RuntimeError(f"the sender ended before its time, with {sender.returncode}")


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"it did not come about in {LONGEST} seconds")
        time.sleep(0.002)


# Who answers, and keeps the books


@dataclasses.dataclass(frozen=True)
class Paid:
    """How many `documents` were answered, with how many `answers`, and how many of these came
    `again`: after one that was `whole`, `spoilt` by a fault, or `unsent` as the sender had gone."""

    documents: int
    answers: int
    again: dict[str, int]

    @property
    def in_vain(self) -> int:
        """Answers to what had been answered, that no fault excuses."""
        return self.again["whole"] + self.again["unsent"]


class Suite:
    """A base path of the suite, by its control plane."""

    def __init__(self, root: str, name: str) -> None:
        self.url = f"{root}/t/{name}"

    def control(self, action: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/_mock/{action}", data, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("faults")["faults"]
        return found

    def has_fired(self, rule: int) -> bool:
        return bool(self.faults()[rule]["fired"])

    def posts(self, since: int) -> int:
        """How many requests, without polls, came after the first `since`."""
        log = self.control("requests")
        new = log["total"] - since
        if new > len(log["requests"]):
            raise RuntimeError(f"the log has let go of some of the last {new} requests")
        return sum(r["method"] == "POST" for r in log["requests"][len(log["requests"]) - new :])

    def paid(self) -> Paid:
        """What was paid so far, once nothing is in flight any more."""
        wait_until(lambda: self.control("stats")["in_flight"] == 0)
        ledger = self.control("ledger")
        if ledger["uncounted"]:
            raise RuntimeError(f"{ledger['uncounted']} documents are beyond what is counted")
        return Paid(ledger["documents"], ledger["answers"], ledger["again_after"])


# What is held against what


@dataclasses.dataclass(frozen=True)
class Finding:
    """A number, and the least and the most it may be."""

    what: str
    found: int
    least: int = 0
    most: float = float("inf")

    @property
    def holds(self) -> bool:
        return self.least <= self.found <= self.most

    @property
    def expected(self) -> str:
        if self.least == self.most:
            return f"{self.least:,}"
        return "" if self.most == float("inf") else f"at most {self.most:,}"


def exactly(what: str, found: int, expected: int) -> Finding:
    return Finding(what, found, expected, expected)


def run(
    name: str, frame: str, rows: int, seed: int, kills: int, say: Callable[[str], None] = print
) -> list[Finding]:
    """Send so many rows through the chaos; what was found."""
    subject = SUBJECTS[name]
    begun = time.monotonic()

    def done(what: str) -> None:
        say(f"{time.monotonic() - begun:7.1f} s  {what}")

    with tempfile.TemporaryDirectory() as place, process("-c", SUITE) as server:
        assert server.stdout is not None
        root = server.stdout.readline().strip()
        suite = Suite(root, "chaos")

        def task(source: str, target: str, **further: Any) -> Task:
            source, target = (str(pathlib.Path(place, file)) for file in (source, target))
            return Task(name, frame, source=source, target=target, **further)

        def made(file: str) -> pa.Table:
            return pq.read_table(pathlib.Path(place, file))

        given = subject.rows(rows, random.Random(seed))
        pq.write_table(given, pathlib.Path(place, "given"))
        send(task("given", "calm", url=Suite(root, "calm").url))
        done("a run in which nothing goes wrong, to compare with")

        kept = {"url": suite.url, "cache": str(pathlib.Path(place, "cache"))}
        rules = faults(subject.requests(given), kills, seed, subject.packed)
        suite.control("faults", "POST", rules)
        lives = []
        for kill in range(kills):
            first = task("given", "first", **kept)
            send_until(first, functools.partial(suite.has_fired, kill))
            lives.append(suite.paid())
            done(f"killed, {lives[-1].documents:,} documents answered")
        send(task("given", "first", **kept))
        lives.append(suite.paid())
        done("run to its end")

        rules, came = suite.faults(), suite.control("stats")["requests"]
        suite.control("faults", "DELETE")
        send(task("first", "last", again=True, **kept))
        lives.append(suite.paid())
        done("retryFailed, with no faults any more")
        asked = suite.posts(since=came)
        calm, first, last = made("calm"), made("first"), made("last")

    missed = first.filter(first.column("error").is_valid())
    named = missed.column("error").combine_chunks().field("operation").is_valid()
    unpaid = missed.filter(pc.invert(named))  # the others' jobs have been paid, and are asked after
    least = subject.requests(unpaid)
    codes = Counter(missed.column("error").combine_chunks().field("code").to_pylist())
    return [
        *in_place("undisturbed", given, calm, calm, subject),
        *in_place("chaos", given, calm, first, subject),
        *(Finding(f"chaos: rows with {code}", n) for code, n in sorted(codes.items())),
        *in_place("retryFailed", given, calm, last, subject),
        exactly("retryFailed: rows with an error", last.num_rows - last["error"].null_count, 0),
        # A stream packs what failed piece by piece.
        Finding(
            "retryFailed: requests",
            asked,
            least,
            least if frame != "stream" else subject.documents(unpaid),
        ),
        exactly(
            "retryFailed: documents paid",
            lives[-1].answers - lives[-2].answers,
            subject.documents(unpaid),
        ),
        *payments(lives, subject.documents(given), kills * CONCURRENCY * subject.packed),
        *met(rules),
        Finding("requests before the retry", came),
    ]


def in_place(
    when: str, given: pa.Table, calm: pa.Table, found: pa.Table, subject: Subject
) -> list[Finding]:
    """Rows in and out, in order, each with its own answer or a reason."""
    moved = silent = wrong = 0
    for start in range(0, given.num_rows, BLOCK):
        blocks = (table.slice(start, BLOCK).to_pylist() for table in (given, calm, found))
        for row, right, got in zip(*blocks, strict=False):
            moved += any(got[name] != value for name, value in row.items())
            if got["answer"] is None:
                silent += got["error"] is None
            else:
                same = subject.said(got["answer"]) == subject.said(right["answer"])
                wrong += not (same and subject.is_own(got))
    return [
        exactly(f"{when}: rows", found.num_rows, given.num_rows),
        exactly(f"{when}: rows out of place", moved, 0),
        exactly(f"{when}: rows without answer or reason", silent, 0),
        exactly(f"{when}: answers on a wrong row", wrong, 0),
    ]


def payments(lives: list[Paid], documents: int, in_flight: int) -> list[Finding]:
    """What was paid, and what for; `lives` are the books after each kill, at the end of the run and
    after the retry.

    What was in flight at a kill may be asked again as late as by the retry: a quota comes between.
    """
    end = lives[-1]
    return [
        exactly("paid: documents", end.documents, documents),
        Finding("paid: answers", end.answers),
        Finding("paid again: the answer was spoilt on its way", end.again["spoilt"]),
        Finding("paid again: it was in flight at a kill", end.in_vain, most=in_flight),
        exactly("paid again: before anybody was killed", lives[0].in_vain, 0),
    ]


def met(rules: list[dict[str, Any]]) -> list[Finding]:
    """How often each kind of fault was met; one that was not tested nothing."""
    fired: Counter[str] = Counter()
    for rule in rules:
        fired[str(rule.get("status", rule["kind"]))] += rule["fired"]
    idle = [r for r in rules if not r["fired"] and r["met"] * r.get("rate", 1) >= ENOUGH]
    return [
        *(Finding(f"fault: {kind}", count) for kind, count in fired.items()),
        exactly("faults that met nothing", len(idle), 0),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, help="(default: 100,000 texts, 60,000 points, ...)")
    parser.add_argument("--seed", type=int, default=7, help="of the rows, the faults, the kills")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--frame", choices=[*FRAMES], default="pandas")
    parser.add_argument("--stage", choices=[*SUBJECTS], default="TextSentiment")
    given = parser.parse_args()
    rows = given.rows or SUBJECTS[given.stage].number
    names = sorted({"pyarrow", given.frame} - {"stream"})
    print(machine.line(*names))
    print(f"{given.stage}, {rows:,} rows, {given.kills} kills, seed {given.seed}")
    findings = run(given.stage, given.frame, rows, given.seed, given.kills)
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "" if finding.holds else "  <-- does not hold"
        print(f"| {finding.what:{width}} | {finding.found:>9,} | {finding.expected:>15} |{mark}")
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", given]:
            send(Task(**json.loads(given)))
        case _:
            sys.exit(main())

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
import datetime
import functools
import importlib.metadata
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import cogml
from cogml import Service
from cogml.cognitive import ReadImage, SimpleDetectAnomalies, TextSentiment

CONCURRENCY = 8
BLOCK = 5_000  # rows that are compared at once
ENOUGH = 10  # times a fault may be expected, before it is odd that it never came
HELD_MS = 60_000  # how long the request is held at which the sender is killed
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


# What is sent


@dataclasses.dataclass(frozen=True)
class Subject:
    """A number of rows that are all different, and the stage they go through, `packed` documents a
    request.

    Rows of a `group` are one document; elsewhere each is one. `said` is what two answers to the
    same row have in common; `is_own` tells, of a row with an answer, whether the answer says what
    can be an answer to this row alone.
    """

    rows: Callable[[int, random.Random], pa.Table]
    number: int
    stage: Callable[..., Service]
    packed: int
    is_own: Callable[[dict[str, Any]], bool]
    said: Callable[[Any], Any] = lambda answer: answer
    group: str = ""

    def documents(self, rows: pa.Table) -> int:
        """How many documents these rows are."""
        return len(rows.column(self.group).unique()) if self.group else rows.num_rows

    def requests(self, rows: pa.Table) -> int:
        """How many requests these rows need."""
        return -(-self.documents(rows) // self.packed)


def texts(rows: int, chance: random.Random) -> pa.Table:
    """Sentences of which no two are equal, in an order that is not that of their numbers."""
    words = ("good", "bad", "fine", "awful", "lovely", "late", "broken", "superb")
    made = [f"Parcel {n} was {chance.choice(words)}" for n in range(rows)]
    chance.shuffle(made)
    return pa.table({"row": range(rows), "text": made})


def _is_own_text(row: dict[str, Any]) -> bool:
    ((sentence,),) = ([s["text"] for s in document["sentences"]] for document in row["answer"])
    return bool(sentence == row["text"])


LENGTH = 12  # points of a series


def series(rows: int, chance: random.Random) -> pa.Table:
    """Series of which no two are equal, their points mixed with those of others."""
    points = []
    for row in range(rows):
        day = datetime.datetime(2024, 1, 1) + datetime.timedelta(days=row % LENGTH)
        points.append((f"g{row // LENGTH}", day, row // LENGTH * 10 + chance.random()))
    for start in range(0, rows, 100 * LENGTH):
        mixed = points[start : start + 100 * LENGTH]
        chance.shuffle(mixed)
        points[start : start + 100 * LENGTH] = mixed
    group, at, value = zip(*points, strict=True)
    return pa.table({"row": range(rows), "group": group, "day": at, "value": value})


def _is_own_point(row: dict[str, Any]) -> bool:
    return bool(abs(row["answer"]["expectedValue"] - row["value"]) < 5)


def pictures(rows: int, chance: random.Random) -> pa.Table:
    """Pictures of a line of text, of which no two are equal."""
    numbers = chance.sample(range(1_000, 10_000), rows)
    return pa.table({"row": range(rows), "n": numbers, "image": [*map(_picture, numbers)]})


def _picture(number: int) -> bytes:
    page = numpy.full((60, 260, 3), 255, numpy.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(page, f"Parcel {number}", (8, 42), font, 1.2, (0, 0, 0), 2, cv2.LINE_AA)
    return cv2.imencode(".png", page)[1].tobytes()


def _is_own_picture(row: dict[str, Any]) -> bool:
    (page,) = row["answer"]["analyzeResult"]["readResults"]
    return [line["text"] for line in page["lines"]] == [f"Parcel {row['n']}"]


SUBJECTS = {
    "TextSentiment": Subject(
        texts,
        100_000,
        lambda **given: TextSentiment(textCol="text", **given),
        10,
        _is_own_text,
    ),
    "SimpleDetectAnomalies": Subject(
        series,
        60_000,
        lambda **given: SimpleDetectAnomalies(
            timestampCol="day", valueCol="value", groupbyCol="group", granularity="daily", **given
        ),
        1,
        _is_own_point,
        group="group",
    ),
    "ReadImage": Subject(  # a suite forgets jobs beyond the hundredth
        pictures,
        80,
        lambda **given: ReadImage(
            imageBytesCol="image", initialPollingDelay=0, pollingDelay=20, **given
        ),
        1,
        _is_own_picture,
        said=lambda answer: answer["analyzeResult"],
    ),
}


# What goes wrong


def faults(requests: int, kills: int, seed: int) -> list[dict[str, Any]]:
    """The rules for so many requests; each share is one of all attempts.

    First of all one request is held for each kill, by which the time to kill is known.
    """
    chance = random.Random(seed)
    points = [(k + chance.uniform(0.7, 1.0)) * requests / (kills + 1) for k in range(kills)]
    held = [
        {"kind": "latency", "delay_ms": HELD_MS, "after": int(point), "times": 1}
        for point in points
    ]
    # While the quota is used up, once before the last kill and once after it.
    spent = [
        {"kind": "quota", "status": status, "after": int(share * requests), "times": times}
        for share, status, times in (
            (0.45, 403, max(1, requests // 200)),
            (0.85, 429, max(1, requests // 200)),
        )
    ]
    waits = {"seconds": 0.02, "milliseconds": 0.02, "date": 0.5, "none": 0.02}
    mix: list[tuple[float, dict[str, Any]]] = [
        (0.05 / 4, {"kind": "throttle", "retry_after": wait, "retry_after_form": form})
        for form, wait in waits.items()
    ]
    mix += [(0.05 / 4, {"status": status}) for status in (500, 502, 503, 504)]
    mix += [(0.01, {"kind": kind}) for kind in ("drop_before_answer", "drop_mid_answer")]
    mix += [
        (0.01 / 4, {"kind": kind})
        for kind in ("truncated_body", "malformed_json", "empty_body", "wrong_shape")
    ]
    mix += [(0.01, {"kind": "slow_body", "chunk_bytes": 256, "interval_ms": 2})]
    mix += [
        (0.01 / 4, {"kind": kind})
        for kind in ("missing_document", "duplicated_id", "foreign_id", "reordered_documents")
    ]
    rules, left = [], 1.0
    for number, (share, rule) in enumerate(mix):
        rules.append(rule | {"rate": share / left, "seed": f"{seed}/{number}"})
        left -= share  # a rule meets what those before it let pass
    return [*held, *spent, *rules]


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
        suite.control("faults", "POST", faults(subject.requests(given), kills, seed))
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
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    print(
        f"cogml {cogml.__version__}, Python {platform.python_version()}, {', '.join(versions)}, "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )
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

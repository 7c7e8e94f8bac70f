"""What keeping answers costs, and what it saves: many texts, with no cache, a folder and a store.

Each run is a process of its own, and the kinds take turns. The suite runs in another process; it
answers at once, so that what keeping costs is seen at its largest. "Cold" finds nothing kept,
"warm" everything. Run: python benchmarks/kept_answers.py [--rows N] [--rounds N] [--store URL]
"""

from __future__ import annotations

import argparse
import multiprocessing
import pathlib
import statistics
import tempfile
import time

import machine
import serving
from in_flight import texts

from cogml.cognitive import TextSentiment


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--store", help="a URL to write under (default: a folder as file://)")
    given = parser.parse_args()
    print(machine.line())
    print(f"{given.rows:,} texts, ten a request, {given.rounds} rounds")
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, serving.suite() as url:
        for number in range(given.rounds):
            own = pathlib.Path(folder) / str(number)
            store = f"{given.store}/{number}" if given.store else f"{own.as_uri()}/store"
            places = {"no cache": None, "folder": str(own / "folder"), "store": store}
            for heat in ("cold", "warm"):
                for kind, place in places.items():
                    if place is not None or heat == "cold":
                        took = timed(url, given.rows, place, heat)
                        seconds.setdefault(f"{kind} {heat}", []).append(took)
    plain = statistics.median(seconds["no cache cold"])
    for kind, took in seconds.items():
        median = statistics.median(took)
        print(
            f"{kind:14} {given.rows / median:9,.0f} rows/s, {median / plain:5.2f} times no cache's "
            f"seconds; rounds {', '.join(f'{each:.1f} s' for each in took)}"
        )


def timed(url: str, rows: int, place: str | None, heat: str) -> float:
    """The seconds of a run in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(run, (url, rows, place, heat))


def run(url: str, rows: int, place: str | None, heat: str) -> float:
    frame = texts(rows)
    stage = TextSentiment(
        endpoint=url, subscriptionKey="k", outputCol="out", concurrency=16, cacheDir=place
    )
    started = time.monotonic()
    stage.transform(frame)
    seconds = time.monotonic() - started
    kept = rows if heat == "warm" else 0
    assert (stage.run_report.answered, stage.run_report.kept) == (rows, kept), stage.run_report
    return seconds


if __name__ == "__main__":
    main()

"""Shows that the window of requests fills and stays full: many texts against a slow service.

The suite runs in a process of its own and counts what is in flight; this process transforms a
pandas frame of distinct texts, checks that every answer stands in its own row, and states its peak
memory. Run: python benchmarks/in_flight.py [--rows N] [--latency MS] [--concurrency N ...]
"""

from __future__ import annotations

import argparse
import json
import time
import urllib.request

import machine
import pandas as pd
import serving

from cogml.cognitive import TextSentiment


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=20.0, help="of the service, in ms")
    parser.add_argument("--concurrency", type=int, nargs="*", default=[8, 16, 32, 64])
    given = parser.parse_args()
    print(machine.line())
    print(f"{given.rows:,} texts, ten a request, service latency {given.latency:g} ms")
    with serving.suite(given.latency) as url:
        for concurrency in given.concurrency:
            run(url, given.rows, given.latency, concurrency)


def texts(rows: int) -> pd.DataFrame:
    """So many texts, no two of them alike."""
    words = ("good", "bad", "fine", "awful")
    return pd.DataFrame({"text": [f"{i} is {words[i % 4]}" for i in range(rows)]})


def run(url: str, rows: int, latency: float, concurrency: int) -> None:
    frame = texts(rows)
    control(url, "reset", b"")
    stage = TextSentiment(
        endpoint=url, subscriptionKey="k", outputCol="out", concurrency=concurrency
    )
    started = time.monotonic()
    result = stage.transform(frame)
    seconds = time.monotonic() - started
    stats = json.loads(control(url, "stats", None))
    sentences = result["out"].list[0].struct.field("sentences").list[0].struct.field("text")
    in_order = bool((sentences == frame["text"]).all())
    share = stats["at_least"].get(str(concurrency), 0.0)
    peak = machine.peak_megabytes()
    line = rows / 10 * latency / 1000 / concurrency
    print(
        f"concurrency {concurrency:3}: in flight at most {stats['max_in_flight']}, "
        f"median {stats['percentiles']['p50']}, {share:.0%} of the time {concurrency}; "
        f"{rows / seconds:,.0f} rows/s in {seconds:.1f} s (line {line:.1f} s); "
        f"{stage.run_report.answered:,} answered; order intact: {in_order}; peak {peak:,.0f} MB"
    )


def control(url: str, action: str, body: bytes | None) -> bytes:
    with urllib.request.urlopen(f"{url}/_mock/{action}", data=body) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main()

"""How many requests a second the local suite answers, so that no client is measured against less.

    python benchmarks/suite_ceiling.py [--seconds 3] [--connections 32]

The suite runs in a process of its own, pinned to the last core where the system can; a minimal
asyncio client (no HTTP library: bytes out, Content-Length in) drives it from the first. Three
loads of ten documents a request: the same documents each time (the engine's cache answers),
distinct documents (the engine works for each), and a refusal (no engine at all). The engine's own
cost a document is measured without HTTP. Where `wrk` is installed it repeats the first load.
"""

import argparse
import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import machine
import serving

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mocks"))

DOCUMENTS = 10
SENTENCES = (
    "The room was clean and the staff were friendly.",
    "We waited an hour and nobody apologised.",
    "It is a phone with a screen.",
    "Great value, but the battery is not very good.",
    "I would not buy this again!",
)
PATH = "/text/analytics/v3.1/sentiment"


def document(number: int) -> str:
    """Return one short text that no other number gives."""
    return f"Guest {number}: {SENTENCES[number % len(SENTENCES)]}"


def body(numbers: Iterator[int], count: int = DOCUMENTS) -> bytes:
    """Return the body of a request whose documents carry the next numbers."""
    documents = [
        {"id": str(i), "text": document(n)} for i, n in enumerate(itertools.islice(numbers, count))
    ]
    return json.dumps({"documents": documents}).encode()


def engine_cost(count: int = 5_000) -> float:
    """Return microseconds of engine work a distinct document."""
    from cogml_mocks.engines import sentiment

    texts = [document(n) for n in range(count)]
    sentiment.analyze("warm up")
    started = time.perf_counter()
    for text in texts:
        sentiment.analyze(text)
    return (time.perf_counter() - started) / count * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    ours, theirs = machine.sides()
    with serving.suite(core=theirs) as url:
        machine.pin(ours)
        same, numbers = body(itertools.count()), itertools.count(1_000)
        too_many = body(numbers, 11)
        loads = (
            ("repeated documents", itertools.repeat(same), b"200"),
            ("distinct documents", (body(numbers) for _ in itertools.count()), b"200"),
            ("refused (11 documents)", itertools.repeat(too_many), b"400"),
        )
        for name, bodies, expected in loads:
            requests = (serving.post(url, PATH, found) for found in bodies)
            rate = serving.in_loop(url, requests, given.connections, given.seconds, expected)
            print(f"{name:24} {rate:9,.0f} requests/s {rate * DOCUMENTS:11,.0f} documents/s")
        if shutil.which("wrk"):
            rate = serving.wrk(url + PATH, same, given.connections, given.seconds)
            print(f"{'repeated, by wrk':24} {rate:9,.0f} requests/s")
    print(f"{'engine alone':24} {engine_cost():9.1f} µs a distinct document")


if __name__ == "__main__":
    main()

"""How many requests a second the local suite answers, so that no client is measured against less.

    python benchmarks/suite_ceiling.py [--seconds 3] [--connections 32]

The suite runs in a process of its own, pinned to the last core where the system can; a minimal
asyncio client (no HTTP library: bytes out, Content-Length in) drives it from the first. Three
loads of ten documents a request: the same documents each time (the engine's cache answers),
distinct documents (the engine works for each), and a refusal (no engine at all). The engine's own
cost a document is measured without HTTP. Where `wrk` is installed it repeats the first load.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

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


def serve(pipe: Connection) -> None:
    """Run the suite until the pipe's other end terminates the process."""
    import cogml_mocks

    pin(-1)
    cogml_mocks.run(port=0, announce=pipe.send)


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """The port of a suite in a process of its own, this one pinned to another core."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        port = int(ours.recv().rpartition(":")[2])
        pin(0)
        yield port
    finally:
        process.terminate()
        process.join()


def pin(core: int) -> None:
    """Keep this process on one core, where the system has such a thing."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core]})


def document(number: int) -> str:
    """Return one short text that no other number gives."""
    return f"Guest {number}: {SENTENCES[number % len(SENTENCES)]}"


def request(port: int, numbers: Iterator[int], count: int = DOCUMENTS) -> bytes:
    """Return one request whose documents carry the next numbers."""
    documents = [
        {"id": str(i), "text": document(n)} for i, n in enumerate(itertools.islice(numbers, count))
    ]
    body = json.dumps({"documents": documents}).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Ocp-Apim-Subscription-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client(asyncio.Protocol):
    """Sends the next request as soon as an answer is complete."""

    def __init__(self, requests: Iterator[bytes], expected: bytes) -> None:
        self.answered = 0
        self._requests = requests
        self._expected = b"HTTP/1.1 " + expected
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.index(b"Content-Length: ") + len(b"Content-Length: ")
        length = int(self._buffer[at : self._buffer.index(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        if not self._buffer.startswith(self._expected):
            raise SystemExit(f"unexpected answer: {self._buffer[:200]!r}")
        self._buffer = b""
        self.answered += 1
        self._transport.write(next(self._requests))


async def drive(
    port: int, requests: Iterator[bytes], expected: bytes, connections: int, seconds: float
) -> float:
    """Return answers a second after a short warm-up."""
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Client(requests, expected), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(min(0.5, seconds))
    before, started = sum(client.answered for _, client in opened), time.perf_counter()
    await asyncio.sleep(seconds)
    after, spent = sum(client.answered for _, client in opened), time.perf_counter() - started
    for transport, _ in opened:
        transport.abort()
    return (after - before) / spent


def run(main) -> float:
    """Run a coroutine on uvloop where it is installed."""
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def engine_cost(count: int = 5_000) -> float:
    """Return microseconds of engine work a distinct document."""
    from cogml_mocks.engines import sentiment

    texts = [document(n) for n in range(count)]
    sentiment.analyze("warm up")
    started = time.perf_counter()
    for text in texts:
        sentiment.analyze(text)
    return (time.perf_counter() - started) / count * 1e6


def wrk(port: int, body: bytes, connections: int, seconds: float) -> str:
    """Repeat the first load with wrk."""
    content = body.partition(b"\r\n\r\n")[2].decode()
    script = (
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        'wrk.headers["Ocp-Apim-Subscription-Key"] = "k"\n'
        f"wrk.body = [==[{content}]==]\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentiment.lua"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(path),
             f"http://127.0.0.1:{port}{PATH}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return next(line.split()[-1] for line in done.stdout.splitlines() if "Requests/sec" in line)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    with serving() as port:
        same = request(port, itertools.count())
        numbers = itertools.count(1_000)
        loads = (
            ("repeated documents", itertools.repeat(same), b"200"),
            ("distinct documents", (request(port, numbers) for _ in itertools.count()), b"200"),
            ("refused (11 documents)", itertools.repeat(request(port, numbers, 11)), b"400"),
        )
        for name, requests, expected in loads:
            rate = run(drive(port, requests, expected, given.connections, given.seconds))
            print(f"{name:24} {rate:9,.0f} requests/s {rate * DOCUMENTS:11,.0f} documents/s")
        if shutil.which("wrk"):
            print(f"{'repeated, by wrk':24} {wrk(port, same, given.connections, given.seconds):>9}")
    print(f"{'engine alone':24} {engine_cost():9.1f} µs a distinct document")


if __name__ == "__main__":
    main()

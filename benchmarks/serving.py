"""Services in processes of their own, and how much they can do at most."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from typing import Any

import machine

HERE = pathlib.Path(__file__).parent


@contextlib.contextmanager
def started(*command: str, core: int | None = None) -> Iterator[tuple[str, int]]:
    """Address and process id of a service that Python runs, on a core; it prints its address."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            machine.pin(core, process.pid)
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"{command[0]} ended before it gave its address")
            yield url, process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def suite(latency: float = 0.0, core: int | None = None) -> Iterator[str]:
    """The address of a local suite whose answers take so many ms."""
    command = ["-m", "cogml", "mock", "--port", "0", "--latency", str(latency)]
    with started(*command, core=core) as (url, _):
        yield url


@dataclasses.dataclass(frozen=True)
class Quick:
    """The quick service (see quick_service.py), with the core that is left to its clients."""

    url: str
    process: int
    core: int | None

    def at(self, latency: int = 0, fault: str = "") -> str:
        """The address under which answers take so many ms; `e7` and `d7` are faults."""
        return f"{self.url}/l{latency}{fault}"

    def reset(self) -> None:
        """Count anew."""
        self._asked("reset")

    def stats(self) -> dict[str, int]:
        """The requests since, and how many were in flight at most."""
        found: dict[str, int] = self._asked("stats")
        return found

    def _asked(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/{what}", timeout=30) as answer:
            return json.loads(answer.read())


@contextlib.contextmanager
def quick(awake: bool = False) -> Iterator[Quick]:
    """A quick service on a core of its own, where there is one; `awake` there, for clients that
    keep to theirs."""
    ours, theirs = machine.sides()
    command = [str(HERE / "quick_service.py")]
    if awake and theirs is not None:
        command.append("--awake")
    with started(*command, core=theirs) as (url, process):
        yield Quick(url, process, ours)


# What a service can do at most


def post(url: str, path: str, body: bytes, media_type: str = "application/json") -> bytes:
    """The bytes of a request."""
    place = url.partition("//")[2]
    host, _, base = place.partition("/")
    head = (
        f"POST {base and '/'}{base}{path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: {media_type}\r\n"
        f"Ocp-Apim-Subscription-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ceiling(
    url: str, path: str, body: bytes, connections: int, seconds: float, core: int | None = None
) -> tuple[float, str]:
    """Requests a second of one request over and over, and who asked: wrk, where it is installed."""
    if shutil.which("wrk"):
        return wrk(url + path, body, connections, seconds, core), "wrk"
    again = itertools.repeat(post(url, path, body))
    return in_loop(url, again, connections, seconds), "a bare client"


def wrk(url: str, body: bytes, connections: int, seconds: float, core: int | None = None) -> float:
    """Requests a second that wrk gets answered with 2xx."""
    with tempfile.TemporaryDirectory() as folder:
        content, script = pathlib.Path(folder, "body"), pathlib.Path(folder, "post.lua")
        content.write_bytes(body)
        script.write_text(
            'wrk.method = "POST"\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
            'wrk.headers["Ocp-Apim-Subscription-Key"] = "k"\n'
            f'wrk.body = io.open("{content}", "rb"):read("*a")\n'
        )
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        with subprocess.Popen(
            [*command, "-s", str(script), url], stdout=subprocess.PIPE, text=True
        ) as process:
            machine.pin(core, process.pid)
            told, _ = process.communicate()
    if process.returncode or "Non-2xx" in told:
        raise RuntimeError(f"wrk was not answered as it should be: {told}")
    return float(next(line.split()[-1] for line in told.splitlines() if "Requests/sec" in line))


class _Client(asyncio.Protocol):
    """Sends the next request as soon as an answer is complete."""

    def __init__(self, requests: Iterator[bytes], expected: bytes) -> None:
        self.answered = 0
        self._requests = requests
        self._expected = b"HTTP/1.1 " + expected
        self._buffer = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        _, _, length = self._buffer[:head].lower().partition(b"content-length: ")
        if len(self._buffer) < head + 4 + int(length.partition(b"\r\n")[0]):
            return
        if not self._buffer.startswith(self._expected):
            raise SystemExit(f"unexpected answer: {self._buffer[:200]!r}")
        self._buffer.clear()
        self.answered += 1
        self._transport.write(next(self._requests))


def in_loop(
    url: str,
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    expected: bytes = b"200",
) -> float:
    """Answers a second, after a short warm-up, that a bare client in this process gets."""
    host, _, port = url.split("/")[2].partition(":")

    async def drive() -> float:
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_connection(lambda: _Client(requests, expected), host, int(port))
            for _ in range(connections)
        ]
        await asyncio.sleep(min(0.5, seconds))
        before, began = sum(client.answered for _, client in opened), loop.time()
        await asyncio.sleep(seconds)
        after, spent = sum(client.answered for _, client in opened), loop.time() - began
        for transport, _ in opened:
            transport.abort()
        return (after - before) / spent

    with asyncio.Runner(loop_factory=machine.new_event_loop) as runner:
        return runner.run(drive())

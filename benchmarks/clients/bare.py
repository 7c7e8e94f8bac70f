"""The floor: a bare asyncio protocol, one connection a request in flight, no coroutine anywhere.

It knows neither proxies nor TLS, redirects nor deadlines of phases, and closes no connection that
was idle for long: what a client for one service on one machine can leave out. It retries, at times
of its own: no header is read.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httptools
import machine
import pandas as pd

from clients import job


class _Run:
    """What all connections work on: requests to send, and where their answers go."""

    def __init__(
        self,
        requests: Iterator[tuple[int, bytes]],
        columns: job.Columns,
        left: int,
        done: asyncio.Future[None],
    ) -> None:
        self.requests = requests
        self.columns = columns
        self.left = left
        self.done = done

    def ended(self) -> None:
        """One connection finds nothing more to send."""
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(None)


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as an answer is whole."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        self._run: _Run | None = None
        self._attempt = 0
        self._number = 0
        self._body = b""
        self._pieces: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)

    def begin(self, run: _Run) -> None:
        """Work on a run until there is nothing more to send."""
        self._run = run
        self._next()

    def _next(self) -> None:
        assert self._run is not None
        found = next(self._run.requests, None)
        if found is None:
            run, self._run = self._run, None
            run.ended()
            return
        self._number, self._body = found
        self._attempt = 1
        self._send()

    def _send(self) -> None:
        self._pieces.clear()
        self._transport.write(self._pool.head % len(self._body) + self._body)
        self._timer = self._pool.loop.call_later(job.TIMEOUT, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        run, status = self._run, self._parser.get_status_code()
        if run is None:  # an answer that nobody asked for
            self._transport.abort()
            return
        content = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if status == 200:
            run.columns.answered(self._number, content)
            self._next()
        elif status in job.AGAIN and self._attempt < job.ATTEMPTS:
            self._retry()
        else:
            told = content[:500].decode("utf-8", "replace")
            run.columns.failed(self._number, status, "rejected", told)
            self._next()

    def _retry(self) -> None:
        wait = job.pause(self._attempt, None)
        self._attempt += 1
        self._pool.loop.call_later(wait, self._send)

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._pool.lost(self)

    def give_up(self, error: OSError) -> None:
        """End the run: nobody is there any more."""
        if self._run is not None and not self._run.done.done():
            self._run.done.set_exception(error)

    def instead_of(self, other: _Connection) -> None:
        """Carry on where a lost connection left off."""
        run = self._run = other._run
        if run is None:
            return
        self._number, self._body, self._attempt = other._number, other._body, other._attempt
        if self._attempt < job.ATTEMPTS:
            self._retry()
        else:
            run.columns.failed(self._number, None, "unavailable", "the connection was lost")
            self._next()


class _Pool:
    """So many connections to one service."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self.loop = loop
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        lines = [f"POST {parts.path}{job.PATH} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in job.HEADERS.items()]
        self.head = ("\r\n".join(lines) + "\r\nContent-Length: %d\r\n\r\n").encode()
        self._open: set[_Connection] = set()
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, connections: int) -> None:
        await asyncio.gather(*(self._connect() for _ in range(connections)))

    async def _connect(self) -> _Connection:
        _, made = await self.loop.create_connection(
            lambda: _Connection(self), self._host, self._port
        )
        self._open.add(made)
        return made

    def lost(self, connection: _Connection) -> None:
        self._open.discard(connection)
        if not self._closing:
            task = self.loop.create_task(self._replace(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replace(self, lost: _Connection) -> None:
        for attempt in range(1, job.ATTEMPTS + 1):
            try:
                (await self._connect()).instead_of(lost)
            except OSError as error:
                found = error
                await asyncio.sleep(job.pause(attempt, None))
            else:
                return
        lost.give_up(found)

    async def send(self, requests: Iterator[tuple[int, bytes]], columns: job.Columns) -> None:
        done = self.loop.create_future()
        run = _Run(requests, columns, len(self._open), done)
        for connection in list(self._open):
            connection.begin(run)
        await done

    async def close(self) -> None:
        self._closing = True
        for connection in self._open:
            connection._transport.abort()
        await asyncio.sleep(0)


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    with asyncio.Runner(loop_factory=machine.new_event_loop) as runner:
        pool = _Pool(runner.get_loop(), url)
        runner.run(pool.open(concurrency))
        send = pool.send
        try:
            yield lambda frame: job.transformed(frame, lambda *to: runner.run(send(*to)))
        finally:
            runner.run(pool.close())

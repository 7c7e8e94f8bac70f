"""The bar: a hand-written aiohttp loop, as one writes it who knows what it costs.

On uvloop, with as many connections as requests in flight, and no cookies; workers draw requests
from one iterator; answers are decoded and laid out as they come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import aiohttp
import machine
import pandas as pd
import yarl

from clients import job


async def _open(concurrency: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=60.0),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=job.HEADERS,
        timeout=aiohttp.ClientTimeout(total=job.TIMEOUT),
    )


async def _send(
    session: aiohttp.ClientSession,
    url: yarl.URL,
    concurrency: int,
    requests: Iterator[tuple[int, bytes]],
    columns: job.Columns,
) -> None:
    async def worker() -> None:
        for number, body in requests:
            await _ask(session, url, number, body, columns)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())


async def _ask(
    session: aiohttp.ClientSession, url: yarl.URL, number: int, body: bytes, columns: job.Columns
) -> None:
    for attempt in range(1, job.ATTEMPTS + 1):
        last, again = attempt == job.ATTEMPTS, None
        try:
            async with session.post(url, data=body) as answer:
                content = await answer.read()
                if answer.status == 200:
                    columns.answered(number, content)
                    return
                if answer.status not in job.AGAIN or last:
                    told = content[:500].decode("utf-8", "replace")
                    columns.failed(number, answer.status, "rejected", told)
                    return
                again = answer.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError) as error:
            if last:
                columns.failed(number, None, "unavailable", f"{type(error).__name__}: {error}")
                return
        await asyncio.sleep(job.pause(attempt, again))


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    with asyncio.Runner(loop_factory=machine.new_event_loop) as runner:
        session = runner.run(_open(concurrency))
        whole = (session, yarl.URL(url + job.PATH), concurrency)
        try:
            yield lambda frame: job.transformed(frame, lambda *to: runner.run(_send(*whole, *to)))
        finally:
            runner.run(session.close())

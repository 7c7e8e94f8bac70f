"""The naive loop that most people write first: `asyncio.gather` over one httpx client.

A coroutine for each request, a semaphore, `response.json()`, dictionaries until the end, and one
conversion of all of them. Its pool is as large as the semaphore.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa

from clients import job


async def _open(concurrency: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    return httpx.AsyncClient(headers=job.HEADERS, timeout=job.TIMEOUT, limits=limits)


Dicts = list[dict[str, Any] | None]


async def _send(
    client: httpx.AsyncClient,
    url: str,
    concurrency: int,
    texts: list[str],
    out: Dicts,
    errors: Dicts,
) -> None:
    semaphore = asyncio.Semaphore(concurrency)

    async def ask(start: int) -> None:
        batch = texts[start : start + job.BATCH]
        documents = [{"id": str(i), "text": text} for i, text in enumerate(batch)]
        async with semaphore:
            found = await _ask(client, url, {"documents": documents})
        for document in found.get("documents", ()):
            out[start + int(document["id"])] = document
        for refusal in found.get("errors", ()):
            errors[start + int(refusal["id"])] = {"status": 200, **refusal["error"]}
        if "error" in found:
            errors[start : start + len(batch)] = [found["error"]] * len(batch)

    await asyncio.gather(*(ask(start) for start in range(0, len(texts), job.BATCH)))


async def _ask(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer, or the error of all the documents."""
    for attempt in range(1, job.ATTEMPTS + 1):
        again = None
        try:
            answer = await client.post(url, json=body)
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            told = {"status": answer.status_code, "code": "rejected", "message": answer.text[:500]}
            if answer.status_code not in job.AGAIN:
                break
            again = answer.headers.get("Retry-After")
        except httpx.HTTPError as error:
            told = {"status": None, "code": "unavailable", "message": repr(error)}
        if attempt < job.ATTEMPTS:
            await asyncio.sleep(job.pause(attempt, again))
    return {"error": told}


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    with asyncio.Runner() as runner:
        opened = runner.run(_open(concurrency))
        target = url + job.PATH

        def transform(frame: pd.DataFrame) -> pd.DataFrame:
            out: Dicts = [None] * len(frame)
            errors: Dicts = [None] * len(frame)
            texts = job.texts_of(frame)
            runner.run(_send(opened, target, concurrency, texts, out, errors))
            return job.with_columns(
                frame,
                pa.chunked_array([pa.array(out, job.OUT)]),
                pa.chunked_array([pa.array(errors, job.ERROR)]),
            )

        try:
            yield transform
        finally:
            runner.run(opened.aclose())

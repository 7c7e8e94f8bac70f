"""Azure's own SDK, its asyncio client over aiohttp, on uvloop; its own retries."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import aiohttp
import machine
import pandas as pd
from azure.ai.textanalytics.aio import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AioHttpTransport

from clients import azure_sdk, job


async def _open(url: str, concurrency: int) -> TextAnalyticsClient:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency), cookie_jar=aiohttp.DummyCookieJar()
    )
    return TextAnalyticsClient(
        url,
        AzureKeyCredential("any"),
        api_version=azure_sdk.VERSION,
        retry_backoff_factor=0.05,  # as the others'
        transport=AioHttpTransport(session=session),
    )


async def _send(
    sdk: TextAnalyticsClient, concurrency: int, frame: pd.DataFrame, columns: job.Columns
) -> None:
    batches = azure_sdk.batches(frame)

    async def worker() -> None:
        for number, documents in batches:
            try:
                results = await sdk.analyze_sentiment(documents)
            except AzureError as error:
                columns.failed(number, None, "unavailable", type(error).__name__)
            else:
                azure_sdk.take(columns, number, results)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    with asyncio.Runner(loop_factory=machine.new_event_loop) as runner:
        sdk = runner.run(_open(url, concurrency))

        def transform(frame: pd.DataFrame) -> pd.DataFrame:
            columns = job.Columns(len(frame))
            runner.run(_send(sdk, concurrency, frame, columns))
            return columns.frame(frame)

        try:
            yield transform
        finally:
            runner.run(sdk.close())

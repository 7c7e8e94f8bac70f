"""Azure's own SDK in a pool of threads: one client, one connection a thread, its own retries."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import requests
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from clients import azure_sdk, job


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=concurrency))
    sdk = TextAnalyticsClient(
        url,
        AzureKeyCredential("any"),
        api_version=azure_sdk.VERSION,
        retry_backoff_factor=0.05,  # as the others'
        transport=RequestsTransport(session=session),
    )

    def ask(
        number: int, documents: list[dict[str, str]], columns: job.Columns, lock: threading.Lock
    ) -> None:
        try:
            results = sdk.analyze_sentiment(documents)
        except AzureError as error:
            with lock:
                columns.failed(number, None, "unavailable", type(error).__name__)
            return
        with lock:
            azure_sdk.take(columns, number, results)

    def transform(frame: pd.DataFrame) -> pd.DataFrame:
        columns, lock = job.Columns(len(frame)), threading.Lock()
        waiting = [
            executor.submit(ask, number, documents, columns, lock)
            for number, documents in azure_sdk.batches(frame)
        ]
        for future in waiting:
            future.result()
        return columns.frame(frame)

    with sdk, ThreadPoolExecutor(concurrency) as executor:
        yield transform

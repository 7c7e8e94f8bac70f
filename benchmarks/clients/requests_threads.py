"""requests in a pool of threads, a session each, with the decode and the columns of the bar."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from clients import job


class _Sessions(threading.local):
    """A session for each thread: one is not safe to share."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.headers.update(job.HEADERS)
        again = Retry(
            job.ATTEMPTS - 1,
            status_forcelist=job.AGAIN,
            allowed_methods=None,
            backoff_factor=0.05,
            backoff_jitter=0.05,
            raise_on_status=False,
        )
        self.session.mount("http://", HTTPAdapter(pool_maxsize=1, max_retries=again))


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    sessions = _Sessions()
    target = url + job.PATH

    def ask(number: int, body: bytes, columns: job.Columns, lock: threading.Lock) -> None:
        try:
            answer = sessions.session.post(target, data=body, timeout=job.TIMEOUT)
        except requests.RequestException as error:
            with lock:
                columns.failed(number, None, "unavailable", type(error).__name__)
            return
        with lock:
            if answer.status_code == 200:
                columns.answered(number, answer.content)
            else:
                columns.failed(number, answer.status_code, "rejected", answer.text[:500])

    def transform(frame: pd.DataFrame) -> pd.DataFrame:
        columns, lock = job.Columns(len(frame)), threading.Lock()
        waiting = [
            executor.submit(ask, number, body, columns, lock)
            for number, body in job.requests(frame)
        ]
        for future in waiting:
            future.result()
        return columns.frame(frame)

    with ThreadPoolExecutor(concurrency) as executor:
        yield transform

"""cogml by its public API: `TextSentiment` on a pandas frame."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pandas as pd

from cogml.cognitive import TextSentiment


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    stage = TextSentiment(
        endpoint=url,
        subscriptionKey="any",
        outputCol="out",
        errorCol="error",
        concurrency=concurrency,
    )
    yield stage.transform

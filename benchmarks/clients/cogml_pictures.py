"""cogml by its public API: `AnalyzeImage` on a pandas frame of bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pandas as pd

from cogml.cognitive import AnalyzeImage

TAKES = "pictures"


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    stage = AnalyzeImage(
        endpoint=url,
        subscriptionKey="any",
        imageBytesCol="picture",
        visualFeatures=["Objects"],
        outputCol="out",
        errorCol="error",
        concurrency=concurrency,
    )
    yield stage.transform

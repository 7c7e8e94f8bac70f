"""cogml on a stream of Arrow batches: what comes out is counted, and let go of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pyarrow as pa

from cogml.cognitive import TextSentiment

TAKES = "stream"


@contextlib.contextmanager
def client(
    url: str, concurrency: int
) -> Iterator[Callable[[pa.RecordBatchReader], tuple[int, int]]]:
    stage = TextSentiment(
        endpoint=url,
        subscriptionKey="any",
        outputCol="out",
        errorCol="error",
        concurrency=concurrency,
    )

    def transform(reader: pa.RecordBatchReader) -> tuple[int, int]:
        """How many rows came, and how many of them without an error."""
        rows = answered = 0
        for batch in stage.transform(reader):
            rows += batch.num_rows
            answered += batch.column("error").null_count
        return rows, answered

    yield transform

"""Texts to send: short, of one sentence or two, no two of them alike."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

SENTENCES = (
    "The room was clean and the staff were good.",
    "We waited an hour and that was bad.",
    "It is a phone with a screen.",
    "Great value, but the battery is not good.",
    "I would not buy this again!",
)
PIECE = 10_000
SCHEMA = pa.schema([("text", pa.string())])


def text(number: int) -> str:
    """A text that no other number gives; every other one has a second sentence."""
    first = f"Guest {number}: {SENTENCES[number % 5]}"
    return f"{first} {SENTENCES[number // 5 % 5]}" if number % 2 else first


def batches(rows: int, start: int = 0) -> Iterator[pa.RecordBatch]:
    """So many texts, as a stream of batches; each is made when it is its turn."""
    for first in range(start, start + rows, PIECE):
        numbers = range(first, min(first + PIECE, start + rows))
        yield pa.record_batch([pa.array([text(n) for n in numbers])], names=["text"])


def reader(rows: int, start: int = 0) -> pa.RecordBatchReader:
    """So many texts, as a stream that makes them as it is read."""
    return pa.RecordBatchReader.from_batches(SCHEMA, batches(rows, start))


def frame(rows: int, start: int = 0) -> pd.DataFrame:
    """So many texts, as a pandas frame whose column is of pandas' own string type."""
    table = pa.Table.from_batches(batches(rows, start), SCHEMA)
    return table.to_pandas().astype({"text": "str" if pd.__version__ >= "3" else "string"})

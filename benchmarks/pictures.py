"""Pictures to send: two megabytes each, no two alike; for the service they are only bytes."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BYTES = 2 * 2**20


def picture(number: int) -> bytes:
    """Bytes that no other number gives, and that do not compress."""
    return number.to_bytes(8, "big") + random.Random(number % 7).randbytes(BYTES - 8)


def frame(rows: int, start: int = 0) -> pd.DataFrame:
    """So many pictures, as a column of bytes."""
    made = pa.array([picture(number) for number in range(start, start + rows)], pa.large_binary())
    return pd.DataFrame({"picture": pd.Series(pd.arrays.ArrowExtensionArray(made))})


def check(found: pd.DataFrame, rows: int) -> None:
    """Every row has the answer to its own picture, whole, and no error."""
    table = pa.Table.from_pandas(found, preserve_index=False)
    if table.num_rows != rows or table["error"].null_count != rows:
        errors = table["error"].drop_null()[:1].to_pylist()
        raise AssertionError(f"{table.num_rows} rows, of {rows}; {errors}")
    out: Any = table["out"].combine_chunks()
    sums = [f"{zlib.crc32(bytes_):08x}" for bytes_ in table["picture"].to_pylist()]
    if out.field("requestId").to_pylist() != sums:
        raise AssertionError("an answer stands in a row that is not its own")
    objects = set(pc.list_value_length(out.field("objects")).to_pylist())
    if len(objects) != 1 or objects.pop() < 10_000:
        raise AssertionError(f"the answers have {objects} objects")

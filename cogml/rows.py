"""Equal rows are asked for once: which rows are the first of their like, and the way back to all.

Text beyond what one Arrow array of 32-bit offsets can hold (2 GB) is taken a chunk at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cogml.schema import is_list, plain

_BLOCK = 50_000  # rows that are brought back at once


REFUSED = "\0refused"
"""The column, beside those that are needed, in which a frame says why a row cannot be sent."""


class Distinct(NamedTuple):
    """`first`: whether a row is the first of its like; `number`: which of the first ones it is."""

    first: pa.BooleanArray
    number: pa.Int64Array


def distinct(table: pa.Table) -> Distinct | None:
    """The distinct rows in order of appearance; None when no two rows are equal."""
    if table.num_columns == 0 or table.num_rows < 2:
        return None
    key = _codes(table.column(0))
    for column in table.columns[1:]:
        codes = _codes(column)
        width = pc.add(pc.max(codes), 1)
        key = _codes(pc.add(pc.multiply(key, width), codes))
    rows = pa.array(range(len(key)), pa.int64())
    groups = pa.table({"key": key, "row": rows}).group_by("key", use_threads=False)
    first = groups.aggregate([("row", "min")])
    if first.num_rows == table.num_rows:
        return None
    first = first.sort_by("row_min").combine_chunks()
    number = pc.index_in(key, value_set=first["key"].combine_chunks()).cast(pa.int64())
    return Distinct(pc.is_in(rows, value_set=first["row_min"].combine_chunks()), number)


def slices(table: pa.Table, found: Distinct | None, size: int) -> Iterator[pa.Table]:
    """The rows to ask for, `size` at a time (fewer in the last), however the table is chunked."""
    held: list[pa.Table] = []
    rows = start = 0
    for batch in table.to_batches(size):
        part = pa.Table.from_batches([batch])
        if found is not None:
            part = _plain(part).filter(found.first.slice(start, part.num_rows))
            start += batch.num_rows
        held.append(part)
        rows += part.num_rows
        if rows >= size:
            ready = pa.concat_tables(held)
            yield ready.slice(0, size)
            held, rows = [ready.slice(size)], rows - size
    if rows:
        yield pa.concat_tables(held)


def _plain(table: pa.Table) -> pa.Table:
    # Arrow's kernels do not filter string views yet.
    fields = [field.with_type(plain(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def bring_back(answers: list[pa.Array], number: pa.Int64Array, size: int) -> Iterator[pa.Array]:
    """The answers of all rows, from those of the distinct ones in chunks of `size`."""
    for start in range(0, len(number), _BLOCK):
        wanted = number.slice(start, _BLOCK)
        chunk = pc.divide(wanted, size)
        order = pc.sort_indices(chunk)
        sorted_rows = wanted.take(order)
        runs = pc.run_end_encode(chunk.take(order), run_end_type=pa.int64())
        ends = [0, *runs.run_ends.to_pylist()]
        taken = [
            answers[at].take(pc.subtract(sorted_rows.slice(a, b - a), at * size))
            for at, (a, b) in zip(runs.values.to_pylist(), itertools.pairwise(ends), strict=True)
        ]
        yield pa.concat_arrays(taken).take(pc.sort_indices(order))


def _codes(column: pa.ChunkedArray | pa.Array) -> pa.Int64Array:
    """One number a value, equal for equal values; null is a value like any other."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if is_list(kind) or pa.types.is_map(kind):
        seen: dict[object, int] = {}
        values = (None if v is None else tuple(v) for v in column.to_pylist())
        return pa.array([seen.setdefault(value, len(seen)) for value in values], pa.int64())
    if pa.types.is_null(kind):
        return pa.array([0] * len(column), pa.int64())
    column = column.cast(pa.large_string() if pa.types.is_string(kind) else plain(kind))
    encoded = column.dictionary_encode("encode")
    chunks = encoded.chunks if isinstance(encoded, pa.ChunkedArray) else [encoded]
    return pa.concat_arrays([chunk.indices.cast(pa.int64()) for chunk in chunks])

"""Equal rows are asked for once: a table becomes its distinct rows, and the way back to all."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from cogml.schema import is_list, plain


def distinct(table: pa.Table) -> tuple[pa.Table, pa.Array | None]:
    """The distinct rows in order of first appearance, and for each row the number of its like.

    The second part is None when no two rows are equal (or there is nothing to compare).
    """
    if table.num_columns == 0 or table.num_rows < 2:
        return table, None
    table = table.cast(pa.schema([field.with_type(plain(field.type)) for field in table.schema]))
    key = _codes(table.column(0))
    for column in table.columns[1:]:
        codes = _codes(column)
        width = pc.add(pc.max(codes), 1)
        key = _codes(pc.add(pc.multiply(key, width), codes))
    groups = pa.table({"key": key, "row": pa.array(range(len(key)), pa.int64())})
    first = groups.group_by("key", use_threads=False).aggregate([("row", "min")])
    if first.num_rows == table.num_rows:
        return table, None
    first = first.sort_by("row_min")
    return table.take(first["row_min"]), pc.index_in(key, value_set=first["key"].combine_chunks())


def _codes(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One number a value, equal for equal values; null is a value like any other."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # longer than one array can be
        column = pa.concat_arrays(column.chunks)
    if is_list(column.type):
        seen: dict[object, int] = {}
        values = (None if v is None else tuple(v) for v in column.to_pylist())
        return pa.array([seen.setdefault(value, len(seen)) for value in values], pa.int64())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return pa.array([0] * len(column), pa.int64())
    encoded = column.dictionary_encode("encode")
    return encoded.indices.cast(pa.int64())

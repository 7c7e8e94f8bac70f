"""Equal rows are asked for once: which rows are the first of their like, and the way back to all.

Rows that need each other (those of one group) are brought together, and back to their places.
Text beyond what one Arrow array of 32-bit offsets can hold (2 GB) is taken a chunk at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from cogml.binding import UNREADABLE, python_values
from cogml.schema import is_binary, is_list, is_text, plain

_BLOCK = 50_000  # rows that are hashed, merged or brought back at once
_TEXTS = 1_000  # that are Python's own at once
_PIECE = 1_024  # bytes of a value that are looked at, at its begin, its middle and its end
_MOST_BYTES = 2**31 - 1  # that 32-bit offsets reach


def needed(table: pa.Table | pa.RecordBatch, names: list[str]) -> pa.Table | pa.RecordBatch:
    """The columns of these names; one of nulls where there are none, so that there are rows."""
    return table.select(names) if names else type(table).from_pydict(unread(table.num_rows))


def unread(rows: int) -> dict[str, pa.Array]:
    """The columns of so many rows of which nothing is read."""
    return {"": pa.nulls(rows)}


REFUSED = "\0refused"
"""The column, beside those that are needed, in which a frame says why a row cannot be sent."""


class Distinct(NamedTuple):
    """`first`: whether a row is the first of its like; `number`: which of the first ones it is."""

    first: pa.BooleanArray
    number: pa.Int64Array


def distinct(table: pa.Table) -> Distinct | None:
    """The distinct rows in order of appearance; None when no two rows are equal."""
    if table.num_columns == 0 or table.num_rows < 2 or any(map(_all_differ, table.columns)):
        return None
    number = _combined([_codes(column) for column in table.columns])
    highest = pc.cumulative_max(number)
    if highest[-1].as_py() == table.num_rows - 1:
        return None
    new = pc.not_equal(highest.slice(1), highest.slice(0, table.num_rows - 1))
    return Distinct(pa.concat_arrays([pa.array([True]), new]), number)


def _all_differ(column: pa.ChunkedArray) -> bool:
    """Whether no two values of a column, of text or of bytes, are equal, as hashes tell; False
    where that is not sure.

    Nearly always none are, and to see that takes half as long as to number texts, a tenth as long
    as to number pictures: those would be copied, these read whole. The first block tells of most
    other columns that they are not worth the try.
    """
    kind = column.type
    if pa.types.is_dictionary(kind) or not (is_text(kind) or is_binary(kind)):
        return False
    hashes: Callable[[pa.ChunkedArray], Iterator[int]] = _hashes if is_text(kind) else _glances
    blocks = []
    for start in range(0, len(column), _BLOCK):
        try:
            blocks.append(pa.array(hashes(column.slice(start, _BLOCK)), pa.int64()))
        except UnicodeDecodeError:
            return False
        if start == 0 and not _once_each(blocks):
            return False
    return len(blocks) == 1 or _once_each(blocks)


def _once_each(numbers: list[pa.Int64Array]) -> bool:
    whole = pa.chunked_array(numbers)
    return len(whole.unique()) == len(whole)


def _hashes(texts: pa.ChunkedArray) -> Iterator[int]:
    for start in range(0, len(texts), _TEXTS):
        yield from map(hash, texts.slice(start, _TEXTS).to_pylist())


def _glances(values: pa.ChunkedArray) -> Iterator[int]:
    """A hash of the length and of some of the bytes of each: no two pictures share those."""
    for value in values:
        data = value.as_buffer() or b""  # null looks like nothing: numbers tell
        size = len(data)
        starts = (0, max(0, (size - _PIECE) // 2), max(0, size - _PIECE))
        yield hash((size, b"".join(data[at : at + _PIECE] for at in starts)))


class Grouped(NamedTuple):
    """Rows in order of their groups: `order` takes them there, `place` back; `ends` of groups."""

    order: pa.Int64Array
    place: pa.Int64Array
    ends: list[int]


def grouped(table: pa.Table, names: list[str]) -> Grouped:
    """The rows with those of equal values in these columns together, in order within a group."""
    rows = pa.array(range(table.num_rows), pa.int64())
    if not names or table.num_rows < 2:
        return Grouped(rows, rows, [table.num_rows])
    key = _combined([_codes(table.column(name)) for name in names])
    order = pc.sort_indices(
        pa.table({"key": key, "row": rows}),
        sort_keys=[("key", "ascending"), ("row", "ascending")],
    ).cast(pa.int64())
    runs = pc.run_end_encode(key.take(order), run_end_type=pa.int64())
    place = pc.sort_indices(order).cast(pa.int64())
    return Grouped(order, place, runs.run_ends.to_pylist())


Columns = tuple[pa.ChunkedArray, ...]
"""What is made of rows: the error, the output, and what may follow."""


def failed(
    table: pa.Table,
    error: pa.ChunkedArray,
    output: pa.ChunkedArray,
    group: list[str] | None,
    upstream: pa.ChunkedArray | None = None,
) -> pa.BooleanArray:
    """Which rows have an error or no output, or are of a group in which one has an error; but for
    the sake of a row that is still held back `upstream` no other of its group is asked again."""
    found = error.is_valid().combine_chunks()
    if group is None or table.num_rows == 0:
        return pc.or_(found, output.is_null().combine_chunks())
    own = found if upstream is None else pc.and_(found, upstream.combine_chunks().is_null())
    if not group:
        return pa.array([True] * len(found)) if own.true_count else found
    key = _combined([_codes(table.column(name)) for name in group])
    return pc.or_(found, pc.is_in(key, value_set=key.filter(own)))


def merged(old: Columns, new: Columns, asked: pa.BooleanArray) -> Columns:
    """The old columns, with the new ones, in order, in the places of the rows that were asked
    again; but for a row that had an output and got none."""
    parts: list[list[pa.Array]] = [[] for _ in new]
    begun = 0
    for start in range(0, len(asked), _BLOCK):
        rows = asked.slice(start, _BLOCK)
        count = rows.true_count
        were = [column.slice(start, len(rows)) for column in old]
        are = [column.slice(begun, count) for column in new]
        begun += count
        better = pc.or_(are[1].is_valid(), were[1].filter(rows).is_null()).combine_chunks()
        nth = pc.subtract(pc.cumulative_sum(rows.cast(pa.int64())), 1)
        taken = pc.fill_null(better.take(pc.if_else(rows, nth, None)), False)
        here = pa.array(range(len(rows)), pa.int64())
        place = pc.if_else(taken, pc.add(nth, len(rows)), here)
        for made, was, is_now in zip(parts, were, are, strict=True):
            both = [*plain_chunks(was, is_now.type), *is_now.chunks]
            made.append(pa.concat_arrays(both).take(place))
    return tuple(
        pa.chunked_array(made, column.type) for made, column in zip(parts, new, strict=True)
    )


def plain_chunks(column: pa.ChunkedArray, kind: pa.DataType) -> list[pa.Array]:
    """The chunks of a column in a type that differs in widths and views alone."""
    return list(without_views(pa.table({"": column})).column(0).cast(kind).chunks)


def whole_groups(table: pa.Table, ends: list[int], size: int) -> Iterator[pa.Table]:
    """Slices of at least `size` rows that end where a group ends."""
    start = 0
    for end in ends:
        if end - start >= size or end == ends[-1]:
            yield table.slice(start, end - start)
            start = end


def slices(table: pa.Table, found: Distinct | None, size: int) -> Iterator[pa.Table]:
    """The rows to ask for, `size` at a time (fewer in the last), however the table is chunked."""
    held: list[pa.Table] = []
    rows = start = 0
    for batch in table.to_batches(size):
        part = pa.Table.from_batches([batch])
        if found is not None:
            part = without_views(part).filter(found.first.slice(start, part.num_rows))
            start += batch.num_rows
        held.append(part)
        rows += part.num_rows
        if rows >= size:
            ready = pa.concat_tables(held)
            yield ready.slice(0, size)
            held, rows = [ready.slice(size)], rows - size
    if rows:
        yield pa.concat_tables(held)


def without_views(table: pa.Table) -> pa.Table:
    """The table with its views as strings and bytes: Arrow's kernels do not take views yet."""
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


def _combined(codes: list[pa.Int64Array]) -> pa.Int64Array:
    """One number for each combination of these numbers, from 0 in order of appearance."""
    key = codes[0]
    for further in codes[1:]:
        width = pc.add(pc.max(further), 1)
        key = _codes(pc.add(pc.multiply(key, width), further))
    return key


def _codes(column: pa.ChunkedArray | pa.Array) -> pa.Int64Array:
    """One number a value, equal for equal values, from 0 in order of appearance; null is a value
    like any other."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if is_binary(kind) and kind != column.type:
        column = column.cast(kind)
    if is_binary(kind):
        return _numbered(_digest(value.as_buffer()) for value in column)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        # Some items Arrow has no dictionary of, some Python has no value for.
        with contextlib.suppress(pa.ArrowNotImplementedError, OverflowError, ValueError):
            return _numbered(_digests(column))
    if is_list(kind) or pa.types.is_map(kind):
        return _numbered(_shown(row, v) for row, v in enumerate(python_values(column)))
    if pa.types.is_struct(kind):
        return _combined([_codes(column.is_null()), *map(_codes, column.flatten())])
    if pa.types.is_null(kind):
        return pa.array([0] * len(column), pa.int64())
    large = kind != column.type or column.get_total_buffer_size() > _MOST_BYTES
    wanted = pa.large_string() if pa.types.is_string(kind) and large else plain(kind)
    if column.type != wanted:
        column = column.cast(wanted)
    if pa.types.is_floating(kind) and not pa.types.is_float16(kind):
        column = pc.add(column, pa.scalar(0, kind))  # -0.0 is 0.0
    encoded = column.dictionary_encode("encode")
    chunks = encoded.chunks if isinstance(encoded, pa.ChunkedArray) else [encoded]
    indices = [chunk.indices.cast(pa.int64()) for chunk in chunks]
    return pa.chunked_array(indices, pa.int64()).combine_chunks()


def _numbered(values: Iterable[object]) -> pa.Int64Array:
    seen: dict[object, int] = {}
    return pa.array([seen.setdefault(value, len(seen)) for value in values], pa.int64())


def _digests(column: pa.ChunkedArray | pa.Array) -> Iterator[bytes | None]:
    """For each list what is equal for equal ones; made of its items a column at a time."""
    words = list(_words(pc.list_flatten(column)))
    start = 0
    for length in pc.list_value_length(column).to_pylist():
        if length is None:
            yield None
            continue
        found = hashlib.blake2b(length.to_bytes(8), digest_size=16)
        for each in words:
            found.update(each[start : start + length])
        yield found.digest()
        start += length


def _words(column: pa.ChunkedArray | pa.Array) -> Iterator[memoryview]:
    """Numbers for the values, equal for equal ones; of structs, for each of their fields."""
    if pa.types.is_struct(column.type):
        if column.null_count:
            yield from _words(column.is_null())
        for field in column.flatten():
            yield from _words(field)
        return
    if pa.types.is_temporal(column.type):
        pc.min_max(column).as_py()  # raises where Python has none of them
    if column.type == pa.float64() and not column.null_count:
        # A series seldom has two equal values: to number them would cost more than all else.
        numbers = pc.add(column, 0.0)  # -0.0 is 0.0
    else:
        numbers = _codes(column)
    whole = numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers
    held = memoryview(whole.buffers()[1]).cast("B").cast("q")
    yield held[whole.offset : whole.offset + len(whole)]


def _shown(row: int, value: object) -> object:
    """What is equal for equal values; one that cannot be read is like no other."""
    if value is UNREADABLE:
        return UNREADABLE, row
    return None if value is None else repr(value)


def _digest(data: pa.Buffer | None) -> bytes | None:
    # Not the bytes themselves: pictures would be held a second time.
    return None if data is None else hashlib.blake2b(data, digest_size=16).digest()

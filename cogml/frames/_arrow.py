"""pyarrow: a Table or RecordBatch at once, a RecordBatchReader as a stream."""

from __future__ import annotations

import collections
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cogml.errors import ParamError
from cogml.progress import Progress

if TYPE_CHECKING:
    from cogml.plan import Plan


_JOINED_BYTES = 16_000_000
_JOINED_SECONDS = 0.05


def add_columns(frame: Any, plan: Plan) -> Any:
    """The same kind of object, with two columns more."""
    if isinstance(frame, pa.Table):
        return _table(frame, plan)
    if isinstance(frame, pa.RecordBatch):
        table = _table(pa.Table.from_batches([frame]), plan).combine_chunks()
        columns = [
            pa.concat_arrays(column.chunks or [pa.array([], column.type)])
            for column in table.columns
        ]
        return pa.RecordBatch.from_arrays(columns, schema=table.schema)
    if isinstance(frame, pa.RecordBatchReader):
        return _reader(frame, plan)
    raise ParamError(
        f"cannot transform a pyarrow {type(frame).__name__}; expected a Table, a RecordBatch or a "
        f"RecordBatchReader"
    )


def _table(table: pa.Table, plan: Plan) -> pa.Table:
    fields = check(table.schema, plan)
    with Progress(type(plan.service).__name__) as progress:
        columns = plan.fill(needed(table, plan.needs), progress)
    for field, column in zip(fields, columns, strict=True):
        place = table.schema.get_field_index(field.name)
        if place < 0:
            table = table.append_column(field, column)
        else:
            table = table.set_column(place, field, column)
    return table


def _reader(reader: pa.RecordBatchReader, plan: Plan) -> pa.RecordBatchReader:
    fields = check(reader.schema, plan)
    schema = with_fields(reader.schema, fields)
    return pa.RecordBatchReader.from_batches(schema, fill_batches(reader, plan, schema))


def check(schema: pa.Schema, plan: Plan) -> list[pa.Field]:
    """Hold the plan against this schema; the fields it will add."""
    types = dict(zip(schema.names, schema.types, strict=True))
    plan.check({name: types[name] for name in plan.needs if name in types}, schema.names)
    return plan.fields({n: types[n] for n in (plan.error, plan.output) if n in types})


def with_fields(schema: pa.Schema, fields: Sequence[pa.Field]) -> pa.Schema:
    """The schema with these fields, each in the place of its namesake or behind."""
    for field in fields:
        place = schema.get_field_index(field.name)
        schema = schema.append(field) if place < 0 else schema.set(place, field)
    return schema


def needed(table: pa.Table | pa.RecordBatch, needs: list[str]) -> pa.Table | pa.RecordBatch:
    """The columns that are read; one of nulls where none is, so that there are rows at all."""
    return table.select(needs) if needs else type(table).from_pydict(unread(table.num_rows))


def unread(rows: int) -> dict[str, pa.Array]:
    """The columns of so many rows of which nothing is read."""
    return {"": pa.nulls(rows)}


def fill_batches(
    batches: Iterator[pa.RecordBatch], plan: Plan, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows with their two columns, in order, reading ahead while requests are in flight."""
    sources: collections.deque[pa.RecordBatch] = collections.deque()

    def inputs() -> Iterator[pa.RecordBatch]:
        for piece in pieces(batches, plan.piece()):
            sources.append(piece)
            yield needed(piece, plan.needs)

    for error, output in plan.stream(inputs()):
        source = sources.popleft()
        made = {plan.error: error, plan.output: output}
        columns = [made[name] if name in made else source.column(name) for name in schema.names]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def pieces(
    batches: Iterable[pa.RecordBatch],
    size: int,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `size`: larger ones cut, smaller ones joined.

    Joined are what comes within 50 ms, up to 16 MB: a source that is slower is not waited for.
    """
    held: list[pa.RecordBatch] = []
    rows = volume = 0
    since = 0.0
    for batch in batches:
        # Not nbytes: it reads offsets that Spark 3.5 leaves out of empty lists; Arrow 18 crashes.
        weight = batch.get_total_buffer_size()
        late = clock() - since > _JOINED_SECONDS
        if held and (late or rows + batch.num_rows > size or volume + weight > _JOINED_BYTES):
            yield from _joined(held)
            held, rows, volume = [], 0, 0
        if batch.num_rows >= size:
            for start in range(0, batch.num_rows, size):
                yield batch.slice(start, size)
            continue
        if not held:
            since = clock()
        held.append(batch)
        rows += batch.num_rows
        volume += weight
    yield from _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if len(batches) > 1:
        with contextlib.suppress(pa.ArrowInvalid):  # dictionaries that have no common index type
            batches = pa.Table.from_batches(batches).combine_chunks().to_batches()
    yield from batches

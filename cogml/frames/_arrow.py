"""pyarrow: a Table or RecordBatch at once, a RecordBatchReader as a stream."""

from __future__ import annotations

import collections
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from cogml.errors import ParamError, one_of
from cogml.progress import Progress
from cogml.rows import needed
from cogml.schema import is_list

if TYPE_CHECKING:
    from cogml.plan import Plan


_LOG = logging.getLogger("cogml")
_EXPLODED_BYTES = 1_000_000_000
_JOINED_BYTES = 16_000_000
_JOINED_SECONDS = 0.05


def add_columns(frame: Any, plan: Plan) -> Any:
    """The same kind of object, with the columns that are made behind its own."""
    if isinstance(frame, pa.Table):
        return _table(frame, plan)
    if isinstance(frame, pa.RecordBatch):
        return _batch(_table(pa.Table.from_batches([frame]), plan))
    if isinstance(frame, pa.RecordBatchReader):
        return _reader(frame, plan)
    raise ParamError(
        f"cannot transform a pyarrow {type(frame).__name__}; expected a Table, a RecordBatch or a "
        f"RecordBatchReader"
    )


def _table(table: pa.Table, plan: Plan) -> pa.Table:
    fields = check(table.schema, plan)
    with Progress(type(plan.service).__name__) as progress:
        columns = plan.fill(needed(table, plan.reads), progress)
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
    if plan.group is not None:
        # A group's rows may be anywhere: all are read before the first is sent.
        whole = (batch for _ in range(1) for batch in _table(reader.read_all(), plan).to_batches())
        return pa.RecordBatchReader.from_batches(schema, whole)
    return pa.RecordBatchReader.from_batches(schema, fill_batches(reader, plan, schema))


def read(frame: Any, plan: Plan) -> pa.Table:
    """The columns that the plan reads."""
    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if not isinstance(frame, pa.Table):
        raise ParamError(
            f"cannot be fitted on a pyarrow {type(frame).__name__}; expected a Table, a "
            f"RecordBatch or a RecordBatchReader"
        )
    hold(frame.schema, plan)
    return needed(frame, plan.needs)


def explode(frame: Any, name: str) -> Any:
    """The same kind of object, with a row for each element of the column's lists."""
    if isinstance(frame, pa.Table):
        parts = [part for batch in frame.to_batches() for part in _exploded(batch, name)]
        return pa.Table.from_batches(parts, _of_elements(frame.schema, name))
    if isinstance(frame, pa.RecordBatch):
        return _batch(explode(pa.Table.from_batches([frame]), name))
    batches = (part for batch in frame for part in _exploded(batch, name))
    return pa.RecordBatchReader.from_batches(_of_elements(frame.schema, name), batches)


def _of_elements(schema: pa.Schema, name: str) -> pa.Schema:
    """The schema with the elements of a list in the place of the list."""
    place = schema.get_field_index(name)
    return schema.set(place, schema.field(place).with_type(schema.field(place).type.value_type))


def _exploded(batch: pa.RecordBatch, name: str) -> list[pa.RecordBatch]:
    """The batch with a row for each element; in parts where one would exceed Arrow's 2 GB."""
    place = batch.schema.get_field_index(name)
    rows, elements = exploded(batch.column(place))
    weight = batch.get_total_buffer_size() / max(1, batch.num_rows) * len(rows)
    if weight > _EXPLODED_BYTES and batch.num_rows > 1:
        half = batch.num_rows // 2
        return _exploded(_copy(batch, 0, half), name) + _exploded(_copy(batch, half), name)
    taken = batch.take(rows)
    columns = [elements if at == place else column for at, column in enumerate(taken.columns)]
    return [pa.RecordBatch.from_arrays(columns, schema=_of_elements(batch.schema, name))]


def _copy(batch: pa.RecordBatch, start: int, length: int | None = None) -> pa.RecordBatch:
    """A slice in buffers of its own, which can be weighed."""
    part = batch.slice(start, length)
    return part.take(pa.array(range(part.num_rows), pa.int64()))


def exploded(lists: pa.Array) -> tuple[pa.Int64Array, pa.Array]:
    """For each element of the lists, in order, the row it is in, and the element; a row whose list
    is null or empty has one, null."""
    rows: list[int] = []
    places: list[int | None] = []
    begun = 0
    for row, length in enumerate(pc.list_value_length(lists).to_pylist()):
        rows += [row] * (length or 1)
        places += range(begun, begun + length) if length else [None]
        begun += length or 0
    return pa.array(rows, pa.int64()), pc.list_flatten(lists).take(pa.array(places, pa.int64()))


def flatten(frame: Any, name: str, path: Sequence[str], made: str) -> Any:
    """The same kind of object, of what lies under the path."""
    known(name, frame.schema.names)
    if isinstance(frame, pa.RecordBatchReader):
        schema = pa.schema([pa.field(made, under(frame.schema.field(name).type, path))])
        batches = (flatten(batch, name, path, made) for batch in frame)
        return pa.RecordBatchReader.from_batches(schema, batches)
    return type(frame).from_pydict({made: flat(frame.column(name), path)})


def known(name: str, names: Sequence[Any]) -> None:
    """Raise ParamError for a column that is not there."""
    if name not in names:
        raise ParamError(f"no column {name!r} in the frame{one_of(name, [*map(str, names)])}")


def flat(column: pa.Array | pa.ChunkedArray, path: Sequence[str]) -> pa.Array:
    """What lies under the path, nulls left out."""
    under(column.type, path)
    if column.null_count:
        _LOG.warning(
            "%d of %d rows have nothing under %s: what failed is in the error column of the stage "
            "before",
            column.null_count,
            len(column),
            ".".join(path),
        )
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    for step in path:
        while is_list(found.type):
            found = pc.list_flatten(found)
        found = pc.struct_field(found, step)
    while is_list(found.type):
        found = pc.list_flatten(found)
    return found.drop_null()


def under(kind: pa.DataType, path: Sequence[str]) -> pa.DataType:
    """The type of what lies under the path; raises ParamError when there is nothing."""
    for step in path:
        while is_list(kind):
            kind = kind.value_type
        if not pa.types.is_struct(kind) or kind.get_field_index(step) < 0:
            raise ParamError(f"expected an answer with {'.'.join(path)}; found {kind}")
        kind = kind.field(step).type
    return kind.value_type if is_list(kind) else kind


def check(schema: pa.Schema, plan: Plan) -> list[pa.Field]:
    """Hold the plan against this schema; the fields it will add."""
    types = hold(schema, plan)
    return plan.fields({n: types[n] for n in plan.makes if n in types})


def hold(schema: pa.Schema, plan: Plan) -> dict[str, pa.DataType]:
    """Hold the plan against this schema, whose types it returns."""
    types = dict(zip(schema.names, schema.types, strict=True))
    plan.check({name: types[name] for name in plan.needs if name in types}, schema.names)
    return types


def with_fields(schema: pa.Schema, fields: Sequence[pa.Field]) -> pa.Schema:
    """The schema with these fields, each in the place of its namesake or behind."""
    for field in fields:
        place = schema.get_field_index(field.name)
        schema = schema.append(field) if place < 0 else schema.set(place, field)
    return schema


def fill_batches(
    batches: Iterator[pa.RecordBatch], plan: Plan, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows with what is made of them, in order, reading ahead while requests are in flight."""
    sources: collections.deque[pa.RecordBatch] = collections.deque()

    def inputs() -> Iterator[pa.RecordBatch]:
        size = plan.piece()
        cut = pieces(batches, size) if plan.group is None else groups(batches, plan.group, size)
        for piece in cut:
            sources.append(piece)
            yield needed(piece, plan.reads)

    with contextlib.closing(plan.stream(inputs())) as filled:
        for found in filled:
            source = sources.popleft()
            made = dict(zip(plan.makes, found, strict=True))
            made[plan.output] = made[plan.output].cast(schema.field(plan.output).type)
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


def groups(
    batches: Iterable[pa.RecordBatch], names: list[str], size: int
) -> Iterator[pa.RecordBatch]:
    """The same rows, which are in order of these columns, in batches that hold whole groups.

    A batch has at least `size` rows, but for the last.
    """
    held: list[pa.RecordBatch] = []
    rows = 0
    last: Any = None
    for batch in batches:
        keys = list(zip(*(_keys(batch.column(name)) for name in names), strict=True))
        keys = keys or [()] * batch.num_rows
        if not keys:
            continue
        open_at = next((i for i in range(len(keys) - 1, 0, -1) if keys[i] != keys[i - 1]), 0)
        if rows + open_at >= size and (open_at or (held and keys[0] != last)):
            yield _whole([*held, batch.slice(0, open_at)])
            held, rows = [], 0
            batch = batch.slice(open_at)
        held.append(batch)
        rows += batch.num_rows
        last = keys[-1]
    if held:
        yield _whole(held)


def _keys(column: pa.Array) -> list[Any]:
    """Values that are equal where a group is the same."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())  # Python's times end with the year 9999
    if pa.types.is_floating(column.type):
        return [repr(value + 0.0) if value is not None else None for value in column.to_pylist()]
    return list(map(repr, column.to_pylist()))  # NaN in a struct is not equal to itself


def _whole(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return _batch(pa.Table.from_batches(batches).unify_dictionaries())


def _batch(table: pa.Table) -> pa.RecordBatch:
    """The table as one batch."""
    columns = [
        pa.concat_arrays(column.chunks or [pa.array([], column.type)]) for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _joined(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if len(batches) > 1:
        with contextlib.suppress(pa.ArrowInvalid):  # dictionaries that have no common index type
            batches = pa.Table.from_batches(batches).combine_chunks().to_batches()
    yield from batches

"""A plan's columns are filled: each distinct row is asked for once, the rows of a group together,
and what is made of them is brought to the places of all.

What is made is a tuple of columns, in the order of `Plan.made`, that take every step alike.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from cogml import schema, supplied
from cogml.counts import Counts
from cogml.engine import Run, Work
from cogml.errors import ServiceError
from cogml.exchange import SKIPPED, Outcome
from cogml.keeping import kept_up
from cogml.meta import META
from cogml.rows import (
    Columns,
    Distinct,
    bring_back,
    distinct,
    grouped,
    merged,
    slices,
    whole_groups,
    without_views,
)
from cogml.watch import Progress, Watch

if TYPE_CHECKING:
    from cogml.plan import Plan

SLICE = 1_000  # rows that are turned into a column at once, while further requests are in flight
SLICE_BYTES = 64_000_000
TOGETHER = 4  # slices of a table that lies in memory: none has to be waited for


def fill(plan: Plan, table: pa.Table, progress: Progress | None) -> Columns:
    """The columns of a whole table of the columns that are read."""
    supplied.begin(plan.transport)
    if not plan.again:
        return _fill(plan, table, progress)
    part, old, rows = plan.failed(table)
    return merged(old, _fill(plan, part, progress), rows)


def _fill(plan: Plan, table: pa.Table, progress: Progress | None) -> Columns:
    if plan.group is not None:
        return _fill_groups(plan, table, plan.group, progress)
    found = distinct(table)
    size = _rows_at_once(table, plan.at_once)
    asked = table.num_rows if found is None else found.first.true_count
    with _watch(plan, asked, progress) as watch:
        plan.report.sent, plan.report.repeated = asked, table.num_rows - asked
        made = _made(plan, slices(table, found, size), watch)
        if found is not None:
            made = [list(bring_back(arrays, found.number, size)) for arrays in made]
        return _counted(plan, made)


def _fill_groups(
    plan: Plan, table: pa.Table, names: list[str], progress: Progress | None
) -> Columns:
    found = grouped(table, names)
    with _watch(plan, table.num_rows, progress) as watch:
        plan.report.sent = table.num_rows
        together = whole_groups(without_views(table).take(found.order), found.ends, SLICE)
        made = _made(plan, together, watch)
        return _counted(plan, [[pa.concat_arrays(a).take(found.place)] if a else [] for a in made])


def _made(plan: Plan, tables: Iterable[pa.Table], watch: Watch) -> list[list[pa.Array]]:
    """For each column that is made, its parts."""
    made: list[list[pa.Array]] = [[] for _ in plan.makes]
    for columns in _columns(plan, tables, watch, together=TOGETHER):
        for parts, column in zip(made, columns, strict=True):
            parts.append(column)
    return made


def _counted(plan: Plan, made: list[list[pa.Array]]) -> Columns:
    columns = tuple(
        pa.chunked_array(parts, field.type) for parts, field in zip(made, plan.made(), strict=True)
    )
    plan.report.count(columns[0], columns[1])
    return columns


def stream(plan: Plan, batches: Iterable[pa.RecordBatch]) -> Generator[list[pa.Array], None, None]:
    """The columns of each batch of the columns that are read, in order."""
    repeated: collections.deque[Distinct | None] = collections.deque()
    kept: collections.deque[tuple[Columns, pa.BooleanArray]] = collections.deque()
    held: collections.deque[int] = collections.deque()
    report = plan.report
    supplied.begin(plan.transport)

    def asked() -> Iterator[pa.Table]:
        for batch in batches:
            held.append(batch.num_rows)
            table = pa.Table.from_batches([batch])
            if plan.again:
                table, old, rows = plan.failed(table)
                kept.append((old, rows))
            repeated.append(distinct(table) if plan.group is None else None)
            firsts = slices(table, repeated[-1], max(1, table.num_rows))
            part = next(firsts, table)
            report.sent += part.num_rows
            report.repeated += table.num_rows - part.num_rows
            yield part

    with _watch(plan) as watch, contextlib.closing(_columns(plan, asked(), watch, held)) as made:
        for columns in made:
            found = repeated.popleft()
            if found is not None:
                columns = [column.take(found.number) for column in columns]
            report.count(columns[0], columns[1])
            if plan.again:
                old, rows = kept.popleft()
                new = tuple(pa.chunked_array([column]) for column in columns)
                columns = [column.combine_chunks() for column in merged(old, new, rows)]
            yield columns


def _columns(
    plan: Plan,
    tables: Iterable[pa.Table | pa.RecordBatch],
    watch: Callable[[Counts], None],
    held: collections.deque[int] | None = None,
    together: int = 1,
) -> Generator[list[pa.Array], None, None]:
    def begun() -> Iterator[tuple[list[Outcome], Iterator[Work], int]]:
        for table in tables:
            outcomes = [SKIPPED] * table.num_rows
            yield outcomes, plan.works(table, outcomes), held.popleft() if held else 0

    write, write_meta = schema.writer(plan.output_type), schema.writer(META)

    def made_of(outcomes: list[Outcome]) -> list[pa.Array]:
        errors = [outcome.error for outcome in outcomes]
        failed = len(errors) - errors.count(None)
        run.counts.errors += failed
        output = write([outcome.value for outcome in outcomes])
        columns = [
            _written(errors) if failed else pa.nulls(len(errors), schema.ERROR),
            output,
            *(schema.picked(output, path) for path in plan.service.beside.values()),
        ]
        if plan.meta is not None:
            columns.append(write_meta([outcome.meta for outcome in outcomes]))
        return columns

    run = Run(plan.load, plan.transport, plan.tokens)
    outcomes = run.outcomes(begun(), watch, made_of, together)
    # Closed whatever happens here: a notebook keeps the traceback, and with it this frame.
    with kept_up(plan), contextlib.closing(outcomes) as found:
        yield from found
    watch(run.counts)


def _written(errors: list[ServiceError | None]) -> pa.Array:
    return pa.array([None if e is None else e.cells() for e in errors], schema.ERROR)


def _watch(plan: Plan, rows: int | None = None, progress: Progress | None = None) -> Watch:
    return Watch(type(plan.service).__name__, plan.service.uid, plan.report, rows, progress)


def _rows_at_once(table: pa.Table, most: int) -> int:
    """How many rows to work on at once: `most`, or fewer where they weigh much."""
    if table.num_rows == 0:
        return most
    weight = sum(column.get_total_buffer_size() for column in table.columns) / table.num_rows
    return max(1, min(most, int(SLICE_BYTES / (weight + 1))))

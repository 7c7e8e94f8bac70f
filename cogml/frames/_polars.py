"""polars: a DataFrame at once, a LazyFrame when it is collected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from cogml.errors import ParamError
from cogml.frames._arrow import check, flat, hold, known
from cogml.progress import Progress
from cogml.rows import unread

if TYPE_CHECKING:
    from cogml.plan import Plan


def add_columns(frame: Any, plan: Plan) -> pl.DataFrame | pl.LazyFrame:
    """The same kind of frame, with the columns that are made behind its own."""
    if isinstance(frame, pl.LazyFrame):
        schema = frame.collect_schema()
        fields = check(_arrow_schema(pl.DataFrame(schema=schema)), plan)
        made = {field.name: _polars_type(field.type) for field in fields}
        return frame.map_batches(
            lambda part: _filled(part, plan), schema=pl.Schema(dict(schema) | made)
        )
    if isinstance(frame, pl.DataFrame):
        check(_arrow_schema(frame), plan)
        return _filled(frame, plan)
    raise ParamError(
        f"cannot transform a polars {type(frame).__name__}; expected a DataFrame or a LazyFrame"
    )


def read(frame: Any, plan: Plan) -> pa.Table:
    """The columns that the plan reads."""
    if isinstance(frame, pl.LazyFrame):
        hold(_arrow_schema(pl.DataFrame(schema=frame.collect_schema())), plan)
        frame = frame.select(plan.needs).collect()
    if not isinstance(frame, pl.DataFrame):
        raise ParamError(
            f"cannot be fitted on a polars {type(frame).__name__}; expected a DataFrame or a "
            f"LazyFrame"
        )
    hold(_arrow_schema(frame), plan)
    return frame.select(plan.needs).to_arrow()


def explode(frame: Any, name: str) -> pl.DataFrame | pl.LazyFrame:
    """The same kind of frame, with a row for each element of the column's lists."""
    lists = pl.col(name)  # an empty one stays a row in some versions of polars, null in all
    full = pl.when(lists.list.len() > 0).then(lists).otherwise(None).alias(name)
    exploded: pl.DataFrame | pl.LazyFrame = frame.with_columns(full).explode(name)
    return exploded


def flatten(frame: Any, name: str, path: Sequence[str], made: str) -> pl.DataFrame | pl.LazyFrame:
    """The same kind of frame, of what lies under the path."""
    known(name, frame.collect_schema().names())
    if isinstance(frame, pl.LazyFrame):
        empty = pl.DataFrame(schema=frame.collect_schema())
        schema = flatten(empty, name, path, made).collect_schema()
        return frame.map_batches(lambda part: _flat(part, name, path, made), schema=schema)
    return _flat(frame, name, path, made)


def _flat(frame: pl.DataFrame, name: str, path: Sequence[str], made: str) -> pl.DataFrame:
    column = frame.select(name).to_arrow().column(0)
    return pl.DataFrame([_series(made, pa.chunked_array([flat(column, path)]))])


def _filled(frame: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    read = frame.select(plan.reads).to_arrow() if plan.reads else pa.table(unread(frame.height))
    with Progress(type(plan.service).__name__) as progress:
        made = plan.fill(read, progress)
    return frame.with_columns(map(_series, plan.makes, made))


def _series(name: str, column: pa.ChunkedArray) -> pl.Series:
    series = pl.from_arrow(pa.table({name: column}))
    assert isinstance(series, pl.DataFrame)
    return series.to_series()


def _polars_type(kind: pa.DataType) -> pl.DataType:
    return _series("", pa.chunked_array([], kind)).dtype


def _arrow_schema(frame: pl.DataFrame) -> pa.Schema:
    # Object columns have no Arrow type; they may be there as long as nobody reads them.
    plain = [name for name, kind in frame.schema.items() if kind != pl.Object]
    schema = frame.head(0).select(plain).to_arrow().schema
    for name in frame.columns:
        if name not in plain:
            schema = schema.append(pa.field(name, pa.binary()))
    return schema

"""pandas: index kept, the frame untouched, the new columns of ArrowDtype.

An object column may hold anything: a value that is no text, or a text that is no valid Unicode,
is that row's error and costs no other row. A `pathlib.Path` is the place of a file, as text.
"""

from __future__ import annotations

import collections
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.arrays import ArrowExtensionArray

from cogml.errors import ParamError
from cogml.frames._arrow import exploded, flat, known
from cogml.progress import Progress
from cogml.rows import REFUSED, unread
from cogml.schema import ERROR, is_list

if TYPE_CHECKING:
    from cogml.plan import Plan


_LISTS = (list, tuple, np.ndarray)  # arrays are what reading Parquet makes of lists
_TEXTS = (str, bytes, *_LISTS)


def read(frame: Any, plan: Plan) -> pa.Table:
    """The columns that the plan reads."""
    columns, faults = _checked(frame, plan)
    return _with_faults(pa.table(columns), faults)


def _checked(frame: Any, plan: Plan) -> tuple[dict[str, pa.ChunkedArray], dict[int, str]]:
    """The columns that the plan reads, which it has checked, and what is wrong with rows."""
    if not isinstance(frame, pd.DataFrame):
        raise ParamError(
            f"cannot transform a pandas {type(frame).__name__}; expected a DataFrame "
            f"(a Series: series.to_frame('text'))"
        )
    names = list(frame.columns)
    faults: dict[int, str] = {}
    read = {n: _read(frame[n], faults) for n in plan.needs if names.count(n) == 1}
    if plan.upstream in read:
        read[plan.upstream] = _in_type(frame[plan.upstream], ERROR, read[plan.upstream])
    plan.check({name: column.type for name, column in read.items()}, names)
    return read, faults


def _with_faults(table: pa.Table, faults: dict[int, str]) -> pa.Table:
    if not faults:
        return table
    why = pa.array([faults.get(row) for row in range(table.num_rows)], pa.string())
    return table.append_column(REFUSED, why)


def add_columns(frame: Any, plan: Plan) -> pd.DataFrame:
    """A new frame that shares the old one's columns, with those that are made behind."""
    read, faults = _checked(frame, plan)
    names = list(frame.columns)
    there = {n: _read(frame[n], {}) for n in plan.makes if n in names}
    if plan.again:
        kinds = {field.name: field.type for field in plan.made()}
        there = {n: _in_type(frame[n], kinds[n], column) for n, column in there.items()}
    plan.fields({name: column.type for name, column in there.items()})
    table = pa.table(read | there if plan.again else read or unread(len(frame)))
    table = _with_faults(table, faults)
    with Progress(type(plan.service).__name__) as progress:
        made = plan.fill(table, progress)
    result: pd.DataFrame = frame.assign()  # as independent of the old frame as this pandas makes it
    for name, made_column in zip(plan.makes, made, strict=True):
        result[name] = ArrowExtensionArray(made_column)
    return result


def _in_type(series: pd.Series[Any], kind: pa.DataType, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """What a stage made in its own type, where pandas has forgotten it on the way (to a file)."""
    if isinstance(series.dtype, pd.ArrowDtype):
        return column
    if not _fits(column.type, kind):
        return column
    try:
        return pa.chunked_array([pa.array(series, kind, from_pandas=True)])
    except (pa.ArrowException, TypeError, ValueError):
        return column


def _fits(found: pa.DataType, kind: pa.DataType) -> bool:
    """Whether values of this type, in which nobody chose widths or empty fields, may be of that."""
    if pa.types.is_struct(found) and pa.types.is_struct(kind):
        there = {field.name: field.type for field in kind}
        return all(f.name in there and _fits(f.type, there[f.name]) for f in found)
    if is_list(found) and is_list(kind):
        return _fits(found.value_type, kind.value_type)
    return bool(pa.types.is_null(found) or pa.types.is_nested(found) == pa.types.is_nested(kind))


def explode(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A new frame with a row for each element of the column's lists, under its row's index."""
    rows, elements = exploded(_arrow(frame[name]).combine_chunks())
    result = frame.take(rows.to_pylist())
    result[name] = ArrowExtensionArray(pa.chunked_array([elements]))
    return result


def flatten(frame: pd.DataFrame, name: str, path: Sequence[str], made: str) -> pd.DataFrame:
    """A new frame of what lies under the path."""
    known(name, list(frame.columns))
    column = _arrow(frame[name])
    return pd.DataFrame({made: ArrowExtensionArray(pa.chunked_array([flat(column, path)]))})


def _arrow(series: pd.Series[Any]) -> pa.ChunkedArray:
    column = pa.array(series, from_pandas=True)
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _read(series: pd.Series[Any], faults: dict[int, str]) -> pa.ChunkedArray:
    """The column in Arrow; what cannot be is null and has its reason in `faults`, by row number."""
    try:
        return _arrow(series)
    except (pa.ArrowException, ValueError, OverflowError):
        return pa.chunked_array([_read_one_by_one(series, faults)])


def _read_one_by_one(series: pd.Series[Any], faults: dict[int, str]) -> pa.Array:
    series = series.map(lambda value: str(value) if isinstance(value, pathlib.Path) else value)
    texts = next((type(v) for v in series if isinstance(v, _TEXTS)), None)
    if any(isinstance(v, _LISTS) and _holds_structs(v) for v in series):
        return _structs(series, faults)
    if texts is None:
        found = sorted({type(value).__name__ for value in series if not _is_missing(value)})
        raise ParamError(f"column {series.name!r} holds {', '.join(found)}; expected text")
    values = []
    for row, value in enumerate(series):
        fault = _fault(value, texts if texts in (str, bytes) else _LISTS)
        if fault:
            faults[row] = f"column {series.name!r}: {fault}"
        values.append(None if fault or _is_missing(value) else value)
    return pa.array(values)


def _holds_structs(value: Any) -> bool:
    return any(isinstance(item, dict) for item in value)


def _structs(series: pd.Series[Any], faults: dict[int, str]) -> pa.Array:
    """Arrays of structs, in the one type that holds those of most rows; the others are faults."""
    own = [None if _is_missing(value) else _own_type(value) for value in series]
    common = pa.schema([pa.field("v", pa.null())])
    strange = set()
    for kind, _ in collections.Counter(own).most_common():
        if kind is None:
            continue
        try:
            both = [common, pa.schema([pa.field("v", kind)])]
            common = pa.unify_schemas(both, promote_options="permissive")
        except pa.ArrowException:
            strange.add(kind)
    values = []
    for row, (value, kind) in enumerate(zip(series, own, strict=True)):
        wrong = kind in strange or (kind is None and not _is_missing(value))
        if wrong:
            faults[row] = f"column {series.name!r}: expected {common.field('v').type}"
        values.append(None if wrong or kind is None else list(value))
    return pa.array(values, common.field("v").type)


def _own_type(value: Any) -> pa.DataType | None:
    try:
        return pa.infer_type([list(value)])
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and value != value)
    )


def _fault(value: Any, wanted: Any) -> str:
    if _is_missing(value):
        return ""
    if not isinstance(value, wanted):
        expected = {str: "text", bytes: "bytes"}.get(wanted, "a list of text")
        return f"expected {expected}, found {type(value).__name__}"
    if isinstance(value, bytes):
        return ""
    if not isinstance(value, str):
        return next(filter(None, (_fault(item, str) for item in value)), "")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"the text has a lone surrogate at character {error.start}"
    return ""

"""pandas: index kept, the frame untouched, the new columns of ArrowDtype.

An object column may hold anything: a value that is no text, or a text that is no valid Unicode,
is that row's error and costs no other row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.arrays import ArrowExtensionArray

from cogml import schema
from cogml.errors import ParamError, ServiceError
from cogml.frames._arrow import needed
from cogml.progress import Progress

if TYPE_CHECKING:
    from cogml.plan import Plan


def add_columns(frame: Any, plan: Plan) -> pd.DataFrame:
    """A new frame that shares the old one's columns, with two columns more."""
    if not isinstance(frame, pd.DataFrame):
        raise ParamError(
            f"cannot transform a pandas {type(frame).__name__}; expected a DataFrame "
            f"(a Series: series.to_frame('text'))"
        )
    names = list(frame.columns)
    faults: dict[int, str] = {}
    read = {n: _read(frame[n], faults) for n in plan.needs if names.count(n) == 1}
    plan.check({name: column.type for name, column in read.items()}, map(str, names))
    there = {n: _read(frame[n], {}).type for n in (plan.error, plan.output) if n in names}
    plan.fields(there)
    table = pa.table(read) if read else needed(pa.table({"": pa.nulls(len(frame))}), [])
    if faults:
        table = _without(table, faults)
    with Progress(type(plan.service).__name__) as progress:
        error, output = plan.fill(table, progress)
    if faults:
        error = _with_faults(error, faults)
        plan.report.errors["row_rejected"] = plan.report.errors.get("row_rejected", 0) + len(faults)
        plan.report.skipped -= len(faults)
    result = frame.assign()  # as independent of the old frame as this pandas makes it
    result[plan.error] = ArrowExtensionArray(error)
    result[plan.output] = ArrowExtensionArray(output)
    return result


def _read(series: pd.Series[Any], faults: dict[int, str]) -> pa.ChunkedArray:
    """The column in Arrow; what cannot be is null and has its reason in `faults`, by row number."""
    try:
        column = pa.array(series, from_pandas=True)
    except (pa.ArrowException, ValueError, OverflowError):
        column = _read_one_by_one(series, faults)
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _read_one_by_one(series: pd.Series[Any], faults: dict[int, str]) -> pa.Array:
    texts = next((type(v) for v in series if isinstance(v, (str, list, tuple))), None)
    if texts is None:
        found = sorted({type(value).__name__ for value in series if not _is_missing(value)})
        raise ParamError(f"column {series.name!r} holds {', '.join(found)}; expected text")
    values = []
    for row, value in enumerate(series):
        fault = _fault(value, str if issubclass(texts, str) else (list, tuple))
        if fault:
            faults[row] = f"column {series.name!r}: {fault}"
        values.append(None if fault or _is_missing(value) else value)
    return pa.array(values)


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
        expected = "text" if wanted is str else "a list of text"
        return f"expected {expected}, found {type(value).__name__}"
    if not isinstance(value, str):
        return next(filter(None, (_fault(item, str) for item in value)), "")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"the text has a lone surrogate at character {error.start}"
    return ""


def _without(table: pa.Table, faults: dict[int, str]) -> pa.Table:
    good = pa.array([row not in faults for row in range(table.num_rows)])
    columns = [pc.if_else(good, column, pa.scalar(None, column.type)) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _with_faults(error: pa.ChunkedArray, faults: dict[int, str]) -> pa.ChunkedArray:
    cells = error.to_pylist()
    for row, why in faults.items():
        cells[row] = ServiceError("row_rejected", why).cells()
    return pa.chunked_array([pa.array(cells, schema.ERROR)])

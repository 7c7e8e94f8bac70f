"""A frame of any kind is read as columns of Python values, and nothing but the columns asked for.

Frames are told apart by what they can do, so that no frame library is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from cogml.errors import ParamError, one_of

Columns = dict[str, list[Any]]


def read(frame: Any, names: Sequence[str], maybe: Sequence[str] = ()) -> Columns:
    """The columns as lists, structs as dicts; those in `maybe` are null where the frame has none.

    Raises ParamError for another column that is not there, with those there are.
    """
    there = _names(frame)
    for name in names:
        if name not in there:
            raise ParamError(f"the frame has no column {name!r}{one_of(name, there)}")
    wanted = list(dict.fromkeys([*names, *(name for name in maybe if name in there)]))
    found = _values(frame, wanted)
    rows = len(found[wanted[0]])
    return {name: [None] * rows for name in maybe} | found


def read_with_errors(
    frame: Any, names: Sequence[str], outputs: Sequence[str], error: str | None
) -> tuple[Columns, list[Any]]:
    """The columns, and each row's error: of the column `error` if named, else of the outputs'.

    An output's errors are in the column of its name with `_error` behind, or in `error`.
    """
    if error is not None:
        found = read(frame, [*names, error])
        return found, found[error]
    usual = [*(f"{name}_error" for name in outputs), "error"]
    found = read(frame, names, [name for name in usual if name not in names])
    rows = zip(*(found[name] for name in usual), strict=True)
    return found, [next((one for one in row if one is not None), None) for row in rows]


def plain(value: Any) -> Any:
    """One cell as Python values: of a Spark Row, an Arrow scalar, a pandas cell or array."""
    if callable(convert := getattr(value, "as_py", None)):
        return convert()
    if callable(convert := getattr(value, "asDict", None)):
        return convert(recursive=True)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if callable(convert := getattr(value, "tolist", None)):  # pandas' rows hold arrays
        value = convert()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (str, bytes)) or value is None:
        return value
    # pandas' sign for nothing is neither true nor false, nor is it equal to itself.
    return None if type(value).__name__ in ("NAType", "NaTType") or value != value else value


def _names(frame: Any) -> list[str]:
    if isinstance(frame, (pa.Table, pa.RecordBatch, pa.RecordBatchReader)):
        return list(frame.schema.names)
    if callable(schema := getattr(frame, "collect_schema", None)):
        return list(schema().names())
    columns = getattr(frame, "columns", None)
    if columns is None or isinstance(frame, type):
        raise ParamError(
            f"expected a pandas, polars or Spark DataFrame, or a pyarrow Table; found a "
            f"{type(frame).__name__}"
        )
    return list(columns)


def _values(frame: Any, names: list[str]) -> Columns:
    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    select = getattr(frame, "select", None)
    frame = select(names) if callable(select) else frame[names]
    if callable(to_arrow := getattr(frame, "toArrow", None)):
        frame = to_arrow()
    elif callable(collect := getattr(frame, "collect", None)):
        frame = collect()
    if isinstance(frame, list):  # rows, of a Spark that does not give Arrow yet
        rows = [row.asDict(recursive=True) for row in frame]
        return {name: [row[name] for row in rows] for name in names}
    if hasattr(frame, "__arrow_c_stream__") or isinstance(frame, pa.RecordBatch):
        try:
            table = frame if isinstance(frame, pa.RecordBatch) else pa.table(frame)
            return {name: table.column(name).to_pylist() for name in names}
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass  # a column of objects, such as the places of files, that Arrow has no type for
    return {name: [plain(value) for value in frame[name]] for name in names}

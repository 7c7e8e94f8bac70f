"""The same functions over every kind of frame: columns added, lists made rows.

An adapter a library; each is imported only when a frame of its library is handed in, so nothing
is ever imported that the user has not got. To add columns an adapter asks the plan to check those
there are, gives it the ones it needs as Arrow, and puts what comes back behind its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cogml.errors import ParamError

if TYPE_CHECKING:
    import pyarrow as pa

    from cogml.plan import Plan

_ADAPTERS = {
    "pandas": "cogml.frames._pandas",
    "polars": "cogml.frames._polars",
    "pyarrow": "cogml.frames._arrow",
    "pyspark": "cogml.frames._pyspark",
}


def add_columns(frame: Any, plan: Plan) -> Any:
    """The frame with the columns that the plan makes; lazy where the frame is lazy."""
    return _adapter(frame).add_columns(frame, plan)


def read(frame: Any, plan: Plan) -> pa.Table:
    """All rows of the columns that the plan reads, once the plan has checked them; what is lazy is
    read to its end."""
    table: pa.Table = _adapter(frame).read(frame, plan)
    return table


def explode(frame: Any, name: str) -> Any:
    """The frame with a row for each element of the list in this column, which is then no list.

    A row whose list is null or empty stays, with null.
    """
    return _adapter(frame).explode(frame, name)


def flatten(frame: Any, name: str, path: Sequence[str], made: str) -> Any:
    """A frame of the one column `made`: all that lies under `path` in column `name`, one a row.

    The path leads through structs and lists of structs; nulls are left out.
    """
    return _adapter(frame).flatten(frame, name, path, made)


def _adapter(frame: Any) -> Any:
    for kind in type(frame).__mro__:
        library = kind.__module__.split(".")[0]
        if library in _ADAPTERS:
            return importlib.import_module(_ADAPTERS[library])
    raise ParamError(
        f"cannot transform a {type(frame).__name__}; expected a pandas or polars DataFrame, a "
        f"pyarrow Table, RecordBatch or RecordBatchReader, or a Spark DataFrame"
    )


def spark_schema(schema: Any, plan: Plan) -> Any:
    """The Spark schema of the frame that `add_columns` gives for a frame of this Spark schema."""
    return importlib.import_module(_ADAPTERS["pyspark"]).output_schema(schema, plan)


def flattened_schema(schema: Any, name: str, path: Sequence[str], made: str) -> Any:
    """The Spark schema of the frame that `flatten` gives for a frame of this Spark schema."""
    adapter = importlib.import_module(_ADAPTERS["pyspark"])
    return adapter.flattened_schema(schema, name, path, made)

"""One function over every kind of frame: the same frame, with the error and the output column.

An adapter a library; each is imported only when a frame of its library is handed in, so nothing
is ever imported that the user has not got. An adapter asks the plan to check the columns, gives it
the columns it needs as Arrow, and puts what comes back behind its own columns.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cogml.errors import ParamError

if TYPE_CHECKING:
    from cogml.plan import Plan

_ADAPTERS = {
    "pandas": "cogml.frames._pandas",
    "polars": "cogml.frames._polars",
    "pyarrow": "cogml.frames._arrow",
    "pyspark": "cogml.frames._pyspark",
}


def add_columns(frame: Any, plan: Plan) -> Any:
    """The frame with the plan's two columns; lazy where the frame is lazy."""
    for kind in type(frame).__mro__:
        library = kind.__module__.split(".")[0]
        if library in _ADAPTERS:
            return importlib.import_module(_ADAPTERS[library]).add_columns(frame, plan)
    raise ParamError(
        f"cannot transform a {type(frame).__name__}; expected a pandas or polars DataFrame, a "
        f"pyarrow Table, RecordBatch or RecordBatchReader, or a Spark DataFrame"
    )


def spark_schema(schema: Any, plan: Plan) -> Any:
    """The Spark schema of the frame that `add_columns` gives for a frame of this Spark schema."""
    return importlib.import_module(_ADAPTERS["pyspark"]).output_schema(schema, plan)

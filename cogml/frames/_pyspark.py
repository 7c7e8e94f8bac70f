"""Spark, classic and Connect, batch and streaming: the workers send, through mapInArrow.

Not a UDF: the optimiser may evaluate one twice, and every call is paid for. (A plan that reads its
input twice, as a sort does to sample it, or a join with itself, still sends twice.) Where workers
have no way out (`setExecution("driver")`) the frame is collected and the driver sends, at
`transform`.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import gc
import inspect
import itertools
import math
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cogml.errors import ParamError
from cogml.frames import _arrow
from cogml.local import LOCAL
from cogml.rows import unread
from cogml.schema import is_list
from cogml.supplied import Supplied

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row
    from pyspark.sql.types import DataType, StructType

    from cogml.engine import Load
    from cogml.plan import Plan


def add_columns(frame: Any, plan: Plan) -> DataFrame:
    """The DataFrame with the columns that are made; nothing is sent yet, unless the driver is to
    send."""
    _check_kind(frame, "cannot transform")
    schema = output_schema(frame.schema, plan)
    if _executor(plan) == "driver":
        return _on_driver(frame, plan, schema)

    if plan.load.rate:
        plan.load = _shared(plan.load, executors(frame.sparkSession))
    if plan.tokens is not None:
        plan.tokens.check_travel()  # Spark's pickler would say it later, and less plainly
    if isinstance(plan.transport, Supplied):
        plan.transport.check_travel()
    speculates = frame.sparkSession.conf.get("spark.speculation", "false") == "true"
    if speculates and plan.execution != LOCAL:
        warnings.warn(
            f"{type(plan.service).__name__}: spark.speculation is on; of a task that is slow Spark "
            "runs a second one beside it, and what both send is paid for twice: turn it off for "
            "jobs that send",
            stacklevel=5,
        )
    names = frame.columns
    if any("." in name or "`" in name for name in names) or len({*map(str.lower, names)}) < len(
        names
    ):
        # mapInArrow looks its columns up by name, as expressions.
        frame = frame.toDF(*(f"c{place}" for place in range(len(names))))
    if plan.group is not None:
        frame = _together(frame, [frame.columns[names.index(name)] for name in plan.group])

    def stage(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return fill_partition(plan, names, batches)

    stage.__name__ = type(plan.service).__name__  # as it is shown in Spark's plan
    try:
        result: DataFrame = frame.mapInArrow(stage, schema)
    except NotImplementedError as error:
        raise ParamError(f"a column has a type that cannot pass through Arrow: {error}") from None
    return result


def _check_kind(frame: Any, cannot: str) -> None:
    if not hasattr(frame, "mapInArrow"):
        raise ParamError(
            f"{cannot} a {type(frame).__module__}.{type(frame).__name__}; expected a "
            f"Spark SQL DataFrame (pandas-on-Spark: frame.to_spark())"
        )


def executors(session: Any) -> int | None:
    """How many executors send at the same time; None where the session does not say."""

    def setting(name: str) -> str:
        return str(session.conf.get(f"spark.{name}", ""))

    master = setting("master")
    if master.startswith("local"):
        inside = master.removeprefix("local-cluster[").partition(",")[0]
        return int(inside) if inside.isdigit() else 1
    dynamic = setting("dynamicAllocation.enabled") == "true"
    most = setting("dynamicAllocation.maxExecutors" if dynamic else "executor.instances")
    if most.isdigit() and 0 < int(most) < _UNBOUNDED:
        return int(most)
    cores = setting("executor.cores")
    context = getattr(session, "_sc", None)  # Connect has none
    if context is not None and cores.isdigit() and int(cores) > 0:
        return max(1, math.ceil(int(context.defaultParallelism) / int(cores)))
    return None


_UNBOUNDED = 2**31 - 1  # Spark's word for no limit


def _shared(load: Load, parts: int | None) -> Load:
    if parts is None:
        warnings.warn(
            "how many executors there are is not known here, so each keeps to the whole of "
            "requestsPerSecond and recordsPerMinute: divide them by the number of executors",
            stacklevel=6,
        )
    rate = dataclasses.replace(load.rate, parts=parts or 1)
    return dataclasses.replace(load, rate=rate)


def _together(frame: DataFrame, names: list[str]) -> DataFrame:
    """The rows with those of equal values in these columns side by side, in one task."""
    if frame.isStreaming:
        raise ParamError(
            "the rows of a group must all be there, which a stream cannot say; transform each "
            "micro-batch in foreachBatch"
        )
    if not names:
        return frame.repartition(1)  # what comes before keeps its tasks
    return frame.repartition(*names).sortWithinPartitions(*names)


def read(frame: Any, plan: Plan) -> pa.Table:
    """The columns that the plan reads, collected."""
    stage = type(plan.service).__name__
    _check_kind(frame, f"{stage} cannot be fitted on")
    if frame.isStreaming:
        raise ParamError(
            f"{stage} cannot be fitted on a streaming DataFrame, whose rows are never all there; "
            f"expected one that is no stream, as each micro-batch is in foreachBatch"
        )
    types = {f.name: f.dataType for f in frame.schema.fields if f.name in plan.needs}
    plan.check({name: _arrow_type(kind) for name, kind in types.items()}, frame.columns)
    needed = frame.select(*map(_column, plan.needs))
    if hasattr(needed, "toArrow"):  # Spark 4
        found: pa.Table = needed.toArrow()
        return found
    return pa.table(_collected(needed.collect(), needed.schema, plan.needs))


def _collected(rows: Sequence[Row], schema: StructType, names: Sequence[str]) -> dict[str, Any]:
    """These columns of rows that were collected, in Arrow's types."""
    kinds = {name: schema[name].dataType for name in names}
    return {
        name: pa.array([_plain(row[name], kind) for row in rows], _arrow_type(kind))
        for name, kind in kinds.items()
    }


def _plain(value: Any, kind: Any) -> Any:
    """A value that was collected, of this type of Spark, as Arrow takes it: an instant comes in the
    local time of this process, without a zone, which to Arrow would be UTC."""
    if value is None:
        return None
    match kind.typeName():
        case "timestamp":
            return value.astimezone(datetime.UTC)
        case "array":
            return [_plain(item, kind.elementType) for item in value]
        case "map":
            return [(_plain(k, kind.keyType), _plain(v, kind.valueType)) for k, v in value.items()]
        case "struct":
            fields = zip(kind.fields, value, strict=True)
            return {field.name: _plain(item, field.dataType) for field, item in fields}
    return value


def explode(frame: DataFrame, name: str) -> DataFrame:
    """The DataFrame with a row for each element of the column's lists."""
    from pyspark.sql import functions

    made = functions.explode_outer(_column(name)).alias(name)
    return frame.select(*(made if n == name else _column(n) for n in frame.columns))


def flatten(frame: DataFrame, name: str, path: Sequence[str], made: str) -> DataFrame:
    """A DataFrame of what lies under the path."""
    from pyspark.sql import functions

    _arrow.known(name, frame.columns)
    kind = _arrow_type(frame.schema[name].dataType)
    _arrow.under(kind, path)
    found = frame.select(_column(name).alias(made))
    for step in path:
        while is_list(kind):
            kind = kind.value_type
            found = found.select(functions.explode(functions.col(made)).alias(made))
        kind = kind.field(step).type
        found = found.select(functions.col(made).getField(step).alias(made))
    if is_list(kind):
        found = found.select(functions.explode(functions.col(made)).alias(made))
    return found.where(functions.col(made).isNotNull())


def flattened_schema(schema: StructType, name: str, path: Sequence[str], made: str) -> StructType:
    """The schema of what lies under the path."""
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField, StructType

    _arrow.known(name, schema.names)
    kind = _arrow.under(_arrow_type(schema[name].dataType), path)
    return StructType([StructField(made, from_arrow_type(kind), True)])


def _column(name: str) -> Any:
    from pyspark.sql import functions

    return functions.col("`" + name.replace("`", "``") + "`")


def output_schema(schema: StructType, plan: Plan) -> StructType:
    """The schema with the fields that are made; raises ParamError as the transformation would."""
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField, StructType

    names = [field.name for field in schema.fields]
    read = {*plan.needs, *plan.makes}
    types = {f.name: _arrow_type(f.dataType) for f in schema.fields if f.name in read}
    plan.check({n: types[n] for n in plan.needs if n in types}, names)
    fields = list(schema.fields)
    for made in plan.fields({n: types[n] for n in plan.makes if n in types}):
        field = StructField(made.name, from_arrow_type(_sparks(made).type), True)
        if made.name in names:
            fields[names.index(made.name)] = field
            continue
        alike = [name for name in names if name.lower() == made.name.lower()]
        if alike:
            raise ParamError(
                f"column {made.name!r} could not be told from {alike[0]!r}: to Spark case is no "
                f"difference; {plan.remedy(made.name)}"
            )
        fields.append(field)
        names.append(made.name)
    return StructType(fields)


def _arrow_type(kind: DataType) -> pa.DataType:
    from pyspark.sql.pandas.types import to_arrow_type

    if "timezone" in inspect.signature(to_arrow_type).parameters:  # Spark 4 asks for one
        return to_arrow_type(kind, timezone="UTC")
    return to_arrow_type(kind)


def _sparks(field: pa.Field) -> pa.Field:
    """The field in the type that Spark takes: its batches are small enough for 32-bit offsets."""
    return field.with_type(pa.binary()) if pa.types.is_large_binary(field.type) else field


def fill_partition(
    plan: Plan, names: list[str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """What a Spark task runs; the loop and its connections stay for the tasks that follow."""
    _freeze()
    named = (pa.RecordBatch.from_arrays(batch.columns, names=names) for batch in batches)
    first = next(named, None)
    if first is None:
        return
    schema = _arrow.with_fields(first.schema, [_sparks(field) for field in plan.made()])
    yield from _arrow.fill_batches(itertools.chain([first], named), plan, schema)


@functools.cache
def _freeze() -> None:
    """Once a process: what was imported is kept out of the garbage collector's sight.

    A worker of Spark collects garbage after each task (pyspark/daemon.py), and walks through every
    module's objects for it: some 30 ms of processor, many times what a short task needs.
    """
    gc.collect()
    gc.freeze()


def _executor(plan: Plan) -> str:
    if plan.execution != "auto":
        return plan.execution
    # On Databricks serverless a worker's Python cannot reach the network:
    # https://docs.databricks.com/aws/en/compute/serverless/limitations (read 2026-11).
    serverless = os.environ.get("DATABRICKS_RUNTIME_VERSION", "").startswith("client.")
    return "driver" if serverless else "workers"


def _on_driver(frame: DataFrame, plan: Plan, schema: StructType) -> DataFrame:
    if frame.isStreaming:
        raise ParamError(
            'a streaming DataFrame cannot be sent by the driver; use setExecution("workers"), or '
            "transform each micro-batch in foreachBatch"
        )
    session = frame.sparkSession
    if hasattr(frame, "toArrow") and '"udt"' not in schema.json():  # Spark 4
        table = _arrow.add_columns(frame.toArrow(), plan)
        return session.createDataFrame(table if table.num_rows else [], schema)
    rows = frame.collect()
    cells = _collected(rows, frame.schema, plan.reads)
    columns = plan.fill(pa.table(cells or unread(len(rows))))
    made = {n: column.to_pylist() for n, column in zip(plan.makes, columns, strict=True)}
    filled = [
        tuple(made[f.name][i] if f.name in made else row[f.name] for f in schema.fields)
        for i, row in enumerate(rows)
    ]
    return session.createDataFrame(filled, schema)

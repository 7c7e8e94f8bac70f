"""An output type is declared once, in Arrow; from it come the decoder of answers and the column.

Answers are decoded into msgspec structs that mirror the Arrow type (every field optional, unknown
fields ignored, a wrong type refused) and laid out column by column, because a dict per document
costs several times more, in time and in what the garbage collector walks. A number is a double
unless the service documents an integer: Arrow cuts 1.5 to 1 without a word, the decoder refuses it.
"""

from __future__ import annotations

import functools
import itertools
import struct as binary
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_SHORT = {
    str: pa.string(),
    float: pa.float64(),
    int: pa.int32(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}
_PYTHON: dict[pa.DataType, Any] = {
    pa.string(): str,
    pa.float64(): float,
    pa.int32(): Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)],
    pa.int64(): Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    pa.bool_(): bool,
    pa.binary(): bytes,
    pa.large_binary(): bytes,
}


def arrow_type(short: Any) -> pa.DataType:
    """The Arrow type of `str`, `float`, `int` (32 bits), `bool`, `bytes`, `[of]`, or of itself."""
    if isinstance(short, list):
        return pa.list_(arrow_type(short[0]))
    if isinstance(short, pa.DataType):
        return short
    return _SHORT[short]


def struct(**fields: Any) -> pa.StructType:
    """A struct of nullable fields: `struct(text=str, score=float, tags=[str])`."""
    return pa.struct([pa.field(name, arrow_type(short)) for name, short in fields.items()])


ERROR = pa.struct(
    [
        ("response", pa.string()),
        ("status", pa.struct([("statusCode", pa.int32()), ("reasonPhrase", pa.string())])),
        ("code", pa.string()),
        ("message", pa.string()),
        ("attempts", pa.int32()),
        ("operation", pa.string()),
    ]
)
"""The error column; `response` and `status.statusCode` read as in SynapseML."""

EARLIER_ERROR = pa.struct([field for field in ERROR if field.name != "operation"])
"""The error column as it was written before errors named jobs."""


def errors(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """An error column with all its fields, in whatever widths of text it came."""
    if len(column.type) == len(ERROR):
        return column
    # Not by a cast: before Arrow 19 none adds a field.
    fields = [*column.type, ERROR.field("operation")]
    chunks = [
        pa.StructArray.from_arrays(
            [*chunk.flatten(), pa.nulls(len(chunk), pa.string())],
            fields=fields,
            mask=chunk.is_null(),
        )
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.struct(fields))


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text (or nothing at all)."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_null,
        )
    )


def is_binary(kind: pa.DataType) -> bool:
    """Whether a column of this type holds bytes."""
    return any(
        test(kind)
        for test in (
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_fixed_size_binary,
            pa.types.is_binary_view,
        )
    )


def is_image(kind: pa.DataType) -> bool:
    """Whether a column of this type holds images as Spark's image source reads them."""
    if not pa.types.is_struct(kind):
        return False
    parts = {field.name: field.type for field in kind}
    sizes = (parts.get(name, pa.null()) for name in ("height", "width", "nChannels"))
    return all(map(pa.types.is_integer, sizes)) and is_binary(parts.get("data", pa.null()))


def is_list(kind: pa.DataType) -> bool:
    """Whether a column of this type holds lists."""
    return any(
        test(kind)
        for test in (
            pa.types.is_list,
            pa.types.is_large_list,
            pa.types.is_fixed_size_list,
            pa.types.is_list_view,
            pa.types.is_large_list_view,
        )
    )


def plain(kind: pa.DataType) -> pa.DataType:
    """The type without views: Arrow's kernels do not take rows of them yet."""
    if is_list(kind):
        return pa.large_list(plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(plain(field.type)) for field in kind])
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    return pa.large_string() if pa.types.is_string_view(kind) else kind


@functools.cache
def record(kind: pa.StructType) -> Any:
    """The class of decoded values of this struct type."""
    fields = [(field.name, mirror(field.type), None) for field in kind]
    return msgspec.defstruct("Record", fields, gc=False)


@functools.cache
def mirror(kind: pa.DataType, nullable: bool = True) -> Any:
    """The Python type that msgspec decodes JSON of this Arrow type into; within it null is always
    allowed.

    Arrays become tuples: the garbage collector lets go of one whose items are none of its business,
    and does not walk through it again and again as it does through lists.
    """
    if pa.types.is_struct(kind):
        found = record(kind)
    elif pa.types.is_list(kind):
        found = tuple[mirror(kind.value_type), ...]  # type: ignore[misc]
    else:
        found = _PYTHON[kind]
    return found | None if nullable else found


def inside(kind: pa.DataType, path: Iterable[str]) -> pa.DataType:
    """The type of what lies under a path of structs and lists of them."""
    for step in path:
        while is_list(kind):
            kind = kind.value_type
        kind = kind.field(step).type
    return kind


def picked(column: pa.Array, path: Iterable[str]) -> pa.Array:
    """What lies there under a path, of lists in the first element, which is there; null in null."""
    for step in path:
        while is_list(column.type):
            column = pc.list_element(column, 0)
        column = pc.struct_field(column, step)
    return column


Writer = Callable[[list[Any]], pa.Array]


@functools.cache
def writer(kind: pa.DataType) -> Writer:
    """What lays out decoded values (or None) of this type as one Arrow array.

    A value that does not fit is a mistake of ours: decoding has checked the types before. Have it
    once for many arrays: to look it up asks the type about itself, which is dear.
    """
    write: Writer = functools.partial(pa.array, type=kind)
    if pa.types.is_struct(kind):
        write = _struct_writer(kind)
    elif pa.types.is_list(kind):
        write = _list_writer(kind)
    elif kind in _PACKED:
        write = _number_writer(kind, _PACKED[kind])

    def written(values: list[Any]) -> pa.Array:
        # The fields that a service seldom fills are many.
        if not values or (values[0] is None and values.count(None) == len(values)):
            return pa.nulls(len(values), kind)
        return write(values)

    return written


_PACKED = {pa.float64(): "d", pa.int32(): "i", pa.int64(): "q"}


def _number_writer(kind: pa.DataType, code: str) -> Writer:
    def write(values: list[Any]) -> pa.Array:
        try:
            packed = binary.pack(f"{len(values)}{code}", *values)
        except binary.error:  # None among them; for all others this takes a third of the time
            return pa.array(values, kind)
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(packed)])

    return write


def _struct_writer(kind: pa.StructType) -> Writer:
    fields = list(kind)
    writers = [writer(field.type) for field in fields]
    nothing = record(kind)()
    # Written out: a comprehension over an attribute costs a third of one over getattr.
    each = "".join(f"[value.{field.name} for value in values]," for field in fields)
    parts: Callable[[list[Any]], tuple[list[Any], ...]] = eval(f"lambda values: ({each})")

    def write(values: list[Any]) -> pa.Array:
        mask = None
        try:
            columns = parts(values)
        except AttributeError:  # None among them; to look for one first would cost each time
            mask = pa.array([value is None for value in values])
            columns = parts([nothing if value is None else value for value in values])
        children = [child(part) for child, part in zip(writers, columns, strict=True)]
        return pa.StructArray.from_arrays(children, fields=fields, mask=mask)

    return write


def _list_writer(kind: pa.ListType) -> Writer:
    item = writer(kind.value_type)

    def write(values: list[Any]) -> pa.Array:
        try:
            lengths = list(map(len, values))
        except TypeError:  # None among them
            lengths = [0 if value is None else len(value) for value in values]
        offsets: list[int | None] = list(itertools.accumulate(lengths, initial=0))
        if 0 in lengths:
            for place, value in enumerate(values):
                if value is None:
                    offsets[place] = None
        items = item(list(itertools.chain.from_iterable(filter(None, values))))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, type=kind)

    return write

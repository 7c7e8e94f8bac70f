"""A parameter meets a column: which types it accepts, which of its values may be sent."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from cogml import schema
from cogml.errors import ParamError
from cogml.param import Column, Param, ServiceParam

if TYPE_CHECKING:
    from cogml.params import Params

_HEADER = re.compile(r"[\x20-\x7e\t]*")
_FRAMING = {"host", "content-length", "transfer-encoding", "te", "trailer", "expect", "upgrade"}
_FRAMING |= {"connection", "keep-alive", "proxy-connection", "proxy-authorization"}

WORDS: dict[Any, str] = {
    str: "text",
    list[str]: "text or a list of text",
    str | list[str]: "text or a list of text",
    bool: "true or false",
    int: "whole numbers",
    float: "numbers",
    dict[str, str]: "a map of text to text",
    bytes: "bytes, the place of a file as text, or Spark's images",
    datetime.datetime: "times, or text such as 2026-01-31T00:00:00Z",
    list[dict[str, Any]]: "an array of structs",
}


class ColumnsParam(Param):
    """A parameter that names columns of the frame, so many at the `most`; each is read row by row,
    as values of `of`."""

    def __init__(self, of: Any, doc: str, *, most: int) -> None:
        super().__init__(list[str], f"{doc}, 1 to {most}", required=True)
        self.of = of
        self.most = most

    def check(self, value: Any) -> Any:
        """As `Param.check`; a column is named once, and there is one."""
        names = super().check(value)
        if not names or len(set(names)) < len(names):
            raise ParamError(f"{self.name} expects the names of columns, each once; found {names}")
        if len(names) > self.most:
            raise ParamError(
                f"{self.name} expects 1 to {self.most} names of columns; found {len(names)}"
            )
        return names

    def key(self, column: str) -> str:
        """What a column of these is called in a row's document."""
        return f"{self.name}[{column!r}]"

    def each(self, names: Iterable[str]) -> list[tuple[ServiceParam, Column]]:
        """The parameters that read these columns."""
        read = []
        for name in names:
            param = ServiceParam(self.of, self.doc, send="document")
            param.__set_name__(ColumnsParam, self.key(name))
            read.append((param, Column(name)))
        return read


def bound(stage: Params) -> list[tuple[ServiceParam, Column]]:
    """The parameters of a stage that are read from columns."""
    found: list[tuple[ServiceParam, Column]] = []
    for name, param in stage.declared.items():
        value = stage.getOrDefault(name)
        if isinstance(param, ColumnsParam):
            found += param.each(value or ())
        elif isinstance(param, ServiceParam) and param.send != "none" and isinstance(value, Column):
            found.append((param, value))
    return found


def values(stage: Params) -> list[tuple[ServiceParam, Any]]:
    """The service's parameters that have a value, set or by default."""
    return [
        (param, value)
        for name, param in stage.declared.items()
        if isinstance(param, ServiceParam)
        and (value := stage.getOrDefault(name)) is not None
        and not isinstance(value, Column)
    ]


def accepts(param: Param, kind: pa.DataType) -> bool:
    """Whether a parameter can be read from a column of this type; nulls fit all."""
    if pa.types.is_null(kind) or param.kind is Any:
        return True
    if param.kind in (list[str], str | list[str]):
        return schema.is_text(kind) or (schema.is_list(kind) and schema.is_text(kind.value_type))
    if param.kind is str:
        return schema.is_text(kind)
    if param.kind is bool:
        return bool(pa.types.is_boolean(kind))
    if param.kind is int:
        return bool(pa.types.is_integer(kind))
    if param.kind == dict[str, str]:
        return bool(pa.types.is_map(kind))
    if param.kind is float:
        return any(
            f(kind) for f in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
        )
    if param.kind is bytes:
        return schema.is_text(kind) or schema.is_binary(kind) or schema.is_image(kind)
    if param.kind is datetime.datetime:
        return schema.is_text(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind)
    if param.kind == list[dict[str, Any]]:
        return schema.is_list(kind) and bool(pa.types.is_struct(kind.value_type))
    return False


UNREADABLE = object()
"""What stands for a cell that Python has no value for, such as a time beyond the year 9999."""


def cells(param: Param, column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The column as Python values; times as the text of their instant, in UTC."""
    if param.kind is datetime.datetime and pa.types.is_timestamp(column.type):
        return _instants(column)
    return python_values(column)


def python_values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The column as Python values, UNREADABLE for each that Python has none for."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [_cell(value) for value in column]


def _cell(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return UNREADABLE


def _instants(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    column = column.cast(pa.timestamp(column.type.unit))
    with contextlib.suppress(pa.ArrowInvalid):  # that has fractions of a second
        column = column.cast(pa.timestamp("s"))
    return list(pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ").to_pylist())


def allowed(param: ServiceParam, value: Any) -> Any:
    """A cell as it may be sent; raises ParamError for what the parameter would not take."""
    if value is None:
        return None
    if param.kind == list[str] and isinstance(value, str):
        value = [value]
    if param.kind == dict[str, str]:
        value = dict(value)  # Arrow gives a map as pairs
    value = param.check(value)
    if param.send == "header":
        headers = value if isinstance(value, dict) else {param.name: value}
        for name, text in headers.items():
            if not is_header_name(name) or not is_header(text):
                raise ParamError(f"{param.name} has what cannot be set as a header")
    return value


def is_header_name(name: str) -> bool:
    """Whether a text can be a header's name (RFC 9110, section 5.6.2), and not one of those that
    say where a message goes and where it ends: they are the carrier's."""
    token = re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None
    return token and name.lower() not in _FRAMING


def is_header(value: str) -> bool:
    """Whether a text can be a header's value: visible ASCII, no line break."""
    return _HEADER.fullmatch(value) is not None


def same_type(one: pa.DataType | None, other: pa.DataType) -> bool:
    """Whether two types are the same but for names of list items and widths of offsets, and for
    what errors did not say in earlier versions."""
    if one is None:
        return False
    if other == schema.ERROR and pa.types.is_struct(one) and len(one) < len(other):
        other = schema.EARLIER_ERROR
    if pa.types.is_struct(other):
        return (
            pa.types.is_struct(one)
            and [f.name for f in one] == [f.name for f in other]
            and all(same_type(a.type, b.type) for a, b in zip(one, other, strict=True))
        )
    if schema.is_list(other):
        return schema.is_list(one) and same_type(one.value_type, other.value_type)
    if schema.is_text(other):
        return schema.is_text(one)
    if schema.is_binary(other):
        return schema.is_binary(one)
    return bool(one == other)


def check_upstream(stage: str, name: str, kind: pa.DataType) -> None:
    """Raise ParamError for a column that is no stage's error column; one of nulls holds no error.

    SynapseML's error column is none either: it says neither a code nor a reason.
    """
    if not pa.types.is_null(kind) and not same_type(kind, schema.ERROR):
        raise ParamError(
            f"{stage}: column {name!r} is {kind}; upstreamErrorCol expects the error column of a "
            f"stage, {schema.ERROR}"
        )

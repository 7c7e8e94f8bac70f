"""A parameter knows its type, its meaning and where it travels, and checks what it is set to."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import datetime
import inspect
import json
import math
import operator
import pathlib
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from cogml import _sparkml
from cogml.credentials import TokenSource
from cogml.errors import ParamError
from cogml.places import check_address, check_place

if TYPE_CHECKING:
    from cogml.params import Params

Send = Literal["document", "query", "body", "header", "path", "none"]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A parameter that is read from a column, row by row."""

    name: str


def is_reference(value: Any) -> bool:
    """Whether this stands for a value kept elsewhere: `env:NAME`, `vault:NAME`."""
    return isinstance(value, str) and value.startswith(("env:", "vault:"))


def capital(name: str) -> str:
    """A parameter's name as it stands in its setter's: `textCol` in `setTextCol`."""
    return name[0].upper() + name[1:]


def _whole(value: Any) -> int:
    if _is_truth(value):
        raise TypeError
    return operator.index(value)


def _number(value: Any) -> float:
    if isinstance(value, (str, bytes, bytearray)) or _is_truth(value):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _is_truth(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def _truth(value: Any) -> bool:
    if not _is_truth(value):
        raise TypeError
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate is a ValueError: it can be sent nowhere
    return str(value)  # numpy's str has a type of its own


def _texts(value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError
    return [_text(item) for item in value]


def _text_or_texts(value: Any) -> str | list[str]:
    return _text(value) if isinstance(value, str) else _texts(value)


def _whole_numbers(value: Any) -> list[int]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError
    return [_whole(item) for item in value]


def _headers(value: Any) -> dict[str, str]:
    return {name: _text(item) for name, item in _record(value).items() if item is not None}


def _record(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {_text(name): item for name, item in value.items()}


def _bytes(value: Any) -> bytes:
    if isinstance(value, pathlib.Path):
        try:
            return value.read_bytes()
        except OSError as error:
            raise ParamError(f"cannot be read from {str(value)!r}: {error.strerror}") from None
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError
    return bytes(value)


def _time(value: Any) -> str:
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    datetime.datetime.fromisoformat(value)  # raises for what is no time
    return str(value)


def _records(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        raise TypeError
    records = list(value)
    if not all(isinstance(record, Mapping) for record in records):
        raise TypeError
    return [dict(record) for record in records]


def _credential(value: Any) -> Any:
    TokenSource(value)
    return value


class Carrying:
    """The kind of a parameter that is a transport, or a function that makes one."""

    __slots__ = ()


def is_transport(value: Any) -> bool:
    """Whether this has the asynchronous interface of httpx's transports (a class makes them)."""
    return not isinstance(value, type) and callable(getattr(value, "handle_async_request", None))


def _carrying(value: Any) -> Any:
    if is_transport(value):
        return value
    if not callable(value):
        raise TypeError
    with contextlib.suppress(ValueError):  # what is written in C may not say
        inspect.signature(value).bind()
    weakref.WeakKeyDictionary({value: None})  # as which it is kept: a TypeError where it cannot be
    return value


class Address(str):
    """The kind of a parameter that is an http address."""

    __slots__ = ()


def _address(value: Any) -> str:
    address = _text(value)
    check_address(address)
    return address


class Place(str):
    """The kind of a parameter that is a folder, or the URL of a store."""

    __slots__ = ()


def _place(value: Any) -> str:
    place = _text(value)
    check_place(place)
    return place


_LONGEST = 8_000  # bytes of a value in an address

_CHECKS: dict[Any, tuple[Callable[[Any], Any], str]] = {
    bool: (_truth, "True or False"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    str: (_text, "text (str)"),
    list[str]: (_texts, "a list of str"),
    str | list[str]: (_text_or_texts, "text (str) or a list of str"),
    list[int]: (_whole_numbers, "a list of whole numbers"),
    dict[str, str]: (_headers, "a dict of str to str"),
    dict[str, Any]: (_record, "a dict with names of str"),
    bytes: (_bytes, "bytes or a pathlib.Path"),
    datetime.datetime: (_time, "a time, or text such as 2026-01-31T00:00:00Z"),
    list[dict[str, Any]]: (_records, "a list of dict"),
    Any: (lambda value: value, "anything"),
    object: (_credential, "a credential of azure-identity, or a function that gives tokens"),
    Carrying: (
        _carrying,
        "a transport (an object with httpx's handle_async_request), or a function without "
        "arguments that makes one",
    ),
    Address: (_address, "an address such as https://host/"),
    Place: (_place, "a folder or the URL of a store (str)"),
}


class Param(_sparkml.ParamBase):
    """A setting of a stage: one value for all rows.

    `kind` is the Python type; `choices` closes the list of values; `at_least` is the smallest
    number, `at_most` the largest (of each element, in a list); a `secret` is masked wherever it is
    shown and never saved; an `alias` is a second name for its setters and keywords; a `manner` says
    how to ask, not what: it changes no answer.
    """

    send: Send = "none"
    wire: str = ""

    def __init__(
        self,
        kind: Any,
        doc: str,
        *,
        default: Any = None,
        choices: Iterable[str] = (),
        at_least: float | None = None,
        at_most: float | None = None,
        secret: bool = False,
        required: bool = False,
        alias: str = "",
        manner: bool = False,
    ) -> None:
        self.parent = "undefined"
        self.name = ""
        self.doc = doc
        self.kind = kind
        self.default = default
        self.choices = tuple(choices)
        self.at_least = at_least
        self.at_most = at_most
        self.secret = secret
        self.required = required
        self.alias = alias
        self.manner = manner
        self.typeConverter = self.check

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.wire = self.wire or name

    def __get__(self, stage: Params | None, owner: type | None = None) -> Param:
        if stage is None:
            return self
        bound = copy.copy(self)
        bound.parent = stage.uid
        return bound

    def __str__(self) -> str:
        return f"{self.parent}__{self.name}"

    def __repr__(self) -> str:
        return f"Param({self.name!r}: {self.doc})"

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _sparkml.ParamBase)
            and self.parent == other.parent
            and self.name == other.name
        )

    @property
    def by_reference(self) -> bool:
        """Whether `env:NAME` stands for what that environment variable holds, `vault:NAME` (of
        COGML_VAULT_URL's vault) and `vault:VAULT/NAME` for a secret of Azure Key Vault."""
        return (self.secret and not self.live) or self.kind is Address

    @property
    def live(self) -> bool:
        """Whether it is an object that works, not data: it is shared by copies, and not saved."""
        return self.kind in (object, Carrying)

    def check(self, value: Any) -> Any:
        """The value in its own type, or a ParamError that says what was expected."""
        convert, expected = _CHECKS[self.kind]
        try:
            result = convert(value)
        except ParamError as error:
            raise ParamError(f"{self.name} {error}") from None
        except (TypeError, ValueError):
            result = None
        if result is None or not self._in_range(result):
            if self.at_least is not None:
                expected += f" ≥ {self.at_least:g}"
            if self.at_most is not None:
                expected += f"{' and' if self.at_least is not None else ''} ≤ {self.at_most:g}"
            if self.choices:
                kind = "a list of" if self.kind == list[str] else "one of"
                expected = f"{kind} {', '.join(self.choices)}"
            found = type(value).__name__ if self.secret else f"{value!r} ({type(value).__name__})"
            raise ParamError(f"{self.name} expects {expected}; found {found}") from None
        return result

    def parse(self, text: str) -> Any:
        """The value that this text spells, as on a command line or in the environment."""
        if self.kind in (str, Address, Place) or (
            self.kind == str | list[str] and not text.startswith("[")
        ):
            return self.check(text)
        if self.kind == list[str] and not text.startswith("["):
            return self.check([item.strip() for item in text.split(",")])
        if self.kind is bool and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            return self.check(json.loads(text))
        except json.JSONDecodeError:
            return self.check(text)

    def _in_range(self, value: Any) -> bool:
        items = value if isinstance(value, list) else [value]
        if self.at_least is not None and any(item < self.at_least for item in items):
            return False
        if self.at_most is not None and any(item > self.at_most for item in items):
            return False
        return not self.choices or all(item in self.choices for item in items)

    def shown(self, value: Any) -> str:
        """The value as people may see it."""
        if isinstance(value, Column):
            return f"column {value.name!r}"
        if self.secret and not is_reference(value):
            return "<secret>"
        if isinstance(value, bytes):
            return f"<{len(value):,} bytes>"
        if self.kind == dict[str, Any]:
            return f"<{', '.join(value)}>"
        return repr(value)


class ServiceParam(Param):
    """A parameter of the service: a value, or a column read row by row.

    `send` says where it travels: in each document, the body, the query, a header or the path;
    `wire` is its name there when that differs. A null in a `required` column skips the row.
    """

    def __init__(
        self,
        kind: Any,
        doc: str,
        *,
        send: Send,
        wire: str = "",
        required: bool = False,
        default: Any = None,
        choices: Iterable[str] = (),
        secret: bool = False,
        at_least: float | None = None,
        at_most: float | None = None,
        alias: str = "",
    ) -> None:
        super().__init__(
            kind,
            doc,
            default=default,
            choices=choices,
            at_least=at_least,
            at_most=at_most,
            secret=secret,
            required=required,
            alias=alias,
        )
        self.send = send
        self.wire = wire

    def check(self, value: Any) -> Any:
        """As `Param.check`; in an address, what would lead out of its place cannot stand, nor what
        is too long for any (RFC 9110, section 4.1)."""
        result = super().check(value)
        if self.send not in ("path", "query") or not isinstance(result, (str, list)):
            return result
        if self.send == "path" and result in ("", ".", ".."):
            raise ParamError(f"{self.name} stands in a path and cannot be {result!r}")
        text = result if isinstance(result, str) else ",".join(map(str, result))
        if len(text) > _LONGEST / 12 and (size := len(quote(text))) > _LONGEST:  # 12: of an emoji
            raise ParamError(
                f"{self.name} takes {size:,} bytes of an address, more than {_LONGEST:,}"
            )
        return result

"""Writes `cognitive.pyi`: the setters that are made at run time, as editors and type checkers read
them. A test compares; after a change run `python -m cogml.stubs`.
"""

from __future__ import annotations

import datetime
import inspect
import pathlib
from collections.abc import Iterator
from typing import Any, get_origin

from cogml import cognitive
from cogml.param import Address, Carrying, Param, ServiceParam, capital
from cogml.services import Service

PATH = pathlib.Path(cognitive.__file__).with_suffix(".pyi")

_HEAD = '''"""Written by `python -m cogml.stubs`; do not edit."""

import datetime
import pathlib
from typing import Any, Literal, Self

from cogml.service import Service
from cogml.services.search import ImageDownloader, UrlTransformer
'''

_KINDS: dict[Any, str] = {
    Address: "str",
    Any: "Any",
    bytes: "bytes | pathlib.Path",
    datetime.datetime: "datetime.datetime | str",
    list[dict[str, Any]]: "list[dict[str, Any]]",
    object: "Any",
    Carrying: "Any",
}


def stub() -> str:
    """The text of the stub: each class of the registry and those it rests on, base first."""
    classes: dict[type, None] = {}
    for stage in Service.registry.values():
        for base in reversed(stage.__mro__):
            if issubclass(base, Service):
                classes.setdefault(base)
    parts = [_HEAD, *(_class(made) for made in classes), _names()]
    return "\n\n".join(parts)


def _class(made: type[Service]) -> str:
    own = {name: p for name, p in vars(made).items() if isinstance(p, Param)}
    lines = [f"class {_name(made)}({_name(made.__base__) if made is not Service else 'Service'}):"]
    if made.__name__ in Service.registry:
        lines.append(f'    """{(inspect.getdoc(made) or "").splitlines()[0]}"""\n')
        lines.append(_constructor(made))
    for param in own.values():
        for name in filter(None, (param.name, param.alias)):
            lines += _accessors(made, name, param)
    for name, function in vars(made).items():
        if isinstance(function, staticmethod) and not name.startswith("_"):
            written = inspect.signature(function.__func__)
            lines.append(f"    @staticmethod\n    def {name}{written}: ...".replace("'", ""))
    if len(lines) == 1:
        lines[0] += " ..."
    return "\n".join(lines)


def _accessors(made: type[Service], name: str, param: Param) -> Iterator[str]:
    kind = _kind(param)
    yield f"    def set{capital(name)}(self, value: {kind}) -> Self: ..."
    if not _is_written_out(made, f"get{capital(name)}"):
        unset = " | None" if param.default is None else ""
        yield f"    def get{capital(name)}(self) -> {kind}{unset}: ..."
    if isinstance(param, ServiceParam):
        yield f"    def set{capital(name)}Col(self, value: str) -> Self: ..."
        yield f"    def get{capital(name)}Col(self) -> str: ..."


def _constructor(made: type[Service]) -> str:
    lines = ["    def __init__(", "        self,", "        *,"]
    for name, param in made.declared.items():
        for own in filter(None, (name, param.alias)):
            lines.append(f"        {own}: {_kind(param)} | None = None,")
            if isinstance(param, ServiceParam):
                lines.append(f"        {own}Col: str | None = None,")
    return "\n".join([*lines, "    ) -> None: ..."])


def _name(made: Any) -> str:
    name = str(made.__name__)
    return name if name in Service.registry else f"_{name}"


def _kind(param: Param) -> str:
    if param.choices:
        literal = f"Literal[{', '.join(map(repr, param.choices))}]"
        found = literal.replace("'", '"')
        return f"list[{found}]" if get_origin(param.kind) is list else found
    if param.kind in _KINDS:
        return _KINDS[param.kind]
    return param.kind.__name__ if isinstance(param.kind, type) else str(param.kind)


def _is_written_out(made: type[Service], method: str) -> bool:
    # A getter that is made returns Any; one that the class writes out says what it returns.
    return bool(vars(made)[method].__annotations__["return"] != "Any")


def _names() -> str:
    return "\n".join(["__all__ = [", *(f'    "{name}",' for name in cognitive.__all__), "]", ""])


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")

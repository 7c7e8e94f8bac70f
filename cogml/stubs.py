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
from cogml.fitting import ServiceEstimator
from cogml.param import Address, Carrying, Param, Place, ServiceParam, capital
from cogml.services import Service
from cogml.stage import Stage

PATH = pathlib.Path(cognitive.__file__).with_suffix(".pyi")

_HEAD = '''"""Written by `python -m cogml.stubs`; do not edit."""

import datetime
import pathlib
from typing import Any, Literal, Self

from cogml.fitting import ServiceEstimator
from cogml.service import Service
from cogml.services.search import ImageDownloader, UrlTransformer
'''

_KINDS: dict[Any, str] = {
    Address: "str",
    Place: "str",
    Any: "Any",
    bytes: "bytes | pathlib.Path",
    datetime.datetime: "datetime.datetime | str",
    dict[str, Any]: "dict[str, Any]",
    list[dict[str, Any]]: "list[dict[str, Any]]",
    object: "Any",
    Carrying: "Any",
}


def stub() -> str:
    """The text of the stub: each class of the registries and those it rests on, base first."""
    classes: dict[type, None] = {}
    for stage in _listed().values():
        for base in reversed(stage.__mro__):
            if issubclass(base, (Service, *ServiceEstimator.registry.values())):
                classes.setdefault(base)
    parts = [_HEAD, *(_class(made) for made in classes), _names()]
    return "\n\n".join(parts)


def _listed() -> dict[str, type[Stage]]:
    return {**Service.registry, **ServiceEstimator.registry}


def _class(made: type[Stage]) -> str:
    own = {name: p for name, p in vars(made).items() if isinstance(p, Param)}
    is_estimator = issubclass(made, ServiceEstimator)
    bases = [_name(base) for base in made.__bases__ if issubclass(base, Service)]
    if is_estimator:
        bases = ["ServiceEstimator", "operation=Service"]
    lines = [f"class {_name(made)}({', '.join(bases) or 'Service'}):"]
    if made.__name__ in _listed():
        lines.append(f'    """{(inspect.getdoc(made) or "").splitlines()[0]}"""\n')
        lines.append(_constructor(made))
    for param in own.values():
        for name in filter(None, (param.name, param.alias)):
            lines += _accessors(made, name, param)
    for name, function in vars(made).items():
        if isinstance(function, staticmethod) and not name.startswith("_"):
            written = inspect.signature(function.__func__)
            lines.append(f"    @staticmethod\n    def {name}{written}: ...".replace("'", ""))
        elif inspect.isfunction(function) and _is_users(name):
            lines.append(f"    def {name}{inspect.signature(function)}: ...".replace("'", ""))
    if is_estimator:
        given = inspect.signature(vars(made)["model"]).return_annotation
        lines.append(f"    def fit(self, dataset: Any, params: Any = None) -> {given}: ...")
    if len(lines) == 1:
        lines[0] += " ..."
    return "\n".join(lines)


def _is_users(name: str) -> bool:
    """Whether a method's name is one of SynapseML's, which are not written as Python's are; those
    of accessors are in their own place."""
    made = name.startswith(("_", "set", "get")) or hasattr(Service, name)
    return not made and name != name.lower()


def _accessors(made: type[Stage], name: str, param: Param) -> Iterator[str]:
    kind = _kind(param)
    yield f"    def set{capital(name)}(self, value: {kind}) -> Self: ..."
    if not _is_written_out(made, f"get{capital(name)}"):
        unset = " | None" if param.default is None else ""
        yield f"    def get{capital(name)}(self) -> {kind}{unset}: ..."
    if isinstance(param, ServiceParam):
        yield f"    def set{capital(name)}Col(self, value: str) -> Self: ..."
        yield f"    def get{capital(name)}Col(self) -> str: ..."


def _constructor(made: type[Stage]) -> str:
    lines = ["    def __init__(", "        self,", "        *,"]
    for name, param in made.declared.items():
        for own in filter(None, (name, param.alias)):
            lines.append(f"        {own}: {_kind(param)} | None = None,")
            if isinstance(param, ServiceParam):
                lines.append(f"        {own}Col: str | None = None,")
    return "\n".join([*lines, "    ) -> None: ..."])


def _name(made: Any) -> str:
    name = str(made.__name__)
    return name if name in _listed() else f"_{name}"


def _kind(param: Param) -> str:
    if param.choices:
        literal = f"Literal[{', '.join(map(repr, param.choices))}]"
        found = literal.replace("'", '"')
        return f"list[{found}]" if get_origin(param.kind) is list else found
    if param.kind in _KINDS:
        return _KINDS[param.kind]
    return param.kind.__name__ if isinstance(param.kind, type) else str(param.kind)


def _is_written_out(made: type[Stage], method: str) -> bool:
    # A getter that is made returns Any; one that the class writes out says what it returns.
    return bool(vars(made)[method].__annotations__["return"] != "Any")


def _names() -> str:
    return "\n".join(["__all__ = [", *(f'    "{name}",' for name in cognitive.__all__), "]", ""])


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")

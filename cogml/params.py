"""A stage stores what was set, as values or as columns; it checks types, and nothing else.

Declare once, get everything: `batchSize = Param(int, "rows a request", at_least=1)` in a class body
makes `setBatchSize`, `getBatchSize`, the keyword argument, `explainParams` and persistence; a
`ServiceParam` also makes `setTextCol` and `textCol=`, because it is a value *or* a column.
"""

from __future__ import annotations

import copy
import pickle
import types
import uuid
import zlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from cogml import _html, _sparkml
from cogml.errors import ParamError, one_of
from cogml.param import Column, Param, ServiceParam, capital, is_reference


class Params(_sparkml.StageBase):
    """What was set on a stage: fluent setters, getters, copy, explain.

    Setters change the stage and return it. `copy` gives an independent one. All of pyspark.ml's
    public `Params` methods are here, with and without pyspark.
    """

    declared: ClassVar[dict[str, Param]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.declared = {
            name: param
            for base in reversed(cls.__mro__)
            for name, param in vars(base).items()
            if isinstance(param, Param) and getattr(cls, name) is param
        }
        for name, param in list(vars(cls).items()):
            if isinstance(param, Param):
                _make_accessors(cls, name, param)

    def __init__(self, **settings: Any) -> None:
        self.uid = f"{type(self).__name__}_{uuid.uuid4().hex[:12]}"
        self._values: dict[str, Any] = {}
        self.setParams(**settings)

    def setParams(self, **settings: Any) -> Self:
        """Set several parameters by keyword: `text="..."` a value, `textCol="..."` a column."""
        known = self.keywords()
        for keyword, value in settings.items():
            if keyword not in known:
                raise ParamError(
                    f"{type(self).__name__} has no parameter {keyword!r}{one_of(keyword, known)}"
                )
            if value is not None:
                getattr(self, f"set{capital(keyword)}")(value)
        return self

    @classmethod
    def keywords(cls) -> list[str]:
        """The keyword arguments: a parameter's name for a value, with `Col` behind for a column."""
        names = [
            (name, param)
            for own, param in cls.declared.items()
            for name in filter(None, (own, param.alias))
        ]
        columns = [f"{name}Col" for name, param in names if isinstance(param, ServiceParam)]
        return sorted([*(name for name, _ in names), *columns])

    # pyspark.ml's surface

    @property
    def params(self) -> list[Param]:
        """All parameters, in order of name."""
        return [getattr(self, name) for name in sorted(self.declared)]

    def hasParam(self, paramName: str) -> bool:
        """Whether there is a parameter of this name."""
        return paramName in self.declared

    def getParam(self, paramName: str) -> Param:
        """The parameter of this name."""
        return self._param(paramName).__get__(self)

    def isSet(self, param: Param | str) -> bool:
        """Whether it was set by the user."""
        return self._param(param).name in self._values

    def hasDefault(self, param: Param | str) -> bool:
        """Whether it has a default."""
        return self._param(param).default is not None

    def isDefined(self, param: Param | str) -> bool:
        """Whether it is set or has a default."""
        return self.isSet(param) or self.hasDefault(param)

    def getOrDefault(self, param: Param | str) -> Any:
        """What was set, else the default; a `Column` when it is read from a column."""
        found = self._param(param)
        return self._values.get(found.name, found.default)

    def set(self, param: Param | str, value: Any) -> Self:
        """Set one parameter; a `Column` reads it from a column."""
        found = self._param(param)
        if isinstance(value, Column):
            if not isinstance(found, ServiceParam):
                raise ParamError(f"{type(self).__name__}.{found.name} cannot be read from a column")
            self._values[found.name] = value
            return self
        kept = found.by_reference and is_reference(value)
        try:
            self._values[found.name] = value if kept else found.check(value)
        except ParamError as error:
            raise ParamError(f"{type(self).__name__}: {error}") from None
        return self

    def clear(self, param: Param | str) -> Self:
        """Forget what was set."""
        self._values.pop(self._param(param).name, None)
        return self

    def extractParamMap(self, extra: Mapping[Param, Any] | None = None) -> dict[Param, Any]:
        """Parameters that are set or have a default, with their values; secrets are masked.

        It is what experiment trackers log; `getSubscriptionKey` gives the value itself.
        """
        found = {}
        for param in self.params:
            if self.isDefined(param):
                value = self.getOrDefault(param)
                hidden = param.secret and not isinstance(value, Column)
                found[param] = param.shown(value) if hidden else value
        return found | dict(extra or {})

    def explainParam(self, param: Param | str) -> str:
        """One line: name, meaning, default and current value."""
        found = self._param(param)
        state = []
        if found.default is not None:
            state.append(f"default: {found.default!r}")
        if found.name in self._values:
            state.append(f"current: {found.shown(self._values[found.name])}")
        return f"{found.name}: {found.doc} ({', '.join(state) or 'undefined'})"

    def explainParams(self) -> str:
        """One line a parameter."""
        return "\n".join(self.explainParam(param) for param in self.params)

    def copy(self, extra: Mapping[Param, Any] | None = None) -> Self:
        """An independent stage of the same uid, with `extra` set on it."""
        other = copy.copy(self)  # by way of `__getstate__`, so the values are its own
        for param, value in (extra or {}).items():
            if param.parent == self.uid:
                other.set(param.name, value)
        return other

    def __getstate__(self) -> dict[str, Any]:
        # Packed, because some debug logs print what is pickled: a key would stand there in clear.
        # Credentials go beside: a copy shares them, and only Spark's pickler takes functions along.
        objects = {n: v for n, v in self._values.items() if self.declared[n].live}
        packed = {n: v for n, v in self._values.items() if n not in objects}
        return {**vars(self), "_values": zlib.compress(pickle.dumps(packed)), "_objects": objects}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        objects = state.pop("_objects")
        values = pickle.loads(zlib.decompress(state.pop("_values")))
        vars(self).update(state | {"_values": values | objects})

    def __repr__(self) -> str:
        shown = []
        for name, value in self._values.items():
            if isinstance(value, Column):
                shown.append(f"{name}Col={value.name!r}")
            else:
                shown.append(f"{name}={self.declared[name].shown(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        return _html.table(self)

    def _resetUid(self, newUid: str) -> Self:
        self.uid = str(newUid)
        return self

    def _param(self, param: Param | str) -> Param:
        name = param if isinstance(param, str) else param.name
        if name not in self.declared:
            raise ParamError(
                f"{type(self).__name__} has no parameter {name!r}"
                f"{one_of(name, sorted(self.declared))}"
            )
        return self.declared[name]


def _make_accessors(cls: type[Params], name: str, param: Param) -> None:
    def set_value(self: Params, value: Any) -> Params:
        return self.set(name, value)

    def get_value(self: Params) -> Any:
        value = self.getOrDefault(name)
        if isinstance(value, Column):
            raise ParamError(f"{cls.__name__}.{name} is read from the column {value.name!r}")
        return value

    def set_column(self: Params, value: str) -> Params:
        if not isinstance(value, str):
            raise ParamError(
                f"{cls.__name__}.set{capital(name)}Col expects the name of a column; "
                f"found {value!r} ({type(value).__name__})"
            )
        return self.set(name, Column(value))

    def get_column(self: Params) -> str:
        value = self.getOrDefault(name)
        if not isinstance(value, Column):
            raise ParamError(f"{cls.__name__}.{name} is not read from a column")
        return value.name

    made: dict[str, tuple[Callable[..., Any], str]] = {}
    for own in filter(None, (name, param.alias)):
        made[f"set{capital(own)}"] = (set_value, f"Set {param.doc}.")
        made[f"get{capital(own)}"] = (get_value, f"Get {param.doc}.")
        if isinstance(param, ServiceParam):
            made[f"set{capital(own)}Col"] = (set_column, f"Read {param.doc} from this column.")
            made[f"get{capital(own)}Col"] = (get_column, f"The column that gives {param.doc}.")
    for method, (function, doc) in made.items():
        if method not in vars(cls):
            setattr(cls, method, _named(function, cls, method, doc))


def _named(function: Any, cls: type, name: str, doc: str) -> Any:
    """The function under this name; its own where it is made for an alias as well."""
    made = types.FunctionType(
        function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
    )
    made.__annotations__ = function.__annotations__
    made.__qualname__ = f"{cls.__qualname__}.{name}"
    made.__doc__ = doc
    return made

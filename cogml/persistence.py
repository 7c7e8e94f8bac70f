"""A stage is one line of JSON in Spark's own layout, `PATH/metadata/part-*`; it holds no secret.

So pyspark's pipelines save and load it, on classic and Connect, and it can be read without Spark.
With a Spark session in use the files go through Spark (any file system it knows), else to disk.
For a secret `env:NAME` is written, the variable that must be set where the stage is loaded.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import pathlib
import re
import sys
import time
import warnings
from typing import Any

from cogml import _sparkml
from cogml.errors import LoadError
from cogml.param import Column, Param, capital, is_reference
from cogml.params import Params

FORMAT = 1


def to_json(stage: Params) -> str:
    """The saved form of a stage."""
    values: dict[str, Any] = {}
    for name, value in stage._values.items():
        param = stage.declared[name]
        if isinstance(value, Column):
            values[name] = {"column": value.name}
        elif param.live:
            values[name] = {"unsaved": True}
        elif isinstance(value, bytes):
            values[name] = {"bytes": base64.b64encode(value).decode()}
        else:
            values[name] = {"value": reference(param, value) if param.secret else value}
    return layout(stage, stage.uid, values)


def layout(thing: object, uid: str, values: dict[str, Any]) -> str:
    """The line of a stage or a pipeline, with all that Spark's own reader looks for."""
    return json.dumps(
        {
            "class": f"{type(thing).__module__}.{type(thing).__name__}",
            "timestamp": int(time.time() * 1000),
            "sparkVersion": "3.5.0",  # of the layout, not of an installation
            "uid": uid,
            "paramMap": values,
            "defaultParamMap": {},
            "cogmlFormat": FORMAT,
        }
    )


def reference(param: Param, value: Any) -> str:
    """What stands for a secret: the reference it was set by, or `env:COGML_NAME`."""
    if is_reference(value):
        return str(value)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", param.name)
    return f"env:COGML_{words.upper()}"


def from_json(text: str, expected: type[Params]) -> Any:
    """The stage that was saved; LoadError says what is wrong, or which variable to set."""
    saved = parse(text)
    made = _class(saved["class"])
    if not (isinstance(made, type) and issubclass(made, expected)):
        raise LoadError(f"{saved['class']} is not a {expected.__name__} of this version of cogml")
    name = made.__name__
    stage = made()
    for key, entry in saved["paramMap"].items():
        if key not in made.declared:
            raise LoadError(f"{name} has no parameter {key!r} in this version of cogml")
        try:
            if "unsaved" in entry:
                warnings.warn(
                    f"{name} was saved without its {key}; call set{capital(key)} again",
                    stacklevel=3,
                )
                continue
            value = _value(entry)
            if made.declared[key].secret and not isinstance(value, Column):
                _require(name, key, value)
            stage.set(key, value)
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"{name}: the saved {key} cannot be read: {error}") from None
    return stage._resetUid(saved["uid"])


def _value(entry: dict[str, Any]) -> Any:
    if "column" in entry:
        return Column(entry["column"])
    return base64.b64decode(entry["bytes"]) if "bytes" in entry else entry["value"]


def _require(name: str, key: str, saved: Any) -> None:
    if not is_reference(saved):
        raise TypeError("expected a reference env:NAME or vault:NAME")
    variable = saved.removeprefix("env:")
    if saved.startswith("env:") and variable not in os.environ:
        raise LoadError(
            f"{name} was saved without its {key}; before loading it, set the environment "
            f"variable {variable}"
        )


def parse(text: str) -> dict[str, Any]:
    """The saved form, checked for what every saved stage has."""
    try:
        saved = json.loads(text)
        form = saved["cogmlFormat"]
        whole = isinstance(saved["class"], str) and isinstance(saved["paramMap"], dict)
        whole = whole and isinstance(saved["uid"], str)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise LoadError("this is not a stage that cogml has saved")
    if form != FORMAT:
        raise LoadError(f"this was saved in format {form}; this version reads format {FORMAT}")
    return dict(saved)


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    # A saved file must not make us import whatever it names.
    if module.split(".")[0] != "cogml" and module not in sys.modules:
        return None
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


class Writer(_sparkml.WriterBase):
    """Saves a stage: `stage.write().overwrite().save(path)`."""

    def __init__(self, stage: Params) -> None:
        super().__init__()
        self._stage = stage

    def save(self, path: str) -> None:
        """Write the stage to this folder; an existing one is an error unless overwritten."""
        write(self._sparkSession, path, to_json(self._stage), overwrite=self.shouldOverwrite)


class Reader(_sparkml.ReaderBase):
    """Loads a stage: `TextSentiment.read().load(path)`."""

    def __init__(self, expected: type[Params]) -> None:
        super().__init__()
        self._expected = expected

    def load(self, path: str) -> Any:
        """The stage saved in this folder."""
        return from_json(read(self._sparkSession, path), self._expected)


def write(session: Any, path: str, text: str, *, overwrite: bool) -> None:
    """Write one line to `path/metadata`, through Spark where there is a session."""
    session = session or _sparkml.active_session()
    folder = f"{str(path).rstrip('/')}/metadata"
    if session is not None:
        frame = session.createDataFrame([(text,)], ["value"]).coalesce(1)
        frame.write.mode("overwrite" if overwrite else "error").text(folder)
        return
    target = _local(folder)
    if not overwrite and target.parent.is_dir() and any(target.parent.iterdir()):
        raise FileExistsError(f"{path} is there already; write().overwrite() replaces it")
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*part-*"):  # Spark puts a hidden checksum beside each part
        old.unlink()
    (target / "part-00000").write_text(text + "\n", encoding="utf-8")
    (target / "_SUCCESS").touch()


def read(session: Any, path: str) -> str:
    """The line in `path/metadata`."""
    session = session or _sparkml.active_session()
    folder = f"{str(path).rstrip('/')}/metadata"
    if session is not None:
        line = _sparkml.first_line(session, folder)
        if line is None:
            raise LoadError(f"there is no saved stage in {path}")
        return line
    parts = sorted(_local(folder).glob("part-*"))
    if not parts:
        raise LoadError(f"there is no saved stage in {path}")
    return "".join(part.read_text(encoding="utf-8") for part in parts)


def _local(path: str) -> pathlib.Path:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", path)  # a single letter is a Windows drive
    if scheme and scheme[1] != "file":
        raise LoadError(f"{path}: start a Spark session first; without one only local folders work")
    return pathlib.Path(path.removeprefix("file://").removeprefix("file:"))

"""A trained model outlives the suite as a file under its id: arrays and JSON in a .npz, no pickle.

The files of a base path are in a folder of its name, those without one beside the folders; `place`
is a folder or the URL of a store that fsspec reaches, and may hold a password: it is shown without.
All are read when the suite starts: what is damaged, or is of another program, is refused then, by
name. A file is written under another ending first, so that a half of one is never read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import fsspec
import numpy as np
import orjson

from cogml_mocks.anomaly import options, sources
from cogml_mocks.engines.multivariate import Model, Pass
from cogml_mocks.operations import ServiceError

FORMAT = 1
MAX_BYTES = 64 * 2**20  # of a file, unpacked: 300 variables take 6 MB
_ENDING = ".npz"
_UNFINISHED = ".part"
_THROUGH = "::"  # between stores of which one is reached through the other
_SCALARS = ("limit", "own_limit", "near")  # a limit is over 0; near is 0 where nothing moves
_READING = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile,
            NotImplementedError, RuntimeError, OverflowError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A model as it was kept: its id, what was asked for, what is told of it, its engine."""

    name: str
    training: options.Training
    created: str
    updated: str
    names: tuple[str, ...]
    states: list[dict[str, Any]]
    engine: Model


class Shelf:
    """The models of one base path."""

    def __init__(self, place: str, base: str) -> None:
        self._place = place
        self._files, self._root = fsspec.core.url_to_fs(place)
        # A name of dots would lead elsewhere.
        own = quote(base, safe="").replace(".", "%2E")
        self._path = "/".join(filter(None, (self._root.rstrip("/"), own)))

    def keep(self, name: str, about: dict[str, Any], engine: Model) -> None:
        """Write a model under its id, whole or not at all; the store's error if it cannot be."""
        self._files.makedirs(self._path, exist_ok=True)
        unfinished = self._file(name) + _UNFINISHED
        try:
            self._files.pipe_file(unfinished, _packed(about, engine))
            self._files.mv(unfinished, self._file(name))
        except BaseException:
            with contextlib.suppress(Exception):
                self._files.rm_file(unfinished)
            raise

    def remove(self, name: str) -> None:
        """Remove a model, if it is there; the store's error if it stays."""
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._file(name))

    def models(self) -> list[Kept]:
        """Return the models that are kept, the oldest first; ``ValueError`` as of `check`."""
        try:
            self._files.invalidate_cache()
            is_there = self._files.exists(self._path)
            paths = self._files.ls(self._path, detail=False) if is_there else []
        except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
            raise _unusable(self._place, type(error).__name__) from None
        read = (_read(self._files, self._place, self._root, path) for path in paths
                if path.endswith(_ENDING))  # fmt: skip
        return sorted(read, key=lambda kept: (kept.created, kept.name))

    def _file(self, name: str) -> str:
        return f"{self._path}/{name}{_ENDING}"


def check(place: str) -> None:
    """Read all models there are; ``ValueError`` for a place, or a file, that cannot be read."""
    try:
        for part in filter(lambda part: "://" in part, place.split(_THROUGH)):
            fsspec.get_filesystem_class(part.partition("://")[0])
    except (ImportError, ValueError) as error:  # which knows the kind of store alone
        raise _unusable(place, str(error)) from None
    try:
        files, root = fsspec.core.url_to_fs(place)
        paths = files.find(root) if files.exists(root) else []
        is_file = files.isfile(root)
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise _unusable(place, type(error).__name__) from None
    if is_file:
        raise _unusable(place, "a file is there; expected a folder")
    for path in paths:
        if path.endswith(_ENDING):
            _read(files, place, root, path)


def _unusable(place: str, why: str) -> ValueError:
    return ValueError(f"models: {_shown(place)!r} cannot be used: {why}")


def _shown(place: str) -> str:
    """Return a place without what may be a secret: a password, a signature."""
    parts = place.split(_THROUGH)
    try:
        return _THROUGH.join(sources.shown(part) if "://" in part else part for part in parts)
    except ValueError:
        return "an address that cannot be read"


def _packed(about: dict[str, Any], engine: Model) -> bytes:
    told = {
        **about,
        "format": FORMAT,
        "lags": engine.lags,
        **{name: getattr(engine, name) for name in _SCALARS},
        "passes": [dataclasses.asdict(each) for each in engine.passes],
    }
    made = io.BytesIO()
    arrays = {name: getattr(engine, name) for name in _shapes(0, 0)}
    np.savez(made, about=np.frombuffer(orjson.dumps(told), dtype=np.uint8), **arrays)
    return made.getvalue()


def _read(files: Any, place: str, root: str, path: str) -> Kept:
    file = path.rpartition("/")[2]
    # Of the path only what the suite has named is shown: before it may be a secret.
    within = path.removeprefix(root) if path.startswith(root) else f"/{file}"
    shown = _shown(place).rstrip("/") + within
    try:
        content = files.cat_file(path)
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise ValueError(f"models: {shown} cannot be read: {type(error).__name__}") from None
    name = file.removesuffix(_ENDING)
    try:
        UUID(name)
        return _unpacked(name, content)
    except _READING as error:
        raise ValueError(
            f"models: {shown} is no model that this suite has kept, or is damaged ({error}); "
            f"remove it, or name another folder"
        ) from None


def _unpacked(name: str, content: bytes) -> Kept:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        about = orjson.loads(held["about"].tobytes())
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']}, where {FORMAT} is read")
        lags = int(about["lags"])
        scalars: dict[str, Any] = {label: float(about[label]) for label in _SCALARS}
        shapes = _shapes(len(about["names"]), lags)
        arrays: dict[str, Any] = {
            label: _array(held, label, shape) for label, shape in shapes.items()
        }
    limits = (*arrays["scale"], scalars["limit"], scalars["own_limit"])
    if not all(0 < limit < np.inf for limit in limits) or not 0 <= scalars["near"] < np.inf:
        raise ValueError("a scale or a limit is not over 0")
    engine = Model(**arrays, lags=lags, **scalars, passes=_passes(about["passes"]))
    return Kept(
        name,
        _training(about["training"]),
        _text(about["created"]),
        _text(about["updated"]),
        tuple(map(_text, about["names"])),
        _states(about["states"]),
        engine,
    )


def _passes(found: list[dict[str, Any]]) -> tuple[Pass, ...]:
    passes = tuple(Pass(**{label: float(v) for label, v in each.items()}) for each in found)
    if not np.isfinite([dataclasses.astuple(each) for each in passes]).all():
        raise ValueError("a pass has a number that is none")
    return passes


def _training(found: Any) -> options.Training:
    if not isinstance(found, dict):
        raise ValueError(f"training is {type(found).__name__}, expected an object")
    try:
        return options.training(found)
    except ServiceError as error:
        raise ValueError(f"training: {error.message}") from None


def _states(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError("states is no list of objects")
    return found


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError(f"{type(found).__name__}, where text is expected")
    return found


def _shapes(count: int, lags: int) -> dict[str, tuple[int, ...]]:
    size = count * (1 + lags)
    square = (size, size)
    return {"exponent": (count,), "centre": (count,), "scale": (count,), "mean": (size,),
            "covariance": square, "precision": square}  # fmt: skip


def _array(held: Any, label: str, shape: tuple[int, ...]) -> Any:
    kind = np.dtype(np.int64 if label == "exponent" else np.float64)
    found = held[label]
    if found.dtype != kind or found.shape != shape or not np.isfinite(found).all():
        raise ValueError(f"{label} is {found.dtype} of {found.shape}, expected {kind} of {shape}")
    return found

"""A trained model outlives the suite as a file under its id: arrays and JSON in a .npz, no pickle.

The files of a base path are in a folder of its name, those without one beside the folders; `place`
is a folder or the URL of a store that fsspec reaches. All are read when the suite starts: what is
damaged, or is of another program, is refused then, by name.
"""

from __future__ import annotations

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

from cogml_mocks.engines.multivariate import Model, Pass

FORMAT = 1
MAX_BYTES = 64 * 2**20  # of a file, unpacked: 300 variables take 6 MB
_ENDING = ".npz"
_SCALARS = ("limit", "own_limit", "near")  # a limit is over 0; near is 0 where nothing moves
_READING = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile,
            NotImplementedError, RuntimeError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A model as it was kept: its id, what is told of it (names, training, states), its engine."""

    name: str
    about: dict[str, Any]
    engine: Model


class Shelf:
    """The models of one base path."""

    def __init__(self, place: str, base: str) -> None:
        self._files, path = fsspec.core.url_to_fs(place)
        # A name of dots would lead elsewhere.
        own = quote(base, safe="").replace(".", "%2E")
        self._path = "/".join(filter(None, (path.rstrip("/"), own)))

    def keep(self, name: str, about: dict[str, Any], engine: Model) -> None:
        """Write a model under its id; ``OSError`` where that is not possible."""
        self._files.makedirs(self._path, exist_ok=True)
        self._files.pipe_file(self._file(name), _packed(about, engine))

    def remove(self, name: str) -> None:
        """Remove a model, if it is there."""
        if self._files.exists(self._file(name)):
            self._files.rm_file(self._file(name))

    def models(self) -> list[Kept]:
        """Return the models that are kept, the oldest first."""
        self._files.invalidate_cache()
        if not self._files.exists(self._path):
            return []
        paths = [path for path in self._files.ls(self._path, detail=False) if _is_model(path)]
        found = [_read(self._files, path) for path in paths]
        return sorted(found, key=lambda each: (each.about["created"], each.name))

    def _file(self, name: str) -> str:
        return f"{self._path}/{name}{_ENDING}"


def check(place: str) -> None:
    """Read all models there are; ``ValueError`` for a place, or a file, that cannot be read."""
    try:
        files, path = fsspec.core.url_to_fs(place)
        paths = files.find(path) if files.exists(path) else []
        if files.isfile(path):
            raise ValueError("a file is there; expected a folder")
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise ValueError(f"models: {place!r} cannot be used: {error}") from None
    for each in filter(_is_model, paths):
        _read(files, each)


def _is_model(path: str) -> bool:
    return path.endswith(_ENDING)


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


def _read(files: Any, path: str) -> Kept:
    name = path.rpartition("/")[2].removesuffix(_ENDING)
    try:
        UUID(name)
        return _unpacked(name, files.cat_file(path))
    except _READING as error:
        raise ValueError(
            f"models: {path} is no model that this suite has kept, or is damaged ({error}); "
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
        scalars: dict[str, Any] = {name: float(about[name]) for name in _SCALARS}
        shapes = _shapes(len(about["names"]), lags)
        arrays: dict[str, Any] = {
            label: _array(held, label, shape) for label, shape in shapes.items()
        }
    limits = (*arrays["scale"], scalars["limit"], scalars["own_limit"])
    if not all(0 < limit < np.inf for limit in limits) or not 0 <= scalars["near"] < np.inf:
        raise ValueError("a scale or a limit is not over 0")
    passes = tuple(Pass(**each) for each in about["passes"])
    return Kept(name, about, Model(**arrays, lags=lags, **scalars, passes=passes))


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

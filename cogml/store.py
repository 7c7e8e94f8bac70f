"""A store is a place of objects that many machines see, written once each; fsspec reaches it.

It can be listed, objects can be read, written and removed, and nothing else is asked of it: no
locks, no appends, no renames, no folders that are there before anything is in them. Whatever goes
wrong there, or takes longer than a minute, is a StoreError, which says what without quoting a
query, where tokens stand.
"""

from __future__ import annotations

import contextlib
import re
import threading
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from cogml.errors import MESSAGE_CHARACTERS, MissingPackage, ParamError, one_of
from cogml.places import BARE, is_bare
from cogml.segments import is_segment

PATIENCE = 60.0  # seconds for one listing, reading or writing
_MARK = "cogml-answers.txt"
_SAYS = (
    b"Answers that cogml keeps, to ask for them once: objects of 16 hexadecimal digits and the "
    b"ending .answers.\nThey may be removed at any time, one by one or all of them.\n"
)
_PATTERN = re.compile(r"[*\[\]{}]")
_QUERY = re.compile(r"\?[^\s'\"]+")
_T = TypeVar("_T")


class StoreError(Exception):
    """A store does not do what it is asked for; the message says why."""


class Store:
    """The objects directly under a URL whose names are those of segments.

    Raises ParamError for a URL that nothing can be written under, MissingPackage.
    """

    def __init__(self, url: str) -> None:
        self._files, self._path = file_system(url, "cacheDir")
        try:
            self.write(_MARK, _SAYS)
        except StoreError as error:
            raise ParamError(
                f"cacheDir: {url!r} cannot be used: {error}; name a place that can be written, "
                f"with credentials in fsspec's configuration or environment"
            ) from None

    def sizes(self) -> dict[str, int]:
        """The bytes of each segment that is there now."""

        def listed() -> dict[str, int]:
            self._files.invalidate_cache(self._path)
            try:
                entries = self._files.ls(self._path, detail=True)
            except FileNotFoundError:
                return {}
            sizes = {e["name"].rpartition("/")[2]: e["size"] for e in entries}
            return {name: int(size) for name, size in sizes.items() if is_segment(name)}

        return self._do(listed)

    def read(self, ends: Mapping[str, int | None]) -> dict[str, bytes]:
        """These objects up to these places, or to their end; without those that are gone."""
        paths = [self._at(name) for name in ends]
        read = self._do(
            lambda: self._files.cat_ranges(
                paths, [0] * len(paths), list(ends.values()), on_error="return"
            )
        )
        found = {}
        for name, data in zip(ends, read, strict=True):
            if isinstance(data, FileNotFoundError):
                continue
            if isinstance(data, BaseException):
                raise StoreError(said(data))
            found[name] = bytes(data)
        return found

    def write(self, name: str, data: bytes) -> None:
        """Make an object of this name, or replace it."""

        def written() -> None:
            try:
                self._files.pipe_file(self._at(name), data)
            except FileNotFoundError:
                if self._files.async_impl:
                    raise  # an object store has no folders; a bucket is for its owner to make
                self._files.makedirs(self._path, exist_ok=True)
                self._files.pipe_file(self._at(name), data)

        self._do(written)

    def remove(self, names: Sequence[str]) -> None:
        """Remove these objects, but for those that are gone."""
        paths = [self._at(name) for name in names]

        def removed() -> None:
            try:
                self._files.rm(paths)
            except FileNotFoundError:
                for path in paths:
                    with contextlib.suppress(FileNotFoundError):
                        self._files.rm_file(path)

        self._do(removed)

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    def _do(self, work: Callable[[], _T]) -> _T:
        """What this work gives, done in a thread that may hang for ever."""
        done: Future[_T] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again, to who asked
                done.set_exception(error)

        try:
            threading.Thread(target=run, name="cogml-store", daemon=True).start()
            return done.result(PATIENCE)
        except TimeoutError:
            raise StoreError(f"no answer in time (at most {PATIENCE:g} seconds)") from None
        except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
            raise StoreError(said(error)) from None


def file_system(url: str, param: str) -> tuple[Any, str]:
    """The file system of a URL, which is set as this parameter, and the path there; raises as
    `Store`."""
    try:
        import fsspec
    except ImportError:
        raise MissingPackage(
            f"{param} at a URL needs fsspec: pip install 'cogml[store]', and the package of your "
            f"store, such as s3fs, adlfs or gcsfs"
        ) from None
    if _PATTERN.search(url) or not is_bare(url):
        raise ParamError(f"{param}: {BARE}")
    parts = urllib.parse.urlsplit(url)
    is_file = parts.scheme in ("file", "local")
    if not url.startswith(f"{parts.scheme}://{'/' if is_file else ''}"):
        raise ParamError(
            f"{param}: {url!r} is no absolute URL; write SCHEME://PLACE, or file:///FOLDER for a "
            f"folder that every machine has, such as file:///dbfs/... or file:///Volumes/..."
        )
    try:
        fsspec.get_filesystem_class(parts.scheme)
    except ImportError as error:
        raise MissingPackage(f"{param}: {url!r} needs another package: {error}") from None
    except ValueError:
        known = one_of(parts.scheme, fsspec.available_protocols())
        raise ParamError(
            f"{param}: no package that is installed knows {url!r} (adlfs, for one, brings abfss)"
            f"{known}"
        ) from None
    try:
        files, path = fsspec.core.url_to_fs(url)
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise ParamError(
            f"{param}: {url!r} cannot be reached: {said(error)}; see fsspec's documentation of "
            f"{parts.scheme!r} for what its configuration or environment must hold"
        ) from None
    return files, path


def said(error: BaseException) -> str:
    """An error in one line, without what may be a token."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {_QUERY.sub('?…', lines[0])}"[:MESSAGE_CHARACTERS]

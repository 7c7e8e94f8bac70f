"""A file that a job needs is put where its service can read it: a blob of Azure's storage, or a
folder of this machine for a service on this machine, to which the file is lent over loopback.
"""

from __future__ import annotations

import contextlib
import pathlib
import secrets
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from cogml.errors import MESSAGE_CHARACTERS, ParamError, ServiceError
from cogml.hosts import is_here
from cogml.places import file_path
from cogml.store import file_system, said

PARAM = "intermediateSaveDir"


class Place(Protocol):
    """Where files are put for a service."""

    def check(self, service: httpx.URL) -> None:
        """Raise ParamError where the service at this address cannot read what is put here."""

    def write(self, name: str, data: bytes) -> ServiceError | None:
        """Put a file there, or say why that is not possible."""

    def shown(self, name: str) -> contextlib.AbstractContextManager[str]:
        """The address that the service reads a file at, good for as long as the context lasts."""

    def remove(self, start: str) -> None:
        """Remove the files whose names begin so."""


def place_of(url: str) -> Place:
    """The place that a path or a URL names; raises ParamError, or MissingPackage, for any other."""
    url = url.rstrip("/")
    if url.startswith(("wasb://", "wasbs://")):  # an older name of the same, which adlfs has not
        url = f"abfs{'s' if url.startswith('wasbs') else ''}://{url.partition('://')[2]}"
    path = file_path(url)
    if path is not None:
        return _Folder(path.absolute())
    return _Blobs(url)


def _failed(error: BaseException) -> ServiceError:
    message = f"{PARAM}: a file cannot be written: {said(error)}"
    return ServiceError("unavailable", message[:MESSAGE_CHARACTERS])


class _Folder:
    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def check(self, service: httpx.URL) -> None:
        if not is_here(service):
            raise ParamError(
                f"{PARAM} is {str(self._path)!r}, a folder of this machine, which the service at "
                f"{service.host} cannot read; name a place such as "
                f"abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER"
            )

    def write(self, name: str, data: bytes) -> ServiceError | None:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            # Never half a file under its name: another run may put the same there.
            part = self._path / f"{name}.{secrets.token_hex(4)}.part"
            part.write_bytes(data)
            part.replace(self._path / name)
        except OSError as error:
            return _failed(error)
        return None

    def shown(self, name: str) -> contextlib.AbstractContextManager[str]:
        from cogml.services._lending import lent  # a server, which nobody else needs

        return lent(self._path / name)

    def remove(self, start: str) -> None:
        for file in self._path.glob(f"{start}*") if self._path.is_dir() else ():
            file.unlink(missing_ok=True)


class _Blobs:
    """Storage of Azure, through adlfs."""

    def __init__(self, url: str) -> None:
        self._files, self._path = file_system(url, PARAM)
        client: Any = getattr(self._files, "service_client", None)
        if client is None:
            raise ParamError(
                f"{PARAM}: {url!r} is no place that the service reads; name a container of Azure's "
                f"storage (abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER) or, where the "
                f"service is on this machine, a folder"
            )
        self._account = str(client.primary_endpoint).partition("?")[0].rstrip("/")

    def check(self, service: httpx.URL) -> None:
        pass

    def write(self, name: str, data: bytes) -> ServiceError | None:
        try:
            self._files.pipe_file(f"{self._path}/{name}", data)
        except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
            return _failed(error)
        return None

    @contextlib.contextmanager
    def shown(self, name: str) -> Iterator[str]:
        yield f"{self._account}/{quote(f'{self._path}/{name}')}"

    def remove(self, start: str) -> None:
        self._files.invalidate_cache(self._path)
        with contextlib.suppress(FileNotFoundError):
            names = [path.rpartition("/")[2] for path in self._files.ls(self._path, detail=False)]
            ours = [f"{self._path}/{name}" for name in names if name.startswith(start)]
            if ours:
                self._files.rm(ours)

"""What tests are written with: a base path of the suite, frames of every kind, a web of files."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import http.server
import itertools
import json
import os
import pathlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cogml_mocks


@dataclasses.dataclass
class Endpoint:
    """A base path of the suite that no other test uses."""

    suite: cogml_mocks.Suite
    name: str

    @property
    def url(self) -> str:
        return self.suite.base(self.name)

    def fault(self, *rules: dict[str, Any]) -> None:
        self.suite.faults(*rules, base=self.name)

    def requests(self) -> list[dict[str, Any]]:
        return self.suite.requests(base=self.name)

    def documents(self) -> int:
        return sum(request["documents"] or 0 for request in self.requests())


class Net:
    """A transport that answers each request as it is told, and keeps what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    @property
    def addresses(self) -> list[str]:
        return [str(request.url) for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


def in_turn(*answers: httpx.Response) -> Net:
    """A transport that gives these answers in turn, the last one for ever."""
    given = itertools.chain(answers, itertools.repeat(answers[-1]))
    return Net(lambda _: next(given))


class Frames:
    """What a test needs of a kind of frame; `kind` is the library's name."""

    kind = ""

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        """A frame of these columns; `types` where they cannot be told from the values."""
        raise NotImplementedError

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        """Its rows as plain values, in order."""
        raise NotImplementedError

    def columns(self, frame: Any) -> list[str]:
        return list(frame.columns)


def _table(columns: dict[str, list[Any]], types: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array(v, types.get(name)) for name, v in columns.items()})


class PandasFrames(Frames):
    kind = "pandas"

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        made = {
            name: pd.Series(values, dtype=pd.ArrowDtype(types[name]) if name in types else None)
            for name, values in columns.items()
        }
        return pd.DataFrame(made)

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return list(pa.Table.from_pandas(frame, preserve_index=False).to_pylist())


class PolarsFrames(Frames):
    kind = "polars"

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        return pl.from_arrow(_table(columns, types))

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return list(frame.to_dicts())


class LazyPolarsFrames(PolarsFrames):
    kind = "polars lazy"

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        return super().make(columns, **types).lazy()

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return super().rows(frame.collect())

    def columns(self, frame: Any) -> list[str]:
        return list(frame.collect_schema().names())


class ArrowFrames(Frames):
    kind = "arrow"

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        return _table(columns, types)

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return list(frame.to_pylist())

    def columns(self, frame: Any) -> list[str]:
        return list(frame.schema.names)


class ReaderFrames(ArrowFrames):
    kind = "arrow reader"

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        return _table(columns, types).to_reader(max_chunksize=7)

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return list(frame.read_all().to_pylist())


class SparkFrames(Frames):
    kind = "spark"

    def __init__(self, session: Any) -> None:
        self.session = session

    def make(self, columns: dict[str, list[Any]], **types: pa.DataType) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema

        table = _table(columns, types)
        rows = [tuple(row.values()) for row in table.to_pylist()]
        return self.session.createDataFrame(rows, from_arrow_schema(table.schema))

    def rows(self, frame: Any) -> list[dict[str, Any]]:
        return [row.asDict(recursive=True) for row in frame.collect()]


EAGER = {"pandas": PandasFrames, "polars": PolarsFrames, "arrow": ArrowFrames}
LAZY = {"polars lazy": LazyPolarsFrames, "arrow reader": ReaderFrames}


def real_inputs() -> pathlib.Path:
    """The folder of inputs that nobody here made; a test without it is skipped."""
    folder = os.environ.get("COGML_TEST_DATA")
    if folder is None:
        pytest.skip("COGML_TEST_DATA is not set")
    return pathlib.Path(folder)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...


@contextlib.contextmanager
def served(folder: pathlib.Path) -> Iterator[str]:
    """The address of a loopback server of the files in a folder."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

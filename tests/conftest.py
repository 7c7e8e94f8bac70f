"""One suite and at most one Spark session serve all tests; a test is written once for all frames."""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

import cogml_mocks
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cogml.java

_NAMES = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--spark",
        default="classic",
        choices=("classic", "connect"),
        help="which Spark the tests marked spark use; a process can have only one",
    )


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


@pytest.fixture(scope="session")
def suite() -> Iterator[cogml_mocks.Suite]:
    with cogml_mocks.serve() as running:
        yield running


@pytest.fixture
def endpoint(suite: cogml_mocks.Suite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The suite as this test alone sees it, named by COGML_ENDPOINT."""
    place = Endpoint(suite, f"test{next(_NAMES)}")
    monkeypatch.setenv("COGML_ENDPOINT", place.url)
    yield place
    suite.reset(base=place.name)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set on the machine is no part of a test."""
    for name in ("COGML_ENDPOINT", "COGML_SUBSCRIPTION_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def spark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A session of two cores, classic or Connect."""
    from pyspark.sql import SparkSession

    mode = request.config.getoption("--spark")
    version = cogml.java.spark_version()
    if mode == "connect" and version.startswith("3."):
        pytest.skip(f"the package of Spark {version} carries no Connect server")
    cogml.java.prepare()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    warehouse = tmp_path_factory.mktemp("warehouse")
    builder = (
        SparkSession.builder.config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
    )
    local = builder.remote("local[2]") if mode == "connect" else builder.master("local[2]")
    session = local.getOrCreate()
    yield session
    session.stop()


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
SPARK = pytest.param("spark", marks=pytest.mark.spark)


def frames_named(name: str, request: pytest.FixtureRequest) -> Frames:
    if name == "spark":
        return SparkFrames(request.getfixturevalue("spark"))
    return (EAGER | LAZY)[name]()


@pytest.fixture(params=[*EAGER, *LAZY, SPARK])
def frames(request: pytest.FixtureRequest) -> Frames:
    """Every kind of frame, one after the other."""
    return frames_named(request.param, request)


@pytest.fixture(params=[*EAGER])
def eager(request: pytest.FixtureRequest) -> Frames:
    """The frames that are transformed at once."""
    return frames_named(request.param, request)

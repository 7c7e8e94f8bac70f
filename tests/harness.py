"""What tests are written with: a base path of the suite, and every kind of frame alike."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

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

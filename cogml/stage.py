"""A stage is parameters with a `transform`; it can be copied, saved, loaded, put in a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from cogml import persistence
from cogml.param import Param
from cogml.params import Params


class Stage(Params):
    """A step of a pipeline: `transform` takes a frame and gives one of the same kind.

    Frames are pandas and polars DataFrames, pyarrow Tables, RecordBatches and RecordBatchReaders,
    and Spark DataFrames (classic, Connect, streaming).
    """

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """What the stage makes of the frame, with `params` set on it for this once."""
        raise NotImplementedError

    def _transform(self, dataset: Any) -> Any:
        return self.transform(dataset)

    def __call__(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """The same as `transform`."""
        return self.transform(dataset, params)

    def write(self) -> persistence.Writer:
        """A writer: `write().overwrite().save(path)`."""
        return persistence.Writer(self)

    def save(self, path: str) -> None:
        """Save to a folder that must not be there yet; secrets are saved as references only."""
        self.write().save(path)

    @classmethod
    def read(cls) -> persistence.Reader:
        """A reader: `read().load(path)`."""
        return persistence.Reader(cls)

    @classmethod
    def load(cls, path: str) -> Self:
        """Load what was saved; raises LoadError for a missing file, or secret it refers to."""
        stage: Self = cls.read().load(path)
        return stage

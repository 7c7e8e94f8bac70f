"""A stage is a step of a pipeline, with parameters: it can be copied, saved and loaded.

A transformer has a `transform`; an estimator learns first: its `fit` gives the transformer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from cogml import _sparkml, persistence
from cogml.param import Param
from cogml.params import Params


class Stage(Params):
    """A step of a pipeline.

    It takes pandas and polars DataFrames, pyarrow Tables, RecordBatches and RecordBatchReaders, and
    Spark DataFrames (classic, Connect, streaming).
    """

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


class Transformer(Stage, _sparkml.TransformerBase):
    """A step that takes a frame and gives one of the same kind."""

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """What the stage makes of the frame, with `params` set on it for this once."""
        raise NotImplementedError

    def _transform(self, dataset: Any) -> Any:
        return self.transform(dataset)

    def __call__(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """The same as `transform`."""
        return self.transform(dataset, params)


class Estimator(Stage, _sparkml.EstimatorBase):
    """A step that learns from a frame how others are to be transformed."""

    def fit(
        self,
        dataset: Any,
        params: Mapping[Param, Any] | Sequence[Mapping[Param, Any]] | None = None,
    ) -> Any:
        """The transformer that is learnt from the frame, with `params` set on the estimator for
        this once; a list of them gives a list."""
        if isinstance(params, Sequence):
            return [self.fit(dataset, each) for each in params]
        return self.copy(params)._fit(dataset)

    def _fit(self, dataset: Any) -> Any:
        raise NotImplementedError

"""Stages in order, on any frame; pyspark.ml's `Pipeline` without pyspark.

The names, methods and saved layout are pyspark.ml's. With pyspark its own `Pipeline` takes the
same stages; this one is for pandas, polars and Arrow, and for machines that have no Spark.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

from cogml import _sparkml, persistence
from cogml.errors import LoadError, ParamError
from cogml.param import Param
from cogml.stage import Stage


class _Stages:
    """A list of stages that can be copied, saved and loaded."""

    def __init__(self, stages: Sequence[Any] = ()) -> None:
        self.uid = f"{type(self).__name__}_{uuid.uuid4().hex[:12]}"
        self.stages = list(stages)

    def copy(self, extra: Mapping[Param, Any] | None = None) -> Self:
        """Independent stages, with `extra` set on those it belongs to."""
        other = type(self)([stage.copy(extra) for stage in self.stages])
        other.uid = self.uid
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.stages!r})"

    def write(self) -> _Writer:
        """A writer: `write().overwrite().save(path)`."""
        return _Writer(self)

    def save(self, path: str) -> None:
        """Save to a folder that must not be there yet; secrets are saved as references only."""
        self.write().save(path)

    @classmethod
    def load(cls, path: str) -> Self:
        """Load what was saved; raises LoadError for what cannot be."""
        saved = persistence.parse(persistence.read(None, path))
        if saved["class"] != f"{cls.__module__}.{cls.__name__}":
            raise LoadError(f"{path} holds a {saved['class']}, not a {cls.__name__}")
        uids = saved["paramMap"]["stageUids"]
        loaded = cls([Stage.load(_folder(path, uids, i)) for i in range(len(uids))])
        loaded.uid = saved["uid"]
        return loaded


class Pipeline(_Stages):
    """Stages to be fitted; those without `fit` are taken as they are."""

    def getStages(self) -> list[Any]:
        """The stages."""
        return self.stages

    def setStages(self, value: Sequence[Any]) -> Self:
        """Set the stages."""
        self.stages = list(value)
        return self

    def fit(self, dataset: Any) -> PipelineModel:
        """Fit the estimators in turn, each on what the stages before it give."""
        estimators = [i for i, stage in enumerate(self.stages) if hasattr(stage, "fit")]
        fitted: list[Any] = []
        for place, stage in enumerate(self.stages):
            if not hasattr(stage, "fit") and not hasattr(stage, "transform"):
                raise ParamError(
                    f"stage {place} of the pipeline is a {type(stage).__name__}; expected a stage "
                    f"with transform or fit"
                )
            model = stage.fit(dataset) if hasattr(stage, "fit") else stage
            fitted.append(model)
            if estimators and place < estimators[-1]:
                dataset = model.transform(dataset)
        return PipelineModel(fitted)


class PipelineModel(_Stages):
    """Stages that transform, one after the other."""

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """What the last stage gives."""
        for stage in self.stages:
            dataset = stage.transform(dataset, params) if params else stage.transform(dataset)
        return dataset


class _Writer(_sparkml.WriterBase):
    """Saves stages in Spark's layout."""

    def __init__(self, stages: _Stages) -> None:
        super().__init__()
        self._stages = stages

    def save(self, path: str) -> None:
        """Write the pipeline and its stages to this folder."""
        stages = self._stages.stages
        for place, stage in enumerate(stages):
            if not isinstance(stage, Stage):
                raise ParamError(
                    f"stage {place} is a {type(stage).__name__}, which cogml cannot save; "
                    f"pyspark.ml.Pipeline saves stages of pyspark"
                )
        uids = [stage.uid for stage in stages]
        line = persistence.layout(self._stages, self._stages.uid, {"stageUids": uids})
        persistence.write(self._sparkSession, path, line, overwrite=self.shouldOverwrite)
        for place, stage in enumerate(stages):
            text = persistence.to_json(stage)
            folder = _folder(path, uids, place)
            persistence.write(self._sparkSession, folder, text, overwrite=self.shouldOverwrite)


def _folder(path: str, uids: Sequence[str], place: int) -> str:
    digits = len(str(len(uids)))
    return f"{str(path).rstrip('/')}/stages/{place:0{digits}d}_{uids[place]}"

"""Stages of several variables, with a trained model."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from harness import Endpoint
from variables import columns, fitting, last

from cogml.cognitive import SimpleDetectMultivariateAnomaly


@pytest.fixture
def model(endpoint: Endpoint, tmp_path: pathlib.Path) -> SimpleDetectMultivariateAnomaly:
    """A stage that judges by a trained model."""
    return fitting(tmp_path / "files").fit(pa.table(columns()))


Judging = Callable[[SimpleDetectMultivariateAnomaly], Any]
JUDGING: dict[str, Judging] = {
    "batch": lambda model: model,
    "last": lambda model: last(model.getModelId()),
}


@pytest.fixture(params=[*JUDGING])
def judging(request: pytest.FixtureRequest, model: SimpleDetectMultivariateAnomaly) -> Any:
    """Each of the two stages that judge."""
    return JUDGING[request.param](model)

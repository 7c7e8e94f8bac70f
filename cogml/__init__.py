"""AI services over the rows of a DataFrame; every row comes back with its answer or its error.

What is offered here is imported when it is first asked for: a stage brings Arrow, httpx and, where
it is installed, pyspark.ml, and a program that only might need one should not wait for them.
"""

import importlib
from typing import TYPE_CHECKING, Any

from cogml.version import VERSION

if TYPE_CHECKING:
    from cogml.errors import CODES, CogmlError, FitError, LoadError, MissingPackage, ParamError
    from cogml.pipeline import Pipeline, PipelineModel
    from cogml.report import RunReport
    from cogml.services import Service
    from cogml.vault import getSecret, mssparkutils

__version__ = VERSION

_FROM = {
    "CODES": "errors",
    "CogmlError": "errors",
    "FitError": "errors",
    "LoadError": "errors",
    "MissingPackage": "errors",
    "ParamError": "errors",
    "Pipeline": "pipeline",
    "PipelineModel": "pipeline",
    "RunReport": "report",
    "Service": "services",
    "getSecret": "vault",
    "mssparkutils": "vault",
}

__all__ = [
    "CODES",
    "CogmlError",
    "FitError",
    "LoadError",
    "MissingPackage",
    "ParamError",
    "Pipeline",
    "PipelineModel",
    "RunReport",
    "Service",
    "__version__",
    "getSecret",
    "mssparkutils",
]


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module 'cogml' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"cogml.{_FROM[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""AI services over the rows of a DataFrame; every row comes back with its answer or its error."""

from cogml import services as _services  # noqa: F401 (fills the registry)
from cogml.errors import CODES, CogmlError, LoadError, MissingPackage, ParamError
from cogml.pipeline import Pipeline, PipelineModel
from cogml.report import RunReport
from cogml.service import Service
from cogml.vault import getSecret, mssparkutils
from cogml.version import VERSION

__version__ = VERSION

__all__ = [
    "CODES",
    "CogmlError",
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

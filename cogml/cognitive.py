"""The stages under the names of `synapse.ml.cognitive`: `from cogml.cognitive import *`."""

from cogml import services as _services  # noqa: F401 (fills the registries)
from cogml.fitting import ServiceEstimator as _ServiceEstimator
from cogml.service import Service

_STAGES = Service.registry | _ServiceEstimator.registry
globals().update(_STAGES)

__all__ = sorted(_STAGES)

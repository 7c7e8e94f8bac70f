"""The stages under the names of `synapse.ml.cognitive`: `from cogml.cognitive import *`."""

from cogml import services as _services  # noqa: F401 (fills the registry)
from cogml.service import Service

globals().update(Service.registry)

__all__ = sorted(Service.registry)

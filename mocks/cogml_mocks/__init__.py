"""A local service suite that speaks Azure AI services' own wire protocols.

``with serve() as suite:`` runs it in a thread on a free loopback port; `run` serves in the
foreground. Every answer is computed by an engine in this package, with no key and no cloud.
"""

from cogml_mocks.server import Suite, run, serve

__all__ = ["Suite", "run", "serve"]

"""A local service suite that speaks Azure AI services' own wire protocols.

``with serve() as suite:`` runs it in a thread on a free loopback port; `run` serves in the
foreground. Every answer is computed by an engine in this package, with no key and no cloud.
"""

try:
    from cogml_mocks.server import Suite, run, serve
except ModuleNotFoundError as error:
    message = f"{error.name} is not installed: pip install 'cogml[mocks]'"
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = ["Suite", "run", "serve"]

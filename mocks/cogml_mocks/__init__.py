"""A local service suite that speaks Azure AI services' own wire protocols.

``with serve() as suite:`` runs it in a thread on a free loopback port; `run` serves in the
foreground; `transport` answers within the process, without a server. Every answer is computed by an
engine in this package, with no key and no cloud.

The server is imported when one of these names is asked for: pytest imports this package to find
the fixtures, in every process where cogml is installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogml_mocks.in_process import transport
    from cogml_mocks.server import Suite, run, serve

_PLACES = {"Suite": "server", "run": "server", "serve": "server", "transport": "in_process"}
__all__ = ["Suite", "run", "serve", "transport"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"cogml_mocks.{_PLACES[name]}"), name)
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed: pip install 'cogml[mocks]'"
        raise ModuleNotFoundError(message, name=error.name) from error

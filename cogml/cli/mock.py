"""`cogml mock` is the local suite in the foreground; its address is the first line on stdout."""

from __future__ import annotations

import errno
from typing import Annotated

import typer

from cogml.cli.console import needed, say
from cogml.errors import ParamError


def mock(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8080,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key that is accepted; may be repeated. [default: any key]"),
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, max=600_000, help="Milliseconds before each answer.")
    ] = 0.0,
) -> None:
    """Run the local service suite until SIGTERM or Ctrl-C.

    The first line on stdout is the base address, printed once connections are accepted; it is what
    COGML_ENDPOINT or setEndpoint takes.
    """
    suite = needed("cogml_mocks", "mocks")
    if not all(key or []):
        raise ParamError("--key expects a key that is not empty")

    def announce(address: str) -> None:
        print(address, flush=True)

    try:
        suite.run(port=port, keys=key or [], latency_ms=latency, announce=announce)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        say(f"cogml: port {port} is in use; choose another with --port, or 0 for a free one")
        raise typer.Exit(1) from None

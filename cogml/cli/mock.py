"""`cogml mock` is the local suite in the foreground; its address is the first line on stdout."""

from __future__ import annotations

import errno
import logging
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cogml.cli.console import needed, say
from cogml.errors import ParamError

_UNITS = {"s": 1.0, "m": 60.0}


def mock(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    expose: Annotated[
        bool, typer.Option("--expose", help="Let --host be an address other machines can reach.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")
    ] = 8080,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key that is accepted; may be repeated. [default: any key]"),
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A secret of the key vault; may be repeated."),
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="The directory that gives tokens.")] = None,
    client_id: Annotated[
        str | None, typer.Option(help="The application that gets tokens. [default: any]")
    ] = None,
    client_secret: Annotated[str | None, typer.Option(help="The secret it must show.")] = None,
    msi_header: Annotated[
        str | None, typer.Option(help="What an App Service's identity must show. [default: any]")
    ] = None,
    tls: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Serve https; the certificates are written to DIR."),
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Recorded answers, which go before computed ones."),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            metavar="UPSTREAM", help="Pass requests on to this address, record into --recordings."
        ),
    ] = None,
    strict_replay: Annotated[
        bool, typer.Option("--strict-replay", help="Refuse what is not recorded.")
    ] = False,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Where trained anomaly models are kept: a folder, or fsspec's URL."
        ),
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, max=600_000, help="Milliseconds before each answer.")
    ] = 0.0,
    faults: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A JSON list of fault rules to begin with."),
    ] = None,
    rate_limit: Annotated[
        str | None,
        typer.Option(metavar="N/s", help="Requests a second (or minute, N/m), then 429."),
    ] = None,
) -> None:
    """Run the local service suite until SIGTERM or Ctrl-C.

    The first line on stdout is the base address, printed once connections are accepted; it is what
    COGML_ENDPOINT or setEndpoint takes.
    """
    needed("cogml_mocks.server", "mocks")  # imported by the package only when asked for
    suite = needed("cogml_mocks", "mocks")
    if not all(key or []):
        raise ParamError("--key expects a key that is not empty")
    settings: dict[str, Any] = {
        "secrets": _secrets(secret or []),
        "tenant": tenant,
        "clients": _clients(client_id, client_secret),
        "msi_header": msi_header,
        "recordings": recordings,
        "record": record,
        "strict_replay": strict_replay,
        "models": models,
        "faults": _faults(faults),
        "rate_limit": _rate(rate_limit),
    }
    given = {name: value for name, value in settings.items() if value}
    if record:
        logging.basicConfig(format="cogml: %(message)s")
        logging.getLogger("cogml_mocks").setLevel(logging.INFO)

    if expose:
        say(f"cogml: other machines can reach this suite on {host}")

    def announce(address: str) -> None:
        print(address, flush=True)

    try:
        suite.run(
            port=port, keys=key or [], latency_ms=latency, host=host, announce=announce,
            tls=tls, expose=expose, **given,
        )  # fmt: skip
    except ValueError as error:
        raise ParamError(str(error)) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        say(f"cogml: port {port} is in use; choose another with --port, or 0 for a free one")
        raise typer.Exit(1) from None


def _secrets(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(name and equals for name, equals, _ in pairs):
        raise ParamError("--secret expects NAME=VALUE")  # what was found may be the secret
    return {name: value for name, _, value in pairs}


def _clients(client: str | None, secret: str | None) -> dict[str, str]:
    if bool(client) != bool(secret):
        raise ParamError("--client-id and --client-secret come together")
    return {client: secret} if client and secret else {}


def _faults(file: Path | None) -> list[dict[str, Any]]:
    if file is None:
        return []
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[dict[str, Any]])
    except OSError as error:
        raise ParamError(f"--faults: {file} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ParamError(f"--faults: {file} is not a JSON list of rules: {error}") from None


def _rate(text: str | None) -> float:
    if text is None:
        return 0.0
    match = re.fullmatch(r"(\d{1,7}(?:\.\d{1,3})?)(?:/([sm]))?", text)
    if match is None or not float(match[1]):
        raise ParamError(f"--rate-limit expects N/s or N/m, with N over 0, not {text!r}")
    return float(match[1]) / _UNITS[match[2] or "s"]

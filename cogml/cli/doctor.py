"""`cogml doctor` looks at what a run needs, one line a check, and says what to do about each ✗."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import pyarrow as pa
import typer

from cogml import java
from cogml.cli.console import unlogged
from cogml.errors import MissingPackage, ParamError
from cogml.services import Service
from cogml.services._azure import ENDPOINT

_KEY = "env:COGML_SUBSCRIPTION_KEY"
_SECONDS = 10.0
_SIGNS = {True: "✓", False: "✗", None: "\N{EN DASH}"}
_NEEDED = ("pyarrow", "httpx", "msgspec")
_EXTRAS = {
    "pandas": "pandas",
    "polars": "polars",
    "pyspark": "spark",
    "azure.identity": "azure",
    "soundfile": "speech",
    "matplotlib": "display",
    "cogml_mocks.server": "mocks",
}


class Check(NamedTuple):
    """A line: True is ✓, False is ✗ (and exit code 1), None is a dash, for what need not be."""

    good: bool | None
    said: str

    def __str__(self) -> str:
        return f"{_SIGNS[self.good]} {self.said}"


def _reference(given: str) -> str:
    name = given.removeprefix("env:")
    if name == given or not name.isidentifier():
        raise typer.BadParameter(
            "expects env:NAME, the name of an environment variable; a key itself would stay in "
            "the shell's history"
        )
    return given


def doctor(
    endpoint: Annotated[
        str | None, typer.Option(help=f"Base address to try. [default: {ENDPOINT}]")
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            metavar="env:NAME", callback=_reference, help="The variable that holds the key."
        ),
    ] = _KEY,
) -> None:
    """Check packages, Java, endpoint and key.

    One short text is sent to the endpoint: the smallest request there is.
    """
    failed = False
    for check in _checks(endpoint, key):
        print(check, flush=True)
        failed = failed or check.good is False
    if failed:
        raise typer.Exit(1)


def _checks(endpoint: str | None, key: str) -> Iterator[Check]:
    running = platform.python_version()
    yield Check(sys.version_info >= (3, 11), f"Python {running} (3.11 or newer is needed)")
    for package in _NEEDED:
        yield _package(package, False, f"pip install {package}")
    yield _package("httptools", None, "httpx carries requests instead, several times slower")
    for package, extra in _EXTRAS.items():
        yield _package(package, None, f"pip install 'cogml[{extra}]'")
    yield _java()
    yield from _service(endpoint, key)


def _package(name: str, without: bool | None, advice: str) -> Check:
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        why = "not installed" if isinstance(error, ModuleNotFoundError) else f"broken ({error})"
        return Check(without, f"{name}: {why}; {advice}")
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        version = getattr(module, "__version__", "")
    return Check(True, f"{name} {version}".rstrip())


def _java() -> Check:
    try:
        spark = importlib.metadata.version("pyspark")
    except importlib.metadata.PackageNotFoundError:
        return Check(None, "Java: only Spark needs one, and pyspark is not installed")
    try:
        found = java.find(spark)
    except MissingPackage as error:
        return Check(False, str(error))
    return Check(True, f"Java {found.version} from {found.found_in}, for Spark {spark}")


def _service(endpoint: str | None, key: str) -> Iterator[Check]:
    configured = os.environ.get(ENDPOINT)
    if configured:
        yield Check(True, f"{ENDPOINT} is {_shown(configured)}")
    else:
        yield Check(None, f"{ENDPOINT} is not set")
    address = endpoint or configured
    if not address:
        yield Check(None, f"endpoint: none to try; set {ENDPOINT} or give --endpoint (cogml mock)")
        yield Check(None, "key: not tried")
        return
    name = key.removeprefix("env:")
    given = os.environ.get(name)
    if not given and key != _KEY:
        yield Check(None, f"endpoint {_shown(address)}: not tried")
        yield Check(False, f"key: the environment variable {name} is not set")
        return
    try:
        error = _ask(address, key if given else None)
    except ParamError as found:
        yield Check(False, f"endpoint or key: {found}")
        return
    yield from _verdict(_shown(address), error, name, bool(given))


def _ask(endpoint: str, key: str | None) -> dict[str, Any] | None:
    stage = Service.registry["TextSentiment"](
        text="hello",
        endpoint=endpoint,
        subscriptionKey=key,
        maxRetries=0,
        timeout=_SECONDS,
        concurrentTimeout=_SECONDS,
    )
    with unlogged():
        out = stage.transform(pa.table({"row": [1]}))
    error: dict[str, Any] | None = out.column(stage.getErrorCol())[0].as_py()
    return error


def _verdict(address: str, error: dict[str, Any] | None, name: str, given: bool) -> list[Check]:
    answers = Check(True, f"endpoint {address} answers")
    if error is None:
        return [answers, Check(True, "key is accepted" if given else "no key is asked for")]
    said = f"{error['code']}: {error['message']}"
    if error["code"] == "unauthorized":
        what = f"check the key in {name}" if given else f"no key was sent, set {name}"
        return [answers, Check(False, f"key is not accepted; {what} ({said})")]
    if error["code"] == "throttled":
        return [answers, Check(None, f"key: not known, the request was refused ({said})")]
    return [Check(False, f"endpoint {address}: {said}"), Check(None, "key: not known")]


def _shown(address: str) -> str:
    """The address without what may be a secret: user, password, query."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"

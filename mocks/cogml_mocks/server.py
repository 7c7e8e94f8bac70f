"""The suite is one server on one loopback address: in a thread for tests, in front for a CLI.

Both ways run the same `Gateway` on one event loop (uvloop's where it is installed). Everything
that reads or changes the suite's state runs on that loop, the shortcuts of `Suite` included.
"""

import asyncio
import contextlib
import importlib
import ipaddress
import signal
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import orjson

from cogml_mocks import control, operations, tls
from cogml_mocks.gateway import Gateway
from cogml_mocks.http import Connection
from cogml_mocks.recorder import check_upstream
from cogml_mocks.settings import Settings
from cogml_mocks.vision import recordings

MAX_BODY = 64 * 1_048_576


class Suite:
    """A running suite: its address, and shortcuts to its control plane."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
        self._gateway = gateway
        self._loop = loop

    def __repr__(self) -> str:
        return f"Suite({self.url!r})"

    @property
    def url(self) -> str:
        """Base address of every service, without a slash at the end."""
        return self._gateway.url

    def base(self, name: str) -> str:
        """Return the address of a base path of its own: its faults and log meet no other's."""
        if not name or "/" in name or not name.isprintable():
            raise ValueError(f"a base path is one path segment, not {name!r}")
        return self._gateway.base_url(name)

    def faults(self, *rules: dict[str, Any], base: str = "") -> list[dict[str, Any]]:
        """Add fault rules (see `cogml_mocks.faults`); return all rules with their counts."""
        answer = self._act("POST", "faults", base, orjson.dumps(rules))
        return cast(list[dict[str, Any]], answer["faults"])

    def requests(self, base: str = "") -> list[dict[str, Any]]:
        """Return the request log, oldest first."""
        return cast(list[dict[str, Any]], self._act("GET", "requests", base)["requests"])

    def stats(self, base: str = "") -> dict[str, Any]:
        """Return request and document counts and the time-weighted requests in flight."""
        return cast(dict[str, Any], self._act("GET", "stats", base))

    def clear_faults(self, base: str = "") -> None:
        """Take all fault rules away; log and counters stay."""
        self._act("DELETE", "faults", base)

    def ledger(self, base: str = "") -> dict[str, Any]:
        """Return how often documents were answered (see `cogml_mocks.ledger`).

        ``LookupError`` where the suite was not started with ``ledger=True``.
        """
        return cast(dict[str, Any], self._act("GET", "ledger", base))

    def reset(self, base: str = "") -> None:
        """Forget faults, log and counters of a base path; of all when none is named."""
        self._act("POST", "reset", base)

    def _act(self, method: str, action: str, name: str, body: bytes = b"") -> Any:
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(control.act(self._gateway, name, method, f"/_mock/{action}", body))
            except (LookupError, ValueError) as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(timeout=30)


@contextmanager
def serve(
    port: int = 0,
    keys: Sequence[str] = (),
    latency_ms: float = 0.0,
    host: str = "127.0.0.1",
    tls: str | Path | None = None,
    expose: bool = False,
    **settings: Any,
) -> Iterator[Suite]:
    """Serve from a background thread for as long as the ``with`` block lasts.

    Parameters
    ----------
    port
        TCP port; 0 takes a free one.
    keys
        Accepted subscription keys; empty accepts any key that is not empty.
    latency_ms
        Milliseconds before each answer.
    host
        The address to listen on, of this machine's loopback.
    tls
        A folder for the certificates of HTTPS (see `cogml_mocks.tls`); none serves HTTP.
    expose
        Let ``host`` be an address that other machines can reach.
    settings
        Further ones, by the names of `cogml_mocks.settings.Settings`.

    """
    _check_address(host, port, expose)
    gateway = application(keys, latency_ms, settings)
    secured = _secured(tls)
    started: Future[asyncio.AbstractEventLoop] = Future()
    stop = asyncio.Event()

    async def main() -> None:
        async with _listening(gateway, host, port, secured):
            started.set_result(asyncio.get_running_loop())
            await stop.wait()

    def background() -> None:
        try:
            _run(main())
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=background, name="cogml-mocks", daemon=True)
    thread.start()
    loop = started.result(timeout=30)
    try:
        yield Suite(gateway, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=30)


def run(
    port: int = 8080,
    keys: Sequence[str] = (),
    latency_ms: float = 0.0,
    host: str = "127.0.0.1",
    announce: Callable[[str], object] | None = None,
    tls: str | Path | None = None,
    expose: bool = False,
    **settings: Any,
) -> None:
    """Serve on the main thread until SIGTERM or SIGINT; ``announce`` is told the address.

    Parameters are those of `serve`.
    """
    _check_address(host, port, expose)
    gateway = application(keys, latency_ms, settings)
    secured = _secured(tls)

    async def main() -> None:
        stop = asyncio.Event()
        with _signals(stop):
            async with _listening(gateway, host, port, secured):
                if announce is not None:
                    announce(gateway.url)
                await stop.wait()

    _run(main())


def _check_address(host: str, port: int, expose: bool) -> None:
    if type(port) is not int or not 0 <= port <= 65_535:
        raise ValueError(f"port is a number from 0 to 65535, not {port!r}")
    if not (expose or _is_loopback(host)):
        raise ValueError(
            f"{host!r} is not loopback: other machines could reach the suite; if they are to, "
            "set expose as well"
        )


def application(keys: Sequence[str], latency_ms: float, further: dict[str, Any]) -> Gateway:
    """Return what answers requests, with these settings (see `serve`)."""
    if isinstance(keys, str):
        raise ValueError("keys is a sequence of non-empty strings")
    folder = further.pop("recordings", None)
    if folder is not None:
        folder = Path(folder)
        if further.get("record"):
            check_upstream(further["record"])
            folder.mkdir(parents=True, exist_ok=True)
    if further.get("models"):
        further["models"] = str(further["models"])
        importlib.import_module("cogml_mocks.anomaly.shelf").check(further["models"])
    settings = Settings(keys=tuple(keys), latency=latency_ms / 1000, recordings=folder, **further)
    recordings.load.cache_clear()  # what was recorded since another suite began is read as well
    recordings.load(settings.recordings)  # a broken one is said now, not at a request
    operations.load()
    return Gateway(settings)


def _secured(folder: str | Path | None) -> ssl.SSLContext | None:
    return None if folder is None else tls.context(Path(folder))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.asynccontextmanager
async def _listening(gateway: Gateway, host: str, port: int, secured: ssl.SSLContext | None) -> Any:
    loop = asyncio.get_running_loop()
    connections: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(gateway, connections, MAX_BODY), host, port, backlog=1024, ssl=secured
    )
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if secured is None else "https"
    gateway.url = f"{scheme}://{shown}:{server.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.close()
        await server.wait_closed()
        await gateway.close()


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    watched = (signal.SIGTERM, signal.SIGINT)
    previous = {number: signal.getsignal(number) for number in watched}
    for number in watched:
        # Not loop.add_signal_handler, which Windows has not.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _run(main: Any) -> None:
    try:
        factory = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        factory = asyncio.new_event_loop
    loop = factory()
    try:
        loop.run_until_complete(main)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()

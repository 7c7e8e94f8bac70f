"""The carrier puts the bytes on the wire: pyreqwest (Rust) where its wheel is, else httpx itself.

httpx's own connection pool looks at every connection for every request and slows down above some
16 requests in flight (https://github.com/encode/httpx/issues/3215), so the fallback gives each
request in flight a transport with a single connection. Neither follows redirects: a credential
travels only to the host it was meant for. Both read proxies from the environment and verify TLS.
"""

from __future__ import annotations

import asyncio
import datetime
import os
import pathlib
import ssl

import httpx

from cogml.errors import ParamError
from cogml.policy import Transport

try:
    import pyreqwest.client as _client
    import pyreqwest.exceptions as _errors
except ImportError:  # no wheel for this platform
    _client = None  # type: ignore[assignment]

_IDLE_SECONDS = 60.0  # Azure's gateways close idle connections after some minutes
_CONNECT_SECONDS = 15.0
_LONGEST_SECONDS = 86_400.0  # a day; a timedelta has an end
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class RustCarrier:
    """httpx's requests and responses over pyreqwest: buffered, HTTP/1.1, one shared pool."""

    def __init__(self) -> None:
        trusted = [_read(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
        self._client = _builder(trusted).build()
        # The local suite is reached directly, whatever proxy the environment names.
        self._direct = _builder(trusted).no_proxy().build()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        client = self._direct if _is_loopback(request.url) else self._client
        sending = (
            client.request(request.method, str(request.url))
            .headers(request.headers.multi_items())
            .body_bytes(request.content)
        )
        seconds = request.extensions.get("timeout", {}).get("read")
        if seconds:
            sending = sending.timeout(datetime.timedelta(seconds=min(seconds, _LONGEST_SECONDS)))
        try:
            answer = await sending.build().send()
            content = bytes(await answer.bytes())
        except _errors.PyreqwestError as error:
            raise _as_httpx(error, request) from error
        headers = [item for item in answer.headers.items() if item[0] not in _DECODED]
        return httpx.Response(answer.status, headers=headers, content=content)


def _builder(trusted: list[bytes]) -> _client.ClientBuilder:
    builder = (
        _client.ClientBuilder()
        .follow_redirects(False)
        .connect_timeout(datetime.timedelta(seconds=_CONNECT_SECONDS))
        .pool_idle_timeout(datetime.timedelta(seconds=_IDLE_SECONDS))
    )
    for certificates in filter(None, trusted):
        builder = builder.add_root_certificate_pem(certificates)
    return builder


def _read(variable: str) -> bytes:
    path = os.environ.get(variable, "")
    try:
        return pathlib.Path(path).read_bytes() if path else b""
    except OSError as error:
        raise ParamError(f"environment variable {variable}: {path!r}: {error.strerror}") from None


def _is_loopback(address: httpx.URL) -> bool:
    return address.host in _LOOPBACK


def _as_httpx(error: _errors.PyreqwestError, request: httpx.Request) -> httpx.RequestError:
    # The innermost cause says what happened; the outermost would repeat the request's address.
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or []]
    said = [cause for cause in causes if "url (" not in cause]
    message = said[-1] if said else type(error).__name__
    if isinstance(error, _errors.ConnectError) and not any("(Connect)" in c for c in causes):
        # The host was reached, and closed a connection that was kept from an earlier request.
        return httpx.RemoteProtocolError(message, request=request)
    for found, raised in (
        (_errors.ConnectTimeoutError, httpx.ReadTimeout),
        (_errors.RequestTimeoutError, httpx.ReadTimeout),
        (_errors.ConnectError, httpx.ConnectError),
        (_errors.NetworkError, httpx.ReadError),
        (_errors.DecodeError, httpx.RemoteProtocolError),
        (_errors.BuilderError, httpx.LocalProtocolError),
    ):
        if isinstance(error, found):
            return raised(message, request=request)
    return httpx.RemoteProtocolError(message, request=request)


class PlainCarrier:
    """httpx's own transport, one connection to each request in flight."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._idle: list[httpx.AsyncClient] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        client = self._idle.pop() if self._idle else self._connection()
        try:
            # httpx's own time-outs are for each read: a body that dribbles would never end.
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                answer = await client.send(request)
        except TimeoutError:
            await client.aclose()
            raise httpx.ReadTimeout("timed out", request=request) from None
        except BaseException:
            await client.aclose()
            raise
        self._idle.append(client)
        return answer

    def _connection(self) -> httpx.AsyncClient:
        if self._context is None:
            self._context = httpx.create_ssl_context()
            if path := os.environ.get("REQUESTS_CA_BUNDLE"):
                self._context.load_verify_locations(path)
        return httpx.AsyncClient(
            verify=self._context,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS),
            follow_redirects=False,
            mounts=dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]")),  # no proxy
        )


def new_carrier() -> Transport:
    """The best carrier there is here; it belongs to one event loop."""
    if _client is None:
        return PlainCarrier()
    try:
        return RustCarrier()
    except RuntimeError:  # a child of a fork: the Rust side's threads stayed with the parent
        return PlainCarrier()

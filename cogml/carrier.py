"""The carrier puts the bytes on the wire: pyreqwest (Rust) where its wheel is, else httpx itself.

httpx's own connection pool looks at every connection for every request and slows down above some
16 requests in flight (https://github.com/encode/httpx/issues/3215), so the fallback gives each
request in flight a transport with a single connection. Neither follows redirects: a credential
travels only to the host it was meant for. Both read proxies from the environment and verify TLS,
and neither takes in more than `request.extensions["answer_bytes"]`, counted as it is decompressed:
what is beyond is never in memory, and the connection is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import datetime
import functools
import logging
import os
import pathlib
import ssl
import zlib
from typing import TYPE_CHECKING

import httpx

from cogml.counts import Counts
from cogml.errors import ParamError
from cogml.messages import Answer, Request
from cogml.meta import request_id
from cogml.policy import Transport

if TYPE_CHECKING:
    from pyreqwest.response import Response

try:
    import pyreqwest.client as _client
    import pyreqwest.exceptions as _errors
    from pyreqwest.http import Url
except ImportError:  # no wheel for this platform
    _client = None  # type: ignore[assignment]

_LOG = logging.getLogger("cogml")
ANSWER_BYTES = 100_000_000  # the most that are read where a request says nothing else
_IDLE_SECONDS = 60.0  # Azure's gateways close idle connections after some minutes
_CONNECT_SECONDS = 15.0
_LONGEST_SECONDS = 86_400.0  # a day; a timedelta has an end
_LOOPBACK = (b"localhost", b"127.0.0.1", b"::1")
_OURS = contextvars.ContextVar("cogml_ours", default=False)
_TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_TRUST = "to trust who issued it, name a file of certificates (PEM) in SSL_CERT_FILE"
_ADVICE = {
    "UnknownIssuer": _TRUST,
    "self-signed certificate": _TRUST,
    "local issuer certificate": _TRUST,
    "CaUsedAsEndEntity": "the server shows an authority's certificate; it needs one of its own",
}
_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_DECODED_RAW = frozenset(name.encode() for name in _DECODED)


class AnswerTooLarge(httpx.RequestError):
    """An answer of more bytes than are wanted; another attempt would bring as many."""


class RustCarrier:
    """httpx's requests and responses over pyreqwest: HTTP/1.1, one shared pool."""

    def __init__(self) -> None:
        trusted = [_certificates(name) for name in _TRUSTED]
        self._client = _builder(trusted).build()
        # The local suite is reached directly, whatever proxy the environment names.
        self._direct = _builder(trusted).no_proxy().build()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        client = self._direct if _is_loopback(request.url) else self._client
        if isinstance(request, Request):
            address, items = request.address, request.items
        else:
            address, items = str(request.url), request.headers.multi_items()
        try:
            sending = (
                client.request(request.method, _url(address))
                .headers(items)
                .body_bytes(request.content)
            )
        except ValueError:  # its words would repeat the address
            message = "the address, or a header, cannot be sent"
            raise httpx.LocalProtocolError(message, request=request) from None
        seconds = request.extensions.get("timeout", {}).get("read")
        if seconds:
            sending = sending.timeout(_duration(seconds))
        most = request.extensions.get("answer_bytes", ANSWER_BYTES)
        try:
            async with sending.build_streamed() as answer:
                _check_size(answer.get_header("content-length"), most, request)
                content = await answer.body_reader.read(most + 1) or b""
                _check_size(len(content), most, request)
        except _errors.PyreqwestError as error:
            raise _as_httpx(error, request) from error
        return Answer(answer.status, functools.partial(_headers, answer), bytes(content))


@functools.lru_cache(maxsize=1_000)
def _url(address: str) -> Url:
    return Url(address)


@functools.lru_cache
def _duration(seconds: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=min(seconds, _LONGEST_SECONDS))


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


def _headers(answer: Response) -> list[tuple[str, str]]:
    found = answer.headers
    try:
        items = list(found.items())
    except ValueError:  # one of them is no ASCII: it cannot be had, and nobody says which it is
        items = []
        for name in dict.fromkeys(found.keys()):
            with contextlib.suppress(ValueError):
                items += [(name, value) for value in found.getall(name)]
    return [item for item in items if item[0] not in _DECODED]


def _certificates(variable: str) -> bytes:
    """The file that an environment variable names, nothing where it names none."""
    path = os.environ.get(variable, "")
    try:
        found = pathlib.Path(path).read_bytes() if path else b""
    except OSError as error:
        raise ParamError(f"environment variable {variable}: {path!r}: {error.strerror}") from None
    if path and b"-----BEGIN CERTIFICATE-----" not in found:
        raise ParamError(f"environment variable {variable}: {path!r}: no certificate in it (PEM)")
    return found


def _is_loopback(address: httpx.URL) -> bool:
    return address.raw_host in _LOOPBACK


def _as_httpx(error: _errors.PyreqwestError, request: httpx.Request) -> httpx.RequestError:
    # The innermost cause says what happened; the outermost would repeat the request's address.
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or []]
    said = [cause for cause in causes if "url (" not in cause]
    message = _advised(said[-1] if said else type(error).__name__)
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


def _advised(message: str) -> str:
    """A failed connection's message, with what to do where its certificate is not trusted."""
    found = (advice for sign, advice in _ADVICE.items() if sign in message)
    return "; ".join([message, *dict.fromkeys(found)])


def _check_size(found: str | int | None, most: int, request: httpx.Request) -> None:
    """Hold the bytes that are announced (text), or that were read, against what is wanted."""
    if found and int(found) > most:
        size = f"{int(found):,}" if isinstance(found, str) else f"over {most:,}"
        message = f"the answer has {size} bytes; at most {most:,} are read: call setAnswerBytes"
        raise AnswerTooLarge(message, request=request)


class PlainCarrier:
    """httpx's own transport, one connection to each request in flight."""

    def __init__(self) -> None:
        # httpx logs whole addresses: those of downloads are often signed.
        logging.getLogger("httpx").addFilter(_is_not_ours)
        for name in _TRUSTED:
            _certificates(name)
        self._context: ssl.SSLContext | None = None
        self._idle: list[httpx.AsyncClient] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        _OURS.set(True)  # for the task that drives this run's exchanges, and for no other
        client = self._idle.pop() if self._idle else self._connection()
        try:
            # httpx's own time-outs are for each read: a body that dribbles would never end.
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                answer = await client.send(request, stream=True)
                content = await _content(answer)
        except TimeoutError:
            await client.aclose()
            raise httpx.ReadTimeout("timed out", request=request) from None
        except httpx.ConnectError as error:
            await client.aclose()
            raise httpx.ConnectError(_advised(str(error)), request=request) from error
        except BaseException:
            await client.aclose()
            raise
        if _is_spent(client, request.url):
            self._idle.append(client)
        else:
            await client.aclose()
        headers = [item for item in answer.headers.raw if item[0].lower() not in _DECODED_RAW]
        return httpx.Response(answer.status_code, headers=headers, content=content)

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


def _is_spent(client: httpx.AsyncClient, address: httpx.URL) -> bool:
    """Whether nothing came behind the answer: it would pass for the answer to the next request.

    httpx has no public way to ask; where its insides have changed, connections are not used again.
    """
    try:
        [found] = client._transport_for_url(address)._pool.connections  # type: ignore[attr-defined]
        while hasattr(found, "_connection"):  # a proxy's has one inside
            found = found._connection
        return bool(found._h11_state.trailing_data == (b"", False))
    except (AttributeError, ValueError):
        return False


async def _content(answer: httpx.Response) -> bytes:
    """The body, decompressed here: httpx would unfold a piece whole before its size is known."""
    most = answer.request.extensions.get("answer_bytes", ANSWER_BYTES)
    _check_size(answer.headers.get("content-length"), most, answer.request)
    packed = answer.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip", "deflate")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed else None  # 32: of either kind
    pieces, size = [], 0
    try:
        async for piece in answer.aiter_raw():
            if decoder is not None:
                piece = decoder.decompress(piece, most + 1 - size)
            pieces.append(piece)
            size += len(piece)
            _check_size(size, most, answer.request)
    except zlib.error as error:
        raise httpx.RemoteProtocolError(str(error), request=answer.request) from error
    if decoder is not None and pieces and not decoder.eof:
        raise httpx.RemoteProtocolError("the body ends too early", request=answer.request)
    return b"".join(pieces)


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not _OURS.get()


def new_carrier() -> Transport:
    """The best carrier there is here; it belongs to one event loop."""
    if _client is None:
        return PlainCarrier()
    try:
        return RustCarrier()
    except RuntimeError:  # a child of a fork: the Rust side's threads stayed with the parent
        return PlainCarrier()


class Metered:
    """A carrier whose attempts are counted, and told to who reads the log at its finest."""

    def __init__(self, below: Transport, counts: Counts) -> None:
        self._below = below
        self._counts = counts
        self._logged = _LOG.isEnabledFor(logging.DEBUG)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole."""
        counts = self._counts
        counts.in_flight += 1
        begun = counts.monotonic()
        answer = None
        try:
            found = await self._below.handle_async_request(request)
            if not found.is_stream_consumed:
                await found.aread()
            answer = found
        finally:
            counts.in_flight -= 1
            seconds = counts.monotonic() - begun
            sent = len(request.content)
            if answer is None:
                counts.attempted(0, seconds, sent, 0)
            else:
                counts.attempted(answer.status_code, seconds, sent, len(answer.content))
            if self._logged:
                _log(request, answer, seconds)
        return found


def _log(request: httpx.Request, answer: httpx.Response | None, seconds: float) -> None:
    # Neither path nor query: what is downloaded may have a signature there, a job its name.
    told = {
        "method": request.method,
        "host": request.url.host,
        "status": None if answer is None else answer.status_code,
        "seconds": seconds,
        "requestId": None if answer is None else request_id(answer.headers),
    }
    outcome = "no answer" if answer is None else answer.status_code
    _LOG.debug(
        "%s %s: %s in %.3f s", request.method, request.url.host, outcome, seconds, extra=told
    )

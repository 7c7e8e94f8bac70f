"""A carrier of httpx alone, for where a proxy stands between, and where httptools has no wheel.

httpx's own connection pool looks at every connection for every request and slows down above some
16 requests in flight (https://github.com/encode/httpx/issues/3215), so each request in flight has
a transport with a single connection.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import ssl

import httpx

from cogml.messages import ANSWER_BYTES, IDLE_SECONDS, NOT_SENT, Answer, Body, decoded
from cogml.trust import advised, check_environment, context

_NO_PROXY = (
    "the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used; expected "
    "http://host:port, or socks5://host:port with the package httpx[socks]"
)
_AS_IT_IS = httpx.Auth()  # no credential is made of what stands in the address
_OURS = contextvars.ContextVar("cogml_ours", default=False)


class PlainCarrier:
    """httpx's own transport, one connection to each request in flight."""

    def __init__(self) -> None:
        # httpx logs whole addresses: those of downloads are often signed.
        logging.getLogger("httpx").addFilter(_is_not_ours)
        check_environment()
        self._context: ssl.SSLContext | None = None
        self._idle: list[httpx.AsyncClient] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        _OURS.set(True)  # for the task that drives this run's exchanges, and for no other
        rests = self._idle and not request.extensions.get("anew")
        client = self._idle.pop() if rests else self._connection()
        try:
            # httpx's own time-outs are for each read: a body that dribbles would never end.
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                answer = await client.send(request, stream=True, auth=_AS_IT_IS)
                content = await _content(answer)
        except TimeoutError:
            await client.aclose()
            raise httpx.ReadTimeout("timed out", request=request) from None
        except httpx.LocalProtocolError:
            await client.aclose()
            raise httpx.LocalProtocolError(NOT_SENT, request=request) from None
        except httpx.ConnectError as error:
            await client.aclose()
            raise httpx.ConnectError(advised(str(error)), request=request) from error
        except BaseException:
            await client.aclose()
            raise
        if _is_spent(client, request.url):
            self._idle.append(client)
        else:
            await client.aclose()
        return Answer(answer.status_code, functools.partial(decoded, answer.headers.raw), content)

    async def aclose(self) -> None:
        """Close the connections that nothing is under way on."""
        while self._idle:
            await self._idle.pop().aclose()

    def _connection(self) -> httpx.AsyncClient:
        self._context = self._context or context()
        here = ("all://localhost", "all://127.0.0.1", "all://[::1]")
        try:
            return httpx.AsyncClient(
                verify=self._context,
                limits=httpx.Limits(max_connections=1, keepalive_expiry=IDLE_SECONDS),
                follow_redirects=False,
                mounts=dict.fromkeys(here),  # no proxy
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise httpx.UnsupportedProtocol(_NO_PROXY) from error


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
    said = (answer.headers.get(name, "") for name in ("content-length", "content-encoding"))
    body = Body(answer.request, most, *said)
    async for piece in answer.aiter_raw():
        body.add(piece)
    return body.whole()


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not _OURS.get()

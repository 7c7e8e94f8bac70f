"""A carrier of asyncio's connections, each used again and again, as many as requests are in flight.

No thread takes part: threads that answer would wait for the interpreter, and it for them.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import urllib.request
from typing import Any

import httpx

from cogml.connection import Connection
from cogml.messages import ANSWER_BYTES, IDLE_SECONDS, Origin, Request, head, origin
from cogml.plain import PlainCarrier
from cogml.trust import advised, check_environment, context

_CONNECT_SECONDS = 15.0
_LONGEST_SECONDS = 86_400.0  # a day
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WITH_BODY = ("POST", "PUT", "PATCH")
_MOST_PLACES = 10_000  # downloads may lead anywhere


class DirectCarrier:
    """See the module; where a proxy stands between (the environment says so, or the system) httpx
    goes."""

    def __init__(self) -> None:
        self._idle: dict[Origin, list[Connection]] = {}
        self._by_proxy: dict[Origin, bool] = {}
        self._other: PlainCarrier | None = None
        self._context: ssl.SSLContext | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        check_environment()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        template = request.template if isinstance(request, Request) else None
        place = origin(request.url) if template is None else template.origin
        far = self._by_proxy.get(place)
        if far is None:
            far = self._is_far(place)
        if far:
            self._other = self._other or PlainCarrier()
            return await self._other.handle_async_request(request)
        body = request.content
        if template is None:
            first = head(request.method, request.url, request.headers)
        else:
            first = template.head
        sized = body or request.method in _WITH_BODY
        last = b"Content-Length: %d\r\n\r\n" % len(body) if sized else b"\r\n"
        # Kept: who asks for the running loop asks the system which process this is.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        said = request.extensions
        seconds = said["timeout"].get("read") if "timeout" in said else None
        ends = None if seconds is None else loop.time() + min(seconds, _LONGEST_SECONDS)
        most = said.get("answer_bytes", ANSWER_BYTES)
        connection = None if said.get("anew") else self._free(place, loop)
        if connection is None:
            connection = await self._opened(place, loop, seconds, request)
        try:
            answer = await connection.ask(request, (first + last, body), most, ends)
        except BaseException:
            connection.close()
            raise
        if connection.is_free:
            self._idle.setdefault(place, []).append(connection)
            if self._sweeper is None:
                self._sweeper = loop.call_later(IDLE_SECONDS, self._sweep, loop)
        return answer

    def _is_far(self, place: Origin) -> bool:
        """Whether a proxy stands between here and there; the local suite is reached directly."""
        scheme, host, _ = place
        if not host:
            raise httpx.UnsupportedProtocol("the address names no host")
        if scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{scheme!r} is neither http nor https")
        proxies = {} if host in _LOOPBACK else urllib.request.getproxies()
        there = ("all" in proxies or scheme in proxies) and not urllib.request.proxy_bypass(host)
        if len(self._by_proxy) >= _MOST_PLACES:
            self._by_proxy.clear()
        self._by_proxy[place] = bool(there)
        return bool(there)

    def _free(self, place: Origin, loop: asyncio.AbstractEventLoop) -> Connection | None:
        found = self._idle.get(place)
        while found:
            connection = found.pop()
            if not connection.is_free:
                continue
            if loop.time() - connection.since < IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _opened(
        self,
        place: Origin,
        loop: asyncio.AbstractEventLoop,
        seconds: float | None,
        request: httpx.Request,
    ) -> Connection:
        scheme, host, port = place
        longest = _CONNECT_SECONDS if seconds is None else min(seconds, _CONNECT_SECONDS)
        secured: dict[str, Any] = {}
        if scheme == "https":
            self._context = self._context or context()
            secured = {"ssl": self._context, "server_hostname": host}
        try:
            async with asyncio.timeout(longest):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop), host, port, **secured
                )
        except TimeoutError:
            raise httpx.ConnectTimeout("timed out", request=request) from None
        except (OSError, ValueError, OverflowError) as error:  # of the network, of a name, a port
            raise httpx.ConnectError(advised(str(error)), request=request) from error
        return connection

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what nobody has used for long."""
        oldest = loop.time() - IDLE_SECONDS
        for place, found in list(self._idle.items()):
            kept = []
            for connection in found:
                if connection.is_free and connection.since > oldest:
                    kept.append(connection)
                else:
                    connection.close()
            if kept:
                self._idle[place] = kept
            else:
                del self._idle[place]
        self._sweeper = loop.call_later(IDLE_SECONDS, self._sweep, loop) if self._idle else None

    async def aclose(self) -> None:
        """Close the connections that nothing is under way on."""
        for connection in itertools.chain.from_iterable(self._idle.values()):
            connection.close()
        self._idle.clear()
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._other is not None:
            await self._other.aclose()

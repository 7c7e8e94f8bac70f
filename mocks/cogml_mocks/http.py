"""One connection is one queue: requests are answered in the order they came, one at a time.

A bare ``asyncio.Protocol`` over the httptools parser: HTTP/1.0 and 1.1, keep-alive, pipelining,
chunked and gzip request bodies, ``Expect: 100-continue``. What is answered is decided elsewhere
(`gateway.py`); this module knows bytes and sockets only.

A request to upgrade to a WebSocket is the last of its connection: it is queued as any other, and
what follows it belongs to the WebSocket once that is answered 101 (`websocket.py`).

Not modelled: HTTP/2 and other upgrades (501), compressed answers, trailers, idle timeouts.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, cast

import httptools

from cogml_mocks.messages import (
    Answered,
    Coming,
    Delivery,
    Ending,
    Opening,
    Request,
    Response,
    Slow,
    Step,
    gunzip,
    play,
    split_target,
)
from cogml_mocks.websocket import WebSocket, handshake

MAX_HEADER_BYTES = 65_536
MAX_TARGET_BYTES = 16_384
MAX_PIPELINED = 64
MAX_EARLY_BYTES = 65_536  # of a WebSocket, before its upgrade is answered
LINGER_SECONDS = 2.0
_LOG = logging.getLogger("cogml_mocks")


class Exchange(Protocol):
    """One request on its way through the application."""

    def answer(self) -> Answered | Slow:
        """Compute the answer, or say who is to."""

    def finish(self, status: int | None, size: int, received: int = 0) -> None:
        """Note what was sent; ``None`` when the client got no complete answer.

        A WebSocket is noted when it is closed, with all that was ``received``.
        """


Application = Callable[[Request], Exchange]


class Refusal:
    """The answer to bytes that never became a request."""

    def __init__(self, status: int) -> None:
        self._status = status

    def answer(self) -> Answered:
        """Say what was wrong, in the form services use."""
        phrase = HTTPStatus(self._status).phrase
        body = b'{"error":{"code":"%d","message":"%s"}}' % (self._status, phrase.encode())
        headers = [("Content-Type", "application/json; charset=utf-8")]
        return Response(self._status, body, headers), Delivery(ending=Ending.LINGER)

    def finish(self, status: int | None, size: int, received: int = 0) -> None:
        """Note nothing."""


def _broken() -> Answered:
    """Answer, and log, what nobody foresaw."""
    _LOG.exception("a request failed")
    headers = [("Content-Type", "application/json; charset=utf-8")]
    body = b'{"error":{"code":"InternalServerError","message":"An unexpected error occurred."}}'
    return Response(500, body, headers), Delivery()


class Connection(asyncio.Protocol):
    """The server's side of one client connection."""

    def __init__(
        self, application: Application, connections: "set[Connection]", max_body: int
    ) -> None:
        self._application = application
        self._connections = connections
        self._max_body = max_body
        self._loop = asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Exchange, bool, bool]] = deque()
        self._current: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = True
        self._reading = True
        self._serving = False
        self._refused = False
        self._upgrade: Request | None = None
        self._early = b""
        self._frames: Any = None
        self._websocket: WebSocket | None = None

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Account for every request whose client went away."""
        self._connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._current is not None:
            if self._websocket is None:
                self._current.finish(None, 0)
            else:
                self._websocket.lost()
                self._current.finish(101, self._websocket.sent, self._websocket.received)
            self._current = None
        for exchange, _, _ in self._queue:
            exchange.finish(None, 0)
        self._queue.clear()

    def pause_writing(self) -> None:
        """Stop answering a client that does not read."""
        self._writable = False
        if self._websocket is not None:
            self._websocket.hold("it does not read", True)

    def resume_writing(self) -> None:
        """Go on once the client has read."""
        self._writable = True
        if self._websocket is not None:
            self._websocket.hold("it does not read", False)
        self._serve_queue()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; malformed HTTP is answered 400 and closes the connection."""
        if self._websocket is not None:
            self._websocket.receive(data)
        elif self._refused:
            return
        elif self._upgrade is not None:
            self._early += data
            if len(self._early) > MAX_EARLY_BYTES:
                self._transport.abort()
        else:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if rest := data[upgrade.args[0] :]:
                    self.data_received(rest)
            except httptools.HttpParserError:
                self._refuse(400)

    def close(self) -> None:
        """Drop the connection (the server is stopping)."""
        if self._websocket is None:
            self._transport.abort()
        else:
            self._websocket.leave()

    # --- httptools callbacks

    def on_message_begin(self) -> None:
        """Start a request."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Collect the request target."""
        self._target += url
        if len(self._target) > MAX_TARGET_BYTES:
            self._refuse(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header; latin-1 decodes every byte."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(431)
            return
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Refuse a body that is announced too large; invite one that waits to be asked for."""
        if self._refused:
            return
        if self._parser.should_upgrade() and not self._asks_for_websocket():
            # The parser takes what follows for the other protocol: the body would be lost.
            self._refuse(501)
            return
        length = self._headers.get("content-length", "")
        if length.isdecimal() and len(length) < 20 and int(length) > self._max_body:
            self._refuse(413)
        elif self._headers.get("expect", "").lower() == "100-continue" and self._current is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _asks_for_websocket(self) -> bool:
        return (
            self._headers.get("upgrade", "").lower() == "websocket"
            and self._parser.get_method() == b"GET"
            and self._parser.get_http_version() == "1.1"
            and self._headers.get("content-length", "0") == "0"
            and "transfer-encoding" not in self._headers
        )

    def on_body(self, body: bytes) -> None:
        """Collect one piece of the body."""
        if self._refused:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._max_body:
            self._refuse(413)
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Queue the request."""
        if self._refused:
            return
        body = b"".join(self._body)
        encoding = self._headers.get("content-encoding", "").lower()
        if encoding == "gzip":
            inflated = gunzip(body, self._max_body)
            if inflated is None:
                self._refuse(400)
                return
            body = inflated
        elif encoding not in ("", "identity"):
            self._refuse(415)
            return
        try:
            path, query, raw_path = split_target(self._target)
        except (httptools.HttpParserInvalidURLError, UnicodeDecodeError):
            self._refuse(400)
            return
        method = self._parser.get_method().decode("ascii")
        request = Request(method, path, query, self._headers, body, raw_path=raw_path)
        keep_alive = self._parser.should_keep_alive()
        if self._parser.should_upgrade():
            request.upgrade, keep_alive = True, False
            self._upgrade = request
        self._queue.append((self._application(request), keep_alive, method == "HEAD"))
        if self._reading and len(self._queue) > MAX_PIPELINED:
            self._reading = False
            self._transport.pause_reading()
        self._serve_queue()

    # --- answering

    def _serve_queue(self) -> None:
        if self._serving:
            return  # an answer that was just sent asks for the next: the loop below goes on
        self._serving = True
        try:
            while self._queue and self._current is None and self._writable:
                self._serve_next()
        finally:
            self._serving = False

    def _serve_next(self) -> None:
        self._current, keep_alive, head_only = self._queue.popleft()
        if not self._reading and len(self._queue) < MAX_PIPELINED:
            self._reading = True
            self._transport.resume_reading()
        try:
            answer = self._current.answer()
            coming = answer.start() if isinstance(answer, Slow) else answer
        except Exception:  # noqa: BLE001 - no defect may leave a client waiting
            coming = _broken()
        if isinstance(coming, tuple):
            self._start(coming, keep_alive, head_only)
        else:
            done = partial(self._computed, self._current, keep_alive, head_only)
            coming.add_done_callback(partial(self._tell, done))

    def _tell(self, done: Callable[[Coming], None], computed: Coming) -> None:
        """Go on in the loop's thread, unless the server has stopped meanwhile."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(done, computed)

    def _computed(
        self, exchange: Exchange, keep_alive: bool, head_only: bool, computed: Coming
    ) -> None:
        if self._current is exchange and not computed.cancelled():
            try:
                answer = computed.result()
            except Exception:  # noqa: BLE001 - as above
                answer = _broken()
            self._start(answer, keep_alive, head_only)

    def _start(self, answer: Answered, keep_alive: bool, head_only: bool) -> None:
        response, delivery = answer
        if response.session is not None and self._upgrade is not None:
            opening = response.session
            response, self._frames = handshake(self._upgrade, response)
            if self._frames is not None:
                response.session, keep_alive = opening, True
        script = play(response, delivery, keep_alive, head_only)
        if delivery.delay > 0:
            self._timer = self._loop.call_later(
                delivery.delay, self._play, script, response, keep_alive, 0
            )
        else:
            self._play(script, response, keep_alive, 0)

    def _play(self, script: Iterator[Step], response: Response, keep: bool, sent: int) -> None:
        self._timer = None
        ending = None if keep else Ending.CLOSE
        for step in script:
            if isinstance(step, float):
                self._timer = self._loop.call_later(step, self._play, script, response, keep, sent)
                return
            if isinstance(step, Ending):
                ending = step
                break
            self._transport.write(step)
            sent += len(step)
        if response.session is not None and ending is None:
            self._open(response.session, sent)
            return
        self._finish(response.status if sent else None, sent)
        if ending is None:
            self._serve_queue()
        else:
            self._end(ending)

    def _open(self, opening: Opening, sent: int) -> None:
        self._websocket = WebSocket(self._frames, self._transport, opening, self._end)
        self._websocket.sent = sent
        early, self._early = self._early, b""
        if early:
            self._websocket.receive(early)

    def _finish(self, status: int | None, size: int) -> None:
        if self._current is not None:
            self._current.finish(status, size)
            self._current = None

    def _end(self, ending: Ending) -> None:
        self._refused = True
        for exchange, _, _ in self._queue:
            exchange.finish(None, 0)
        self._queue.clear()
        if ending is Ending.CLOSE:
            self._transport.close()
            return
        if ending is Ending.LINGER:
            # Closing at once would reset a client that is still sending, and lose it the answer.
            if self._transport.can_write_eof():
                self._transport.write_eof()
            self._timer = self._loop.call_later(LINGER_SECONDS, self._transport.close)
            return
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _refuse(self, status: int) -> None:
        """Answer what never became a request, after all that did, and read no more."""
        if not self._refused:
            self._refused = True
            self._queue.append((Refusal(status), False, False))
            self._serve_queue()

"""One connection of HTTP/1.1, over asyncio: a request is written, its answer parsed by httptools.

What a server sends is taken for the answer to the request under way and to no other: a connection
on which anything else has come is not used again. Body (decompressed) and head are counted as they
come, and what is beyond the limit is not read. Failures are httpx's exceptions.
"""

from __future__ import annotations

import asyncio
import functools
from typing import cast

import httptools
import httpx

from cogml.messages import Answer, Body, Items, decoded

_HEAD_BYTES = 200_000  # of a head, of trailers, and of what frames chunks
_FRAMING = 16  # times the body: a byte may come in a chunk of its own
_BODILESS = (204, 304)
_NEVER = float("inf")


class Connection(asyncio.Protocol):
    """A connection, free for a request as long as `is_free`.

    Belongs to one event loop. `since` is when it was last used, in seconds of the loop's clock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.since = 0.0
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._lost = False
        self._request: httpx.Request | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._ends = self._armed = _NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._headers: Items = []
        self._framing = 0
        self._until_closed = self._kept = False
        self._in_body = False
        self._body: Body | None = None

    @property
    def is_free(self) -> bool:
        """Whether it is open, and nothing is under way on it."""
        return self._answer is None and not self._lost

    def ask(
        self, request: httpx.Request, written: tuple[bytes, bytes], most: int, ends: float | None
    ) -> asyncio.Future[Answer]:
        """The answer to a request whose head and body are `written`: of at most so many bytes,
        until the loop's clock says `ends`."""
        assert self._transport is not None, "not connected"
        self._begin()
        self._most = most
        self._request = request
        self._answer = self._loop.create_future()
        self._ends = _NEVER if ends is None else ends
        if self._ends < self._armed:
            self._arm(self._ends)
        head, body = written
        if len(body) < 65_536:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        return self._answer

    def close(self) -> None:
        """Close it at once; what is under way has failed, or nobody waits for it."""
        self._lost = True
        self._arm(_NEVER)
        if self._transport is not None:
            self._transport.abort()

    def _arm(self, when: float) -> None:
        """Look at the clock then. One timer serves many requests: to set one for each would take
        longer than to parse the answer."""
        if self._timer is not None:
            self._timer.cancel()
        self._armed = when
        self._timer = None if when == _NEVER else self._loop.call_at(when, self._look)

    def _look(self) -> None:
        under_way = self._answer is not None
        if under_way and self._loop.time() >= self._ends:
            self._fail(httpx.ReadTimeout("timed out"))
        else:
            self._arm(self._ends if under_way else _NEVER)

    def _fail(self, error: httpx.RequestError) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            error.request = cast(httpx.Request, self._request)
            self._answer.set_exception(error)
        self._ended()

    def _ended(self) -> None:
        self._answer = self._request = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take in what the server sends."""
        if self._answer is None:  # nothing was asked
            self.close()
            return
        self._framing += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            cause = error.__context__  # what a callback raised
            if not isinstance(cause, httpx.RequestError):
                cause = httpx.RemoteProtocolError(f"no valid HTTP: {error}")
            self._fail(cause)
            return
        size = 0 if self._body is None else self._body.size
        if self._framing > _HEAD_BYTES + _FRAMING * size:
            self._fail(httpx.RemoteProtocolError("the head of the answer is too large"))

    def eof_received(self) -> None:
        """Nothing more can come, whether or not all is written: asyncio would wait for that."""
        self.connection_lost(None)
        self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """An answer without a length ends here; any other is cut short."""
        self._lost = True
        self._arm(_NEVER)
        if self._answer is None:
            return
        if error is None and self._until_closed:
            try:
                self._finish()
            except httpx.RequestError as failed:
                self._fail(failed)
        elif error is None:
            what = "in the middle of the answer" if self._framing else "without an answer"
            self._fail(httpx.RemoteProtocolError(f"the server closed the connection {what}"))
        else:
            self._fail(httpx.ReadError(str(error) or type(error).__name__))

    # What the parser calls

    def on_message_begin(self) -> None:
        """A second answer on the heels of the first is nobody's."""
        if self._answer is None:
            raise httpx.RemoteProtocolError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what follows the body is none."""
        if not self._in_body:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See how the body comes."""
        status = self._parser.get_status_code()
        if status < 100 or status == httpx.codes.SWITCHING_PROTOCOLS:
            raise httpx.RemoteProtocolError(f"no valid HTTP: status {status}")
        if status < 200:
            return
        self._in_body = True
        assert self._request is not None
        if self._request.method == "HEAD":  # the length is that of a body that never comes
            self._finish()
            return
        self._kept = self._parser.should_keep_alive()
        said = {name.lower(): value for name, value in self._headers}
        length = said.get(b"content-length", b"")
        if not length and b"transfer-encoding" not in said:
            self._until_closed = status not in _BODILESS
        packed = said.get(b"content-encoding", b"")
        self._body = Body(
            self._request, self._most, length.decode("ascii"), packed.decode("latin-1")
        )

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if self._request is None or self._body is None:
            raise httpx.RemoteProtocolError("a body behind the answer")
        self._framing -= len(piece)
        self._body.add(piece)

    def on_message_complete(self) -> None:
        """Give the answer, if it is one, and not a word beforehand (100 to 199)."""
        if self._parser.get_status_code() < 200:
            self._begin()
        else:
            self._finish()

    def _finish(self) -> None:
        content = b"" if self._body is None else self._body.whole()
        answer = self._answer
        assert answer is not None
        assert self._transport is not None
        self._ended()
        self.since = self._loop.time()
        # An answer may come before all of the request is written: its rest is no next request.
        if not self._kept or self._transport.get_write_buffer_size():
            self.close()
        if not answer.done():
            found = functools.partial(decoded, self._headers)
            answer.set_result(Answer(self._parser.get_status_code(), found, content))

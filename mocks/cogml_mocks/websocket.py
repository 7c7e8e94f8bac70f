"""A WebSocket is a connection whose upgrade was accepted: messages in, messages out (RFC 6455).

The frames are those of the `websockets` package's protocol without I/O: fragments are joined,
pings answered, a broken frame or text closes with the code that the standard has for it. What the
messages mean is a session's business (`messages.Session`).

Not modelled: compression and other extensions, pings of the server's own, idle timeouts.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from cogml_mocks.messages import Ending, Opening, Request, Response

MAX_MESSAGE = 1_048_576  # bytes, fragments together
LEAVE_SECONDS = 0.05
INVALID_DATA, INTERNAL_ERROR, SERVICE_RESTART = 1007, 1011, 1012
_LOG = logging.getLogger("cogml_mocks")
_QUIET = logging.getLogger("cogml_mocks.websocket")  # the package would log every opening
_QUIET.setLevel(logging.CRITICAL)


def handshake(request: Request, response: Response) -> tuple[Response, Any]:
    """Return the answer to an upgrade, and the protocol that follows it; none where refused."""
    from websockets.http11 import Request as HandshakeRequest
    from websockets.server import ServerProtocol

    protocol = ServerProtocol(max_size=MAX_MESSAGE, logger=_QUIET)
    protocol.receive_data(_head(request))
    received = next(iter(protocol.events_received()), None)
    if not isinstance(received, HandshakeRequest):
        return _refused(), None
    answered = protocol.accept(received)
    protocol.send_response(answered)
    protocol.data_to_send()  # it is sent as every answer is
    if answered.status_code != 101:
        return _refused(), None
    own = ("content-type", "date")
    headers = [item for item in response.headers if item[0].lower() not in own]
    shown = [item for item in answered.headers.raw_items() if item[0].lower() not in own]
    return Response(101, headers=shown + headers), protocol


def _head(request: Request) -> bytes:
    """Write what belongs to the handshake; the rest of the request is no concern of it."""
    lines = ["GET / HTTP/1.1"]
    for name, value in request.headers.items():
        if name in ("connection", "upgrade") or name.startswith("sec-websocket-"):
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _refused() -> Response:
    return Response(400, headers=[("Sec-WebSocket-Version", "13")])


class WebSocket:
    """The server's side of one WebSocket; everything but `run`'s function is in the loop."""

    def __init__(
        self,
        protocol: Any,
        transport: asyncio.Transport,
        opening: Opening,
        end: Callable[[Ending], None],
    ) -> None:
        self.sent = self.received = 0  # bytes
        self._protocol = protocol
        self._transport = transport
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._fragments = bytearray()
        self._is_text = False
        self._is_over = False
        self._holds: set[str] = set()
        self._session = opening(self)

    # --- for the connection

    def receive(self, data: bytes) -> None:
        """Take bytes from the socket."""
        self.received += len(data)
        if self._is_over:
            return
        self._protocol.receive_data(data)
        for frame in self._protocol.events_received():
            if not self._is_over:
                self._take(frame)
        self._flush()

    def leave(self) -> None:
        """Close because the server stops; wait for nobody."""
        if self._is_open():
            self._protocol.send_close(SERVICE_RESTART, "Instance is shutting down")
            self._flush()
        self._transport.close()
        self._loop.call_later(LEAVE_SECONDS, self._transport.abort)

    def lost(self) -> None:
        """Tell the session that its client is gone."""
        self._is_over = True
        self._session.closed()

    # --- for the session

    def send(self, text: str) -> None:
        """Send a text message, unless the WebSocket is closing."""
        if self._is_open():
            self._protocol.send_text(text.encode())
            self._flush()

    def fail(self, code: int, reason: str) -> None:
        """Close at once, with a reason of at most 123 bytes."""
        if not self._is_over:
            self._protocol.fail(code, reason)
            self._flush()

    def hold(self, why: str, is_held: bool) -> None:
        """Read no more for as long as there is a reason not to."""
        before = bool(self._holds)
        (self._holds.add if is_held else self._holds.discard)(why)
        if bool(self._holds) != before and not self._transport.is_closing():
            (self._transport.resume_reading if before else self._transport.pause_reading)()

    def run(
        self, threads: Executor, compute: Callable[[], Any], then: Callable[[Any], None]
    ) -> None:
        """Compute in a thread, then go on in the loop with the result."""
        threads.submit(compute).add_done_callback(partial(self._tell, then))

    def _tell(self, then: Callable[[Any], None], computed: "Future[Any]") -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
            self._loop.call_soon_threadsafe(self._computed, then, computed)

    def _computed(self, then: Callable[[Any], None], computed: "Future[Any]") -> None:
        if self._is_over or computed.cancelled():
            return
        try:
            then(computed.result())
        except Exception:  # noqa: BLE001 - a defect closes the WebSocket, as a service's does
            self._defect()

    # --- frames

    def _is_open(self) -> bool:
        return not (self._is_over or self._protocol.close_expected())

    def _take(self, frame: Any) -> None:
        from websockets.frames import Opcode

        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments += frame.data
        if not frame.fin:
            return
        message, self._fragments = bytes(self._fragments), bytearray()
        try:
            self._session.received(message.decode() if self._is_text else message)
        except UnicodeDecodeError:
            reason = "Incorrect message format. Text message decoding into UTF-8 failed."
            self.fail(INVALID_DATA, reason)
        except Exception:  # noqa: BLE001 - as in `_computed`
            self._defect()

    def _defect(self) -> None:
        _LOG.exception("a WebSocket's session failed")
        self.fail(INTERNAL_ERROR, "Internal server error")

    def _flush(self) -> None:
        written = self._protocol.data_to_send()
        data = b"".join(written)
        if data and not self._transport.is_closing():
            self._transport.write(data)
            self.sent += len(data)
        if b"" in written:  # the package's sign that nothing follows
            self._is_over = True
            has_agreed = self._protocol.close_rcvd is not None
            self._end(Ending.CLOSE if has_agreed else Ending.LINGER)

"""Both carriers, and a server of raw bytes, well-formed or not, to try them on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self, TypeVar

import httpx

from cogml.direct import DirectCarrier
from cogml.loop import _new_event_loop, process_loop
from cogml.plain import PlainCarrier

CARRIERS = [DirectCarrier, PlainCarrier]
LOOPS = [asyncio.new_event_loop, _new_event_loop]
T = TypeVar("T")


class Carried:
    """A carrier for a run: made, used and closed in the loop's own thread."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.carrier: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.carrier = self.carrier or self.make()
        answer: httpx.Response = await self.carrier.handle_async_request(request)
        return answer

    def close(self) -> None:
        if self.carrier is not None:
            closing = self.carrier.aclose()
            asyncio.run_coroutine_threadsafe(closing, process_loop().loop).result(5)


class Complaints(list[dict[str, Any]]):
    """What a loop has nobody else to tell: exceptions of tasks and futures that nobody asks."""

    def __call__(self, _: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
        self.append(told)


def run(loop_factory: Callable[[], asyncio.AbstractEventLoop], main: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives in a new loop, which must have nothing to complain of."""
    complaints = Complaints()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.get_loop().set_exception_handler(complaints)
        found = runner.run(main)
        runner.run(asyncio.sleep(0))
    assert complaints == []
    return found


class Server:
    """A socket that gives each request the same bytes, and counts connections and requests.

    `answer` may be a function of the request that gives the bytes piece by piece: an answer without
    an end.
    """

    def __init__(
        self,
        answer: bytes | Callable[[bytes], Iterable[bytes]],
        close: bool = False,
        secured: ssl.SSLContext | None = None,
    ) -> None:
        self.answer = answer
        self.close = close
        self.connections = 0
        self.seen: list[bytes] = []
        self.sent = 0
        self.secured = secured
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http{'s' if secured else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # Linux wakes who accepts; elsewhere closing does that
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        # A client that has seen enough hangs up: that is no failure here.
        with contextlib.ExitStack() as open_ones, contextlib.suppress(OSError):
            open_ones.enter_context(connection)
            if self.secured is not None:
                connection = self.secured.wrap_socket(connection, server_side=True)
                open_ones.enter_context(connection)
            while request := _request(connection):
                self.seen.append(request)
                pieces = [self.answer] if isinstance(self.answer, bytes) else self.answer(request)
                for piece in pieces:
                    connection.sendall(piece)
                    self.sent += len(piece)
                if self.close:
                    connection.shutdown(socket.SHUT_WR)
                    return


class Proxy(Server):
    """Takes everybody who asks for a way through (CONNECT) to one place, whatever its name."""

    def __init__(self, port: int) -> None:
        super().__init__(b"")
        self.there = port

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.seen.append(_request(connection))
            with socket.create_connection(("127.0.0.1", self.there)) as there:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(there, connection), daemon=True)
                back.start()
                _pump(connection, there)
                back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


class Wire:
    """What asyncio would have between a connection and its server."""

    def __init__(self) -> None:
        self.written = b""
        self.unwritten = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written += data

    def writelines(self, pieces: Iterable[bytes]) -> None:
        self.written += b"".join(pieces)

    def get_write_buffer_size(self) -> int:
        return self.unwritten

    def abort(self) -> None:
        self.aborted = True


def _request(connection: socket.socket) -> bytes:
    """The bytes of the next request, its body with it; empty when there is none."""
    seen = b""
    while piece := connection.recv(65_536):
        seen += piece
        head, end, body = seen.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        if end and len(body) >= length:
            return seen
    return b""


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer of one piece."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body

"""A message is a request as parsed or an answer as bytes; nothing here touches a socket.

`play` turns an answer and its `Delivery` into the steps a connection takes: bytes to send,
seconds to wait, and, when a fault says so, a way to end before the answer is whole.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

import httptools

FLUSH_SECONDS = 0.005
BODILESS = (101, 204, 304)


class Ending(Enum):
    """How a connection that must not be kept alive ends."""

    CLOSE = "close"
    RESET = "reset"
    LINGER = "linger"  # let the client finish sending first


Step = bytes | float | Ending


@dataclass(slots=True)
class Request:
    """One parsed request; header names are lower-case, ``raw_path`` is the path as it was sent."""

    method: str
    path: str
    query_string: str = field(repr=False)  # it and what follows may hold credentials
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    upgrade: bool = False  # to a WebSocket
    raw_path: str = ""

    @property
    def media_type(self) -> str:
        """What the body is said to be, in lower case and without parameters."""
        return media_type(self.headers)

    @property
    def bearer(self) -> str:
        """The token of the ``Authorization`` header; empty for none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def verb(self) -> str:
        """What an operation is registered under: the method, or ``WEBSOCKET``."""
        return "WEBSOCKET" if self.upgrade else self.method


class Session(Protocol):
    """What an application does with the messages of one WebSocket; all of it in the loop."""

    def received(self, message: str | bytes) -> None:
        """Take one whole message."""

    def closed(self) -> None:
        """Let go: nothing is received or sent any more."""


class Peer(Protocol):
    """The client of a WebSocket as a session sees it."""

    def send(self, text: str) -> None:
        """Send a text message, unless the WebSocket is closing."""

    def fail(self, code: int, reason: str) -> None:
        """Close at once, with a reason of at most 123 bytes."""

    def hold(self, why: str, is_held: bool) -> None:
        """Read no more for as long as there is a reason not to."""

    def run(
        self, threads: Executor, compute: Callable[[], Any], then: Callable[[Any], None]
    ) -> None:
        """Compute in a thread, then go on in the loop with the result."""


Opening = Callable[[Peer], Session]


@dataclass(slots=True)
class Response:
    """One answer; ``reason`` defaults to the standard phrase of the status.

    With a ``session`` the connection goes on as a WebSocket, if the client shook hands for one.
    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    reason: str | None = None
    session: Opening | None = None


@dataclass(slots=True)
class Delivery:
    """How an answer's bytes travel: whole unless a fault says otherwise."""

    delay: float = 0.0
    share: float = 1.0  # of the body, sent before the connection ends; 0 sends not even a head
    ending: Ending | None = None
    drip_bytes: int = 0
    drip_seconds: float = 0.0


Answered = tuple[Response, Delivery]
Coming = Future[Answered] | asyncio.Future[Answered]


@dataclass(frozen=True, slots=True)
class Slow:
    """An answer that is still to come, from a thread or a task that ``start`` starts."""

    start: Callable[[], Coming]


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a message, in lower case and without parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def split_target(target: bytes) -> tuple[str, str, str]:
    """Split a request target into its decoded path, its raw query and its raw path."""
    if not target.startswith(b"/"):
        parsed = httptools.parse_url(target)
        target = (parsed.path or b"/") + b"?" + (parsed.query or b"")
    path, _, query = target.partition(b"?")
    text = path.decode("utf-8")
    return (unquote(text) if "%" in text else text), query.decode("utf-8"), text


def gunzip(body: bytes, limit: int) -> bytes | None:
    """Inflate a gzip body; ``None`` when it is not gzip, is cut short or exceeds the limit."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error:
        return None
    return inflated if inflater.eof and len(inflated) <= limit else None


def render_head(response: Response, keep_alive: bool) -> bytes:
    """Write status line and headers."""
    reason = response.reason or _PHRASES.get(response.status, "Unknown")
    head = [f"HTTP/1.1 {response.status} {reason}"]
    head += [f"{name}: {value}" for name, value in response.headers]
    head.append(f"Date: {http_date(int(time.time()))}")
    if response.status not in BODILESS:
        head.append(f"Content-Length: {len(response.body)}")
    if not keep_alive:
        head.append("Connection: close")
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace")


def play(
    response: Response, delivery: Delivery, keep_alive: bool, head_only: bool
) -> Iterator[Step]:
    """Yield what to do with the socket: bytes to send, seconds to wait, a way to end."""
    if delivery.ending is not None and delivery.share == 0:
        yield delivery.ending
        return
    head = render_head(response, keep_alive)
    body = b"" if head_only or response.status in BODILESS else response.body
    if delivery.share == 1 and not delivery.drip_bytes:
        yield head + body
        if delivery.ending is not None:
            yield delivery.ending
        return
    if delivery.ending is not None:
        yield head + body[: int(len(body) * delivery.share)]
        # Written bytes leave at the end of the loop's turn; a reset would overtake them.
        yield FLUSH_SECONDS
        yield delivery.ending
        return
    yield head
    for start in range(0, len(body), delivery.drip_bytes):
        yield delivery.drip_seconds
        yield body[start : start + delivery.drip_bytes]


@lru_cache(maxsize=2)
def http_date(second: int) -> str:
    """Format a time of day as HTTP wants it."""
    return formatdate(second, usegmt=True)


_PHRASES = {status.value: status.phrase for status in HTTPStatus}

"""A request and its answer, of httpx's types, made of parts that are ready.

httpx reads through the address, the headers and the body of each message it makes, and copies them:
more work than to carry the bytes. Here what the requests of a run have in common is made once (a
`Template`), and what is seldom read (an answer's headers) only when it is. To a transport of a
user's own a request is what it seems: complete, and free to be read, changed and sent.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import httpx

from cogml.policy import asker

Origin = tuple[str, str, int]
Items = list[tuple[bytes, bytes]]

ANSWER_BYTES = 100_000_000  # the most that are read where a request says nothing else
IDLE_SECONDS = 60.0  # Azure's gateways close idle connections after some minutes
NOT_SENT = "the address, or a header, cannot be sent"  # which would be quoted, may be a secret
_PORTS = {"http": 80, "https": 443}
_FRAMING = frozenset((b"content-length", b"transfer-encoding"))
_ASKED = ((b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip, deflate"))
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")  # RFC 9110, 5.5


class Template:
    """What alike requests have in common: method, address, headers, and so who asks whom."""

    __slots__ = ("_head", "_signed", "asker", "headers", "method", "origin", "url")

    def __init__(self, method: str, url: httpx.URL, headers: httpx.Headers) -> None:
        self.method = method
        self.url = url
        self.headers = httpx.Headers(_without(_FRAMING, headers.raw))  # the carrier's to say
        self.asker = asker(url, headers)
        self.origin = origin(url)
        self._head: bytes | None = None
        self._signed: Template | None = None

    @property
    def head(self) -> bytes:
        """The head of each such request; raises httpx.LocalProtocolError for one that is none."""
        if self._head is None:
            self._head = head(self.method, self.url, self.headers)
        return self._head

    def signed(self, authorization: str) -> Template:
        """The same with this `Authorization`; made once, until another is asked for."""
        if self.headers.get("authorization") == authorization:
            return self
        if self._signed is None or self._signed.headers["authorization"] != authorization:
            headers = httpx.Headers(self.headers)
            headers["authorization"] = authorization
            self._signed = Template(self.method, self.url, headers)
        return self._signed


def origin(url: httpx.URL) -> Origin:
    """Scheme, host and port of an address."""
    port = _PORTS.get(url.scheme, 0) if url.port is None else url.port
    return url.scheme, url.raw_host.decode("ascii"), port


def head(method: str, url: httpx.URL, headers: httpx.Headers) -> bytes:
    """The head of a request in HTTP/1.1, but for its body's length and the empty line."""
    items = _without(_FRAMING, headers.raw)
    known = {name.lower() for name, _ in items}
    own = [item for item in ((b"Host", url.netloc), *_ASKED) if item[0].lower() not in known]
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), url.raw_path)]
    for name, value in own + items:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise httpx.LocalProtocolError(NOT_SENT)
        lines.append(b"%b: %b" % (name, value))
    if not _VALUE.fullmatch(lines[0]):
        raise httpx.LocalProtocolError(NOT_SENT)
    return b"\r\n".join(lines) + b"\r\n"


class Request(httpx.Request):
    """A request made of a template, with a body and extensions of its own."""

    def __init__(self, template: Template, body: bytes | None, extensions: dict[str, Any]) -> None:
        self.method = template.method
        self.url = template.url
        self.extensions = extensions
        extensions["caller"] = template.asker
        self._template = template
        self._body = body
        self._whole: httpx.Request | None = None

    @property
    def content(self) -> bytes:
        """The body."""
        return self._body or b""

    def read(self) -> bytes:
        """The body."""
        return self.content

    async def aread(self) -> bytes:
        """The body."""
        return self.content

    @property
    def headers(self) -> httpx.Headers:
        """All that httpx sends, those of the body's length and of the host with them."""
        return self._complete().headers

    @headers.setter
    def headers(self, headers: httpx.Headers) -> None:
        self._complete().headers = headers

    @property
    def stream(self) -> Any:
        """The body as httpx's transports take it."""
        return self._complete().stream

    @stream.setter
    def stream(self, stream: Any) -> None:
        self._complete().stream = stream

    def _complete(self) -> httpx.Request:
        if self._whole is None:
            made = self._template
            self._whole = httpx.Request(
                made.method, made.url, headers=made.headers, content=self._body
            )
        return self._whole

    def sign(self, authorization: str) -> None:
        """Set the header `Authorization`."""
        if self._whole is None:
            self._template = self._template.signed(authorization)
        else:
            self._whole.headers["authorization"] = authorization

    @property
    def template(self) -> Template | None:
        """What it was made of; None when something of that may have been changed since."""
        made = self._template
        as_made = self._whole is None and self.url is made.url and self.method is made.method
        return made if as_made else None


class AnswerTooLarge(httpx.RequestError):
    """An answer of more bytes than are wanted; another attempt would bring as many."""


class Answer(httpx.Response):
    """An answer that has been read whole, and decompressed; `found` gives its headers.

    It is one that httpx has read, but for what is made when it is asked for.
    """

    is_closed = is_stream_consumed = True
    default_encoding = "utf-8"
    stream = httpx.ByteStream(b"")
    next_request = None
    _request = None
    _num_bytes_downloaded = 0

    def __init__(self, status: int, found: Callable[[], Items], content: bytes) -> None:
        self.status_code = status
        self.extensions: dict[str, Any] = {}
        self.history: list[httpx.Response] = []
        self._found = found
        self._content = content
        self._headers: httpx.Headers | None = None

    @property
    def headers(self) -> httpx.Headers:  # type: ignore[override]
        """The headers, without those that the body as it is here no longer has."""
        if self._headers is None:
            self._headers = httpx.Headers(self._found())
        return self._headers


def decoded(headers: Items) -> Items:
    """The headers of an answer whose body has been decoded."""
    return _without(_DECODED, headers)


_DECODED = _FRAMING | {b"content-encoding"}


def _without(names: frozenset[bytes], headers: Items) -> Items:
    return [item for item in headers if item[0].lower() not in names]


class Body:
    """An answer's body as it comes, decompressed; `size` is what there is of it so far, in bytes.

    Neither what is announced nor what comes nor what that unfolds to may have more bytes than are
    wanted: raises AnswerTooLarge, or httpx.RemoteProtocolError for what cannot be unfolded.
    """

    def __init__(
        self, request: httpx.Request, most: int, length: str = "", encoding: str = ""
    ) -> None:
        if length:
            check_size(length, most, request)
        packed = encoding != "" and encoding.lower() in ("gzip", "x-gzip", "deflate")
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed else None  # 32: either
        self._most = most
        self._request = request
        self._came = self.size = 0
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        if self._inflater is not None:
            piece = self._unfolded(self._inflater, piece)
        if piece:
            self._pieces.append(piece)
            self.size += len(piece)
            if self.size > self._most:
                check_size(self.size, self._most, self._request)

    def _unfolded(self, inflater: Any, piece: bytes) -> bytes:
        self._came += len(piece)
        check_size(self._came, self._most, self._request)
        try:
            found: bytes = inflater.decompress(piece, self._most + 1 - self.size)
        except zlib.error as error:
            raise httpx.RemoteProtocolError(str(error), request=self._request) from None
        if inflater.unused_data:
            message = "bytes behind the end of what is compressed"
            raise httpx.RemoteProtocolError(message, request=self._request)
        return found

    def whole(self) -> bytes:
        """All of it, at its end."""
        if self._inflater is not None and self._came and not self._inflater.eof:
            raise httpx.RemoteProtocolError("the body ends too early", request=self._request)
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def check_size(found: str | int | None, most: int, request: httpx.Request) -> None:
    """Hold the bytes that are announced (text), or that were read, against what is wanted."""
    if found and int(found) > most:
        size = f"{int(found):,}" if isinstance(found, str) else f"over {most:,}"
        message = f"the answer has {size} bytes; at most {most:,} are read: call setAnswerBytes"
        raise AnswerTooLarge(message, request=request)

"""A request and its answer, of httpx's types, made of parts that are ready.

httpx reads through the address, the headers and the body of each message it makes, and copies them:
more work than to carry the bytes. Here what the requests of a run have in common is made once (a
`Template`), and what is seldom read (an answer's headers) only when it is. To a transport of a
user's own a request is what it seems: complete, and free to be read, changed and sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from cogml.policy import asker

Items = list[tuple[str, str]]


class Template:
    """What alike requests have in common: method, address, headers, and so who asks whom."""

    __slots__ = ("address", "asker", "headers", "items", "method", "url")

    def __init__(self, method: str, url: httpx.URL, headers: httpx.Headers) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.items: Items = self.headers.multi_items()
        self.address = str(url)
        self.asker = asker(url, self.headers)


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

    @property
    def items(self) -> Items:
        """The headers, where a carrier adds by itself what the body and the address say."""
        return self._template.items if self._whole is None else self._whole.headers.multi_items()

    @property
    def address(self) -> str:
        """The address as text."""
        made = self._template
        return made.address if self.url is made.url else str(self.url)


class Answer(httpx.Response):
    """An answer that has been read whole; `found` gives its headers."""

    is_closed = is_stream_consumed = True
    default_encoding = "utf-8"

    def __init__(self, status: int, found: Callable[[], Items], content: bytes) -> None:
        self.status_code = status
        self.extensions: dict[str, Any] = {}
        self._found = found
        self._held = content
        self._headers: httpx.Headers | None = None

    @property
    def content(self) -> bytes:
        """The body, decompressed."""
        return self._held

    def read(self) -> bytes:
        """The body, decompressed."""
        return self._held

    async def aread(self) -> bytes:
        """The body, decompressed."""
        return self._held

    @property
    def headers(self) -> httpx.Headers:  # type: ignore[override]
        """The headers, without those that the body as it is here no longer has."""
        if self._headers is None:
            self._headers = httpx.Headers(self._found())
        return self._headers

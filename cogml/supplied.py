"""A user's own transport carries the bytes in the carrier's place; it is made where it is used.

A function that makes one is called once a process, in the process's loop, however many runs and
Spark tasks use it. What it answers is held to what the carriers keep: an attempt ends in time, a
body is read whole and no further than `request.extensions["answer_bytes"]`, failures are httpx's.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import re
import weakref
from typing import Any

import httpx

from cogml.errors import CogmlError, ParamError, where
from cogml.loop import Loop, process_loop
from cogml.messages import ANSWER_BYTES, Answer, AnswerTooLarge, Body, check_size, decoded
from cogml.param import is_transport
from cogml.policy import Transport
from cogml.travel import arrived, packed


class Supplied:
    """What was set as a stage's transport: one of httpx's (or httpx2's) shape, or what makes it."""

    def __init__(self, given: Any) -> None:
        self._given = given
        self._transport: Any = None
        self._library: Any = httpx

    def __repr__(self) -> str:
        return f"Supplied({self._name()})"

    def check_travel(self) -> None:
        """Raise ParamError, with the remedy, when what was set cannot be sent to workers."""
        self._packed()

    def __reduce__(self) -> Any:
        return _supplied, (self._packed(),)

    def begin(self) -> None:
        """Have the transport in this process; raises ParamError when what was set makes none."""
        home = process_loop()
        made = asyncio.run_coroutine_threadsafe(self._made(home), home.loop)
        self._transport = made.result()
        self._library = _library(self._transport)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole; failures as httpx's exceptions."""
        most = request.extensions.get("answer_bytes", ANSWER_BYTES)
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                asked = request if self._library is httpx else self._translated(request)
                answer = await self._transport.handle_async_request(asked)
                if isinstance(answer, httpx.Response) and answer.is_stream_consumed:
                    check_size(len(answer.content), most, request)
                    return answer
                content = await _content(answer, most, request)
        except (httpx.TransportError, httpx.DecodingError, AnswerTooLarge):
            raise
        except TimeoutError:
            raise httpx.ReadTimeout("timed out", request=request) from None
        except Exception as error:
            raise self._as_httpx(error, request) from error
        headers = functools.partial(decoded, answer.headers.raw)
        return Answer(answer.status_code, headers, content)

    async def _made(self, home: Loop) -> Any:
        if is_transport(self._given):
            return self._given
        made = home.supplied.get(self._given)
        if made is not None:
            return made
        try:
            made = self._given()
        except CogmlError:
            raise
        except Exception as error:
            raise ParamError(f"transport: {self._name()} raised {where(error)}") from error
        if not is_transport(made):
            if asyncio.iscoroutine(made):
                made.close()
            raise ParamError(
                f"transport: {self._name()} made {type(made).__name__}; expected an object with "
                "httpx's handle_async_request, such as httpx.AsyncHTTPTransport()"
            )
        home.supplied[self._given] = made
        weakref.finalize(self._given, _close, home, made).atexit = False
        return made

    def _translated(self, request: httpx.Request) -> Any:
        return self._library.Request(
            request.method,
            str(request.url),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": request.extensions.get("timeout", {})},
        )

    def _as_httpx(self, error: Exception, request: httpx.Request) -> httpx.RequestError:
        if isinstance(error, self._library.HTTPError):
            kind = getattr(httpx, type(error).__name__, httpx.RemoteProtocolError)
            return kind(str(error), request=request)
        if isinstance(error, OSError):
            return httpx.NetworkError(f"{type(error).__name__}", request=request)
        message = f"the transport that was set ({self._name()}) raised {where(error)}"
        return httpx.LocalProtocolError(message, request=request)

    def _packed(self) -> bytes:
        try:
            return packed(self._given)
        except Exception as error:  # noqa: BLE001 (whatever pickling calls may raise)
            # Of the words only what pickle itself says of a type: others may quote a secret.
            found = re.search(r"cannot pickle '[\w.]+' object", str(error))
            why = found[0] if found else type(error).__name__
            raise ParamError(
                f"transport: {self._name()} cannot be sent to Spark's workers ({why}); set a "
                "function that makes it there, with all that it needs, such as "
                "setTransport(lambda: httpx.AsyncHTTPTransport())"
            ) from None

    def _name(self) -> str:
        """What was set, by name; an object's own repr may show what it holds."""
        return str(getattr(self._given, "__qualname__", type(self._given).__name__))


def begin(transport: Transport | None) -> None:
    """Have a supplied transport ready before the first request; raises as `Supplied.begin`."""
    if isinstance(transport, Supplied):
        transport.begin()


def _supplied(bytes_: bytes) -> Supplied:
    return Supplied(arrived(bytes_))


def _library(transport: Any) -> Any:
    """The library whose requests the transport takes: that of its base class, else httpx."""
    for made in type(transport).__mro__:
        if made.__name__ == "AsyncBaseTransport":
            return importlib.import_module(made.__module__.partition(".")[0])
    return httpx


async def _content(answer: Any, most: int, request: httpx.Request) -> bytes:
    body = Body(request, most)
    try:
        async for piece in answer.aiter_bytes():
            body.add(piece)
    finally:
        await answer.aclose()
    return body.whole()


def _close(home: Loop, transport: Any) -> None:
    """Let a transport go whose function nobody holds any more."""
    if callable(getattr(transport, "aclose", None)):
        home.loop.call_soon_threadsafe(lambda: home.loop.create_task(transport.aclose()))

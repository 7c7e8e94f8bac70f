"""How long to insist, by which clock, and what an answer says about another attempt."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx

from cogml.exchange import CREDENTIALS, is_quota


class Transport(Protocol):
    """Anything with httpx's (or httpx2's) asynchronous transport interface."""

    def handle_async_request(self, request: httpx.Request, /) -> Awaitable[httpx.Response]:
        """The answer to one request."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, so that a test needs neither."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """How long to insist: every number ends a loop.

    `retries` after the first attempt; no attempt begins later than `seconds` after the first one;
    `waits` fixes the waits in seconds (else exponential with full jitter from `first` up to
    `longest`: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    What the service advises is waited on top. `patience` and `cooldown`: see Breaker.
    """

    retries: int = 5
    seconds: float = 120.0
    waits: tuple[float, ...] = ()
    first: float = 0.5
    longest: float = 30.0
    patience: float = 60.0
    cooldown: float = 5.0

    def wait(self, attempt: int, chance: float) -> float:
        """Seconds before the attempt that follows `attempt` (counted from 1)."""
        if self.waits:
            return self.waits[min(attempt, len(self.waits)) - 1]
        return chance * min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))


def caller(request: httpx.Request) -> tuple[Any, ...]:
    """Who asks whom: the host, and what credential the request came with."""
    found: tuple[Any, ...] | None = request.extensions.get("caller")
    if found is None:
        found = request.extensions["caller"] = asker(request.url, request.headers)
    return found


def asker(url: httpx.URL, headers: httpx.Headers) -> tuple[Any, ...]:
    """Who asks there with these headers, as `caller`."""
    return url.raw_scheme, url.raw_host, url.port, *(headers.get(name) for name in CREDENTIALS)


RETRIED = frozenset({408, 429, 500, 502, 503, 504})


def is_retried(answer: httpx.Response) -> bool:
    """Whether another attempt may succeed; a 429 for a quota that is used up will not."""
    if answer.status_code == 429:
        return not is_quota(answer)
    return answer.status_code in RETRIED


def is_passing(error: BaseException) -> bool:
    """Whether another attempt may get past this failure to reach the service."""
    return isinstance(error, httpx.TransportError) and not isinstance(
        error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
    )

"""What carries a request is a stack of layers: Breaker → Retry → Pace (→ Bearer) → carrier.

Each layer has httpx's transport interface, `handle_async_request(request) → response`, so that a
layer, a user's own transport and a test's `httpx.MockTransport` are all the same thing. (A cache
of answers belongs on top.) Policy is separate from I/O: clock, sleep and chance come from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
import tenacity

from cogml.credentials import TokenError, TokenSource
from cogml.exchange import CREDENTIALS, is_quota, retry_after


class Transport(Protocol):
    """Anything with httpx's (or httpx2's) asynchronous transport interface."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
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


RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_DOWN = frozenset({502, 503, 504})


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


class Retry:
    """Sends again while there is hope, attempts and time; obeys Retry-After in all its forms.

    The number of attempts is left in `request.extensions["attempts"]`.
    """

    def __init__(self, below: Transport, policy: Policy, clock: Clock | None = None) -> None:
        self._below = below
        self._policy = policy
        self._clock = clock or Clock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The first answer that is final, or the last one."""
        request.extensions["attempts"] = 1
        started = self._clock.monotonic()
        try:
            answer = await self._below.handle_async_request(request)
        except httpx.TransportError as error:
            if not is_passing(error):
                raise
            return await self._again(request, error, started)
        return await self._again(request, answer, started) if is_retried(answer) else answer

    async def _again(
        self,
        request: httpx.Request,
        first: httpx.Response | httpx.TransportError,
        started: float,
    ) -> httpx.Response:
        # tenacity is entered only here: a request that succeeds at once does not pay for it.
        outcomes = [first]

        async def attempt() -> httpx.Response:
            if outcomes:
                outcome = outcomes.pop()
                if isinstance(outcome, httpx.TransportError):
                    raise outcome
                return outcome
            request.extensions["attempts"] += 1
            return await self._below.handle_async_request(request)

        def stop(state: tenacity.RetryCallState) -> bool:
            spent = self._clock.monotonic() - started + state.upcoming_sleep
            return state.attempt_number > self._policy.retries or spent > self._policy.seconds

        retrying = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            stop=stop,
            wait=self._wait,
            retry=tenacity.retry_if_exception(is_passing) | tenacity.retry_if_result(is_retried),
            retry_error_callback=_last_outcome,
        )
        return await retrying(attempt)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        advised = None
        if state.outcome is not None and not state.outcome.failed:
            advised = retry_after(state.outcome.result().headers, self._clock.now())
        # Those who were told the same time must not all come back at the same time.
        return (advised or 0.0) + self._policy.wait(state.attempt_number, self._clock.chance())


def _last_outcome(state: tenacity.RetryCallState) -> Any:
    assert state.outcome is not None
    return state.outcome.result()


class Pace:
    """Keeps to so many requests a second; a throttled answer holds all requests to its host back.

    It holds no longer than one request may take: a request that is told to wait longer than that
    is given up (by `Retry`), and so are those after it, each at its own answer.
    """

    def __init__(
        self,
        below: Transport,
        rate: float | None = None,
        clock: Clock | None = None,
        longest: float = 120.0,
    ) -> None:
        self._below = below
        self._longest = longest
        self._gap = 1.0 / rate if rate else 0.0
        self._clock = clock or Clock()
        self._next = 0.0
        self._held: dict[tuple[str, int | None], float] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, asked for when it is this request's turn."""
        now = self._clock.monotonic()
        host = (request.url.host, request.url.port)
        turn = max(now, self._next)
        if self._gap:
            self._next = turn + self._gap
        turn = max(turn, self._held.get(host, 0.0))
        if turn > now:
            await self._clock.sleep(turn - now)
        answer = await self._below.handle_async_request(request)
        if answer.status_code == 429 and not is_quota(answer):
            advised = retry_after(answer.headers, self._clock.now()) or 0.0
            if advised <= self._longest:
                until = self._clock.monotonic() + advised
                self._held[host] = max(self._held.get(host, 0.0), until)
        return answer


class Breaker:
    """Stops asking where every request must fail alike: a wrong key, a host that is not there.

    - A credential that was refused (401) and never accepted is not tried again in this run; what
      is asked for without any (`extensions["anonymous"]`) may be refused one by one.
    - A host that was never heard of is given up when the first connection to it has failed for
      good. Any other host, when nothing but failures (broken connections, time-outs, 502, 503,
      504) has come from it for `policy.patience` seconds and three requests.

    While a host is given up, requests fail at once, but for one every `policy.cooldown` seconds
    that looks whether it is back.
    """

    def __init__(self, below: Transport, policy: Policy, clock: Clock | None = None) -> None:
        self._below = below
        self._policy = policy
        self._clock = clock or Clock()
        self._accepted: set[tuple[Any, ...]] = set()
        self._refused: dict[tuple[Any, ...], httpx.Response] = {}
        self._heard: set[tuple[Any, ...]] = set()
        self._failing: dict[tuple[Any, ...], tuple[float, int]] = {}
        self._down: dict[tuple[Any, ...], tuple[float, httpx.Response | httpx.TransportError]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or at once the one that every such request gets."""
        host = (request.url.raw_scheme, request.url.raw_host, request.url.port)
        caller = (*host, *(request.headers.get(name) for name in CREDENTIALS))
        request.extensions["attempts"] = 0
        if caller in self._refused:
            return _copy_of(self._refused[caller])
        if host in self._down:
            tried, outcome = self._down[host]
            if self._clock.monotonic() - tried < self._policy.cooldown:
                if isinstance(outcome, httpx.Response):
                    return _copy_of(outcome)
                raise type(outcome)(str(outcome), request=request)
            self._down[host] = (self._clock.monotonic(), outcome)
        begun = self._clock.monotonic()
        try:
            answer = await self._below.handle_async_request(request)
        except httpx.TransportError as error:
            if is_passing(error):
                self._failed(host, begun, error)
            raise
        self._heard.add(host)
        if answer.status_code in _DOWN:
            self._failed(host, begun, answer)
            return answer
        self._failing.pop(host, None)
        self._down.pop(host, None)
        if answer.status_code != 401:
            self._accepted.add(caller)
        elif caller not in self._accepted and not request.extensions.get("anonymous"):
            self._refused[caller] = answer
        return answer

    def _failed(
        self,
        host: tuple[Any, ...],
        begun: float,
        outcome: httpx.Response | httpx.TransportError,
    ) -> None:
        now = self._clock.monotonic()
        since, requests = self._failing.get(host, (begun, 0))
        self._failing[host] = (since, requests + 1)
        unknown = isinstance(outcome, httpx.ConnectError) and host not in self._heard
        if unknown or (now - since >= self._policy.patience and requests + 1 >= _ENOUGH):
            self._down[host] = (now, outcome)


_TOKEN_WAITS = (0.5, 1.5)  # seconds: who gives tokens may be restarting
_TOKEN_COOLDOWN = 10.0  # seconds in which nobody else asks in vain
_ENOUGH = 3  # requests, so that one poisonous row is not taken for an outage


def _copy_of(answer: httpx.Response) -> httpx.Response:
    # The content is decoded already; httpx would decode it once more if its header stayed.
    headers = [(k, v) for k, v in answer.headers.multi_items() if k != "content-encoding"]
    return httpx.Response(answer.status_code, headers=headers, content=answer.content)


class Bearer:
    """Gives each request that asks for one (`extensions["token"]`) a token that is still good.

    A token that is refused is replaced once. Where none is to be had, at the third time of asking,
    the request is answered as by a service that was shown no credential: 401, with the reason.
    """

    def __init__(self, below: Transport, tokens: TokenSource, clock: Clock | None = None) -> None:
        self._below = below
        self._tokens = tokens
        self._clock = clock or Clock()
        self._failed: tuple[float, TokenError] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to the request with a token."""
        if not request.extensions.get("token"):
            return await self._below.handle_async_request(request)
        try:
            token = await self._token()
            answer = await self._sent(request, token)
            if answer.status_code != 401:
                return answer
            await asyncio.to_thread(self._tokens.forget, token)
            renewed = await self._token()
            return answer if renewed == token else await self._sent(request, renewed)
        except TokenError as error:
            return httpx.Response(401, json={"error": {"code": "NoToken", "message": str(error)}})

    async def _token(self) -> str:
        if self._failed is not None and self._clock.monotonic() < self._failed[0]:
            raise self._failed[1]
        for wait in _TOKEN_WAITS:
            with contextlib.suppress(TokenError):
                return await asyncio.to_thread(self._tokens.token, self._clock.now())
            await self._clock.sleep(wait)
        try:
            return await asyncio.to_thread(self._tokens.token, self._clock.now())
        except TokenError as error:
            self._failed = (self._clock.monotonic() + _TOKEN_COOLDOWN, error)
            raise

    async def _sent(self, request: httpx.Request, token: str) -> httpx.Response:
        request.headers["authorization"] = f"Bearer {token}"
        return await self._below.handle_async_request(request)


def stack(
    carrier: Transport,
    policy: Policy,
    rate: float | None = None,
    clock: Clock | None = None,
    tokens: TokenSource | None = None,
) -> Transport:
    """The layers over a carrier, for one run."""
    known = carrier if tokens is None else Bearer(carrier, tokens, clock)
    paced = Pace(known, rate, clock, policy.seconds)
    return Breaker(Retry(paced, policy, clock), policy, clock)

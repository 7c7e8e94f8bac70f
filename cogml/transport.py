"""What carries a request is a stack of layers: Breaker → Retry → Pace → Gauge (→ Bearer) → carrier.

Each layer has httpx's transport interface, `handle_async_request(request) → response`, so that a
layer, a user's own transport and a test's `httpx.MockTransport` are all the same thing. Policy is
separate from I/O: clock, sleep and chance come from outside.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import httpx
import tenacity

from cogml.breaker import Breaker
from cogml.counts import Counts
from cogml.credentials import TokenError, TokenSource
from cogml.exchange import is_quota, retry_after
from cogml.messages import Request
from cogml.pace import MachineTurns, Rate, Turns
from cogml.policy import Clock, Policy, Transport, caller, is_passing, is_retried
from cogml.window import Window

_LOG = logging.getLogger("cogml")


class Retry:
    """Sends again while there is hope, attempts and time; obeys Retry-After in all its forms.

    The number of attempts is left in `request.extensions["attempts"]`. What broke on its way goes
    over a new connection (`extensions["anew"]`): those that rest may be closed as well.
    """

    def __init__(
        self,
        below: Transport,
        policy: Policy,
        clock: Clock | None = None,
        counts: Counts | None = None,
    ) -> None:
        self._below = below
        self._policy = policy
        self._clock = clock or Clock()
        self._counts = counts or Counts()

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
        throttled = False
        broke = isinstance(first, httpx.TransportError)

        async def attempt() -> httpx.Response:
            nonlocal throttled, broke
            if outcomes:
                outcome = outcomes.pop()
                if isinstance(outcome, httpx.TransportError):
                    raise outcome
            else:
                throttled = False
                request.extensions["attempts"] += 1
                request.extensions["anew"] = broke
                broke = True
                outcome = await self._below.handle_async_request(request)
                broke = False
            throttled = outcome.status_code == 429
            return outcome

        async def pause(seconds: float) -> None:
            with self._counts.throttled() if throttled else contextlib.nullcontext():
                await self._clock.sleep(seconds)

        def stop(state: tenacity.RetryCallState) -> bool:
            spent = self._clock.monotonic() - started + state.upcoming_sleep
            return state.attempt_number > self._policy.retries or spent > self._policy.seconds

        retrying = tenacity.AsyncRetrying(
            sleep=pause,
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


class Host:
    """What one caller of a host has been told: its turns, and until when it is to wait."""

    __slots__ = ("held", "machine", "turns")

    def __init__(self, machine: MachineTurns | None = None) -> None:
        self.turns = Turns()
        self.machine = machine
        self.held = 0.0


Hosts = dict[tuple[Any, ...], Host]
"""The hosts of a process, by address and caller: keys have quotas of their own."""


class Pace:
    """Keeps to a rate; a throttled answer holds all requests of its caller to its host back.

    Runs that are given the same `hosts` keep to it together, those that are given a `machine` (it
    gives the turns of a name) with other processes as well. What is held is held no longer than one
    request may take: a request that is told to wait longer than that is given up (by `Retry`), and
    so are those after it, each at its own answer. `request.extensions["records"]` is how many
    records a request holds.
    """

    def __init__(
        self,
        below: Transport,
        rate: Rate | None = None,
        clock: Clock | None = None,
        longest: float = 120.0,
        hosts: Hosts | None = None,
        machine: Callable[[str], MachineTurns | None] | None = None,
        counts: Counts | None = None,
    ) -> None:
        self._below = below
        self._rate = rate or Rate()
        self._paced = bool(self._rate)
        self._longest = longest
        self._counts = counts or Counts()
        self._clock = clock or Clock()
        self._hosts: Hosts = {} if hosts is None else hosts
        self._machine = machine

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, asked for when it is this request's turn."""
        key = caller(request)
        host = self._hosts.get(key)
        if self._paced:
            host = host or self._known(key)
            gap = self._rate.gap(request.extensions.get("records", 0))
            if gap and (wait := await self._turn(host, gap)) > 0:
                await self._clock.sleep(wait)
        while host is not None and (wait := host.held - self._clock.monotonic()) > 0:
            with self._counts.throttled():
                await self._clock.sleep(wait)
        answer = await self._below.handle_async_request(request)
        if answer.status_code == 429 and not is_quota(answer):
            advised = retry_after(answer.headers, self._clock.now()) or 0.0
            if 0.0 < advised <= self._longest:
                self._hold(self._known(key), advised)
        return answer

    async def _turn(self, host: Host, gap: float) -> float:
        """Seconds until the next turn, which is taken."""
        try:
            for _ in range(_TRIES if host.machine is not None else 0):
                assert host.machine is not None
                now = self._clock.now()
                turn = host.machine.take(now, gap)
                if turn is not None:
                    return turn - now
                await self._clock.sleep(_MOMENT)
        except OSError as error:
            _LOG.warning("each process keeps to the rate by itself: %s", error)
            host.machine = None
        now = self._clock.monotonic()
        return host.turns.take(now, gap) - now

    def _hold(self, host: Host, seconds: float) -> None:
        host.held = max(host.held, self._clock.monotonic() + seconds)
        if host.machine is not None:
            with contextlib.suppress(OSError):
                now = self._clock.now()
                host.machine.hold(now + seconds, now)

    def _known(self, key: tuple[Any, ...]) -> Host:
        if key not in self._hosts:
            if len(self._hosts) >= _MOST_HOSTS:
                now = self._clock.monotonic()
                for old in [k for k, h in self._hosts.items() if max(h.held, h.turns.free) < now]:
                    del self._hosts[old]
            name = f"{key}{self._rate.scope}"
            self._hosts[key] = Host(self._machine(name) if self._machine and self._rate else None)
        return self._hosts[key]


_TRIES, _MOMENT = 100, 0.002  # a file is another process's for microseconds, unless that is stopped
_MOST_HOSTS = 10_000  # downloads may lead anywhere


class Gauge:
    """Lets as many requests pass at once as the window is wide, and tells it how they fared."""

    def __init__(self, below: Transport, window: Window, clock: Clock | None = None) -> None:
        self._below = below
        self._window = window
        self._monotonic = (clock or Clock()).monotonic
        self._waiting: collections.deque[asyncio.Future[None]] = collections.deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, asked for when there is room."""
        window = self._window
        while window.busy >= window.limit:
            await self._wait()
        window.busy += 1
        begun = self._monotonic()
        try:
            answer = await self._below.handle_async_request(request)
            if answer.status_code in _TOO_MUCH and not is_quota(answer):
                window.refused(begun, self._monotonic())
            else:
                window.answered(begun, self._monotonic())
            return answer
        except httpx.TimeoutException:
            window.refused(begun, self._monotonic())
            raise
        finally:
            window.busy -= 1
            if self._waiting:
                self._wake()

    async def _wait(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            self._wake()  # it may have been this one's turn
            raise

    def _wake(self) -> None:
        room = self._window.limit - self._window.busy
        while self._waiting and room > 0:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                room -= 1


_TOO_MUCH = frozenset({429, 503})


_TOKEN_WAITS = (0.5, 1.5)  # seconds: who gives tokens may be restarting
_TOKEN_COOLDOWN = 10.0  # seconds in which nobody else asks in vain


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
        if isinstance(request, Request):
            request.sign(f"Bearer {token}")  # its headers are not made for that
        else:
            request.headers["authorization"] = f"Bearer {token}"
        return await self._below.handle_async_request(request)


def stack(
    carrier: Transport,
    policy: Policy,
    rate: Rate | None = None,
    clock: Clock | None = None,
    *,
    tokens: TokenSource | None = None,
    window: Window | None = None,
    hosts: Hosts | None = None,
    machine: Callable[[str], MachineTurns | None] | None = None,
    counts: Counts | None = None,
) -> Transport:
    """The layers over a carrier, for one run; what its requests wait for is told to `counts`."""
    known = carrier if tokens is None else Bearer(carrier, tokens, clock)
    gauged = known if window is None else Gauge(known, window, clock)
    paced = Pace(gauged, rate, clock, policy.seconds, hosts, machine, counts)
    return Breaker(Retry(paced, policy, clock, counts), policy, clock)

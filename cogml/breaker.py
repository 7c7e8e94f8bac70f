"""Where every request must fail alike, no more are sent: a wrong key, a host that is not there."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from cogml.policy import Clock, Policy, Transport, caller, is_passing

_LOG = logging.getLogger("cogml")
_DOWN = frozenset({502, 503, 504})
_ENOUGH = 3  # requests, so that one poisonous row is not taken for an outage


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
        self._well: tuple[Any, ...] | None = None  # of whose good answers nothing is left to note
        self._down: dict[tuple[Any, ...], tuple[float, httpx.Response | httpx.TransportError]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or at once the one that every such request gets."""
        who = caller(request)
        request.extensions["attempts"] = 0
        if self._refused or self._down:
            known = self._known(who, request)
            if known is not None:
                return known
        begun = self._clock.monotonic()
        try:
            answer = await self._below.handle_async_request(request)
        except httpx.TransportError as error:
            if is_passing(error):
                self._failed(who[:3], begun, error)
            raise
        if who is not self._well or answer.status_code >= 400:
            self._answered(who, begun, answer, not request.extensions.get("anonymous"))
        return answer

    def _known(self, who: tuple[Any, ...], request: httpx.Request) -> httpx.Response | None:
        """What every such request gets, as an answer or as an exception; None: nobody knows."""
        if who in self._refused:
            return _copy_of(self._refused[who])
        host = who[:3]
        if host in self._down:
            tried, outcome = self._down[host]
            if self._clock.monotonic() - tried < self._policy.cooldown:
                if isinstance(outcome, httpx.Response):
                    return _copy_of(outcome)
                raise type(outcome)(str(outcome), request=request)
            self._down[host] = (self._clock.monotonic(), outcome)
        return None

    def _answered(
        self, who: tuple[Any, ...], begun: float, answer: httpx.Response, signed: bool
    ) -> None:
        host = who[:3]
        self._well = None
        self._heard.add(host)
        if answer.status_code in _DOWN:
            self._failed(host, begun, answer)
            return
        self._failing.pop(host, None)
        self._down.pop(host, None)
        if answer.status_code != 401:
            self._accepted.add(who)
            self._well = who
        elif who not in self._accepted and signed:
            self._refused[who] = answer

    def _failed(
        self,
        host: tuple[Any, ...],
        begun: float,
        outcome: httpx.Response | httpx.TransportError,
    ) -> None:
        self._well = None
        now = self._clock.monotonic()
        since, requests = self._failing.get(host, (begun, 0))
        self._failing[host] = (since, requests + 1)
        unknown = isinstance(outcome, httpx.ConnectError) and host not in self._heard
        if unknown or (now - since >= self._policy.patience and requests + 1 >= _ENOUGH):
            if host not in self._down:
                _say_given_up(host, outcome, now - since, self._policy.cooldown)
            self._down[host] = (now, outcome)


def _say_given_up(
    host: tuple[Any, ...],
    outcome: httpx.Response | httpx.TransportError,
    seconds: float,
    cooldown: float,
) -> None:
    name = host[1].decode("ascii", "replace")
    what = type(outcome).__name__
    if isinstance(outcome, httpx.Response):
        what = f"HTTP {outcome.status_code}"
    _LOG.warning(
        "%s is given up (%s for %.0f s); requests to it fail at once, but for one every %g s",
        name,
        what,
        seconds,
        cooldown,
        extra={"host": name, "outcome": what, "seconds": seconds},
    )


def _copy_of(answer: httpx.Response) -> httpx.Response:
    # The content is decoded already; httpx would decode it once more if its header stayed.
    headers = [(k, v) for k, v in answer.headers.multi_items() if k != "content-encoding"]
    return httpx.Response(answer.status_code, headers=headers, content=answer.content)

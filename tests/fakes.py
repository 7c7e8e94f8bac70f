"""What stands for a clock, a carrier, a service and its rows where there is no network."""

import asyncio
import json
import threading
import time

import httpx
import pytest

from cogml.engine import Load, Run, Work
from cogml.exchange import SKIPPED, Outcome, call
from cogml.policy import Clock, Policy

NOW = 1_700_000_000.0
URL = "https://host.example/analyze"
KEY = "abcdef-the-key"
ONCE = Policy(retries=0)


# Layers over a carrier


class Time:
    """A clock by hand: sleeping moves it and is written down."""

    def __init__(self, chance=1.0):
        self.at = 1_000.0
        self.sleeps = []
        self.chances = chance

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.at += seconds

    @property
    def clock(self):
        return Clock(
            sleep=self.sleep,
            monotonic=lambda: self.at,
            now=lambda: NOW + self.at - 1_000.0,
            chance=lambda: self.chances,
        )


class Answers:
    """A carrier that gives these in turn, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers, time=None, takes=0.0):
        self.answers = list(answers)
        self.asked = []
        self.time = time
        self.takes = takes

    async def handle_async_request(self, request):
        self.asked.append(request)
        if self.time is not None:
            self.time.at += self.takes
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, int):
            return httpx.Response(answer)
        if isinstance(answer, type):
            raise answer("gone", request=request)
        return answer


def request(key="k", url=URL):
    return httpx.Request("POST", url, headers={"ocp-apim-subscription-key": key}, content=b"{}")


def send(transport, *requests):
    """What each request gets, one after the other; an exception in place of an answer."""

    async def all_of_them():
        found = []
        for one in requests:
            try:
                found.append(await transport.handle_async_request(one))
            except httpx.TransportError as error:
                found.append(error)
        return found

    return asyncio.run(all_of_them())


def statuses(found):
    return [a.status_code if isinstance(a, httpx.Response) else type(a) for a in found]


def throttled(status=429, **headers):
    return httpx.Response(status, headers={k.replace("_", "-"): v for k, v in headers.items()})


# An exchange by hand


def submit():
    return httpx.Request(
        "POST",
        "https://host.example/jobs",
        headers={"ocp-apim-subscription-key": KEY, "content-type": "application/json"},
        content=b"{}",
    )


def answer(status, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, headers=headers, content=b"" if body is None else content)


def returned(exchange, reply):
    with pytest.raises(StopIteration) as stop:
        exchange.send(reply)
    return stop.value.value


# The engine over works


class Served:
    """A transport that answers with the request's own body, and counts what is in flight."""

    def __init__(self, wait=None):
        self.wait = wait
        self.asked = self.now = self.most = 0

    async def handle_async_request(self, request):
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.wait is not None:
                await self.wait(request)
        finally:
            self.now -= 1
        return httpx.Response(200, content=request.content)


class Gate:
    """Holds every request back until it is opened from the test's thread."""

    def __init__(self):
        self.is_open = False

    async def __call__(self, request):
        while not self.is_open:  # noqa: ASYNC110 (opened from another thread)
            await asyncio.sleep(0.001)


def echo(*labels):
    """An exchange that asks once for its rows and gives each its own label."""
    text = ",".join(map(str, labels))
    answer = yield from call(httpx.Request("POST", URL, content=text.encode()))
    if not isinstance(answer, httpx.Response):
        return [Outcome(None, answer)] * len(labels)
    return [Outcome(label) for label in answer.text.split(",")]


def batch(labels, size=1):
    """A batch of so many rows, `size` of them to each work."""
    rows = [*range(len(labels))]
    works = [
        Work(rows[at : at + size], echo(*labels[at : at + size]))
        for at in range(0, len(labels), size)
    ]
    return [SKIPPED] * len(labels), iter(works)


def of(exchange, rows=1):
    return [SKIPPED] * rows, iter([Work([*range(rows)], exchange)])


def run(batches, transport=None, concurrency=4, policy=ONCE, **load):
    made = Run(Load(concurrency=concurrency, policy=policy, **load), transport or Served())
    return [list(outcomes) for outcomes in made.outcomes(batches)]


def values(found):
    return [[outcome.value for outcome in outcomes] for outcomes in found]


def eventually(condition, seconds=5.0):
    """Wait, in steps of a millisecond, for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)


def in_thread(function):
    """Run in a thread; what it returned or raised comes out of `result()`, never a hang."""
    box = {}

    def body():
        try:
            box["value"] = function()
        except BaseException as error:  # noqa: BLE001 (handed on to the test)
            box["error"] = error

    thread = threading.Thread(target=body, daemon=True)
    thread.start()

    def result():
        thread.join(4)
        assert not thread.is_alive(), "it hangs"
        if "error" in box:
            raise box["error"]
        return box["value"]

    return result

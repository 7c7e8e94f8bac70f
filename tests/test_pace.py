"""Requests begin no faster than the rate, and all wait where the service says so."""

import asyncio

import httpx
import pytest
from fakes import NOW, Answers, Time, request, send, throttled

from cogml.transport import Clock, Pace, Policy, stack


def test_pace_keeps_requests_apart():
    time = Time()
    send(Pace(Answers(200), 4.0, time.clock), *[request() for _ in range(4)])
    assert time.sleeps == pytest.approx([0.25] * 3)


def test_pace_keeps_requests_apart_that_come_at_once():
    time, begun = Time(), []

    class Below:
        async def handle_async_request(self, request):
            return httpx.Response(200)

    async def sleep(seconds):
        begun.append(seconds)

    clock = Clock(sleep=sleep, monotonic=lambda: time.at, now=lambda: NOW, chance=lambda: 1.0)

    async def together():
        pace = Pace(Below(), 10.0, clock)
        await asyncio.gather(*[pace.handle_async_request(request()) for _ in range(4)])

    asyncio.run(together())
    assert begun == pytest.approx([0.1, 0.2, 0.3])


def test_pace_does_not_save_up_idle_time():
    time = Time()
    pace = Pace(Answers(200), 2.0, time.clock)
    send(pace, request())
    time.at += 100.0
    send(pace, request(), request())
    assert time.sleeps == pytest.approx([0.5])


def test_pace_without_a_rate_does_not_wait():
    time = Time()
    send(Pace(Answers(200), None, time.clock), *[request() for _ in range(5)])
    assert time.sleeps == []


@pytest.mark.parametrize("rate", [None, 100.0])
def test_pace_holds_all_back_after_a_throttled_answer(rate):
    time = Time()
    send(Pace(Answers(throttled(retry_after="3"), 200), rate, time.clock), request(), request())
    assert sum(time.sleeps) == pytest.approx(3.0)


def test_pace_goes_on_after_a_throttled_answer_that_names_no_time():
    time = Time()
    send(Pace(Answers(429, 200), None, time.clock), request(), request())
    assert time.sleeps == []


@pytest.mark.parametrize("body", [b"{}", b"Out of call volume quota for F0"])
def test_one_throttled_answer_does_not_hold_the_run_back_beyond_its_seconds(body):
    """A service that says "in a day" ends its requests; the others do not wait a day in turn."""
    time = Time()
    long = httpx.Response(429, content=body, headers={"retry-after": "86400"})
    transport = stack(Answers(long, 200), Policy(seconds=120.0), None, time.clock)
    found = send(transport, request(), request(), request())
    assert len(found) == 3
    assert sum(time.sleeps) <= 120.0


def test_the_stack_paces_each_attempt():
    time, below = Time(chance=0.0), Answers(500, 500, 200)
    send(stack(below, Policy(), 2.0, time.clock), request())
    assert [seconds for seconds in time.sleeps if seconds] == pytest.approx([0.5, 0.5])

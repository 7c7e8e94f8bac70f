"""The window opens while answers come as fast as before, and closes by half when it is too much."""

import asyncio

import httpx
import pytest
from fakes import Answers, Served, Time, batch, request, run, send

from cogml.engine import Load, Run
from cogml.policy import Policy
from cogml.transport import Gauge, stack
from cogml.window import Window


def rounds(window, *seconds, at=0.0):
    """A round of answers for each of these latencies, with the window full; the limits after."""
    limits = []
    for latency in seconds:
        for _ in range(window.limit):
            window.busy = window.limit
            window.answered(at, at + latency)
        at += latency
        limits.append(window.limit)
    return limits


def test_it_doubles_while_answers_come_as_fast_as_before():
    assert rounds(Window(64, 8), 0.1, 0.1, 0.11, 0.1) == [16, 32, 64, 64]


def test_it_begins_with_all_where_no_first_is_given():
    assert Window(64).limit == 64
    assert Window(4, 8).limit == 4


def test_slower_answers_stop_it_opening():
    """Where requests queue at the service, more of them at once are answered no faster."""
    assert rounds(Window(64, 8), 0.1, 0.1, 0.2, 0.2, 0.1) == [16, 32, 32, 32, 33]


def test_a_way_that_has_become_longer_is_the_new_measure_in_the_end():
    window = Window(64, 8)
    assert rounds(window, 0.1) == [16]
    assert rounds(window, *[0.2] * 200)[-1] > 16


def test_a_window_that_was_not_full_says_nothing_about_more():
    window = Window(64, 8)
    for _ in range(100):
        window.busy = 3
        window.answered(0.0, 0.1)
    assert window.limit == 8


def test_what_is_too_much_halves_it_once_for_all_that_was_under_way():
    window = Window(64)
    for begun in (0.0, 0.1, 0.2):
        window.refused(begun, 1.0)
    assert window.limit == 32
    window.refused(1.5, 2.0)
    assert window.limit == 16


def test_it_never_closes():
    window = Window(8)
    for second in range(20):
        window.refused(second, second)
    assert window.limit == 1


def test_after_a_halving_it_opens_by_one():
    window = Window(64, 8)
    rounds(window, 0.1, 0.1)
    window.refused(1.0, 1.0)
    assert rounds(window, 0.1, 0.1, 0.1, at=2.0) == [17, 18, 19]


# What the gauge says


@pytest.mark.parametrize("status", [429, 503])
def test_too_many_requests_halve_the_window(status):
    window, time = Window(8), Time()
    send(Gauge(Answers(status), window, time.clock), request())
    assert window.limit == 4


def test_no_answer_in_time_halves_the_window():
    window, time = Window(8), Time()
    send(Gauge(Answers(httpx.ReadTimeout), window, time.clock), request())
    assert window.limit == 4


@pytest.mark.parametrize(
    "answer", [200, 400, 500, httpx.ConnectError, httpx.Response(429, content=b"quota exceeded")]
)
def test_other_failures_leave_the_window_alone(answer):
    """A quota that is used up is not asked for less at once."""
    window, time = Window(8), Time()
    send(Gauge(Answers(answer), window, time.clock), request())
    assert window.limit == 8


# The engine keeps to it


def test_a_run_begins_with_the_first_and_fills_the_window():
    """Every answer comes as fast as before, so the window opens to its ceiling, not beyond."""
    served, begun = Served(lambda _: asyncio.sleep(0.002)), []

    class First(Served):
        async def handle_async_request(self, request):
            begun.append(served.now)
            return await served.handle_async_request(request)

    [found] = run([batch([*range(400)])], First(), 16, first=2)
    assert [o.value for o in found] == [str(n) for n in range(400)]
    assert max(begun[:3]) <= 1  # the third one waited for one of the first two
    assert 2 < served.most <= 16


def test_a_run_sends_less_at_once_when_told_that_it_is_too_much():
    refused, most = [], []

    class Narrow:
        """Refuses while more than two are in flight."""

        now = 0

        async def handle_async_request(self, request):
            self.now += 1
            try:
                await asyncio.sleep(0.001)
                if self.now > 2:
                    refused.append(1)
                    return httpx.Response(429)
                most.append(self.now)
                return httpx.Response(200, content=request.content)
            finally:
                self.now -= 1

    policy = Policy(retries=50, waits=(0.0,))
    [found] = Run(Load(concurrency=32, policy=policy), Narrow()).outcomes([batch([*range(300)])])
    assert [o.value for o in found] == [str(n) for n in range(300)]
    assert max(most) <= 2
    assert len(refused) < 300  # with 32 at once all along, nearly every attempt would be


def test_workers_beyond_the_window_are_woken_when_there_is_room():
    """None sleeps for ever: after a halving to one the run still ends."""
    answers = iter([429] * 10)

    class Throttled:
        async def handle_async_request(self, request):
            status = next(answers, 200)
            return httpx.Response(status, content=request.content if status == 200 else b"")

    policy = Policy(retries=20, waits=(0.0,))
    [found] = Run(Load(concurrency=8, policy=policy), Throttled()).outcomes([batch([*range(50)])])
    assert [o.value for o in found] == [str(n) for n in range(50)]


def test_the_gauge_is_below_what_waits():
    """Waiting for a turn, or between attempts, is no slowness of the service."""
    time, window = Time(), Window(8)
    latencies = []
    window.answered = lambda begun, now: latencies.append(now - begun)
    below = Answers(500, 200, time=time, takes=0.25)
    send(stack(below, Policy(retries=1), None, time.clock, window=window), request())
    assert latencies == pytest.approx([0.25, 0.25])
    assert sum(time.sleeps) > 0

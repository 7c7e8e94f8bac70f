"""What a run has done so far: counted where an attempt is made, and where one waits."""

import asyncio
import math

import httpx
import pytest
from fakes import Answers, Time, request, send, throttled
from hypothesis import given
from hypothesis import strategies as st

from cogml.carrier import Metered
from cogml.counts import Counts, Quantiles
from cogml.pace import Rate
from cogml.transport import Policy, Retry, stack

# Quantiles


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_right_to_three_percent(durations, share):
    quantiles = Quantiles()
    for duration in durations:
        quantiles.add(duration)
    exact = sorted(durations)[math.floor(share * (len(durations) - 1))]
    found = quantiles.at(share)
    assert found == pytest.approx(exact, rel=0.03)


def test_of_nothing_there_is_no_quantile():
    assert Quantiles().at(0.5) is None


@pytest.mark.parametrize(("duration", "said"), [(0.0, 1e-6), (-1.0, 1e-6), (1e99, 1e6)])
def test_what_is_beyond_measure_counts_as_the_nearest(duration, said):
    quantiles = Quantiles()
    quantiles.add(duration)
    assert quantiles.at(0.5) == pytest.approx(said, rel=0.03)


def test_memory_does_not_grow_with_what_is_counted():
    quantiles = Quantiles()
    for n in range(20_000):
        quantiles.add(1e-6 * 1.0014**n)
    assert len(quantiles._buckets) < 600


# Throttled seconds


def test_many_that_wait_at_once_count_once():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    with counts.throttled():
        time.at += 2
        with counts.throttled():
            time.at += 3
        assert counts.throttled_seconds == 5  # while it lasts, too
        time.at += 1
    time.at += 10
    with counts.throttled():
        time.at += 4
    assert counts.throttled_seconds == 10


def test_a_wait_that_is_broken_off_ends():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)

    async def wait():
        with counts.throttled():
            time.at += 2
            await asyncio.Event().wait()

    async def broken_off():
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(broken_off())
    time.at += 5
    assert counts.throttled_seconds == 2


def test_a_retry_waits_for_a_429_and_not_for_an_outage():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    answers = Answers(throttled(retry_after="7"), 503, httpx.ReadError, 503, 200)
    policy = Policy(waits=(1.0, 20.0))
    send(Retry(answers, policy, time.clock, counts), request())
    assert time.sleeps == [8.0, 20.0, 20.0, 20.0]
    assert counts.throttled_seconds == 8.0


def test_those_that_are_held_back_are_counted_where_nobody_tries_again():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    layers = stack(
        Answers(throttled(retry_after="30"), 200),
        Policy(retries=0),
        clock=time.clock,
        counts=counts,
    )
    send(layers, request(), request())
    assert time.sleeps == [30.0]
    assert counts.throttled_seconds == 30.0


def test_keeping_to_a_rate_is_not_being_throttled():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    layers = stack(Answers(200), Policy(), Rate(0.1), time.clock, counts=counts)
    send(layers, request(), request())
    assert sum(time.sleeps) == pytest.approx(10.0)
    assert counts.throttled_seconds == 0


# Attempts


def test_each_attempt_is_counted_with_what_came_of_it():
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    answers = Answers(503, httpx.ReadError, httpx.Response(200, content=b"12345"))
    answers.time, answers.takes = time, 0.5
    send(Retry(Metered(answers, counts), Policy(waits=(0.0,)), time.clock), request())
    assert counts.statuses == {503: 1, 0: 1, 200: 1}
    assert (counts.bytes_sent, counts.bytes_received, counts.in_flight) == (6, 5, 0)
    assert counts.latencies.at(1.0) == pytest.approx(0.5, rel=0.03)


def test_an_answer_that_is_still_to_be_read_is_read():
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"12"
            yield b"345"

    class Carrier:
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=Slow())

    counts = Counts()
    (answer,) = send(Metered(Carrier(), counts), request())
    assert answer.content == b"12345"
    assert counts.bytes_received == 5


def test_an_answer_that_breaks_off_is_none():
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"12"
            raise httpx.ReadError("gone")

    class Carrier:
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=Broken())

    counts = Counts()
    (error,) = send(Metered(Carrier(), counts), request())
    assert isinstance(error, httpx.ReadError)
    assert (counts.statuses, counts.in_flight, counts.latencies.at(0.5)) == ({0: 1}, 0, None)


def test_requests_under_way_are_in_flight():
    counts = Counts()
    seen = []

    class Carrier:
        async def handle_async_request(self, request):
            seen.append(counts.in_flight)
            return httpx.Response(200)

    send(Metered(Carrier(), counts), request(), request())
    assert seen == [1, 1]
    assert counts.in_flight == 0

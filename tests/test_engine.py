"""Outcomes come back in order, through a window of requests that is open across batches."""

import asyncio
import random
import time

import httpx
import pytest
from fakes import ONCE, Gate, Served, batch, echo, eventually, in_thread, of, run, values
from hypothesis import given
from hypothesis import strategies as st

from cogml.engine import Load, Run, Work
from cogml.exchange import SKIPPED, Outcome
from cogml.loop import process_loop
from cogml.policy import Policy

# Order


@given(
    st.lists(st.integers(0, 7), max_size=6),
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(),
)
def test_outcomes_are_in_order_whatever_ends_first(sizes, per_work, concurrency, seed):
    chance = random.Random(seed)

    async def wait(request):
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)

    labels = [[f"{n}-{row}" for row in range(size)] for n, size in enumerate(sizes)]
    batches = [batch(rows, per_work) for rows in labels]
    assert values(run(batches, Served(wait), concurrency)) == labels


@pytest.mark.parametrize("together", [1, 2, 4])
def test_no_batch_is_lost_to_a_loop_that_is_hungry_before_its_reader_looks(together):
    class Eager(Run):
        def _call(self, function, *args):
            super()._call(function, *args)
            if args:  # a batch, which is begun at once
                eventually(lambda: self._hungry)

    made = Eager(Load(concurrency=4, policy=ONCE), Served())
    found = made.outcomes((batch([f"row {n}"]) for n in range(9)), together=together)
    assert values([[*outcomes] for outcomes in found]) == [[f"row {n}"] for n in range(9)]


def test_known_outcomes_are_given_back_as_they_are():
    """A row that is in no work keeps the outcome that its batch came with."""
    known = Outcome("known")
    outcomes = [known, SKIPPED, SKIPPED]
    [found] = run([(outcomes, iter([Work([1], echo("asked"))]))])
    assert found == [known, Outcome("asked"), SKIPPED]


def test_empty_batches_and_no_batches_are_given_back():
    assert run([]) == []
    assert values(run([batch([]), batch(["a"]), batch([]), batch([])])) == [[], ["a"], [], []]


def test_a_batch_of_skipped_rows_asks_nothing():
    served = Served()
    assert run([([SKIPPED] * 3, iter([]))], served) == [[SKIPPED] * 3]
    assert served.asked == 0


def test_no_work_is_begun_before_a_batch_is_asked_for():
    served = Served()
    unused = Run(Load(), served).outcomes([batch(["a"])])
    assert served.asked == 0
    unused.close()


# The window


@pytest.mark.parametrize(("concurrency", "size"), [(8, 1), (8, 3), (5, 2), (3, 10)])
def test_the_window_is_open_across_batches(concurrency, size):
    """As many requests are in flight as allowed, though a batch has fewer; never more."""
    gate = Gate()
    served = Served(gate)
    batches = [batch([f"{n}-{row}" for row in range(size)]) for n in range(12)]
    result = in_thread(lambda: run(batches, served, concurrency))
    eventually(lambda: served.now == concurrency)
    gate.is_open = True
    assert len(result()) == 12
    assert served.most == concurrency


def test_reading_ahead_stops_when_the_workers_have_enough():
    gate = Gate()
    served, read = Served(gate), []

    def source():
        for number in range(1_000):
            read.append(number)
            yield batch([number])

    result = in_thread(lambda: run(source(), served, concurrency=3))
    eventually(lambda: served.now == 3)
    time.sleep(0.02)
    assert len(read) <= 5
    gate.is_open = True
    assert len(result()) == 1_000


def test_reading_ahead_of_a_slow_request_is_bounded_by_rows():
    """All rows wait for the first one: what is kept for it does not grow with the source."""
    gate = Gate()
    read = []

    async def wait(request):
        if request.content == b"0":
            await gate(request)

    def source():
        for number in range(30):
            read.append(number)
            outcomes, works = batch([number])
            yield outcomes + [SKIPPED] * 20_000, works

    served = Served(wait)
    result = in_thread(lambda: sum(1 for _ in run(source(), served, concurrency=2)))
    eventually(lambda: served.asked >= 3)
    time.sleep(0.03)
    assert 3 <= len(read) <= 6
    gate.is_open = True
    assert result() == 30


def test_a_slow_request_holds_back_no_other():
    """What is given out waits for it, what is sent does not."""
    gate = Gate()

    async def wait(request):
        if request.content == b"0":
            await gate(request)

    served = Served(wait)
    result = in_thread(lambda: run([batch([n]) for n in range(50)], served, concurrency=2))
    eventually(lambda: served.asked == 50)
    gate.is_open = True
    assert values(result()) == [[str(n)] for n in range(50)]


def test_an_exchange_may_wait():
    """Seconds are yielded and nothing is sent for them; the exchange goes on afterwards."""

    def waiting():
        got = yield 0.001
        answer = yield from echo("after")
        return [Outcome((got, answer[0].value))]

    assert values(run([of(waiting())])) == [[(None, "after")]]


def test_waiting_leaves_the_other_exchanges_alone():
    def waiting():
        yield 0.02
        return [Outcome("late")]

    begun = time.monotonic()
    found = run([of(waiting()) for _ in range(20)], concurrency=20)
    assert values(found) == [["late"]] * 20
    assert time.monotonic() - begun < 0.3


# Counts


def test_the_counts_are_of_rows_requests_and_retries():
    served, answers = Served(), iter([503, 200, 200])

    async def handle(request):
        served.asked += 1
        return httpx.Response(next(answers), content=request.content)

    served.handle_async_request = handle
    made = Run(Load(concurrency=1, policy=Policy(waits=(0.0,))), served)
    assert values(made.outcomes([batch(["a", "b"], 2), batch(["c"])])) == [["a", "b"], ["c"]]
    assert (made.counts.rows, made.counts.requests, made.counts.retries) == (3, 3, 1)


def test_progress_is_told_the_counts():
    told = []
    made = Run(Load(policy=ONCE), Served())
    list(made.outcomes([batch(["a", "b"])], lambda counts: told.append(counts.rows)))
    assert told == sorted(told)
    assert made.counts.rows == 2


# Where it runs


def test_it_works_inside_a_running_loop():
    """As in a notebook's cell."""

    async def cell():
        return values(run([batch(["a"])]))

    assert asyncio.run(cell()) == [["a"]]


def test_several_threads_run_at_once():
    results = [
        in_thread(lambda n=n: values(run([batch([f"{n}-{i}"]) for i in range(30)])))
        for n in range(8)
    ]
    for n, result in enumerate(results):
        assert result() == [[f"{n}-{i}"] for i in range(30)]


def test_runs_within_a_run_do_not_block_each_other():
    """A source may itself be the outcomes of a run."""
    inner = Run(Load(policy=ONCE), Served()).outcomes([batch([n]) for n in range(5)])
    outer = (batch([f"{outcome.value}!" for outcome in outcomes]) for outcomes in inner)
    assert values(run(outer)) == [[f"{n}!"] for n in range(5)]


def test_the_loop_is_one_to_a_process():
    assert process_loop() is process_loop()
    assert process_loop().loop.is_running()

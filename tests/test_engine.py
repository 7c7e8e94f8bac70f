"""The engine drives exchanges: order kept, window open across batches, no failure costs the run."""

import asyncio
import contextlib
import random
import threading
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml.engine import Load, Run, Work, process_loop
from cogml.exchange import SKIPPED, Outcome, call
from cogml.transport import Policy

URL = "http://host.example/"
ONCE = Policy(retries=0)


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


def test_the_counts_are_of_rows_requests_and_retries():
    served, answers = Served(), iter([503, 200, 200])

    async def handle(request):
        served.asked += 1
        return httpx.Response(next(answers), content=request.content)

    served.handle_async_request = handle
    made = Run(Load(concurrency=1, policy=Policy(waits=(0.0,))), served)
    assert values(made.outcomes([batch(["a", "b"], 2), batch(["c"])])) == [["a", "b"], ["c"]]
    assert (made.counts.rows, made.counts.requests, made.counts.retries) == (3, 3, 1)


# Failures


def test_an_exchange_that_raises_costs_its_rows_only():
    def broken():
        yield httpx.Request("GET", URL)
        raise KeyError("the text of the row")

    found = run([batch(["a"]), of(broken(), 2), batch(["b"])])
    assert values(found) == [["a"], [None, None], ["b"]]
    for outcome in found[1]:
        assert outcome.error.code == "internal"
        assert "KeyError at test_engine.py:" in outcome.error.message
        assert "the text of the row" not in repr(outcome)


def test_an_exchange_that_raises_at_once_costs_its_rows_only():
    def broken():
        raise ValueError("secret")
        yield

    [[outcome], [other]] = run([of(broken()), batch(["b"])])
    assert outcome.error.code == "internal"
    assert "secret" not in repr(outcome)
    assert other.value == "b"


@pytest.mark.parametrize("returned", [[], [Outcome("a")], [Outcome("a")] * 3, None])
def test_a_wrong_number_of_outcomes_is_internal(returned):
    def wrong():
        yield httpx.Request("GET", URL)
        return returned

    found = run([of(wrong(), 2), batch(["b"])])
    assert [o.error.code for o in found[0]] == ["internal"] * 2
    assert values(found)[1] == ["b"]


@pytest.mark.parametrize("step", ["a text", object()])
def test_an_exchange_that_yields_nonsense_is_internal(step):
    def nonsense():
        yield step
        return [Outcome("a")]

    [[outcome]] = run([of(nonsense())])
    assert outcome.error.code == "internal"


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


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (httpx.ConnectTimeout, "timeout"),
        (httpx.ReadTimeout, "timeout"),
        (httpx.PoolTimeout, "timeout"),
        (httpx.ConnectError, "unavailable"),
        (httpx.ReadError, "unavailable"),
        (httpx.RemoteProtocolError, "unavailable"),
        (httpx.DecodingError, "unavailable"),
    ],
)
def test_a_request_that_fails_is_its_rows_error(raised, code):
    def handler(request):
        raise raised("why", request=request)

    [[outcome]] = run([batch(["a"])], httpx.MockTransport(handler), timeout=7.5)
    assert outcome.error.code == code
    assert outcome.error.attempts == 1
    assert ("7.5 seconds" if code == "timeout" else raised.__name__) in outcome.error.message


def test_a_transport_with_a_bug_costs_its_rows_only():
    def handler(request):
        if request.content == b"bad":
            raise ZeroDivisionError("text")
        return httpx.Response(200, content=request.content)

    found = run([batch(["bad", "good"])], httpx.MockTransport(handler))
    assert found[0][0].error.code == "internal"
    assert found[0][1].value == "good"


class Stop(BaseException):
    """What is no Exception: not a bug in a row, an order to end."""


def test_an_exchange_that_raises_no_exception_proper_does_not_hang():
    def stopping():
        yield httpx.Request("GET", URL)
        raise Stop

    with pytest.raises(RuntimeError) as caught:
        in_thread(lambda: run([batch(["a"]), of(stopping()), batch(["b"])]))()
    assert isinstance(caught.value.__cause__, Stop)


def test_a_transport_that_is_cancelled_does_not_hang():
    """Its rows are an error, or the caller sees it; waiting for ever is neither."""

    def handler(request):
        raise asyncio.CancelledError

    def ended():
        with contextlib.suppress(asyncio.CancelledError):
            run([batch(["a"])], httpx.MockTransport(handler))
        return True

    assert in_thread(ended)()


def test_every_attempt_has_the_timeout():
    seen = []

    def handler(request):
        seen.append(request.extensions["timeout"])
        return httpx.Response(503)

    run(
        [batch(["a"])],
        httpx.MockTransport(handler),
        policy=Policy(retries=1, waits=(0,)),
        timeout=3,
    )
    assert seen == [{"connect": 3, "read": 3, "write": 3, "pool": 3}] * 2


def test_the_error_says_how_often_it_was_tried():
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    [[outcome]] = run([batch(["a"])], transport, policy=Policy(retries=2, waits=(0.0,)))
    assert (outcome.error.code, outcome.error.attempts) == ("unavailable", 3)


# What the caller sees


def test_a_source_that_raises_reaches_the_caller():
    def source():
        yield batch(["a"])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        in_thread(lambda: run(source()))()


def test_cutting_works_that_raises_reaches_the_caller():
    """It is no row's fault: it is the caller's to see, and nothing hangs."""

    def works():
        yield Work([0], echo("a"))
        raise LookupError("a bug in cutting")

    with pytest.raises(LookupError, match="a bug in cutting"):
        in_thread(lambda: run([batch(["x"]), ([SKIPPED] * 2, works()), batch(["y"])]))()


def test_a_consumer_that_stops_early_stops_the_requests():
    gate = Gate()

    async def wait(request):
        if request.content != b"0":
            await gate(request)

    served = Served(wait)
    outcomes = Run(Load(concurrency=4, policy=ONCE), served).outcomes(batch([n]) for n in range(99))
    assert next(outcomes)[0].value == "0"
    outcomes.close()
    eventually(lambda: served.now == 0)
    asked = served.asked
    gate.is_open = True
    time.sleep(0.01)
    assert served.asked == asked < 99


def test_a_consumer_that_raises_stops_the_requests():
    gate = Gate()
    served = Served(gate)

    def progress(counts):
        raise KeyboardInterrupt

    made = Run(Load(concurrency=2, policy=ONCE), served)
    with pytest.raises(KeyboardInterrupt):
        list(made.outcomes([batch([n]) for n in range(9)], progress))
    eventually(lambda: served.now == 0)


def test_a_run_leaves_no_task_behind():
    loop = process_loop().loop
    before = asyncio.all_tasks(loop)
    run([batch(["a"])])
    eventually(lambda: asyncio.all_tasks(loop) <= before)


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


def test_progress_is_told_the_counts():
    told = []
    made = Run(Load(policy=ONCE), Served())
    list(made.outcomes([batch(["a", "b"])], lambda counts: told.append(counts.rows)))
    assert told == sorted(told)
    assert made.counts.rows == 2


def test_a_credential_is_refused_once_for_all_in_flight_after_it():
    """With one worker the second row is told without asking."""
    asked = []

    def handler(request):
        asked.append(request)
        return httpx.Response(401, json={"error": {"code": "401", "message": "Access denied"}})

    found = run([batch([*range(20)])], httpx.MockTransport(handler), concurrency=1)
    assert {outcome.error.code for outcome in found[0]} == {"unauthorized"}
    assert len(asked) == 1


def test_a_random_mix_of_failures_leaves_every_row_one_outcome():
    chance = random.Random(7)

    def one(label):
        kind = chance.randrange(4)
        if kind == 0:
            raise RuntimeError
        if kind == 1:
            return []
        answer = yield from echo(label)
        if kind == 2:
            yield 0.0
        return answer

    labels = [[f"{n}-{i}" for i in range(chance.randrange(5))] for n in range(40)]
    batches = [
        ([SKIPPED] * len(rows), iter([Work([i], one(label)) for i, label in enumerate(rows)]))
        for rows in labels
    ]
    for rows, outcomes in zip(labels, run(batches), strict=True):
        assert len(outcomes) == len(rows)
        for label, (value, error) in zip(rows, outcomes, strict=True):
            assert (value == label) != (error is not None and error.code == "internal")


def test_the_loop_is_one_to_a_process():
    assert process_loop() is process_loop()
    assert process_loop().loop.is_running()

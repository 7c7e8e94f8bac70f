"""What goes wrong in a row costs that row, and what ends a run ends it without hanging."""

import asyncio
import contextlib
import random
import time

import httpx
import pytest
from fakes import ONCE, URL, Gate, Served, batch, echo, eventually, in_thread, of, run, values

from cogml.engine import Load, Run, Work
from cogml.exchange import SKIPPED, Outcome
from cogml.loop import process_loop
from cogml.policy import Policy

# Exchanges


def test_an_exchange_that_raises_costs_its_rows_only():
    def broken():
        yield httpx.Request("GET", URL)
        raise KeyError("the text of the row")

    found = run([batch(["a"]), of(broken(), 2), batch(["b"])])
    assert values(found) == [["a"], [None, None], ["b"]]
    for outcome in found[1]:
        assert outcome.error.code == "internal"
        assert "KeyError at test_engine_failures.py:" in outcome.error.message
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
        for label, outcome in zip(rows, outcomes, strict=True):
            failed = outcome.error is not None and outcome.error.code == "internal"
            assert (outcome.value == label) != failed


# Requests


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


def test_work_that_times_out_by_itself_is_no_deadline():
    def work():
        raise TimeoutError("of a file system")

    def exchange():
        yield work
        return [Outcome("never")]

    [[outcome]] = run([of(exchange())], deadline=60.0)
    assert (outcome.error.code, outcome.error.message[:12]) == ("internal", "TimeoutError")


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


def test_a_credential_is_refused_once_for_all_in_flight_after_it():
    """With one worker the second row is told without asking."""
    asked = []

    def handler(request):
        asked.append(request)
        return httpx.Response(401, json={"error": {"code": "401", "message": "Access denied"}})

    found = run([batch([*range(20)])], httpx.MockTransport(handler), concurrency=1)
    assert {outcome.error.code for outcome in found[0]} == {"unauthorized"}
    assert len(asked) == 1


# What ends a run


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

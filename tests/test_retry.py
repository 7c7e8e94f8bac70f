"""What passes is sent again, within attempts and seconds, after a wait; what is final is not."""

import email.utils

import httpx
import pytest
from fakes import NOW, Answers, Time, request, send, statuses, throttled

from cogml.policy import Clock, Policy, is_passing, is_retried
from cogml.transport import Retry


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_retry_sends_again_after_a_passing_status(status):
    time, below, one = Time(), Answers(status, 200), request()
    [answer] = send(Retry(below, Policy(), time.clock), one)
    assert answer.status_code == 200
    assert one.extensions["attempts"] == len(below.asked) == 2
    assert len(time.sleeps) == 1


@pytest.mark.parametrize(
    "status", [200, 202, 204, 301, 302, 400, 401, 403, 404, 409, 410, 413, 415, 422, 501, 505]
)
def test_retry_does_not_repeat_a_final_status(status):
    time, below, one = Time(), Answers(status), request()
    [answer] = send(Retry(below, Policy(), time.clock), one)
    assert answer.status_code == status
    assert one.extensions["attempts"] == len(below.asked) == 1
    assert time.sleeps == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.RemoteProtocolError,
        httpx.ProxyError,
    ],
)
def test_retry_sends_again_after_a_transport_error(error):
    time, below, one = Time(), Answers(error, error, 200), request()
    [answer] = send(Retry(below, Policy(), time.clock), one)
    assert answer.status_code == 200
    assert one.extensions["attempts"] == 3


def test_what_broke_on_its_way_is_sent_over_a_new_connection_and_nothing_else():
    time, one, anew = Time(), request(), []
    below = Answers(503, httpx.ReadError, 429, httpx.ReadError, 200)

    class Noting:
        async def handle_async_request(self, request):
            anew.append(bool(request.extensions.get("anew")))
            return await below.handle_async_request(request)

    [answer] = send(Retry(Noting(), Policy(), time.clock), one)
    assert answer.status_code == 200
    assert anew == [False, False, True, False, True]


@pytest.mark.parametrize("error", [httpx.UnsupportedProtocol, httpx.LocalProtocolError])
def test_retry_does_not_repeat_what_cannot_be_sent(error):
    time, below, one = Time(), Answers(error), request()
    assert statuses(send(Retry(below, Policy(), time.clock), one)) == [error]
    assert len(below.asked) == 1
    assert one.extensions["attempts"] == 1


def test_is_passing_tells_transport_errors_from_bugs():
    assert is_passing(httpx.ReadError("gone"))
    assert not is_passing(ValueError("bug"))
    assert not is_passing(httpx.UnsupportedProtocol("gopher"))


def test_retry_raises_the_last_error_when_attempts_are_used_up():
    time, below, one = Time(), Answers(httpx.ConnectError, httpx.ReadError), request()
    found = send(Retry(below, Policy(retries=2), time.clock), one)
    assert statuses(found) == [httpx.ReadError]
    assert one.extensions["attempts"] == len(below.asked) == 3


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_retry_stops_by_attempts(retries):
    time, below, one = Time(), Answers(503), request()
    [answer] = send(Retry(below, Policy(retries=retries), time.clock), one)
    assert answer.status_code == 503
    assert one.extensions["attempts"] == len(below.asked) == retries + 1
    assert len(time.sleeps) == retries


@pytest.mark.parametrize("status", [429, 503])
def test_retry_stops_by_seconds(status):
    """429 too: a service that throttles for ever ends the request, not the user's patience."""
    time, below = Time(), Answers(status)
    [answer] = send(Retry(below, Policy(retries=10**6, seconds=10.0), time.clock), request())
    assert answer.status_code == status
    assert sum(time.sleeps) <= 10.0
    assert len(below.asked) > 2


def test_retry_counts_the_seconds_of_attempts_too():
    """Each attempt takes 4 of the 10 seconds; the first counts as the others do."""
    time = Time()
    below = Answers(httpx.ReadTimeout, time=time, takes=4.0)
    send(Retry(below, Policy(retries=100, seconds=10.0, waits=(0.0,)), time.clock), request())
    assert len(below.asked) <= 3
    assert time.at - 1_000.0 <= 14.0


def test_retry_does_not_begin_a_wait_that_it_cannot_end():
    time, below = Time(), Answers(throttled(retry_after="3600"))
    [answer] = send(Retry(below, Policy(seconds=120.0), time.clock), request())
    assert answer.status_code == 429
    assert (len(below.asked), time.sleeps) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after_ms": "250"}, 0.25),
        ({"x_ms_retry_after_ms": "1500"}, 1.5),
        ({"retry_after": email.utils.formatdate(NOW + 20, usegmt=True)}, 20.0),
    ],
)
def test_retry_obeys_retry_after_in_each_form(status, headers, seconds):
    time, below = Time(), Answers(throttled(status, **headers), 200)
    send(Retry(below, Policy(), time.clock), request())
    assert time.sleeps == pytest.approx([seconds + 0.5])


def test_those_who_are_told_the_same_time_come_back_at_different_ones():
    sleeps = []
    for chance in (0.0, 0.5, 1.0):
        time, below = Time(chance=chance), Answers(throttled(429, retry_after="1"), 200)
        send(Retry(below, Policy(first=0.5), time.clock), request())
        sleeps += time.sleeps
    assert sleeps == [1.0, 1.25, 1.5]


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "inf"])
def test_retry_waits_as_usual_where_retry_after_cannot_be_read(value):
    time, below = Time(chance=0.5), Answers(throttled(retry_after=value), 200)
    send(Retry(below, Policy(first=0.5), time.clock), request())
    assert time.sleeps == [0.25]


@pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
def test_waits_are_exponential_with_full_jitter(chance):
    time = Time(chance)
    policy = Policy(retries=8, seconds=1e9, first=0.5, longest=30.0)
    send(Retry(Answers(503), policy, time.clock), request())
    ceilings = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert time.sleeps == pytest.approx([chance * ceiling for ceiling in ceilings])


def test_waits_do_not_overflow():
    assert Policy().wait(10_000, 1.0) == Policy().longest


def test_given_waits_are_kept_and_the_last_repeats():
    time, policy = Time(chance=0.0), Policy(retries=4, seconds=1e9, waits=(0.1, 0.5))
    send(Retry(Answers(503), policy, time.clock), request())
    assert time.sleeps == pytest.approx([0.1, 0.5, 0.5, 0.5])


def test_retry_after_comes_on_top_of_given_waits():
    time, policy = Time(), Policy(retries=1, waits=(0.1,))
    send(Retry(Answers(throttled(retry_after="2"), 200), policy, time.clock), request())
    assert time.sleeps == [2.1]


@pytest.mark.parametrize("status", [403, 429])
def test_a_used_up_quota_is_not_retried(status):
    body = {"error": {"code": "429", "message": "Out of call volume quota for F0"}}
    below = Answers(httpx.Response(status, json=body, headers={"retry-after": "1"}))
    time = Time()
    [answer] = send(Retry(below, Policy(), time.clock), request())
    assert (answer.status_code, len(below.asked), time.sleeps) == (status, 1, [])
    assert not is_retried(answer)


def test_a_first_success_computes_no_wait():
    """The usual case does not pay for the policy: no wait is computed, none is slept."""

    def never(*_):
        raise AssertionError("asked")

    # The start of the first attempt is noted all the same: it counts among the seconds.
    clock = Clock(sleep=never, monotonic=lambda: 0.0, now=never, chance=never)
    one = request()
    [answer] = send(Retry(Answers(200), Policy(), clock), one)
    assert answer.status_code == 200
    assert one.extensions["attempts"] == 1


def test_a_bug_below_is_not_retried():
    class Broken:
        asked = 0

        async def handle_async_request(self, request):
            self.asked += 1
            raise ZeroDivisionError

    below = Broken()
    with pytest.raises(ZeroDivisionError):
        send(Retry(below, Policy(), Time().clock), request())
    assert below.asked == 1


def test_attempts_start_anew_with_each_request():
    one, two = request(), request()
    send(Retry(Answers(503, 200), Policy(), Time().clock), one, two)
    assert (one.extensions["attempts"], two.extensions["attempts"]) == (2, 1)

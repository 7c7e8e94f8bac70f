"""Layers over a carrier, with a clock that never sleeps and a chance that is known."""

import asyncio
import email.utils
import gzip

import httpx
import pytest

from cogml.transport import Breaker, Clock, Pace, Policy, Retry, is_passing, is_retried, stack

NOW = 1_700_000_000.0
URL = "https://host.example/analyze"


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


# Retry


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


# Pace


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


# Breaker


def test_breaker_does_not_repeat_a_refused_credential():
    below, one, two = Answers(401), request(), request()
    found = send(Breaker(below, Policy(), Time().clock), one, two)
    assert statuses(found) == [401, 401]
    assert len(below.asked) == 1
    assert two.extensions["attempts"] == 0


@pytest.mark.parametrize("header", ["ocp-apim-subscription-key", "api-key", "authorization"])
def test_breaker_tries_another_credential(header):
    below = Answers(401, 200)
    requests = [httpx.Request("POST", URL, headers={header: key}) for key in ("bad", "good", "bad")]
    assert statuses(send(Breaker(below, Policy(), Time().clock), *requests)) == [401, 200, 401]
    assert len(below.asked) == 2


def test_breaker_tries_a_refused_credential_at_another_host():
    below = Answers(401, 200)
    found = send(
        Breaker(below, Policy(), Time().clock), request(), request(url="https://other.example/")
    )
    assert statuses(found) == [401, 200]


def test_a_later_401_does_not_block_an_accepted_credential():
    below = Answers(200, 401, 200)
    found = send(Breaker(below, Policy(), Time().clock), request(), request(), request())
    assert statuses(found) == [200, 401, 200]


def test_breaker_gives_a_compressed_refusal_again():
    """Its content is decoded once, not once more for each request that gets it."""
    refusal = httpx.Response(
        401, content=gzip.compress(b"denied"), headers={"content-encoding": "gzip"}
    )
    found = send(Breaker(Answers(refusal), Policy(), Time().clock), request(), request(), request())
    assert [answer.text for answer in found] == ["denied"] * 3
    assert found[1].headers.get("content-encoding") is None


def down(policy=None, *answers):
    time = Time()
    below = Answers(*answers)
    return time, below, Breaker(below, policy or Policy(patience=60.0, cooldown=5.0), time.clock)


def test_a_host_that_cannot_be_reached_is_given_up_at_once():
    _, below, breaker = down(None, httpx.ConnectError)
    found = send(breaker, *[request() for _ in range(5)])
    assert statuses(found) == [httpx.ConnectError] * 5
    assert len(below.asked) == 1


@pytest.mark.parametrize("failing", [httpx.ReadError, httpx.ReadTimeout, 502, 503, 504])
def test_a_host_that_only_fails_is_given_up_after_patience_and_three_requests(failing):
    time, below, breaker = down(None, failing)
    send(breaker, request())
    time.at += 60.0
    send(breaker, request())
    assert len(below.asked) == 2
    found = send(breaker, *[request() for _ in range(5)])
    assert statuses(found) == [failing] * 5
    assert len(below.asked) == 3


@pytest.mark.parametrize("failing", [httpx.ReadError, httpx.ReadTimeout, 502, 503, 504])
def test_rows_that_a_host_fails_on_do_not_give_it_up(failing):
    """A poisonous row fails time after time; what others get proves that the host is there."""
    time, below, breaker = down(None, failing, 200, failing, failing, 200, failing, 200)
    for expected in (failing, 200, failing, failing, 200, failing, 200):
        time.at += 61.0
        assert statuses(send(breaker, request())) == [expected]
    assert len(below.asked) == 7


def test_what_was_not_sent_counts_no_attempt():
    _, _, breaker = down(None, httpx.ConnectError)
    one, two = request(), request()
    send(breaker, one, two)
    assert two.extensions["attempts"] == 0


def test_after_the_cooldown_one_request_looks_whether_the_host_is_back():
    time, below, breaker = down(None, httpx.ConnectError)
    send(breaker, request())
    time.at += 5.0
    send(breaker, request(), request(), request())
    assert len(below.asked) == 2


def test_a_host_that_is_back_gets_all_requests():
    time, below, breaker = down(None, httpx.ConnectError, 200)
    send(breaker, request())
    time.at += 5.0
    assert statuses(send(breaker, *[request() for _ in range(3)])) == [200] * 3
    assert len(below.asked) == 4


def test_while_one_looks_the_others_fail_at_once():
    """They do not pile up behind the one that waits for a timeout."""
    time = Time()

    async def run():
        back = asyncio.Event()

        class Below:
            asked = 0

            async def handle_async_request(self, request):
                self.asked += 1
                if self.asked == 1:
                    raise httpx.ConnectError("gone", request=request)
                await back.wait()
                return httpx.Response(200)

        below = Below()
        breaker = Breaker(below, Policy(cooldown=5.0), time.clock)
        with pytest.raises(httpx.ConnectError):
            await breaker.handle_async_request(request())
        time.at += 5.0
        looking = asyncio.create_task(breaker.handle_async_request(request()))
        await asyncio.sleep(0)
        with pytest.raises(httpx.ConnectError):
            await breaker.handle_async_request(request())
        assert below.asked == 2
        back.set()
        assert (await looking).status_code == 200
        assert (await breaker.handle_async_request(request())).status_code == 200

    asyncio.run(run())


def test_a_host_that_did_answer_is_given_patience():
    time, below, breaker = down(None, 200, httpx.ConnectError)
    send(breaker, *[request() for _ in range(4)])
    assert len(below.asked) == 4
    time.at += 60.0
    send(breaker, *[request() for _ in range(3)])
    assert len(below.asked) == 5


def test_one_host_that_is_down_costs_no_other():
    _, below, breaker = down(None, httpx.ConnectError, 200)
    found = send(breaker, request(), request(url="https://other.example/"))
    assert statuses(found) == [httpx.ConnectError, 200]
    assert len(below.asked) == 2


@pytest.mark.parametrize("status", [400, 404, 408, 429, 500])
def test_an_answer_of_the_service_is_a_sign_of_life(status):
    _, below, breaker = down(None, status)
    assert statuses(send(breaker, *[request() for _ in range(3)])) == [status] * 3
    assert len(below.asked) == 3


@pytest.mark.parametrize("error", [httpx.LocalProtocolError, httpx.UnsupportedProtocol])
def test_a_request_that_cannot_be_sent_says_nothing_about_the_host(error):
    """A bad row costs that row, not the next five seconds of the run."""
    _, below, breaker = down(None, error, 200)
    assert statuses(send(breaker, request(), request())) == [error, 200]
    assert len(below.asked) == 2


# The stack


def test_the_stack_retries_below_the_breaker():
    """A host is given up only when the first request has used up its retries."""
    time, below = Time(), Answers(httpx.ConnectError)
    transport = stack(below, Policy(retries=3), None, time.clock)
    one, two = request(), request()
    assert statuses(send(transport, one, two)) == [httpx.ConnectError] * 2
    assert (one.extensions["attempts"], two.extensions["attempts"]) == (4, 0)
    assert len(below.asked) == 4


def test_the_stack_paces_each_attempt():
    time, below = Time(chance=0.0), Answers(500, 500, 200)
    send(stack(below, Policy(), 2.0, time.clock), request())
    assert [seconds for seconds in time.sleeps if seconds] == pytest.approx([0.5, 0.5])


def test_httpxs_own_mock_transport_fits_below():
    transport = stack(httpx.MockTransport(lambda _: httpx.Response(200, text="ok")), Policy())
    [answer] = send(transport, request())
    assert answer.text == "ok"

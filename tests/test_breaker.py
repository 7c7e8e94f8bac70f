"""What is known to fail is not asked again, credential or host, until it may be better."""

import asyncio
import gzip

import httpx
import pytest
from fakes import URL, Answers, Time, request, send, statuses

from cogml.breaker import Breaker
from cogml.policy import Policy
from cogml.transport import stack

# Credentials


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


# Hosts


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


def test_httpxs_own_mock_transport_fits_below():
    transport = stack(httpx.MockTransport(lambda _: httpx.Response(200, text="ok")), Policy())
    [answer] = send(transport, request())
    assert answer.text == "ok"

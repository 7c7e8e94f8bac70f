"""A job is submitted once and polled at its own host, as often as allowed, until it ends."""

import pytest
from fakes import KEY, answer, returned, submit

from cogml.errors import ServiceError
from cogml.exchange import job_status, long_running

LOCATION = "https://host.example/jobs/7"


def accepted(location=LOCATION, **headers):
    return answer(202, operation_location=location, **headers)


def polling(pause=0.5, polls=3, reply=None):
    """A job that has been submitted and waits for its first poll."""
    exchange = long_running(submit(), pause=pause, polls=polls)
    next(exchange)
    wait = exchange.send(accepted() if reply is None else reply)
    return exchange, wait


def test_a_job_is_submitted_then_polled_until_it_succeeded():
    exchange, wait = polling()
    assert wait == 0.5
    poll = next(exchange)
    assert (poll.method, str(poll.url)) == ("GET", LOCATION)
    assert exchange.send(answer(200, {"status": "running"})) == 0.5
    assert str(next(exchange).url) == LOCATION
    done = answer(200, {"status": "succeeded", "result": 1})
    assert returned(exchange, done) is done


def test_a_poll_carries_the_credential_and_no_content():
    exchange, _ = polling()
    poll = next(exchange)
    assert poll.headers["ocp-apim-subscription-key"] == KEY
    assert poll.content == b""
    assert not {name for name in poll.headers if name.startswith("content-")}


@pytest.mark.parametrize("status", ["succeeded", "Succeeded", "SUCCEEDED", "partiallyCompleted"])
def test_a_job_that_ended_well_gives_its_answer(status):
    exchange, _ = polling()
    next(exchange)
    assert returned(exchange, answer(200, {"status": status})).status_code == 200


@pytest.mark.parametrize("status", ["failed", "Failed", "cancelled", "canceled"])
def test_a_job_that_ended_badly_is_job_failed(status):
    exchange, _ = polling()
    next(exchange)
    body = {"status": status, "error": {"code": "InvalidContent", "message": "corrupt"}}
    error = returned(exchange, answer(200, body))
    assert error.code == "job_failed"
    assert status.lower() in error.message
    assert "InvalidContent: corrupt" in error.message
    assert "corrupt" in error.response


@pytest.mark.parametrize("status", ["notStarted", "running", "cancelling"])
def test_a_job_that_goes_on_is_polled_again(status):
    exchange, _ = polling()
    next(exchange)
    assert exchange.send(answer(200, {"status": status})) == 0.5


@pytest.mark.parametrize(
    "body", [{"status": "exploded"}, {}, [], None, b"not JSON", b"\xff", {"status": None}]
)
def test_an_unknown_or_missing_status_is_bad_response(body):
    exchange, _ = polling()
    next(exchange)
    assert returned(exchange, answer(200, body)).code == "bad_response"


def test_a_job_whose_polls_are_used_up_timed_out():
    exchange, _ = polling(polls=2)
    next(exchange)
    exchange.send(answer(200, {"status": "running"}))
    next(exchange)
    error = returned(exchange, answer(200, {"status": "running"}))
    assert error.code == "timeout"
    assert "2 polls" in error.message


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/jobs/7",
        "http://host.example/jobs/7",
        "https://host.example:8443/jobs/7",
        "https://host.example.evil.example/jobs/7",
        "https://host.example@evil.example/jobs/7",
        "https://user@host.example/jobs/7",
        "//evil.example/jobs/7",
        "/jobs/7",
        "",
        "https://[broken/jobs/7",
        "https://xn--a/jobs/7",
        "https://host.example\\.evil.example/jobs/7",
        "https://evil.example\\@host.example/jobs/7",
        "https://host.example%2eevil.example/jobs/7",
    ],
)
def test_a_job_address_on_another_host_is_refused(location):
    """The credential travels only to the host it was meant for; what is no address is no poll."""
    exchange = long_running(submit(), pause=0.5, polls=3)
    next(exchange)
    error = returned(exchange, accepted(location))
    assert error.code == "bad_response"
    assert KEY not in repr(error)


def test_a_missing_job_address_is_bad_response():
    exchange = long_running(submit(), pause=0.5, polls=3)
    next(exchange)
    assert returned(exchange, answer(202)).code == "bad_response"


@pytest.mark.parametrize(
    "location", ["https://host.example:443/jobs/7", "https://HOST.example/jobs/7"]
)
def test_the_same_host_in_another_spelling_is_the_same_host(location):
    exchange = long_running(submit(), pause=0.5, polls=3)
    next(exchange)
    assert exchange.send(accepted(location)) == 0.5


def test_the_service_says_how_long_to_wait_between_polls():
    exchange, wait = polling(reply=accepted(retry_after="2"))
    assert wait == 2.0
    next(exchange)
    assert exchange.send(answer(200, {"status": "running"}, retry_after_ms="100")) == 0.1
    next(exchange)
    assert exchange.send(answer(200, {"status": "running"})) == 0.5


def test_a_wait_of_zero_is_obeyed():
    assert polling(reply=accepted(retry_after="0"))[1] == 0.0


def test_a_submission_that_fails_is_not_polled():
    exchange = long_running(submit(), pause=0.5, polls=3)
    next(exchange)
    assert returned(exchange, answer(400, {"code": "BadArgument"})).code == "rejected"


def test_a_submission_that_is_answered_at_once_is_not_polled():
    exchange = long_running(submit(), pause=0.5, polls=3)
    next(exchange)
    done = answer(200, {"status": "succeeded"})
    assert returned(exchange, done) is done


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(500, {}), "unavailable"),
        (answer(404, {}), "rejected"),
        (ServiceError("timeout", "late"), "timeout"),
    ],
)
def test_a_poll_that_fails_ends_the_job(reply, code):
    exchange, _ = polling()
    next(exchange)
    assert returned(exchange, reply).code == code


@pytest.mark.parametrize(
    ("body", "status"),
    [({"status": "Running"}, "running"), ({}, ""), ([], ""), (b"x", ""), (b"\xff", "")],
)
def test_job_status_is_lower_case_or_empty(body, status):
    assert job_status(answer(200, body)) == status

"""An answer is a success or an error in words, whatever the service wrote."""

import email.utils

import httpx
import pytest
from fakes import KEY, NOW, answer, returned, submit

from cogml.errors import CODES, ServiceError
from cogml.exchange import SKIPPED, bad_response, call, failure, is_quota, retry_after

# call


def test_call_yields_the_request_and_returns_the_answer():
    request, reply = submit(), answer(200, {})
    exchange = call(request)
    assert next(exchange) is request
    assert returned(exchange, reply) is reply


def test_call_returns_an_error_in_place_of_an_answer():
    error = ServiceError("timeout", "late")
    exchange = call(submit())
    next(exchange)
    assert returned(exchange, error) is error


def test_call_turns_a_refusal_into_an_error():
    exchange = call(submit())
    next(exchange)
    assert returned(exchange, answer(400, {})).code == "rejected"


def test_skipped_has_neither_value_nor_error():
    assert (SKIPPED.value, SKIPPED.error, SKIPPED.meta) == (None, None, None)


# failure


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_failure_of_a_success_is_none(status):
    assert failure(answer(status)) is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "rejected"),
        (302, "rejected"),
        (307, "rejected"),
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "rejected"),
        (408, "timeout"),
        (409, "rejected"),
        (410, "retired"),
        (413, "rejected"),
        (415, "rejected"),
        (422, "rejected"),
        (429, "throttled"),
        (451, "rejected"),
        (500, "unavailable"),
        (501, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
        (599, "unavailable"),
    ],
)
def test_failure_has_the_statuss_code(status, code):
    error = failure(answer(status, {"error": {"code": "C", "message": "why"}}))
    assert error.code == code
    assert error.code in CODES
    assert (error.status, error.attempts) == (status, 1)
    assert "C: why" in error.message


@pytest.mark.parametrize("status", [*range(300, 600)])
def test_failure_covers_every_status(status):
    """Nothing but a 2xx is a success, and no failure is without words."""
    error = failure(answer(status))
    assert error is not None
    assert error.message


def test_failure_says_that_a_redirect_is_not_followed():
    assert "not followed" in failure(answer(302, location="http://elsewhere/")).message


def test_failure_counts_the_attempts():
    reply = answer(500)
    reply.extensions["attempts"] = 4
    assert failure(reply).attempts == 4


@pytest.mark.parametrize(
    ("body", "message"),
    [
        # Text Analytics, Language: the inner error says what it was.
        (
            {
                "error": {
                    "code": "InvalidRequest",
                    "message": "Invalid document in request.",
                    "innererror": {
                        "code": "InvalidDocumentBatch",
                        "message": "Max 10 records are permitted.",
                    },
                }
            },
            "InvalidDocumentBatch: Max 10 records are permitted.",
        ),
        # the preview's spelling, and more than one level
        (
            {
                "error": {
                    "code": "A",
                    "message": "a",
                    "innerError": {
                        "code": "B",
                        "message": "b",
                        "innererror": {"code": "C", "message": "c"},
                    },
                }
            },
            "C: c",
        ),
        # an inner error that says only a part keeps the outer one's rest
        ({"error": {"code": "A", "message": "a", "innererror": {"code": "B"}}}, "B: a"),
        ({"error": {"code": "A", "message": "a", "innererror": {"message": "b"}}}, "A: b"),
        (
            {"error": {"code": "A", "message": "a", "innererror": {"code": "B", "message": None}}},
            "B: a",
        ),
        ({"error": {"code": "A", "message": "a", "innererror": None}}, "A: a"),
        ({"error": {"code": "A", "message": "a", "innererror": "text"}}, "A: a"),
        # the gateway in front of every service
        ({"error": {"code": "401", "message": "Access denied"}}, "401: Access denied"),
        ({"statusCode": 429, "message": "Rate limit is exceeded."}, "429: Rate limit is exceeded."),
        # flat: Anomaly Detector, Read
        (
            {"code": "InvalidSeries", "message": "The series is too short."},
            "InvalidSeries: The series is too short.",
        ),
        # Translator: a number
        ({"error": {"code": 400036, "message": "to is missing"}}, "400036: to is missing"),
        ({"error": {"code": "OnlyCode"}}, "OnlyCode"),
        ({"error": {"message": "only words"}}, "only words"),
    ],
)
def test_failure_reads_each_of_azures_envelopes(body, message):
    assert failure(answer(400, body)).message == message


def test_failure_reads_bings_envelope():
    body = {
        "_type": "ErrorResponse",
        "errors": [
            {
                "code": "InvalidRequest",
                "subCode": "ParameterMissing",
                "message": "Required parameter is missing.",
            }
        ],
    }
    message = failure(answer(400, body)).message
    assert "Required parameter is missing." in message
    assert "InvalidRequest" in message or "ParameterMissing" in message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad</html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"5",
        b'"text"',
        b"{}",
        b'{"error": {}}',
        b'{"error": null}',
        b'{"error": []}',
        b'{"error": "invalid_client", "error_description": "AADSTS7000215"}',
        b'{"errors": []}',
        b'{"errors": [null]}',
        b'{"unrelated": 1}',
        b'{"error": {"code": null, "message": null}}',
        b'{"error": {"code": "A", "message": "m", "innererror": [1]}}',
    ],
)
def test_failure_always_says_something(body):
    """An answer of no known form still gives a message, of the status if of nothing else."""
    message = failure(answer(400, body)).message
    assert message.strip(": ")
    assert "None" not in message


def test_failure_keeps_the_answer_cut():
    error = failure(answer(400, b"x" * 5_000))
    assert error.response == "x" * 2_000
    assert failure(answer(400, b"short")).response == "short"


def test_failure_holds_nothing_of_the_request():
    reply = answer(401, {"error": {"code": "401", "message": "Access denied"}})
    reply.request = submit()
    assert KEY not in repr(failure(reply))


def test_bad_response_keeps_the_answer():
    error = bad_response(answer(200, b"<html>"), "not JSON")
    assert (error.code, error.message, error.response) == ("bad_response", "not JSON", "<html>")
    assert error.status == 200


# quota


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    "text",
    [
        "Out of call volume quota for TextAnalytics F0 pricing tier. Please retry after 1 day.",
        "Quota Exceeded. Call volume quota exceeded for the month.",
    ],
)
def test_a_used_up_quota_is_throttled(status, text):
    reply = answer(status, {"error": {"code": str(status), "message": text}})
    assert is_quota(reply)
    assert failure(reply).code == "throttled"


def test_a_quotas_inner_code_is_enough():
    inner = {"code": "CapacityLimitExceeded", "message": "no more"}
    assert is_quota(answer(429, {"error": {"code": "429", "message": "", "innererror": inner}}))


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (429, "You have exceeded the call rate limit. Please retry after 1 second."),
        (403, "Access to this resource is forbidden."),
        (400, "Out of call volume quota"),
    ],
)
def test_other_refusals_are_no_quota(status, text):
    assert not is_quota(answer(status, {"error": {"message": text}}))


# retry_after


def date(at):
    return email.utils.formatdate(at, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": " 2 "}, 2.0),
        ({"Retry-After": "4"}, 4.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "500"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after-ms": "-1", "retry-after": "9"}, 9.0),
        ({"retry-after": date(NOW + 20)}, 20.0),
    ],
)
def test_retry_after_is_read_in_every_form(headers, seconds):
    assert retry_after(httpx.Headers(headers), NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-1", "nan", "inf", "-inf", "1e999", "Wed, 99 Foo 2026", "1,5", "0x10"],
)
def test_retry_after_that_cannot_be_read_counts_as_not_there(value):
    assert retry_after(httpx.Headers({"retry-after": value}), NOW) is None


def test_retry_after_in_the_past_counts_as_not_there():
    assert retry_after(httpx.Headers({"retry-after": date(NOW - 20)}), NOW) is None


def test_retry_after_is_none_without_a_header_or_a_clock():
    assert retry_after(httpx.Headers(), NOW) is None
    assert retry_after(httpx.Headers({"retry-after": date(NOW + 20)})) is None

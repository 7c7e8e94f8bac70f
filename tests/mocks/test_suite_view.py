"""What a test asserts of its requests holds, or the failure says what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from suite_bench import V31, batch

from cogml_mocks import journal
from cogml_mocks.view import View

SENTIMENT = f"{V31}/sentiment"


@pytest.fixture
def view(bench) -> View:
    return View(bench.suite, bench.name)


def message_of(call: Callable[[], Any]) -> str:
    with pytest.raises(AssertionError) as failed:
        call()
    return str(failed.value)


def test_requests_are_counted_by_path_method_and_status(view, bench):
    view.fault("throttle", times=2, retry_after=0)
    for _ in range(3):
        bench.sentiment("one", "two")
    bench.client.get(f"{bench.url}/nowhere")
    assert len(view.assert_requests()) == 4
    assert [e["status"] for e in view.assert_requests(3, path="*/sentiment")] == [429, 429, 200]
    view.assert_requests(1, path="*/sentiment", method="post", status=200, documents=2)
    view.assert_requests(1, method="GET", documents=0)
    view.assert_no_requests(path="*/keyPhrases")
    view.assert_no_requests(path="*/sentiment", method="GET")
    assert view.stats["requests"] == len(view.requests) == 4
    view.assert_all_answered()


def test_a_failure_says_what_was_seen_and_nothing_of_what_was_sent(view, bench):
    view.fault("throttle", times=2, retry_after=0)
    for _ in range(3):
        bench.sentiment("a private sentence", query="?subscription-key=s3cr3t")
    said = message_of(lambda: view.assert_requests(3, path="*/sentiment", status=200))
    assert said == (
        "expected 3 requests (any method */sentiment with status 200), found 1; seen:\n"
        f"  2 x POST {SENTIMENT} → 429 (throttle)\n"
        f"  1 x POST {SENTIMENT} → 200"
    )
    assert message_of(lambda: view.assert_requests(method="PUT")).startswith(
        "expected at least 1 request (PUT *), found 0; seen:\n"
    )
    assert message_of(lambda: view.assert_requests(status=200, documents=5)).startswith(
        "expected 5 documents in 1 (any method * with status 200), found 1; seen:\n"
    )
    said = message_of(view.assert_no_requests)
    assert said.startswith("expected 0 requests (any method *), found 3; seen:\n")
    assert "private" not in said
    assert "s3cr3t" not in said
    assert "a-key" not in said


def test_a_failure_where_nothing_was_seen_and_where_much_was(view, bench):
    said = message_of(lambda: view.assert_requests(2))
    assert said == "expected 2 requests (any method *), found 0; seen:\n  no request"
    for number in range(14):
        bench.client.get(f"{bench.url}/{number}%0A")
    lines = message_of(view.assert_no_requests).splitlines()
    assert lines[1] == r"  1 x GET '/0\n' → 404"
    assert lines[-1] == "  and 2 other kinds of requests"
    assert len(lines) == 14


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_an_answer_that_broke_off_is_no_whole_one(view, bench, kind):
    assert message_of(view.assert_all_answered).endswith("0 of 0 got none; seen:\n  no request")
    bench.sentiment("fine")
    view.assert_all_answered()
    view.fault(kind, times=1)
    with pytest.raises(httpx.TransportError):
        bench.sentiment("fine")
    said = message_of(lambda: view.assert_all_answered(path="*/sentiment"))
    assert said.startswith("expected a whole answer to each request (*/sentiment), 1 of 2 got none")
    assert f"({kind})" in said


def test_how_many_were_in_flight(view, bench):
    bench.sentiment("fine")
    view.assert_in_flight_at_most(1)
    said = message_of(lambda: view.assert_in_flight_at_most(0))
    assert said == f"expected at most 0 in flight, found 1; seen:\n  1 x POST {SENTIMENT} → 200"


def test_nothing_is_asked_twice(view, client):
    def send(text: str) -> int:
        url = f"{view.url}/text/analytics/v3.1/sentiment"
        return client.post(url, json={"documents": [{"id": "0", "text": text}]}).status_code

    view.fault("throttle", times=1, retry_after=0)
    assert [send("one"), send("one"), send("two")] == [429, 200, 200]
    assert [entry["alike"] for entry in view.requests] == [0, 0, 1]
    view.assert_nothing_asked_twice()
    send("two")
    view.assert_nothing_asked_twice(path="*/languages")
    said = message_of(view.assert_nothing_asked_twice)
    assert "expected no request (*) after its answer, found 1" in said


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_what_had_no_whole_answer_may_be_asked_again(view, bench, kind):
    view.fault(kind, times=1)
    with pytest.raises(httpx.TransportError):
        bench.sentiment("fine")
    assert bench.sentiment("fine").status_code == 200
    view.assert_nothing_asked_twice()


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_job_is_not_to_be_begun_twice_and_may_be_asked_after(view, bench, status):
    view.fault(status=status)
    for _ in range(2):
        bench.client.get(f"{bench.url}/jobs/1")
    if status != 200:
        view.assert_nothing_asked_twice()
    for _ in range(2):
        bench.post("/jobs", {})
    said = message_of(lambda: view.assert_nothing_asked_twice(path="*/jobs"))
    assert said.startswith("expected no request (*/jobs) after its answer, found 1; seen:\n")


@pytest.mark.parametrize(
    ("kind", "path"), [("missing_document", "/nowhere"), ("reordered_documents", SENTIMENT)]
)
def test_a_fault_that_found_nothing_to_spoil_has_not_fired(view, bench, kind, path):
    """An error, and one document alone, which is in order however it is turned."""
    view.fault(kind, times=1)
    bench.post(path, batch("fine"))
    assert [entry["fault"] for entry in view.requests] == [None]
    assert f"{kind} fired 0 of 1 time" in message_of(view.assert_faults_fired)
    bench.sentiment("one", "two")
    view.assert_faults_fired()


def test_a_fault_that_met_nothing_tested_nothing(view, bench):
    assert "there is none" in message_of(view.assert_faults_fired)
    view.fault("throttle", times=2, retry_after=0)
    view.fault(status=503, path="*/keyPhrases")
    bench.sentiment("fine")
    assert message_of(view.assert_faults_fired).startswith(
        "expected each fault to fire: throttle fired 1 of 2 times, "
        "status at */keyPhrases fired 0 of 1 time; seen:\n"
    )
    bench.sentiment("fine")
    bench.post(f"{V31}/keyPhrases", batch("fine"))
    view.assert_faults_fired()


def test_a_wrong_fault_says_what_there_is(view):
    for call, reason in (
        (lambda: view.fault("throttel"), "kinds are .*throttle"),
        (lambda: view.fault("throttle", retry=1), "retry_after"),
        (lambda: view.fault(), "kinds are"),
        (lambda: view.fault(status=999), "from 200 to 599"),
        (lambda: view.faults({"kind": "status"}), "needs 'status'"),
    ):
        with pytest.raises(ValueError, match=reason):
            call()
    assert view.faults() == []


def test_a_log_that_has_let_go_of_requests_is_not_counted(view, bench, monkeypatch):
    monkeypatch.setattr(journal, "LOG_LIMIT", 2)
    view.reset()
    for _ in range(3):
        bench.client.get(f"{bench.url}/nowhere")
    said = message_of(lambda: view.assert_requests(2))
    assert said.startswith("the log has kept 2 of 3 requests")
    monkeypatch.undo()
    view.reset()


def test_faults_are_taken_away_and_what_was_seen_stays(view, bench):
    view.fault(status=503)
    bench.sentiment("fine")
    view.clear_faults()
    bench.sentiment("fine")
    assert [entry["status"] for entry in view.requests] == [503, 200]


def test_a_view_of_a_suite_without_a_ledger_says_how_to_have_one(view):
    with pytest.raises(LookupError, match="ledger=True"):
        view.ledger  # noqa: B018

"""The ledger says how often documents were answered, and after which answers they were again."""

import socket
from collections.abc import Iterator

import httpx
import pytest
from suite_bench import KEY, V31, Bench, batch

import cogml_mocks
from cogml_mocks import ledger


@pytest.fixture(scope="module")
def counted() -> Iterator[Bench]:
    with cogml_mocks.serve(ledger=True) as suite, httpx.Client(headers=KEY) as client:
        yield Bench(suite, "ledger", client)


@pytest.fixture
def bench(counted: Bench) -> Bench:
    counted.suite.reset(base=counted.name)
    return counted


def books(bench: Bench) -> tuple[int, dict[str, int]]:
    """How many documents were answered, and how many of them again after what."""
    found = bench.suite.ledger(base=bench.name)
    assert found["uncounted"] == 0
    assert found["answers"] == found["documents"] + sum(found["again_after"].values())
    return found["documents"], {how: n for how, n in found["again_after"].items() if n}


def test_documents_are_told_apart_by_what_they_ask_wherever_they_stand(bench):
    bench.sentiment("one", "two", "three")
    bench.sentiment("three", "four")
    assert books(bench) == (4, {"whole": 1})
    bench.sentiment("one", query="?showStats=true")
    bench.post(f"{V31}/languages", batch("one"))
    assert books(bench) == (6, {"whole": 1})


def test_what_is_around_the_documents_is_a_part_of_the_question(bench):
    bench.analyze("SentimentAnalysis", "one", "two")
    bench.analyze("SentimentAnalysis", "two", modelVersion="latest")
    assert books(bench) == (3, {})


def test_a_body_without_documents_is_one(bench):
    points = [{"timestamp": f"2024-01-{day:02}T00:00:00Z", "value": day} for day in range(1, 16)]
    for _ in range(2):
        bench.post(
            "/anomalydetector/v1.0/timeseries/entire/detect",
            {"series": points, "granularity": "daily"},
        )
    assert books(bench) == (1, {"whole": 1})


def test_a_list_is_its_documents(bench):
    path = "/translator/text/v3.0/translate?api-version=3.0&to=de"
    bench.post(path, [{"Text": "house"}, {"Text": "garden"}])
    bench.post(path, [{"Text": "garden"}])
    assert books(bench) == (2, {"whole": 1})


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        ("slow_body", {"whole": 2}),
        ("malformed_json", {"spoilt": 2}),
        ("truncated_body", {"spoilt": 2}),
        ("drop_mid_answer", {"spoilt": 2}),
        ("reordered_documents", {"spoilt": 2}),
        # What no engine has answered is not paid.
        ("throttle", {}),
        ("quota", {}),
        ("drop_before_answer", {}),
    ],
)
def test_an_answer_that_a_fault_spoilt_is_told_from_a_whole_one(bench, kind, again):
    bench.fault(kind=kind, times=1)
    try:
        bench.sentiment("fine", "good")
    except httpx.TransportError:
        assert kind in ("truncated_body", "drop_mid_answer", "drop_before_answer")
    bench.sentiment("good", "fine")
    assert books(bench) == (2, again)
    bench.sentiment("fine")
    assert books(bench)[1]["whole"] == again.get("whole", 0) + 1


def test_a_client_that_has_gone_got_no_answer(bench):
    bench.fault(kind="latency", delay_ms=60_000)
    body = httpx.Request("POST", f"{bench.url}{V31}/sentiment", json=batch("fine"), headers=KEY)
    head = "".join(f"{name}: {value}\r\n" for name, value in body.headers.items())
    with socket.create_connection((body.url.host, body.url.port)) as sock:
        sock.sendall(f"POST {body.url.path} HTTP/1.1\r\n{head}\r\n".encode() + body.content)
        while not bench.suite.stats(base=bench.name)["in_flight"]:
            pass
    while bench.suite.stats(base=bench.name)["in_flight"]:
        pass
    assert books(bench) == (1, {})
    bench.suite.clear_faults(base=bench.name)
    bench.sentiment("fine")
    assert books(bench) == (1, {"unsent": 1})


def test_what_was_refused_is_not_counted(bench):
    bench.sentiment(*["x"] * 11)
    bench.post("/nowhere", batch("fine"))
    assert books(bench) == (0, {})


def test_a_job_is_counted_once_however_often_it_is_asked_after(bench):
    jobs = "/language/analyze-text/jobs?api-version=2023-04-01"
    given = {"analysisInput": batch("fine"), "tasks": [{"kind": "SentimentAnalysis"}]}
    begun = bench.post(jobs, given)
    assert begun.status_code == 202
    for _ in range(3):
        assert bench.client.get(begun.headers["operation-location"]).status_code == 200
    assert books(bench) == (1, {})


def test_the_ledger_is_bounded_and_says_so(monkeypatch):
    monkeypatch.setattr(ledger, "MOST_DOCUMENTS", 2)
    kept = ledger.Ledger()
    for text in ("a", "b", "c", "a"):
        kept.note("POST", "/x", "", text.encode(), "whole")
    found = kept.to_json()
    assert (found["documents"], found["answers"], found["uncounted"]) == (2, 3, 1)


def test_reset_begins_a_new_ledger(bench):
    bench.sentiment("fine")
    bench.suite.reset(base=bench.name)
    assert books(bench) == (0, {})


def test_a_suite_without_a_ledger_says_how_to_have_one(suite):
    with pytest.raises(LookupError, match="ledger=True"):
        suite.ledger()
    response = httpx.get(f"{suite.url}/_mock/ledger")
    assert (response.status_code, "ledger=True" in response.text) == (404, True)


def test_faults_that_are_taken_away_leave_the_log(bench):
    bench.fault(status=503)
    assert bench.sentiment("fine").status_code == 503
    assert httpx.delete(f"{bench.url}/_mock/faults").json() == {"faults": []}
    assert bench.sentiment("fine").status_code == 200
    bench.fault(status=500)
    bench.suite.clear_faults(base=bench.name)
    assert bench.sentiment("fine").status_code == 200
    assert [e["status"] for e in bench.suite.requests(bench.name)] == [503, 200, 200]

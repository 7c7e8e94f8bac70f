"""A run in the log: fields for machines, lines for what cannot wait, nothing of what was sent."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import httpx
import pyarrow as pa
import pytest
from fakes import KEY, Answers, Time, request, send
from harness import Endpoint, Frames
from wire import Service31, ready

from cogml.cognitive import TextSentiment
from cogml.counts import Counts
from cogml.report import RunReport
from cogml.transport import Breaker, Policy
from cogml.watch import Watch

PRIVATE = "the patient is called Anna"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "cogml")
    return caplog


def lines(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelno == level and r.name == "cogml"]


def stage(**settings: Any) -> TextSentiment:
    fixed = {"textCol": "text", "outputCol": "out", "errorCol": "err", "backoffs": [1]}
    return TextSentiment(**{**fixed, "subscriptionKey": KEY, **settings})


def test_a_run_says_that_it_begins_and_what_came_of_it(
    endpoint: Endpoint, eager: Frames, log: pytest.LogCaptureFixture
) -> None:
    made = stage()
    made.transform(eager.make({"text": ["nice", "nice", None]}))
    first, last = [r for r in log.records if r.levelno == logging.INFO]
    assert (first.getMessage(), first.rows) == ("TextSentiment: the run begins", 2)
    assert last.getMessage() == f"TextSentiment: {made.run_report}"
    assert {first.stage, last.stage} == {"TextSentiment"}
    assert {first.uid, last.uid} == {made.uid}
    assert (last.rows, last.answered, last.skipped, last.errors) == (3, 2, 1, {})
    assert (last.requests, last.retries, last.billed) == (1, 0, {"text records": 1})


def test_each_attempt_says_what_came_of_it(
    endpoint: Endpoint, log: pytest.LogCaptureFixture
) -> None:
    endpoint.fault({"status": 503, "times": 1})
    stage().transform(pa.table({"text": ["nice"]}))
    found = [r for r in log.records if r.levelno == logging.DEBUG and r.name == "cogml"]
    assert [r.status for r in found] == [503, 200]
    assert {(r.method, r.host) for r in found} == {("POST", "127.0.0.1")}
    assert all(r.seconds > 0 and len(r.requestId) == 36 for r in found)


FAULTS = [
    {"status": 400}, {"status": 401}, {"status": 503}, {"kind": "quota"},
    {"kind": "drop_before_answer"}, {"kind": "malformed_json"}, {"kind": "foreign_id"},
]  # fmt: skip


@pytest.mark.parametrize("fault", [*FAULTS, None], ids=str)
def test_no_record_has_anything_of_a_row_a_key_or_a_path(
    endpoint: Endpoint, log: pytest.LogCaptureFixture, fault: dict[str, Any] | None
) -> None:
    if fault is not None:
        endpoint.fault(fault)
    stage(language=PRIVATE if fault is None else None).transform(pa.table({"text": [PRIVATE]}))
    found = [r for r in log.records if r.name == "cogml"]
    assert len(found) >= 3
    for record in found:
        told = f"{record.getMessage()} {vars(record)}"
        assert "patient" not in told
        assert KEY not in told
        assert "/sentiment" not in told


def test_where_every_row_failed_a_line_says_why(
    endpoint: Endpoint, eager: Frames, log: pytest.LogCaptureFixture
) -> None:
    stage(subscriptionKey=None).transform(eager.make({"text": ["a", "b", None]}))
    (line,) = lines(log, logging.WARNING)
    assert line.startswith(
        "TextSentiment: every row failed, 2 of them; the first: unauthorized: no key was sent; "
        "call setSubscriptionKey"
    )


def test_what_a_service_says_of_a_row_stays_out_of_it(
    endpoint: Endpoint, log: pytest.LogCaptureFixture
) -> None:
    """It may quote the row."""
    stage(language="xx-unknown").transform(pa.table({"text": ["a"]}))
    (line,) = lines(log, logging.WARNING)
    assert line == (
        "TextSentiment: every row failed, 1 of them; the first: row_rejected (HTTP 200)"
    )


@pytest.mark.parametrize("texts", [["a", ""], [None], []])
def test_no_line_where_a_row_was_answered_or_none_was_asked(
    endpoint: Endpoint, log: pytest.LogCaptureFixture, texts: list[str | None]
) -> None:
    stage().transform(pa.table({"text": pa.array(texts, pa.string())}))
    assert lines(log, logging.WARNING) == []


def test_a_stream_is_a_run_too(endpoint: Endpoint, log: pytest.LogCaptureFixture) -> None:
    made = stage()
    reader = made.transform(pa.table({"text": ["a", "b", "a"]}).to_reader())
    assert made.run_report is None
    reader.read_all()
    assert made.run_report is not None
    assert (made.run_report.rows, made.run_report.sent, made.run_report.repeated) == (3, 2, 1)
    assert lines(log, logging.INFO) == [
        "TextSentiment: the run begins",
        f"TextSentiment: {made.run_report}",
    ]


def test_a_run_that_is_broken_off_says_so(log: pytest.LogCaptureFixture) -> None:
    made = ready(transport=Service31())

    def progress(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.fill(pa.table({"text": ["a"]}), progress)
    assert lines(log, logging.INFO)[-1] == (
        "TextSentiment: the run is broken off (KeyboardInterrupt)"
    )
    assert not made.report.ended


def test_long_throttling_is_said_once(log: pytest.LogCaptureFixture) -> None:
    time = Time()
    counts = Counts(monotonic=lambda: time.at)
    with Watch("Stage", "uid", RunReport()) as watch, counts.throttled():
        for _ in range(5):
            time.at += 4
            watch(counts)
    (line,) = lines(log, logging.WARNING)
    assert line == "Stage: throttled for 12 s so far: the service takes fewer requests"
    assert [r.throttled_seconds for r in log.records if r.levelno == logging.WARNING] == [12.0]


def test_a_host_that_is_given_up_is_said_once(log: pytest.LogCaptureFixture) -> None:
    time = Time()
    breaker = Breaker(Answers(httpx.ConnectError), Policy(cooldown=5.0), time.clock)
    for _ in range(4):
        send(breaker, request())
        time.at += 10
    (line,) = lines(log, logging.WARNING)
    assert line == (
        "host.example is given up (ConnectError for 0 s); requests to it fail at once, but for one "
        "every 5 s"
    )


def test_without_logging_set_up_stderr_has_the_warnings_alone(endpoint: Endpoint) -> None:
    code = (
        "import pyarrow as pa\n"
        "from cogml.cognitive import TextSentiment\n"
        "stage = TextSentiment(textCol='text', outputCol='o', maxRetries=0)\n"
        "stage.transform(pa.table({'text': ['a']}))\n"
        "stage.setSubscriptionKey('k').transform(pa.table({'text': ['a']}))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith("TextSentiment: every row failed, 1 of them; the first: unauthorized")


def test_the_fields_are_json(endpoint: Endpoint, log: pytest.LogCaptureFixture) -> None:
    made = stage()
    made.transform(pa.table({"text": ["a", ""]}))
    assert made.run_report is not None
    told = made.run_report.to_dict()
    assert json.loads(json.dumps(told)) == told

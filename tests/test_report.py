"""What a run did, in numbers that add up."""

import json
import pickle
import re
import time

import pyarrow as pa
import pytest
from fakes import Time
from hypothesis import given
from hypothesis import strategies as st

from cogml import schema
from cogml.counts import Counts
from cogml.errors import CODES, ServiceError
from cogml.report import RunReport


def columns(rows):
    """Error and output columns of rows that are answered, skipped, or failed with a code."""
    errors = [ServiceError(r, "why").cells() if r in CODES else None for r in rows]
    outputs = ["value" if r in ("answered", "partly") else None for r in rows]
    return pa.chunked_array([errors], schema.ERROR), pa.chunked_array([outputs], pa.string())


@given(st.lists(st.lists(st.sampled_from(["answered", "skipped", "timeout", "rejected"]))))
def test_every_row_is_answered_failed_or_skipped(parts):
    report = RunReport()
    for rows in parts:
        report.count(*columns(rows))
    rows = [row for part in parts for row in part]
    assert report.rows == len(rows) == report.answered + report.failed + report.skipped
    assert report.answered == rows.count("answered")
    assert report.skipped == rows.count("skipped")
    assert report.errors == {c: rows.count(c) for c in ("timeout", "rejected") if c in rows}


def test_a_row_with_a_value_and_an_error_has_failed():
    error = pa.chunked_array([[ServiceError("row_rejected", "x").cells()]], schema.ERROR)
    report = RunReport()
    report.count(error, pa.chunked_array([["part"]], pa.string()))
    assert (report.answered, report.failed, report.skipped) == (0, 1, 0)


def test_columns_of_several_pieces_are_counted_as_one():
    error, output = columns(["answered", "timeout", "skipped"])
    report = RunReport()
    report.count(
        pa.chunked_array([error.chunk(0)[:1], error.chunk(0)[1:]]),
        pa.chunked_array([output.chunk(0)[:2], output.chunk(0)[2:]]),
    )
    assert (report.rows, report.answered, report.failed, report.skipped) == (3, 1, 1, 1)


def test_a_report_starts_anew():
    report = RunReport()
    report.count(*columns(["answered", "timeout"]))
    report.requests = report.retries = report.sent = 5
    report.end()
    report.start()
    assert not report.ended
    assert (report.rows, report.errors, report.requests, report.retries, report.sent) == (
        0,
        {},
        0,
        0,
        0,
    )


def test_the_seconds_are_those_between_start_and_end(monkeypatch):
    report = RunReport()
    at = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    report.start()
    at[0] = 102.5
    report.end()
    assert report.ended
    assert report.seconds == 2.5


def test_a_report_reads_as_a_sentence():
    report = RunReport(requests=1_234, retries=5, seconds=1.25)
    report.count(*columns(["answered"] * 1_000 + ["timeout"] * 2 + ["rejected"] + ["skipped"]))
    assert str(report) == (
        "1,004 rows in 1.2 s: 1,000 answered, 3 failed (1 rejected, 2 timeout), 1 skipped; "
        "1,234 requests, 5 of them retries"
    )


def test_a_report_tells_what_else_there_was():
    time, report, counts = Time(), RunReport(), Counts()
    counts.monotonic = lambda: time.at
    with counts.throttled():
        time.at += 12.5
    for n in range(100):
        counts.attempted(200 if n else 429, 0.02 if n < 98 else 1.5, 10, 100)
    counts.requests, counts.retries = 100, 1
    report.count(*columns(["answered"]))
    report.kept = 3
    report.bill("text records", 1_200)
    report.bill("text records", 34)
    report.note(counts)
    assert str(report) == (
        "1 rows in 0.0 s: 1 answered, 0 failed, 0 skipped; 3 kept from earlier; 100 requests, 1 of "
        "them retries; answered in 0.02 s (half), 1.5 s (99 %); throttled for 12.5 s; "
        "billed: 1,234 text records"
    )
    assert report.statuses == {"200": 99, "429": 1}
    assert report.latency_p50 == pytest.approx(0.02, rel=0.03)
    assert report.latency_p99 == pytest.approx(1.5, rel=0.03)
    assert (report.bytes_sent, report.bytes_received) == (1_000, 10_000)


def test_what_has_no_unit_is_not_billed():
    report = RunReport()
    report.bill("", 5)
    report.bill("pages", 0)
    assert report.billed == {}


def test_a_report_is_a_dict_of_plain_values():
    report = RunReport(requests=1)
    report.count(*columns(["answered", "timeout"]))
    report.bill("audio seconds", 1.5)
    told = report.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert list(told)[:3] == ["rows", "answered", "failed"]
    assert told["errors"] == {"timeout": 1}
    assert told["billed"] == {"audio seconds": 1.5}
    assert told["latency_p50"] is None
    told["errors"]["timeout"] = 9
    assert report.errors == {"timeout": 1}


def test_a_notebook_shows_a_table_of_what_there_was():
    report = RunReport(requests=1_234)
    report.count(*columns(["answered", "timeout", "rejected"]))
    report.bill("<unit>", 2)
    shown = report._repr_html_()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", shown)
    assert dict(zip(cells[::2], cells[1::2], strict=True)) == {
        "rows": "3",
        "answered": "1",
        "failed": "2",
        "errors": "1 rejected, 1 timeout",
        "requests": "1,234",
        "billed": "2 &lt;unit&gt;",
    }


def test_a_report_travels():
    report = RunReport(requests=3)
    report.count(*columns(["answered", "timeout"]))
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()


def test_a_report_of_nothing_reads_as_a_sentence():
    assert str(RunReport()).startswith("0 rows in 0.0 s: 0 answered, 0 failed, 0 skipped")

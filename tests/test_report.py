"""What a run did, in numbers that add up."""

import time

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from cogml import schema
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


def test_a_report_of_nothing_reads_as_a_sentence():
    assert str(RunReport()).startswith("0 rows in 0.0 s: 0 answered, 0 failed, 0 skipped")

"""Whatever came between, a job is submitted once: failed polls, deadlines, kills, old frames."""

from __future__ import annotations

import datetime
import json
import pathlib
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pyarrow as pa
import pytest
from cases import picture
from fakes import eventually
from harness import Endpoint, Frames

from cogml import schema
from cogml.cognitive import ReadImage, SimpleDetectAnomalies
from cogml.errors import ServiceError

POLLS = "*/analyzeResults/*"
NAMED = "https://host.example/jobs/7#cogml=0123456789abcdef0123456789abcdef"


def reading(**settings: Any) -> ReadImage:
    fixed = {"initialPollingDelay": 1, "pollingDelay": 1, "outputCol": "out", "errorCol": "err"}
    return ReadImage(
        **{"imageBytesCol": "b", "subscriptionKey": "k", "maxRetries": 0, **fixed, **settings}
    )


def columns(*numbers: int) -> dict[str, list[Any]]:
    return {"n": list(numbers), "b": [picture(number) for number in numbers]}


def methods(endpoint: Endpoint) -> list[str]:
    return [request["method"] for request in endpoint.requests()]


def posts(endpoint: Endpoint) -> int:
    return methods(endpoint).count("POST")


def failing_polls(endpoint: Endpoint, times: int = 1, **rule: Any) -> None:
    """The next polls, one a job, are answered so."""
    endpoint.fault({"status": 503, "path": POLLS, "times": times} | rule)


def made_of(rows: list[dict[str, Any]], frames: Frames, given: ReadImage) -> Any:
    """A frame of these rows, as they came back."""
    empty = given.transform(pa.table({"n": pa.array([], pa.int64()), "b": pa.array([], "binary")}))
    types = {name: empty.schema.field(name).type for name in ("err", "out")}
    rows = sorted(rows, key=lambda row: row["n"])
    return frames.make({name: [row[name] for row in rows] for name in rows[0]}, **types)


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 503},
        {"status": 401},
        {"kind": "throttle", "retry_after": 0},
        {"kind": "drop_mid_answer"},
        {"kind": "malformed_json"},
    ],
    ids=lambda rule: str(rule.get("kind", rule.get("status"))),
)
def test_a_job_whose_poll_failed_is_asked_after(rule: dict[str, Any], endpoint: Endpoint) -> None:
    endpoint.fault({**rule, "path": POLLS, "times": 1})
    given = reading()
    first = given.transform(pa.table(columns(1)))
    assert first["err"].to_pylist()[0]["operation"].startswith(f"{endpoint.url}/vision/")
    assert methods(endpoint) == ["POST", "GET"]
    again = given.retryFailed(first)
    assert again["err"].to_pylist() == [None]
    assert set(methods(endpoint)[2:]) == {"GET"}


def test_on_every_frame_a_retry_asks_after_jobs(endpoint: Endpoint, frames: Frames) -> None:
    """Equal rows have one job, and share it again (on Spark, those of a task)."""
    jobs = 3 if frames.kind == "spark" else 2
    failing_polls(endpoint, times=jobs)
    given = reading()
    rows = frames.rows(given.transform(frames.make(columns(1, 2, 1))))
    assert all(row["err"]["operation"] for row in rows)
    assert posts(endpoint) == jobs
    again = frames.rows(given.retryFailed(made_of(rows, frames, given)))
    assert [row["err"] for row in again] == [None] * 3
    assert all(row["out"]["analyzeResult"]["readResults"] for row in again)
    assert posts(endpoint) == jobs


def test_a_row_that_was_changed_is_submitted(endpoint: Endpoint) -> None:
    failing_polls(endpoint, times=2)
    given = reading()
    first = given.transform(pa.table(columns(1, 2)))
    changed = first.set_column(1, "b", pa.array([picture(1), picture(3)], pa.binary()))
    assert given.retryFailed(changed)["err"].to_pylist() == [None, None]
    assert posts(endpoint) == 3
    given.setLanguage("de").retryFailed(first)
    assert posts(endpoint) == 5


def test_a_job_that_is_gone_is_submitted_again(endpoint: Endpoint) -> None:
    failing_polls(endpoint)
    given = reading()
    first = given.transform(pa.table(columns(1)))
    endpoint.suite.reset(base=endpoint.name)
    assert given.retryFailed(first)["err"].to_pylist() == [None]
    assert methods(endpoint) == ["GET", "POST", "GET", "GET"]


def test_a_wrong_key_is_said_and_the_job_is_kept(endpoint: Endpoint) -> None:
    failing_polls(endpoint)
    first = reading().transform(pa.table(columns(1)))
    failing_polls(endpoint, status=401)
    second = reading(subscriptionKey="wrong").retryFailed(first)
    (error,) = second["err"].to_pylist()
    assert error["code"] == "unauthorized"
    assert error["operation"] == first["err"].to_pylist()[0]["operation"]
    assert reading().retryFailed(second)["err"].to_pylist() == [None]
    assert posts(endpoint) == 1


def test_a_job_that_ended_badly_is_submitted_again(endpoint: Endpoint, tmp_path: Any) -> None:
    given = reading(cacheDir=str(tmp_path))
    ended = json.dumps({"status": "failed"})
    endpoint.fault({"status": 200, "body": ended, "path": POLLS, "times": 1})
    first = given.transform(pa.table(columns(1)))
    assert [error["code"] for error in first["err"].to_pylist()] == ["job_failed"]
    assert given.retryFailed(first)["err"].to_pylist() == [None]
    assert posts(endpoint) == 2


def edited(table: pa.Table, **cells: Any) -> pa.Table:
    errors = [error and error | cells for error in table["err"].to_pylist()]
    place = table.schema.get_field_index("err")
    return table.set_column(place, "err", pa.array(errors, schema.ERROR))


def test_no_credential_goes_where_an_edited_frame_says(
    endpoint: Endpoint, suite: Any, eager: Frames
) -> None:
    other = Endpoint(suite, "elsewhere")
    failing_polls(endpoint)
    given = reading()
    first = given.transform(pa.table(columns(1)))
    name = first["err"].to_pylist()[0]["operation"]
    elsewhere = name.replace("127.0.0.1", "localhost").replace(endpoint.name, other.name)
    assert elsewhere != name
    sent = methods(endpoint)
    rows = edited(first, operation=elsewhere).to_pylist()
    second = given.retryFailed(made_of(rows, eager, given))
    (error,) = [row["err"] for row in eager.rows(second)]
    assert (error["code"], error["operation"]) == ("row_rejected", None)
    assert "on another host ('localhost')" in error["message"]
    assert (methods(endpoint), other.requests()) == (sent, [])
    assert [row["err"] for row in eager.rows(given.retryFailed(second))] == [None]


def test_a_frame_from_before_errors_named_jobs_is_taken(endpoint: Endpoint, frames: Frames) -> None:
    """To be asked again, and to run anew."""
    given = reading()
    types = {"err": schema.EARLIER_ERROR, "out": given.output}
    late = {"response": None, "status": None, "code": "timeout", "message": "m", "attempts": 1}
    before = {"b": [picture(1)] * 2, "err": [late, None], "out": [None, None]}
    for asked in (given.retryFailed, given.transform):
        rows = frames.rows(asked(frames.make(before, **types)))
        assert [row["err"] for row in rows] == [None, None]
        assert all(row["out"] for row in rows)
    if frames.kind == "pandas":
        forgotten = frames.make(before, **types).astype({"err": object, "out": object})
        assert [row["err"] for row in frames.rows(given.retryFailed(forgotten))] == [None, None]


def test_an_error_column_of_before_is_completed_where_it_lies(endpoint: Endpoint) -> None:
    cells = ServiceError("timeout", "late", status=408).cells()
    del cells["operation"]
    column = pa.chunked_array([pa.array([cells, None, cells], schema.EARLIER_ERROR)]).slice(1)
    found = schema.errors(column)
    assert found.type == schema.ERROR
    assert found.to_pylist() == [None, cells | {"operation": None}]
    assert schema.errors(found) is found
    assert schema.errors(column.slice(2)).to_pylist() == []


# The deadline


def test_a_job_that_is_not_answered_in_time_is_named(endpoint: Endpoint) -> None:
    """While it is asked, and while it is waited for."""
    endpoint.fault({"kind": "latency", "delay_ms": 600_000, "path": POLLS, "times": 1})
    for number, pause in enumerate((1, 600_000), start=1):
        given = reading(deadline=0.5, initialPollingDelay=pause)
        first = given.transform(pa.table(columns(number)))
        (error,) = first["err"].to_pylist()
        assert error["code"] == "timeout"
        assert "not answered before the deadline" in error["message"]
        assert reading().retryFailed(first)["err"].to_pylist() == [None]
        assert posts(endpoint) == number


@pytest.mark.parametrize("source", ["bytes", "files"])
def test_rows_that_a_retry_does_not_reach_keep_their_jobs(
    endpoint: Endpoint, tmp_path: pathlib.Path, source: str
) -> None:
    """Also where the picture would have to be read first."""
    pictures: list[Any] = columns(1, 2, 3)["b"]
    if source == "files":
        for number, content in enumerate(pictures):
            (tmp_path / str(number)).write_bytes(content)
            pictures[number] = str(tmp_path / str(number))
    failing_polls(endpoint, times=3)
    endpoint.fault({"kind": "latency", "delay_ms": 600_000, "path": POLLS})
    first = reading(concurrency=1).transform(pa.table({"b": pictures}))
    second = reading(concurrency=1, deadline=0.3).retryFailed(first)
    errors = second["err"].to_pylist()
    assert {error["code"] for error in errors} == {"timeout"}
    named = [error["operation"] for error in errors]
    assert None not in named
    assert named == [error["operation"] for error in first["err"].to_pylist()]
    assert methods(endpoint).count("GET") == 4
    assert posts(endpoint) == 3


# Kept answers


@pytest.mark.parametrize("place", ["{}", "file://{}"])
def test_a_job_is_kept_as_soon_as_it_is_accepted(
    endpoint: Endpoint, tmp_path: pathlib.Path, place: str
) -> None:
    """In a folder, and in a store that machines share."""
    given = reading(cacheDir=place.format(tmp_path))
    failing_polls(endpoint, times=2)
    first = given.transform(pa.table(columns(1)))
    assert posts(endpoint) == 1
    given.transform(pa.table(columns(1)))  # not told of the first run but by the folder
    assert posts(endpoint) == 1
    assert given.transform(pa.table(columns(1)))["err"].to_pylist() == [None]
    assert posts(endpoint) == 1
    sent = len(endpoint.requests())
    assert given.retryFailed(first)["err"].to_pylist() == [None]
    assert len(endpoint.requests()) == sent


def test_a_job_in_the_folder_that_is_gone_is_submitted_again(
    endpoint: Endpoint, tmp_path: Any
) -> None:
    given = reading(cacheDir=str(tmp_path))
    failing_polls(endpoint)
    given.transform(pa.table(columns(1)))
    endpoint.suite.reset(base=endpoint.name)
    assert given.transform(pa.table(columns(1)))["err"].to_pylist() == [None]
    assert methods(endpoint) == ["GET", "POST", "GET", "GET"]


def test_the_folder_holds_no_credential(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    place = {
        "Operation-Location": f"{endpoint.url}{'/vision/v3.2'}/read/analyzeResults/1?sig=s3cr3t"
    }
    endpoint.fault(
        {"status": 202, "method": "POST", "headers": place}, {"status": 503, "path": POLLS}
    )
    given = reading(cacheDir=str(tmp_path), subscriptionKey="s3cr3t-key")
    (error,) = given.transform(pa.table(columns(1)))["err"].to_pylist()
    assert (error["code"], error["operation"]) == ("unavailable", None)
    assert not [f for f in tmp_path.iterdir() if b"s3cr3t" in f.read_bytes()]


def test_a_killed_process_leaves_its_jobs_to_the_next(endpoint: Endpoint, tmp_path: Any) -> None:
    program = textwrap.dedent(
        """
        import sys
        import pyarrow as pa
        from cogml.cognitive import ReadImage
        reading = ReadImage(
            imageBytesCol="b", subscriptionKey="k", outputCol="out", errorCol="err",
            initialPollingDelay=1, pollingDelay=600_000, cacheDir=sys.argv[1],
        )
        reading.transform(pa.table({"b": [open(sys.argv[2], "rb").read()]}))
        """
    )
    (tmp_path / "p.png").write_bytes(picture(1))
    given = [str(tmp_path / "kept"), str(tmp_path / "p.png")]
    process = subprocess.Popen([sys.executable, "-c", program, *given])
    try:
        eventually(lambda: "GET" in methods(endpoint), seconds=30.0)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    stage = reading(cacheDir=given[0])
    assert stage.transform(pa.table(columns(1)))["err"].to_pylist() == [None]
    assert posts(endpoint) == 1


def test_a_job_of_another_stage_tears_no_group_apart(endpoint: Endpoint) -> None:
    """An error that was taken over from a stage before may name a job."""
    days = [datetime.datetime(2024, 1, 1) + datetime.timedelta(days=day) for day in range(15)]
    given = SimpleDetectAnomalies(
        timestampCol="t", valueCol="v", granularity="daily", outputCol="out", errorCol="err",
        subscriptionKey="k",
    )  # fmt: skip
    first = given.transform(pa.table({"t": days, "v": [float(day % 7) for day in range(15)]}))
    late = ServiceError("timeout", "late", operation=NAMED).cells()
    errors = pa.array([late if row % 2 else None for row in range(15)], schema.ERROR)
    again = given.retryFailed(first.set_column(first.schema.get_field_index("err"), "err", errors))
    assert again["err"].to_pylist() == [None] * 15
    assert len(endpoint.requests()) == 2

"""A job that was accepted is named where its outcome is open, and asked after when it is known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
import pyarrow as pa
import pytest
from fakes import KEY, answer, returned, submit
from harness import Net
from wire import AT, run

from cogml import frames as every_frame
from cogml import planner
from cogml.answers import Answers
from cogml.cognitive import TextSentiment
from cogml.engine import Work
from cogml.errors import ServiceError
from cogml.exchange import Exchange, Outcome, Step, long_running, operation, submission
from cogml.jobs import OPERATION, Jobs

LOCATION = "https://host.example/jobs/7"
NAMED = f"{LOCATION}#cogml={submission(submit())}"


def accepted(location: str = LOCATION) -> httpx.Response:
    return answer(202, operation_location=location)


def begun(request: httpx.Request | None = None, reply: httpx.Response | None = None) -> Any:
    """A job that has been submitted and waits for what comes of its first poll."""
    exchange = long_running(request or submit(), pause=0.0, polls=2)
    next(exchange)
    exchange.send(reply or accepted())
    next(exchange)
    return exchange


# Which errors name the job


@pytest.mark.parametrize(
    "reply",
    [
        answer(429, {}),
        answer(503, {}),
        answer(401, {}),
        answer(404, {}),
        answer(200, b"<html>"),
        answer(200, {"status": "exploded"}),
        answer(200, {}),
        ServiceError("timeout", "late"),
    ],
)
def test_an_error_that_leaves_the_outcome_open_names_the_job(reply: Any) -> None:
    error = returned(begun(), reply)
    assert error.operation == error.cells()["operation"] == NAMED


def test_a_job_that_goes_on_for_too_long_is_named() -> None:
    exchange = begun()
    exchange.send(answer(200, {"status": "running"}))
    next(exchange)
    error = returned(exchange, answer(200, {"status": "running"}))
    assert (error.code, error.operation) == ("timeout", NAMED)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_ended_is_not_named(status: str) -> None:
    error = returned(begun(), answer(200, {"status": status}))
    assert (error.code, error.operation) == ("job_failed", None)


@pytest.mark.parametrize(
    "reply", [answer(503, {}), accepted("https://evil.example/1"), ServiceError("timeout", "late")]
)
def test_what_was_not_accepted_names_no_job(reply: Any) -> None:
    exchange = long_running(submit(), pause=0.0, polls=1)
    next(exchange)
    assert returned(exchange, reply).operation is None


@pytest.mark.parametrize(
    "query", ["sig=s3cr3t", "code=s3cr3t", "a=1&Key=s3cr3t", "token=", "access%5Ftoken=s3cr3t"]
)
def test_an_address_that_holds_a_credential_is_not_kept(query: str) -> None:
    error = returned(begun(reply=accepted(f"{LOCATION}?{query}")), answer(503, {}))
    assert (error.code, error.operation) == ("unavailable", None)
    assert "s3cr3t" not in repr(error)


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        (f"{LOCATION}?api-version=1&%24top=5", True),
        (f"{LOCATION}#part", True),
        (f"{LOCATION}/{'x' * 3_000}", False),
    ],
)
def test_an_address_is_kept_without_its_fragment_and_not_at_any_length(
    location: str, kept: bool
) -> None:
    found = operation(submit(), httpx.URL(location))
    mark = submission(submit())
    assert found == (f"{location.removesuffix('#part')}#cogml={mark}" if kept else None)


def test_a_job_is_told_from_others_by_what_was_submitted_not_by_whom() -> None:
    def of(method: str = "POST", url: str = AT, body: bytes = b"{}", key: str = KEY) -> str:
        return submission(httpx.Request(method, url, headers={"api-key": key}, content=body))

    other = [of(method="PUT"), of(url=f"{AT}?language=de"), of(body=b"[]"), of(url=f"{AT}/a")]
    assert of(key="another") == of()
    assert len({of(), *other}) == 5


# A job that is known from earlier


EARLIER = httpx.Response(
    202, headers={"operation-location": LOCATION}, extensions={"earlier": True}
)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_job_that_is_gone_is_submitted_anew_once(status: int) -> None:
    exchange = begun(reply=EARLIER)
    anew = exchange.send(answer(status, {}))
    assert (anew.method, anew.content) == ("POST", b"{}")
    exchange.send(accepted())
    next(exchange)
    error = returned(exchange, answer(status, {}))
    assert (error.status, error.operation) == (status, NAMED)


@pytest.mark.parametrize("status", [401, 403, 405, 429, 500, 302])
def test_a_job_that_may_still_be_there_is_not_submitted_anew(status: int) -> None:
    error = returned(begun(reply=EARLIER), answer(status, {}))
    assert (error.status, error.operation) == (status, NAMED)


def test_an_exchange_that_submits_alike_twice_is_told_of_the_job_once() -> None:
    def twice() -> Exchange:
        for _ in range(2):
            yield from long_running(submit(), pause=0.0, polls=1)
        return [Outcome(1)]

    (work,) = Jobs([NAMED], None).works(iter([Work([0], twice())]))
    assert work.begun
    exchange = work.exchange
    assert next(exchange) == 0.0
    assert next(exchange).method == "GET"
    assert exchange.send(answer(200, {"status": "succeeded"})).method == "POST"


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example/jobs/7",
        "http://host.example/jobs/7",
        "https://host.example:8443/jobs/7",
        "https://u:p@host.example/jobs/7",
        "https://host.example@evil.example/jobs/7",
        "//evil.example/jobs/7",
        "https://[broken",
        "https://host.example\r\n.evil.example/",
        "jobs/7",
        "https://hôst.example/\x00",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_sent(name: str) -> None:
    def row() -> Exchange:
        error = yield from long_running(submit(), pause=0.0, polls=1)
        return [Outcome(None, error)]

    marked = f"{name}#cogml={submission(submit())}"
    (work,) = Jobs([marked], None).works(iter([Work([0], row())]))
    with pytest.raises(StopIteration) as stop:
        next(work.exchange)
    (outcome,) = stop.value.value
    assert outcome.error.code == "row_rejected"
    assert "on another host" in outcome.error.message
    assert outcome.error.operation is None


@pytest.mark.parametrize(
    "name", [LOCATION, f"{LOCATION}#cogml=", f"{LOCATION}#cogml={'0' * 32}", "", "#", "x#cogml"]
)
def test_a_name_of_something_else_is_not_used(name: str) -> None:
    exchange = long_running(submit(), pause=0.0, polls=1)
    (work,) = Jobs([name], None).works(iter([Work([0], exchange)]))
    assert next(work.exchange).method == "POST"


# What a folder keeps


class Folder(Answers):
    """Answers in memory."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        self.kept.update(answers)


def driven(exchange: Exchange, *replies: Any) -> Outcome:
    """What comes of an exchange whose requests are answered in turn; its work is done."""
    given = list(replies)
    found: Any = None
    try:
        while True:
            step = exchange.send(found)
            if isinstance(step, httpx.Request):
                found = given.pop(0)
            else:
                found = step() if callable(step) else None
    except StopIteration as stop:
        (outcome,) = stop.value
    return outcome


def job() -> Exchange:
    found = yield from long_running(submit(), pause=0.0, polls=1)
    return [Outcome(None, found) if isinstance(found, ServiceError) else Outcome("read")]


def asked(folder: Folder, *replies: Any, name: str | None = None) -> Outcome:
    (work,) = Jobs([name], folder).works(iter([Work([0], job())]))
    return driven(work.exchange, *replies)


@pytest.mark.parametrize(
    "reply",
    [
        answer(429, {}, operation_location=LOCATION),
        answer(200, {"status": "succeeded"}, operation_location=LOCATION),
        accepted("https://evil.example/jobs/7"),
        accepted(f"{LOCATION}?sig=s3cr3t"),
        ServiceError("timeout", "late"),
    ],
)
def test_what_is_no_job_that_was_accepted_is_not_kept(reply: Any) -> None:
    folder = Folder()
    asked(folder, reply, answer(200, {"status": "succeeded"}))
    assert not any(folder.kept.values())


def test_a_job_is_kept_before_its_first_poll_and_forgotten_when_it_ended_badly() -> None:
    folder = Folder()
    outcome = asked(folder, accepted(), answer(500, {}))
    assert list(folder.kept.values()) == [LOCATION.encode()]
    assert outcome.error is not None
    assert outcome.error.operation == NAMED
    outcome = asked(folder, answer(200, {"status": "failed"}))
    assert outcome.error is not None
    assert outcome.error.code == "job_failed"
    assert list(folder.kept.values()) == [b""]
    assert asked(folder, accepted(), answer(200, {"status": "succeeded"})) == Outcome("read")


def test_what_a_folder_has_goes_before_what_an_older_frame_says() -> None:
    folder = Folder()
    asked(folder, accepted(f"{LOCATION}0"), answer(500, {}))
    (work,) = Jobs([NAMED], folder).works(iter([Work([0], job())]))
    found = next(work.exchange)()  # type: ignore[operator]
    assert work.exchange.send(found) == 0.0
    assert str(next(work.exchange).url) == f"{LOCATION}0"  # type: ignore[union-attr]


def test_a_folder_that_cannot_be_asked_in_time_leaves_the_frame() -> None:
    (work,) = Jobs([NAMED], Folder()).works(iter([Work([0], job())]))
    late = ServiceError("timeout", "late")
    exchange = work.exchange
    next(exchange)
    exchange.send(late)  # in the place of what the folder has
    exchange.send(late)  # the wait
    with pytest.raises(StopIteration) as stop:
        exchange.send(late)  # the poll
    (outcome,) = stop.value.value
    assert (outcome.error.code, outcome.error.operation) == ("timeout", NAMED)


# Jobs of many rows


def texts_as_jobs(**settings: Any) -> TextSentiment:
    """A stage whose requests are jobs; made here, it is registered for the one test."""

    class Sentiments(TextSentiment):
        """Texts whose requests are jobs."""

        def converse(self, request: httpx.Request) -> Step:
            return long_running(request, pause=0.0, polls=1)

    return Sentiments(textCol="text", maxRetries=0, **settings)


class Batches:
    """A service of jobs that answers polls once it is `up`; the n-th job is at /jobs/n."""

    def __init__(self) -> None:
        self.jobs: list[list[str]] = []
        self.polls: list[int] = []
        self.up = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            documents = json.loads(request.content)["documents"]
            self.jobs.append([document["text"] for document in documents])
            return answer(202, operation_location=f"{AT}/jobs/{len(self.jobs) - 1}")
        number = int(request.url.path.rpartition("/")[2])
        self.polls.append(number)
        if not self.up:
            return answer(500, {})
        found = [
            {"id": str(place), "sentiment": text, "warnings": []}
            for place, text in enumerate(self.jobs[number])
        ]
        return answer(200, {"status": "succeeded", "documents": found, "errors": []})


def retried(table: pa.Table, stage: TextSentiment, service: Batches) -> list[dict[str, Any]]:
    plan = planner.make(stage, Net(service), again=True)
    return list(every_frame.add_columns(table, plan).to_pylist())


def test_rows_of_one_job_are_asked_after_together() -> None:
    """However the rows of other jobs, of none, and of the same text lie between them."""
    service = Batches()
    stage = texts_as_jobs(batchSize=3)
    rows = run(stage, Net(service), text=[f"t{number}" for number in range(6)])
    assert service.jobs == [["t0", "t1", "t2"], ["t3", "t4", "t5"]]
    kinds = every_frame.add_columns(
        pa.table({"text": pa.array([], pa.string())}), planner.make(stage, Net(service))
    ).schema
    new: dict[str, Any] = {"text": "new", "err": None, "out": None}
    mixed = [rows[0], rows[3], new, rows[1], rows[4], rows[3], rows[2], rows[5]]
    table = pa.Table.from_pylist(mixed, schema=kinds)
    service.up, service.polls = True, []
    again = retried(table, stage, service)
    assert [row["err"] for row in again] == [None] * 8
    assert [row["out"][0]["sentiment"] for row in again] == [row["text"] for row in mixed]
    assert service.jobs[2:] == [["new"]]
    assert sorted(service.polls) == [0, 1, 2]


def test_a_row_with_a_job_is_packed_with_no_other() -> None:
    table = pa.table({"text": ["a", "b", "c"], OPERATION: ["j#cogml=1", None, "j#cogml=1"]})
    stage = TextSentiment(textCol="text", endpoint=AT)
    plan = planner.make(stage)
    plan.check({"text": pa.string()}, ["text"])
    works = plan.works(table, [Outcome(None)] * 3)
    assert [(work.rows, work.begun) for work in works] == [([0, 2], True), ([1], False)]

"""A job that was accepted is paid for: it is asked after, not submitted again.

Its address is known from the error column of a frame (`ServiceError.operation`), or from the folder
of answers, where it is kept as soon as the job is accepted. It stands for what was submitted: for
anything else it is not used.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from cogml.answers import Kept, fingerprint
from cogml.engine import Work
from cogml.errors import ServiceError
from cogml.exchange import (
    MARK,
    Exchange,
    Outcome,
    Reply,
    Yielded,
    is_same_host,
    job_address,
    operation,
    submission,
)
from cogml.hosts import host_of

OPERATION = "\0operation"
"""The column, beside those that are needed, of the jobs that rows are known to have."""


def named(table: pa.Table, errors: pa.ChunkedArray) -> pa.Table:
    """The rows with the jobs that their errors name; as they are where none does."""
    found = pc.struct_field(errors, "operation")
    return table.append_column(OPERATION, found) if found.null_count < len(found) else table


def operations(table: pa.Table | pa.RecordBatch) -> list[str | None]:
    """The job of each row; empty where no row has one."""
    there = OPERATION in table.column_names
    return list(table.column(OPERATION).to_pylist()) if there else []


class Jobs:
    """The jobs of a batch that were begun before, by its rows' errors or by a folder of answers."""

    def __init__(self, operations: Sequence[str | None], answers: Kept | None) -> None:
        self._operations = operations
        self._answers = answers
        self._addresses = {}
        for name in filter(None, operations):
            address, _, mark = name.rpartition(f"#{MARK}=")
            self._addresses[mark] = address

    def works(self, works: Iterator[Work]) -> Iterator[Work]:
        """The works, whose jobs are asked after where they were begun before."""
        for work in works:
            known = [self._operations[row] for row in work.rows] if self._operations else []
            exchange = self._exchange(work.exchange, known)
            yield work._replace(exchange=exchange, begun=any(known))

    def _exchange(self, exchange: Exchange, known: list[str | None]) -> Exchange:
        begun: dict[str, bytes] = {}  # what was submitted, and the key it is kept under
        found: Any = None
        try:
            while True:
                step = exchange.send(found)
                if isinstance(step, httpx.Request) and step.extensions.get("job"):
                    found = yield from self._submitted(step, begun)
                else:
                    found = yield step
        except StopIteration as stop:
            outcomes: list[Outcome] = stop.value
        if not begun:
            # Nothing was asked: what was known of a job is still true.
            return [*map(_named, outcomes, known)] if any(known) else outcomes
        if self._answers is not None and any(map(_is_over, outcomes)):
            yield functools.partial(self._answers.put, [(key, b"") for key in begun.values()])
        return outcomes

    def _submitted(
        self, request: httpx.Request, begun: dict[str, bytes]
    ) -> Generator[Yielded, Any, Reply]:
        """The answer to a submission: the service's own, or that of an earlier time."""
        mark = submission(request)
        first, key = mark not in begun, fingerprint("job", mark)
        begun[mark] = key
        if first:
            address = yield from self._known(mark, key)
            if address:
                return _accepted(request, address)
        reply: Reply = yield request
        if self._answers is not None and isinstance(reply, httpx.Response):
            kept = _kept(request, reply)
            if kept is not None:
                yield functools.partial(self._answers.put, [(key, kept)])
                yield self._answers.flush  # paid for now, answered long after
        return reply

    def _known(self, mark: str, key: bytes) -> Generator[Yielded, Any, str | None]:
        if self._answers is not None:
            found = yield functools.partial(self._answers.get, [key])
            if not isinstance(found, ServiceError) and found.get(key):
                return bytes(found[key]).decode()
        return self._addresses.get(mark)


def _accepted(request: httpx.Request, address: str) -> Reply:
    """What a service says that has just accepted this job."""
    try:
        location = httpx.URL(address)
    except httpx.InvalidURL:
        location = httpx.URL("")
    if not is_same_host(location, request.url) or location.userinfo:
        return ServiceError(
            "row_rejected",
            f"the job named by the error is on another host ({host_of(location)!r}) and was not "
            f"asked after; asked again, the row is submitted anew",
        )
    headers = {"operation-location": str(location), "retry-after": "0"}
    return httpx.Response(httpx.codes.ACCEPTED, headers=headers, extensions={"earlier": True})


def _kept(request: httpx.Request, reply: httpx.Response) -> bytes | None:
    """The address of the job that was accepted, if it may be kept."""
    if reply.status_code != httpx.codes.ACCEPTED:
        return None
    location = job_address(request, reply)
    if isinstance(location, ServiceError):
        return None
    name = operation(request, location)
    return None if name is None else name.rpartition("#")[0].encode()


def _named(outcome: Outcome, name: str | None) -> Outcome:
    if outcome.error is None or name is None:
        return outcome
    error = dataclasses.replace(outcome.error, operation=name)
    return Outcome(outcome.value, error, outcome.meta)


def _is_over(outcome: Outcome) -> bool:
    """Whether a row failed, and its job can tell no more."""
    return outcome.error is not None and outcome.error.operation is None

"""A row is a request of its own: a picture, a query, a series, a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import httpx
import msgspec

from cogml import schema
from cogml.engine import Work
from cogml.errors import ServiceError
from cogml.exchange import NOT_JSON, Exchange, Outcome, bad_response
from cogml.plan import Plan, Row
from cogml.service import Service


class Content(NamedTuple):
    """The body of a request (None for one without), and its media type where it is not JSON."""

    data: bytes | None = None
    media_type: str | None = None


class RowService(Service):
    """One request a row; its answer is the row's value.

    `main` are the fields of an answer without which it is not complete.
    """

    main: ClassVar[tuple[str, ...]] = ()

    def content(
        self, document: dict[str, Any], settings: Mapping[str, Any]
    ) -> Content | ServiceError | Callable[[], Content | ServiceError]:
        """What the row's request holds, why there is none, or the work that makes it."""
        return Content()

    def is_empty(self, document: dict[str, Any]) -> bool:
        """Whether there is nothing in the row to send."""
        return False

    def read_row(self, answer: httpx.Response, settings: Mapping[str, Any]) -> Outcome:
        """What an answer says of the row."""
        try:
            value = msgspec.json.decode(
                answer.content, type=schema.mirror(self.output), strict=False
            )
        except NOT_JSON as error:
            return Outcome(None, bad_response(answer, str(error)))
        missing = [f for f in self.needed(settings) if value is None or getattr(value, f) is None]
        if missing:
            return Outcome(None, bad_response(answer, f"the answer has no {missing[0]}"))
        return Outcome(value)

    def read_own(self, answer: httpx.Response, row: Row) -> Outcome:
        """What an answer says of the row that was asked for."""
        return self.read_row(answer, row.settings)

    def needed(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The fields without which an answer is not complete, with these settings."""
        return self.main

    def row(self, plan: Plan, row: Row) -> Exchange:
        """The conversation that answers a row."""
        content = self.content(row.document, row.settings)
        if callable(content):
            content = yield content
        if isinstance(content, ServiceError):
            return [Outcome(None, content)]
        request = plan.request(row.key, row.settings, content.data, content.media_type)
        answer = yield from self.converse(request)
        if isinstance(answer, ServiceError):
            return [Outcome(None, answer)]
        outcome = self.read_own(answer, row)
        if outcome.error is None:
            plan.bill(self.row_units(row, outcome.value))
        return [outcome]

    def row_units(self, row: Row, value: Any) -> float:
        """How much of `unit` an answered row costs."""
        return 1

    def works(self, rows: Iterator[Row], plan: Plan) -> Iterator[Work]:
        """A work for each row that has something to send."""
        for row in rows:
            if not self.is_empty(row.document):
                yield Work([row.row], self.row(plan, row))

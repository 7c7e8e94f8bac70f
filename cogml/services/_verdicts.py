"""What a model makes of a series is read by time: each has its verdict, or why it has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from cogml import schema
from cogml.errors import ServiceError
from cogml.exchange import NOT_JSON, Outcome, bad_response
from cogml.schema import struct
from cogml.services._variables import Series, Time, instant

VALUE = struct(
    isAnomaly=bool,
    severity=float,
    score=float,
    interpretation=[
        struct(
            variable=str,
            contributionScore=float,
            correlationChanges=struct(changedVariables=[str]),
        )
    ],
)
_RESULTS = [struct(timestamp=str, value=VALUE, errors=[struct(code=str, message=str)])]
_STATES = [
    struct(
        variable=str,
        filledNARatio=float,
        effectiveCount=int,
        firstTimestamp=str,
        lastTimestamp=str,
    )
]
DETECTED = struct(variableStates=_STATES, results=_RESULTS)
_NEEDED = ("isAnomaly", "severity", "score")


class Verdicts:
    """What an answer says, by time."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self._wrong = ""
        self._results: dict[Time | None, Any] = {}
        self.states: Any = None
        try:
            found = msgspec.json.decode(answer.content, type=schema.mirror(DETECTED), strict=False)
        except NOT_JSON as error:
            self._wrong = str(error)
            return
        if found is None or found.results is None or None in found.results:
            self._wrong = "the answer has no results"
            return
        self.states = found.variableStates
        self._results = {instant(each.timestamp or ""): each for each in found.results}

    def outcome(self, made: Series, at: int, value: Callable[[Any], Any]) -> Outcome:
        """What is said of a time of the series; `value` makes the output of the result."""
        result = None if self._wrong else self._results.get(made.times[at])
        if result is not None and result.value is not None:
            missing = [name for name in _NEEDED if getattr(result.value, name) is None]
            if not missing:
                return Outcome(value(result))
            return self._bad(f"the result has no {missing[0]}")
        if result is not None and result.errors and result.errors[0] is not None:
            said = f"{result.errors[0].code}: {result.errors[0].message}"
            return Outcome(None, ServiceError("row_rejected", said))
        if not self._wrong and result is None and None in made.values[at]:
            why = (
                "no result at this time, at which a variable has no value; a model that aligns "
                "Inner gives none"
            )
            return Outcome(None, ServiceError("row_rejected", why))
        return self._bad(self._wrong or "the answer has no result for the row's time")

    def _bad(self, why: str) -> Outcome:
        return Outcome(None, bad_response(self._answer, why))

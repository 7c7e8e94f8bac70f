"""Rows that hold several variables are one series: each time once, in order, however the rows
stand.

Rows of one time are one, as long as they say the same; what cannot be placed or counted is the
error of its own row, and is left out.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime
import functools
import io
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import pyarrow as pa

from cogml.binding import ColumnsParam
from cogml.engine import Work
from cogml.errors import ParamError, ServiceError
from cogml.exchange import Outcome
from cogml.limits import Lifecycle
from cogml.local import LOCAL
from cogml.param import Column, ServiceParam
from cogml.plan import Plan, Row
from cogml.services._azure import AzureService
from cogml.services._series import moment, number, refused, text_of

MOST_VARIABLES = 300
Time = datetime.datetime
_moment = functools.lru_cache(100_000)(moment)


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """Times in order, in UTC, the rows of each, and the values of each: one a variable, or None."""

    names: list[str]
    times: list[Time]
    rows: list[list[int]]
    values: list[tuple[float | None, ...]]

    def rows_of(self, start: int = 0, end: int | None = None) -> list[int]:
        """The rows of the times between two places."""
        return list(itertools.chain.from_iterable(self.rows[start:end]))

    def for_rows(self, outcomes: list[Outcome], start: int) -> list[Outcome]:
        """The outcomes of times from this place on, once for each of their rows."""
        return [outcome for at, outcome in enumerate(outcomes, start) for _ in self.rows[at]]

    def csv(self) -> bytes:
        """A file of one table: a line a time, a column a variable, nothing where there is none."""
        made = io.StringIO(newline="")
        lines = csv.writer(made, lineterminator="\n")
        lines.writerow(["timestamp", *self.names])
        for time, values in zip(self.times, self.values, strict=True):
            lines.writerow([text_of(time), *values])
        return made.getvalue().encode()

    def variables(self, start: int, end: int) -> list[dict[str, Any]]:
        """The variables between two places, each with its own times: those it has a value at."""
        texts = [text_of(time) for time in self.times[start:end]]
        made = []
        for name, values in zip(self.names, zip(*self.values[start:end], strict=True), strict=True):
            there = [(t, v) for t, v in zip(texts, values, strict=True) if v is not None]
            times, found = zip(*there, strict=True) if there else ((), ())
            made.append({"variable": name, "timestamps": times, "values": found})
        return made


def instant(text: str) -> Time | None:
    """A time that can be compared, in UTC; None for text that is none."""
    found = _moment(text)
    if found is None:
        return None
    try:
        return found.astimezone(datetime.UTC)
    except OverflowError:
        return None


def series(
    rows: Iterable[tuple[int, Any, Sequence[Any]]], names: list[str]
) -> tuple[Series, Mapping[int, ServiceError]]:
    """The series of rows (number, time, values of these variables), and what is wrong with the
    others; a row without any value is in neither."""
    placed: dict[Time, tuple[tuple[float | None, ...], list[int]]] = {}
    wrong: dict[int, str] = {}
    for row, time, given in rows:
        when = instant(text_of(time))
        if when is None:
            wrong[row] = "the time cannot be read; expected ISO 8601, such as 2026-01-31T00:00:00Z"
            continue
        values = tuple(None if value is None else number(value) for value in given)
        beyond = [place for place, v in enumerate(values) if v is not None and not math.isfinite(v)]
        if beyond:
            wrong[row] = f"the value of {names[beyond[0]]!r} is {values[beyond[0]]}"
        elif any(value is not None for value in values):
            known, same = placed.setdefault(when, (values, []))
            same.append(row)
            if known != values:
                placed[when] = (_AT_ODDS, same)
    for values, same in placed.values():
        if values is _AT_ODDS:
            reason = f"{len(same)} rows have the same time and different values"
            wrong |= dict.fromkeys(same, reason)
    times = sorted(time for time, (values, _) in placed.items() if values is not _AT_ODDS)
    found = Series(
        names, times, [placed[time][1] for time in times], [placed[time][0] for time in times]
    )
    return found, {row: ServiceError("row_rejected", why) for row, why in wrong.items()}


_AT_ODDS: tuple[float | None, ...] = ()  # in place of the values: there is always one


class VariablesService(AzureService):
    """All rows are one series: a time, and a value for each variable."""

    version = "v1.1"
    internal_service = "anomalydetector"
    lifecycle = Lifecycle(datetime.date(2026, 10, 1), "the local suite")
    variables: ClassVar[str] = ""  # the parameter that names their columns

    timestamp = ServiceParam(
        datetime.datetime,
        "time of the row",
        send="document",
        required=True,
        default=Column("timestamp"),
    )

    def group(self) -> list[str] | None:
        """All rows are one group."""
        return []

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """The column of times is none of the variables."""
        time = self.getOrDefault("timestamp")
        if isinstance(time, Column) and time.name in self.getOrDefault(self.variables):
            raise ParamError(
                f"{type(self).__name__}: {self.variables} names {time.name!r}, the column of times"
            )

    def within(self, base: str) -> Self:
        """Raises ParamError: what is asked is a model, which a suite has that runs."""
        raise ParamError(
            f"{type(self).__name__}: execution is {LOCAL!r}, but models live in a suite; set an "
            f"endpoint (that of `cogml mock`, say) and another execution"
        )

    def works(self, rows: Iterator[Row], plan: Plan) -> Iterator[Work]:
        """The works of each series: rows that differ in a setting are not of the same one."""
        alike: dict[Any, list[Row]] = {}
        for row in rows:
            alike.setdefault(row.key, []).append(row)
        for same in alike.values():
            made, wrong = self._series(same)
            for place, error in wrong.items():
                yield Work([place], refused(1, error))
            if made.times:
                yield from self.judged(made, same[0], plan)

    def judged(self, made: Series, row: Row, plan: Plan) -> Iterator[Work]:
        """The works of a series, which say what they read beside the rows they answer; `row` is one
        of its rows, for the settings of all."""
        raise NotImplementedError

    def _series(self, rows: Iterable[Row]) -> tuple[Series, Mapping[int, ServiceError]]:
        names = self.getOrDefault(self.variables)
        param = self.declared[self.variables]
        assert isinstance(param, ColumnsParam)
        keys = [param.key(name) for name in names]
        read = ((r.row, r.document["timestamp"], [r.document[key] for key in keys]) for r in rows)
        return series(read, names)

"""Anomaly Detector v1.1: which points of a series are not as its past would have them.

The service left Azure on 2026-10-01; the stages serve the local suite, containers and gateways.

Source: the OpenAPI file AnomalyDetector v1.1 of Azure/azure-rest-api-specs (read 2026-11).
"""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pyarrow as pa

from cogml import schema
from cogml.binding import WORDS, accepts
from cogml.engine import Work
from cogml.errors import ParamError, ServiceError
from cogml.exchange import Exchange, Outcome, bad_response, broken, call
from cogml.limits import Lifecycle, Limits
from cogml.param import Column, ServiceParam
from cogml.plan import Plan, Row
from cogml.schema import struct
from cogml.services._azure import AzureService
from cogml.services._row import Content, RowService
from cogml.services._series import (
    MOST_POINTS,
    moment,
    number,
    points,
    refused,
    text_of,
    too_many,
)

GRANULARITIES = (
    "yearly",
    "monthly",
    "weekly",
    "daily",
    "hourly",
    "minutely",
    "secondly",
    "microsecond",
    "none",
)
EntireSeries = struct(
    isAnomaly=[bool],
    isPositiveAnomaly=[bool],
    isNegativeAnomaly=[bool],
    period=int,
    expectedValues=[float],
    upperMargins=[float],
    lowerMargins=[float],
    severity=[float],
)
_LISTS = {
    "isAnomaly": "isAnomaly",
    "isPositiveAnomaly": "isPositiveAnomaly",
    "isNegativeAnomaly": "isNegativeAnomaly",
    "expectedValues": "expectedValue",
    "upperMargins": "upperMargin",
    "lowerMargins": "lowerMargin",
    "severity": "severity",
}
_LISTS_NEEDED = tuple(name for name in _LISTS if name != "severity")  # of v1.1 only


class AnomalyService(RowService, AzureService):
    """An operation on one series a request; each counts as one transaction, though a service may
    charge more for a long series."""

    version = "v1.1"
    internal_service = "anomalydetector"
    limits = Limits(bytes=4 * 2**20)
    lifecycle = Lifecycle(datetime.date(2026, 10, 1), "the local suite, or a container")

    granularity = ServiceParam(
        str, "time between two points", send="body", required=True, choices=GRANULARITIES
    )
    customInterval = ServiceParam(
        int, "how many of granularity lie between two points", send="body", at_least=1
    )
    maxAnomalyRatio = ServiceParam(
        float, "most points that may be anomalies, 0 to 0.5 of all", send="body", at_least=0
    )
    sensitivity = ServiceParam(int, "0 to 99; more finds more", send="body", at_least=0)
    period = ServiceParam(
        int, "points after which the series repeats (default: found)", send="body", at_least=0
    )
    imputeMode = ServiceParam(
        str,
        "how missing points are filled in",
        send="body",
        choices=("auto", "previous", "linear", "fixed", "zero", "notFill"),
    )
    imputeFixedValue = ServiceParam(float, "what fills them in if fixed", send="body")

    def written(self, settings: Mapping[str, Any], series: list[dict[str, Any]]) -> bytes:
        """The body: the series and the settings that are set."""
        sent = {
            p.wire: settings[name]
            for name, p in self.declared.items()
            if p.send == "body" and settings.get(name) is not None
        }
        return msgspec.json.encode({"series": series, **sent})


class SeriesService(AnomalyService):
    """A row is a whole series."""

    series = ServiceParam(
        list[dict[str, Any]],
        "the series: an array of structs of timestamp and value, in order of time",
        send="document",
        required=True,
    )

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """A point has a value, and most have a timestamp."""
        kind = columns.get("series")
        if kind is None or pa.types.is_null(kind):
            return
        held = {field.name: field.type for field in kind.value_type}
        wanted = {
            "value": SimpleDetectAnomalies.value,
            "timestamp": SimpleDetectAnomalies.timestamp,
        }
        if "value" not in held or not all(
            accepts(param, held[name]) for name, param in wanted.items() if name in held
        ):
            raise ParamError(
                f"{type(self).__name__}: series holds {kind.value_type}; expected structs of "
                f"timestamp ({WORDS[wanted['timestamp'].kind]}) and value (numbers)"
            )

    def content(
        self, document: dict[str, Any], settings: Mapping[str, Any]
    ) -> Content | ServiceError:
        """The series with the settings."""
        series = points(document["series"])
        if isinstance(series, ServiceError):
            return series
        return Content(self.written(settings, series))


class DetectLastAnomaly(SeriesService):
    """Whether the last point of each series is an anomaly.

    Input     series: 12 to 8,640 points with timestamps in UTC, ascending
    Output    struct: isAnomaly, expectedValue, upperMargin, lowerMargin (in the values' unit),
              period in points, severity 0..1
    """

    path = "/anomalydetector/v1.1/timeseries/last/detect"
    main = ("isAnomaly", "expectedValue")
    output = struct(
        isAnomaly=bool,
        isPositiveAnomaly=bool,
        isNegativeAnomaly=bool,
        period=int,
        expectedValue=float,
        upperMargin=float,
        lowerMargin=float,
        suggestedWindow=int,
        severity=float,
    )


class DetectAnomalies(SeriesService):
    """The anomalies of each series: an array with an entry for each point.

    Input     series: 12 to 8,640 points with timestamps in UTC, ascending
    Output    struct of arrays: isAnomaly, expectedValues, upperMargins, lowerMargins (in the
              values' unit), severity 0..1; period in points
    """

    path = "/anomalydetector/v1.1/timeseries/entire/detect"
    main = _LISTS_NEEDED
    output = EntireSeries

    def read_own(self, answer: httpx.Response, row: Row) -> Outcome:
        """The answer, if it is one for each of the points that were sent."""
        return _whole(self.read_row(answer, row.settings), answer, len(row.document["series"]))


class SimpleDetectAnomalies(AnomalyService):
    """The anomalies of series that lie in rows: a point a row, a series a group.

    The rows of a group may stand in any order, anywhere; each gets what was found of its own
    point. Without `groupbyCol` all rows are one series. A group that the service refuses (because
    it is too short, say) is an error in its own rows and no others. On Spark the rows are brought
    together by group, and come back in order of the groups.

    Input     timestamp (text or times), value (numbers), groupby; 12 to 8,640 points a group
    Output    struct: isAnomaly, expectedValue, upperMargin, lowerMargin (in the values' unit),
              period in points, severity 0..1
    """

    path = "/anomalydetector/v1.1/timeseries/entire/detect"
    output = struct(
        isAnomaly=bool,
        isPositiveAnomaly=bool,
        isNegativeAnomaly=bool,
        period=int,
        expectedValue=float,
        upperMargin=float,
        lowerMargin=float,
        severity=float,
    )

    timestamp = ServiceParam(
        datetime.datetime,
        "time of the point",
        send="document",
        required=True,
        default=Column("timestamp"),
    )
    value = ServiceParam(
        float, "value of the point", send="document", required=True, default=Column("value")
    )
    groupby = ServiceParam(Any, "what the points of a series have in common", send="document")

    def group(self) -> list[str] | None:
        """The column that tells series from each other."""
        found = self.getOrDefault("groupby")
        return [found.name] if isinstance(found, Column) else []

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """Series cannot be told apart by maps: Spark brings no rows together by them."""
        if pa.types.is_map(columns.get("groupby", pa.null())):
            raise ParamError(f"{type(self).__name__}: groupby is a map; expected a plain value")

    def works(self, rows: Iterator[Row], plan: Plan) -> Iterator[Work]:
        """A work for each distinct series, whichever groups it stands in."""
        groups: dict[str, list[Row]] = {}
        for row in rows:
            if math.isfinite(row.document["value"]):
                groups.setdefault(_key(row.document.get("groupby")), []).append(row)
            else:
                why = f"the value is {row.document['value']}"
                yield Work([row.row], refused(1, ServiceError("row_rejected", why)))
        alike: dict[bytes, list[list[Row]]] = {}
        for group in groups.values():
            placed = [row.row for row in group]
            try:
                body = self._body(group)
            except Exception as error:  # noqa: BLE001 (a bug that one group shows costs that group)
                yield Work(placed, broken(error))
                continue
            if isinstance(body, ServiceError):
                yield Work(placed, refused(len(group), body))
            else:
                alike.setdefault(body, []).append(group)
        for body, found in alike.items():
            placed = [row.row for group in found for row in group]
            yield Work(placed, self._series(plan, body, found[0], len(found)))

    def _body(self, group: list[Row]) -> bytes | ServiceError:
        """The group in order of time, as it is sent; puts the rows themselves in that order."""
        if len({row.key for row in group}) > 1:
            message = "the rows of the group differ in a setting that is read from a column"
            return ServiceError("row_rejected", message)
        if len(group) > MOST_POINTS:
            return too_many(len(group))
        group.sort(key=_place)
        series = [
            {
                "timestamp": text_of(row.document["timestamp"]),
                "value": number(row.document["value"]),
            }
            for row in group
        ]
        return self.written(group[0].settings, series)

    def _series(self, plan: Plan, body: bytes, group: list[Row], times: int) -> Exchange:
        answer = yield from call(plan.request(group[0].key, group[0].settings, body))
        if isinstance(answer, ServiceError):
            return [Outcome(None, answer)] * (len(group) * times)
        outcomes = self._points(answer, len(group))
        if outcomes[0].error is None:
            plan.bill(1)
        return outcomes * times

    def _points(self, answer: httpx.Response, count: int) -> list[Outcome]:
        found = _whole(_WHOLE.read_row(answer, {}), answer, count)
        if found.error is not None:
            return [found] * count
        make = schema.record(self.output)
        lists = {own: getattr(found.value, name) or [None] * count for name, own in _LISTS.items()}
        return [
            Outcome(make(period=found.value.period, **{own: of[at] for own, of in lists.items()}))
            for at in range(count)
        ]


def _whole(found: Outcome, answer: httpx.Response, count: int) -> Outcome:
    """What was found of so many points; the error that it is not found of each."""
    # To look for None among all values would take half as long as to read them.
    has_nulls = b"null" in answer.content
    for name in _LISTS if found.error is None else ():
        values = getattr(found.value, name)
        if values is not None and (len(values) != count or (has_nulls and None in values)):
            why = f"the answer has {len(values)} {name} for {count} points"
            return Outcome(None, bad_response(answer, why))
    return found


def _key(group: Any) -> str:
    return repr(group + 0.0 if isinstance(group, float) else group)  # -0.0 is 0.0


_WHOLE = DetectAnomalies()
_FIRST = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _place(row: Row) -> tuple[datetime.datetime, str]:
    time = text_of(row.document["timestamp"])
    return _moment(time) or _FIRST, time


_moment = functools.lru_cache(100_000)(moment)

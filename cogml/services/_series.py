"""Points in time: how they are written for a service that reads series."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

from cogml.errors import ServiceError
from cogml.exchange import Exchange, Outcome

MOST_POINTS = 8_640


def too_many(count: int) -> ServiceError:
    """The error of a series that is longer than the service takes."""
    message = f"{count:,} points; the operation takes {MOST_POINTS:,} at the most"
    return ServiceError("row_rejected", message)


def refused(count: int, error: ServiceError) -> Exchange:
    """The exchange of rows of which it is known already why they are not sent."""
    yield from ()
    return [Outcome(None, error)] * count


def text_of(time: Any) -> str:
    """A time as the service reads it: ISO 8601 in UTC; one without a zone is taken as UTC."""
    if isinstance(time, str):
        return time
    if isinstance(time, datetime.datetime):
        if time.tzinfo is not None:
            try:
                time = time.astimezone(datetime.UTC).replace(tzinfo=None)
            except OverflowError:  # the last day there is: the service may say what it makes of it
                return str(time.isoformat())
        return f"{time.isoformat()}Z"
    return f"{time.isoformat()}T00:00:00Z"  # a date


def moment(time: str) -> datetime.datetime | None:
    """A time that can be compared with others; None for text that is no time."""
    try:
        found = datetime.datetime.fromisoformat(time)
    except ValueError:
        return None
    return found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found


def number(value: Any) -> float | int:
    """A value as JSON can hold it."""
    return float(value) if isinstance(value, decimal.Decimal) else value


def points(series: list[Any]) -> list[dict[str, Any]] | ServiceError:
    """A row's array of structs of timestamp and value, as the body holds it."""
    if len(series) > MOST_POINTS:
        return too_many(len(series))
    if _is_plain(series):
        return series
    made = []
    for place, point in enumerate(series):
        if not isinstance(point, dict) or point.get("value") is None:
            return ServiceError("row_rejected", f"point {place} of the series has no value")
        if not math.isfinite(point["value"]):
            return ServiceError("row_rejected", f"point {place} of the series is {point['value']}")
        one: dict[str, Any] = {"value": number(point["value"])}
        if point.get("timestamp") is not None:
            one["timestamp"] = text_of(point["timestamp"])
        made.append(one)
    return made


def _is_plain(series: list[Any]) -> bool:
    """Whether the points can be sent as they are: to look at each by itself costs as much as to
    find the anomalies among them."""
    try:
        times = {type(point["timestamp"]) for point in series}
        values = [point["value"] for point in series]
    except (TypeError, KeyError):
        return False
    kinds = {*map(type, values)}
    return (
        times == {str}
        and kinds <= {int, float}
        and all(map(math.isfinite, values))
        and {*map(len, series)} == {2}
    )

"""A series is checked point by point, then laid on the grid of its granularity.

A point of the grid that was not sent is imputed, so that the engine sees equal steps; nothing is
answered for it. With granularity `none` timestamps are not read.

Limits are those of learn.microsoft.com, azure/ai-services/anomaly-detector/concepts/
anomaly-detection-best-practices; the words about a timestamp that does not fit are the service's
own, the others are plain ones.
"""

from __future__ import annotations

import contextlib
import math
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cogml_mocks.anomaly.service import refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

LEAST_POINTS = 12
MOST_POINTS = 8_640
MOST_MISSING = 0.1
MONTHS = {"yearly": 12, "monthly": 1}
MICROSECONDS = {
    "weekly": 604_800_000_000,
    "daily": 86_400_000_000,
    "hourly": 3_600_000_000,
    "minutely": 60_000_000,
    "secondly": 1_000_000,
    "microsecond": 1,
}
NO_GRANULARITY = "none"
GRANULARITIES = (*MONTHS, *MICROSECONDS, NO_GRANULARITY)
AUTO = "auto"
NOT_FILL = "notFill"
IMPUTE_MODES = (AUTO, "previous", "linear", "fixed", "zero", NOT_FILL)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = -62_135_596_800_000_000  # the year 1, in microseconds since 1970
_LONGEST = 2**62  # microseconds: no two times are as far apart
_PLAIN = b"0000-00-00T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Series:
    """Values at equal steps, and which of them were sent."""

    values: Floats
    sent: Places


def read(
    points: Any, granularity: str, interval: int, impute_mode: str = AUTO, fixed: float = 0.0
) -> Series:
    """Check the points of a request and fill the gaps between them."""
    import numpy as np

    if points is None:
        raise refusal("RequiredSeries", "The 'series' field is required.")
    if not isinstance(points, list):
        raise refusal("BadArgument", "The 'series' field must be an array of points.")
    if len(points) < LEAST_POINTS:
        raise refusal("InvalidSeries", f"The series must have at least {LEAST_POINTS} points.")
    if len(points) > MOST_POINTS:
        raise refusal("InvalidSeries", f"The series must have at most {MOST_POINTS} points.")
    values = _values(points)
    if granularity == NO_GRANULARITY:
        return Series(values, np.arange(len(values)))
    times = _times(points)
    _check_order(times)
    sent = _places(times, granularity, interval)
    if impute_mode == NOT_FILL:
        return Series(values, np.arange(len(values)))
    size = int(sent[-1]) + 1
    if size - len(values) > MOST_MISSING * size:
        raise refusal(
            "InvalidSeries",
            f"{size - len(values)} of {size} points are missing; at most 10 percent may be.",
        )
    return Series(_impute(values, sent, size, impute_mode, fixed), sent)


def number(value: Any) -> float | None:
    """Return a finite number as a float; None for anything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = float(value)
    return found if math.isfinite(found) else None


def _values(points: list[Any]) -> Floats:
    import numpy as np

    with contextlib.suppress(TypeError, KeyError, OverflowError):
        found = [point["value"] for point in points]
        if {*map(type, found)} <= {int, float}:
            values = np.array(found, dtype=np.float64)
            if np.isfinite(values).all():
                return values
    # One by one, to say which it is.
    return np.array([_value(i, point) for i, point in enumerate(points)])


def _times(points: list[dict[str, Any]]) -> Places:
    """Return microseconds since 1970."""
    import numpy as np

    with contextlib.suppress(TypeError, KeyError, ValueError):
        return _plain_times([point["timestamp"] for point in points])
    # One by one: they may be written in other ways, and of a wrong one it is said which it is.
    times = (_time(i, point) - _EPOCH for i, point in enumerate(points))
    return np.array([time // _MICROSECOND for time in times])


def _plain_times(texts: list[str]) -> Places:
    """Read times that are all written as 2024-01-31T00:00:00Z; `ValueError` where one is not."""
    import numpy as np

    if {*map(len, texts)} != {len(_PLAIN)}:
        raise ValueError("of another length")
    written = "".join(texts).encode("ascii")
    characters = np.frombuffer(written, np.uint8).reshape(-1, len(_PLAIN))
    pattern = np.frombuffer(_PLAIN, np.uint8)
    is_digit = pattern == ord("0")
    digits = characters[:, is_digit] - ord("0")
    if (digits > 9).any() or (characters[:, ~is_digit] != pattern[~is_digit]).any():
        raise ValueError("of another form")
    # Not by numpy's own reading of texts: before 2.0 one that is no time ends the process.
    pairs = digits.reshape(-1, 7, 2) @ np.array([10, 1], np.int64)
    century, years, month, day, hour, minute, second = pairs.T
    months = ((century * 100 + years - 1970) * 12 + month - 1).astype("datetime64[M]")
    first, after = ((months + more).astype("datetime64[D]").astype(np.int64) for more in (0, 1))
    is_time = (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first)
    if not (is_time & (hour < 24) & (minute < 60) & (second < 60)).all():
        raise ValueError("no time")
    seconds = (((first + day - 1) * 24 + hour) * 60 + minute) * 60 + second
    times: Places = seconds * 1_000_000
    if times.min() < _FIRST_YEAR:
        raise ValueError("before the year 1")
    return times


def _value(index: int, point: Any) -> float:
    found = number(point.get("value")) if isinstance(point, dict) else None
    if found is None:
        raise refusal("BadArgument", f"The 'Value' at index {index} is missing or not a number.")
    return found


def _time(index: int, point: dict[str, Any]) -> datetime:
    text = point.get("timestamp")
    try:
        found = datetime.fromisoformat(text)  # type: ignore[arg-type]
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        message = f"The 'Timestamp' at index {index} is missing or not in ISO 8601 format."
        raise refusal("BadArgument", message) from None


def _check_order(times: Places) -> None:
    import numpy as np

    steps = np.diff(times)
    for index in (np.flatnonzero(steps <= 0)[:1] + 1).tolist():
        if steps[index - 1] == 0:
            message = f"The 'Timestamp' at index {index} is a duplicate of the one before."
            raise refusal("InvalidSeries", message)
        message = f"The 'Timestamp' at index {index} is before the one at index {index - 1}."
        raise refusal("InvalidSeries", message)


def _places(times: Places, granularity: str, interval: int) -> Places:
    """Return how many steps each timestamp is after the first."""
    if granularity in MONTHS:
        step, counts = MONTHS[granularity] * interval, _months(times)
    else:
        step, counts = MICROSECONDS[granularity] * interval, times - times[0]
    step = min(step, _LONGEST)
    for index in ((counts < 0) | (counts % step > 0)).nonzero()[0][:1].tolist():
        raise refusal(
            "InvalidSeries",
            f"The 'Timestamp' at index {index} is invalid in {granularity} granularity "
            f"with {interval} gran as interval.",
        )
    return counts // step


def _months(times: Places) -> Places:
    """Return whole months since the first time, -1 where there is a part of one."""
    import numpy as np

    dates = [_EPOCH + timedelta(microseconds=time) for time in times.tolist()]
    months = [_months_between(dates[0], date) for date in dates]
    return np.array([-1 if count is None else count for count in months])


def _months_between(first: datetime, time: datetime) -> int | None:
    """Return whole months; None where the day of the month or the time of day differs."""
    if time.timetz() != first.timetz():
        return None
    last_of_month = monthrange(time.year, time.month)[1]
    at_ends = time.day == last_of_month and first.day == monthrange(first.year, first.month)[1]
    if time.day != min(first.day, last_of_month) and not at_ends:
        return None
    return (time.year - first.year) * 12 + time.month - first.month


def _impute(values: Floats, sent: Places, size: int, mode: str, fixed: float) -> Floats:
    if size == len(values):
        return values
    import numpy as np

    grid = np.arange(size)
    if mode in (AUTO, "linear"):
        # In halves, since the difference of two finite numbers may not be finite.
        return np.asarray(2 * np.interp(grid, sent, values / 2), dtype=np.float64)
    if mode == "previous":
        return np.asarray(values[np.searchsorted(sent, grid, side="right") - 1])
    filled = np.full(size, fixed if mode == "fixed" else 0.0)
    filled[sent] = values
    return filled

"""A time series with the band it was expected in and the points that lie outside."""

# ruff: noqa: N803
from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from cogml.display import _canvas
from cogml.display._columns import Columns, read_with_errors
from cogml.errors import ParamError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 12


def series(
    frame: Any,
    timestampCol: str = "timestamp",
    valueCol: str = "value",
    anomaliesCol: str = "anomalies",
    groupCol: str | None = None,
    errorCol: str | None = None,
) -> Figure:
    """The answers of SimpleDetectAnomalies: values, expected band, anomalies; a panel a group.

    Times may be text (ISO 8601) or times, in UTC where they name no zone; values keep their unit.
    The first 12 groups are shown.
    """
    names = [timestampCol, valueCol, anomaliesCol]
    wanted = names if groupCol is None else [*names, groupCol]
    found, errors = read_with_errors(frame, wanted, [anomaliesCol], errorCol)
    groups: dict[Any, list[int]] = {}
    for row, group in enumerate(found[groupCol] if groupCol else [None] * len(errors)):
        groups.setdefault(group, []).append(row)
    if not groups:
        raise ParamError("there are no rows to show")
    shown = list(groups.items())[:MOST]
    made, grid = _canvas.figure(len(shown), height=0.6 + 2.6 * len(shown))
    for axes, (group, rows) in zip(grid[:, 0], shown, strict=True):
        points = [_Point(found, row, names, errors[row]) for row in rows]
        points.sort(key=lambda point: point.time)
        _panel(axes, points)
        name = "" if group is None else f"{_canvas.shortened(group, 40)}: "
        axes.set_title(f"{name}{_summary(points)}", loc="left", fontsize=11)
        axes.set_ylabel(_canvas.shortened(valueCol, 30))
    grid[-1, 0].set_xlabel(f"{_canvas.shortened(timestampCol, 30)} (UTC)")
    if len(groups) > MOST:
        made.suptitle(f"the first {MOST} of {len(groups):,} groups")
    return made


class _Point:
    """A point of a series with what was found of it; `isAnomaly` is None where nothing was."""

    def __init__(self, found: Columns, row: int, names: list[str], error: Any) -> None:
        time, value, answer = (found[name][row] for name in names)
        self.error = error
        self.time = _moment(time, names[0])
        if value is not None and (
            isinstance(value, (str, bytes)) or not hasattr(value, "__float__")
        ):
            raise ParamError(f"{names[1]}: expected numbers; found {value!r}")
        self.value = None if value is None else float(value)
        if answer is not None and not (isinstance(answer, dict) and "isAnomaly" in answer):
            raise ParamError(
                f"{names[2]}: expected the answers of SimpleDetectAnomalies (structs with "
                f"isAnomaly and expectedValue); found {type(answer).__name__}"
            )
        answer = answer or {}
        if isinstance(answer.get("isAnomaly"), list):
            raise ParamError(
                f"{names[2]}: expected an answer a point, as SimpleDetectAnomalies gives; found a "
                f"list a row, as DetectAnomalies gives"
            )
        self.isAnomaly: bool | None = answer.get("isAnomaly")
        self.expected: float | None = answer.get("expectedValue")
        self.lowest = self.highest = self.expected
        if self.expected is not None:
            self.lowest = self.expected - (answer.get("lowerMargin") or 0.0)
            self.highest = self.expected + (answer.get("upperMargin") or 0.0)


def _panel(axes: Axes, points: list[_Point]) -> None:
    nan = float("nan")
    times = [_number(point.time) for point in points]
    axes.xaxis_date()

    def line(name: str) -> list[float]:
        return [nan if (value := getattr(p, name)) is None else value for p in points]

    if any(point.expected is not None for point in points):
        axes.fill_between(
            times, line("lowest"), line("highest"),
            color=_canvas.BLUE, alpha=0.18, linewidth=0, label="expected band",
        )  # fmt: skip
        axes.plot(times, line("expected"), "--", color=_canvas.BLUE, linewidth=1, label="expected")
    few = len(points) <= 100
    axes.plot(
        times, line("value"), color=_canvas.BLACK, linewidth=1.2, label="value",
        marker="." if few else None,
    )  # fmt: skip
    anomalies, failed = [p for p in points if p.isAnomaly], [p for p in points if p.error]
    _marks(axes, anomalies, "anomaly", color=_canvas.RED, marker="D", markersize=7 if few else 5)
    _marks(axes, failed, "error", color=_canvas.GREY, marker="x", markersize=7 if few else 4)
    _canvas.bare(axes)
    axes.legend(fontsize=8, frameon=False, loc="upper right", ncols=5)
    axes.margins(y=0.2)
    axes.tick_params(labelsize=9)


def _marks(axes: Axes, points: list[_Point], label: str, **style: Any) -> None:
    placed = [point for point in points if point.value is not None]
    if placed:
        times, values = [_number(p.time) for p in placed], [p.value for p in placed]
        axes.plot(times, values, linestyle="", label=label, **style)  # type: ignore[arg-type]


def _number(time: datetime.datetime) -> float:
    from matplotlib.dates import date2num

    return float(date2num(time))  # type: ignore[no-untyped-call]


def _summary(points: list[_Point]) -> str:
    count = sum(bool(point.isAnomaly) for point in points)
    said = f"{count:,} {'anomaly' if count == 1 else 'anomalies'} in {len(points):,} points"
    return ", ".join(filter(None, [said, _canvas.failures([point.error for point in points])]))


def _moment(value: Any, name: str) -> datetime.datetime:
    """The time in UTC, without a zone, as axes are labelled."""
    try:
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value)
        elif not isinstance(value, datetime.datetime) and isinstance(value, datetime.date):
            value = datetime.datetime.combine(value, datetime.time())
        if value.tzinfo is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, AttributeError):
        raise ParamError(
            f"{name}: expected times, or text such as 2026-01-31T00:00:00Z; found {value!r}"
        ) from None
    moment: datetime.datetime = value
    return moment

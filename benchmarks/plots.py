"""Pictures of tables: cogml in colour, what it is held against in greys and blues."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from results import Spread, Table

_INK, _FAINT = "#22303c", "#8795a1"
_COLOURS = (  # by what a client's title begins with
    ("cogml", "#d1495b"),
    ("bare", "#8795a1"),
    ("aiohttp", "#2e6f9e"),
    ("requests", "#6a994e"),
    ("Azure", "#7b5ea7"),
    ("asyncio", "#b08968"),
    ("SynapseML", "#2e6f9e"),
)
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": "#c5cdd5",
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e9edf1",
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}


def colour(title: str) -> str:
    """A client's colour, the same in every picture."""
    return next((shade for start, shade in _COLOURS if title.startswith(start)), _FAINT)


def save(path: pathlib.Path, table: Table, draw: Callable[[Figure, Table], None]) -> None:
    """Draw a table, with its title above and the machine below."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(10, 4.4), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08, wspace=0.04)
        draw(figure, table)
        figure.suptitle(table.title, x=0.012, ha="left", fontsize=14, fontweight="bold")
        told = table.machine()
        below = (
            f"{told['processor']}, {told['cores']} cores, {told['system']}, "
            f"Python {told['python']}, {told['date']}"
        )
        if table.quick:
            below = f"the short form: no figure means anything; {below}"
        figure.supxlabel(below, x=0.012, ha="left", fontsize=8, color=_FAINT)
        figure.savefig(path, dpi=150)


def _middle(value: Any) -> float:
    return value.median if isinstance(value, Spread) else float(value)


def dots(
    axes: Axes, titles: Sequence[str], values: Sequence[Spread], form: str, log: bool = True
) -> None:
    """A dot for each median, a line from the least to the most, the figures in a column."""
    places = range(len(titles), 0, -1)
    for place, title, value in zip(places, titles, values, strict=True):
        shade = colour(title)
        axes.plot([value.least, value.most], [place, place], color=shade, lw=3, alpha=0.35)
        axes.plot(value.median, place, "o", color=shade, ms=8)
        axes.annotate(
            format(value.median, form),
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(52, 0),
            textcoords="offset points",
            ha="right",
            va="center_baseline",
            color=shade,
            fontweight="bold" if title.startswith("cogml") else "normal",
        )
    axes.set_yticks([*places], titles)
    for label in axes.get_yticklabels():
        if label.get_text().startswith("cogml"):
            label.set_fontweight("bold")
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(0.4, len(titles) + 0.6)
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(min(v.least for v in values) / 1.5, max(v.most for v in values) * 1.5)
    else:
        axes.set_xlim(0, max(v.most for v in values) * 1.05)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: _short(x) if x >= 10_000 else f"{x:,.10g}")
    )


def _mark(axes: Axes, place: float, said: str) -> None:
    """A line across, named at its upper end."""
    axes.axvline(place, color=_INK, lw=1, ls=(0, (4, 3)), zorder=1)
    axes.set_xlim(right=max(axes.get_xlim()[1], place * 1.3))
    axes.annotate(
        said,
        (place, 1.0),
        (0, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )


def saturated(figure: Figure, table: Table) -> None:
    axes = figure.subplots()
    rows = sorted(table.rows, key=lambda row: _middle(row["cost"]))
    dots(axes, [row["client"] for row in rows], [row["cost"] for row in rows], ".1f")
    axes.set_xlabel("processor µs a row (logarithmic; less is better)")


def peers(figure: Figure, table: Table) -> None:
    numbers = sorted({row["concurrency"] for row in table.rows})
    shown = [n for n in numbers if sum(row["concurrency"] == n for row in table.rows) > 1]
    figure.set_size_inches(6.5 + 3.2 * len(shown), 4.6)
    order: list[str] = []
    panels = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    for number, axes in zip(shown, panels, strict=True):
        here = {row["client"]: row for row in table.rows if row["concurrency"] == number}
        for row in table.rows:
            if row["concurrency"] not in shown:
                here[f"{row['client']} ({row['concurrency']})"] = row
        order = order or sorted(here, key=lambda title: -_middle(here[title]["rate"]))
        dots(axes, order, [here[title]["rate"] for title in order], ",.0f")
        first = here[order[0]]
        line = _middle(first["rate"]) / _middle(first["share"])
        _mark(axes, line, "the line")
        axes.set_xlabel("rows/s (logarithmic; more is better)")
        axes.set_title(f"{number} in flight", loc="left", fontsize=11)


def line(figure: Figure, table: Table) -> None:
    latencies = sorted({row["latency"] for row in table.rows}, key=lambda ms: ms or 10**9)
    panels = figure.subplots(1, len(latencies), squeeze=False)[0]
    for latency, axes in zip(latencies, panels, strict=True):
        here = [row for row in table.rows if row["latency"] == latency]
        numbers = sorted({row["concurrency"] for row in here})
        for title in dict.fromkeys(row["client"] for row in here):
            found = {row["concurrency"]: row for row in here if row["client"] == title}
            key, factor = ("share", 100) if latency else ("rate", 1 / 1000)
            values = [found[number][key] for number in numbers]
            middles = [_middle(value) * factor for value in values]
            shade = colour(title)
            axes.plot(
                middles, "o-", color=shade, label=title, lw=2.4 if "cogml" in title else 1.6,
                zorder=3 if "cogml" in title else 2,
            )  # fmt: skip
            axes.fill_between(
                range(len(numbers)),
                [value.least * factor for value in values],
                [value.most * factor for value in values],
                color=shade,
                alpha=0.12,
                lw=0,
            )
        axes.set_xticks(range(len(numbers)), [f"{number}" for number in numbers])
        axes.set_xlabel("requests in flight")
        axes.grid(axis="x", visible=False)
        axes.margins(x=0.08)
        if latency:
            axes.axhline(100, color=_INK, lw=1, ls=(0, (4, 3)))
            lowest = min(row["share"].least for row in here) * 100
            axes.set_ylim(max(0, lowest // 20 * 20 - 10), 104)
            axes.set_title(f"{latency} ms: % of the line", loc="left", fontsize=11)
        else:
            axes.set_ylim(bottom=0)
            axes.set_title("no latency: thousand rows/s", loc="left", fontsize=11)
    panels[0].legend(loc="lower left")


def growth(figure: Figure, table: Table) -> None:
    time, memory = figure.subplots(1, 2)
    for key, axes in (("time", time), ("peak", memory)):
        for frame, shade in (("pandas", "#2e6f9e"), ("a stream of Arrow batches", "#d1495b")):
            rows = [row for row in table.rows if row["frame"] == frame]
            numbers = [row["rows"] for row in rows]
            axes.plot(numbers, [_middle(row[key]) for row in rows], "o-", color=shade, label=frame)
            axes.fill_between(
                numbers,
                [row[key].least for row in rows],
                [row[key].most for row in rows],
                color=shade,
                alpha=0.12,
                lw=0,
            )
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(numbers, [_short(number) for number in numbers])
        axes.grid(axis="x", visible=False)
        axes.set_xlabel("rows")
        axes.set_ylim(0, max(row[key].most for row in table.rows) * 1.12)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))
    time.set_title("µs a row", loc="left", fontsize=11)
    memory.set_title("peak memory of the process, MB", loc="left", fontsize=11)
    memory.legend(loc="upper left")


def _short(number: float) -> str:
    if number >= 10**6:
        return f"{number / 10**6:g}M"
    return f"{number / 1000:g}k"


def start(figure: Figure, table: Table) -> None:
    figure.set_size_inches(12, 4.4)
    for what, axes in zip(("import", "first row"), figure.subplots(1, 2), strict=True):
        rows = [row for row in table.rows if row["what"] == what]
        rows = sorted(rows, key=lambda row: _middle(row["time"]))
        dots(axes, [row["of"] for row in rows], [row["time"] for row in rows], ".0f", log=False)
        axes.set_xlabel("ms (less is better)")
        axes.set_title(what, loc="left", fontsize=11)
        if what == "import":
            _mark(axes, table.goals[0].most, "wanted")


def vision(figure: Figure, table: Table) -> None:
    rate, cost = figure.subplots(1, 2, sharey=True)
    rows = sorted(table.rows, key=lambda row: (row["latency"], row["client"]))
    titles = [f"{row['client']}, {row['latency']} ms" for row in rows]
    dots(rate, titles, [row["rate"] for row in rows], ".1f", log=False)
    dots(cost, titles, [row["cost"] for row in rows], ".1f", log=False)
    rate.set_xlabel("requests/s (more is better)")
    cost.set_xlabel("processor ms a request (less is better)")


def spark_rows(figure: Figure, table: Table) -> None:
    figure.set_size_inches(12, 1.6 + 0.28 * len(table.rows))
    rate, cost = figure.subplots(1, 2, sharey=True)
    titles = [_of_spark(row) for row in table.rows]
    dots(rate, titles, [row["rate"] for row in table.rows], ",.0f")
    dots(cost, titles, [row["cost"] for row in table.rows], ",.1f")
    rate.set_xlabel("rows/s (logarithmic; more is better)")
    cost.set_xlabel("processor µs a row (logarithmic; less is better)")


def _of_spark(row: dict[str, Any]) -> str:
    title = f"{row['client']}, Spark {row['spark']}"
    if row["latency"] is None:
        return title
    return f"{title}, {row['latency']} ms, {row['concurrency']} in flight"


def spark_growth(figure: Figure, table: Table) -> None:
    numbers = [row["rows"] for row in table.rows]
    for key, axes in zip(("cost", "peak"), figure.subplots(1, 2), strict=True):
        values = [row[key] for row in table.rows]
        axes.plot(numbers, [value.median for value in values], "o-", color=colour("cogml"))
        least, most = [value.least for value in values], [value.most for value in values]
        axes.fill_between(numbers, least, most, color=colour("cogml"), alpha=0.12, lw=0)
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(numbers, [_short(number) for number in numbers])
        axes.grid(axis="x", visible=False)
        axes.set_xlabel("rows")
        axes.set_ylim(0, max(most) * 1.12)
        title = "processor µs a row" if key == "cost" else "peak memory of a worker, MB"
        axes.set_title(title, loc="left", fontsize=11)


def spark_tasks(figure: Figure, table: Table) -> None:
    axes = figure.subplots()
    titles = [
        f"cogml, {row['partitions']:,} tasks, {row['rows']:,} rows each, {row['arrow']:,} a batch"
        for row in table.rows
    ]
    dots(axes, titles, [row["rate"] for row in table.rows], ",.0f")
    axes.set_xlabel("rows/s (logarithmic; more is better)")

"""A table of a benchmark: printed as Markdown, written as Markdown, JSON and a plot.

A table is a module with `main(arguments)`, which gives its `Table`: `options` reads the command
line, the table takes its rows and its goals, `publish` prints and writes it. What stands in a cell
is a number, a text, or a `Spread` of samples, which is shown as its median and, in brackets, the
least and the most.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import pathlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import machine

FOLDER = pathlib.Path(__file__).parent / "results"
PACKAGES = ("cogml", "pandas", "pyarrow", "httptools", "msgspec", "httpx", "uvloop", "orjson")


@dataclasses.dataclass(frozen=True)
class Spread:
    """Samples of one figure."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def least(self) -> float:
        return min(self.samples)

    @property
    def most(self) -> float:
        return max(self.samples)


def spread(samples: Sequence[float]) -> Spread:
    return Spread(tuple(samples))


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its heading, and how a number in it is written."""

    key: str
    heading: str
    form: str = ""  # as in format(number, form); a text stays as it is

    def shown(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, Spread):
            middle = format(value.median, self.form)
            if len(value.samples) == 1:
                return middle
            return f"{middle} [{value.least:{self.form}}, {value.most:{self.form}}]"
        return value if isinstance(value, str) else format(value, self.form)


@dataclasses.dataclass(frozen=True)
class Goal:
    """What a figure is to be, at least or at most."""

    what: str
    found: float
    least: float | None = None
    most: float | None = None
    form: str = ".2f"

    @property
    def met(self) -> bool:
        return (self.least is None or self.found >= self.least) and (
            self.most is None or self.found <= self.most
        )

    @property
    def verdict(self) -> str:
        return "met" if self.met else "**not met**"

    @property
    def shown(self) -> str:
        return format(self.found, self.form)

    @property
    def wanted(self) -> str:
        parts = [f"at least {self.least:{self.form}}"] if self.least is not None else []
        parts += [f"at most {self.most:{self.form}}"] if self.most is not None else []
        return " and ".join(parts)


@dataclasses.dataclass
class Table:
    """One benchmark's outcome; `said` tells in a paragraph what was measured and how."""

    name: str
    title: str
    said: str
    columns: Sequence[Column]
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    goals: list[Goal] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    samples: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    packages: tuple[str, ...] = ()
    quick: bool = False

    def machine(self) -> dict[str, Any]:
        """Where this ran, with what."""
        return {
            **machine.description(),
            "versions": machine.versions(*PACKAGES, *self.packages),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }

    def json(self) -> dict[str, Any]:
        """All that is known, what every run took too."""
        return {
            "name": self.name,
            "title": self.title,
            "said": self.said,
            "quick": self.quick,
            "machine": self.machine(),
            "columns": [dataclasses.asdict(column) for column in self.columns],
            "rows": [{key: _plain(value) for key, value in row.items()} for row in self.rows],
            "goals": [
                dataclasses.asdict(goal) | {"met": goal.met, "wanted": goal.wanted}
                for goal in self.goals
            ],
            "notes": self.notes,
            "samples": self.samples,
        }

    def markdown(self) -> str:
        """The table as a page; the goals stand below it."""
        parts = [f"# {self.title}", self.said]
        if self.quick:
            parts.append("**The short form: it shows that all of it runs, and no figure.**")
        parts.append(
            _grid(
                [column.heading for column in self.columns],
                [
                    [column.shown(row.get(column.key)) for column in self.columns]
                    for row in self.rows
                ],
            )
        )
        if self.goals:
            parts.append(
                _grid(
                    ["goal", "wanted", "found", ""],
                    [[goal.what, goal.wanted, goal.shown, goal.verdict] for goal in self.goals],
                )
            )
        parts += [f"- {note}" for note in self.notes]
        told = self.machine()
        versions = ", ".join(f"{name} {v}" for name, v in told["versions"].items())
        parts.append(
            f"{told['processor']}, {told['cores']} cores, {told['memory']}, {told['system']}, "
            f"Python {told['python']}; {versions}; {told['date']}"
        )
        text = "\n\n".join(parts) + "\n"
        return text.replace("\n\n- ", "\n- ").replace("|\n- ", "|\n\n- ")


Draw = Callable[[Any, Table], None]
"""Draws a table's plot on a matplotlib figure."""


def publish(table: Table, given: argparse.Namespace, draw: Draw | None = None) -> Table:
    """Print the table and, where there is a folder for it, write it."""
    print(f"\n{table.markdown()}", flush=True)
    if given.results is None:
        return table
    folder = pathlib.Path(given.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{table.name}.md").write_text(table.markdown(), "utf-8")
    (folder / f"{table.name}.json").write_text(
        json.dumps(table.json(), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    if draw is not None:
        import plots

        plots.save(folder / f"{table.name}.png", table, draw)
    return table


def summary(tables: Sequence[Table]) -> str:
    """All goals, with what was found, and where it is shown."""
    rows = [
        [goal.what, goal.wanted, goal.shown, goal.verdict, f"[{table.title}]({table.name}.md)"]
        for table in tables
        for goal in table.goals
    ]
    return "# Goals\n\n" + _grid(["goal", "wanted", "found", "", "table"], rows) + "\n"


def options(description: str | None, rounds: int) -> argparse.ArgumentParser:
    """What every table's command line has; a short run writes no results by itself."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="seconds, not minutes: no figures")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--tries", type=int, default=3, help="of a run that others disturb")
    parser.add_argument("--results", type=pathlib.Path, help="(default: benchmarks/results)")
    return parser


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> Any:
    """The options; a short run has one round and one try."""
    given = parser.parse_args(arguments)
    if given.quick:
        given.rounds = given.tries = 1
    elif given.results is None:
        given.results = FOLDER
    return given


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        return {"median": value.median, "samples": list(value.samples)}
    return value


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [headings, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )

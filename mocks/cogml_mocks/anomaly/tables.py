"""Files become one table: a row a time, a column a variable, nan where there is no value.

Codes and words are those of learn.microsoft.com, azure/ai-services/anomaly-detector/concepts/
troubleshoot; how times are aligned and gaps filled is in how-to/train-model beside it. A gap at
an end, which `Linear`, `Previous` or `Subsequent` cannot reach, takes the nearest value.
"""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogml_mocks.anomaly.options import INNER, ONE_TABLE, microseconds, written
from cogml_mocks.anomaly.sources import DataError, check_variables

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Times = NDArray[np.int64]

MAX_TIMESTAMPS = 1_000_000
MAX_VALUES = 20_000_000  # of all variables: what a table of them takes in memory
MAX_COMMAS = 10_000  # of a row; its fields take far more than the bytes they come from
TIMESTAMP, VALUE = "timestamp", "value"
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
_SUFFIX = len(".csv")


@dataclass(frozen=True, slots=True)
class Table:
    """Values of variables at ascending times, in microseconds since 1970."""

    names: tuple[str, ...]
    times: Times
    values: Floats

    def of(self, names: tuple[str, ...]) -> Table:
        """Return the table with exactly these variables, in this order."""
        for name in names:
            if name not in self.names:
                raise DataError("FileNotExist", f"File {name} does not exist.")
        for name in self.names:
            if name not in names:
                raise DataError("RedundantFile", f"File {name} is redundant.")
        places = [self.names.index(name) for name in names]
        return Table(names, self.times, self.values[:, places])

    def aligned(self, mode: str) -> Table:
        """Return the rows at which every variable has a value, or any has."""
        import numpy as np

        present = ~np.isnan(self.values)
        rows = present.all(axis=1) if mode == INNER else present.any(axis=1)
        return Table(self.names, self.times[rows], self.values[rows])

    def until(self, end: int) -> Table:
        """Return the rows up to a time."""
        size = int(self.times.searchsorted(end, side="right"))
        return Table(self.names, self.times[:size], self.values[:size])

    def since(self, start: int, before: int = 0) -> Table:
        """Return the rows from a time on, and so many before it."""
        first = max(0, int(self.times.searchsorted(start)) - before)
        return Table(self.names, self.times[first:], self.values[first:])

    def filled(self, method: str, padding: float) -> Floats:
        """Return the values without gaps."""
        import numpy as np

        found = self.values.copy()
        for column in found.T:
            gaps = np.isnan(column)
            if not gaps.any():
                continue
            if method in ("Zero", "Fixed"):
                column[gaps] = padding if method == "Fixed" else 0.0
            elif gaps.all():
                raise no_data()
            else:
                column[gaps] = _between(column, np.flatnonzero(~gaps), np.flatnonzero(gaps), method)
        return found

    def states(self) -> list[dict[str, Any]]:
        """Return what there is of each variable, those with the most gaps first."""
        import numpy as np

        found = []
        for name, column in zip(self.names, self.values.T, strict=True):
            present = np.flatnonzero(~np.isnan(column))
            ends = (self.times[present[0]], self.times[present[-1]]) if len(present) else ()
            state = {
                "variable": name,
                "filledNARatio": 1 - len(present) / len(column) if len(column) else 0.0,
                "effectiveCount": len(present),
            }
            state |= {
                label: written(int(time))
                for label, time in zip(("firstTimestamp", "lastTimestamp"), ends, strict=False)
            }
            found.append(state)
        return sorted(found, key=lambda state: -state["filledNARatio"])


def read(files: Mapping[str, bytes], schema: str) -> Table:
    """Read one file of all variables, or a file for each."""
    import numpy as np

    if schema != ONE_TABLE:
        parts, left = [], MAX_VALUES
        for name, content in files.items():
            _, times, (values,) = _columns(name, content, left, only=VALUE)
            left -= len(times)
            parts.append((name[:-_SUFFIX], times, values))
        return merged(parts)
    ((name, content),) = files.items()
    names, times, columns = _columns(name, content, MAX_VALUES)
    stamps = np.array(times, dtype=np.int64)
    order = np.argsort(stamps, kind="stable")
    _check_once(name, stamps[order])
    table = np.stack([np.array(column) for column in columns], axis=1)
    return Table(tuple(names), stamps[order], table[order])


def merged(parts: Iterable[tuple[str, Any, Any]]) -> Table:
    """Lay variables, each with times and values of its own, on the times of all."""
    import numpy as np

    columns = [
        (name, np.array(times, dtype=np.int64), np.array(values, dtype=np.float64))
        for name, times, values in parts
    ]
    names = [name for name, _, _ in columns]
    if len(set(names)) < len(names):
        raise _duplicated()
    union = np.unique(np.concatenate([times for _, times, _ in columns]))
    if len(union) > MAX_TIMESTAMPS or len(union) * len(columns) > MAX_VALUES:
        raise _too_many()
    table = np.full((len(union), len(columns)), np.nan)
    for place, (name, times, values) in enumerate(columns):
        _check_once(name, np.sort(times))
        table[np.searchsorted(union, times), place] = values
    return Table(tuple(names), union, table)


def no_data() -> DataError:
    """Return what is wrong with a table that has nothing in it."""
    return DataError("NoData", "There is no effective data.")


def _columns(
    name: str, content: bytes, most: int, only: str | None = None
) -> tuple[list[str], array[int], list[array[float]]]:
    """Read names, times and values of a file, whose first line names its columns."""
    rows = _rows(name, content)
    header = next(rows, [])
    names = [label for label in header if label != TIMESTAMP and only in (None, label)]
    if TIMESTAMP not in header or not names:
        message = f"Columns timestamp or value in file {name} do not exist."
        raise DataError("FileColumnsNotExist", message)
    if len(set(names)) < len(names) or header.count(TIMESTAMP) > 1:
        raise _duplicated()
    check_variables(len(header) - 1)
    time_place = header.index(TIMESTAMP)
    places = [header.index(label) for label in names]
    times = array("q")
    columns = [array("d") for _ in names]
    for row in rows:
        if not row:
            continue
        if len(times) >= MAX_TIMESTAMPS or (len(times) + 1) * len(columns) > most:
            raise _too_many()
        if len(row) > len(header):
            message = f"Errors occurred when reading {name}. Expected {len(header)} fields in " \
                      f"line {len(times) + 2}, saw {len(row)}."  # fmt: skip
            raise DataError("ReadingFileError", message)
        try:
            times.append(microseconds(_cell(row, time_place)))
        except ValueError:
            raise _parse_error(name, "timestamp") from None
        for column, place in zip(columns, places, strict=True):
            column.append(_number(_cell(row, place), header[place]))
    return names, times, columns


def _rows(name: str, content: bytes) -> Iterator[list[str]]:
    try:
        lines = _Lines(content.decode("utf-8-sig"))
        for row in csv.reader(lines):
            lines.commas = 0
            yield row
    except (UnicodeDecodeError, csv.Error):
        message = f"Errors occurred when reading {name}. It is not a CSV file in UTF-8."
        raise DataError("ReadingFileError", message) from None


def _cell(row: list[str], place: int) -> str:
    return row[place] if place < len(row) else ""


class _Lines:
    """Lines of a file, as long as those of one row have not too many fields to be kept."""

    def __init__(self, text: str) -> None:
        self.commas = 0
        self._lines = io.StringIO(text, newline="")

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.commas += line.count(",")
            if self.commas > MAX_COMMAS:
                raise csv.Error("a row that is too wide")
            yield line


def _number(text: str, variable: str) -> float:
    try:
        found = float(text)
    except ValueError:
        if text.strip().lower() in _MISSING:
            return math.nan
        raise _parse_error(variable, "number") from None
    return found if math.isfinite(found) else math.nan


def _between(column: Floats, present: Times, gaps: Times, method: str) -> Floats:
    import numpy as np

    if method == "Linear":
        # In halves, since the difference of two finite numbers may not be finite.
        return np.asarray(2 * np.interp(gaps, present, column[present] / 2), dtype=np.float64)
    places = np.searchsorted(present, gaps) - (method == "Previous")
    return np.asarray(column[present[np.clip(places, 0, len(present) - 1)]])


def _check_once(name: str, times: Times) -> None:
    if (times[1:] == times[:-1]).any():
        message = f"Failed to merge data. Check data format. A timestamp of {name} comes twice."
        raise DataError("MergeDataFailed", message)


def _duplicated() -> DataError:
    return DataError("DuplicatedVariables", "There are multiple variables with the same name.")


def _parse_error(variable: str, what: str) -> DataError:
    return DataError("VariableParseError", f"Variable {variable} parse {what} error.")


def _too_many() -> DataError:
    message = f"Too many data points. Maximum number is {MAX_TIMESTAMPS} per variable."
    return DataError("TooManyData", message)

"""docs/conformance.md: what is judged, how much of it there is, where a file is not followed."""

from __future__ import annotations

from pathlib import Path

from conformance.deviations import DEVIATIONS
from conformance.shapes import NOT_SHOWN
from conformance.summary import table
from conformance.traffic import Traffic

PATH = Path(__file__).parents[2] / "docs" / "conformance.md"
_HEAD = """\
# What the suite is held to

Written by `python -m conformance`; a test compares it with what is there.

Azure publishes an OpenAPI file for each of these services, and examples. The tests send the suite
every example at hand of every operation it models, ours where there is none and beside it, and each
first one spoilt in every way the file lets a program think of. They judge status, headers, media
type and body of each answer: no property that is required may be missing, none of another type, or
not in the file; what an answer of Azure's example has, an answer to it or to ours has too, but for
the names listed below. What is spoilt is refused, but for six that are not wrong after all
(`tests/conformance/refusals.py`). What cogml's own stages send is judged by the same files. A third
run sends requests made up from the files, valid and just not valid; none may be answered with 500,
or in a form that is not documented.

"""
_NAMES = """

## What Azure's examples show and the suite's answers do not

| operation | names |
|---|---|
"""
_BETWEEN = """

## Where a service is known to differ from its file

Each is left out once in the tests, to see that it is still needed.

| API file | what | who says so |
|---|---|---|
"""


def document(traffic: Traffic) -> str:
    """The whole document."""
    known: dict[tuple[str, str], list[str]] = {}
    for one in DEVIATIONS:
        known.setdefault((one.what, one.source), []).append(one.path.partition("/")[0])
    lines = [
        f"| {', '.join(dict.fromkeys(folders))} | {what} | {source} |"
        for (what, source), folders in known.items()
    ]
    names = [
        f"| {operation} | {', '.join(f'`{one}`' for one in sorted(missing))} |"
        for operation, missing in NOT_SHOWN.items()
    ]
    sections = (_HEAD, table(traffic), _NAMES, "\n".join(names), _BETWEEN, "\n".join(lines))
    return "".join(sections) + "\n"

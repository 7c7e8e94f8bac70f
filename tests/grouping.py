"""Which tests share a process where they run side by side, and which of them begin first."""

from __future__ import annotations

import collections
from collections.abc import Iterable

import pytest

_LONG = {  # groups of few tests that take long
    "spark",
    "conformance",
    "tests/test_cancel.py",
    "tests/test_notebooks.py",
    "tests/test_real_inputs.py",
}


def assign(items: Iterable[pytest.Item]) -> None:
    """Tests with a JVM share one; others share their file, where it names no group itself."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            spark = item.get_closest_marker("spark") is not None
            group = "spark" if spark else item.nodeid.partition("::")[0]
            item.add_marker(pytest.mark.xdist_group(group))


def order(items: list[pytest.Item]) -> None:
    """What takes long begins first, or a process would end alone with it."""
    sizes = collections.Counter(map(_group, items))
    items.sort(key=lambda item: (_group(item) not in _LONG, -sizes[_group(item)]))


def check(names: Iterable[str]) -> None:
    """Raise where a test's name does not end with its group, by which pytest-xdist sorts them."""
    if lost := [name for name in names if "@" not in name.rpartition("]")[2]]:
        raise pytest.UsageError(
            f"{len(lost)} tests have no group, the first is {lost[0]}: expected {lost[0]}@group. "
            f"pytest-xdist 3.8 groups none under pytest 9.2 (this is {pytest.__version__}), and "
            "each process would start a JVM; install the versions of constraints.txt"
        )


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""

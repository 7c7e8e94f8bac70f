"""Tests that share what is costly run in one process, and what takes long begins first."""

from __future__ import annotations

from typing import Any

import grouping
import pytest


def test_names_with_their_groups_pass() -> None:
    grouping.check(["tests/test_a.py::test_b@tests/test_a.py", "tests/test_a.py::test_b[x]@spark"])


@pytest.mark.parametrize("name", ["tests/test_a.py::test_b", "tests/test_a.py::test_b[x@y]"])
def test_a_name_without_its_group_is_said(name: str) -> None:
    with pytest.raises(
        pytest.UsageError, match=r"1 tests have no group.*constraints\.txt"
    ) as caught:
        grouping.check(["tests/test_a.py::test_c@spark", name])
    assert f"{name}@group" in str(caught.value)


def test_each_test_has_a_group(request: pytest.FixtureRequest) -> None:
    """Those with a JVM have one, wherever they are written."""
    for item in request.session.items:
        groups = [str(marker.args[0]) for marker in item.iter_markers("xdist_group")]
        assert len(groups) == 1
        assert (groups == ["spark"]) == (item.get_closest_marker("spark") is not None)


class Item:
    """A collected test of this name and these marks, as far as it is asked."""

    def __init__(self, nodeid: str, *marks: pytest.MarkDecorator) -> None:
        self.nodeid = nodeid
        self.marks = {mark.name: mark.mark for mark in marks}

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self.marks.get(name)

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.marks[mark.name] = mark.mark


def test_long_groups_come_first_and_large_ones_next() -> None:
    names = ["a.py::1", "b.py::1", "tests/test_cancel.py::1", "b.py::2", "a.py::spark", "c.py::own"]
    marks = {
        "a.py::spark": [pytest.mark.spark],
        "c.py::own": [pytest.mark.xdist_group("conformance")],
    }
    items: list[Any] = [Item(name, *marks.get(name, [])) for name in names]
    grouping.assign(items)
    grouping.order(items)
    assert [item.nodeid for item in items] == [
        *("tests/test_cancel.py::1", "a.py::spark", "c.py::own"),
        *("b.py::1", "b.py::2"),
        "a.py::1",
    ]

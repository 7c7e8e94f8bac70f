"""The table of faults says what comes of each of them, today."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults_table import DOCUMENT, Suites, document, makers, suites

PAGE = DOCUMENT.read_text(encoding="utf-8")
LINES = PAGE.splitlines()


@pytest.fixture(scope="module")
def given() -> Iterator[Suites]:
    with suites() as servers:
        yield servers


@pytest.mark.parametrize("fault", makers())
def test_a_fault_comes_to_what_the_table_says(fault: str, given: Suites) -> None:
    """After a change that is meant: PYTHONPATH=mocks:tests python -m faults_table."""
    [written] = [line for line in LINES if line.startswith(f"| {fault} |")]
    assert makers()[fault](given) == written


def test_the_table_has_every_fault_and_nothing_else() -> None:
    found = {
        name: next(line for line in LINES if line.startswith(f"| {name} |")) for name in makers()
    }
    assert document(found) == PAGE
    assert len(found) >= 25

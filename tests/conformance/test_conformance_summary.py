"""What is not modelled is known, and the document says what is there."""

from __future__ import annotations

import pytest

from conformance.document import PATH, document
from conformance.summary import ABSENT, NOT_MODELLED, rows
from conformance.traffic import Traffic

# One process: what goes over the wire is gathered once.
pytestmark = pytest.mark.xdist_group("conformance")


def test_what_is_not_modelled_is_known(traffic: Traffic) -> None:
    """After an operation more: take it out of NOT_MODELLED."""
    assert {row.name: set(row.missing) for row in rows(traffic) if row.missing} == NOT_MODELLED


def test_what_is_not_at_hand_is_known(traffic: Traffic) -> None:
    """A folder that has lost its examples would let everything pass."""
    assert {row.name: row.absent for row in rows(traffic)} == ABSENT


def test_the_document_says_what_is_there(traffic: Traffic) -> None:
    """After a change: PYTHONPATH=mocks:tests python -m conformance."""
    assert PATH.read_text("utf-8") == document(traffic)

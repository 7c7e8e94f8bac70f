"""What is judged is gathered once: examples and refusals with their answers, cogml's requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import cogml_mocks
from conformance import api_files
from conformance.traffic import Traffic, gathering


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder of Azure's API files."""
    found = api_files.folder()
    if found is None:
        pytest.skip("neither COGML_TEST_SPECS nor COGML_TEST_DATA names a folder of API files")
    return found


@pytest.fixture(scope="session")
def traffic(suite: cogml_mocks.Suite, specs: Path) -> Iterator[Traffic]:
    with gathering(specs, suite) as gathered:
        yield gathered

"""Every notebook runs from top to bottom in a kernel of its own, and its claims are asserted."""

from __future__ import annotations

import ast
import pathlib
import re
import warnings
from typing import Any

import nbformat
import pytest

FOLDER = pathlib.Path(__file__).parent.parent / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
SECONDS = 150  # for one cell; most of it is for a machine that is busy with other things


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def marked(name: str) -> Any:
    code = "".join(cell.source for cell in read(name).cells if cell.cell_type == "code")
    marks = [pytest.mark.notebook, pytest.mark.timeout(2 * SECONDS)]
    return pytest.param(name, marks=[*marks, *[pytest.mark.spark] * ("SparkSession" in code)])


def sections(name: str) -> dict[str, str]:
    """The code below each heading of the second level."""
    found: dict[str, str] = {}
    title = ""
    for cell in read(name).cells:
        if cell.cell_type == "markdown" and (heading := re.match(r"## (.+)", cell.source)):
            title = heading[1]
            assert title not in found
            found[title] = ""
        elif cell.cell_type == "code" and title:
            found[title] += f"{cell.source}\n"
    return found


@pytest.mark.parametrize("name", [marked(name) for name in NAMES])
def test_notebook_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("COGML_WEB", "COGML_VAULT_URL", "COGML_LINKED_SERVICES"):
        monkeypatch.delenv(variable, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the notebook client does to itself is not ours
        from nbclient import NotebookClient

        place = {"metadata": {"path": str(FOLDER)}}
        client = NotebookClient(read(name), timeout=SECONDS, kernel_name="python3", resources=place)
        client.execute()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_what_was_written(name: str) -> None:
    """No outputs, no counts, no traces of the machine it was written on."""
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for place, cell in enumerate(notebook.cells, start=1):
        assert cell.id == f"cell-{place:02}"
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert not re.search(r"/(home|Users|tmp|work)/", cell.source)


@pytest.mark.parametrize("name", NAMES)
def test_each_section_asserts_what_it_says(name: str) -> None:
    found = sections(name)
    assert len(found) >= 4
    for title, code in found.items():
        assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code))), title


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_how_to_use_azure_or_needs_no_service(name: str) -> None:
    first = read(name).cells[0].source
    assert first.startswith("# ")
    assert "To use Azure" in first or "cogml" in first or "offline" in first


def test_the_tutorial_imports_are_all_that_changed() -> None:
    """The import lines of the platform's packages are gone; its calls are there."""
    code = "".join(cell.source for cell in read("01-tutorial-on-spark").cells)
    assert "synapse.ml" not in code.replace("SynapseML", "")
    assert "from notebookutils" not in code
    assert "offsets = [(i*imgsPerBatch,) for i in range(10)]" in code, "a formatter has been at it"
    for call in ("getSecret", "TextSentiment", "AnalyzeImage", "BingImageSearch", "PipelineModel"):
        assert f"{call}(" in code

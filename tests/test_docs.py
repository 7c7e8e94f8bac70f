"""What the documents say is run, and what they list is what there is."""

from __future__ import annotations

import pathlib
import re

import pytest

from cogml import CODES, Service, cognitive, stubs
from cogml.fitting import ServiceEstimator

README = (pathlib.Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_readmes_first_sample_runs(capsys: pytest.CaptureFixture[str]) -> None:
    sample = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert sample is not None
    exec(compile(sample[1], "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "['positive', <NA>, 'neutral']"
    assert "3 rows" in printed[1]


def test_readme_lists_every_error_code() -> None:
    section = README.partition("## What a row gets")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(CODES)


def test_readme_names_every_stage() -> None:
    assert [name for name in cognitive.__all__ if f"`{name}`" not in README] == []


def test_every_stage_says_what_it_reads_and_gives() -> None:
    for name, stage in [*Service.registry.items(), *ServiceEstimator.registry.items()]:
        text = stage.__doc__ or ""
        assert re.search(r"^    Input  ", text, re.MULTILINE), name
        assert re.search(r"^    Output  ", text, re.MULTILINE), name
        assert all(param.doc for param in stage.declared.values()), name


def test_the_stub_is_what_the_registry_gives() -> None:
    """After a change of parameters: python -m cogml.stubs."""
    assert stubs.PATH.read_text(encoding="utf-8") == stubs.stub()


def test_the_stub_takes_several_of_a_lists_choices() -> None:
    assert 'visualFeatures: list[Literal["Categories", ' in stubs.stub()

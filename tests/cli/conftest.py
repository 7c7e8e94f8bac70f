"""The command line as a test calls it: in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from cogml.cli.app import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Calls `cogml` with these arguments; an exception that is no exit fails the test."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
        assert "Traceback" not in result.stderr
        return result

    return call


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., subprocess.Popen[str]]:
    """Starts `python -m cogml` with these arguments."""

    def call(*arguments: object) -> subprocess.Popen[str]:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
        return subprocess.Popen(
            [sys.executable, "-m", "cogml", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    return call

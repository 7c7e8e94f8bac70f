"""doctor: one line a check, a sign at its start, and what to do about it."""

from __future__ import annotations

import pathlib
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from cogml import java
from cogml.errors import MissingPackage

Run = Callable[..., Result]

NOT_NEEDED = "\N{EN DASH}"
KEY = "k3y-of-the-test"


@pytest.fixture(autouse=True)
def _a_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that need not be started."""
    found = java.Java(pathlib.Path("jdk"), 17, "JAVA_HOME")
    monkeypatch.setattr(java, "find", lambda spark: found)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", KEY)
    return KEY


def line(result: Result, about: str) -> str:
    """The one line that has this in it."""
    found = [line for line in result.stdout.splitlines() if about in line]
    assert len(found) == 1
    return found[0]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_every_line_is_a_check_and_none_has_failed(run: Run, endpoint: Any, key: str) -> None:
    result = run("doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(line.startswith("✓ ") for line in result.stdout.splitlines())
    assert line(result, "answers") == f"✓ endpoint {endpoint.url} answers"
    assert line(result, "key is") == "✓ key is accepted"
    assert line(result, "Java").startswith("✓ Java 17 from JAVA_HOME, for Spark ")
    for package in ("Python 3", "pyarrow", "httpx", "msgspec", "httptools", "pandas", "polars"):
        assert any(character.isdigit() for character in line(result, package))
    assert key not in result.output
    assert len(endpoint.requests()) == 1


def test_no_endpoint_is_no_failure(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert line(result, "is not set") == f"{NOT_NEEDED} COGML_ENDPOINT is not set"
    assert line(result, "endpoint: none").startswith(NOT_NEEDED)


def test_the_endpoint_of_the_option_is_the_one_that_is_tried(
    run: Run, suite: Any, key: str
) -> None:
    result = run("doctor", "--endpoint", suite.base("doctor"))
    assert result.exit_code == 0
    assert line(result, "answers") == f"✓ endpoint {suite.base('doctor')} answers"
    assert line(result, "is not set").startswith(NOT_NEEDED)


def test_a_key_that_is_refused(run: Run, endpoint: Any, key: str) -> None:
    endpoint.fault({"kind": "status", "status": 401})
    result = run("doctor")
    assert result.exit_code == 1
    assert line(result, "answers").startswith("✓")
    refused = "✗ key is not accepted; check the key in COGML_SUBSCRIPTION_KEY"
    assert line(result, "key is").startswith(refused)
    assert key not in result.output


def test_no_key_where_one_is_asked_for(run: Run, endpoint: Any) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "no key was sent, set COGML_SUBSCRIPTION_KEY" in line(result, "✗")


def test_the_key_of_another_variable(
    run: Run, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", KEY)
    result = run("doctor", "--key", "env:OTHER")
    assert result.exit_code == 0
    assert line(result, "key is") == "✓ key is accepted"
    monkeypatch.delenv("OTHER")
    result = run("doctor", "--key", "env:OTHER")
    assert result.exit_code == 1
    assert line(result, "✗") == "✗ key: the environment variable OTHER is not set"


@pytest.mark.parametrize("given", [KEY, f"env:{KEY}", "env:", ""])
def test_a_key_in_clear_is_refused_and_not_repeated(run: Run, endpoint: Any, given: str) -> None:
    result = run("doctor", "--key", given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expects env:NAME" in result.stderr
    assert KEY not in result.stderr
    assert endpoint.requests() == []


def test_an_endpoint_where_nobody_is(run: Run, key: str) -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    result = run("doctor", "--endpoint", address)
    assert result.exit_code == 1
    assert line(result, "✗").startswith(f"✗ endpoint {address}: unavailable")
    assert line(result, "key:") == f"{NOT_NEEDED} key: not known"


def test_an_endpoint_that_throttles_is_there(run: Run, endpoint: Any, key: str) -> None:
    endpoint.fault({"kind": "throttle", "retry_after_form": "none"})
    result = run("doctor")
    assert result.exit_code == 0
    assert line(result, "answers").startswith("✓")
    assert line(result, "key:").startswith(NOT_NEEDED)


def test_an_endpoint_that_is_another_service(run: Run, endpoint: Any, key: str) -> None:
    result = run("doctor", "--endpoint", f"{endpoint.url}/nothing/here")
    assert result.exit_code == 1
    assert "rejected: 404" in line(result, "✗ endpoint")


def test_a_password_in_the_address_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGML_ENDPOINT", "http://user:s3cr3t@localhost:1/base?sig=s3cr3t")
    result = run("doctor")
    assert result.exit_code == 1
    assert line(result, "COGML_ENDPOINT is") == "✓ COGML_ENDPOINT is http://localhost:1/base"
    assert "password" in line(result, "✗")
    assert "s3cr3t" not in result.output


def test_no_java_for_spark(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(spark: str) -> java.Java:
        raise MissingPackage(f"Spark {spark} needs Java 17; found none")

    monkeypatch.setattr(java, "find", find)
    result = run("doctor")
    assert result.exit_code == 1
    assert line(result, "✗").endswith("needs Java 17; found none")


def test_an_extra_that_is_absent_is_no_failure(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    result = run("doctor")
    assert result.exit_code == 0
    assert line(result, "polars") == (
        f"{NOT_NEEDED} polars: not installed; pip install 'cogml[polars]'"
    )


def test_a_package_that_is_needed_and_absent_is_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    result = run("doctor")
    assert result.exit_code == 1
    assert line(result, "msgspec") == "✗ msgspec: not installed; pip install msgspec"


def test_the_exit_code_of_the_process(
    start: Callable[..., subprocess.Popen[str]], endpoint: Any
) -> None:
    process = start("doctor")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert out.count("✗") == 1

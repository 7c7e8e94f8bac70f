"""mock, services and what holds for every command."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx
import msgspec
import pytest
from typer.testing import Result

import cogml
from cogml.cli import main
from cogml.cli.app import app

Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]

COMMANDS = sorted(command.name or "" for command in app.registered_commands)


def cells(table: str) -> list[list[str]]:
    """The rows of a printed table, without its header and line."""
    return [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:]]


def test_the_version_is_the_librarys(run: Run) -> None:
    assert run("--version").stdout == f"cogml {cogml.__version__}\n"


def test_python_dash_m_is_the_command(start: Start) -> None:
    out, err = start("--version").communicate(timeout=60)
    assert (out, err) == (f"cogml {cogml.__version__}\n", "")


def test_there_are_the_five_commands() -> None:
    assert COMMANDS == ["demo", "doctor", "mock", "services", "transform"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_explains_itself(run: Run, command: str, flag: str) -> None:
    result = run(command, flag)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: cogml {command}") or "Usage:" in result.stdout
    assert "--help" in result.stdout


@pytest.mark.parametrize("command", ["demo", "doctor", "mock", "services"])
def test_an_argument_too_many_is_not_repeated(run: Run, command: str) -> None:
    """It may be a key that somebody forgot to put behind an option."""
    result = run(command, "s3cr3t")
    assert result.exit_code == 2
    assert "arguments that are not expected: 1" in result.stderr
    assert "s3cr3t" not in result.output


def test_without_typer_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "cogml.cli.app")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "cogml: typer is not installed: pip install 'cogml[cli]'\n",
    )


def test_another_missing_module_is_not_taken_for_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cogml.cli.app")
    monkeypatch.setitem(sys.modules, "cogml.cli.demo", None)
    monkeypatch.delattr("cogml.cli.demo")
    with pytest.raises(ImportError, match="demo"):
        main()


# packages that are missing


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("polars", ["demo", "--engine", "polars"], "polars"),
        ("cogml_mocks", ["demo"], "mocks"),
        ("cogml_mocks", ["mock", "--port", "0"], "mocks"),
    ],
)
def test_a_missing_package_is_a_hint_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, package: str, arguments: list[str], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"cogml: {package} is not installed: pip install 'cogml[{extra}]'\n"


# mock


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_suite_says_its_address_serves_and_ends_well(start: Start, number: int) -> None:
    process = start("mock", "--port", "0", "--key", "first", "--key", "s3cr3t", "--latency", "1")
    assert process.stdout is not None
    address = process.stdout.readline().rstrip("\n")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    for key, status in (("first", 200), ("s3cr3t", 200), ("other", 401)):
        answer = httpx.post(
            f"{address}/text/analytics/v3.1/languages",
            json={"documents": [{"id": "1", "text": "good day"}]},
            headers={"Ocp-Apim-Subscription-Key": key},
        )
        assert answer.status_code == status
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("mock", "--port", port)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"cogml: port {port} is in use")


@pytest.mark.parametrize(
    "arguments", [["--port", "-1"], ["--port", "65536"], ["--latency", "-1"], ["--key", ""]]
)
def test_the_suite_refuses_what_it_cannot_do(run: Run, arguments: list[str]) -> None:
    result = run("mock", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert arguments[0] in result.stderr


# services


def test_every_operation_of_the_registry_is_listed(run: Run) -> None:
    listed = {row[0]: row for row in cells(run("services").stdout)}
    operations = [o for stage in cogml.Service.registry.values() for o in stage.operations()]
    assert listed.keys() == {operation.name for operation in operations}
    assert "AnalyzeText(SentimentAnalysis)" in listed
    for operation in operations:
        row = listed[operation.name]
        assert row[1] == f"{operation.method} {operation.path}"
        assert row[2] == operation.version
        assert row[3] == str(operation.limits)


def test_services_as_json_lines(run: Run) -> None:
    lines = run("services", "--json").stdout.splitlines()
    found = {record["stage"]: record for record in map(msgspec.json.decode, lines)}
    assert len(found) == len(lines)
    assert found["TextSentiment"] == {
        "stage": "TextSentiment",
        "method": "POST",
        "path": "/text/analytics/v3.1/sentiment",
        "version": "v3.1",
        "documents": 10,
        "characters": 5_120,
        "bytes": 1_000_000,
        "status": found["TextSentiment"]["status"],
        "ends": found["TextSentiment"]["ends"],
        "successor": found["TextSentiment"]["successor"],
    }
    assert found["AnalyzeText(SentimentAnalysis)"]["status"].startswith("reti")


@pytest.mark.parametrize(("no_color", "styled"), [("", True), ("1", False)])
def test_no_styles_where_nobody_wants_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, no_color: str, styled: bool
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich takes the output for a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[" in run("services").stdout) is styled

"""mock, services and what holds for every command."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from typer.testing import Result

import cogml
import cogml_mocks
from cogml.cli import main
from cogml.cli.app import app
from cogml.fitting import ServiceEstimator

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


def test_the_suite_is_a_vault_a_directory_and_a_service_over_https(
    start: Start, tmp_path: Path
) -> None:
    """Every flag at once: a token for an application's secret opens the vault."""
    tenant = "11111111-2222-3333-4444-555555555555"
    rules = tmp_path / "faults.json"
    rules.write_text('[{"kind": "throttle", "times": 1, "path": "/text/*", "retry_after": 0}]')
    (tmp_path / "recordings").mkdir()
    flags = {
        "--host": "localhost",
        "--port": "0",
        "--secret": "my-key=s3cr3t=with=signs",
        "--tenant": tenant,
        "--client-id": "app",
        "--client-secret": "pa55",
        "--msi-header": "h34der",
        "--tls": str(tmp_path / "tls"),
        "--recordings": str(tmp_path / "recordings"),
        "--faults": str(rules),
        "--models": str(tmp_path / "models"),
        "--rate-limit": "60/m",
    }
    process = start("mock", *(part for pair in flags.items() for part in pair))
    assert process.stdout is not None
    address = process.stdout.readline().rstrip("\n")
    assert re.fullmatch(r"https://localhost:\d+", address)
    trust = ssl.create_default_context(cafile=str(tmp_path / "tls" / "ca.pem"))
    with httpx.Client(base_url=address, verify=trust) as client:
        form = {
            "client_id": "app",
            "client_secret": "pa55",
            "grant_type": "client_credentials",
            "scope": "https://vault.azure.net/.default",
        }
        token = client.post(f"/{tenant}/oauth2/v2.0/token", data=form).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        # A request a second: what is under a base path of its own has a second of its own.
        secret = client.get("/t/a/secrets/my-key?api-version=7.5", headers=bearer)
        identity = "/t/b/msi/token?api-version=2019-08-01&resource=https://vault.azure.net"
        shown = client.get(identity, headers={"X-IDENTITY-HEADER": "wrong"})
        key = {"Ocp-Apim-Subscription-Key": "k"}
        texts = {"documents": [{"id": "1", "text": "good day"}]}
        answers = [
            client.post("/t/c/text/analytics/v3.1/languages", json=texts, headers=key)
            for _ in range(3)
        ]
    assert secret.json()["value"] == "s3cr3t=with=signs"
    assert shown.status_code == 401
    # The rule of the file, then the rate: the first to be computed took the second's only token.
    assert [answer.status_code for answer in answers] == [429, 200, 429]
    assert [answer.headers.get("retry-after") for answer in answers] == ["0", None, "1"]
    assert answers[1].headers["x-cogml-recorded"] == "false"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_suite_records_and_says_what_it_has(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recordings"
    with cogml_mocks.serve(keys=["s3cr3t-of-theirs"]) as upstream:
        process = start(
            "mock", "--port", "0", "--record", upstream.url, "--recordings", str(folder)
        )
        assert process.stdout is not None
        answer = httpx.post(
            f"{process.stdout.readline().strip()}/text/analytics/v3.1/languages?showStats=true",
            json={"documents": [{"id": "1", "text": "good day"}]},
            headers={"Ocp-Apim-Subscription-Key": "s3cr3t-of-theirs"},
        )
        assert answer.status_code == 200
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    (file,) = folder.iterdir()
    assert (process.returncode, err) == (0, f"cogml: recorded {file.name}\n")
    assert "s3cr3t" not in file.read_text()


def test_a_port_in_use_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("mock", "--port", port)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"cogml: port {port} is in use")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "-1"], "--port"),
        (["--port", "65536"], "--port"),
        (["--latency", "-1"], "--latency"),
        (["--key", ""], "--key"),
        (["--host", "192.0.2.1"], "'192.0.2.1' is not loopback"),
        (["--host", "example.com"], "set expose as well"),
        (["--secret", "s3cr3t"], "--secret expects NAME=VALUE"),
        (["--secret", "under_score=s3cr3t"], "letters, digits and hyphens, not 'under_score'"),
        (["--client-id", "app"], "--client-id and --client-secret come together"),
        (["--client-secret", "s3cr3t"], "--client-id and --client-secret come together"),
        (["--recordings", "nowhere"], "there is no folder 'nowhere'"),
        (["--record", "https://a.example"], "record needs recordings"),
        (["--models", "rules.json"], "models: 'rules.json' cannot be used: a file is there"),
        (["--strict-replay"], "strict_replay needs recordings"),
        (["--faults", "nowhere.json"], "--faults: nowhere.json cannot be read"),
        (["--faults", "rules.json"], "--faults: rules.json is not a JSON list of rules"),
        (["--rate-limit", "fast"], "--rate-limit expects N/s or N/m"),
        (["--rate-limit", "0/s"], "--rate-limit expects N/s or N/m"),
    ],
)
def test_the_suite_refuses_what_it_cannot_do(
    run: Run,
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.json").write_text('{"kind": "throttle"}')
    result = run("mock", "--port", "0", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())
    assert "s3cr3t" not in result.stderr


def test_a_fault_that_is_none_is_said_before_the_address(run: Run, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('[{"kind": "trottle"}]')
    result = run("mock", "--port", "0", "--faults", str(rules))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "unknown kind 'trottle'; kinds are" in result.stderr


def test_told_twice_the_suite_listens_where_it_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is bound: the address is nobody's (RFC 5737), and what would bind it is caught."""
    asked = {}
    monkeypatch.setattr(cogml_mocks, "run", lambda **settings: asked.update(settings))
    result = run("mock", "--host", "192.0.2.1", "--expose", "--key", "k")
    assert (result.exit_code, asked["host"], asked["expose"]) == (0, "192.0.2.1", True)
    assert "other machines can reach" in result.stderr


# services


def test_every_operation_of_the_registry_is_listed(run: Run) -> None:
    listed = {row[0]: row for row in cells(run("services").stdout)}
    stages = [*cogml.Service.registry.values(), *ServiceEstimator.registry.values()]
    operations = [o for stage in stages for o in stage.operations()]
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

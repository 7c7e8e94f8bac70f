"""The guide to testing is tried: each of its blocks is run, each of its tables is complete."""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import inspect
import io
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml
from harness import Endpoint
from typer.testing import CliRunner

import cogml_mocks
import cogml_mocks.server
from cogml.cli.app import app
from cogml_mocks import faults
from cogml_mocks.settings import Settings
from cogml_mocks.view import View

ROOT = pathlib.Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
FILES = {
    text.partition("\n")[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "python"
}
WORKFLOW = yaml.safe_load("".join(text for kind, text in BLOCKS if kind == "yaml"))
COMMANDS = [
    line.removeprefix("$ ")
    for kind, text in BLOCKS
    if kind == "console"
    for line in text.splitlines()
] + [step["run"] for step in WORKFLOW["jobs"]["tests"]["steps"] if "run" in step]
UPSTREAM = "https://my-resource.cognitiveservices.azure.com"
IMPORTED = {
    "AnomalyDetectorClient": "azure.ai.anomalydetector",
    "AzureKeyCredential": "azure.core.credentials",
    "BlobServiceClient": "azure.storage.blob",
    "ClientSecretCredential": "azure.identity",
    "CognitiveServicesCredentials": "msrest.authentication",
    "ComputerVisionClient": "azure.cognitiveservices.vision.computervision",
    "ImageAnalysisClient": "azure.ai.vision.imageanalysis",
    "ImageSearchClient": "azure.cognitiveservices.search.imagesearch",
    "SecretClient": "azure.keyvault.secrets",
    "TextAnalyticsClient": "azure.ai.textanalytics",
    "TextTranslationClient": "azure.ai.translation.text",
}
ALONE = ("reviews.py", "by_hand.py", "test_on_spark.py")  # what pytest does not run, or elsewhere


def table(first: str) -> dict[str, str]:
    """The rows of the table whose first heading is this: what is in code before the first column
    ends, and all of the row."""
    lines = GUIDE.partition(f"\n| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines}


def coded(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A project with the guide's files in it."""
    made = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    (made / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    return made


RECORD_THEN_RUN = """
import os, sys, pytest
options = ["-q", "-p", "cogml_mocks.pytest_plugin", "-p", "no:cacheprovider"]
recorded = pytest.main([*options, "test_recorded.py"])
del os.environ["RECORD"], os.environ["COGML_SUBSCRIPTION_KEY"]
sys.exit(recorded or pytest.main([*options, *sys.argv[1:]]))
"""


# blocks


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    assert {kind for kind, _ in BLOCKS} == {"python", "console", "text", "yaml"}
    assert set(ALONE) <= set(FILES)
    assert len(FILES) == sum(kind == "python" for kind, _ in BLOCKS)
    for name in FILES:
        assert re.fullmatch(r"\w+\.py", name), name


def test_the_tests_of_the_guide_pass_and_what_is_recorded_is_replayed(
    folder: pathlib.Path, suite: cogml_mocks.Suite
) -> None:
    names = [name for name in FILES if name not in ALONE]
    assert "test_recorded.py" in names
    own = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST_", "COGML_"))}
    given = {
        "RECORD": suite.base("guide-upstream"),
        "COGML_SUBSCRIPTION_KEY": "s3cr3t-key",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "no_proxy": "127.0.0.1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", RECORD_THEN_RUN, *names],
        cwd=folder,
        env={**own, **given},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (kept,) = (folder / "recordings").iterdir()
    assert "s3cr3t-key" not in kept.read_text(encoding="utf-8")
    assert len(suite.requests(base="guide-upstream")) == 1


def test_what_needs_no_pytest(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "another")
    monkeypatch.delitem(sys.modules, "reviews", raising=False)
    exec(compile(FILES["by_hand.py"], "by_hand.py", "exec"), {})
    monkeypatch.delitem(sys.modules, "reviews")


@pytest.mark.spark
def test_the_test_on_spark(spark: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    view = View(endpoint.suite, endpoint.name)
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", view.key)
    found: dict[str, Any] = {}
    exec(compile(FILES["test_on_spark.py"], "test_on_spark.py", "exec"), found)
    (test,) = [value for name, value in found.items() if name.startswith("test_")]
    test(spark, view)


def test_the_commands_can_be_given(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    served = []
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0].partition("=")[0] == "RECORD":
            assert words.pop(0) == f"RECORD={UPSTREAM}"
        if words[:2] == ["pip", "install"]:
            extras = re.fullmatch(r"cogml\[(.+)]", words[2])
            assert extras is not None
            assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
        elif words[:3] == ["python", "-m", "pytest"]:
            assert set(words[3:]) <= set(FILES)
        else:
            assert words[:2] == ["cogml", "mock"], command
            served.append(words[1:])
    monkeypatch.chdir(tmp_path)
    started = []

    def run(announce: Callable[[str], object], port: int, **settings: Any) -> None:
        """Serve, as the command would for as long as it is let; say the address and end."""
        with cogml_mocks.serve(port=0, **settings) as suite:
            announce(suite.url)
        started.append({"port": port, **settings})

    for place in (cogml_mocks, cogml_mocks.server):
        monkeypatch.setattr(place, "run", run)
    for words in served:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("http://127.0.0.1:")
    recorder, limited = started
    assert (recorder["port"], recorder["record"]) == (8081, UPSTREAM)
    assert (limited["port"], limited["latency_ms"], limited["rate_limit"]) == (8080, 20, 100)


def test_a_failure_looks_as_the_guide_shows(endpoint: Endpoint) -> None:
    (shown,) = (text for kind, text in BLOCKS if kind == "text")
    view = View(endpoint.suite, endpoint.name)
    view.fault("throttle", times=2, retry_after=0)
    for _ in range(3):
        httpx.post(
            f"{view.url}/text/analytics/v3.1/sentiment",
            json={"documents": [{"id": "1", "text": "fine"}]},
            headers={"Ocp-Apim-Subscription-Key": view.key},
        )
    with pytest.raises(AssertionError) as failed:
        view.assert_requests(3, path="*/sentiment", status=200)
    assert str(failed.value) == shown.rstrip()


# tables and lists


def test_the_guide_names_all_that_the_fixture_gives() -> None:
    said = " ".join(
        coded(" ".join(line.split(" | ")[0] for line in table("`cogml_suite`").values()))
    )
    named = re.findall(r"\.(\w+)", said)
    public = {name for name in dir(View) if not name.startswith("_")} | {"suite", "key"}
    assert sorted(named) == sorted(public)
    for name, given in re.findall(r"\.(assert_\w+)\(([^)]*)\)", said):
        wanted = [word.strip(" =") for word in given.split(",") if word]
        assert wanted == list(inspect.signature(getattr(View, name)).parameters)[1:], name


def test_the_guide_lists_every_fault_and_its_fields() -> None:
    listed: dict[str, set[str]] = {}
    for first, line in table("kind").items():
        fields = set(coded(line.rpartition(" | ")[2])) - set(faults.RETRY_AFTER_FORMS)
        for kind in coded(first):
            if "(" not in kind:
                listed[kind] = fields
    assert listed == {kind: set(fields) for kind, fields in faults.KINDS.items()}
    common = GUIDE.partition("Every kind takes ")[2].partition(". ")[0]
    assert set(coded(common)) == faults.COMMON - {"kind"}


def test_the_settings_are_arguments_of_serve() -> None:
    section = GUIDE.partition("\n## Settings\n")[2].partition("...")[0]
    names = set(coded(section)) - {"cogml_suite_settings", "cogml_mocks.serve"}
    assert len(names) == 12
    known = set(inspect.signature(cogml_mocks.serve).parameters)
    assert names <= known | {field.name for field in dataclasses.fields(Settings)}


# Azure's own clients


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A suite with a vault, over https, by the names the guide uses."""
    folder = tmp_path_factory.mktemp("tls")
    given = {"tls": folder, "secrets": {"a-name": "a-value"}, "clients": {"an-app": "its-secret"}}
    with cogml_mocks.serve(**given) as suite:
        view = View(suite, "guide")
        yield {
            "suite": suite,
            "url": view.url,
            "ca": str(folder / "ca.pem"),
            "tenant": Settings().tenant,
        }


def made(package: str, names: dict[str, Any]) -> Any:
    """The client that the guide says how to make."""
    (row,) = (line for first, line in table("package").items() if first.startswith(package))
    code = coded(row)[0]
    used = [name for name in IMPORTED if f"{name}(" in code]
    classes = {name: getattr(importlib.import_module(IMPORTED[name]), name) for name in used}
    return eval(code, {**classes, **names})


def test_the_clients_of_the_table_are_all_driven() -> None:
    driven = inspect.getsource(sys.modules[__name__])
    for first in table("package"):
        assert f'made("{first.partition(",")[0]}", ' in driven, first


def test_text(endpoint: Endpoint) -> None:

    names = {"url": endpoint.url, "key": "any"}
    with made("azure-ai-textanalytics", names) as client:
        assert client.analyze_sentiment(["I love it!"])[0].sentiment == "positive"


def test_pictures(endpoint: Endpoint) -> None:
    cv2, np = pytest.importorskip("cv2"), pytest.importorskip("numpy")

    picture = cv2.imencode(".png", np.full((60, 60, 3), 255, np.uint8))[1].tobytes()
    names = {"url": endpoint.url, "key": "any"}
    with made("azure-cognitiveservices-vision-computervision", names) as client:
        client.config.retry_policy.retries = 0
        found = client.analyze_image_in_stream(io.BytesIO(picture), ["Color"])
        assert found.color.dominant_color_background == "White"
    with made("azure-ai-vision-imageanalysis", names) as client:
        assert client.analyze(picture, ["TAGS"]).metadata.width == 60


def test_translations(endpoint: Endpoint) -> None:
    names = {"url": endpoint.url, "key": "any"}
    with made("azure-ai-translation-text 1.x", names) as client:
        assert "en" in client.get_supported_languages().translation


def test_blobs(endpoint: Endpoint) -> None:
    with made("azure-storage-blob", {"url": endpoint.url}) as client:
        box = client.create_container("box")
        box.upload_blob("a-name", b"a-value")
        assert box.download_blob("a-name").readall() == b"a-value"


def test_series(endpoint: Endpoint) -> None:
    from azure.ai.anomalydetector.models import TimeSeriesPoint, UnivariateDetectionOptions

    day = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    values = [1.0, 1.1, 0.9] * 8 + [9.0]
    points = [
        TimeSeriesPoint(timestamp=day + datetime.timedelta(days=n), value=value)
        for n, value in enumerate(values)
    ]
    names = {"url": endpoint.url, "key": "any"}
    with made("azure-ai-anomalydetector", names) as client:
        options = UnivariateDetectionOptions(series=points, granularity="daily")
        assert client.detect_univariate_last_point(options).is_anomaly is True


def test_search(endpoint: Endpoint) -> None:

    names = {"url": endpoint.url, "key": "any"}
    with made("azure-cognitiveservices-search-imagesearch", names) as client:
        client.config.retry_policy.retries = 0
        assert client.images.search("quotes", count=1).value


def test_secrets(secure: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    names = dict(secure)
    with made("azure-identity", names) as credential:
        names["credential"] = credential
        with made("azure-keyvault-secrets", names) as client:
            assert client.get_secret("a-name").value == "a-value"

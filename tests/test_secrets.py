"""Planted secrets are looked for wherever something is said, shown, written or kept."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import logging
import pathlib
import pickle
import sqlite3
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest
from azure.core.credentials import AccessToken
from harness import Endpoint, Net
from typer.testing import CliRunner

from cogml import CogmlError, LoadError, ParamError, Pipeline, PipelineModel
from cogml.cli.app import app
from cogml.cognitive import (
    BingImageSearch,
    ReadImage,
    SimpleDetectMultivariateAnomaly,
    SimpleFitMultivariateAnomaly,
    TagImage,
    TextSentiment,
)
from cogml.loop import process_loop
from cogml.plain import PlainCarrier
from cogml.planner import make

# Each has a mark of its own, so that a failure says which one got out, and where.
KEY = "planted-key-4f1c9a"
TOKEN = "planted-token-77aa01"
GIVEN = "planted-given-31bd5e"  # what a credential gives
HEADER = "planted-header-c0ffee"
AUTH = "planted-auth-9d8e7f"
IN_COLUMN = "planted-column-5a5a5a"
IN_VAULT = "planted-vault-1b2c3d"
SIGNATURE = "planted-sas-e4e4e4"  # in the query of an image's address
PRIVATE = "planted private words of a row"
PLANTED = (KEY, TOKEN, GIVEN, HEADER, AUTH, IN_COLUMN, IN_VAULT, SIGNATURE, PRIVATE)


class Credential:
    """As azure-identity's; its repr is not one that keeps a secret."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(GIVEN, 4_000_000_000)

    def __repr__(self) -> str:
        return f"Credential({GIVEN})"


def found_in(text: str) -> list[str]:
    return [secret for secret in PLANTED if secret in text]


def text_stage(endpoint: str, **settings: Any) -> TextSentiment:
    given = {"textCol": "text", "outputCol": "out", "errorCol": "err", "backoffs": [1, 1]}
    return TextSentiment(endpoint=endpoint, **(given | settings))


def _by_column(endpoint: str, **settings: Any) -> TextSentiment:
    return text_stage(endpoint, subscriptionKeyCol="key", **settings)


STAGES: dict[str, Callable[..., Any]] = {
    "key": lambda e, **s: text_stage(e, subscriptionKey=KEY, **s),
    "token": lambda e, **s: text_stage(e, AADToken=TOKEN, **s),
    "credential": lambda e, **s: text_stage(e, credential=Credential(), **s),
    "function": lambda e, **s: text_stage(e, credential=lambda: GIVEN, **s),
    "headers": lambda e, **s: text_stage(e, customHeaders={"api-key": HEADER, "x-my": HEADER}, **s),
    "authorization": lambda e, **s: text_stage(e, CustomAuthHeader=f"Bearer {AUTH}", **s),
    "column": _by_column,
    "picture": lambda e, **s: TagImage(
        endpoint=e, imageUrlCol="url", outputCol="out", errorCol="err", subscriptionKey=KEY,
        **({"backoffs": [1, 1]} | s),
    ),
    "job": lambda e, **s: ReadImage(
        endpoint=e, imageUrlCol="url", outputCol="out", errorCol="err", subscriptionKey=KEY,
        initialPollingDelay=1, pollingDelay=1, **({"backoffs": [1, 1]} | s),
    ),
}  # fmt: skip

FAULTS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "400": [{"status": 400}],
    "401": [{"status": 401}],
    "500": [{"status": 500}],
    "429": [{"kind": "throttle", "retry_after": 0}],
    "dropped": [{"kind": "drop_before_answer"}],
    "cut off": [{"kind": "drop_mid_answer"}],
    "redirect": [{"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"}],
    "not JSON": [{"kind": "malformed_json"}],
    "late": [{"kind": "latency", "delay_ms": 5_000}],
}


def table(there: str) -> pa.Table:
    """Texts, and the address of a picture that is not there, with a signature."""
    address = f"{there}/pictures/1.png?sv=2024&sig={SIGNATURE}"
    return pa.table(
        {
            "text": [f"a happy day: {PRIVATE}", f"a sad day: {PRIVATE}"],
            "key": [IN_COLUMN, IN_COLUMN],
            "url": [address, address + "&x=1"],
        }
    )


def shown(thing: Any) -> str:
    """Whatever shows a stage, a model or a report."""
    parts = [repr(thing), str(thing), f"{thing}", repr([thing]), repr(copy.copy(thing))]
    for name in ("_repr_html_", "explainParams", "extractParamMap"):
        if hasattr(thing, name):
            said = getattr(thing, name)()
            parts += [str(said), repr(said)]
    for name in dir(thing):
        if not name.startswith("_") and isinstance(vars(type(thing)).get(name), property):
            with contextlib.suppress(Exception):
                parts.append(repr(getattr(thing, name)))
    for param in getattr(thing, "params", ()):
        parts += [repr(param), str(param), thing.explainParam(param)]
    with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
        parts.append(pickle.dumps(thing).decode("latin-1"))  # some logs print what is pickled
    return "\n".join(parts)


@contextlib.contextmanager
def carried_by_httpx() -> Iterator[None]:
    """As where the parser has no wheel, or a proxy stands between."""
    home, carrier = process_loop(), PlainCarrier()
    before, home.carrier = home.carrier, carrier
    try:
        yield
    finally:
        home.carrier = before
        for client in carrier._idle:
            asyncio.run_coroutine_threadsafe(client.aclose(), home.loop).result(5)


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that every logger says, those that are kept quiet too."""
    loggers = [logging.getLogger(name) for name in ("", *logging.root.manager.loggerDict)]
    levels = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    process_loop().loop.set_debug(True)
    yield caplog
    process_loop().loop.set_debug(False)
    for logger, level in levels:
        logger.setLevel(level)


# Every fault for a key and a job; every way to show a key for what differs by it; and httpx itself.
RUNS = [
    *((kind, fault, "usual") for kind in ("key", "job") for fault in FAULTS),
    *((kind, fault, "usual") for kind in STAGES for fault in ("nothing", "401", "not JSON")),
    *((kind, fault, "plain") for kind in ("key", "job") for fault in ("nothing", "401", "dropped")),
]


@pytest.mark.parametrize(("kind", "fault", "carrier"), dict.fromkeys(RUNS))
def test_no_secret_is_said_shown_written_or_kept(
    kind: str,
    fault: str,
    carrier: str,
    endpoint: Endpoint,
    tmp_path: pathlib.Path,
    heard: pytest.LogCaptureFixture,
) -> None:
    endpoint.fault(*FAULTS[fault])
    settings = {"timeout": 0.1, "maxRetries": 0} if fault == "late" else {}
    stage = STAGES[kind](endpoint.url, cacheDir=str(tmp_path / "kept"), **settings)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with carried_by_httpx() if carrier == "plain" else contextlib.nullcontext():
            result = stage.transform(table(endpoint.url))
        stage.save(str(tmp_path / "saved"))
    cells = result["err"].to_pylist()
    for answer in (cell["response"] for cell in cells if cell is not None):
        # What the service said is quoted, and it may repeat the row; never who asked.
        assert set(found_in(answer or "")) <= {PRIVATE}
    said = [shown(stage), shown(stage.run_report), shown(stage.copy())]
    said += [str([cell and cell | {"response": None} for cell in cells])]
    said += [str(warning.message) for warning in warned]
    said += [f"{record.name} {record.getMessage()} {record.exc_text}" for record in heard.records]
    said += [json.dumps(endpoint.requests()), str(endpoint.suite.stats(base=endpoint.name))]
    said += [file.read_bytes().decode("latin-1") for file in _files(tmp_path / "saved")]
    for text in said:
        assert found_in(text) == []
    # What was answered is kept, and may say what the service says of the row; never who asked.
    for file in _files(tmp_path / "kept"):
        assert set(found_in(file.read_bytes().decode("latin-1"))) <= {PRIVATE}
    for value in _kept(tmp_path / "kept"):
        assert set(found_in(value)) <= {PRIVATE}


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _kept(folder: pathlib.Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "answers.sqlite")) as store:
        rows = store.execute("SELECT key, value FROM answers").fetchall()
    return [bytes(cell).decode("latin-1") for row in rows for cell in row]


@pytest.mark.parametrize(
    "kind", ["key", "token", "credential", "headers", "authorization", "column"]
)
@pytest.mark.parametrize(
    ("status", "shape"),
    [
        (401, '{{"error": {{"code": "401", "message": "{}"}}}}'),
        (400, '{{"error": {{"code": "A", "innererror": {{"message": "{}"}}}}}}'),
        (500, "<html>{}</html>"),
        (200, "<html>{}</html>"),
        (200, '{{"error": {{"message": "{}"}}}}'),
        (200, '{{"documents": [], "errors": [{{"id": "0", "error": {{"message": "{}"}}}}]}}'),
    ],
)
def test_a_service_that_repeats_what_it_was_shown_is_not_quoted_with_it(
    kind: str, status: int, shape: str
) -> None:
    def repeated(request: httpx.Request) -> httpx.Response:
        told = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        return httpx.Response(status, text=shape.format(told + " " + "x" * 470 + told))

    stage = STAGES[kind]("http://127.0.0.1:9", maxRetries=0)
    plan = make(stage, Net(repeated))
    given = table("http://127.0.0.1:9").slice(0, 1)
    plan.check({name: given.schema.field(name).type for name in plan.needs}, given.column_names)
    error, _ = plan.fill(given.select(plan.needs))
    [cells] = error.to_pylist()
    assert found_in(str(cells)) == []
    assert "planted" not in cells["message"] + cells["response"]  # nor the beginning of one
    assert "<secret>" in cells["response"]
    assert found_in(repr(plan)) == []


BAD_SETTINGS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: TextSentiment(subscriptionKey=KEY.encode()),
    "a list": lambda: TextSentiment(subscriptionKey=[KEY]),
    "a surrogate": lambda: TextSentiment(subscriptionKey=f"\ud800{KEY}"),
    "a number of headers": lambda: TextSentiment(customHeaders={"x": HEADER, "y": 5}),
    "headers as text": lambda: TextSentiment(customHeaders=f"x: {HEADER}"),
    "a token for a credential": lambda: TextSentiment(credential=GIVEN),
    "a dict for a credential": lambda: TextSentiment(credential={"token": GIVEN}),
    "a line break": lambda: _planned(subscriptionKey=f"{KEY}\r\nx: y"),
    "a header's line break": lambda: _planned(customHeaders={"x": f"{HEADER}\n"}),
    "no ASCII": lambda: _planned(AADToken=f"{TOKEN}é"),
    "a password in an address": lambda: TextSentiment(endpoint=f"https://user:{KEY}@host/"),
    "a password in no address": lambda: TextSentiment(endpoint=f"user:{KEY}@host"),
    "a password after one slash": lambda: TextSentiment(url=f"http:/user:{KEY}@host"),
    "a signature in an address": lambda: TextSentiment(url=f"https://host/?sig={SIGNATURE}"),
    "a signature in no address": lambda: TextSentiment(url=f"host/?sv=1&sig={SIGNATURE}"),
    "a token in the open": lambda: _planned(
        url=f"http://host.example/?sv={SIGNATURE}", credential=lambda: GIVEN
    ),
    "a signature of a store": lambda: TextSentiment(
        cacheDir=f"abfss://c@account.dfs.core.windows.net/f?sv=1&sig={SIGNATURE}"
    ),
    "a password of a store": lambda: SimpleFitMultivariateAnomaly(
        intermediateSaveDir=f"sftp://me:{KEY}@host/f"
    ),
    "a key misspelt": lambda: TextSentiment(subscriptionkey=KEY),
    "a reference to nothing": lambda: _planned(subscriptionKey="env:COGML_TEST_UNSET"),
}


def _planned(**settings: Any) -> Any:
    return make(TextSentiment(**({"endpoint": "http://127.0.0.1:9/"} | settings)))


@pytest.mark.parametrize("kind", BAD_SETTINGS)
def test_what_a_wrong_setting_raises_does_not_repeat_it(kind: str) -> None:
    with pytest.raises(CogmlError) as caught:
        BAD_SETTINGS[kind]()
    error = caught.value
    assert found_in(str(error) + repr(error)) == []
    chain = "".join(traceback.TracebackException.from_exception(error).format())
    said = [line for line in chain.splitlines() if not line.startswith("    ")]  # not our source
    assert found_in("\n".join(said)) == []
    assert str(error)


def test_a_saved_stage_that_holds_a_key_in_clear_is_refused_without_it(
    tmp_path: pathlib.Path,
) -> None:
    TextSentiment(subscriptionKey="env:K").save(str(tmp_path / "a"))
    [part] = (tmp_path / "a" / "metadata").glob("part-*")
    part.write_text(part.read_text().replace("env:K", KEY))
    for checksum in part.parent.glob(".*.crc"):  # where Spark wrote it, it would notice
        checksum.unlink()
    with pytest.raises(CogmlError) as caught:
        TextSentiment.load(str(tmp_path / "a"))
    assert found_in("".join(traceback.format_exception(caught.value))) == []


PLACES = {
    "cacheDir": TextSentiment,
    "intermediateSaveDir": SimpleDetectMultivariateAnomaly,
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(
    "url",
    [
        f"abfss://c@account.dfs.core.windows.net/f?sv=1&sig={SIGNATURE}",
        f" s3://bucket/f?X-Amz-Signature={SIGNATURE}",
        f"sftp://me:{KEY}@host/f",
        f"s3://me:{KEY}/with/slashes@bucket/f",
        f"s3:me:{KEY}@bucket/f",
        f"me:{KEY}@bucket/f",
        f"file:/me:{KEY}@host/f",
        f"simplecache::s3://me:{KEY}@bucket/f",
    ],
)
def test_a_store_s_url_with_a_secret_is_refused_when_it_is_set(
    url: str, name: str, tmp_path: pathlib.Path
) -> None:
    """A stage is shown and saved with its places, and nothing is asked of them before it runs."""
    said = f"{name} .*: the URL has a password, a query or one of"
    stage = PLACES[name]()
    with pytest.raises(ParamError, match=said) as caught:
        stage.set(name, url)
    assert found_in(str(caught.value) + shown(stage)) == []
    bare = "abfss://c@account.dfs.core.windows.net/f"
    stage.set(name, bare).save(str(tmp_path / "a"))
    [part] = (tmp_path / "a" / "metadata").glob("part-*")
    part.write_text(part.read_text().replace(bare, url))
    for checksum in part.parent.glob(".*.crc"):
        checksum.unlink()
    with pytest.raises(LoadError, match=said) as unread:
        PLACES[name].load(str(tmp_path / "a"))
    assert found_in(str(unread.value)) == []


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(
    "place",
    [
        "abfss://c@account.dfs.core.windows.net/f",
        "wasbs://c@account.blob.core.windows.net/f:1@2",
        "hdfs://host:8020/a@b",
        "s3://bucket/a:b@c",
        "file:///a:b/c@d",
        "/what is here?/a:b@c",
        "answers?",
        "C:\\answers@home",
    ],
)
def test_a_place_without_a_secret_is_taken_as_it_is(place: str, name: str) -> None:
    assert PLACES[name]().set(name, place).getOrDefault(name) == place


def test_a_pipeline_is_shown_and_saved_without_its_stages_secrets(tmp_path: pathlib.Path) -> None:
    stages = [
        text_stage("http://127.0.0.1:9", subscriptionKey=KEY),
        BingImageSearch(AADToken=TOKEN),
    ]
    for number, chain in enumerate((Pipeline(stages=stages), PipelineModel(stages=stages))):
        assert found_in(shown(chain)) == []
        chain.write().save(str(tmp_path / str(number)))
    for file in _files(tmp_path):
        assert found_in(file.read_text(encoding="latin-1")) == []


def test_what_comes_from_a_vault_is_in_no_stage(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, heard: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cogml.planner.vault.getSecret", lambda *_: IN_VAULT)
    stage = text_stage(endpoint.url, subscriptionKey="vault:a-vault/a-name")
    plan = make(stage)
    stage.transform(table(endpoint.url))
    texts = [shown(stage), repr(plan), pickle.dumps(plan).decode("latin-1"), heard.text]
    assert [found_in(text) for text in texts] == [[], [], [], []]


def test_what_is_downloaded_is_not_said_with_its_signature(
    endpoint: Endpoint, heard: pytest.LogCaptureFixture
) -> None:
    """Addresses of pictures are often signed: whoever has one may read what lies there."""
    given = pa.table({"url": table(endpoint.url)["url"]})
    for carried in (contextlib.nullcontext, carried_by_httpx):
        with carried():
            made = BingImageSearch.downloadFromUrls("url", "bytes", 2, 5_000.0).transform(given)
        error = made.column(1).to_pylist()
        assert [cells["status"]["statusCode"] for cells in error] == [401, 401]
        assert found_in(str(error)) == []
    assert found_in(heard.text) == []
    httpx.get(f"{endpoint.url}/mine")  # what others ask is theirs to log
    assert [r for r in heard.records if r.name == "httpx" and "/mine" in r.getMessage()]


def test_a_run_that_is_broken_off_does_not_show_what_was_on_its_way(endpoint: Endpoint) -> None:
    endpoint.fault({"kind": "latency", "delay_ms": 5_000})

    def progress(*_: object) -> None:
        raise KeyboardInterrupt

    plan = make(text_stage(endpoint.url, subscriptionKey=KEY))
    given = table(endpoint.url).select(["text"])
    plan.check({"text": pa.string()}, ["text"])
    with pytest.raises(KeyboardInterrupt) as caught:
        plan.fill(given, progress)
    assert found_in("".join(traceback.format_exception(caught.value))) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", f"endpoint=https://user:{KEY}@host/"], 2),
        (["--set", f"endpoint=user:{KEY}@host"], 2),
        (["--set", f"credential={GIVEN}"], 2),
        (["--set", "subscriptionKey=env:THE_KEY"], 0),
        (["--set", "subscriptionKey=env:THE_KEY", "--strict"], 1),
    ],
)
def test_the_command_line_repeats_no_secret(
    arguments: list[str],
    code: int,
    endpoint: Endpoint,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    if code == 1:
        endpoint.fault({"status": 401})
    (tmp_path / "in.csv").write_text(f"text\na happy day: {PRIVATE}\n")
    files = [str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.jsonl")]
    command = ["transform", "TextSentiment", *files, "--set", "textCol=text", *arguments]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == code, run.output
    assert found_in(run.output) == []


@pytest.mark.parametrize("place", ["http://127.0.0.1:9/", f"https://user:{HEADER}@host/"])
def test_the_doctor_looks_at_the_key_and_does_not_say_it(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", KEY)
    monkeypatch.setenv("COGML_ENDPOINT", place)
    said = CliRunner().invoke(app, ["doctor"]).output
    assert "✓ pyarrow" in said
    assert found_in(said) == []


def test_the_loop_says_nothing_of_what_it_runs(
    endpoint: Endpoint, heard: pytest.LogCaptureFixture
) -> None:
    """asyncio's debug mode names tasks and the time they took, with their arguments."""
    text_stage(endpoint.url, subscriptionKey=KEY).transform(table(endpoint.url))
    tasks = asyncio.all_tasks(process_loop().loop)
    assert found_in(heard.text + repr(tasks)) == []

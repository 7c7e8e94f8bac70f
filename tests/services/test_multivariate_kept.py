"""What of several variables is kept, shown, and left behind."""

from __future__ import annotations

import json
import logging
import pathlib
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest
from fakes import eventually
from harness import Endpoint, Net
from variables import (
    BATCH,
    BROKEN,
    FRAME,
    KEY,
    LAST,
    ROWS,
    WINDOW,
    codes,
    columns,
    fitting,
    judged,
    rows_of,
    stamp,
)

from cogml import FitError, ParamError
from cogml.cognitive import SimpleDetectMultivariateAnomaly, SimpleFitMultivariateAnomaly
from cogml.loop import process_loop
from cogml.services import _intermediate


def test_a_failed_run_is_asked_again(judging: Any, endpoint: Endpoint) -> None:
    for path in (BATCH, LAST):
        endpoint.fault({"kind": "status", "status": 400, "path": path, "times": 1})
    first = judging.transform(FRAME.make(columns(broken=True)))
    again = judging.retryFailed(first)
    rows = rows_of(FRAME, again)
    assert codes(rows)[WINDOW:] == [None] * (ROWS - WINDOW)
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    assert again.schema == first.schema


@pytest.mark.parametrize("row", [50, 90])
def test_what_is_kept_is_given_only_where_the_rows_before_are_the_same(
    row: int, judging: Any, endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    """Rows that get no verdict themselves, since they lie before the span or the first whole
    window of a request, are what others are judged by."""
    if judging.hasParam("startTime"):
        judging.setStartTime(stamp(row))
    else:
        judging.setBatchSize(row)
    judging.setCacheDir(str(tmp_path / "kept"))
    given = columns(broken=True)
    first = judged(judging, given)
    asked = len(endpoint.requests())
    assert judged(judging, given) == first
    assert len(endpoint.requests()) == asked
    before = given | {"flow": [9 * v if n < row - 1 else v for n, v in enumerate(given["flow"])]}
    again = judged(judging, before)
    assert len(endpoint.requests()) > asked
    judging.clear("cacheDir")
    assert [row["out"] for row in again] == [row["out"] for row in judged(judging, before)]
    assert [row["out"] for row in again[row:]] != [row["out"] for row in first[row:]]


def test_what_an_answer_took_stands_behind(judging: Any) -> None:
    judging.setMetaCol("meta")
    result = judging.transform(FRAME.make(columns()))
    assert result.column_names[-1] == "meta"
    assert result.to_pylist()[-1]["meta"]["requests"] >= 1
    assert judging.run_report.billed == {"transactions": 1.0}


def test_a_secret_shows_nowhere(
    endpoint: Endpoint, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage = fitting(tmp_path / "files", AADToken=KEY)
    model = stage.fit(pa.table(columns()))
    shown = [repr(stage), repr(model), stage.explainParams(), model.explainParams()]
    shown += [str(model.transform(pa.table(columns())).to_pylist()), caplog.text]
    stage.save(str(tmp_path / "saved"))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    shown += [file.read_bytes().decode("latin-1") for file in files]
    assert [text for text in shown if KEY in text] == []


def test_what_was_put_down_is_removed_on_request(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "mine.csv").write_text("a")
    stage = fitting(tmp_path)
    model = stage.fit(pa.table(columns()))
    model.transform(pa.table(columns()))
    model.transform(pa.table(columns()))
    assert len(list(tmp_path.iterdir())) == 3
    stage.cleanUpIntermediateData()
    assert len(list(tmp_path.iterdir())) == 2
    model.cleanUpIntermediateData()
    model.cleanUpIntermediateData()
    assert [file.name for file in tmp_path.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize("kind", [SimpleFitMultivariateAnomaly, SimpleDetectMultivariateAnomaly])
def test_nothing_is_removed_where_no_place_is_set(kind: type[Any]) -> None:
    said = f"^{kind.__name__}: intermediateSaveDir is required; call setIntermediateSaveDir$"
    with pytest.raises(ParamError, match=said):
        kind().cleanUpIntermediateData()


def test_a_lent_file_is_nobody_elses(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        source = httpx.URL(json.loads(request.content)["dataSource"])
        assert source.host == "127.0.0.1"
        assert httpx.get(source).text.startswith("timestamp,pressure,flow\n")
        other = source.copy_with(path=f"/{'x' * 32}/{source.path.rpartition('/')[2]}")
        assert httpx.get(other).status_code == 404
        return httpx.Response(400, json={"code": "no"})

    with pytest.raises(FitError, match="rejected: no"):
        fitting(tmp_path, transport=Net(answer)).fit(pa.table(columns()))
    source = json.loads(asked[0].content)["dataSource"]

    def is_over() -> bool:
        try:
            httpx.get(source)
        except httpx.TransportError:
            return True
        return False

    eventually(is_over)


def test_to_lend_a_file_asks_for_no_name(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done in the loop of all runs, and a name server may take seconds."""

    def getfqdn(name: str = "") -> str:
        raise AssertionError("the name of this machine was asked for")

    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    place = _intermediate.place_of(str(tmp_path))
    assert place.write("a.csv", b"x") is None
    with place.shown("a.csv") as address:
        assert httpx.get(address).content == b"x"


def test_where_files_are_put_is_looked_up_beside_the_loop(
    model: SimpleDetectMultivariateAnomaly, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def place_of(url: str) -> Any:
        threads.append(threading.current_thread())
        return looked_up(url)

    looked_up = _intermediate.place_of
    monkeypatch.setattr(_intermediate, "place_of", place_of)
    model.transform(pa.table(columns()))
    assert len(threads) == 2  # when it was checked, and when the file was written
    assert process_loop().thread not in threads


def test_a_reader_that_goes_away_is_no_news(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    answered = threading.Event()
    answer = socketserver.ThreadingMixIn.process_request_thread

    def told(*args: Any) -> None:
        answer(*args)
        answered.set()

    monkeypatch.setattr(socketserver.ThreadingMixIn, "process_request_thread", told)
    place = _intermediate.place_of(str(tmp_path))
    assert place.write("a.csv", bytes(20_000_000)) is None
    with place.shown("a.csv") as address:
        source = httpx.URL(address)
        with socket.create_connection((source.host, source.port)) as reader:
            reader.sendall(b"GET %s HTTP/1.0\r\n\r\n" % source.raw_path)
            assert reader.recv(4) == b"HTTP"
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert answered.wait(10)
    assert capfd.readouterr().err == ""


def test_who_lends_nothing_needs_no_server() -> None:
    code = "import sys, cogml.cognitive; print('http.server' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


@pytest.fixture
def own_storage() -> Iterator[None]:
    """A file system of adlfs serves all that ask for the same, whatever their environment says."""
    kind = pytest.importorskip("adlfs").AzureBlobFileSystem
    kind.clear_instance_cache()
    yield
    kind.clear_instance_cache()


def test_blobs_are_written_and_read_where_they_are(
    endpoint: Endpoint, own_storage: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """adlfs writes to the suite's storage, the suite reads what is there."""
    account = f"{endpoint.url}/devstoreaccount1"
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING",
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=YS1rZXk=;"
        f"BlobEndpoint={account};",
    )
    signed = {"authorization": "SharedKey devstoreaccount1:c2ln"}
    httpx.put(f"{account}/data?restype=container", headers=signed).raise_for_status()
    stage = fitting("abfs://data/files of mine")
    model = stage.fit(pa.table(columns()))
    rows = judged(model, columns(broken=True))
    assert [row["n"] for row in rows if row["isAnomaly"]] == [BROKEN]
    sources = f"{account}/data?restype=container&comp=list"
    assert httpx.get(sources, headers=signed).text.count("<Name>files of mine/") == 2
    stage.cleanUpIntermediateData()
    model.cleanUpIntermediateData()
    assert httpx.get(sources, headers=signed).text.count("<Name>") == 0
    # A job that was begun is asked after: the file has the address that it had.
    model.setMaxPollingRetries(0)
    first = model.transform(FRAME.make(columns()))
    posts = [r["method"] for r in endpoint.requests()].count("POST")
    again = model.copy().setMaxPollingRetries(5).retryFailed(first).to_pylist()
    assert codes(again)[WINDOW:] == [None] * (ROWS - WINDOW)
    assert [r["method"] for r in endpoint.requests()].count("POST") == posts
    model.setIntermediateSaveDir("abfs://nowhere/files").setMaxPollingRetries(5)
    rows = judged(model, columns())
    assert set(codes(rows)) == {"unavailable"}

"""`setExecution("local")`: what the suite answers over HTTP, with no server, no address, no key."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from cases import CASES, Case, case_of, points, series_in_rows
from harness import ArrowFrames, Endpoint, Frames, served

from cogml import LoadError, MissingPackage, ParamError, Service, local, planner
from cogml.cognitive import (
    AnalyzeImage,
    BingImageSearch,
    DetectAnomalies,
    SpeechToText,
    TextSentiment,
)
from cogml.loop import process_loop
from cogml.services._azure import AzureService
from cogml.supplied import Supplied

ADDRESSES = ("endpoint", "url", "customUrlRoot", "location", "customServiceName")
OF_ONE_ANSWER = {"requestId", "createdDateTime", "lastUpdatedDateTime"}


def alike(value: Any, base: str) -> Any:
    """An answer without what is its own: its name, its time, where it came from."""
    if isinstance(value, dict):
        return {name: alike(v, base) for name, v in value.items() if name not in OF_ONE_ANSWER}
    if isinstance(value, list):
        return [alike(item, base) for item in value]
    return value.replace(base, "BASE") if isinstance(value, str) else value


def both_ways(case: Case, endpoint: Endpoint, frames: Frames, columns: Any) -> list[Any]:
    """The rows as the server answers them, and as they are answered in the process."""
    found = []
    for base, settings in ((endpoint.url, {}), (local.BASE, {"execution": "local"})):
        frame = case.make(**settings).transform(frames.make(columns, **case.types))
        rows = sorted(frames.rows(frame), key=lambda row: row["n"])
        found.append(alike(rows, base))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_stage_gives_what_the_server_gives(case: Case, endpoint: Endpoint) -> None:
    columns = {**case.inputs(case.few), "n": list(range(case.few * case.size))}
    served, own = both_ways(case, endpoint, ArrowFrames(), columns)
    assert own == served
    assert all(case.holds(row["out"]) for row in own)


@pytest.mark.parametrize("name", ["DetectAnomalies", "DetectLastAnomaly"])
def test_series_and_their_errors_on_every_frame(
    name: str, endpoint: Endpoint, frames: Frames
) -> None:
    case = case_of(name)
    gap = [point for day, point in enumerate([*points(), *points()]) if day != 3]
    columns = {"series": [points(1), points()[:5], None, gap, points(2)], "n": list(range(5))}
    served, own = both_ways(case, endpoint, frames, columns)
    assert own == served
    assert [row["err"] and row["err"]["code"] for row in own] == [
        None, "rejected", None, "rejected", None,
    ]  # fmt: skip
    assert own[1]["err"]["status"]["statusCode"] == 400
    assert "at least 12 points" in own[1]["err"]["message"]
    assert own[2]["out"] is None


def test_series_in_rows_on_every_frame(endpoint: Endpoint, frames: Frames) -> None:
    columns = series_in_rows(3)
    short = {"timestamp": ["2026-01-01T00:00:00Z"], "value": [1.0], "groupby": ["short"]}
    columns = {name: [*columns[name], *short[name]] for name in columns}
    columns["n"] = list(range(len(columns["value"])))
    case = case_of("SimpleDetectAnomalies")
    served, own = both_ways(case, endpoint, frames, columns)
    assert own == served
    assert [row["n"] for row in own if row["err"] is not None] == [36]


def sentiments(**settings: Any) -> TextSentiment:
    return TextSentiment(
        textCol="text", outputCol="out", errorCol="err", execution="local", **settings
    )


TABLE = pa.table({"text": ["A lovely day.", "It broke.", None, "A lovely day."]})
FOUND = ["positive", "negative", None, "positive"]


def found(table: pa.Table) -> list[str | None]:
    assert table["err"].null_count == table.num_rows
    return [value and value[0]["sentiment"] for value in table["out"].to_pylist()]


def unused() -> Any:
    raise AssertionError("a credential is asked for a token")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"subscriptionKey": "env:NOT_SET_ANYWHERE", "endpoint": "env:NOT_SET_EITHER"},
        {"subscriptionKeyCol": "no such column", "location": "westeurope"},
        {"customUrlRoot": "http://127.0.0.1:9/x", "AADToken": "t"},
        {"url": "http://127.0.0.1:9/x", "CustomAuthHeader": "a", "customHeaders": {"a": "b"}},
        {"credential": unused, "customServiceName": "mine"},
        {"linkedService": "nowhere", "defaultInternalEndpoint": "env:NOT_SET_ANYWHERE"},
    ],
    ids=lambda given: " ".join(given) or "nothing",
)
def test_no_address_and_no_credential_is_looked_at(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGML_ENDPOINT", "http://127.0.0.1:9")
    stage = sentiments(**given)
    assert found(stage.transform(TABLE)) == FOUND
    assert all(stage.isSet(name.removesuffix("Col")) for name in given)


def test_what_is_answered_here_is_billed_by_nobody() -> None:
    stage = sentiments()
    stage.transform(TABLE)
    assert stage.run_report is not None
    assert stage.run_report.to_dict()["billed"] == {}
    assert stage.run_report.requests == 1


def test_it_is_kept_asked_again_and_told_of_as_any_answer(tmp_path: pathlib.Path) -> None:
    stage = sentiments(cacheDir=str(tmp_path), metaCol="meta")
    once = stage.transform(TABLE)
    assert [meta and meta["status"] for meta in once["meta"].to_pylist()] == [200, 200, None, 200]
    again = stage.transform(TABLE)
    assert stage.run_report is not None
    assert (stage.run_report.requests, found(again)) == (0, FOUND)
    assert found(stage.retryFailed(once)) == FOUND


def test_a_stage_is_saved_and_copied_with_it(tmp_path: pathlib.Path) -> None:
    stage = sentiments()
    stage.save(str(tmp_path / "stage"))
    loaded = TextSentiment.load(str(tmp_path / "stage"))
    assert loaded.getExecution() == loaded.copy().getExecution() == "local"
    assert found(loaded.transform(TABLE)) == FOUND
    keyed = sentiments(subscriptionKey="a key")
    keyed.save(str(tmp_path / "keyed"))
    with pytest.raises(LoadError, match="COGML_SUBSCRIPTION_KEY"):  # it may run elsewhere next
        TextSentiment.load(str(tmp_path / "keyed"))


def test_it_explains_itself() -> None:
    said = sentiments().explainParam("execution")
    assert "local: on every frame" in said
    assert "current: 'local'" in said
    with pytest.raises(ParamError, match="one of auto, workers, driver, local; found 'here'"):
        TextSentiment(execution="here")


def test_pictures_that_were_found_are_there_as_well() -> None:
    search = BingImageSearch(query="boats", count=2, execution="local", outputCol="found")
    urls = BingImageSearch.getUrlTransformer("found", "url").transform(
        search.transform(pa.table({"n": [1]}))
    )
    load = BingImageSearch.downloadFromUrls("url", "bytes").setExecution("local")
    pictures = load.transform(urls)
    assert [value[:3] for value in pictures["bytes"].to_pylist()] == [b"\xff\xd8\xff"] * 2
    seen = AnalyzeImage(imageBytesCol="bytes", visualFeatures=["Color"], execution="local")
    assert [row["color"] is None for row in seen.transform(pictures)[-1].to_pylist()] == [False] * 2


def test_what_lies_elsewhere_is_fetched_from_there(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.wav").write_bytes(case_of("SpeechToText").inputs(1)["audioData"][0])
    stage = SpeechToText(audioDataCol="a", execution="local", outputCol="out", errorCol="err")
    with served(tmp_path) as web:
        table = stage.transform(pa.table({"a": [f"{web}/a.wav", f"{web}/none.wav"]}))
    assert [row and row["code"] for row in table["err"].to_pylist()] == [None, "rejected"]
    assert "weather" in table["out"][0].as_py()["DisplayText"]


# --- what is refused


class Elsewhere(Service):
    """Of a service that is not Azure's."""

    output: ClassVar[pa.DataType] = pa.string()


class Unknown(AzureService):
    """An operation that the suite does not have."""

    path = "/text/analytics/v3.1/haiku"
    output: ClassVar[pa.DataType] = pa.string()


Service.registry.pop("Unknown")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Elsewhere(), "Elsewhere: execution is 'local', but the suite has no such service"),
        (Unknown(), "no operation POST /text/analytics/v3.1/haiku; set an endpoint"),
        (
            sentiments(transport=lambda: None),
            "TextSentiment: a transport is set, and execution 'local', in which nothing is carried",
        ),
        (
            DetectAnomalies(execution="local", granularity="daily"),
            "series is required; call setSeries or setSeriesCol",
        ),
    ],
    ids=["another service", "another operation", "a transport", "no series"],
)
def test_what_cannot_be_answered_here_stops_before_it_runs(stage: Service, said: str) -> None:
    with pytest.raises(ParamError) as caught:
        stage.setExecution("local").transform(TABLE)
    assert said in str(caught.value)


SAID = r"execution is 'local', but cogml_mocks is not installed: pip install 'cogml\[mocks\]'"


def test_a_suite_that_is_missing_is_said_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cogml_mocks", None)
    with pytest.raises(MissingPackage, match=SAID):
        sentiments().transform(TABLE)


def test_a_suite_that_workers_do_not_have_is_said_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made = planner.make(sentiments())
    assert isinstance(made.transport, Supplied)
    process_loop().supplied.pop(local.suite, None)
    monkeypatch.setitem(sys.modules, "cogml_mocks", None)
    with pytest.raises(MissingPackage, match=SAID):
        made.transport.begin()


def test_nobody_imports_the_suite_who_does_not_ask_for_it() -> None:
    code = (
        "import sys, pyarrow as pa; from cogml.cognitive import *; from cogml import local\n"
        "stage = TextSentiment(textCol='t', execution='local')\n"
        "before = 'cogml_mocks' in sys.modules\n"
        "stage.transform(pa.table({'t': ['a']}))\n"
        "print(before, 'cogml_mocks' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]

"""Jobs of Language: kinds of tasks, those that fail, and how a job is cancelled."""

import re

import httpx
import pytest
from suite_bench import batch
from text_bench import LANGUAGE, LISTS, Jobs, counts, refusal

from cogml_mocks.engines import key_phrases

ALL = {kind: {} for kind in LISTS}
UNKNOWN = "00000000-0000-0000-0000-00000000000a"
REFUSED = (400, "InvalidRequest")


@pytest.fixture
def language(bench):
    return Jobs(bench, LANGUAGE)


def test_language_may_have_the_same_task_twice(language):
    tasks = [{"kind": "SentimentAnalysis"}, {"kind": "SentimentAnalysis"}]
    location = language.send({"analysisInput": batch("x"), "tasks": tasks}).headers[
        "operation-location"
    ]
    items = language.finish(location)["tasks"]["items"]
    assert [item["kind"] for item in items] == ["SentimentAnalysisLROResults"] * 2
    assert all("taskName" not in item for item in items)


@pytest.mark.parametrize("kind", [None, 5, "Magic", "LanguageDetection", ["SentimentAnalysis"]])
def test_an_unknown_kind_of_task_is_refused(language, kind):
    answer = language.send({"analysisInput": batch("x"), "tasks": [{"kind": kind}]})
    assert refusal(answer)[:3] == (*REFUSED, "InvalidParameterValue")
    assert answer.headers["x-ms-error-code"] == "InvalidRequest"


def test_too_many_tasks_are_refused(language):
    tasks = [{"kind": "SentimentAnalysis"}] * 26
    answer = language.send({"analysisInput": batch("x"), "tasks": tasks})
    assert refusal(answer)[:3] == (*REFUSED, "InvalidRequestBodyFormat")


@pytest.mark.parametrize("version", ["", "2020-01-01", "2022-05-01 ", "latest"])
def test_an_unknown_api_version_is_not_found(language, version):
    url = f"{language.api.path}?api-version={version}"
    assert language.bench.post(url, {}).status_code == 404
    assert language.bench.post(language.api.path, {}).status_code == 404


def test_the_older_version_has_no_summaries(language):
    for kind, status in [("ExtractiveSummarization", 400), ("SentimentAnalysis", 202)]:
        body = {"analysisInput": batch("x"), "tasks": [{"kind": kind}]}
        answer = language.bench.post(f"{language.api.path}?api-version=2022-05-01", body)
        assert answer.status_code == status
    location = answer.headers["operation-location"]
    assert location.endswith("?api-version=2022-05-01")
    assert language.finish(location)["status"] == "succeeded"


def test_tasks_without_an_engine_fail_and_say_which(language):
    custom = {"projectName": "MyProject", "deploymentName": "MyDeployment"}
    location = language.start(
        "x",
        "y",
        Healthcare={},
        SentimentAnalysis={},
        CustomEntityRecognition=custom,
    )
    done = language.finish(location)
    assert (done["status"], counts(done)) == ("partiallyCompleted", (1, 2, 0, 3))
    assert [(error["code"], error["target"]) for error in done["errors"]] == [
        ("InvalidRequest", "#/tasks/items/0"),
        ("ProjectNotFound", "#/tasks/items/2"),
    ]
    health, sentiment, recognition = done["tasks"]["items"]
    assert [item["status"] for item in done["tasks"]["items"]] == ["failed", "succeeded", "failed"]
    assert [error["id"] for error in health["results"]["errors"]] == ["0", "1"]
    assert recognition["results"]["errors"][0]["error"]["code"] == "ProjectNotFound"
    assert recognition["results"].items() >= custom.items()
    assert len(sentiment["results"]["documents"]) == 2


@pytest.mark.parametrize(
    "kind",
    [
        "Healthcare",
        "AbstractiveSummarization",
        "CustomSingleLabelClassification",
        "CustomMultiLabelClassification",
    ],
)
def test_a_job_of_nothing_else_fails(language, kind):
    done = language.finish(language.start("x", **{kind: {}}))
    assert (done["status"], counts(done), len(done["errors"])) == ("failed", (0, 1, 0, 1), 1)


def cancel(language, location) -> httpx.Response:
    url = httpx.URL(location)
    return language.bench.client.post(url.copy_with(path=f"{url.path}:cancel"))


def test_a_cancelled_job_keeps_what_had_ended(language):
    location = language.start("x", **ALL)
    language.get(location)
    answer = cancel(language, location)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["operation-location"] == location
    body = language.get(location).json()
    assert (body["status"], counts(body)) == ("cancelled", (1, 0, 0, 5))
    first, *others = body["tasks"]["items"]
    assert first["results"]["documents"][0]["id"] == "0"
    assert {item["status"] for item in others} == {"cancelled"}
    nothing = {"documents": [], "errors": [], "modelVersion": "latest"}
    assert [item["results"] for item in others] == [nothing] * 4
    assert language.get(location).json() == body


@pytest.mark.parametrize("how", ["ended", "cancelled"])
def test_what_is_over_cannot_be_cancelled(language, how):
    location = language.start("x")
    if how == "ended":
        language.finish(location)
    else:
        cancel(language, location)
    status, code, inner, message = refusal(cancel(language, location))
    assert (status, code, inner) == (400, "InvalidRequest", None)
    assert re.fullmatch(
        r"Failed to cancel job with job id [0-9a-f-]{36} as its already completed\.", message
    )


def test_only_a_job_can_be_cancelled(language):
    base = language.bench.url + language.api.path
    post = language.bench.client.post
    assert post(f"{base}/{UNKNOWN}:cancel{language.api.query}").status_code == 404
    assert post(f"{base}/:cancel{language.api.query}").status_code == 404
    assert post(f"{base}/{UNKNOWN}{language.api.query}").status_code == 405
    for action in (":", ":stop", ":cancel:cancel"):
        assert post(f"{base}/{UNKNOWN}{action}{language.api.query}").status_code == 404


def test_key_phrases_are_remembered_from_poll_to_poll(language, monkeypatch):
    asked = []

    def extract(text: str, language: str) -> list[str]:
        asked.append(text)
        return ["a phrase"]

    monkeypatch.setattr(key_phrases, "extract", extract)
    location = language.start("A text that nobody else sends.", KeyPhraseExtraction={})
    first, second = (language.finish(location) for _ in range(2))
    assert first["tasks"]["items"][0]["results"] == second["tasks"]["items"][0]["results"]
    assert asked == ["A text that nobody else sends."]

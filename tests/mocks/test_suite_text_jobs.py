"""Jobs over text: what they take and refuse, how they go on, and how they are read page by page."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from suite_bench import KEY, batch
from text_bench import ANALYZE, LANGUAGE, LISTS, TEXT, Jobs, counts, refusal

from cogml_mocks.text import jobs as jobs_module

ALL = {kind: {} for kind in LISTS}
UNKNOWN = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture(params=[ANALYZE, LANGUAGE], ids=lambda api: api.name)
def jobs(bench, request):
    return Jobs(bench, request.param)


def test_a_job_is_taken_with_an_empty_answer_that_says_where_it_is(jobs):
    answer = jobs.submit("fine")
    location = answer.headers["operation-location"]
    assert answer.status_code == 202
    assert answer.content == b""
    assert location.startswith(jobs.bench.url + jobs.api.path)
    assert re.search(r"/jobs/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", location)
    assert location.endswith(jobs.api.query)
    assert "csp-billing-usage" not in answer.headers


def test_a_job_of_one_task_runs_and_then_succeeds(jobs):
    location = jobs.start(TEXT)
    running = jobs.get(location).json()
    assert (running["status"], counts(running), jobs.items(running)) == (
        "running",
        (0, 0, 1, 1),
        {},
    )
    done = jobs.get(location).json()
    assert (done["status"], counts(done), done["errors"]) == ("succeeded", (1, 0, 0, 1), [])
    assert jobs.get(location).json() == done
    assert done["jobId"] in location
    (item,) = jobs.items(done).values()
    assert item["status"] == "succeeded"
    assert item["results"]["documents"][0]["sentiment"] == "mixed"
    assert jobs.api.next_link not in done


def test_times_are_those_of_the_service(jobs):
    done = jobs.finish(jobs.start(TEXT))
    created = datetime.fromisoformat(done["createdDateTime"])
    expires = datetime.fromisoformat(done["expirationDateTime"])
    assert expires - created == timedelta(hours=24)
    updated = "lastUpdatedDateTime" if jobs.api is LANGUAGE else "lastUpdateDateTime"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", done[updated])
    (item,) = jobs.items(done).values()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", item["lastUpdateDateTime"])


def test_the_first_of_several_tasks_ends_first(jobs):
    location = jobs.start(TEXT, **ALL)
    running = jobs.get(location).json()
    assert (running["status"], counts(running)) == ("running", (1, 0, 4, 5))
    assert list(jobs.items(running)) == ["my EntityRecognition"]
    done = jobs.get(location).json()
    assert counts(done) == (5, 0, 0, 5)
    results = {name: item["results"]["documents"][0] for name, item in jobs.items(done).items()}
    assert [e["text"] for e in results["my EntityRecognition"]["entities"]] == [
        "Anna Smith",
        "Seattle",
    ]
    assert results["my EntityLinking"]["entities"][0]["name"] == "Seattle"
    assert results["my PiiEntityRecognition"]["redactedText"] == TEXT.replace(
        "Anna Smith", "*" * 10
    )
    assert "food" in results["my KeyPhraseExtraction"]["keyPhrases"]
    assert results["my SentimentAnalysis"]["sentiment"] == "mixed"


def test_each_task_has_its_own_parameters(jobs):
    version = "modelVersion" if jobs.api is LANGUAGE else "model-version"
    done = jobs.finish(
        jobs.start(
            "\U0001f600 " + TEXT + " Mail a@b.example.",
            SentimentAnalysis={"opinionMining": True, version: "2020-04-01"},
            PiiEntityRecognition={"piiCategories": ["Email"]},
            EntityRecognition={"stringIndexType": "Utf16CodeUnit"},
        )
    )
    results = {name: item["results"] for name, item in jobs.items(done).items()}
    assert results["my SentimentAnalysis"]["modelVersion"] == "2020-04-01"
    assert "targets" in results["my SentimentAnalysis"]["documents"][0]["sentences"][0]
    (mail,) = results["my PiiEntityRecognition"]["documents"][0]["entities"]
    assert (mail["category"], mail["offset"]) == ("Email", 56)
    assert results["my EntityRecognition"]["documents"][0]["entities"][0]["offset"] == 3


def test_documents_fail_by_themselves(jobs):
    documents = {
        "documents": [
            {"id": "b", "text": ""},
            {"id": "a", "text": "fine"},
            {"id": "c", "text": "fine", "language": "klingon"},
        ]
    }
    location = jobs.send(jobs.body(documents, {"EntityRecognition": {}})).headers[
        "operation-location"
    ]
    done = jobs.finish(location)
    assert done["status"] == "succeeded"
    (item,) = jobs.items(done).values()
    assert [document["id"] for document in item["results"]["documents"]] == ["a"]
    empty, klingon = (error["error"] for error in item["results"]["errors"])
    assert empty["innererror"] == {"code": "InvalidDocument", "message": "Document text is empty."}
    assert klingon["innererror"]["code"] == "UnsupportedLanguageCode"
    assert ("'klingon'" in klingon["innererror"]["message"]) == (jobs.api is LANGUAGE)


def test_documents_may_be_longer_than_those_of_one_request(jobs):
    location = jobs.start("good " * 24_999 + "good.", KeyPhraseExtraction={})
    (item,) = jobs.items(jobs.finish(location)).values()
    assert item["results"]["errors"] == []


def test_statistics_only_when_asked(jobs):
    location = jobs.start("x" * 1_001, "", "y", SentimentAnalysis={}, KeyPhraseExtraction={})
    plain = jobs.finish(location)
    assert "statistics" not in str(plain)
    counted = jobs.get(location, showStats="True").json()
    (first, second) = jobs.items(counted).values()
    assert (
        first["results"]["statistics"]
        == second["results"]["statistics"]
        == {
            "documentsCount": 3,
            "validDocumentsCount": 2,
            "erroneousDocumentsCount": 1,
            "transactionsCount": 3,
        }
    )
    if jobs.api is ANALYZE:
        assert counted["statistics"]["documentsCount"] == 6
        assert counted["statistics"]["transactionsCount"] == 6


def pages(jobs, location, **query):
    """Ids of each page, by following its link."""
    body = jobs.finish(location, **query)
    found, links = [], []
    while True:
        (item,) = jobs.items(body).values()
        found.append([document["id"] for document in item["results"]["documents"]])
        if jobs.api.next_link not in body:
            return found, links
        links.append(httpx.URL(body[jobs.api.next_link]))
        body = jobs.bench.client.get(links[-1]).json()


@pytest.mark.parametrize(
    ("count", "query", "sizes"),
    [
        (25, {}, [20, 5]),
        (20, {}, [20]),
        (25, {"top": 10}, [10, 10, 5]),
        (25, {"top": 1, "skip": 23}, [1, 1]),
        (25, {"top": 50}, [25]),
        (3, {"skip": 3}, [0]),
        (3, {"skip": 999_999_999}, [0]),
    ],
)
def test_results_come_in_pages(jobs, count, query, sizes):
    found, _ = pages(jobs, jobs.start(*["fine"] * count), **query)
    assert [len(page) for page in found] == sizes
    ids = [id_ for page in found for id_ in page]
    assert ids == [str(i) for i in range(count)][query.get("skip", 0) :]


def test_links_to_pages_are_those_of_the_service(jobs):
    location = jobs.start(*["fine"] * 25)
    _, (link,) = pages(jobs, location, showStats="true")
    assert str(link).startswith(location.partition("?")[0] + "?")
    asked = {jobs.api.skip: "20", jobs.api.top: "5", "showStats": "True"}
    if jobs.api is LANGUAGE:
        asked["api-version"] = "2023-04-01"
    assert dict(link.params) == asked
    body = jobs.bench.client.get(link).json()
    (item,) = jobs.items(body).values()
    assert item["results"]["statistics"]["documentsCount"] == 5


def test_a_page_of_opinions_refers_to_itself(jobs):
    location = jobs.start(*["The food was good."] * 3, SentimentAnalysis={"opinionMining": True})
    (item,) = jobs.items(jobs.finish(location, skip=2)).values()
    (target,) = item["results"]["documents"][0]["sentences"][0]["targets"]
    assert target["relations"][0]["ref"] == "#/documents/0/sentences/0/assessments/0"


@pytest.mark.parametrize("name", [UNKNOWN, "x", "%00", "a%2Fb", f"{UNKNOWN}0"])
def test_an_unknown_job_is_not_found(jobs, name):
    location = f"{jobs.bench.url}{jobs.api.path}/{'jobs/' * (jobs.api is ANALYZE)}{name}"
    assert jobs.get(location + jobs.api.query).status_code == 404


def test_jobs_belong_to_their_base_path_and_their_api(suite, jobs):
    location = jobs.start("x")
    elsewhere = location.replace(jobs.bench.name, jobs.bench.name + "-other")
    assert refusal(jobs.get(elsewhere))[:2] == (404, "NotFound")
    suite.reset(base=jobs.bench.name)
    assert jobs.get(location).status_code == 404


def test_a_job_is_forgotten_after_a_day(jobs, monkeypatch):
    location = jobs.start("x")
    now = jobs_module._now()
    monkeypatch.setattr(jobs_module, "_now", lambda: now + timedelta(hours=23, minutes=59))
    assert jobs.get(location).status_code == 200
    monkeypatch.setattr(jobs_module, "_now", lambda: now + timedelta(hours=24, minutes=1))
    assert jobs.get(location).status_code == 404


@pytest.mark.parametrize(("name", "value"), [("MAX_JOBS", 3), ("MAX_HELD", 3_000)])
def test_the_oldest_jobs_make_room(jobs, monkeypatch, name, value):
    monkeypatch.setattr(jobs_module, name, value)
    locations = [jobs.start("x" * 1_000) for _ in range(4)]
    assert [jobs.get(location).status_code for location in locations] == [404, 200, 200, 200]


def test_display_names_are_repeated(jobs):
    body = jobs.body(batch("x"), {"SentimentAnalysis": {}}) | {"displayName": "mine"}
    location = jobs.send(body).headers["operation-location"]
    assert jobs.get(location).json()["displayName"] == "mine"
    assert "displayName" not in jobs.get(jobs.start("x")).json()


def test_jobs_need_a_key_and_a_media_type(jobs):
    url = jobs.bench.url + jobs.api.path + jobs.api.query
    keyless = jobs.bench.client.post(url, json={}, headers=dict.fromkeys(KEY, ""))
    assert keyless.status_code == 401
    untyped = jobs.bench.client.post(url, content=b"{}")
    assert (untyped.status_code, untyped.json()["error"]["code"]) == (415, "InvalidRequest")


def test_documents_of_a_job_are_counted(suite, jobs):
    jobs.start("x", "y")
    assert [entry["documents"] for entry in suite.requests(jobs.bench.name)] == [2]


def test_a_task_of_v31_without_a_name_gets_one(bench):
    jobs = Jobs(bench, ANALYZE)
    tasks = {"keyPhraseExtractionTasks": [{}], "entityRecognitionPiiTasks": None}
    location = jobs.send({"analysisInput": batch("x"), "tasks": tasks}).headers[
        "operation-location"
    ]
    done = jobs.finish(location)
    (item,) = done["tasks"]["keyPhraseExtractionTasks"]
    assert item["taskName"] == "KeyPhraseExtraction_latest"
    assert item["state"] == item["status"]
    assert "entityRecognitionPiiTasks" not in done["tasks"]


def test_health_is_not_modelled(bench):
    answer = bench.post("/text/analytics/v3.1/entities/health/jobs", batch("100mg of ibuprofen"))
    assert answer.status_code == 404

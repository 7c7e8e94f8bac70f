"""What a job over text is refused for, as a whole and before it begins."""

import pytest
from suite_bench import batch
from text_bench import ANALYZE, LANGUAGE, Jobs, refusal

REFUSED = (400, "InvalidRequest")


@pytest.fixture(params=[ANALYZE, LANGUAGE], ids=lambda api: api.name)
def jobs(bench, request):
    return Jobs(bench, request.param)


@pytest.mark.parametrize(
    "query",
    [
        {"top": 0},
        {"top": 51},
        {"top": "x"},
        {"top": ""},
        {"skip": -1},
        {"skip": "1e3"},
        {"skip": "\u0663"},
        {"skip": "9" * 10},
        {"showStats": "maybe"},
    ],
)
def test_a_page_that_cannot_be_is_refused(jobs, query):
    answer = jobs.get(jobs.start("x"), **query)
    assert refusal(answer)[:3] == (*REFUSED, "InvalidParameterValue")


def test_the_number_of_documents_is_limited(jobs):
    assert jobs.submit(*["x"] * 25).status_code == 202
    assert refusal(jobs.submit(*["x"] * 26)) == (
        *REFUSED,
        "InvalidDocumentBatch",
        "Batch request contains too many records. Max 25 records are permitted.",
    )


def test_the_number_of_characters_is_limited_over_all_documents(jobs):
    half = "\r\n" * 62_499 + "x"  # a line break is one text element
    assert jobs.submit(half, half).status_code == 202
    assert refusal(jobs.submit(half, half + "y"))[:3] == (*REFUSED, "InvalidDocumentBatch")


def test_a_job_over_one_megabyte_is_413(jobs):
    assert refusal(jobs.submit("x" * 1_100_000))[:3] == (
        413,
        "InvalidRequest",
        "InvalidDocumentBatch",
    )


@pytest.mark.parametrize("texts", [("",), (" ", "\n")])
def test_nothing_but_empty_documents_is_refused(jobs, texts):
    expected = (*REFUSED, "InvalidDocumentBatch", "Document text is empty.")
    assert refusal(jobs.submit(*texts)) == expected


def test_ids_must_differ(jobs):
    twice = {"documents": [{"id": "1", "text": "a"}, {"id": "1", "text": "b"}]}
    answer = jobs.send(jobs.body(twice, {"SentimentAnalysis": {}}))
    assert refusal(answer)[:3] == (*REFUSED, "InvalidDocument")


@pytest.mark.parametrize("documents", [None, {}, {"documents": []}])
def test_a_job_without_documents_is_refused(jobs, documents):
    code = "MissingInputDocuments" if jobs.api is LANGUAGE else "MissingInputRecords"
    answer = jobs.send(jobs.body(documents, {"SentimentAnalysis": {}}))
    assert refusal(answer)[:3] == (*REFUSED, code)


def test_an_unknown_model_version_is_refused_in_the_words_of_jobs(jobs):
    version = "modelVersion" if jobs.api is LANGUAGE else "model-version"
    answer = jobs.submit("x", SentimentAnalysis={}, EntityRecognition={version: "bad"})
    assert answer.json()["error"]["message"] == "Invalid parameter in request"
    status, code, inner, message = refusal(answer)
    assert (status, code, inner) == (*REFUSED, "InvalidParameterValue")
    assert message.startswith(
        "Job task parameter value bad is not supported for model-version parameter for job task "
        "type NamedEntityRecognition. Supported values latest,20"
    )


@pytest.mark.parametrize(
    "tasks",
    [None, 5, "x", [5], {"sentimentAnalysisTasks": 5}, {"sentimentAnalysisTasks": [5]}, [], {}],
)
def test_tasks_of_another_form_are_refused(jobs, tasks):
    body = {"analysisInput": batch("x"), "tasks": tasks}
    assert refusal(jobs.send(body))[:3] == (*REFUSED, "InvalidRequestBodyFormat")


@pytest.mark.parametrize(
    ("change", "inner"),
    [
        ({"displayName": 5}, "InvalidRequestBodyFormat"),
        ({"analysisInput": 5}, "InvalidRequestBodyFormat"),
        ({"analysisInput": {"documents": "x"}}, "InvalidRequestBodyFormat"),
    ],
)
def test_a_body_of_another_form_is_refused(jobs, change, inner):
    body = jobs.body(batch("x"), {"SentimentAnalysis": {}}) | change
    assert refusal(jobs.send(body))[:3] == (*REFUSED, inner)
    assert refusal(jobs.send([]))[:3] == (*REFUSED, "InvalidRequestBodyFormat")


@pytest.mark.parametrize(
    ("parameters", "inner"),
    [
        ({"stringIndexType": "Bytes"}, "InvalidParameterValue"),
        ({"loggingOptOut": "yes"}, "InvalidParameterValue"),
        ({"opinionMining": 1}, "InvalidParameterValue"),
        (5, "InvalidRequestBodyFormat"),
    ],
)
def test_parameters_of_a_task_are_checked(jobs, parameters, inner):
    answer = jobs.submit("x", SentimentAnalysis=parameters)
    assert refusal(answer)[:3] == (*REFUSED, inner)


def test_v31_has_one_task_of_a_kind(bench):
    jobs = Jobs(bench, ANALYZE)
    tasks = {"sentimentAnalysisTasks": [{}, {}]}
    answer = jobs.send({"analysisInput": batch("x"), "tasks": tasks})
    assert refusal(answer)[:3] == (*REFUSED, "InvalidRequestBodyFormat")

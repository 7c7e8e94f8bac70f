"""Limits and refusals of a batch and of one document, in the service's own words."""

import pytest
from suite_bench import LANGUAGE, V31, batch

from cogml_mocks import operations
from cogml_mocks.text import documents

KINDS = {
    "SentimentAnalysis": ("sentiment", 10),
    "KeyPhraseExtraction": ("keyPhrases", 10),
    "LanguageDetection": ("languages", 1_000),
    "EntityRecognition": ("entities/recognition/general", 5),
    "PiiEntityRecognition": ("entities/recognition/pii", 5),
    "EntityLinking": ("entities/linking", 5),
}
LIMITS = list(KINDS.values())
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def refusal(response) -> tuple[int, str, str, str]:
    error = response.json()["error"]
    inner = error["innererror"]
    return response.status_code, error["code"], inner["code"], inner["message"]


def document_error(response) -> tuple[str, str, str, str]:
    assert response.status_code == 200
    answer = response.json()
    assert answer["documents"] == []
    (found,) = answer["errors"]
    error = found["error"]
    return found["id"], error["code"], error["message"], error["innererror"]["code"]


@pytest.mark.parametrize(("path", "limit"), LIMITS)
def test_the_number_of_documents_is_limited(bench, path, limit):
    full = bench.post(f"{V31}/{path}", batch(*["x"] * limit))
    assert full.status_code == 200
    over = bench.post(f"{V31}/{path}", batch(*["x"] * (limit + 1)))
    assert refusal(over) == (
        400,
        "InvalidRequest",
        "InvalidDocumentBatch",
        f"Batch request contains too many records. Max {limit} records are permitted.",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_language_limits_are_the_same(bench, kind):
    limit = KINDS[kind][1]
    assert bench.analyze(kind, *["x"] * limit).status_code == 200
    assert refusal(bench.analyze(kind, *["x"] * (limit + 1)))[2] == "InvalidDocumentBatch"


def test_ids_must_differ(bench):
    documents = [{"id": "1", "text": "a"}, {"id": "1", "text": "b"}]
    status, code, inner, message = refusal(bench.post(f"{V31}/sentiment", {"documents": documents}))
    assert (status, code, inner) == (400, "InvalidRequest", "InvalidDocument")
    assert message == ("Request contains duplicated Ids. Make sure each document has a unique Id.")


@pytest.mark.parametrize("body", [{}, {"documents": []}, {"documents": None}])
def test_a_batch_without_documents_is_refused(bench, body):
    assert refusal(bench.post(f"{V31}/sentiment", body))[2] == "MissingInputRecords"
    given = {"kind": "SentimentAnalysis", "analysisInput": body}
    assert refusal(bench.post(LANGUAGE, given))[2] == "MissingInputDocuments"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'"text"',
        b'{"documents": {}}',
        b'{"documents": "x"}',
        b'{"documents": [1]}',
        b'{"documents": [{"id": 1, "text": "x"}]}',
        b'{"documents": [{"id": "1", "text": 5}]}',
        b'{"documents": [{"id": "1", "text": ["x"]}]}',
        b'{"documents": [{"id": "1", "text": "x", "language": 5}]}',
        b'{"documents": [{"id": "1", "text": "\\ud800"}]}',
        b'{"documents": [{"id": "\\udfff", "text": "x"}]}',
        b"[" * 5_000,
        b'{"documents": NaN}',
    ],
)
def test_a_body_of_another_form_is_refused(bench, content):
    response = bench.client.post(
        f"{bench.url}{V31}/sentiment",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert refusal(response)[:3] == (400, "InvalidRequest", "InvalidRequestBodyFormat")


@pytest.mark.parametrize(
    "document", [{"text": "x"}, {"id": "", "text": "x"}, {"id": None, "text": "x"}, {"id": "1"}]
)
def test_a_document_without_id_or_text_is_refused(bench, document):
    response = bench.post(f"{V31}/sentiment", {"documents": [document]})
    assert refusal(response)[:3] == (400, "InvalidRequest", "InvalidDocument")


def test_an_unknown_model_version_is_refused(bench):
    expected = (400, "InvalidRequest", "ModelVersionIncorrect")
    response = bench.sentiment("x", query="?model-version=1999-01-01")
    assert refusal(response)[:3] == expected
    assert refusal(response)[3].startswith("Invalid model version. Possible values are: latest,20")
    assert refusal(bench.analyze("EntityLinking", "x", modelVersion="?"))[:3] == expected


@pytest.mark.parametrize("version", ["latest", "2019-10-01"])
def test_a_known_model_version_is_echoed(bench, version):
    answered = bench.sentiment("x", query=f"?model-version={version}").json()["modelVersion"]
    assert answered == ("2022-11-01" if version == "latest" else version)


@pytest.mark.parametrize(
    "query",
    [
        "showStats=maybe",
        "opinionMining=1",
        "loggingOptOut=x",
        "stringIndexType=Bytes",
    ],
)
def test_an_unknown_option_value_is_refused(bench, query):
    response = bench.sentiment("x", query=f"?{query}")
    assert refusal(response)[:3] == (400, "InvalidRequest", "InvalidParameterValue")
    assert query.partition("=")[0] in refusal(response)[3]


@pytest.mark.parametrize(
    ("parameters", "inner"),
    [
        ({"opinionMining": "true"}, "InvalidParameterValue"),
        ({"stringIndexType": "Bytes"}, "InvalidParameterValue"),
        ({"stringIndexType": 5}, "InvalidParameterValue"),
        ({"domain": "law"}, "InvalidParameterValue"),
        ({"piiCategories": ["Shoe size"]}, "InvalidParameterValue"),
        ({"piiCategories": "Email"}, "InvalidRequestBodyFormat"),
        ({"modelVersion": 3}, "InvalidRequestBodyFormat"),
    ],
)
def test_an_unknown_language_parameter_is_refused(bench, parameters, inner):
    response = bench.analyze("PiiEntityRecognition", "x", **parameters)
    assert refusal(response)[:3] == (400, "InvalidRequest", inner)


@pytest.mark.parametrize(
    ("body", "inner"),
    [
        ({"analysisInput": batch("x")}, "InvalidParameterValue"),
        ({"kind": "Magic", "analysisInput": batch("x")}, "InvalidParameterValue"),
        ({"kind": ["SentimentAnalysis"]}, "InvalidParameterValue"),
        ({"kind": "SentimentAnalysis", "analysisInput": []}, "InvalidRequestBodyFormat"),
        ({"kind": "SentimentAnalysis", "parameters": 5}, "InvalidRequestBodyFormat"),
        ([], "InvalidRequestBodyFormat"),
    ],
)
def test_a_language_body_of_another_form_is_refused(bench, body, inner):
    assert refusal(bench.post(LANGUAGE, body))[:3] == (400, "InvalidRequest", inner)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_document_is_an_error_of_its_own(bench, text):
    assert document_error(bench.sentiment(text)) == (
        "0",
        "InvalidArgument",
        "Invalid document in request.",
        "InvalidDocument",
    )


def test_a_document_error_leaves_the_others_done(bench):
    answer = bench.sentiment("fine", "", "good").json()
    assert [document["id"] for document in answer["documents"]] == ["0", "2"]
    assert [error["id"] for error in answer["errors"]] == ["1"]


@pytest.mark.parametrize("element", ["x", "\r\n", "e\u0301", FAMILY])
def test_length_is_counted_in_text_elements(bench, element):
    whole = "x" + element * 5_119
    assert bench.sentiment(whole).json()["errors"] == []
    found = document_error(bench.sentiment(whole + "y"))
    assert found == ("0", "InvalidArgument", "Invalid document in request.", "InvalidDocument")


@pytest.mark.parametrize("language", ["en", "en-US", "EN", "zh-Hant", "pt_BR", "", None])
def test_languages_with_or_without_region_are_known(bench, language):
    documents = [{"id": "1", "text": "x", "language": language}]
    answer = bench.post(f"{V31}/sentiment", {"documents": documents}).json()
    assert answer["errors"] == []


@pytest.mark.parametrize("language", ["tlh", "english", "e", "en-", "-", " en", "\u212a"])
def test_an_unknown_language_is_an_error_of_the_document(bench, language):
    documents = [{"id": "1", "text": "x", "language": language}]
    response = bench.post(f"{V31}/sentiment", {"documents": documents})
    assert document_error(response)[1:] == (
        "InvalidArgument",
        "Invalid Language Code.",
        "UnsupportedLanguageCode",
    )


@pytest.mark.parametrize(
    ("hint", "known"),
    [("US", True), ("", True), (None, True), ("de", True), ("USA", False), ("1A", False)],
)
def test_a_country_hint_has_two_letters(bench, hint, known):
    documents = [{"id": "1", "text": "x", "countryHint": hint}]
    response = bench.post(f"{V31}/languages", {"documents": documents})
    if known:
        assert response.json()["errors"] == []
    else:
        assert document_error(response)[1:] == (
            "InvalidArgument",
            "Invalid Country Hint.",
            "InvalidCountryHint",
        )


def test_statistics_only_when_asked(bench):
    texts = ("x" * 1_001, "", FAMILY)
    plain = bench.sentiment(*texts).json()
    assert "statistics" not in plain
    assert "statistics" not in plain["documents"][0]
    counted = bench.sentiment(*texts, query="?showStats=true").json()
    assert counted["statistics"] == {
        "documentsCount": 3,
        "validDocumentsCount": 2,
        "erroneousDocumentsCount": 1,
        "transactionsCount": 3,
    }
    assert [document["statistics"] for document in counted["documents"]] == [
        {"charactersCount": 1_001, "transactionsCount": 2},
        {"charactersCount": 1, "transactionsCount": 1},
    ]


def test_a_request_over_one_megabyte_is_413(bench):
    response = bench.sentiment("x" * 1_100_000)
    assert refusal(response)[:3] == (413, "InvalidRequest", "InvalidDocumentBatch")


def test_a_batch_where_all_fail_is_not_billed(bench):
    response = bench.sentiment("", " ")
    assert response.status_code == 200
    assert "csp-billing-usage" not in response.headers


def test_language_has_words_of_its_own(bench):
    twice = {"documents": [{"id": "1", "text": "a"}] * 2}
    given = {"kind": "SentimentAnalysis", "analysisInput": twice}
    refused = bench.post(LANGUAGE, given)
    assert refused.json()["error"]["message"] == "Invalid Document in request."
    assert refused.headers["x-ms-error-code"] == "InvalidRequest"
    v31 = bench.post(f"{V31}/sentiment", twice)
    assert v31.json()["error"]["message"] == "Invalid document in request."
    assert "x-ms-error-code" not in v31.headers
    (failed,) = bench.analyze("SentimentAnalysis", "").json()["results"]["errors"]
    assert failed["error"]["message"] == "Invalid Document in request."


def test_each_kind_of_analysis_has_its_languages(bench):
    documents = {"documents": [{"id": "1", "text": "x", "language": "ro"}]}
    for path, page in [
        ("entities/recognition/general", "named-entity-recognition"),
        ("entities/recognition/pii", "named-entity-recognition"),
        ("entities/linking", "entity-linking"),
    ]:
        (failed,) = bench.post(f"{V31}/{path}", documents).json()["errors"]
        message = failed["error"]["innererror"]["message"]
        assert message.startswith("Invalid language code. Supported languages: ")
        assert message.endswith(f"language-support?tabs={page}")
        assert ",en,es" in message or ": en,es" in message
    for path in ("sentiment", "keyPhrases"):
        assert bench.post(f"{V31}/{path}", documents).json()["errors"] == []


def test_an_unknown_language_is_named_by_language(bench):
    documents = {"documents": [{"id": "1", "text": "x", "language": "tlh"}]}
    given = {"kind": "EntityLinking", "analysisInput": documents}
    (failed,) = bench.post(LANGUAGE, given).json()["results"]["errors"]
    assert failed["error"]["innererror"]["message"] == (
        "Invalid language code 'tlh'. Supported languages: en,es. For additional details see "
        "https://aka.ms/text-analytics/language-support?tabs=entity-linking"
    )


def test_a_media_type_is_refused_with_a_known_code(bench):
    for path in (f"{V31}/sentiment", LANGUAGE):
        answer = bench.client.post(bench.url + path, content=b"{}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "InvalidRequest")


def test_personal_dates_may_be_ranges(bench):
    text = "Staffed for last week."
    (found,) = bench.analyze("PiiEntityRecognition", text).json()["results"]["documents"]
    assert found["redactedText"] == text.replace("last week", "*" * 9)
    (found,) = bench.analyze("PiiEntityRecognition", text, piiCategories=["Date"]).json()[
        "results"
    ]["documents"]
    assert found["entities"] == []


@pytest.mark.parametrize("language", ["en-" + "aaaaaaaa-" * 4, "en-" * 100_000])
def test_a_language_is_no_longer_than_a_tag(bench, language):
    documents._is_tag_of.cache_clear()
    body = {"documents": [{"id": "1", "text": "Good.", "language": language}]}
    (error,) = bench.post(f"{V31}/sentiment", body).json()["errors"]
    assert error["error"]["innererror"]["code"] == "UnsupportedLanguageCode"
    assert documents._is_tag_of.cache_info().currsize == 0


@pytest.mark.parametrize(
    "path",
    [
        f"{V31}/languages",
        f"{V31}/entities/recognition/general",
        f"{V31}/entities/recognition/pii",
        "/language/:analyze-text",
    ],
)
def test_nobody_waits_for_what_takes_long(path):
    operations.load()
    methods, _ = operations.find(path)
    assert methods["POST"].slow

"""What goes over the wire for each text stage, and how answers find their rows."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pyarrow as pa
import pytest
from harness import Endpoint

from cogml import ParamError, Service, frames, plan
from cogml.cognitive import AnalyzeText, KeyPhraseExtractor, LanguageDetector, TextSentiment

AT = "http://host"


class Wire:
    """A transport that keeps the requests and answers each document with its own id."""

    def __init__(self, **answer: Any) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = json.loads(request.content)
        asked = body.get("analysisInput", body)["documents"]
        documents = [{"id": one["id"], **self.answer} for one in asked]
        found = {"documents": documents, "errors": [], "modelVersion": "m"}
        return httpx.Response(
            200, json={"kind": "k", "results": found} if "kind" in body else found
        )

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def batches(self) -> list[list[str]]:
        return [[one["text"] for one in body["documents"]] for body in self.bodies]


def run(stage: Service, wire: Any, **columns: Any) -> list[dict[str, Any]]:
    stage.setOutputCol("out").setErrorCol("err").setConcurrency(1)
    if not stage.isSet("endpoint") and not stage.isSet("url"):
        stage.set("endpoint", AT)
    result = frames.add_columns(pa.table(columns), plan.make(stage, wire))
    return list(result.to_pylist())


SENTIMENT = {"sentiment": "positive", "warnings": []}


# Requests


def test_a_request_is_what_azures_own_client_sends() -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment(language="en", subscriptionKey="k", opinionMining=True)
    run(stage, wire, text=["a", "b"])
    (request,) = wire.requests
    assert request.method == "POST"
    assert request.url.path == "/text/analytics/v3.1/sentiment"
    assert dict(request.url.params) == {
        "model-version": "latest",
        "showStats": "false",
        "loggingOptOut": "true",
        "opinionMining": "true",
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["ocp-apim-subscription-key"] == "k"
    assert wire.bodies == [
        {
            "documents": [
                {"id": "0", "text": "a", "language": "en"},
                {"id": "1", "text": "b", "language": "en"},
            ]
        }
    ]


@pytest.mark.parametrize(
    ("stage", "settings", "query"),
    [
        (
            "PII",
            {"domain": "phi", "piiCategories": ["Email", "URL"]},
            {"domain": "phi", "piiCategories": "Email,URL"},
        ),
        ("NER", {"stringIndexType": "Utf16CodeUnit"}, {"stringIndexType": "Utf16CodeUnit"}),
        ("TextSentiment", {"showStats": True}, {"showStats": "true"}),
        ("TextSentiment", {"disableServiceLogs": False}, {"loggingOptOut": "false"}),
        ("EntityDetector", {"modelVersion": "2020-02-01"}, {"model-version": "2020-02-01"}),
    ],
)
def test_a_query_parameter_is_spelt_as_the_service_reads_it(
    stage: str, settings: dict[str, Any], query: dict[str, str]
) -> None:
    wire = Wire(**SENTIMENT)
    run(Service.registry[stage](**settings), wire, text=["a"])
    assert query.items() <= dict(wire.requests[0].url.params).items()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("SentimentAnalysis", {"opinionMining", "stringIndexType"}),
        ("KeyPhraseExtraction", set()),
        ("EntityRecognition", {"stringIndexType"}),
        ("PiiEntityRecognition", {"stringIndexType", "domain", "piiCategories"}),
        ("LanguageDetection", set()),
        ("EntityLinking", {"stringIndexType"}),
    ],
)
def test_analyze_text_sends_the_parameters_its_kind_takes(kind: str, parameters: set[str]) -> None:
    wire = Wire(**SENTIMENT)
    run(
        AnalyzeText(kind=kind, piiCategories=["Email"], countryHint="FR", language="fr"),
        wire,
        text=["a"],
    )
    (body,) = wire.bodies
    assert body["kind"] == kind
    assert set(body["parameters"]) == {"modelVersion", "loggingOptOut", *parameters}
    hint = {"countryHint": "FR"} if kind == "LanguageDetection" else {"language": "fr"}
    assert body["analysisInput"] == {"documents": [{"id": "0", "text": "a", **hint}]}
    assert wire.requests[0].url.path == "/language/:analyze-text"
    assert wire.requests[0].url.params["api-version"] == "2023-04-01"


def test_a_parameter_without_effect_warns() -> None:
    stage = LanguageDetector(language="en", stringIndexType="UnicodeCodePoint")
    with (
        pytest.warns(UserWarning, match="language has no effect"),
        pytest.warns(UserWarning, match="stringIndexType has no effect"),
    ):
        plan.make(stage.set("endpoint", AT))
    with pytest.warns(UserWarning, match="stringIndexType has no effect"):
        plan.make(KeyPhraseExtractor(stringIndexType="UnicodeCodePoint", endpoint=AT))


# Where and with what credential


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (
            {"location": "eastasia"},
            "https://eastasia.api.cognitive.microsoft.com/text/analytics/v3.1/sentiment",
        ),
        (
            {"location": "usgovvirginia"},
            "https://usgovvirginia.api.cognitive.microsoft.us/text/analytics/v3.1/sentiment",
        ),
        (
            {"location": "chinaeast2"},
            "https://chinaeast2.api.cognitive.microsoft.cn/text/analytics/v3.1/sentiment",
        ),
        (
            {"customServiceName": "mine"},
            "https://mine.cognitiveservices.azure.com/text/analytics/v3.1/sentiment",
        ),
        (
            {"defaultInternalEndpoint": "https://gateway/"},
            "https://gateway/cognitive/textanalytics/text/analytics/v3.1/sentiment",
        ),
        ({"endpoint": "http://h:5000"}, "http://h:5000/text/analytics/v3.1/sentiment"),
        ({"endpoint": "http://h:5000/base/"}, "http://h:5000/base/text/analytics/v3.1/sentiment"),
        ({"url": "http://h/whole", "endpoint": "http://no"}, "http://h/whole"),
    ],
)
def test_the_address_follows_the_settings(settings: dict[str, str], address: str) -> None:
    assert plan.make(TextSentiment(**settings)).address == address


def test_the_environment_comes_before_the_location(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGML_ENDPOINT", "http://127.0.0.1:1")
    assert plan.make(TextSentiment(location="eastasia")).address.startswith("http://127.0.0.1:1/")
    stage = TextSentiment(location="eastasia", endpoint="http://other")
    assert plan.make(stage).address.startswith("http://other/")


def test_custom_url_root_is_called_as_it_is() -> None:
    wire = Wire(**SENTIMENT)
    run(TextSentiment(customUrlRoot="http://h/x?y=1"), wire, text=["a"])
    assert str(wire.requests[0].url) == "http://h/x?y=1"


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({"subscriptionKey": "k", "AADToken": "t"}, "ocp-apim-subscription-key", "k"),
        (
            {"subscriptionKey": " ", "AADToken": "t", "CustomAuthHeader": "c"},
            "authorization",
            "Bearer t",
        ),
        ({"CustomAuthHeader": "Basic c"}, "authorization", "Basic c"),
        ({"customHeaders": {"X-Team": "7"}}, "x-team", "7"),
    ],
)
def test_the_first_credential_is_sent(settings: dict[str, Any], header: str, value: str) -> None:
    wire = Wire(**SENTIMENT)
    run(TextSentiment(**settings), wire, text=["a"])
    headers = wire.requests[0].headers
    assert headers[header] == value
    assert not {"ocp-apim-subscription-key", "authorization"} & set(headers) - {header}


def test_a_key_from_a_column_travels_with_its_rows() -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment(subscriptionKeyCol="key")
    rows = run(stage, wire, text=["a", "b", "c", "d"], key=["k1", "k2", "k1", "k2"])
    sent = {
        r.headers["ocp-apim-subscription-key"]: b
        for r, b in zip(wire.requests, wire.batches, strict=True)
    }
    assert sent == {"k1": ["a", "c"], "k2": ["b", "d"]}
    assert [row["err"] for row in rows] == [None] * 4


def test_a_column_cannot_smuggle_a_header_in() -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment(subscriptionKeyCol="key")
    rows = run(stage, wire, text=["a", "b"], key=["k\r\nx-evil: 1", "k"])
    assert rows[0]["err"]["code"] == "row_rejected"
    assert "x-evil" not in str(rows[0]["err"])
    assert rows[1]["err"] is None
    assert wire.batches == [["b"]]


# Parameters from columns


def test_values_from_columns_are_those_of_each_row() -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment(languageCol="lang", opinionMiningCol="mine")
    run(stage, wire, text=["a", "b", "c"], lang=["en", None, "de"], mine=[True, False, True])
    sent = {
        r.url.params["opinionMining"]: b["documents"]
        for r, b in zip(wire.requests, wire.bodies, strict=True)
    }
    assert sent["true"] == [
        {"id": "0", "text": "a", "language": "en"},
        {"id": "1", "text": "c", "language": "de"},
    ]
    assert sent["false"] == [{"id": "0", "text": "b"}]


def test_a_value_from_a_column_that_is_not_allowed_is_its_rows_error() -> None:
    wire = Wire(redactedText="x", entities=[])
    stage = Service.registry["PII"](domainCol="domain")
    rows = run(stage, wire, text=["a", "b"], domain=["phi", "medical"])
    assert rows[0]["err"] is None
    assert rows[1]["err"]["code"] == "row_rejected"
    assert "one of none, phi" in rows[1]["err"]["message"]


# Batches


@pytest.mark.parametrize(
    ("stage", "most"), [("TextSentiment", 10), ("NER", 5), ("LanguageDetector", 1_000)]
)
def test_requests_are_as_full_as_the_operation_allows(stage: str, most: int) -> None:
    wire = Wire(sentiment="x", entities=[], detectedLanguage={})
    run(Service.registry[stage](), wire, text=[f"t{i}" for i in range(2 * most + 1)])
    assert [len(batch) for batch in wire.batches] == [most, most, 1]


def test_batch_size_is_never_more_than_the_operation_allows() -> None:
    wire = Wire(**SENTIMENT)
    run(TextSentiment(batchSize=3), wire, text=list("abcdefg"))
    assert [len(batch) for batch in wire.batches] == [3, 3, 1]
    wire = Wire(**SENTIMENT)
    run(TextSentiment(batchSize=100), wire, text=[f"t{i}" for i in range(20)])
    assert [len(batch) for batch in wire.batches] == [10, 10]


def test_a_request_holds_no_more_bytes_than_the_service_reads() -> None:
    wire = Wire(**SENTIMENT)
    texts = [str(i) + "é" * 150_000 for i in range(7)]  # 300 kB each
    rows = run(TextSentiment(), wire, text=texts)
    assert [len(batch) for batch in wire.batches] == [3, 3, 1]
    assert all(len(request.content) <= 1_000_000 for request in wire.requests)
    assert [row["err"] for row in rows] == [None] * 7


def test_a_text_larger_than_a_request_is_sent_alone(endpoint: Endpoint) -> None:
    texts = ["a happy day", "x" * 1_200_000, "a sad day"]
    rows = run(TextSentiment(subscriptionKey="k", endpoint=endpoint.url), None, text=texts)
    assert [row["err"] and row["err"]["code"] for row in rows] == [None, "rejected", None]
    assert rows[1]["err"]["status"]["statusCode"] == 413


def test_an_array_of_texts_is_a_batch_of_its_own() -> None:
    wire = Wire(**SENTIMENT)
    rows = run(
        TextSentiment(),
        wire,
        text=[["a", "b"], [], None, ["c", None, "d"], [f"t{i}" for i in range(12)]],
    )
    assert wire.batches[:2] == [["a", "b"], ["c", "d"]]
    assert [len(batch) for batch in wire.batches[2:]] == [10, 2]
    found = [row["out"] and [one and one["id"] for one in row["out"]] for row in rows]
    assert found == [["0", "1"], [], None, ["0", None, "2"], [str(i) for i in range(12)]]
    assert [row["err"] for row in rows] == [None] * 5


def test_languages_of_an_array_go_with_their_texts() -> None:
    wire = Wire(**SENTIMENT)
    run(
        TextSentiment(languageCol="lang"),
        wire,
        text=[["a", "b"], ["c", "d"]],
        lang=[["en", "de"], ["fr"]],
    )
    assert [[one.get("language") for one in body["documents"]] for body in wire.bodies] == [
        ["en", "de"],
        ["fr", None],
    ]


def test_an_array_of_languages_needs_an_array_of_texts() -> None:
    with pytest.raises(ParamError, match="language is an array but text is not"):
        run(TextSentiment(languageCol="lang"), Wire(), text=["a"], lang=[["en"]])


# Answers


def test_a_refused_text_of_an_array_costs_no_other(endpoint: Endpoint) -> None:
    stage = TextSentiment(subscriptionKey="k", endpoint=endpoint.url)
    (row,) = run(stage, None, text=[["a happy day", "", "a sad day"]])
    assert [one and one["sentiment"] for one in row["out"]] == ["positive", None, "negative"]
    assert row["err"]["code"] == "row_rejected"
    assert row["err"]["message"].startswith("text 1: InvalidDocument")


def test_offsets_count_what_was_asked_for(endpoint: Endpoint) -> None:
    text = "👩‍👩‍👧 is happy. So am I."
    for kind, expected in (("UnicodeCodePoint", 16), ("Utf16CodeUnit", 19), ("TextElement_v8", 12)):
        stage = TextSentiment(subscriptionKey="k", endpoint=endpoint.url, stringIndexType=kind)
        (row,) = run(stage, None, text=[text])
        assert row["out"][0]["sentences"][1]["offset"] == expected, kind
    assert text[16:].startswith("So am I")


def test_opinions_point_into_their_own_row(endpoint: Endpoint) -> None:
    texts = ["The weather was bad.", "The food was great.", "The staff was rude."]
    stage = TextSentiment(subscriptionKey="k", endpoint=endpoint.url, opinionMining=True)
    rows = run(stage, None, text=texts)
    assert len(endpoint.requests()) == 1
    for row in rows:
        (document,) = row["out"]
        (target,) = document["sentences"][0]["targets"]
        assert target["relations"][0]["ref"] == "#/documents/0/sentences/0/assessments/0"


def test_statistics_are_those_of_the_row(endpoint: Endpoint) -> None:
    stage = AnalyzeText(
        kind="SentimentAnalysis", subscriptionKey="k", endpoint=endpoint.url, showStats=True
    )
    rows = run(stage, None, text=["a happy day", "", "a sad day"])
    assert [row["out"]["statistics"]["validDocumentsCount"] for row in rows if row["out"]] == [
        1,
        0,
        1,
    ]
    assert rows[0]["out"]["documents"]["statistics"] == {
        "charactersCount": 11,
        "transactionsCount": 1,
    }


def test_analyze_text_keeps_a_refusal_in_its_struct(endpoint: Endpoint) -> None:
    stage = AnalyzeText(kind="SentimentAnalysis", subscriptionKey="k", endpoint=endpoint.url)
    (row,) = run(stage, None, text=[""])
    assert row["out"]["documents"] is None
    assert row["out"]["errors"]["error"]["innererror"]["code"] == "InvalidDocument"
    assert row["err"]["code"] == "row_rejected"


def test_analyze_text_needs_a_kind() -> None:
    with pytest.raises(ParamError, match="kind is required; call setKind"):
        plan.make(AnalyzeText(endpoint=AT))


def test_a_row_that_cannot_be_written_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment()
    encode = stage.encode

    def failing(document: dict[str, Any], position: int) -> bytes:
        if document["text"] == "c":
            raise ValueError("what the row held")
        return encode(document, position)

    monkeypatch.setattr(TextSentiment, "encode", lambda self, *given: failing(*given))
    rows = run(stage, wire, text=["a", "b", "c", "d"])
    assert [row["err"] and row["err"]["code"] for row in rows] == [None, None, "internal", None]
    assert "what the row held" not in str(rows)
    assert wire.batches == [["a", "b", "d"]]

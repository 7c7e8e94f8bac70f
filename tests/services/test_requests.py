"""What goes over the wire for each text stage: the request, its address and its credential."""

from __future__ import annotations

from typing import Any

import pytest
from wire import AT, SENTIMENT, Wire, run

from cogml import Service, planner
from cogml.cognitive import AnalyzeText, KeyPhraseExtractor, LanguageDetector, TextSentiment

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
        planner.make(stage.set("endpoint", AT))
    with pytest.warns(UserWarning, match="stringIndexType has no effect"):
        planner.make(KeyPhraseExtractor(stringIndexType="UnicodeCodePoint", endpoint=AT))


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
    assert planner.make(TextSentiment(**settings)).address == address


def test_the_environment_comes_before_the_location(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGML_ENDPOINT", "http://127.0.0.1:1")
    assert planner.make(TextSentiment(location="eastasia")).address.startswith(
        "http://127.0.0.1:1/"
    )
    stage = TextSentiment(location="eastasia", endpoint="http://other")
    assert planner.make(stage).address.startswith("http://other/")


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

"""Azure's own client works against the suite unmodified, in both API versions."""

import pytest
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

TEXT = "Dr. Anna Smith loved Seattle. The staff were friendly, but the food was terrible."


@pytest.fixture(params=["v3.1", "2023-04-01"])
def azure(bench, request):
    credential = AzureKeyCredential("a-key")
    with TextAnalyticsClient(
        bench.url, credential, api_version=request.param, retry_total=0
    ) as client:
        yield client


def test_sentiment_with_opinions(azure):
    good, bad = azure.analyze_sentiment(
        [TEXT, ""], show_opinion_mining=True, show_stats=True, language="en-US"
    )
    assert good.sentiment == "mixed"
    assert [s.sentiment for s in good.sentences] == ["positive", "negative"]
    for sentence in good.sentences:
        assert TEXT[sentence.offset : sentence.offset + sentence.length] == sentence.text
    mined = {
        opinion.target.text: [a.text for a in opinion.assessments]
        for sentence in good.sentences
        for opinion in sentence.mined_opinions
    }
    assert mined == {"Seattle": ["loved"], "staff": ["friendly"], "food": ["terrible"]}
    assert good.statistics.character_count == len(TEXT)
    assert bad.is_error
    assert bad.error.code == "InvalidDocument"


def test_language(azure):
    documents = [{"id": "7", "text": "Bonjour tout le monde", "country_hint": "none"}]
    (found,) = azure.detect_language(documents)
    assert (found.id, found.primary_language.iso6391_name) == ("7", "fr")


def test_key_phrases(azure):
    (found,) = azure.extract_key_phrases(["My cat might need to see a veterinarian."])
    assert found.key_phrases == ["cat", "veterinarian"]


def test_entities(azure):
    (found,) = azure.recognize_entities([TEXT])
    assert [(e.text, e.category) for e in found.entities] == [
        ("Anna Smith", "Person"),
        ("Seattle", "Location"),
    ]


def test_pii(azure):
    (found,) = azure.recognize_pii_entities([TEXT], categories_filter=["Person"])
    assert found.redacted_text == TEXT.replace("Anna Smith", "*" * 10)
    assert found.entities[0].category == "Person"


def test_linked_entities(azure):
    (found,) = azure.recognize_linked_entities([TEXT])
    assert [e.url for e in found.entities] == ["https://en.wikipedia.org/wiki/Seattle"]
    assert found.entities[0].matches[0].text == "Seattle"


def test_errors_have_the_class_the_client_gives_them(azure, bench):
    with pytest.raises(HttpResponseError, match="InvalidDocumentBatch"):
        azure.recognize_entities(["x"] * 6)
    with pytest.raises(HttpResponseError, match="ModelVersionIncorrect"):
        azure.analyze_sentiment(["x"], model_version="1999-01-01")
    for status, error in ((401, ClientAuthenticationError), (404, ResourceNotFoundError)):
        bench.fault(status=status, times=1)
        with pytest.raises(error):
            azure.analyze_sentiment(["x"])
    bench.fault(kind="quota", times=1)
    with pytest.raises(HttpResponseError, match="Out of call volume quota"):
        azure.analyze_sentiment(["x"])


def test_the_client_retries_a_throttled_request(bench):
    credential = AzureKeyCredential("a-key")
    bench.fault(kind="throttle", retry_after=0, times=1)
    with TextAnalyticsClient(bench.url, credential) as client:
        (found,) = client.analyze_sentiment(["I am so happy today, its sunny!"])
    assert found.sentiment == "positive"
    assert [e["status"] for e in bench.suite.requests(bench.name)] == [429, 200]

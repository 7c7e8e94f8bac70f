"""Azure's own client runs jobs against the suite unmodified: actions, pages, tokens, cancelling."""

import pytest
from azure.ai.textanalytics import (
    AbstractiveSummaryAction,
    AnalyzeHealthcareEntitiesAction,
    AnalyzeSentimentAction,
    ExtractiveSummaryAction,
    ExtractKeyPhrasesAction,
    RecognizeCustomEntitiesAction,
    RecognizeEntitiesAction,
    RecognizeLinkedEntitiesAction,
    RecognizePiiEntitiesAction,
    TextAnalyticsClient,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

TEXT = "Dr. Anna Smith loved Seattle. The staff were friendly, but the food was terrible."
ACTIONS = [
    RecognizeEntitiesAction(),
    RecognizePiiEntitiesAction(categories_filter=["Person"]),
    ExtractKeyPhrasesAction(),
    RecognizeLinkedEntitiesAction(),
    AnalyzeSentimentAction(show_opinion_mining=True),
]
KINDS = [
    "EntityRecognition",
    "PiiEntityRecognition",
    "KeyPhraseExtraction",
    "EntityLinking",
    "SentimentAnalysis",
]
NOW = {"polling_interval": 0}


def connect(bench, api_version):
    credential = AzureKeyCredential("a-key")
    return TextAnalyticsClient(bench.url, credential, api_version=api_version, retry_total=0)


@pytest.fixture(params=["v3.1", "2022-05-01", "2023-04-01"])
def azure(bench, request):
    with connect(bench, request.param) as client:
        yield client


@pytest.fixture
def language(bench):
    with connect(bench, "2023-04-01") as client:
        yield client


def test_all_actions_at_once(azure):
    texts = [TEXT, "", "I am so happy today."]
    poller = azure.begin_analyze_actions(texts, ACTIONS, display_name="mine", **NOW)
    good, empty, happy = poller.result()
    assert [result.kind for result in good] == KINDS
    entities, personal, phrases, linked, sentiment = good
    assert [e.text for e in entities.entities] == ["Anna Smith", "Seattle"]
    assert personal.redacted_text == TEXT.replace("Anna Smith", "*" * 10)
    assert "staff" in phrases.key_phrases
    assert linked.entities[0].url == "https://en.wikipedia.org/wiki/Seattle"
    opinions = sentiment.sentences[1].mined_opinions
    assert [opinion.target.text for opinion in opinions] == ["staff", "food"]
    assert [result.error.code for result in empty] == ["InvalidDocument"] * 5
    assert happy[-1].sentiment == "positive"
    details = poller.details
    assert (details["display_name"], details["total_actions_count"]) == ("mine", 5)
    assert (details["expires_on"] - details["created_on"]).total_seconds() == 24 * 3600
    assert details["id"]


def test_many_documents_come_in_pages(azure, bench):
    poller = azure.begin_analyze_actions(
        ["fine"] * 25, [AnalyzeSentimentAction()], show_stats=True, **NOW
    )
    results = [result for (result,) in poller.result()]
    assert [result.id for result in results] == [str(i) for i in range(25)]
    assert {result.statistics.character_count for result in results} == {4}
    methods = [entry["method"] for entry in bench.suite.requests(bench.name)]
    assert methods == ["POST", "GET", "GET", "GET"]


def test_results_keep_the_order_of_the_documents(azure):
    documents = [{"id": i, "text": i} for i in ("56", "0", "22", "19")]
    documents[2]["text"] = ""
    pages = azure.begin_analyze_actions(documents, ACTIONS[:2], **NOW).result().by_page()
    (page,) = (list(page) for page in pages)
    assert [[result.id for result in results] for results in page] == [
        [document["id"]] * 2 for document in documents
    ]


def test_a_job_is_found_again_by_its_token(azure):
    poller = azure.begin_analyze_actions([TEXT, "x"], ACTIONS[:2], show_stats=True, **NOW)
    token = poller.continuation_token()
    poller.wait()
    again = azure.begin_analyze_actions(None, None, continuation_token=token, **NOW)
    (entities, personal), _ = again.result()
    assert entities.entities[0].text == "Anna Smith"
    assert personal.statistics.transaction_count == 1
    assert again.details["id"] == poller.details["id"]


def test_refused_jobs_are_errors_of_the_client(azure):
    for texts, action, code in [
        (["x"] * 26, AnalyzeSentimentAction(), "InvalidDocumentBatch"),
        ([""], AnalyzeSentimentAction(), "InvalidDocumentBatch"),
        (["x"], AnalyzeSentimentAction(model_version="bad"), "InvalidParameterValue"),
    ]:
        with pytest.raises(HttpResponseError, match=code):
            azure.begin_analyze_actions(texts, [action], **NOW)


def test_a_job_that_is_gone_is_not_found(azure, bench):
    poller = azure.begin_analyze_actions(["x"], ACTIONS[:1], **NOW)
    token = poller.continuation_token()
    poller.wait()
    bench.suite.reset(base=bench.name)
    gone = azure.begin_analyze_actions(None, None, continuation_token=token, **NOW)
    with pytest.raises(HttpResponseError, match="NotFound") as refused:
        gone.result()
    assert refused.value.status_code == 404


def test_an_unknown_language_is_an_error_of_each_document(azure):
    poller = azure.begin_analyze_actions(["x"], ACTIONS, language="klingon", **NOW)
    (results,) = poller.result()
    assert {result.error.code for result in results} == {"UnsupportedLanguageCode"}


@pytest.mark.parametrize("order", ["Rank", "Offset"])
def test_extractive_summaries(language, order):
    texts = [TEXT + " The food in Seattle was cold. Anna left.", "One sentence."]
    poller = language.begin_extract_summary(texts, max_sentence_count=2, order_by=order, **NOW)
    summary, short = poller.result()
    assert [s.text for s in short.sentences] == ["One sentence."]
    assert short.sentences[0].rank_score == 1
    assert len(summary.sentences) == 2
    for sentence in summary.sentences:
        span = slice(sentence.offset, sentence.offset + sentence.length)
        assert texts[0][span] == sentence.text
    by = [-s.rank_score if order == "Rank" else s.offset for s in summary.sentences]
    assert by == sorted(by)


def test_a_summary_of_too_many_sentences_is_refused(language):
    with pytest.raises(HttpResponseError, match=r"Supported values 1 \(min\) to 20 \(max\)"):
        language.begin_extract_summary(["x"], max_sentence_count=21, **NOW)


def test_summaries_are_an_action_too(language):
    actions = [ExtractiveSummaryAction(max_sentence_count=1), AnalyzeSentimentAction()]
    ((summary, sentiment),) = language.begin_analyze_actions([TEXT], actions, **NOW).result()
    assert (summary.kind, len(summary.sentences)) == ("ExtractiveSummarization", 1)
    assert sentiment.sentiment == "mixed"


def test_actions_without_an_engine_are_errors_beside_the_others(language):
    actions = [
        AnalyzeSentimentAction(),
        RecognizeCustomEntitiesAction("project", "deployment"),
        AnalyzeHealthcareEntitiesAction(),
        AbstractiveSummaryAction(),
    ]
    poller = language.begin_analyze_actions([TEXT, "x"], actions, **NOW)
    for sentiment, *failed in poller.result():
        assert not sentiment.is_error
        assert [result.error.code for result in failed] == [
            "ProjectNotFound",
            "InvalidRequest",
            "InvalidRequest",
        ]
    assert poller.details["actions_failed_count"] == 3
    assert poller.details["actions_succeeded_count"] == 1


def test_jobs_without_an_engine_fail(language):
    project = {"project_name": "p", "deployment_name": "d"}
    for begin, options, code in [
        (language.begin_abstract_summary, {}, "InvalidRequest"),
        (language.begin_analyze_healthcare_entities, {}, "InvalidRequest"),
        (language.begin_recognize_custom_entities, project, "ProjectNotFound"),
        (language.begin_single_label_classify, project, "ProjectNotFound"),
        (language.begin_multi_label_classify, project, "ProjectNotFound"),
    ]:
        with pytest.raises(HttpResponseError, match=code):
            begin([TEXT], **options, **NOW).result()


def test_health_is_not_found_in_v31(bench):
    with connect(bench, "v3.1") as client, pytest.raises(ResourceNotFoundError):
        client.begin_analyze_healthcare_entities([TEXT], **NOW)


def test_a_job_is_cancelled(language):
    # The first poller is not to ask again by itself; the second one looks.
    poller = language.begin_analyze_actions([TEXT], ACTIONS, polling_interval=60)
    poller.cancel()
    token = poller.continuation_token()
    again = language.begin_analyze_actions(None, None, continuation_token=token, **NOW)
    (results,) = again.result()
    assert again.status() == "cancelled"
    assert "cancelled" in results[-1].error.message
    with pytest.raises(HttpResponseError, match="already completed"):
        again.cancel()


def test_what_has_ended_cannot_be_cancelled(language):
    poller = language.begin_analyze_actions([TEXT], ACTIONS, **NOW)
    poller.wait()
    with pytest.raises(HttpResponseError, match="already completed"):
        poller.cancel()

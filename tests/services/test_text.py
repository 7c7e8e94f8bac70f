"""Texts share requests as full as the operation allows, and each answer finds its row."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Endpoint
from wire import AT, SENTIMENT, Wire, run

from cogml import ParamError, Service, planner
from cogml.cognitive import AnalyzeText, TextSentiment

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
        planner.make(AnalyzeText(endpoint=AT))


def test_a_row_that_cannot_be_written_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(**SENTIMENT)
    stage = TextSentiment()
    encode = stage.encode

    def failing(document: dict[str, Any], position: int) -> bytes:
        if document["text"] == "c":
            raise ValueError("what the row held")
        return encode(document, position)

    def all_failing(documents: dict[str, list[Any]]) -> list[bytes]:
        return [failing({"text": text}, at) for at, text in enumerate(documents["text"])]

    monkeypatch.setattr(TextSentiment, "encode", lambda self, *given: failing(*given))
    monkeypatch.setattr(TextSentiment, "encode_all", lambda self, given: all_failing(given))
    rows = run(stage, wire, text=["a", "b", "c", "d"])
    assert [row["err"] and row["err"]["code"] for row in rows] == [None, None, "internal", None]
    assert "what the row held" not in str(rows)
    assert wire.batches == [["a", "b", "d"]]

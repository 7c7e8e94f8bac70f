"""A document that is not in English is never read as if it were, and its answer says so."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from suite_bench import LANGUAGE, V31, Bench

from cogml_mocks.engines import foreign, language_id

FOREIGN = {
    "es": "La comida estaba muy buena, pero no me gusta el ruido. Es fatal.",
    "de": "Die Suppe war kalt und das Personal nicht nett. Super war nur das Bier.",
    "fr": "Le service était lent. Bravo pour la soupe, elle est excellent.",
    "ja": "この店はとても美味しいです。また来ます。",
}
WITHOUT = [  # what each way of sending a text says of its language
    ("sent", {"language": "{}"}),
    ("sent with a region", {"language": "{}-XX"}),
    ("sent as English", {"language": "en"}),
    ("sent without", {}),
]


def answered(bench: Bench, path: str, text: str, **said: str) -> dict[str, Any]:
    body = bench.post(path, {"documents": [{"id": "1", "text": text, **said}]}).json()
    assert body["errors"] == []
    (document,) = body["documents"]
    return document


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize(("way", "said"), WITHOUT, ids=[way for way, _ in WITHOUT])
def test_sentiment_of_another_language_is_neutral_with_a_warning(bench, language, way, said):
    said = {name: value.format(language) for name, value in said.items()}
    path = f"{V31}/sentiment?opinionMining=true"
    document = answered(bench, path, FOREIGN[language], **said)
    assert len(document["sentences"]) == 2
    for part in (document, *document["sentences"]):
        assert part["sentiment"] == "neutral"
        assert max(part["confidenceScores"].values()) < 0.35
    assert not any(one["targets"] or one["assessments"] for one in document["sentences"])
    (warning,) = document["warnings"]
    assert warning["code"] == "LanguageNotRead"
    assert f"('{language}')" in warning["message"]


def test_the_language_api_warns_alike(bench):
    given = {"documents": [{"id": "1", "text": FOREIGN["de"], "language": "de"}]}
    answer = bench.post(LANGUAGE, {"kind": "SentimentAnalysis", "analysisInput": given}).json()
    (document,) = answer["results"]["documents"]
    assert document["sentiment"] == "neutral"
    assert [warning["code"] for warning in document["warnings"]] == ["LanguageNotRead"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Great", "positive"),
        ("Tasty soup!", "positive"),
        ("The café in Zürich was lovely", "positive"),
        ("so sad", "negative"),
        ("KENT SMITH  New York, Nov. 5, 1989", "neutral"),
        ("C'est la vie, but I loved it", "positive"),
        ("\U0001f600", "positive"),
    ],
)
def test_english_is_read(bench, text, label):
    document = answered(bench, f"{V31}/sentiment", text)
    assert (document["sentiment"], document["warnings"]) == (label, [])


def test_what_has_no_letters_is_in_no_language(bench):
    document = answered(bench, f"{V31}/sentiment", "\U0001f600 10/10", language="ja")
    assert (document["sentiment"], document["warnings"]) == ("positive", [])


@pytest.mark.parametrize("text", ["Die hard", "Man bites", "die young"])
def test_two_words_are_of_no_other_language(text):
    assert foreign.language(text) == ""


@pytest.mark.parametrize("engine", [foreign.language, language_id.detect])
def test_what_is_not_read_of_a_text_is_not_kept(engine):
    """A cache of thousands of texts holds what was read of each, not texts of megabytes."""
    start = "Die Suppe war kalt und das Personal nicht nett. ".ljust(1_000, ".")
    ends = [start + chr(0x4E00 + number) * 100_000 for number in range(3)]
    tracemalloc.start()
    try:
        assert len({engine(text) for text in [start, *ends]}) == 1
        texts = [text + "." for text in ends]
        before, _ = tracemalloc.get_traced_memory()
        for number in range(len(texts)):
            engine(texts[number])
            texts[number] = ""
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert before - after > 500_000


def test_no_rated_sentence_is_taken_for_another_language(reviews):
    assert [text for _, text in reviews[::5] if foreign.language(text)] == []


@pytest.mark.parametrize("path", ["sentiment", "keyPhrases", "entities/recognition/general"])
@pytest.mark.parametrize("language", ["tlh", "xx", "e", "en_", "-"])
def test_a_language_that_the_service_does_not_know_is_refused(bench, path, language):
    given = {"documents": [{"id": "1", "text": "nuqneH", "language": language}]}
    body = bench.post(f"{V31}/{path}", given).json()
    assert body["documents"] == []
    (error,) = body["errors"]
    assert error["error"]["innererror"]["code"] == "UnsupportedLanguageCode"


@pytest.mark.parametrize("said", [{"language": "de"}, {"language": "en"}, {}])
def test_key_phrases_are_told_by_the_words_that_join_them_in_that_language(bench, said):
    text = "Das Wetter ist schön und die Stadt ist alt."
    document = answered(bench, f"{V31}/keyPhrases", text, **said)
    assert document["keyPhrases"] == ["Wetter", "schön", "Stadt", "alt"]
    assert document["warnings"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FOREIGN["ja"], {"language": "ja"}),
        (FOREIGN["ja"], {}),
        ("这是我们的学校。", {"language": "zh-Hans"}),
        ("Kjo është një qytet i vjetër.", {"language": "sq"}),
    ],
)
def test_phrases_that_cannot_be_told_are_not_invented(bench, text, said):
    document = answered(bench, f"{V31}/keyPhrases", text, **said)
    assert document["keyPhrases"] == []
    assert [warning["code"] for warning in document["warnings"]] == ["LanguageNotRead"]


@pytest.mark.parametrize("said", [{"language": "de"}, {"language": "en"}, {}])
@pytest.mark.parametrize(
    ("path", "mail"), [("general", "Email"), ("pii", "Email"), ("linking", None)]
)
def test_names_are_not_guessed_in_another_language(bench, said, path, mail):
    text = "Ich war im Mai 2020 in Nice und habe Christian Morgen an anna@contoso.com verwiesen."
    kind = "linking" if path == "linking" else f"recognition/{path}"
    if said.get("language") == "de" and path == "linking":
        said = {"language": "es"}  # the other language that entities are linked in
    document = answered(bench, f"{V31}/entities/{kind}", text, **said)
    found = [(entity["text"], entity["category"]) for entity in document["entities"]]
    assert found == ([("anna@contoso.com", mail)] if mail else [])
    assert [warning["code"] for warning in document["warnings"]] == ["LanguageNotRead"]

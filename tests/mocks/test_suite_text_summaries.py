"""Sentences are ranked by how central they are; their offsets count what was asked for."""

import pytest
from text_bench import LANGUAGE, Jobs

from cogml_mocks.engines import centrality

STORY = (
    "The minister resigned on Monday. The minister of the cabinet resigned over a plan. "
    "Rain fell in the north. The cabinet discussed the plan of the minister on Monday."
)


def texts(text, ranked):
    return [text[sentence.start : sentence.end] for sentence in ranked]


def summarize(bench, *given, **parameters):
    jobs = Jobs(bench, LANGUAGE)
    done = jobs.finish(jobs.start(*given, ExtractiveSummarization=parameters))
    (item,) = done["tasks"]["items"]
    assert item["kind"] == "ExtractiveSummarizationLROResults"
    return item["results"]["documents"]


def test_what_resembles_the_rest_comes_first():
    ranked = centrality.rank(STORY, "en")
    assert texts(STORY, ranked) == [f"{part}." for part in STORY.rstrip(".").split(". ")]
    best = centrality.best(ranked, 4)
    assert [sentence.score for sentence in best] == sorted(
        (sentence.score for sentence in ranked), reverse=True
    )
    assert best[0].score == 1
    assert texts(STORY, best)[-1] == "Rain fell in the north."


def test_inflected_by_a_possessive_a_word_is_the_same():
    text = "Johnson spoke. Johnson\u2019s plan failed. Rain fell."
    scores = [sentence.score for sentence in centrality.rank(text, "en")]
    assert min(scores[:2]) > scores[2]


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), (" \n", 0), ("The of and.", 1), ("!!!", 1), ("One. Two.", 2)]
)
def test_any_text_has_its_sentences(text, count):
    ranked = centrality.rank(text, "en")
    assert [sentence.score for sentence in ranked] == [1.0] * count


def test_equals_are_taken_in_their_order():
    text = "One cat. One cat. One cat."
    best = centrality.best(centrality.rank(text, "en"), 2)
    assert [sentence.start for sentence in best] == [0, 9]


def test_ideographs_are_words():
    text = "今日は天気が良い。明日も天気が良い。猫。"
    scores = [sentence.score for sentence in centrality.rank(text, "ja")]
    assert scores[2] == min(scores) < max(scores)


def test_three_sentences_in_their_order_unless_told(bench):
    (document,) = summarize(bench, STORY)
    offsets = [sentence["offset"] for sentence in document["sentences"]]
    assert len(offsets) == 3
    assert offsets == sorted(offsets)
    (document,) = summarize(bench, STORY, sentenceCount=2, sortBy="Rank")
    scores = [sentence["rankScore"] for sentence in document["sentences"]]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("index_type", "offset", "length"),
    [("UnicodeCodePoint", 13, 13), ("Utf16CodeUnit", 15, 14), ("TextElements_v8", 10, 13)],
)
def test_offsets_count_what_was_asked_for(bench, index_type, offset, length):
    text = "\U0001f468\u200d\U0001f469 Cafe\u0301 x. \U0001f600 cats and x."
    (document,) = summarize(bench, text, stringIndexType=index_type)
    last = document["sentences"][-1]
    assert last["text"] == "\U0001f600 cats and x."
    assert (last["offset"], last["length"]) == (offset, length)


@pytest.mark.parametrize("parameters", [{"sentenceCount": 0}, {"sentenceCount": 21}])
def test_from_one_to_twenty_sentences(bench, parameters):
    answer = Jobs(bench, LANGUAGE).submit("x", ExtractiveSummarization=parameters)
    inner = answer.json()["error"]["innererror"]
    assert (answer.status_code, inner["code"]) == (400, "InvalidParameterValue")
    assert inner["message"].endswith("Supported values 1 (min) to 20 (max).")


@pytest.mark.parametrize(
    ("parameters", "inner"),
    [
        ({"sentenceCount": "3"}, "InvalidRequestBodyFormat"),
        ({"sentenceCount": True}, "InvalidRequestBodyFormat"),
        ({"sentenceCount": 1.5}, "InvalidRequestBodyFormat"),
        ({"sortBy": "Length"}, "InvalidParameterValue"),
        ({"sortBy": 1}, "InvalidParameterValue"),
    ],
)
def test_parameters_of_another_kind_are_refused(bench, parameters, inner):
    answer = Jobs(bench, LANGUAGE).submit("x", ExtractiveSummarization=parameters)
    assert (answer.status_code, answer.json()["error"]["innererror"]["code"]) == (400, inner)

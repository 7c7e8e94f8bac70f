"""Offsets and lengths count what the request says, in every operation that has them."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from suite_bench import V31, batch

from cogml_mocks.text.index import TextIndex, count_elements

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"
PREFIX = f"{FAMILY} {FLAG}\r\nCafe\u0301 \u0928\u093f: "


def units(text: str, index_type: str) -> int:
    if index_type == "Utf16CodeUnit":
        return len(text.encode("utf-16-le")) // 2
    return len(regex.findall(r"\X", text)) if index_type.startswith("Text") else len(text)


@pytest.mark.parametrize("index_type", ["TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("entities/recognition/general", "Seattle"),
        ("entities/recognition/pii", "anna@contoso.com"),
        ("entities/linking", "Seattle"),
        ("sentiment?opinionMining=true", "The staff were friendly."),
    ],
)
def test_offsets_behind_emoji_marks_and_line_breaks(bench, index_type, path, said):
    text = f"{PREFIX}\n\nThe staff were friendly. Mail anna@contoso.com in Seattle."
    joint = "&" if "?" in path else "?"
    answer = bench.post(f"{V31}/{path}{joint}stringIndexType={index_type}", batch(text)).json()
    document = answer["documents"][0]
    spans = document.get("entities") or document["sentences"]
    spans = [part for span in spans for part in span.get("matches", [span])]
    spans += [t for s in spans for t in s.get("targets", []) + s.get("assessments", [])]
    assert said in [span["text"] for span in spans]
    for span in spans:
        start = text.index(span["text"])
        assert span["offset"] == units(text[:start], index_type)
        assert span["length"] == units(span["text"], index_type)


def test_the_default_counts_text_elements(bench):
    sentence = bench.sentiment(FAMILY * 3).json()["documents"][0]["sentences"][0]
    assert (sentence["offset"], sentence["length"]) == (0, 3)
    language = bench.analyze("SentimentAnalysis", FAMILY * 3).json()["results"]
    assert language["documents"][0]["sentences"][0]["length"] == 3


def test_a_span_inside_a_text_element_is_widened_to_it():
    text = "ae\u0301b"
    assert TextIndex(text, "TextElement_v8").span(1, 2) == (1, 1)
    assert TextIndex(text, "TextElement_v8").span(2, 3) == (1, 1)
    assert TextIndex(text, "UnicodeCodePoint").span(2, 3) == (2, 1)


@given(st.text(), st.data())
def test_adjacent_spans_have_no_gap(text, data):
    cut = data.draw(st.integers(0, len(text)))
    for index_type in ("UnicodeCodePoint", "Utf16CodeUnit"):
        index = TextIndex(text, index_type)
        offset, length = index.span(0, cut)
        assert (offset, length) == (0, units(text[:cut], index_type))
        assert index.span(cut, len(text))[0] == length


@given(st.text())
def test_text_elements_are_grapheme_clusters(text):
    assert count_elements(text) == len(regex.findall(r"\X", text))
    if text:
        assert TextIndex(text, "TextElement_v8").span(0, len(text)) == (0, count_elements(text))

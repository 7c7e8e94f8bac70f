"""Long texts are split in a time that grows with their length, into sentences of bounded length."""

import pytest

from cogml_mocks.engines import sentences


@pytest.mark.parametrize("stops", [".", "!?", '."', "...\u2026"])
def test_runs_of_stops_are_read_once(stops):
    """Read from each of them, such a run would take hours."""
    text = stops * 50_000
    assert sentences.split(text) == [(0, len(text))]


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("word " * 2_000, sentences.LONGEST),
        ("x" * 5_000 + " and" * 2_000, 5_000),
        ("a " * 1_000 + "b" * 2_500 + " c" * 2_000, 2_500),
        ("x" * 10_000, 10_000),
    ],
)
def test_a_long_sentence_is_cut_at_white_space(text, longest):
    spans = sentences.split(text)
    assert max(end - start for start, end in spans) <= longest
    words = [word for start, end in spans for word in text[start:end].split()]
    assert words == text.split()


def test_runs_of_stops_end_one_sentence():
    text = 'Wait... what?! "Yes." No'
    found = [text[start:end] for start, end in sentences.split(text)]
    assert found == ["Wait...", "what?!", '"Yes."', "No"]

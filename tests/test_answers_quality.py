"""The quality of answers is told by measures whose worth is known, on inputs that are all there."""

from __future__ import annotations

import json
import pathlib
import shutil

import answers_quality
import error_rates
import hits
import pytest
import rated_sentences
from harness import real_inputs

RATINGS = "1\t-2.5\tIt broke.\r\n2\t-0.5\tIt\tis.\n3\t0.5\tIt was.\n4\t0.51\tIt is good.\n"


def test_sentences_are_rated_by_their_mean(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "rated.txt"
    file.write_text(RATINGS, "utf-8", newline="")
    rated = rated_sentences.read(file)
    assert [one.label for one in rated] == ["negative", "neutral", "neutral", "positive"]
    assert rated[1].text == "It\tis."


def test_agreement_is_that_of_labels_and_of_scores(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "rated.txt"
    file.write_text(RATINGS, "utf-8", newline="")
    rated = rated_sentences.read(file)
    given = ["negative", "negative", "neutral", "neutral"]
    found = rated_sentences.Agreement(rated, given, [one.rating * 2 + 1 for one in rated])
    assert found.accuracy == 2 / 4
    # Negative: 1 of 2 and of 1; neutral: 1 of 2 and of 2; positive: none.
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 4 + 0) / 3)
    assert found.correlation == pytest.approx(1)
    assert found.count("neutral", "negative") == found.count("positive", "neutral") == 1
    perfect = rated_sentences.Agreement(rated, [one.label for one in rated], [0.0, 1, 1, 2])
    assert perfect.accuracy == perfect.macro_f1 == 1


def test_what_is_found_is_counted_with_what_is_not() -> None:
    counts = hits.of_sets([(["a", "b"], ["b", "c", "c"]), ([], ["d"]), (["e"], [])])
    assert counts == hits.Counts(hit=1, false=2, missed=2)
    assert (counts.precision, counts.recall, counts.f1) == (1 / 3, 1 / 3, 1 / 3)
    assert hits.of_sets([]).f1 == 0


@pytest.mark.parametrize(
    ("meant", "heard", "rate"),
    [
        ("What's the weather like?", "what\u2019s the WEATHER, like", 0),
        ("real-time", "real time", 0),
        ("a b c d", "a x c", 2 / 4),
        ("a", "a b c", 2),
        ("a b", "", 1),
    ],
)
def test_words_that_are_wrong(meant: str, heard: str, rate: float) -> None:
    assert error_rates.of_words(meant, heard) == rate


@pytest.mark.parametrize(
    ("meant", "read", "rate"),
    [
        (["Fat 13g", "Sodium"], ["Sodium", "Fat 13g"], 0),
        (["0mg"], ["Omg"], 1 / 3),
        (["abcd", "ef"], ["abcd"], 2 / 6),
        (["abcd"], ["abcd", "xy"], 2 / 4),
        (["same", "same"], ["same", "same"], 0),
        (["abcd"], [], 1),
    ],
)
def test_characters_that_are_wrong(meant: list[str], read: list[str], rate: float) -> None:
    assert error_rates.of_characters(meant, read) == rate


def test_every_truth_is_in_its_text() -> None:
    for name in ("opinions", "entities"):
        for truth in answers_quality._truths(name):
            parts = [part for known in truth.get("relations", []) for part in known[:2]]
            parts += [text for text, _ in truth.get("entities", [])]
            assert all(part in truth["text"] for part in parts), truth


def test_all_answers_are_measured_and_those_of_sentences_are_good(tmp_path: pathlib.Path) -> None:
    real_inputs()
    table = answers_quality.main(["--quick", "--results", str(tmp_path)])
    found = {(row["subject"], row["measure"]): row["found"] for row in table.rows}
    assert {subject for subject, _ in found} == {
        "sentiment", "opinions", "other languages", "entities", "speech", "text in pictures",
        "faces",
    }  # fmt: skip
    assert found["opinions", "precision"] > 0.95
    assert found["opinions", "recall"] > 0.88
    assert found["entities", "precision"] > 0.95
    assert found["entities", "recall"] > 0.9
    assert found["other languages", "neutral with a warning, sent with its language"] == "24 of 24"
    assert all(goal.met for goal in table.goals)
    page = (tmp_path / "answers_quality.md").read_text("utf-8")
    assert "| faces            | faces.jpg " in page
    confusion = json.loads((tmp_path / "answers_confusion.json").read_text("utf-8"))
    sums = [row["negative"] + row["neutral"] + row["positive"] for row in confusion["rows"]]
    assert sum(sums) == 2 * 2 * 200


def test_without_the_inputs_it_says_which_and_where(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COGML_TEST_DATA", raising=False)
    with pytest.raises(SystemExit, match=r"set COGML_TEST_DATA to the folder .* text/, audio/ and"):
        answers_quality.main(["--quick"])
    monkeypatch.setenv("COGML_TEST_DATA", str(tmp_path))
    (tmp_path / "audio").mkdir()
    for truth in answers_quality._truths("recordings"):
        (tmp_path / "audio" / truth["file"]).touch()
    shutil.copytree(answers_quality.TRUTHS, tmp_path / "text")
    with pytest.raises(SystemExit) as told:
        answers_quality.main(["--quick"])
    assert str(told.value).startswith(f"COGML_TEST_DATA names {tmp_path}, which has no text/amazon")
    assert "images/faces.jpg" in str(told.value)
    assert "audio/" not in str(told.value)

"""An opinion joins a rated word and the noun it is said of; relations point from one to another."""

from __future__ import annotations

import pytest
from suite_bench import Bench

from cogml_mocks.engines import opinions as engine
from cogml_mocks.engines import parts_of_speech


def mined(bench: Bench, text: str) -> tuple[dict, dict]:
    answer = bench.sentiment(text, query="?opinionMining=true").json()
    (sentence,) = answer["documents"][0]["sentences"]
    assessments = sentence["assessments"]
    said = {}
    for target in sentence["targets"]:
        refs = [relation["ref"] for relation in target["relations"]]
        places = [int(ref.removeprefix("#/documents/0/sentences/0/assessments/")) for ref in refs]
        said[target["text"]] = [assessments[i]["text"] for i in places]
    return said, {a["text"]: (a["sentiment"], a["isNegated"]) for a in assessments}


@pytest.mark.parametrize(
    ("text", "targets", "assessments"),
    [
        (
            "The food and the staff were not very bad.",
            {"food": ["bad"], "staff": ["bad"]},
            {"bad": ("positive", True)},
        ),
        ("A delicious meal!", {}, {}),
        (
            "The friendly and helpful waiter smiled.",
            {"waiter": ["friendly", "helpful"]},
            {"friendly": ("positive", False), "helpful": ("positive", False)},
        ),
        ("this is a dog", {}, {}),
    ],
)
def test_opinions(bench, text, targets, assessments):
    found, rated = mined(bench, text)
    if targets:
        assert found == targets
        assert rated == assessments
    else:
        assert set(found) <= {"meal"}


def test_a_relation_points_into_the_answer_also_behind_a_refused_document(bench):
    texts = ("We sat.", "", "We sat. The staff were friendly.")
    answer = bench.sentiment(*texts, query="?opinionMining=true").json()
    target = answer["documents"][1]["sentences"][1]["targets"][0]
    (relation,) = target["relations"]
    assert relation == {
        "relationType": "assessment",
        "ref": "#/documents/1/sentences/1/assessments/0",
    }
    found = answer
    for step in relation["ref"].removeprefix("#/").split("/"):
        found = found[int(step) if step.isdecimal() else step]
    assert found["text"] == "friendly"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The food was great but the service was slow.", ["food great +", "service slow -"]),
        ("The room was not clean.", ["room clean -"]),
        ("The battery life isn't terrible.", ["battery life terrible +"]),
        ("I loved the delicious pizza.", ["pizza loved +", "pizza delicious +"]),
        ("I like this jacket, it looks like a coat.", ["jacket like +"]),
        ("We were disappointed with the breakfast.", ["breakfast disappointed -"]),
        ("The waiter, who was rude, ignored us.", ["waiter rude -", "waiter ignored -"]),
        ("The view from the terrace was stunning.", ["view stunning +"]),
        ("The keyboard I bought is terrible.", ["keyboard terrible -"]),
        ("The doctor who saw me was kind.", ["doctor kind +"]),
        ("Neither the tea nor the cake was good.", ["tea good -", "cake good -"]),
        ("I drank the tea and the cake was good.", ["cake good +"]),
        ("The trip was a complete disaster.", ["trip disaster -"]),
        ("The update ruined the app.", ["app ruined -"]),
        ("The zipper broke.", ["zipper broke -"]),
        ("Nobody liked the speech.", ["speech liked -"]),
        ("The screen is too small.", ["screen small -"]),
        ("The screen is small.", []),
        ("The staff could be friendlier.", []),
        ("It never feels cheap.", []),
        ("They ruined it.", []),
    ],
)
def test_what_is_said_of_what(text, said):
    targets, assessments = engine.mine(text, 0, len(text))
    found = [
        f"{text[target.start : target.end]} {text[one.start : one.end]} "
        f"{'+' if one.label == 'positive' else '-'}"
        for target in targets
        for one in (assessments[i] for i in target.assessments)
    ]
    assert found == said


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("The manual isn\u2019t useless", "DT NN VBZ RB JJ"),
        ("I love it", "PRP VBP PRP"),
        ("A love story", "DT NN NN"),
        ("The update ruined the well-known app/site", "DT NN VBD DT JJ NN , NN"),
        ("\x1c \u200b /&slash; \n-", ", , , , VB . ,"),
        (" \u2028 ", ""),
    ],
)
def test_parts_of_speech(text, tags):
    found = parts_of_speech.tagged(text, 0, len(text))
    assert " ".join(token.tag for token in found) == tags
    assert all(text[t.start : t.end].lower().replace("\u2019", "'") == t.word for t in found)


@pytest.mark.parametrize(
    "text",
    ["good, " * 330 + "was", "was " + "good " * 390, "cat " * 490 + "is good", "who good " * 220,
     "the food of " * 160 + "was good", "look really " * 160],
)  # fmt: skip
def test_a_sentence_without_end_is_mined_in_bounded_steps(text, monkeypatch):
    steps = 0
    look = engine._Sentence._tag

    def count(self, i):
        nonlocal steps
        steps += 1
        return look(self, i)

    monkeypatch.setattr(engine._Sentence, "_tag", count)
    engine.mine(text, 0, len(text))
    assert steps < 60_000

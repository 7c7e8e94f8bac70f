"""How good the suite's answers are: sentiment, opinions, languages, entities, speech, pictures.

Everything is asked of the local suite through cogml's stages. Sentences that people rated,
recordings and pictures are those of the folder that COGML_TEST_DATA names; what they say, what is
on them, and the sentences for opinions, languages and entities, are in truths/. (Anomalies:
quality.py.)

Run: python benchmarks/answers_quality.py [--quick] [--results FOLDER]
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import error_rates
import hits
import pyarrow as pa
import rated_sentences
from rated_sentences import LABELS, Agreement
from results import Column, Goal, Table, options, parsed, publish
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import cogml_mocks
from cogml.cognitive import NER, OCR, AnalyzeImage, SpeechToTextSDK, TextSentiment

TRUTHS = pathlib.Path(__file__).with_name("truths")
RATED = {
    "product reviews": "amazonReviewSnippets_GroundTruth.txt",
    "newspaper editorials": "nytEditorialSnippets_GroundTruth.txt",
}
THRESHOLD = 0.05  # of VADER's compound, by its authors
# Hutto and Gilbert, ICWSM 2014, Table 4 (page 8 of the paper, 223 of the proceedings).
PUBLISHED = {"product reviews": 0.565, "newspaper editorials": 0.492}  # correlations
MEASURES = {"accuracy": "accuracy", "macro-F1": "macro_f1", "correlation": "correlation"}
SAID = (
    "Beside the suite's answers: plain VADER (package vaderSentiment, a sentence's compound at "
    "-0.05 and 0.05) in the same run, and what its paper gives (Hutto and Gilbert, ICWSM 2014, "
    "Table 4). Error rates: the less, the better; all else: the more."
)
NOTES = [
    "Sentences are negative below a mean rating of -0.5 and positive above 0.5, else neutral. A "
    "document that the suite calls mixed counts as neutral: people's ratings have no such label.",
    "The correlation is Pearson's, of the ratings with the suite's positive less its negative "
    "score, and with VADER's compound. The paper's overall F1 of three classes, 0.63 and 0.55, is "
    "no macro-F1 of the classes here: it sets their borders at -0.05 and 0.05 on a scale from -1 "
    "to 1, and does not say how it averages.",
    "The suite adds words and turns of phrase of reviews to VADER's lexicon. They were written "
    "down from general knowledge, not from these sentences, and no threshold was chosen by them; "
    "the steepness of its confidence scores, which decides no label, was.",
    "The sentences for opinions, languages and entities are our own. Those for opinions were "
    "written when the rules were done, and no rule was changed for one; those for entities before "
    "the lists of names were, and two faults that they showed were mended.",
    "What stands in the pictures was read off them by eye; what is cut off counts as far as it "
    "can be seen, what is out of focus does not. The face in objects.jpg looks down.",
]

_Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> Table:
    given = parsed(options(__doc__, rounds=1), arguments)
    data = _test_data()
    table = Table(
        "answers_quality",
        "How good the answers are",
        SAID,
        [
            Column("subject", "answers"),
            Column("of", "of"),
            Column("measure", "measure"),
            Column("found", "suite", ".3f"),
            Column("vader", "VADER, here", ".3f"),
            Column("published", "VADER, published", ".3f"),
        ],
        notes=NOTES,
        packages=("vaderSentiment", "textblob", "rapidocr", "opencv-python-headless"),
        quick=given.quick,
    )
    confusion = Table(
        "answers_confusion",
        "What rated sentences were taken for",
        "Rows are what people's mean ratings say, columns what was answered.",
        [
            Column("of", "of"),
            Column("who", "by"),
            Column("rated", "rated"),
            *(Column(label, label, ",d") for label in LABELS),
        ],
        quick=given.quick,
    )
    with cogml_mocks.serve() as suite:
        ask = Asker(suite.url)
        for name in RATED:
            sentiment(ask, data / "text" / RATED[name], name, table, confusion)
        for rows in (opinions, languages, entities):
            table.rows += rows(ask)
        table.rows += speech(ask, data / "audio", given.quick)
        table.rows += pictures(ask, data / "images", given.quick)
    publish(confusion, given)
    return publish(table, given)


class Asker:
    """Asks the suite, through a stage, for the answers to a column of inputs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(
        self, stage: Callable[..., Any], column: str, inputs: Sequence[Any], **settings: Any
    ) -> list[Any]:
        named = {f"{column}Col": "in", "outputCol": "out", "errorCol": "error"}
        ready = stage(endpoint=self._url, subscriptionKey="any", **named, **settings)
        table = ready.transform(pa.table({"in": pa.array(inputs)}))
        failed = table["error"].drop_null().to_pylist()
        if failed:
            raise SystemExit(f"{len(failed)} rows failed, the first with {failed[0]}")
        return list(table["out"].to_pylist())


def sentiment(ask: Asker, path: pathlib.Path, name: str, table: Table, confusion: Table) -> None:
    """Labels beside people's and VADER's; goals are what VADER reaches."""
    rated = rated_sentences.read(path)[: 200 if table.quick else None]
    texts = [one.text for one in rated]
    answers = [found[0] for found in ask(TextSentiment, "text", texts, language="en")]
    scores = [answer["confidenceScores"] for answer in answers]
    labels = [one["sentiment"].replace("mixed", "neutral") for one in answers]
    analyzer = SentimentIntensityAnalyzer()
    compounds = [analyzer.polarity_scores(text)["compound"] for text in texts]
    suite = Agreement(rated, labels, [one["positive"] - one["negative"] for one in scores])
    vader = Agreement(
        rated,
        [LABELS[1 + (one >= THRESHOLD) - (one <= -THRESHOLD)] for one in compounds],
        compounds,
    )
    of = f"{len(rated):,} sentences of {name}"
    for measure, attribute in MEASURES.items():
        found, beside = getattr(suite, attribute), getattr(vader, attribute)
        published = PUBLISHED[name] if measure == "correlation" else None
        table.rows.append(_row("sentiment", of, measure, found, beside, published))
        if measure != "correlation":
            table.goals.append(Goal(f"{name}, {measure}", found, least=beside, form=".3f"))
    for who, agreement in (("suite", suite), ("VADER", vader)):
        confusion.rows += [
            {"of": name, "who": who, "rated": label}
            | {given: agreement.count(label, given) for given in LABELS}
            for label in LABELS
        ]


def opinions(ask: Asker) -> Iterator[_Row]:
    """Targets with their assessments, as (target, assessment, polarity)."""
    truths = _truths("opinions")
    texts = [truth["text"] for truth in truths]
    answers = ask(TextSentiment, "text", texts, opinionMining=True)
    counts = hits.of_sets(
        (map(tuple, truth["relations"]), _relations(answer[0]["sentences"]))
        for truth, answer in zip(truths, answers, strict=True)
    )
    yield from _precision_and_recall("opinions", f"{len(truths)} sentences", counts)


def _relations(sentences: Sequence[_Row]) -> Iterator[tuple[str, str, str]]:
    for sentence in sentences:
        for target in sentence["targets"]:
            for relation in target["relations"]:
                said = sentence["assessments"][int(relation["ref"].rpartition("/")[2])]
                yield target["text"], said["text"], said["sentiment"]


def languages(ask: Asker) -> Iterator[_Row]:
    """Texts in other languages, sent as what they are, and without a word of it."""
    truths = _truths("languages")
    texts = [truth["text"] for truth in truths]
    of = f"{len(texts)} texts in {len({truth['language'] for truth in truths})} languages"
    sent = [
        ask(TextSentiment, "text", [truth["text"]], language=truth["language"])[0]
        for truth in truths
    ]
    for how, answers in (("with", sent), ("without", ask(TextSentiment, "text", texts))):
        told = sum(bool(one[0]["warnings"]) and one[0]["sentiment"] == "neutral" for one in answers)
        measure = f"neutral with a warning, sent {how} its language"
        yield _row("other languages", of, measure, f"{told} of {len(texts)}")


def entities(ask: Asker) -> Iterator[_Row]:
    """Entities, as (text, category)."""
    truths = _truths("entities")
    answers = ask(NER, "text", [truth["text"] for truth in truths], language="en")
    counts = hits.of_sets(
        (
            map(tuple, truth["entities"]),
            [(entity["text"], entity["category"]) for entity in answer[0]["entities"]],
        )
        for truth, answer in zip(truths, answers, strict=True)
    )
    yield from _precision_and_recall("entities", f"{len(truths)} sentences", counts)


def speech(ask: Asker, folder: pathlib.Path, quick: bool) -> Iterator[_Row]:
    """Recordings of Azure's Speech SDK samples; the short form hears the short one."""
    for truth in _truths("recordings")[: 1 if quick else None]:
        recording = (folder / truth["file"]).read_bytes()
        words = len(error_rates.words(truth["said"]))
        for measure, backend in (("phrase by phrase", "rest"), ("as a whole", "fast")):
            # The stage gives a row for each phrase.
            phrases = ask(SpeechToTextSDK, "audioData", [recording], backend=backend)
            heard = " ".join(phrase["DisplayText"] for phrase in phrases)
            rate = error_rates.of_words(truth["said"], heard)
            of = f"{truth['file']}, {words} words"
            yield _row("speech", of, f"word error rate, sent {measure}", rate)


def pictures(ask: Asker, folder: pathlib.Path, quick: bool) -> Iterator[_Row]:
    """What is written in pictures, and the faces in them; the short form looks at the smaller."""
    truths = _truths("pictures")
    if quick:
        truths = [one for one in truths if one["file"] in ("type-image.jpg", "faces.jpg")]
    written = [one for one in truths if one["lines"]]
    for truth, found in zip(written, ask(OCR, "imageBytes", _bytes(folder, written)), strict=True):
        lines = [
            " ".join(word["text"] for word in line["words"])
            for region in found["regions"]
            for line in region["lines"]
        ]
        of = f"{truth['file']}, {sum(map(len, truth['lines']))} characters"
        rate = error_rates.of_characters(truth["lines"], lines)
        yield _row("text in pictures", of, "character error rate", rate)
    answers = ask(AnalyzeImage, "imageBytes", _bytes(folder, truths), visualFeatures=["Faces"])
    found = [len(answer["faces"]) for answer in answers]
    for truth, count in zip(truths, found, strict=True):
        if truth["faces"]:
            yield _row("faces", truth["file"], "found", f"{count} of {truth['faces']}")
    none = [count for truth, count in zip(truths, found, strict=True) if not truth["faces"]]
    yield _row("faces", f"pictures without any: {len(none)}", "found", f"{sum(none)}")


def _bytes(folder: pathlib.Path, truths: Sequence[_Row]) -> list[bytes]:
    return [(folder / truth["file"]).read_bytes() for truth in truths]


def _precision_and_recall(subject: str, of: str, counts: hits.Counts) -> Iterator[_Row]:
    yield _row(subject, of, "precision", counts.precision)
    yield _row(subject, of, "recall", counts.recall)


def _row(subject: str, of: str, measure: str, *found: Any) -> _Row:
    found = (*found, None, None)[:3]
    keys = ("subject", "of", "measure", "found", "vader", "published")
    return dict(zip(keys, (subject, of, measure, *found), strict=True))


def _truths(name: str) -> list[_Row]:
    return list(json.loads((TRUTHS / f"{name}.json").read_text("utf-8")))


def _test_data() -> pathlib.Path:
    """The folder of real inputs, if all that is needed is there."""
    named = os.environ.get("COGML_TEST_DATA")
    if named is None:
        raise SystemExit(
            "there are no rated sentences, recordings and pictures: set COGML_TEST_DATA to the "
            "folder that has them in text/, audio/ and images/"
        )
    folder = pathlib.Path(named)
    needed = [f"text/{file}" for file in RATED.values()]
    needed += [f"audio/{truth['file']}" for truth in _truths("recordings")]
    needed += [f"images/{truth['file']}" for truth in _truths("pictures")]
    missing = [file for file in needed if not (folder / file).is_file()]
    if missing:
        raise SystemExit(f"COGML_TEST_DATA names {folder}, which has no {', '.join(missing)}")
    return folder


if __name__ == "__main__":
    main()

"""Sentiment is answered as documents of sentences, with the opinions of each if asked."""

from typing import Any

from cogml_mocks.text import reading
from cogml_mocks.text.documents import Document
from cogml_mocks.text.index import TextIndex
from cogml_mocks.text.memory import remember
from cogml_mocks.text.options import Options

_NEUTRAL = "it is neutral because nothing is known of it."


def sentiment(document: Document, options: Options, position: int) -> dict[str, Any]:
    """Sentiment of a document and its sentences, with opinions if asked."""
    language = reading.language(document)
    if options.opinion_mining:
        return _sentiment_with_opinions(document.text, options.index_type, language, position)
    return _sentiment(document.text, options.index_type, language)


@remember
def _sentiment(text: str, index_type: str, language: str) -> dict[str, Any]:
    from cogml_mocks.engines import sentiment as engine

    is_read = language == reading.ENGLISH
    found = engine.analyze(text) if is_read else engine.undecided(text)
    index = TextIndex(text, index_type)
    sentences = []
    for sentence in found.sentences:
        offset, length = index.span(sentence.start, sentence.end)
        sentences.append(
            {
                "sentiment": sentence.label,
                "confidenceScores": _scores(sentence.scores),
                "offset": offset,
                "length": length,
                "text": text[sentence.start : sentence.end],
            }
        )
    return {
        "sentiment": found.label,
        "confidenceScores": _scores(found.scores),
        "sentences": sentences,
        "warnings": [] if is_read else [reading.not_read(language, _NEUTRAL)],
    }


def _scores(scores: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("positive", "neutral", "negative"), scores, strict=True))


def _sentiment_with_opinions(
    text: str, index_type: str, language: str, position: int
) -> dict[str, Any]:
    from cogml_mocks.engines import opinions
    from cogml_mocks.engines import sentences as engine

    plain = _sentiment(text, index_type, language)
    is_read = language == reading.ENGLISH
    index = TextIndex(text, index_type)
    sentences = []
    for number, (start, end) in enumerate(engine.split(text)):
        targets, assessments = opinions.mine(text, start, end) if is_read else ([], [])
        where = f"#/documents/{position}/sentences/{number}/assessments"
        sentences.append(
            plain["sentences"][number]
            | {
                "targets": [_target(text, index, t, assessments, where) for t in targets],
                "assessments": [
                    _opinion(text, index, a.start, a.end, [a.positive]) | {"isNegated": a.negated}
                    for a in assessments
                ],
            }
        )
    return plain | {"sentences": sentences}


def _target(
    text: str, index: TextIndex, target: Any, assessments: list[Any], where: str
) -> dict[str, Any]:
    positives = [assessments[i].positive for i in target.assessments]
    relations = [{"relationType": "assessment", "ref": f"{where}/{i}"} for i in target.assessments]
    return _opinion(text, index, target.start, target.end, positives) | {"relations": relations}


def _opinion(
    text: str, index: TextIndex, start: int, end: int, positives: list[float]
) -> dict[str, Any]:
    offset, length = index.span(start, end)
    positive = round(sum(positives) / len(positives), 2)
    label = "positive" if positive >= 0.5 else "negative"
    if min(positives) < 0.5 <= max(positives):
        label = "mixed"
    return {
        "sentiment": label,
        "confidenceScores": {"positive": positive, "negative": round(1 - positive, 2)},
        "offset": offset,
        "length": length,
        "text": text[start:end],
    }

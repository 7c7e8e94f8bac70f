"""A sentence's label is the sign of its lexicon score; a document's follows from its sentences.

The score is VADER's compound (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for
Sentiment Analysis of Social Media Text", ICWSM 2014), computed by the authors' package: a lexicon
of rated words, emoticons and emoji with rules for negation, degree, capitals, "but" and
exclamation; the words and turns of phrase of `review_words` are added to it. Labels change at the
authors' thresholds, a compound of -0.05 and 0.05. The three confidence scores are a softmax of the
compound in which the label's score is always the highest; its steepness is the likeliest one for
the human ratings of some 8,900 sentences that VADER's authors published with it.

A document is `mixed` when it has at least one positive and one negative sentence, else positive
or negative when it has one such sentence, else neutral. Its scores are the mean over the sentences
that decide.

Not modelled: languages other than English (`undecided` is for them); irony; what somebody wishes
for or expected ("it would be great if"). Words the lexicon does not hold carry no sentiment.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import exp
from typing import Literal

from vaderSentiment.vaderSentiment import (
    SentimentIntensityAnalyzer,
)

from cogml_mocks.engines import review_words, sentences

Label = Literal["positive", "neutral", "negative", "mixed"]
Scores = tuple[float, float, float]

THRESHOLD = 0.05
STEEPNESS = 1.75
MAX_EMOJI = 100
UNDECIDED = (0.33, 0.34, 0.33)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its span in code points, label and (positive, neutral, negative) scores."""

    start: int
    end: int
    label: Label
    scores: Scores


@dataclass(frozen=True, slots=True)
class Sentiment:
    """One document's label, scores and sentences."""

    label: Label
    scores: Scores
    sentences: tuple[Sentence, ...]


@cache
def analyzer() -> SentimentIntensityAnalyzer:
    """Load the lexicon once."""
    loaded = SentimentIntensityAnalyzer()
    loaded.lexicon.update(review_words.RATED)
    return loaded


@lru_cache(maxsize=2_048)
def analyze(text: str) -> Sentiment:
    """Analyse one document."""
    found = tuple(_sentence(text, start, end) for start, end in sentences.split(text))
    labels = {sentence.label for sentence in found}
    label: Label = "neutral"
    deciding = found
    if labels - {"neutral"}:
        deciding = tuple(sentence for sentence in found if sentence.label != "neutral")
        label = "mixed" if {"positive", "negative"} <= labels else deciding[0].label
    count = max(1, len(deciding))
    mean = tuple(sum(sentence.scores[i] for sentence in deciding) / count for i in range(3))
    return Sentiment(label, _rounded(mean, label), found)


def undecided(text: str) -> Sentiment:
    """Return the sentences of a document of which nothing is known, all neutral."""
    found = (Sentence(*span, "neutral", UNDECIDED) for span in sentences.split(text))
    return Sentiment("neutral", UNDECIDED, tuple(found))


def label_of(compound: float) -> Label:
    """Return the label of a compound score."""
    if compound >= THRESHOLD:
        return "positive"
    return "negative" if compound <= -THRESHOLD else "neutral"


def _sentence(text: str, start: int, end: int) -> Sentence:
    compound = analyzer().polarity_scores(_readable(text[start:end]))["compound"]
    label = label_of(compound)
    weights = (exp(STEEPNESS * compound), exp(STEEPNESS * THRESHOLD), exp(-STEEPNESS * compound))
    total = sum(weights)
    return Sentence(start, end, label, _rounded(tuple(w / total for w in weights), label))


def _readable(sentence: str) -> str:
    """Put a sentence in words and signs that the package knows.

    Emoji beyond the first hundred are left out: it takes quadratic time for them.
    """
    sentence = review_words.in_single_words(sentence.replace("\u2019", "'"))
    if sentence.isascii():
        return sentence
    emoji = analyzer().emojis
    places = [i for i, character in enumerate(sentence) if character in emoji]
    surplus = set(places[MAX_EMOJI:])
    return "".join(character for i, character in enumerate(sentence) if i not in surplus)


def _rounded(scores: tuple[float, ...], label: Label) -> Scores:
    """Round to hundredths that sum to 1; what rounding leaves goes to the label's score."""
    parts = [int(score * 100 + 1e-9) for score in scores]
    winner = {"positive": 0, "neutral": 1, "negative": 2}.get(label, parts.index(max(parts)))
    parts[winner] += 100 - sum(parts)
    return parts[0] / 100, parts[1] / 100, parts[2] / 100

"""A sentence is as important as the important sentences it resembles: continuous LexRank.

LexRank: Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text
Summarization", Journal of Artificial Intelligence Research 22, 2004. Sentences are vectors of
words weighed by tf-idf, of unit length; their cosines are the weights of a graph; a random walk
over it, with a jump now and then, visits central sentences more often. Unlike there no sentence
resembles itself, or one that resembles no other would keep an average rank. The graph is never
built: a step of the walk goes from sentences to words and back, so it costs a reading of the text.

Not modelled: meaning beyond shared words (no inflection, no synonyms), the lead of an article,
redundancy between the sentences chosen. Ideographs and kana are words of one character.
"""

from collections import Counter
from math import log
from typing import TYPE_CHECKING, NamedTuple

import regex

from cogml_mocks.engines import sentences
from cogml_mocks.engines.key_phrases import stop_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAMPING = 0.85
TOLERANCE = 1e-6
MAX_STEPS = 100
_WORD = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{M}\p{N}]+(?:['\u2019][\p{L}]+)*")


class Ranked(NamedTuple):
    """The span of a sentence and its importance: 1 is that of the most important."""

    start: int
    end: int
    score: float


def rank(text: str, language: str) -> list[Ranked]:
    """Return the sentences of a text in its order, each with its importance, two decimals."""
    spans = sentences.split(text)
    if not spans:
        return []
    scores = _scores([_words(text[start:end], language) for start, end in spans])
    highest = max(scores)
    return [
        Ranked(start, end, round(score / highest, 2))
        for (start, end), score in zip(spans, scores, strict=True)
    ]


def best(ranked: list[Ranked], count: int) -> list[Ranked]:
    """Return the most important sentences, most important first; the earlier one of two equals."""
    return sorted(ranked, key=lambda sentence: (-sentence.score, sentence.start))[:count]


def _words(sentence: str, language: str) -> Counter[str]:
    stops = stop_words(language.lower().replace("_", "-").partition("-")[0])
    words = (
        word[0].lower().replace("\u2019", "'").removesuffix("'s")
        for word in _WORD.finditer(sentence)
    )
    return Counter(word for word in words if word not in stops)


def _scores(bags: list[Counter[str]]) -> list[float]:
    import numpy as np

    number = {word: i for i, word in enumerate(dict.fromkeys(w for bag in bags for w in bag))}
    if not number:
        return [1.0] * len(bags)
    frequency = Counter(word for bag in bags for word in bag)
    rows = np.array([i for i, bag in enumerate(bags) for _ in bag])
    columns = np.array([number[word] for bag in bags for word in bag])
    # One more than the logarithm: a word of every sentence still counts for a little.
    weights = np.array(
        [n * (1 + log(len(bags) / frequency[word])) for bag in bags for word, n in bag.items()]
    )
    length = np.sqrt(np.bincount(rows, weights**2, minlength=len(bags)))
    weights = weights / length[rows]

    own = np.bincount(rows, weights**2, minlength=len(bags))

    def spread(amounts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Go from sentences to words and back to the other sentences."""
        words = np.bincount(columns, weights * amounts[rows], minlength=len(number))
        back = np.bincount(rows, weights * words[columns], minlength=len(bags))
        return np.asarray(np.maximum(back - own * amounts, 0), float)

    degree = spread(np.ones(len(bags)))
    degree[degree < TOLERANCE] = 1  # it resembles none: nothing is spread
    score = np.full(len(bags), 1 / len(bags))
    for _ in range(MAX_STEPS):
        moved = (1 - DAMPING) / len(bags) + DAMPING * spread(score / degree)
        settled = np.abs(moved - score).sum() < TOLERANCE
        score = moved
        if settled:
            break
    return [float(value) for value in score]

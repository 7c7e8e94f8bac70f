"""A key phrase is a run of content words between stop words and punctuation, ranked by RAKE.

RAKE: Rose, Engel, Cramer and Cowley, "Automatic Keyword Extraction from Individual Documents",
Text Mining, 2010. A word scores its degree (words it stands beside) over its frequency, a phrase
the sum of its words. Stop words are those of the package stop-words, in the document's language.

Not modelled: parts of speech (a lone verb can be a phrase), languages without spaces between
words or without a list of stop words (`can_read` tells), phrases over `MAX_WORDS` words (they are
not phrases but lists).
"""

from collections import Counter
from functools import cache

import regex
from stop_words import (
    LANGUAGE_MAPPING,
    get_stop_words,
)

MAX_WORDS = 4
LONG_WORD = 64
FUNCTION_WORDS = frozenset(
    (
        "the", "a", "an", "this", "that", "these", "those", "my", "your", "his", "her", "its",
        "our", "their", "i", "you", "he", "she", "it", "we", "they", "and", "or", "but", "if", "so",
        "as", "of", "in", "on", "at", "to", "for", "from", "by", "with", "is", "are", "was", "were",
        "be", "been", "have", "has", "had", "do", "does", "did", "will", "would", "can", "could",
        "should", "may", "might", "must", "not", "no", "yes", "what", "which", "who", "when",
        "where", "why", "how", "there", "here", "then", "than", "very", "just", "only", "also",
        "please",
    )
)  # fmt: skip
_NO_SPACES = frozenset({"ja", "zh"})
_NAMES_BY_CAPITALS = frozenset({"en"})
_PIECE = regex.compile(r"\n|[\p{L}\p{M}\p{N}]+(?:['\u2019_.&+#-][\p{L}\p{M}\p{N}]+)*|[^\s]")


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language; English ones where there is no list."""
    known = language if language in LANGUAGE_MAPPING else "en"
    return frozenset(get_stop_words(known))


def can_read(language: str) -> bool:
    """Whether phrases of a language, by its code alone, can be told from what joins them."""
    return language in LANGUAGE_MAPPING and language not in _NO_SPACES


def extract(text: str, language: str) -> list[str]:
    """Return the key phrases of a text, best first, each once."""
    code = language.lower().replace("_", "-").partition("-")[0]
    stops = stop_words(code)
    # Where every noun is capitalised, or nothing is, capitals do not make a name.
    names = code in _NAMES_BY_CAPITALS
    pieces = [piece[0] for piece in _PIECE.finditer(text)]
    runs: list[list[str]] = [[]]
    for i, word in enumerate(pieces):
        if _is_content(word, stops) or (names and _is_part_of_name(pieces, i)):
            runs[-1].append(word[:LONG_WORD])
        else:
            runs.append([])
    phrases = [run for run in runs if 0 < len(run) <= MAX_WORDS]
    frequency = Counter(word.lower() for run in phrases for word in run)
    degree: Counter[str] = Counter()
    for run in phrases:
        for word in run:
            degree[word.lower()] += len(run)
    scores: dict[str, tuple[float, int, str]] = {}
    for position, run in enumerate(phrases):
        phrase = " ".join(run)
        score = sum(degree[word.lower()] / frequency[word.lower()] for word in run)
        scores.setdefault(phrase.lower(), (-score, position, phrase))
    return [phrase for _, _, phrase in sorted(scores.values())]


def has_long_word(text: str) -> bool:
    """Whether a word is longer than the service reads."""
    return any(len(piece[0]) > LONG_WORD for piece in _PIECE.finditer(text))


def _is_part_of_name(pieces: list[str], i: int) -> bool:
    """Whether a stop word is capitalised beside another capitalised word ("Bill Gates")."""
    word = pieces[i]
    if not word[0].isupper() or len(word) < 2 or word.lower() in FUNCTION_WORDS:
        return False
    beside = pieces[max(0, i - 1) : i] + pieces[i + 1 : i + 2]
    return any(b[0].isupper() and b.lower() not in FUNCTION_WORDS for b in beside)


def _is_content(word: str, stops: frozenset[str]) -> bool:
    letters = sum(character.isalpha() for character in word)
    # One ideograph or syllable is a word; one letter of an alphabet is not.
    return (letters > 1 or (letters == 1 and word > "\u2e80")) and word.lower().replace(
        "\u2019", "'"
    ) not in stops

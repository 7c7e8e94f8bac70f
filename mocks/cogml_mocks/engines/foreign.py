"""A text is plainly not English when its words say so and the classifier names another language.

What its words say: hardly one is among the commonest of English, and one is a stop word of another
language (package stop-words); or most of its letters are not Latin. Names, numbers and single words
are taken for English: that they are of another language cannot be told. The classifier, which is
loaded only where the words leave a doubt, is `language_id`'s.

Not modelled: texts in two languages (what most words are in counts).
"""

from functools import cache, lru_cache

import regex

SURE = 0.7  # the classifier's score
ENGLISH_SHARE = 0.15  # of a text's words; most English sentences have more
ENOUGH_WORDS = 3  # "Die hard", "Man bites": two words are of two languages too often
MAX_CHARACTERS = 1_000
# Common in English, and hardly words of any other language in Latin letters.
_ENGLISH = frozenset(
    (
        "the", "and", "are", "were", "been", "this", "that", "these", "those", "there", "they",
        "them", "their", "with", "from", "have", "which", "what", "who", "when", "where", "why",
        "how", "would", "could", "should", "because", "about", "very", "you", "your", "our", "his",
        "it", "its", "i", "my", "not",
    )
)  # fmt: skip
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*")
_LATIN = regex.compile(r"\p{Script=Latin}")


def language(text: str) -> str:
    """Return the code of the language that a text plainly is in instead of English, else nothing.

    Only the first `MAX_CHARACTERS` are read.
    """
    return _language(text[:MAX_CHARACTERS])


@lru_cache(maxsize=2_048)
def _language(text: str) -> str:
    read = text.lower()
    if _is_english(read.split()):  # takes a fifth of the time that words without marks take
        return ""
    words = _WORD.findall(read)
    if _is_english(words):
        return ""
    if 2 * sum(_LATIN.match(word) is None for word in words) > len(words):
        return _classified(text)[0]
    if len(words) < ENOUGH_WORDS or _stop_words().isdisjoint(words):
        return ""
    code, score = _classified(text)
    return code if score >= SURE and _is_written_in(code, words) else ""


def _is_english(words: list[str]) -> bool:
    return sum(map(_ENGLISH.__contains__, words)) > ENGLISH_SHARE * len(words)


def _classified(text: str) -> tuple[str, float]:
    """Return the likeliest language and its score; nothing for English."""
    from cogml_mocks.engines import language_id

    found = language_id.candidates(text)
    return found[0] if found and found[0][0] != "en" else ("", 0.0)


def _is_written_in(code: str, words: list[str]) -> bool:
    from stop_words import LANGUAGE_MAPPING, get_stop_words

    if code in LANGUAGE_MAPPING:
        return not frozenset(get_stop_words(code)).isdisjoint(words)
    return len(words) >= ENOUGH_WORDS


@cache
def _stop_words() -> frozenset[str]:
    """Return the stop words of all languages but English, and but those that English has too."""
    from stop_words import LANGUAGE_MAPPING, get_stop_words

    from cogml_mocks.engines.key_phrases import FUNCTION_WORDS

    lists = (get_stop_words(code) for code in LANGUAGE_MAPPING if code != "en")
    return frozenset(word for words in lists for word in words) - FUNCTION_WORDS - _ENGLISH

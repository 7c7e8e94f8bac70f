"""The languages a text may be in, likeliest first, as codes of BCP 47 with scores from 0 to 1.

They are those of `language_id`'s classifier. Where it is not sure of a text of a few words, a
language in which the glossary knows them all, and knows them in no other, comes first; its score
is then the share of the words known, which is 1.

Not modelled: what `language_id` leaves out.
"""

from functools import lru_cache

import regex

from cogml_mocks.engines import contractions, glossary, language_id

LEAST = 0.05  # of a score to be told
UNSURE = 0.75
FEW_WORDS = 5
_CODES = {"zh": "zh-Hans", "no": "nb", "tl": "fil", "mn": "mn-Cyrl", "sr": "sr-Cyrl"}
_LATIN = regex.compile(r"\p{Script=Latin}")


def guess(text: str) -> tuple[tuple[str, float], ...]:
    """Return languages with their scores, at least one; none for a text without letters.

    Only the beginning of the text is read, as far as the classifier goes.
    """
    return _guess(text[: language_id.MAX_CHARACTERS])


@lru_cache(maxsize=1_024)
def _guess(text: str) -> tuple[tuple[str, float], ...]:
    candidates = language_id.candidates(text)
    if not candidates:
        return ()
    found: dict[str, float] = {}
    for code, score in candidates:
        if code in {*language_id.NAMES, "zh"} and (score >= LEAST or not found):
            found.setdefault(_code(code, text), score)
    if not found or max(found.values()) < UNSURE:
        known = _known(text)
        if known:
            found = {known: 1.0}
    return tuple(sorted(found.items(), key=lambda one: -one[1]))


def _code(language: str, text: str) -> str:
    if language == "zh":
        return "zh-Hant" if language_id.detect(text)[1] == "zh_cht" else "zh-Hans"
    if language == "sr" and _LATIN.search(text):
        return "sr-Latn"
    return _CODES.get(language, language)


def _known(text: str) -> str:
    """Return the one language of the glossary that has all words of a short text."""
    known = glossary.load()
    fitting = []
    for language in glossary.LANGUAGES:
        words = contractions.words(text, language)
        form = tuple(word for word, _, _ in words)
        if len(form) <= FEW_WORDS and (
            known.find(language, form) or all(known.find(language, (word,)) for word in form)
        ):
            fitting.append(language)
    return fitting[0] if len(fitting) == 1 else ""

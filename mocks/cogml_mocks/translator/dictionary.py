"""POST /dictionary/lookup and /dictionary/examples: other words for a term, out of the glossary.

One of the two languages is English, as in the service. The glossary counts nothing, so all
translations of a term are as likely as each other, and a word's frequency is the number of its
entries that pair it with the translation. Examples are the glossary's own sentences in which both
words stand; most terms have none. `prefixWord` is empty, as recorded, whatever the API file says.

Not modelled: inflected forms are no terms.
"""

from typing import Any

from cogml_mocks.engines import contractions, glossary
from cogml_mocks.engines.glossary import Entry
from cogml_mocks.operations import Answer, Call
from cogml_mocks.translator.refusals import refusal
from cogml_mocks.translator.requests import (
    Limits,
    check_lengths,
    language,
    metered,
    operation,
    read_elements,
    read_texts,
    text_of,
)

LOOKUP = Limits(10, 100, 1_000)
EXAMPLES = Limits(10, 100, 2_000)
ENGLISH = "en"
_TAGS = ("ADJ", "ADV", "CONJ", "DET", "NOUN", "PREP", "PRON", "VERB")
_MODALS = ("can", "must")


@operation("POST", "/Dictionary/Lookup")
def lookup(call: Call) -> Answer:
    """Translations of terms, and what those translate back to."""
    source, target = _pair(call)
    texts = read_texts(call, LOOKUP)
    found = [_looked_up(text, source, target) for text in texts]
    return Answer(found, headers=metered(sum(map(len, texts))))


@operation("POST", "/Dictionary/Examples")
def examples(call: Call) -> Answer:
    """Sentences in which a term and a translation of it stand."""
    source, target = _pair(call)
    elements = read_elements(call, EXAMPLES)
    texts = [text_of(element) for element in elements]
    translations = [text_of(element, "translation", 400064) for element in elements]
    check_lengths(texts + translations, EXAMPLES)
    found = [
        {
            "normalizedSource": _normal(text),
            "normalizedTarget": _normal(translation),
            "examples": _examples(text, translation, source, target),
        }
        for text, translation in zip(texts, translations, strict=True)
    ]
    return Answer(found, headers=metered(sum(map(len, texts + translations))))


def _pair(call: Call) -> tuple[str, str]:
    source = language(call.query.get("from", ""))
    target = language(call.query.get("to", ""))
    if not source:
        raise refusal(400035)
    if not target:
        raise refusal(400036)
    if source == target or ENGLISH not in (source, target):
        raise refusal(400023)
    return source, target


def _normal(text: str) -> str:
    return " ".join(text.lower().split())


def _looked_up(text: str, source: str, target: str) -> dict[str, Any]:
    translations: dict[tuple[str, str], str] = {}
    display = text.strip()
    for entry in _entries(text, source):
        display = next(
            term.lemma for term in entry.terms[source] if _normal(term.lemma) == _normal(text)
        )
        for term in entry.terms[target]:
            translations.setdefault((_normal(term.lemma), _tag(entry)), term.lemma)
    return {
        "normalizedSource": _normal(text),
        "displaySource": display,
        "translations": [
            {
                "normalizedTarget": normal,
                "displayTarget": shown,
                "posTag": tag,
                "confidence": round(1 / len(translations), 4),
                "prefixWord": "",
                "backTranslations": _back(shown, source, target),
            }
            for (normal, tag), shown in translations.items()
        ],
    }


def _back(translation: str, source: str, target: str) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for entry in _entries(translation, target):
        for term in entry.terms[source]:
            counts[term.lemma] = counts.get(term.lemma, 0) + 1
    return [
        {
            "normalizedText": _normal(term),
            "displayText": term,
            "numExamples": len(_examples(term, translation, source, target)),
            "frequencyCount": count,
        }
        for term, count in sorted(counts.items(), key=lambda one: -one[1])
    ]


def _entries(text: str, code: str) -> list[Entry]:
    """Return the entries of a term, in the order of the glossary."""
    readings = glossary.load().find(code, glossary.key(code, text))
    found = [one.entry for one in readings if _normal(one.term.lemma) == _normal(text)]
    return list(dict.fromkeys(found))


def _tag(entry: Entry) -> str:
    if entry.terms[ENGLISH][0].lemma in _MODALS:
        return "MODAL"
    return entry.kind if entry.kind in _TAGS else "OTHER"


def _examples(text: str, translation: str, source: str, target: str) -> list[dict[str, str]]:
    found = []
    for sentence in glossary.load().examples:
        here = _place(text, sentence[source], source)
        there = _place(translation, sentence[target], target)
        if here is not None and there is not None:
            found.append(
                _parts("source", sentence[source], here) | _parts("target", sentence[target], there)
            )
    return found


def _place(term: str, sentence: str, code: str) -> tuple[int, int] | None:
    """Return where a term stands in a sentence, as a word or words of its own."""
    words = contractions.words(sentence, code)
    wanted = glossary.key(code, term)
    for i in range(len(words) - len(wanted) + 1) if wanted else ():
        part = words[i : i + len(wanted)]
        start, end = part[0][1], part[-1][2]
        if _normal(sentence[start:end]) == _normal(term):
            return start, end
    return None


def _parts(side: str, sentence: str, place: tuple[int, int]) -> dict[str, str]:
    start, end = place
    return {
        f"{side}Prefix": sentence[:start],
        f"{side}Term": sentence[start:end],
        f"{side}Suffix": sentence[end:],
    }

"""A glossary holds what one person wrote down: some 540 entries, each in six languages.

The file beside this module has one entry a line, in sections by part of speech, and two dozen
example sentences. A form that occurs in several entries has several readings, in the order of the
file. Nothing here was learnt from data: there are no counts and no probabilities.

Not modelled: other languages, and any word that is not in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cogml_mocks.engines import contractions, inflection

LANGUAGES = ("en", "es", "fr", "de", "it", "pt")
_FILE = Path(__file__).with_name("glossary.txt")
_EXAMPLES = "EXAMPLES"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of one language; ``forms`` are named as in `inflection`."""

    lemma: str
    forms: dict[str, str]
    gender: str = ""
    goes_before: bool = False  # of an adjective: before its noun, where others follow it


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One line of the glossary."""

    kind: str
    terms: dict[str, tuple[Term, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form may stand for, and what it then expresses."""

    entry: Entry
    term: Term
    tags: tuple[str, ...]


@dataclass(slots=True)
class Glossary:
    """Entries, the readings of each form by its words, and sentences in every language."""

    entries: list[Entry] = field(default_factory=list)
    readings: dict[str, dict[tuple[str, ...], list[Reading]]] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)

    def find(self, language: str, words: tuple[str, ...]) -> list[Reading]:
        """Return the readings of a form, given as its words in lower case."""
        return self.readings[language].get(words, [])

    def longest(self, language: str) -> int:
        """Return how many words the longest form has."""
        return max(map(len, self.readings[language]))


@cache
def load() -> Glossary:
    """Read the glossary, once."""
    found = Glossary(readings={language: {} for language in LANGUAGES})
    for kind, cells in _lines():
        if kind == _EXAMPLES:
            found.examples.append(dict(zip(LANGUAGES, cells, strict=True)))
            continue
        terms = {
            language: tuple(_term(kind, language, part) for part in cell.split(" / "))
            for language, cell in zip(LANGUAGES, cells, strict=True)
        }
        found.entries.append(Entry(kind, terms))
    for entry in found.entries:
        for language in LANGUAGES:
            for term in entry.terms[language]:
                _index(found.readings[language], language, entry, term)
    return found


def key(language: str, text: str) -> tuple[str, ...]:
    """Return a form as its words in lower case, contractions written apart."""
    return tuple(word for word, _, _ in contractions.words(text, language))


def _lines() -> Iterator[tuple[str, list[str]]]:
    kind = ""
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            yield kind, [cell.strip() for cell in line.split("|")]


def _term(kind: str, language: str, part: str) -> Term:
    words = [form.replace("_", " ") for form in part.removeprefix("^").split()]
    lemma = words[0]
    if kind == "NOUN":
        gender = "" if language == "en" else words[1]
        plurals = words[1:] if language == "en" else words[2:]
        many = plurals[0] if plurals else inflection.plural(language, lemma)
        return Term(lemma, {"s": lemma, "p": many}, gender)
    if kind == "ADJ":
        given = len(words) > 1
        if given and len(words) == 2:
            words += [inflection.plural(language, form) for form in words]
        forms = inflection.listed(words) if given else inflection.agreeing(language, lemma)
        return Term(lemma, forms | {"": lemma}, goes_before=part.startswith("^"))
    if kind == "DET":
        return Term(lemma, _determiner(language, words))
    if kind == "VERB":
        given = len(words) > 1
        forms = (
            dict(zip(("inf", *inflection.PERSONS), words, strict=True))
            if given
            else inflection.present(language, lemma)
        )
        return Term(lemma, forms)
    return Term(lemma, {"": lemma})


def _determiner(language: str, words: list[str]) -> dict[str, str]:
    if language == "en":
        one, many = words[0], words[-1]
        return {tag: one if tag[1] == "s" else many for tag in inflection.AGREEMENT}
    if language == "de":
        masculine, feminine, neuter, many = (word.strip("-") for word in words)
        ones = {"ms": masculine, "fs": feminine, "ns": neuter}
        return ones | dict.fromkeys(("mp", "fp", "np"), many)
    return inflection.listed(words)


def _index(
    readings: dict[tuple[str, ...], list[Reading]], language: str, entry: Entry, term: Term
) -> None:
    tags: dict[tuple[str, ...], list[str]] = {}
    for tag, form in term.forms.items():
        spellings = [form]
        if entry.kind == "ADJ" and language == "de" and len(tag) == 2:
            spellings.append(inflection.strong(form, tag))
        for spelling in spellings:
            if words := key(language, spelling):
                tags.setdefault(words, []).append(tag)
    for words, expressed in tags.items():
        readings.setdefault(words, []).append(Reading(entry, term, tuple(expressed)))

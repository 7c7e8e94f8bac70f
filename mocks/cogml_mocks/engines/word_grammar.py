"""Which reading of a form is meant, and which form of its translation agrees.

The rules look at a unit's neighbours only: a determiner or an adjective goes with the next noun,
a verb with the nearest subject before it. They are enough for plain sentences of a few words.

Not modelled: what needs more than the neighbours (clauses, cases, questions without a pronoun).
"""

from dataclasses import dataclass

from cogml_mocks.engines import inflection
from cogml_mocks.engines.glossary import Reading, Term

ROMANCE = ("es", "fr", "it", "pt")
_ITALIAN_THE = {"ms": "il", "ns": "il", "fs": "la", "mp": "i", "np": "i", "fp": "le"}
_PERSON = {
    "i": "1s", "you": "2s", "he": "3s", "she": "3s", "it": "3s", "we": "1p", "they": "3p",
    "this": "3s", "that": "3s", "who": "3s", "what": "3s", "something": "3s", "nothing": "3s",
    "everything": "3s", "everyone": "3s", "someone": "3s", "nobody": "3s",
}  # fmt: skip
MODAL = ("can", "must")
OWNERS = ("my", "your", "his", "our")
UNSAID: dict[tuple[str, ...], str] = {
    ("1s",): "I",
    ("1p",): "we",
}  # subjects that a verb alone expresses


@dataclass(slots=True, eq=False)
class Unit:
    """A form of the glossary, or an unknown word, as it stands in a sentence."""

    source: str
    form: str
    start: int
    end: int
    readings: list[Reading]
    is_close: bool  # to the unit before: nothing but a space between
    reading: Reading | None = None
    target: str = ""

    @property
    def kind(self) -> str:
        """The part of speech that is meant; of an unknown word none."""
        return "" if self.reading is None else self.reading.entry.kind

    @property
    def lemma(self) -> str:
        """The English word of the entry, in lower case; of an unknown word none."""
        return "" if self.reading is None else self.reading.entry.terms["en"][0].lemma.lower()

    def is_proper(self) -> bool:
        """Whether the word has a capital of its own in the source's language."""
        return self.reading is not None and self.reading.term.lemma[0].isupper()


def choose(units: list[Unit], language: str) -> None:
    """Settle on one reading of each unit, by what stands beside it."""
    for i, unit in enumerate(units):
        if not unit.readings:
            continue
        before = units[i - 1] if i and unit.is_close else None
        after = units[i + 1] if i + 1 < len(units) and units[i + 1].is_close else None
        unit.reading = max(unit.readings, key=lambda one: _fit(one, before, after))


def _fit(reading: Reading, before: Unit | None, after: Unit | None) -> int:
    """How well a reading goes with its neighbours; the first of equals is taken."""
    kind = reading.entry.kind
    next_kinds = {one.entry.kind for one in after.readings} if after is not None else set()
    if before is not None and before.kind in ("DET", "ADJ", "NUMBER"):
        return {"NOUN": 3, "ADJ": 2 + 2 * ("NOUN" in next_kinds), "DET": 1}.get(kind, 0)
    if before is not None and (before.kind == "PRON" or before.lemma in ("to", *MODAL, "not")):
        return 2 * (kind == "VERB")
    if before is not None and before.kind == "NOUN":
        return 2 * (kind == "VERB") + (kind in ("PREP", "CONJ"))
    if before is not None and before.kind == "VERB" and kind in ("ADJ", "ADV"):
        return 1 + (kind == "ADJ")
    if kind == "DET":
        return 3 if next_kinds & {"NOUN", "ADJ", "DET"} else -1
    return int(kind == "VERB" and "DET" in next_kinds)


def inflect(units: list[Unit], source: str, target: str) -> None:
    """Give each unit its translation, in the form that goes with its neighbours."""
    for i, unit in enumerate(units):
        if unit.reading is None:
            unit.target = unit.source
            continue
        term = unit.reading.entry.terms[target][0]
        unit.target = _form(units, i, term, unit.reading, source, target)


def _form(units: list[Unit], i: int, term: Term, reading: Reading, source: str, target: str) -> str:
    kind = reading.entry.kind
    if kind == "NOUN":
        return term.forms[reading.tags[0]]
    if kind == "VERB":
        return _verb(units, i, term, reading, source, target)
    if kind == "DET":
        tag = _agreement(units, _head(units, i), reading, target)
        if target == "it" and units[i].lemma in OWNERS:
            return f"{_ITALIAN_THE[tag]} {term.forms[tag]}"
        is_accusative = target == "de" and tag == "ms" and _is_object(units, i)
        return inflection.accusative(term.forms[tag]) if is_accusative else term.forms[tag]
    if kind != "ADJ":
        return term.lemma
    head = _head(units, i)
    if head is None and source in ROMANCE and i and units[i - 1].kind == "NOUN":
        head = i - 1 if units[i].is_close else None
    if head is not None:
        tag = _agreement(units, head, reading, target)
        if target == "de" and tag == "ms" and _is_object(units, i):
            return term.forms["mp"]
        form = term.forms[tag]
        return (
            inflection.strong(form, tag) if target == "de" and _is_strong(units, i, tag) else form
        )
    return term.forms["" if target == "de" else _subject_agreement(units, i, reading, target)]


def _verb(units: list[Unit], i: int, term: Term, reading: Reading, source: str, target: str) -> str:
    tag = _person(units, i, reading)
    form = term.forms[tag]
    if target != "en":
        return form
    before = next((one for one in reversed(units[max(0, i - 3) : i]) if one.lemma != "not"), None)
    if tag == "inf" and before is not None and before.kind == "VERB":
        return form if before.lemma in MODAL else f"to {form}"
    if source in ("es", "it", "pt") and (before is None or before.kind not in ("PRON", "NOUN")):
        is_there = before is None and units[i].lemma == "be" and tag == "3s"
        subject = UNSAID.get(reading.tags, "it" if is_there else "")
        return f"{subject} {form}".lstrip()
    return form


def _head(units: list[Unit], i: int) -> int | None:
    """Return the noun that a determiner or an adjective goes with, if one follows."""
    for j in range(i + 1, min(i + 5, len(units))):
        if not units[j].is_close:
            return None
        if units[j].kind == "NOUN":
            is_last = j + 1 == len(units) or not units[j + 1].is_close
            return j if is_last or units[j + 1].kind != "NOUN" else j + 1
        if units[j].kind not in ("ADJ", "ADV", "NUMBER", "DET"):
            return None
    return None


def _agreement(units: list[Unit], head: int | None, reading: Reading, target: str) -> str:
    """Return gender and number of a noun, or what the form itself says of them."""
    noun = None if head is None else units[head].reading
    if noun is None:
        tag = next((tag for tag in reading.tags if len(tag) == 2), "ms")
        return "np" if tag[1] == "p" and target == "de" else tag
    gender = noun.entry.terms[target][0].gender or "m"
    number = noun.tags[0]
    return ("n" if gender == "p" else gender) + ("p" if gender == "p" else number)


def _subject_agreement(units: list[Unit], i: int, reading: Reading, target: str) -> str:
    """Return what an adjective after a verb agrees with: the noun before it, if there is one."""
    for j in range(i - 1, max(i - 7, -1), -1):
        if not units[j + 1].is_close:
            break
        if units[j].kind == "NOUN":
            return _agreement(units, j, reading, target)
        if units[j].kind == "PRON":
            return ("f" if units[j].lemma == "she" else "m") + _PERSON.get(units[j].lemma, "3s")[1]
    tag = next((tag for tag in reading.tags if len(tag) == 2), "ms")
    return "ms" if len({tag[1] for tag in reading.tags if len(tag) == 2}) > 1 else tag


def _is_strong(units: list[Unit], i: int, tag: str) -> bool:
    """Whether a German adjective has to show the gender, as no article before it does."""
    owners = ("a", "no", "their", *OWNERS) if tag[1] == "s" else ()
    for j in range(i, 0, -1):
        if not units[j].is_close or units[j - 1].kind not in ("DET", "ADJ", "ADV"):
            return units[j - 1].kind != "DET" if units[j].is_close else True
        if units[j - 1].kind == "DET":
            return units[j - 1].lemma in owners
    return True


def _is_object(units: list[Unit], i: int) -> bool:
    """Whether the noun phrase that a unit is in follows its verb at once."""
    for j in range(i, max(i - 5, 0), -1):
        if not units[j].is_close:
            return False
        if units[j - 1].kind == "VERB":
            return units[j - 1].lemma != "be"
        if units[j - 1].kind not in ("DET", "ADJ", "ADV", "NUMBER"):
            return False
    return False


def _person(units: list[Unit], i: int, reading: Reading) -> str:
    """Return the tag of a verb: of its subject, or what the form itself allows."""
    tags = reading.tags
    for j in range(i - 1, max(i - 5, -1), -1):
        if not units[j + 1].is_close:
            break
        one = units[j]
        if one.lemma in MODAL or (one.lemma == "to" and "inf" in tags):
            return "inf"
        if one.kind == "PRON" and one.lemma in _PERSON:
            return _PERSON[one.lemma]
        if one.kind == "NOUN" and one.reading is not None:
            is_many = one.reading.tags[0] == "p" or _is_listed(units, j)
            return "3p" if is_many else "3s"
        if one.kind == "VERB" and one.lemma not in ("do", "be"):
            return "inf" if "inf" in tags else tags[0]
        if one.kind not in ("ADV", "VERB", "PRON"):
            break
    for preferred in ("3s", "inf"):
        if preferred in tags and (preferred == "inf" or len(tags) < 4):
            return preferred
    return tags[0]


def _is_listed(units: list[Unit], j: int) -> bool:
    """Whether a noun is the last of several: "bread and cheese"."""
    return any(one.lemma == "and" and one.is_close for one in units[max(0, j - 3) : j])

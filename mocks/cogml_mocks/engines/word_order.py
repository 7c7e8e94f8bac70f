"""Where the translation of each word stands, and which words another language does without.

"do" and "to" fall away beside a verb, articles beside an owner, adjectives and "not" go where the
target's language has them, and of two nouns in a row the first becomes "de" the other's.

Not modelled: the order of clauses; German verbs at the end of them.
"""

from collections.abc import Iterable

from cogml_mocks.engines.glossary import Term
from cogml_mocks.engines.word_grammar import MODAL, OWNERS, ROMANCE, UNSAID, Unit

_LONGEST_PHRASE = 6  # adjectives and nouns in a row


def arrange(units: list[Unit], source: str, target: str) -> list[Unit]:
    """Return units, which have their translations, in the order of the target's language."""
    _drop_auxiliaries(units, source, target)
    return _negated(_noun_phrases(units, source, target), target)


def _drop_auxiliaries(units: list[Unit], source: str, target: str) -> None:
    for i, unit in enumerate(units[:-1]):
        after = units[i + 1]
        if source == "en" and after.is_close:
            if unit.kind == "PREP" and unit.lemma == "to" and after.kind == "VERB":
                is_bare = i and (units[i - 1].lemma == "want" or units[i - 1].kind == "PHRASE")
                unit.target = "zu" if target == "de" and not is_bare else ""
            elif unit.lemma == "do" and _leads(units[i + 1 : i + 4], "VERB"):
                unit.target = ""
        if source == "fr" and unit.form == "ne" and after.kind == "VERB":
            unit.target = ""
        if source in ("it", "pt") and target == "en" and after.lemma in OWNERS:
            unit.target = "" if unit.lemma == "the" and after.is_close else unit.target


def _leads(units: Iterable[Unit], kind: str) -> bool:
    """Whether a unit of the kind comes next, after nothing but a pronoun or "not"."""
    for unit in units:
        if unit.kind == kind:
            return True
        if not unit.is_close or not (unit.kind == "PRON" or unit.lemma == "not"):
            return False
    return False


def _noun_phrases(units: list[Unit], source: str, target: str) -> list[Unit]:
    """Put adjectives where the target's language has them."""
    if (source in ROMANCE) == (target in ROMANCE):
        return units
    ordered = list(units)
    first = 0
    while first < len(ordered):
        last = first
        while (
            last + 1 < min(len(ordered), first + _LONGEST_PHRASE)
            and ordered[last + 1].is_close
            and ordered[last + 1].kind in ("NOUN", "ADJ")
            and ordered[last].kind in ("NOUN", "ADJ")
            and (source == "en" or len({one.kind for one in ordered[first : last + 1]}) < 2)
        ):
            last += 1
        part = ordered[first : last + 1]
        adjectives = [one for one in part if one.kind == "ADJ"]
        nouns = [one for one in part if one.kind == "NOUN"]
        if nouns and len(part) > 1:
            if target in ROMANCE:
                for one in nouns[:-1]:
                    one.target = f"{'di' if target == 'it' else 'de'} {one.target}"
                nouns.reverse()
                leading = [one for one in adjectives if _term(one, target).goes_before]
                trailing = [one for one in adjectives if one not in leading]
                ordered[first : last + 1] = [*leading, *nouns, *reversed(trailing)]
            elif adjectives and part[0] is nouns[0]:
                ordered[first : last + 1] = [*reversed(adjectives), *nouns]
        first = last + 1
    return ordered


def _term(unit: Unit, language: str) -> Term:
    assert unit.reading is not None
    return unit.reading.entry.terms[language][0]


def _negated(units: list[Unit], target: str) -> list[Unit]:
    """Put "not" beside its verb, before or after it as the target's language has it."""
    ordered = list(units)
    for i, unit in enumerate(units):
        if unit.lemma != "not" or unit.kind != "ADV":
            continue
        after = units[i + 1] if i + 1 < len(units) and units[i + 1].is_close else None
        before = units[i - 1] if i and unit.is_close else None
        verb_first = before is not None and before.kind == "VERB" and before.target
        if verb_first and before is not None:
            verb, places = before, (i - 1, i)
        elif after is not None and after.kind == "VERB":
            verb, places = after, (i, i + 1)
        else:
            continue
        if target in ("es", "it", "pt"):
            ordered[places[0]], ordered[places[1]] = unit, verb
        elif target == "en" and verb.lemma not in ("be", *MODAL):
            assert verb.reading is not None
            helper = "does" if "3s" in verb.reading.tags else "do"
            subject = UNSAID.get(verb.reading.tags, "") if verb.target.count(" ") else ""
            unit.target = f"{subject} {helper} not".lstrip()
            verb.target = verb.reading.entry.terms["en"][0].lemma
            ordered[places[0]], ordered[places[1]] = unit, verb
        else:
            ordered[places[0]], ordered[places[1]] = verb, unit
            if target == "fr":
                vowel = verb.target[:1] in "aeiouyhéêà"
                verb.target = f"n'{verb.target}" if vowel else f"ne {verb.target}"
    return ordered

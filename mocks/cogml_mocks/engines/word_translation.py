"""A text is translated word by word out of a glossary; what is not in it stays as it is.

This is no translator. The longest phrase the glossary knows is taken; of a word's translations the
first. A few rules of grammar follow: determiners and adjectives agree with their noun and stand
where the language puts them, a verb agrees with its subject, "not" finds its place, neighbours
contract, questions in Spanish open with a mark. Between two languages other than English the way
goes through English. Marks of the private use area stand for what must not be touched.

Not modelled: meaning; word order beyond that; tenses; cases; words of several meanings are those
of the first entry that the words beside them allow.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from cogml_mocks.engines import contractions, glossary, sentences, word_grammar, word_order
from cogml_mocks.engines.word_grammar import Unit

MARK = "\ue000"
Censor = Callable[[str], str]
Alignment = tuple[int, int, int, int]  # first and last character of the source, of the target


@dataclass(slots=True)
class Sentence:
    """One sentence with the space after it, its translation, and what became of its words."""

    source: str
    target: str
    alignment: list[Alignment] = field(default_factory=list)


def uncensored(word: str) -> str:
    """Return a profane word as it is."""
    return word


def translate(text: str, source: str, target: str, censor: Censor = uncensored) -> list[Sentence]:
    """Translate a text between two of `glossary.LANGUAGES`; of profane words what censor says."""
    pieces = split(text)
    if source == target:
        return [Sentence(piece, piece) for piece in pieces]
    if "en" in (source, target):
        return [_translate(piece, source, target, censor) for piece in pieces]
    found = []
    for piece in pieces:
        english = _translate(piece, source, "en", uncensored).target
        found.append(Sentence(piece, _translate(english, "en", target, censor).target))
    return found


def split(text: str) -> list[str]:
    """Return the sentences of a text, each with the space after it; together they are the text."""
    spans = sentences.split(text)
    starts = [0] + [start for start, _ in spans[1:]]
    ends = [*starts[1:], len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _translate(piece: str, source: str, target: str, censor: Censor) -> Sentence:
    units = _units(piece, source)
    word_grammar.choose(units, source)
    word_grammar.inflect(units, source, target)
    ordered = word_order.arrange(units, source, target)
    _capitalise(piece, units, ordered)
    for unit in units:
        if unit.reading is not None and unit.reading.entry.kind == "PROFANE":
            unit.target = censor(unit.target)
    _contract(ordered, target)
    return _assemble(piece, units, ordered, target)


def _units(piece: str, language: str) -> list[Unit]:
    """Cut a sentence into the longest forms that the glossary has, and unknown words."""
    known = glossary.load()
    words = contractions.words(piece, language)
    longest = known.longest(language)
    units: list[Unit] = []
    first = 0
    while first < len(words):
        for count in range(min(longest, len(words) - first), 0, -1):
            part = words[first : first + count]
            readings = known.find(language, tuple(word for word, _, _ in part))
            if readings and all(is_close(piece[a[2] : b[1]]) for a, b in pairwise(part)):
                break
        start, end = part[0][1], part[-1][2]
        form = " ".join(word for word, _, _ in part)
        gap = piece[units[-1].end : start] if units else ""
        close = bool(units) and is_close(gap)
        units.append(Unit(piece[start:end], form, start, end, readings, close))
        first += count
    return units


def is_close(gap: str) -> bool:
    """Whether what lies between two words lets them belong together."""
    return gap in ("", " ", "\u00a0")


def _capitalise(piece: str, units: list[Unit], ordered: list[Unit]) -> None:
    for unit in units:
        if unit.reading is None or not unit.target:
            continue
        if unit.source.isupper() and sum(map(str.isalpha, unit.source)) > 1:
            unit.target = unit.target.upper()
        elif unit is not units[0] and unit.source[0].isupper() and not unit.is_proper():
            unit.target = unit.target[0].upper() + unit.target[1:]
    shown = [unit for unit in ordered if unit.target]
    if units and units[0].source[:1].isupper() and shown:
        first = shown[0]
        first.target = first.target[0].upper() + first.target[1:]


def _contract(ordered: list[Unit], language: str) -> None:
    following: Unit | None = None
    for unit in reversed(ordered):
        if not unit.target:
            continue
        if following is not None and following.is_close:
            is_capital = unit.target[0].isupper()
            unit.target, following.target = contractions.joined(
                language, unit.target, following.target
            )
            if is_capital:
                unit.target = unit.target[0].upper() + unit.target[1:]
        following = unit


def _assemble(piece: str, units: list[Unit], ordered: list[Unit], target: str) -> Sentence:
    """Put the translations where the words were, with what stood between them."""
    text = ""
    position = 0
    alignment: list[Alignment] = []
    for place, unit in zip(units, ordered, strict=True):
        gap = piece[position : place.start]
        if place.is_close and not gap:
            gap = " "  # the words were one, or had melted into each other
        position = max(position, place.end)
        if not unit.target:
            text += "" if place.is_close else gap
            continue
        text += "" if place.is_close and not text else gap
        alignment.append((unit.start, unit.end - 1, len(text), len(text) + len(unit.target) - 1))
        text += unit.target
    text += piece[position:]
    return _opened(piece, Sentence(piece, text, alignment), target)


def _opened(piece: str, sentence: Sentence, target: str) -> Sentence:
    """Open a Spanish question or exclamation as it closes, and take the opening mark elsewhere."""
    text = sentence.target
    if target == "es":
        body = text.rstrip().rstrip("\"'\u201d\u2019)")
        mark = {"?": "\u00bf", "!": "\u00a1"}.get(body[-1:], "")
        if not mark or mark in text or not sentence.alignment:
            return sentence
        at = len(text) - len(text.lstrip(" \t\r\n\"'\u201c\u2018(" + MARK))
        text = text[:at] + mark + text[at:]
        shift, after = 1, at
    else:
        at = next((i for i, mark in enumerate(text) if mark in "\u00bf\u00a1"), -1)
        if at < 0:
            return sentence
        text = text[:at] + text[at + 1 :]
        shift, after = -1, at + 1
    moved = [
        (start, end, first + shift, last + shift) if first >= after else (start, end, first, last)
        for start, end, first, last in sentence.alignment
    ]
    return Sentence(piece, text, moved)

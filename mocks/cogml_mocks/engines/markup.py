"""What must not be translated is taken out of a text, each piece for one mark, and put back after.

In plain text that is what a dynamic dictionary fixes: `<mstrans:dictionary translation="T">S
</mstrans:dictionary>` becomes T. In HTML it is also every tag, comment and entity, and the content
of `script`, `style`, `code`, of `translate="no"` and of `class="notranslate"`. An entity that is a
letter is that letter.

Not modelled: HTML that is not well formed is not mended; what an attribute says far into a long
tag; lengths of the source count a letter for its entity.
"""

import html
from collections.abc import Iterator
from itertools import chain

import regex

from cogml_mocks.engines.word_translation import MARK

_DICTIONARY = regex.compile(
    r'<mstrans:dictionary\s++translation="([^"<>]*+)"\s*+>[^<>]*+</mstrans:dictionary\s*+>',
    regex.IGNORECASE,
)
_TAG = r"<[^<>]*+>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_PLAIN = regex.compile(rf"{_DICTIONARY.pattern}|{MARK}", regex.IGNORECASE)
_BEYOND = regex.compile(rf"{_DICTIONARY.pattern}|{_TAG}|{MARK}", regex.IGNORECASE)
_COMMENTED = regex.compile(rf"<!--.*?-->|{_BEYOND.pattern}", regex.IGNORECASE | regex.DOTALL)
_NAME = regex.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_KEPT = regex.compile(
    r"""\b(?:translate\s*=\s*["']?no\b|class\s*=\s*["']?[^"'<>]*\bnotranslate\b)""",
    regex.IGNORECASE,
)
_LONGEST_TAG = 2_000  # characters of it that are looked at
_OPAQUE = ("script", "style", "code")
_LETTER = regex.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Kept:
    """What was taken out of a text, in its order: as it was, and as it is to be."""

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._targets: list[str] = []

    def take(self, source: str, target: str) -> str:
        """Take a piece out; return the mark that stands for it."""
        self._sources.append(source)
        self._targets.append(target)
        return MARK

    def sources(self, pieces: list[str]) -> list[str]:
        """Return pieces of the source with what was taken out of them."""
        return _filled(pieces, iter(self._sources))

    def targets(self, pieces: list[str]) -> list[str]:
        """Return pieces of the translation with what was taken out of them."""
        return _filled(pieces, iter(self._targets))


def mask(text: str, is_html: bool) -> tuple[str, Kept]:
    """Return a text with a mark for each piece that must not be translated, and the pieces."""
    kept = Kept()
    if is_html:
        return _masked_html(_LETTER.sub(_letter, text), kept), kept
    return _PLAIN.sub(lambda found: kept.take(found[0], found[1] or found[0]), text), kept


def _filled(pieces: list[str], kept: Iterator[str]) -> list[str]:
    filled = []
    for piece in pieces:
        parts = piece.split(MARK)
        filled.append(parts[0] + "".join(next(kept) + part for part in parts[1:]))
    return filled


def _letter(entity: "regex.Match[str]") -> str:
    char = html.unescape(entity[0])
    return char if len(char) == 1 and char.isalpha() else entity[0]


def _masked_html(text: str, kept: Kept) -> str:
    masked = ""
    position = depth = 0
    name = ""  # of the element that is kept whole
    start = 0
    last = text.rfind("-->") + 3  # beyond it nothing closes a comment
    last = last if last > 2 else 0
    for found in chain(_COMMENTED.finditer(text, 0, last), _BEYOND.finditer(text, last)):
        tag = _NAME.match(found[0])
        if depth:
            if tag and tag[2].lower() == name and not found[0].endswith("/>"):
                depth += -1 if tag[1] else 1
            if depth:
                continue
            masked += kept.take(text[start : found.end()], text[start : found.end()])
        elif tag and not tag[1] and _is_kept(tag[2].lower(), found[0]):
            masked += text[position : found.start()]
            name, depth, start = tag[2].lower(), 1, found.start()
            continue
        else:
            masked += text[position : found.start()]
            masked += kept.take(found[0], found[1] if found[1] is not None else found[0])
        position = found.end()
    if depth:
        return masked + kept.take(text[start:], text[start:])
    return masked + text[position:]


def _is_kept(name: str, tag: str) -> bool:
    return not tag.endswith("/>") and (
        name in _OPAQUE or _KEPT.search(tag, 0, _LONGEST_TAG) is not None
    )

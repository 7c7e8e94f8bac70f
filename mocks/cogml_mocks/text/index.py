"""An offset counts what ``stringIndexType`` says: text elements, code points or UTF-16 units.

Engines work in code points, as Python does; a `TextIndex` converts their spans. A span that
begins or ends inside a text element is widened to the whole element.

Not modelled: Unicode 8's own cluster rules. Clusters are those of the `regex` package's Unicode
version, so an emoji joined of several by zero-width joiners counts as one text element here.
"""

from bisect import bisect_left, bisect_right
from itertools import accumulate

import regex

INDEX_TYPES = ("TextElement_v8", "TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit")
_CLUSTER = regex.compile(r"\X")


def count_elements(text: str) -> int:
    """Count grapheme clusters."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _CLUSTER.finditer(text))


class TextIndex:
    """Converts code point spans of one text."""

    def __init__(self, text: str, index_type: str) -> None:
        self._starts: list[int] | None = None
        self._units: list[int] | None = None
        if index_type == "UnicodeCodePoint":
            return
        if index_type == "Utf16CodeUnit":
            if text and max(text) > "\uffff":
                widths = (2 if character > "\uffff" else 1 for character in text)
                self._units = list(accumulate(widths, initial=0))
        elif not text.isascii() or "\r\n" in text:
            self._starts = [cluster.start() for cluster in _CLUSTER.finditer(text)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return offset and length of a code point span."""
        if self._units is not None:
            return self._units[start], self._units[end] - self._units[start]
        if self._starts is not None:
            first = bisect_right(self._starts, start) - 1
            return first, bisect_left(self._starts, end) - first
        return start, end - start

"""A sentence ends at terminal punctuation followed by space, or at a blank line.

A full stop after a known abbreviation or a single initial does not end one. Spans are in code
points, leave out the white space between sentences, and together hold every other character. One
over `LONGEST` characters is cut at white space, so that what reads it takes bounded time.

Not modelled: languages that write no space between sentences and no full-width stop; headings
on a line of their own followed by a single line break.
"""

import regex

_END = regex.compile(
    r"""
    (?<![.!?\u2026\u203c-\u2049])  # a run of stops is read once, not from each of them
    (?P<stop>[.!?\u2026\u203c-\u2049]++ ["'\u2019\u201d)\]]*+) (?=\s)  # Western ones need a space
    | [\u3002\uff01\uff1f\uff61]+ ["'\u2019\u201d\u300d\u300f)\]]*    # full-width ones do not
    | (?:\r\n|\r|\n) [^\S\r\n]* (?=\r\n|\r|\n)                       # a blank line
    """,
    regex.VERBOSE,
)
_ABBREVIATION = regex.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|e\.g|i\.e|inc|ltd|co|corp|no|fig|approx|gen|sen|rep|gov"
    r"|capt|lt|col|sgt|rev|hon|mt|ft|dept|est|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
    r"|\b\p{Lu}(?:\.\p{Lu})*)\.$",
    regex.IGNORECASE,
)
_LONGEST_ABBREVIATION = 16
LONGEST = 2_000


def split(text: str) -> list[tuple[int, int]]:
    """Return the span of each sentence."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(text):
        if end["stop"] == "." and _is_abbreviation(text, end.end()):
            continue
        _add(spans, text, start, end.end())
        start = end.end()
    _add(spans, text, start, len(text))
    return spans


def _is_abbreviation(text: str, end: int) -> bool:
    tail = text[max(0, end - _LONGEST_ABBREVIATION) : end]
    match = _ABBREVIATION.search(tail)
    if match is None:
        return False
    word = match[0]
    # "no." and "I." close sentences as well; as abbreviations they are followed by a number or
    # begin a name.
    following = text[end : end + 2].strip()
    if word.lower() == "no.":
        return following.isdecimal()
    return (word != "I." and not word[0].islower()) or len(word) > 2


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while end - start > LONGEST:
        cut = _space_near(text, start + LONGEST, start, end)
        _add_body(spans, text, start, cut)
        start = cut
    _add_body(spans, text, start, end)


def _space_near(text: str, at: int, start: int, end: int) -> int:
    """Return the last white space up to a place, else the next one, else the end."""
    before = (i for i in range(at, start, -1) if text[i].isspace())
    after = (i for i in range(at + 1, end) if text[i].isspace())
    return next(before, None) or next(after, end)


def _add_body(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    body = piece.strip()
    if body:
        first = start + len(piece) - len(piece.lstrip())
        spans.append((first, first + len(body)))

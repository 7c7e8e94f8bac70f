"""How much of a text is wrong: words of what was heard, characters of what was read.

The least number of changes (Levenshtein) by the length of what is right. In words, case and
punctuation do not count, and a hyphen parts words; in characters everything counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def words(text: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)*", text.lower().replace("\u2019", "'"))


def distance(meant: Sequence[str], said: Sequence[str]) -> int:
    """Parts to replace, leave out and put in."""
    row = list(range(len(said) + 1))
    for place, part in enumerate(meant, start=1):
        corner, row[0] = row[0], place
        for at, other in enumerate(said, start=1):
            corner, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, corner + (part != other))
    return row[-1]


def of_words(meant: str, heard: str) -> float:
    """The word error rate of a transcript."""
    return distance(words(meant), words(heard)) / len(words(meant))


def of_characters(meant: Sequence[str], read: Sequence[str]) -> float:
    """The character error rate of lines, each beside the line nearest to it that is left.

    Lines may come in any order, as columns are read in one or another; one that was read beyond
    those there are is wrong as a whole.
    """
    left, wrong = list(read), 0
    for line in sorted(meant, key=len, reverse=True):
        nearest = min(left, key=lambda other: distance(line, other), default="")
        wrong += distance(line, nearest)
        if left:
            left.remove(nearest)
    return (wrong + sum(map(len, left))) / sum(map(len, meant))

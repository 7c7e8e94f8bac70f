"""What was said has a lexical form, and its profane words are masked, tagged, removed or left.

Profane words are those of a short list.
"""

import re

_PROFANE = re.compile(
    r"\b(?:(?:mother)?fuck(?:s|ed|er|ers|ing)?|(?:bull|horse)?shit(?:s|ty|ting)?|bitch(?:es|y)?"
    r"|cunts?|assholes?|arseholes?|bastards?|dickheads?|cocksuckers?|wankers?|pricks?|sluts?"
    r"|whores?)\b",
    re.IGNORECASE,
)
_PUNCTUATION = re.compile(r"[^\w'%$€£.:/@&+-]+|(?<!\w)['.:/-]+|['.:/-]+(?!\w)")


def lexical(text: str) -> str:
    """Return the words of a written text: lower case, no punctuation."""
    return " ".join(_PUNCTUATION.sub(" ", text.lower()).split())


def censor(text: str, mode: str) -> str:
    """Treat profane words: ``masked`` as asterisks, ``tagged``, ``removed``, or left ``raw``.

    A text that loses all its words is empty.
    """
    if mode == "raw":
        return text
    if mode == "masked":
        return _PROFANE.sub(lambda found: "*" * len(found[0]), text)
    if mode == "tagged":
        return _PROFANE.sub(lambda found: f"<profanity>{found[0]}</profanity>", text)
    left = re.sub(r"\s+(?=[\s.,?!]|$)|^\s+", "", _PROFANE.sub("", text))
    return left if re.search(r"\w", left) else ""

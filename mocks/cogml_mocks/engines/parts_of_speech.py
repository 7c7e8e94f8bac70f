"""Each word of an English sentence gets its part of speech, as its neighbours make likeliest.

The tagger is the one of the package textblob: Brill's (A Simple Rule-based Part of Speech Tagger,
ANLP 1992), a lexicon with rules for words it does not hold and rules for what stands beside. Tags
are those of the Penn Treebank. "Isn't" is two words; all are lower case, so that one at the
beginning of a sentence is not taken for a name. What a word can only be by its place, it is: a verb
after "I" or "they", a noun between an article and a verb.

Not modelled: names; languages other than English.
"""

import warnings
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import regex

_TOKEN = regex.compile(r"\p{L}[\p{L}\p{M}]*?(?=n['\u2019]t\b)|n['\u2019]t\b|['\u2019]\p{L}{1,2}\b"
                       r"|[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*|[^\s]")  # fmt: skip
_STOPS = frozenset(".!?;")
_SUBJECTS = frozenset(("i", "we", "you", "they"))
_AUXILIARIES = frozenset(
    (
        "is", "are", "was", "were", "be", "been", "being", "am", "'s", "'re", "'m", "have", "has",
        "had", "'ve", "get", "got", "gets",
    )
)  # fmt: skip
_NOMINAL = frozenset(("NN", "NNS", "NNP", "NNPS", "PRP"))
_OPEN_NOUN = frozenset(("DT", "PRP$", "JJ", "NN", "NNS"))
_FINITE = frozenset(("VBZ", "VBD", "VBP", "MD"))
_LOCK = Lock()


class Token(NamedTuple):
    """A word, or a mark, of a text: in lower case, its span in code points, its tag."""

    word: str
    start: int
    end: int
    tag: str


def tagged(text: str, start: int, end: int) -> list[Token]:
    """Return the words and marks of a sentence of a text."""
    matches = list(_TOKEN.finditer(text, start, end))
    if not matches:
        return []
    words = [match[0].lower().replace("\u2019", "'") for match in matches]
    # Marks that the tagger would take apart, or leave out, tell it no more than a comma does.
    told = [w if w[-1].isalnum() else "." if w in _STOPS else "," for w in words]
    with _LOCK:
        tags = [tag for _, tag in _tagger()(" ".join(told), tokenize=False)]
    for i in range(1, len(tags)):
        tags[i] = _by_place(words, tags, i)
    return [
        Token(word, match.start(), match.end(), tag)
        for word, match, tag in zip(words, matches, tags, strict=True)
    ]


@cache
def _tagger() -> Callable[..., Any]:
    """Load the lexicon once; it is not safe to do so in two threads at a time."""
    from textblob.en import tag

    with warnings.catch_warnings():
        # The package leaves the files of its lexicon for the interpreter to close.
        warnings.simplefilter("ignore", ResourceWarning)
        tag("a word", tokenize=False)
    return tag  # type: ignore[no-any-return]


def _by_place(words: list[str], tags: list[str], i: int) -> str:
    """Return the tag of a word that the words beside it decide, else the tagger's."""
    tag, before = tags[i], i - 1
    while before > 0 and tags[before] == "RB":
        before -= 1
    if words[before] in _SUBJECTS and (tag == "NN" or words[i] == "like"):
        return "VBP"
    if tag == "VBN" and words[before] not in _AUXILIARIES and tags[before] in _NOMINAL:
        return "VBD"
    after = tags[i + 1] if i + 1 < len(tags) else ""
    if tag in ("JJ", "JJR", "VB", "VBP") and tags[i - 1] in _OPEN_NOUN and after in _FINITE:
        return "NN"
    if tag == "VB" and tags[i - 1] in ("DT", "PRP$"):
        return "NN"
    return tag

"""A picture is found when it holds at least half of what the query's words weigh, best first.

Words weigh what BM25 gives them (Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond", 2009), those of a title twice; a word nobody holds weighs most. Plurals are
folded by the S-stemmer (Harman, "How Effective Is Suffixing?", 1991). Ties keep the order of the
catalogue.

Not modelled: spelling, synonyms, phrases, operators such as `site:`, other languages than English.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from cogml_mocks.engines import gallery
from cogml_mocks.engines.gallery_catalogue import PICTURES, Picture

MAX_WORDS = 64  # of a query
_K1, _B = 1.2, 0.75
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_EVERY_PICTURE = "picture image drawing"


def is_small(picture: Picture) -> bool:
    """Whether a picture has fewer pixels than one of 200 by 200."""
    return math.prod(picture.size) < 200 * 200


def is_large(picture: Picture) -> bool:
    """Whether a picture has as many pixels as one of 500 by 500."""
    return math.prod(picture.size) >= 500 * 500


def is_wallpaper(picture: Picture) -> bool:
    """Whether a picture fills a screen: at least 1024 by 720, and not upright."""
    width, height = picture.size
    return width >= 1024 and height >= 720 and width >= height


SIZES: dict[str, Callable[[Picture], bool]] = {
    "Small": is_small,
    "Medium": lambda picture: not is_small(picture) and not is_large(picture),
    "Large": is_large,
    "Wallpaper": is_wallpaper,
}
ASPECTS: dict[str, Callable[[Picture], bool]] = {
    "Square": lambda picture: _ratio(picture) <= 4 / 3 and 1 / _ratio(picture) <= 4 / 3,
    "Wide": lambda picture: _ratio(picture) > 4 / 3,
    "Tall": lambda picture: 1 / _ratio(picture) > 4 / 3,
}


def _ratio(picture: Picture) -> float:
    return picture.size[0] / picture.size[1]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a picture must be, beside matching the query; ``None`` asks for nothing.

    Sides are in pixels, file sizes in bytes, ``days`` is how long at most it has been known.
    """

    aspect: str | None = None
    size: str | None = None
    type: str | None = None
    content: str | None = None
    licensed: bool | None = None
    days: int | None = None
    width: int | None = None
    height: int | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None
    colour: str | None = None

    def admits(self, picture: Picture) -> bool:
        """Decide; what must be drawn to be known comes last."""
        asked = ((test, getattr(self, name)) for name, test in _TESTS.items())
        return all(value is None or test(picture, value) for test, value in asked)


def _has_colour(picture: Picture, asked: str) -> bool:
    drawn = gallery.drawn(picture)
    if asked in ("ColorOnly", "Monochrome"):
        return drawn.monochrome == (asked == "Monochrome")
    return drawn.colour == ("Grey" if asked == "Gray" else asked)


_TESTS: dict[str, Callable[[Picture, Any], bool]] = {
    "aspect": lambda picture, asked: ASPECTS[asked](picture),
    "size": lambda picture, asked: SIZES[asked](picture),
    "type": lambda picture, asked: asked in picture.types,
    "content": lambda picture, asked: asked == picture.content,
    "licensed": lambda picture, asked: asked == picture.public,
    "days": lambda picture, asked: picture.days_known < asked,
    "width": lambda picture, asked: picture.size[0] == asked,
    "height": lambda picture, asked: picture.size[1] == asked,
    "min_width": lambda picture, asked: picture.size[0] >= asked,
    "max_width": lambda picture, asked: picture.size[0] <= asked,
    "min_height": lambda picture, asked: picture.size[1] >= asked,
    "max_height": lambda picture, asked: picture.size[1] <= asked,
    "min_bytes": lambda picture, asked: len(gallery.drawn(picture).content) >= asked,
    "max_bytes": lambda picture, asked: len(gallery.drawn(picture).content) <= asked,
    "colour": _has_colour,
}


def find(query: str, criteria: Criteria | None = None) -> list[Picture]:
    """Return the pictures that match, best first."""
    index = _index()
    words, telling = _asked(query)
    weights = {word: index.weight(word) for word in words}
    enough = sum(weights[word] for word in telling) / 2
    scored = []
    for i, picture in enumerate(PICTURES if words else ()):
        held = [word for word in words if word in index.counts[i]]
        if sum(weights[word] for word in held if word in telling) >= enough:
            score = sum(weights[word] * index.frequency(i, word) for word in held)
            scored.append((-score, i, picture))
    found = [picture for _, _, picture in sorted(scored, key=lambda entry: entry[:2])]
    return [picture for picture in found if criteria is None or criteria.admits(picture)]


class _Index:
    """How often each picture holds each word."""

    def __init__(self) -> None:
        texts = (f"{p.title} {p.title} {p.keywords} {_EVERY_PICTURE}" for p in PICTURES)
        self.counts = [Counter(tokens(text)) for text in texts]
        self._lengths = [counts.total() for counts in self.counts]
        self._mean = sum(self._lengths) / len(self._lengths)
        self._holders = Counter(word for counts in self.counts for word in counts)

    def weight(self, word: str) -> float:
        """Return the inverse document frequency of a word."""
        holders = self._holders[word]
        return math.log1p((len(self.counts) - holders + 0.5) / (holders + 0.5))

    def frequency(self, i: int, word: str) -> float:
        """Return how often a picture holds a word, saturated and normed by length."""
        count = self.counts[i][word]
        return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * self._lengths[i] / self._mean))


_index = cache(_Index)


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case, plurals folded."""
    return [_singular(word) for word in _WORD.findall(text.lower())]


def _asked(query: str) -> tuple[list[str], set[str]]:
    """Return the words of a query once each, and those that decide what matches: no stop words,
    unless there are no others.
    """
    from cogml_mocks.engines.key_phrases import stop_words

    given = list(dict.fromkeys(_WORD.findall(query.lower())))[:MAX_WORDS]
    stops = stop_words("en")
    telling = [word for word in given if word not in stops]
    words = list(dict.fromkeys(map(_singular, given)))
    return words, set(map(_singular, telling or given))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word

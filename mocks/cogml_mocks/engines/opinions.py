"""An opinion is a rated word beside a noun, or said of one through a linking verb.

Two rules of English: "rated word + noun" ("a delicious meal") and "noun + linking verb + rated
word" ("the staff were not friendly"); words joined to the rated word or the noun by "and", "or"
or a comma share in it. Rated words, and the negations that turn them, are VADER's.

Not modelled: parts of speech (a noun is a content word that is not rated, and a rated verb before
one counts as the adjective would: "loved Seattle"), pronouns ("they ruined it"), relations across
sentences, languages other than English.
"""

from dataclasses import dataclass, field

import regex

from cogml_mocks.engines.key_phrases import stop_words
from cogml_mocks.engines.sentiment import analyzer

_TOKEN = regex.compile(r"[\p{L}\p{M}]+(?:['\u2019-][\p{L}\p{M}]+)*|[^\s]")
_LINKING = frozenset(
    (
        "is", "are", "was", "were", "be", "been", "being", "'s", "isn't", "aren't", "wasn't",
        "weren't", "looks", "look", "looked", "seems", "seem", "seemed", "feels", "feel", "felt",
        "tastes", "taste", "tasted", "smells", "smell", "smelled", "sounds", "sound", "sounded",
        "became", "becomes", "remains", "remained",
    )
)  # fmt: skip
_NEGATIONS = frozenset(
    (
        "not", "no", "never", "nor", "neither", "without", "hardly", "barely", "isn't", "aren't",
        "wasn't", "weren't", "cannot", "can't", "don't", "doesn't", "didn't", "won't", "wouldn't",
        "couldn't",
    )
)  # fmt: skip
_ADVERBS = frozenset(
    (
        "very", "really", "so", "too", "quite", "extremely", "absolutely", "pretty", "rather",
        "also", "always", "all", "just", "still", "incredibly", "totally", "a", "bit", "the",
        "most", "more",
    )
)  # fmt: skip
_JOINING = frozenset(("and", "or", ",", "but", "&"))
REACH = 4


@dataclass(slots=True)
class Assessment:
    """A rated word and how sure its polarity is."""

    start: int
    end: int
    positive: float
    negated: bool

    @property
    def label(self) -> str:
        """Polarity with negation applied."""
        return "positive" if self.positive >= 0.5 else "negative"


@dataclass(slots=True)
class Target:
    """A noun and the assessments said of it, by their position."""

    start: int
    end: int
    assessments: list[int] = field(default_factory=list)


def mine(text: str, start: int, end: int) -> tuple[list[Target], list[Assessment]]:
    """Return the targets and assessments of one sentence of a text, each in its order."""
    tokens = [(match[0].lower().replace("\u2019", "'"), match.start(), match.end())
              for match in _TOKEN.finditer(text, start, end)]  # fmt: skip
    words = [token[0] for token in tokens]
    assessments: list[Assessment] = []
    targets: dict[int, Target] = {}
    for i, word in enumerate(words):
        if not _is_rated(word):
            continue
        nouns = _nouns_after(words, i) or _nouns_before(words, i)
        if not nouns:
            continue
        negated = _is_negated(words, i)
        strength = min(1.0, abs(_rating(word)) / 4 + 0.45)
        positive = strength if (_rating(word) > 0) != negated else 1 - strength
        assessments.append(Assessment(tokens[i][1], tokens[i][2], round(positive, 2), negated))
        for noun in nouns:
            target = targets.setdefault(noun, Target(tokens[noun][1], tokens[noun][2]))
            target.assessments.append(len(assessments) - 1)
    return [targets[noun] for noun in sorted(targets)], assessments


def _rating(word: str) -> float:
    return float(analyzer().lexicon.get(word, 0.0))


def _is_rated(word: str) -> bool:
    return word[0].isalpha() and abs(_rating(word)) >= 1.0 and word not in _NEGATIONS


def _is_noun(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and _rating(word) == 0 and word not in (
        stop_words("en") | _LINKING | _ADVERBS | _NEGATIONS
    )  # fmt: skip


def _nouns_after(words: list[str], i: int) -> list[int]:
    """Nouns the rated word stands before: "delicious food", "friendly and helpful staff"."""
    for j in range(i + 1, min(i + 1 + REACH, len(words))):
        if _is_noun(words[j]):
            # Of a compound ("rush hour traffic") the last word is the noun.
            while j + 1 < len(words) and _is_noun(words[j + 1]):
                j += 1
            return [j]
        if words[j] not in _JOINING and not _is_rated(words[j]):
            break
    return []


def _nouns_before(words: list[str], i: int) -> list[int]:
    """Nouns before a linking verb: "the staff and the food were not very good"."""
    j = i - 1
    while j >= 0 and (
        words[j] in _ADVERBS or words[j] in _JOINING or words[j] == "not" or _is_rated(words[j])
    ):
        j -= 1
    if j < 1 or words[j] not in _LINKING:
        return []
    found: list[int] = []
    j -= 1
    while j >= 0 and (_is_noun(words[j]) or words[j] in ("and", "or", "the", "&")):
        if _is_noun(words[j]) and (not found or words[j + 1] in ("and", "or", "&")):
            found.append(j)
        j -= 1
    return found[::-1]


def _is_negated(words: list[str], i: int) -> bool:
    for j in range(i - 1, max(-1, i - 1 - REACH), -1):
        if words[j] in _NEGATIONS or words[j].endswith("n't"):
            return True
        if words[j] in (".", ";", "but"):
            return False
    return False

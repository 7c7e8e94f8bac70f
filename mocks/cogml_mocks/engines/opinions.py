"""An opinion is a rated word and the noun that English grammar joins it to.

An adjective is said of the noun it stands before ("a delicious meal"), or of its verb's subject
("the staff were not friendly"); so is a noun ("the trip was a disaster"). A verb is said of its
object ("I loved the pool", "disappointed with the room"); where there is none, a bad thing is said
of its subject ("the zipper broke"). A subject is the noun before the verb; a phrase or a clause
between them belongs to it ("the view from the terrace", "the doctor who saw me"). Words joined by
"and", "or" or a comma share in what is said. "Too" makes any adjective a bad thing. What could or
should be is not said to be.

Words are rated, and negations turned, as VADER does; parts of speech are `parts_of_speech`'s.

Not modelled: pronouns ("they ruined it"), comparisons, relations across sentences, languages other
than English.
"""

from dataclasses import dataclass, field

from cogml_mocks.engines import parts_of_speech
from cogml_mocks.engines.parts_of_speech import Token
from cogml_mocks.engines.sentiment import analyzer

_BEING = frozenset(("is", "are", "was", "were", "be", "been", "being", "'s", "'re"))
_SEEMING = frozenset(
    (
        "look", "looks", "looked", "seem", "seems", "seemed", "feel", "feels", "felt", "taste",
        "tastes", "tasted", "smell", "smells", "smelled", "sound", "sounds", "sounded", "become",
        "becomes", "became", "get", "gets", "got", "stay", "stays", "stayed", "remain", "remains",
        "remained",
    )
)  # fmt: skip
_SINGULAR = frozenset(("is", "was", "'s"))
_AUXILIARY = _BEING | {"have", "has", "had", "'ve", "n't", "to", "MD", "RB"}
_NEGATIONS = frozenset(
    (
        "not", "n't", "no", "never", "nor", "neither", "without", "hardly", "barely", "cannot",
        "nobody", "nothing", "none",
    )
)  # fmt: skip
_NO_NOUNS = frozenset(
    (
        "nothing", "something", "anything", "everything", "nobody", "somebody", "anybody",
        "everybody", "none", "everyone", "someone", "anyone", "lot", "bit", "kind", "sort",
    )
)  # fmt: skip
_WISHES = frozenset(("could", "should", "would", "'d"))
_ADJECTIVES = frozenset(("JJ", "JJR", "JJS", "VBN", "VBG"))
_JOINING = frozenset(("CC", ","))
_ADVERB = frozenset(("RB",))
_BETWEEN_ADJECTIVES = _ADJECTIVES | _JOINING | {"CD", "RB"}
_BEFORE_NOUN = _ADJECTIVES | {"DT", "PRP$", "CD", "RB", "POS"}
_BEFORE_PREDICATE = _ADJECTIVES | _JOINING | {"RB", "n't", "neither", "nor", "both"}
_BEFORE_PREDICATE_NOUN = _BEFORE_PREDICATE | {"DT"}
_RELATIVE = frozenset(("who", "which", "that"))
_AFTER_FEELING = frozenset(("with", "by", "about", "at", "of", "in"))
REACH = 4  # words over which a negation works
LONGEST = 6  # words of a clause between a noun and its verb
MOST = 12  # words skipped in a list, so that one without end takes bounded time
LEAST = 0.75  # rating of a word that assesses
EXCESS = -2.0

_Run = tuple[int, int]  # the first and the last word of a noun


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
    sentence = _Sentence(parts_of_speech.tagged(text, start, end))
    assessments: list[Assessment] = []
    targets: dict[_Run, Target] = {}
    for i, token in enumerate(sentence.tokens):
        rating = sentence.rating(i)
        nouns = sentence.targets(i) if abs(rating) >= LEAST and not sentence.is_wished(i) else []
        if not nouns:
            continue
        negated = sentence.is_negated(i)
        strength = min(1.0, abs(rating) / 4 + 0.45)
        positive = strength if (rating > 0) != negated else 1 - strength
        assessments.append(Assessment(token.start, token.end, round(positive, 2), negated))
        for first, last in nouns:
            place = sentence.tokens[first].start, sentence.tokens[last].end
            targets.setdefault((first, last), Target(*place)).assessments.append(
                len(assessments) - 1
            )
    return [targets[noun] for noun in sorted(targets)], assessments


class _Sentence:
    """The words of a sentence, and how they hang together."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens

    def rating(self, i: int) -> float:
        """Return how good a word is, from -4 to 4."""
        word, tag = self.tokens[i].word, self._tag(i)
        rating = 0.0 if word in _NEGATIONS else float(analyzer().lexicon.get(word, 0.0))
        is_excess = rating == 0 and tag == "JJ" and self._word(i - 1) == "too"
        return EXCESS if is_excess else rating if word[0].isalpha() else 0.0

    def targets(self, i: int) -> list[_Run]:
        """Return the nouns that a rated word is said of."""
        tag = self._tag(i)
        if tag.startswith("NN"):
            is_part_of_noun = self._is_noun(i + 1)
            return [] if is_part_of_noun else self._subjects_of_predicate(i, _BEFORE_PREDICATE_NOUN)
        if tag in _ADJECTIVES:
            found = self._subjects_of_predicate(i, _BEFORE_PREDICATE) or self._nouns_after(i)
            if found:
                return found
        if tag.startswith(("VB", "JJ")):
            return self._object(i) or (self._subjects(i - 1) if self._is_failing(i) else [])
        return []

    def is_negated(self, i: int) -> bool:
        """Whether a negation stands before a word, within its clause."""
        for j in range(i - 1, max(-1, i - 1 - REACH), -1):
            if self._word(j) in _NEGATIONS:
                return True
            if self._word(j) in (".", ";", "but"):
                return False
        return False

    def is_wished(self, i: int) -> bool:
        """Whether a word is of what could, should or would be."""
        return any(self._word(j) in _WISHES for j in range(i - 1, i - 1 - REACH, -1))

    def _word(self, i: int) -> str:
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def _tag(self, i: int) -> str:
        return self.tokens[i].tag if 0 <= i < len(self.tokens) else ""

    def _is_noun(self, i: int) -> bool:
        return (
            self._tag(i).startswith("NN")
            and self._word(i) not in _NO_NOUNS
            and not self._is_linking(i)
        )

    def _is_linking(self, i: int) -> bool:
        if self._word(i) not in _SEEMING:
            return self._word(i) in _BEING
        return self._tag(self._past(i + 1, 1, _ADVERB)) in _ADJECTIVES

    def _run(self, i: int) -> _Run:
        """Return the compound that a noun is part of: "rush hour traffic"."""
        first = last = i
        while self._is_noun(first - 1):
            first -= 1
        while self._is_noun(last + 1):
            last += 1
        return first, last

    def _past(self, i: int, step: int, skipped: frozenset[str]) -> int:
        """Return the first place, forward or back, whose tag and whose word are not skipped."""
        end = i + step * MOST
        while i != end and (self._tag(i) in skipped or self._word(i) in skipped):
            i += step
        return i

    def _nouns_after(self, i: int) -> list[_Run]:
        """Return the noun that an adjective stands before, others between them."""
        j = self._past(i + 1, 1, _BETWEEN_ADJECTIVES)
        return [self._run(j)] if self._is_noun(j) and self._tag(j - 1) not in _JOINING else []

    def _subjects_of_predicate(self, i: int, between: frozenset[str]) -> list[_Run]:
        """Return the subjects of the linking verb that a word follows."""
        j = i - 1
        for _ in range(MOST):
            if self._is_linking(j):
                return self._subjects(j - 1, self._word(j))
            if self._tag(j) not in between and self._word(j) not in between:
                break
            j -= 1
        return []

    def _subjects(self, i: int, verb: str = "") -> list[_Run]:
        """Return the nouns that are the subject of a verb that follows a place."""
        i = self._before_clause(self._past(i, -1, _AUXILIARY))
        if not self._is_noun(i):
            return []
        noun = self._run(i)
        before = self._past(noun[0] - 1, -1, _BEFORE_NOUN)
        while self._tag(before) == "IN" and self._is_noun(before - 1):
            noun = self._run(before - 1)
            before = self._past(noun[0] - 1, -1, _BEFORE_NOUN)
        joined = self._tag(before) == "CC" and self._is_noun(before - 1)
        if joined and (verb not in _SINGULAR or self._word(before) in ("or", "nor")):
            return [self._run(before - 1), noun]
        return [noun]

    def _before_clause(self, i: int) -> int:
        """Return the place before a relative clause that ends at a place, else that place."""
        for j in range(i, max(0, i - LONGEST), -1):
            if self._word(j) in _RELATIVE and (self._is_noun(j - 1) or self._word(j - 1) == ","):
                return j - 1 if self._is_noun(j - 1) else j - 2
        is_clause = self._tag(i).startswith("VB") and self._tag(i - 1) == "PRP"
        return i - 2 if is_clause and self._is_noun(i - 2) else i

    def _object(self, i: int) -> list[_Run]:
        """Return the object of a verb, also behind the preposition of a feeling."""
        j = i + 1
        if self._tag(i) in ("VBN", "JJ") and self._word(j) not in _AFTER_FEELING:
            return []
        if self._word(j) in _AFTER_FEELING:
            j += 1
        j = self._past(j, 1, _BEFORE_NOUN)
        return [self._run(j)] if self._is_noun(j) else []

    def _is_failing(self, i: int) -> bool:
        """Whether a verb says what its subject does wrong, to nothing or nobody that has a name."""
        is_alone = self._tag(i + 1) in ("", ".", ",", "IN", "RB", "CC", "PRP")
        return is_alone and self._tag(i).startswith("VB") and self.rating(i) < 0

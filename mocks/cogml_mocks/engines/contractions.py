"""Some words melt into their neighbour: they are written apart to be read, together to be shown.

`words` gives the words of a text with their spans, those of a contraction ("don't", "al", "nel")
with the span of the whole; `joined` contracts two neighbours as the language asks for.

Not modelled: what depends on meaning ("des" is taken for an article), German prepositions on the
way out, verbs with their pronouns ("dámelo").
"""

from functools import cache

import regex

Word = tuple[str, int, int]  # in lower case, with its span
WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:['\u2019-]\p{L}[\p{L}\p{M}]*+)*+")
_VOWEL = regex.compile(r"[aeiouyhàâéèêëîïôùûœæáíóú]", regex.IGNORECASE)
_IMPURE = regex.compile(r"s[^aeiouàèéìòù]|z|gn|ps|x|y", regex.IGNORECASE)
_ELIDED = {
    "fr": {"j'": "je", "l'": "le", "d'": "de", "c'": "ce", "n'": "ne", "m'": "me", "t'": "te",
           "s'": "se", "qu'": "que"},
    "it": {"l'": "il", "un'": "una", "d'": "di", "c'": "ci", "dov'": "dove", "dell'": "di il",
           "all'": "a il", "dall'": "da il", "nell'": "in il", "sull'": "su il"},
}  # fmt: skip
_ARTICLES = {"il": "l", "lo": "llo", "la": "lla", "i": "i", "gli": "gli", "le": "lle"}
_PREPOSITIONS = {"di": "de", "a": "a", "da": "da", "in": "ne", "su": "su"}
_ITALIAN = {
    (preposition, article): stem + ending
    for preposition, stem in _PREPOSITIONS.items()
    for article, ending in _ARTICLES.items()
}
_JOINED: dict[str, dict[tuple[str, str], str]] = {
    "es": {("a", "el"): "al", ("de", "el"): "del"},
    "fr": {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"},
    "it": _ITALIAN,
    "pt": {
        (preposition, article): start + article
        for preposition, start in (("de", "d"), ("em", "n"), ("por", "pel"))
        for article in ("o", "a", "os", "as")
    }
    | {("a", "o"): "ao", ("a", "os"): "aos", ("a", "a"): "à", ("a", "as"): "às"},
}
_SPELT_OUT = {
    "en": {"i'm": "i am", "let's": "let us", "can't": "can not", "cannot": "can not",
           "won't": "will not", "shan't": "shall not"},
    "it": {"lo": "il", "gli": "i", "uno": "un"},
    "de": {"den": "der", "dem": "der", "einen": "ein", "einem": "ein", "einer": "eine",
           "meinen": "mein", "meinem": "mein", "meiner": "meine", "keinen": "kein",
           "im": "in das", "ins": "in das", "am": "an das", "zum": "zu das", "zur": "zu die",
           "vom": "von das", "beim": "bei das"},
}  # fmt: skip
_ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_WITH_IS = ("it", "that", "what", "where", "he", "she", "there", "who", "how")
_ASPIRATED = ("haut", "huit", "hibou", "héros", "haricot")


def words(text: str, language: str) -> list[Word]:
    """Return the words of a text in lower case, contractions written apart."""
    found: list[Word] = []
    for match in WORD.finditer(text):
        form = match[0].lower().replace("\u2019", "'")
        start, end = match.span()
        elided = _ELIDED.get(language, {})
        while "'" in form and (prefix := form[: form.index("'") + 1]) in elided:
            found += [(word, start, start + len(prefix)) for word in elided[prefix].split()]
            form = form[len(prefix) :]
            start += len(prefix)
        found += [(word, start, end) for word in _spelt_out(form, language).split()]
    return found


def joined(language: str, first: str, second: str) -> tuple[str, str]:
    """Return two neighbours as they are written; an empty second has melted into the first."""
    low = first.lower()
    vowel = _VOWEL.match(second) is not None
    if language == "fr" and vowel and not second.lower().startswith(_ASPIRATED):
        if low in ("je", "le", "la", "ne", "de", "que", "me", "te", "se", "ce"):
            return f"{first[:-1]}'{second}", ""
    elif language == "it":
        vowel = vowel and second[:1].lower() not in ("h", "y")
        if vowel and low in ("il", "la", "una"):
            return f"{first[:-1] if low == 'una' else first[0].replace('i', 'l')}'{second}", ""
        if low in ("il", "i", "un") and (_IMPURE.match(second) or (vowel and low == "i")):
            return {"il": "lo", "i": "gli", "un": "uno"}[low], second
        if low in _PREPOSITIONS and second.startswith("l'"):
            return f"{_PREPOSITIONS[low]}l{second}", ""
    article, space, rest = second.partition(" ")  # "la mia" is one word's translation
    together = _JOINED.get(language, {}).get((low, article))
    return (f"{together}{space}{rest}", "") if together else (first, second)


@cache
def _apart(language: str) -> dict[str, str]:
    pairs = _JOINED.get(language, {}).items()
    apart = {whole: f"{first} {second}" for (first, second), whole in pairs if whole != "des"}
    return apart | _SPELT_OUT.get(language, {})


def _spelt_out(form: str, language: str) -> str:
    if whole := _apart(language).get(form):
        return whole
    if language == "en" and "'" in form:
        for ending, word in _ENDINGS.items():
            if form.endswith(ending):
                return f"{form.removesuffix(ending)} {word}"
        start, _, ending = form.partition("'")
        if ending == "s" and start in _WITH_IS:
            return f"{start} is"
    return form

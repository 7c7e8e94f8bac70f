"""The forms of a word follow its language's rules for its kind, where the glossary gives none.

Forms are named by what they express: a noun's `s` and `p`; an adjective's and a determiner's
gender and number, `ms` to `np`; a verb's `inf` and its present by person and number, `1s` to
`3p`. The rules are those of school grammars of six languages: en, es, fr, de, it, pt.

Not modelled: other tenses and moods, cases, comparison, exceptions that the glossary leaves out.
"""

import regex

PERSONS = ("1s", "2s", "3s", "1p", "2p", "3p")
AGREEMENT = ("ms", "fs", "ns", "mp", "fp", "np")
Rules = tuple[tuple[str, str], ...]  # pattern and replacement; the first that fits is applied

_THIRD = ((r"(?<=[^aeiou])y$", "ies"), (r"(?<=[sxzo]|ch|sh)$", "es"), (r"$", "s"))
_PLURAL: dict[str, Rules] = {
    "en": ((r"(?<=[^aeiou])y$", "ies"), (r"(?<=[sxz]|ch|sh)$", "es"), (r"$", "s")),
    "es": (
        (r"z$", "ces"), (r"án$", "anes"), (r"én$", "enes"), (r"ín$", "ines"), (r"ón$", "ones"),
        (r"és$", "eses"), (r"(?<=[aeiouáéó])$", "s"), (r"$", "es"),
    ),
    "fr": ((r"(?<=[sxz])$", ""), (r"(?<=[ae]u)$", "x"), (r"al$", "aux"), (r"$", "s")),
    "de": (
        (r"(?<=e)$", "n"), (r"(?<=ung|eit|ion)$", "en"), (r"(?<=e[lrn])$", ""), (r"$", "e"),
    ),
    "it": (
        (r"io$", "i"), (r"(?<=gg|nc)ia$", "e"), (r"(?<=[cg])o$", "hi"), (r"(?<=[cg])a$", "he"),
        (r"[oe]$", "i"), (r"a$", "e"), (r"$", ""),
    ),
    "pt": (
        (r"ão$", "ões"), (r"m$", "ns"), (r"ês$", "eses"), (r"(?<=[rz])$", "es"),
        (r"al$", "ais"), (r"el$", "eis"), (r"[ií]l$", "eis"), (r"ol$", "óis"), (r"$", "s"),
    ),
}  # fmt: skip
_FEMININE: dict[str, Rules] = {
    "es": ((r"o$", "a"), (r"$", "")),
    "fr": (
        (r"(?<=e)$", ""), (r"eux$", "euse"), (r"er$", "ère"), (r"en$", "enne"), (r"on$", "onne"),
        (r"$", "e"),
    ),
    "it": ((r"o$", "a"), (r"$", "")),
    "pt": ((r"o$", "a"), (r"$", "")),
}  # fmt: skip
_PRESENT: dict[str, tuple[tuple[str, str, str], ...]] = {  # ending, what replaces it, endings
    "es": (
        ("ar", "", "o as a amos áis an"), ("er", "", "o es e emos éis en"),
        ("ir", "", "o es e imos ís en"),
    ),
    "fr": (
        ("er", "", "e es e ons ez ent"), ("ir", "", "is is it issons issez issent"),
        ("re", "", "s s - ons ez ent"),
    ),
    "de": (
        ("ten", "te", "- st t n t n"), ("den", "de", "- st t n t n"),
        ("fnen", "fne", "- st t n t n"), ("gnen", "gne", "- st t n t n"),
        ("ßen", "ß", "e t t en t en"), ("en", "", "e st t en t en"),
    ),
    "it": (
        ("iare", "", "io i ia iamo iate iano"), ("care", "", "co chi ca chiamo cate cano"),
        ("gare", "", "go ghi ga ghiamo gate gano"), ("are", "", "o i a iamo ate ano"),
        ("ere", "", "o i e iamo ete ono"), ("ire", "", "o i e iamo ite ono"),
    ),
    "pt": (
        ("ar", "", "o a a amos am am"), ("er", "", "o e e emos em em"),
        ("ir", "", "o e e imos em em"),
    ),
}  # fmt: skip


def plural(language: str, noun: str) -> str:
    """Return the regular plural of a noun, or of an adjective of the same ending."""
    return _apply(_PLURAL[language], noun)


def agreeing(language: str, adjective: str) -> dict[str, str]:
    """Return the regular forms of an adjective, given its masculine; in English it has one."""
    if language == "en":
        return dict.fromkeys(AGREEMENT, adjective)
    if language == "de":  # after a definite article; what follows "ein" is `strong`
        stem = "hoh" if adjective == "hoch" else adjective.removesuffix("e")
        return {tag: stem + ("e" if tag.endswith("s") else "en") for tag in AGREEMENT}
    feminine = _apply(_FEMININE[language], adjective)
    return listed([adjective, feminine, plural(language, adjective), plural(language, feminine)])


def accusative(determiner: str) -> str:
    """Return a German determiner, given its masculine nominative."""
    is_weak = determiner in ("der", "dieser", "jener", "jeder", "aller")
    return f"{determiner[:-1]}n" if is_weak else f"{determiner}en"


def strong(form: str, tag: str) -> str:
    """Return a German adjective as it is after "ein" or without an article; nominative."""
    return form.removesuffix("n") + {"ms": "r", "fs": "", "ns": "s"}.get(tag, "")


def listed(forms: list[str]) -> dict[str, str]:
    """Return an adjective's forms, given masculine, feminine and their plurals."""
    masculine, feminine, masculines, feminines = (forms * 4)[:4] if len(forms) == 1 else forms
    return {
        "ms": masculine, "fs": feminine, "ns": masculine,
        "mp": masculines, "fp": feminines, "np": masculines,
    }  # fmt: skip


def present(language: str, infinitive: str) -> dict[str, str]:
    """Return the regular present of a verb, with its infinitive."""
    if language == "en":
        forms = dict.fromkeys(PERSONS, infinitive) | {"3s": _apply(_THIRD, infinitive)}
        return {"inf": infinitive} | forms
    for ending, instead, endings in _PRESENT[language]:
        if infinitive.endswith(ending):
            stem = infinitive.removesuffix(ending) + instead
            pairs = zip(PERSONS, endings.split(), strict=True)
            return {"inf": infinitive} | {tag: stem + end.strip("-") for tag, end in pairs}
    return {"inf": infinitive} | dict.fromkeys(PERSONS, infinitive)


def _apply(rules: Rules, word: str) -> str:
    for pattern, replacement in rules:
        if regex.search(pattern, word):
            return regex.sub(pattern, replacement, word, count=1)
    return word

"""A text goes from one script into another letter by letter, by published tables.

Indian scripts go by IAST and back (indic_transliteration), Chinese by Hanyu Pinyin with tones
(pypinyin), Japanese kana by Hepburn, Serbian by its two alphabets, all others by the tables of
anyascii. Characters of other scripts stay as they are.

Not modelled: the reading of Japanese kanji and Korean hanja (they stay), vowels that Arabic and
Hebrew do not write, Thai vowels in spoken order, silent vowels of Hindi, words of Chinese (each
syllable stands alone), anything back into a script other than an Indian or a Serbian one.
"""

from collections.abc import Mapping
from typing import Any

import regex

_INDIAN = {
    "as": "Beng", "bn": "Beng", "gu": "Gujr", "hi": "Deva", "kn": "Knda", "ml": "Mlym",
    "mr": "Deva", "ne": "Deva", "or": "Orya", "pa": "Guru", "sa": "Deva", "ta": "Taml",
    "te": "Telu",
}  # fmt: skip
_SCHEMES = {
    "Beng": "bengali", "Gujr": "gujarati", "Deva": "devanagari", "Knda": "kannada",
    "Mlym": "malayalam", "Orya": "oriya", "Guru": "gurmukhi", "Taml": "tamil", "Telu": "telugu",
}  # fmt: skip
_LETTERS = {  # into Latin only
    "ar": "Arab", "be": "Cyrl", "bg": "Cyrl", "el": "Grek", "fa": "Arab", "he": "Hebr",
    "kk": "Cyrl", "ko": "Kore", "ky": "Cyrl", "mk": "Cyrl", "mn-Cyrl": "Cyrl", "ru": "Cyrl",
    "sd": "Arab", "tg": "Cyrl", "th": "Thai", "tt": "Cyrl", "uk": "Cyrl", "ur": "Arab",
}  # fmt: skip
_RUNS = {
    "Arab": regex.compile(r"\p{Script=Arabic}+"),
    "Cyrl": regex.compile(r"\p{Script=Cyrillic}+"),
    "Grek": regex.compile(r"\p{Script=Greek}+"),
    "Hebr": regex.compile(r"\p{Script=Hebrew}+"),
    "Kore": regex.compile(r"\p{Script=Hangul}+"),
    "Thai": regex.compile(r"\p{Script=Thai}+"),
}
_HAN = regex.compile(r"\p{Script=Han}+")
_KANA = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}\u30fc]+")
_CYRILLIC = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN = (*"abvgdđežzijkl", "lj", "m", "n", "nj", *"oprstćufhcč", "dž", "š")
_TO_LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True))
_TO_CYRILLIC = {latin: cyrillic for cyrillic, latin in _TO_LATIN.items()}
_SERBIAN = regex.compile(r"lj|nj|dž|[a-zđžćčš]", regex.IGNORECASE)


def scripts() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the scripts of each language, and for each those it goes into."""
    both = {
        language: {script: ("Latn",), "Latn": (script,)} for language, script in _INDIAN.items()
    }
    one_way = {language: {script: ("Latn",)} for language, script in _LETTERS.items()}
    others: dict[str, dict[str, tuple[str, ...]]] = {
        "ja": {"Jpan": ("Latn",)},
        "sr-Cyrl": {"Cyrl": ("Latn",)},
        "sr-Latn": {"Latn": ("Cyrl",)},
        "zh-Hans": {"Hans": ("Latn",)},
        "zh-Hant": {"Hant": ("Latn",)},
    }
    return dict(sorted((both | one_way | others).items()))


def transliterate(text: str, language: str, to_script: str) -> str:
    """Return a text in another script; the language and the script are such as `scripts` has."""
    if language in _INDIAN:
        return _indian(text, _SCHEMES[_INDIAN[language]], to_script)
    if language in _LETTERS:
        script = _LETTERS[language]
        return _RUNS[script].sub(lambda run: _romanised(run[0], script), text)
    if language == "ja":
        return _KANA.sub(lambda run: _hepburn(run[0]), text)
    if language.startswith("zh"):
        return _HAN.sub(lambda run: _pinyin(run[0]), text)
    if to_script == "Latn":
        return "".join(_cased(char, _TO_LATIN.get(char.lower(), char)) for char in text)
    return _SERBIAN.sub(
        lambda found: _cased(found[0], _TO_CYRILLIC.get(found[0].lower(), found[0])), text
    )


def _cased(source: str, target: str) -> str:
    return target[0].upper() + target[1:] if source[:1].isupper() else target


def _indian(text: str, scheme: str, to_script: str) -> str:
    from indic_transliteration import sanscript

    ways = (scheme, sanscript.IAST) if to_script == "Latn" else (sanscript.IAST, scheme)
    return str(sanscript.transliterate(text, *ways))


def _romanised(run: str, script: str) -> str:
    from anyascii import anyascii

    latin = str(anyascii(run))
    return latin.lower() if script == "Kore" else latin


def _pinyin(run: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return " ".join(lazy_pinyin(run, style=Style.TONE))


def _hepburn(run: str) -> str:
    from anyascii import anyascii

    latin = ""
    is_doubled = False
    for kana in run:
        if kana in "\u3063\u30c3":  # small tsu doubles the consonant that follows
            is_doubled = True
            continue
        sound: Any = anyascii(kana)
        if kana == "\u30fc":
            sound = latin[-1:]
        elif kana in "\u3083\u3085\u3087\u30e3\u30e5\u30e7" and latin.endswith("i"):
            latin = latin[:-1]
            sound = sound[-1] if latin.endswith(("sh", "ch", "j")) else sound
        elif kana in "\u3041\u3043\u3045\u3047\u3049\u30a1\u30a3\u30a5\u30a7\u30a9" and latin:
            latin = latin[:-1]
        if is_doubled:
            sound = ("t" if sound.startswith("ch") else sound[:1]) + sound
            is_doubled = False
        latin += sound
    return latin

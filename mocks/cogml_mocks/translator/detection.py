"""POST /detect and /breaksentence: the language of texts, and where their sentences end.

A sentence's length counts the space after it, as recorded. A text without letters is taken for
English with score 0.

Not modelled: languages beyond the classifier's (`engines.language_guesses`); sentences of
languages without a full stop.
"""

from typing import Any

from cogml_mocks.engines import transliteration
from cogml_mocks.operations import Answer, Call
from cogml_mocks.translator.refusals import refusal
from cogml_mocks.translator.requests import Limits, language, metered, operation, read_texts

LIMITS = Limits(100, 50_000, 50_000)
UNKNOWN = (("en", 0.0),)


@operation("POST", "/Detect")
def detect(call: Call) -> Answer:
    """The language of each text, and what else it may be."""
    from cogml_mocks.engines import language_guesses

    texts = read_texts(call, LIMITS)
    found = []
    for text in texts:
        first, *others = map(_described, language_guesses.guess(text) or UNKNOWN)
        found.append(first | {"alternatives": others} if others else first)
    return Answer(found, headers=metered(sum(map(len, texts))))


@operation("POST", "/BreakSentence")
def break_sentence(call: Call) -> Answer:
    """The lengths of the sentences of each text."""
    from cogml_mocks.engines import language_guesses, language_id, word_translation

    tag = call.query.get("language")
    script = call.query.get("script")
    if tag is not None:
        known = {*language_id.NAMES, *transliteration.scripts(), "nb", "fil"}
        if not tag or (tag not in known and tag.partition("-")[0].lower() not in known):
            raise refusal(400003)
    if script is not None and not (len(script) == 4 and script.isascii() and script.isalpha()):
        raise refusal(400073)
    found: list[dict[str, Any]] = []
    for text in read_texts(call, LIMITS):
        item: dict[str, Any] = {}
        if tag is None:
            code, score = (language_guesses.guess(text) or UNKNOWN)[0]
            item["detectedLanguage"] = {"language": code, "score": score}
        item["sentLen"] = [len(piece) for piece in word_translation.split(text)] if text else []
        found.append(item)
    return Answer(found)


def _described(guess: tuple[str, float]) -> dict[str, Any]:
    code, score = guess
    return {
        "language": code,
        "score": score,
        "isTranslationSupported": bool(language(code)),
        "isTransliterationSupported": code in transliteration.scripts(),
    }

"""POST /translate: texts in one or more languages, out of a glossary (`engines.word_translation`).

It is a glossary's work, word for word: what it does not know stays as it is, so a text in a
language it does not have comes back as it was. `X-MT-System` says `Microsoft` for each target, the
service's word for its general system, as recorded.

Not modelled: custom systems (another category falls back or is refused), alignment of HTML and
between two languages other than English (it is empty, as documented), source texts in another
script than their language's.
"""

from typing import Any

from cogml_mocks.operations import Answer, Call
from cogml_mocks.translator.refusals import refusal
from cogml_mocks.translator.requests import (
    Limits,
    flag,
    language,
    metered,
    operation,
    read_texts,
    values,
)

LIMITS = Limits(1_000, 50_000, 50_000)
GENERAL = ("", "general")
DEFAULT = "en"  # what a text without letters is taken for
_MARKERS = ("asterisk", "tag")
_ACTIONS = ("noaction", "marked", "deleted")


@operation("POST", "/translate")
def translate(call: Call) -> Answer:
    """Texts in other languages."""
    targets = [language(tag) for tag in values(call, "to")]
    if not targets or not all(targets):
        raise refusal(400036)
    source = _source(call, "from")
    suggested = _source(call, "suggestedFrom") or DEFAULT
    is_html = _choice(call, "textType", ("plain", "html"), 400071) == "html"
    censor = _Censor(call)
    _check_category(call)
    _check_scripts(call, targets)
    with_alignment = flag(call, "includeAlignment")
    with_lengths = flag(call, "includeSentenceLength")
    texts = read_texts(call, LIMITS, len(targets))
    found = []
    for text in texts:
        item: dict[str, Any] = {}
        origin = source or _detected(text, suggested, item)
        item["translations"] = [
            _translation(text, origin, target, is_html, censor, with_alignment, with_lengths)
            for target in targets
        ]
        found.append(item)
    headers = metered(sum(map(len, texts)) * len(targets))
    return Answer(
        found, headers=[*headers, ("X-MT-System", ",".join(["Microsoft"] * len(targets)))]
    )


class _Censor:
    """What becomes of a profane word."""

    def __init__(self, call: Call) -> None:
        self._action = _choice(call, "profanityAction", _ACTIONS, 400000)
        self._marker = _choice(call, "profanityMarker", _MARKERS, 400000)

    def __call__(self, word: str) -> str:
        if self._action == "deleted":
            return ""
        if self._action == "marked":
            return "***" if self._marker == "asterisk" else f"<profanity>{word}</profanity>"
        return word


def _translation(
    text: str,
    source: str,
    target: str,
    is_html: bool,
    censor: _Censor,
    with_alignment: bool,
    with_lengths: bool,
) -> dict[str, Any]:
    from cogml_mocks.engines import markup, word_translation

    masked, kept = markup.mask(text, is_html)
    is_known = bool(language(source))
    done = word_translation.translate(masked, source if is_known else target, target, censor)
    targets = kept.targets([sentence.target for sentence in done])
    found: dict[str, Any] = {"text": "".join(targets), "to": target}
    if with_alignment:
        is_aligned = not is_html and masked == text
        found["alignment"] = {"proj": _projection(done) if is_aligned else ""}
    if with_lengths:
        sources = kept.sources([sentence.source for sentence in done])
        found["sentLen"] = {
            "srcSentLen": [len(piece) for piece in sources],
            "transSentLen": [len(piece) for piece in targets],
        }
    return found


def _projection(done: list[Any]) -> str:
    """Write which characters of the text became which of its translation."""
    pairs = []
    before = after = 0
    for sentence in done:
        for start, end, first, last in sentence.alignment:
            pairs.append(f"{before + start}:{before + end}-{after + first}:{after + last}")
        before += len(sentence.source)
        after += len(sentence.target)
    return " ".join(pairs)


def _detected(text: str, suggested: str, item: dict[str, Any]) -> str:
    """Say what language a text is in; return it."""
    from cogml_mocks.engines import language_guesses

    guesses = language_guesses.guess(text)
    code, score = guesses[0] if guesses else (suggested, 0.0)
    item["detectedLanguage"] = {"language": code, "score": score}
    return code


def _source(call: Call, name: str) -> str:
    tag = call.query.get(name)
    if not tag:
        return ""
    if not (found := language(tag)):
        raise refusal(400035)
    return found


def _choice(call: Call, name: str, allowed: tuple[str, ...], otherwise: int) -> str:
    value = call.query.get(name, allowed[0]).lower()
    if value not in allowed:
        raise refusal(otherwise)
    return value


def _check_category(call: Call) -> None:
    is_general = call.query.get("category", "").lower() in GENERAL
    if not is_general and not flag(call, "allowFallback", default=True):
        raise refusal(400079)


def _check_scripts(call: Call, targets: list[str]) -> None:
    """Refuse scripts that no text of these languages is in; all are written in Latin."""
    scripts = values(call, "toScript")
    if call.query.get("fromScript", "latn").lower() != "latn":
        raise refusal(400018)
    if scripts and len(scripts) != len(targets):
        raise refusal(400070)
    if any(script.lower() != "latn" for script in scripts):
        raise refusal(400004)

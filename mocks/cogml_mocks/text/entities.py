"""Entities are answered as spans with a category: all, the personal ones, or those with a page."""

from itertools import chain
from typing import TYPE_CHECKING, Any

from cogml_mocks.text import pii_categories, reading
from cogml_mocks.text.documents import Document
from cogml_mocks.text.index import TextIndex
from cogml_mocks.text.memory import remember
from cogml_mocks.text.options import Options

if TYPE_CHECKING:
    from cogml_mocks.engines.spans import Span

_GENERAL = frozenset(
    (
        "Person", "Location", "Organization", "PhoneNumber", "Email", "URL", "IPAddress",
        "DateTime", "Quantity",
    )
)  # fmt: skip
_IDENTIFIERS = "only addresses, telephone numbers and numbers with check digits are recognised."


def entities(document: Document, options: Options, position: int) -> dict[str, Any]:
    """Named entities of a document."""
    index = options.index(document.text)
    language = reading.language(document)
    found = [
        _entity(document.text, index, span, "IP" if span.category == "IPAddress" else span.category)
        for span in _spans(document.text, language)
        if span.category in _GENERAL
    ]
    return {"entities": found, "warnings": _warnings(language, _IDENTIFIERS)}


def personal(document: Document, options: Options, position: int) -> dict[str, Any]:
    """Personal information in a document, and its text without it."""
    text = document.text
    index = options.index(text)
    language = reading.language(document)
    spans = [span for span in _spans(text, language) if _is_wanted(span, options)]
    redacted = list(text)
    for span in spans:
        redacted[span.start : span.end] = "*" * (span.end - span.start)
    return {
        "redactedText": "".join(redacted),
        "entities": [_entity(text, index, span, span.category) for span in spans],
        "warnings": _warnings(language, _IDENTIFIERS),
    }


def linked(document: Document, options: Options, position: int) -> dict[str, Any]:
    """Countries and large cities of a document, with their Wikipedia pages."""
    from cogml_mocks.engines import names, spans

    text = document.text
    index = options.index(text)
    language = reading.language(document)
    places = names.locations(text) if language == reading.ENGLISH else ()
    matches: dict[str, list[dict[str, Any]]] = {}
    for span in spans.settle(places):
        name = text[span.start : span.end]
        if names.gazetteer()[name] is not None:
            offset, length = index.span(span.start, span.end)
            matches.setdefault(name, []).append(
                {
                    "confidenceScore": span.score,
                    "text": name,
                    "offset": offset,
                    "length": length,
                }
            )
    found = [
        {
            "name": name,
            "matches": where,
            "language": "en",
            "id": name,
            "url": names.wikipedia_url(name),
            "dataSource": "Wikipedia",
        }
        for name, where in matches.items()
    ]
    return {"entities": found, "warnings": _warnings(language, "nothing in it is linked.")}


@remember
def _spans(text: str, language: str) -> tuple["Span", ...]:
    """Recognise all that is known; of another language than English, what is of any language."""
    from cogml_mocks.engines import expressions, identifiers, names, spans

    proposals = chain(
        identifiers.urls_and_mail(text),
        identifiers.numbers(text),
        identifiers.phone_numbers(text),
    )
    if language == reading.ENGLISH:
        proposals = chain(
            proposals,
            expressions.dates_and_quantities(text),
            names.organizations(text),
            names.persons(text),
            names.locations(text),
            names.lone_persons(text),
        )
    return tuple(spans.settle(proposals))


def _warnings(language: str, consequence: str) -> list[dict[str, str]]:
    return [] if language == reading.ENGLISH else [reading.not_read(language, consequence)]


def _entity(text: str, index: TextIndex, span: "Span", category: str) -> dict[str, Any]:
    offset, length = index.span(span.start, span.end)
    entity: dict[str, Any] = {"text": text[span.start : span.end], "category": category}
    if span.subcategory is not None:
        entity["subcategory"] = span.subcategory
    return entity | {"offset": offset, "length": length, "confidenceScore": span.score}


def _is_wanted(span: "Span", options: Options) -> bool:
    """Whether a span is personal, in the domain, and of a category that was asked for."""
    own = {span.category, span.subcategory} & (pii_categories.NAMES | pii_categories.UNNAMED)
    if not own or (options.domain == "phi" and not own & pii_categories.HEALTH):
        return False
    asked = set(options.pii_categories) - {pii_categories.ALL, pii_categories.DEFAULT}
    return asked == set() or len(asked) < len(options.pii_categories) or bool(own & asked)

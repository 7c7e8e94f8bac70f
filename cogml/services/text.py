"""Text Analytics v3.1: sentiment, key phrases, entities, personal information, languages.

Each stage gives an array with one entry for each text of the row, so that
`col("sentiment")[0].getItem("sentiment")` reads the sentiment of a row with one text.

Source: the OpenAPI file TextAnalytics v3.1 of Azure/azure-rest-api-specs (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cogml.errors import ServiceError
from cogml.exchange import Outcome
from cogml.param import ServiceParam
from cogml.schema import struct
from cogml.services._text import (
    ENTITIES,
    FEW,
    KEY_PHRASES,
    LANGUAGE,
    MANY,
    PII_ENTITIES,
    SENTIMENT,
    TEN,
    LinkedEntity,
    TextService,
    document,
)

_INDEX_TYPES = ("TextElement_v8", "UnicodeCodePoint", "Utf16CodeUnit")


def _no_index_type() -> ServiceParam:
    return ServiceParam(
        str, "what offsets count; there are none here", send="none", choices=_INDEX_TYPES
    )


class TextAnalyticsService(TextService):
    """An operation of Text Analytics v3.1."""

    version = "v3.1"
    limits = TEN

    modelVersion = ServiceParam(
        str, "version of the model", send="query", wire="model-version", default="latest"
    )
    showStats = ServiceParam(bool, "whether to return statistics", send="query", default=False)
    language = ServiceParam(str | list[str], "language of the text, such as en", send="document")
    stringIndexType = ServiceParam(
        str,
        "what offset and length count; UnicodeCodePoint is what Python and Spark count",
        send="query",
        choices=_INDEX_TYPES,
    )
    disableServiceLogs = ServiceParam(
        bool,
        "whether the service is to keep no copy of the text",
        send="query",
        wire="loggingOptOut",
        default=True,
    )

    def outcomes(self, results: list[Any], settings: Mapping[str, Any]) -> list[Outcome]:
        """As `outcome` for each; when nothing is to be mended, without asking each of them."""
        if settings.get("opinionMining") or ServiceError in map(type, results):
            return super().outcomes(results, settings)
        for result in results:
            result.id = "0"
        return [Outcome((result,)) for result in results]


class TextSentiment(TextAnalyticsService):
    """The sentiment of each text and of its sentences; opinions about targets on request.

    Input     text, language; a text has up to 5,120 characters
    Output    array: sentiment is positive, neutral, negative or mixed; scores sum to 1
    """

    path = "/text/analytics/v3.1/sentiment"
    answer = SENTIMENT

    opinionMining = ServiceParam(bool, "whether to find opinions about targets", send="query")


class KeyPhraseExtractor(TextAnalyticsService):
    """The main points of each text.

    Input     text, language; a text has up to 5,120 characters
    Output    array: keyPhrases
    """

    path = "/text/analytics/v3.1/keyPhrases"
    answer = KEY_PHRASES

    stringIndexType = _no_index_type()


class NER(TextAnalyticsService):
    """The entities in each text: people, places, organisations, dates, quantities and more.

    Input     text, language; a text has up to 5,120 characters
    Output    array: entities with category, subcategory, offset, length, confidenceScore 0..1
    """

    path = "/text/analytics/v3.1/entities/recognition/general"
    limits = FEW
    answer = ENTITIES


class PII(TextAnalyticsService):
    """The personal information in each text, and the text with it struck out.

    Input     text, language; a text has up to 5,120 characters
    Output    array: entities as in NER; redactedText, of the text's length
    """

    path = "/text/analytics/v3.1/entities/recognition/pii"
    limits = FEW
    answer = PII_ENTITIES

    domain = ServiceParam(
        str, "phi: health information only", send="query", choices=("none", "phi", "PHI")
    )
    piiCategories = ServiceParam(list[str], "categories to look for", send="query")


LINKED = document(entities=[struct(**LinkedEntity, dataSource=str)])


class EntityDetector(TextAnalyticsService):
    """The entities in each text that an encyclopedia knows, with their page.

    Input     text, language; a text has up to 5,120 characters
    Output    array: entities with matches (offset, length), url, dataSource
    """

    path = "/text/analytics/v3.1/entities/linking"
    limits = FEW
    answer = LINKED


class LanguageDetector(TextAnalyticsService):
    """The language of each text.

    Input     text, countryHint; a text has up to 5,120 characters
    Output    array: detectedLanguage; an unknown language is `(Unknown)` with score 0
    """

    path = "/text/analytics/v3.1/languages"
    limits = MANY
    answer = LANGUAGE
    hint = "countryHint"

    countryHint = ServiceParam(
        str | list[str], "two-letter country the text comes from", send="document"
    )
    language = ServiceParam(
        str | list[str], "language of the text, which this operation finds", send="none"
    )
    stringIndexType = _no_index_type()

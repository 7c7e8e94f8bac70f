"""Text Analytics v3.1: one path for each analysis, options in the query.

Not modelled: jobs (`/analyze`), health, `loggingOptOut` (nothing is logged anyway).
"""

from typing import Any

from cogml_mocks.operations import Answer, Call, Family, ServiceError, decode_json, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.text import documents, tasks
from cogml_mocks.text.documents import Options, Task

PREFIX = "/text/analytics/v3.1"
_FLAGS = {"true": True, "false": False}


def count_documents(body: Any) -> int | None:
    """Count the documents of a request body."""
    found = body.get("documents") if isinstance(body, dict) else None
    return len(found) if isinstance(found, list) else None


FAMILY = Family("/text/analytics/", gateway_error, count_documents)


@register("POST", f"{PREFIX}/sentiment", FAMILY)
def sentiment(call: Call) -> Answer:
    """Sentiment and opinions."""
    return _answer(call, tasks.SENTIMENT)


@register("POST", f"{PREFIX}/keyPhrases", FAMILY)
def key_phrases(call: Call) -> Answer:
    """Key phrases."""
    return _answer(call, tasks.KEY_PHRASES)


@register("POST", f"{PREFIX}/languages", FAMILY)
def languages(call: Call) -> Answer:
    """Languages."""
    return _answer(call, tasks.LANGUAGE)


@register("POST", f"{PREFIX}/entities/recognition/general", FAMILY)
def entities(call: Call) -> Answer:
    """Named entities."""
    return _answer(call, tasks.ENTITIES)


@register("POST", f"{PREFIX}/entities/recognition/pii", FAMILY)
def personal(call: Call) -> Answer:
    """Personal information."""
    return _answer(call, tasks.PERSONAL)


@register("POST", f"{PREFIX}/entities/linking", FAMILY)
def linked(call: Call) -> Answer:
    """Entities with a page of their own."""
    return _answer(call, tasks.LINKING)


def _answer(call: Call, task: Task) -> Answer:
    options = _options(call.query)
    try:
        body = decode_json(call.request.body)
    except ValueError:
        raise _unreadable("Invalid JSON.") from None
    if not isinstance(body, dict):
        raise _unreadable("The body must be an object.")
    results, headers = documents.answer(
        call, task, body.get("documents"), options, missing_code="MissingInputRecords"
    )
    return Answer(results, headers=headers)


def _unreadable(message: str) -> ServiceError:
    return documents.invalid_request("InvalidRequestBodyFormat", message)


def _options(query: dict[str, str]) -> Options:
    _flag(query, "loggingOptOut")
    return Options(
        show_stats=_flag(query, "showStats"),
        model_version=query.get("model-version") or documents.LATEST,
        index_type=documents.check_index_type(query.get("stringIndexType") or "TextElement_v8"),
        opinion_mining=_flag(query, "opinionMining"),
        domain=documents.check_domain(query.get("domain", "none")),
        pii_categories=documents.check_pii_categories(
            [name for name in query.get("piiCategories", "").split(",") if name]
        ),
    )


def _flag(query: dict[str, str], name: str) -> bool:
    value = query.get(name, "false")
    if value.lower() not in _FLAGS:
        raise documents.invalid_value(name, value, ("true", "false"))
    return _FLAGS[value.lower()]

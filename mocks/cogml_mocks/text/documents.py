"""A batch is checked as a whole, then each document by itself, then each is analysed.

A fault of the batch refuses the request (400); a fault of one document is an element of `errors`
and the others are done. Limits are those of learn.microsoft.com,
azure/ai-services/language-service/concepts/data-limits; words are those of recorded answers of the
service (sdk/textanalytics/*/tests/recordings of Azure/azure-sdk-for-python, 2021), or plain ones
where none is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from cogml_mocks.operations import Call, ServiceError
from cogml_mocks.text import pii_categories
from cogml_mocks.text.index import INDEX_TYPES, TextIndex, count_elements

MAX_ELEMENTS = 5_120
TRANSACTION_ELEMENTS = 1_000
LATEST = "latest"
DOMAINS = ("phi", "none")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a batch."""

    id: str
    text: str
    language: str
    country_hint: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks of its documents, whichever API version spells it."""

    show_stats: bool = False
    model_version: str = LATEST
    index_type: str = "TextElement_v8"
    opinion_mining: bool = False
    domain: str = "none"
    pii_categories: tuple[str, ...] = ()

    def index(self, text: str) -> TextIndex:
        """Return the index that converts spans of a text."""
        return TextIndex(text, self.index_type)


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of analysis: its limit, languages, model versions and engine.

    ``analyze`` gets the document, the options and the document's position in the answer.
    """

    analyze: Callable[[Document, Options, int], dict[str, Any]]
    max_documents: int
    model_versions: tuple[str, ...]
    languages: tuple[str, ...] = ()


def answer(
    call: Call, task: Task, documents: Any, options: Options, *, missing_code: str
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Analyse a batch; return the service's results object and the billing header."""
    version = _model_version(task, options)
    batch = _read(call, task, documents, missing_code)
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    transactions = 0
    for document in batch:
        elements = count_elements(document.text)
        error = _check(task, document, elements)
        if error is not None:
            errors.append({"id": document.id, "error": error})
            continue
        result = {"id": document.id} | task.analyze(document, options, len(results))
        if options.show_stats:
            count = -(-elements // TRANSACTION_ELEMENTS)
            transactions += count
            result["statistics"] = {"charactersCount": elements, "transactionsCount": count}
        results.append(result)
    body: dict[str, Any] = {"documents": results, "errors": errors, "modelVersion": version}
    if options.show_stats:
        body["statistics"] = {
            "documentsCount": len(batch),
            "validDocumentsCount": len(results),
            "erroneousDocumentsCount": len(errors),
            "transactionsCount": transactions,
        }
    usage = f"CognitiveServices.TextAnalytics.BatchScoring={len(results)}"
    return body, [("csp-billing-usage", usage)] if results else []


def invalid_value(name: str, value: object, allowed: tuple[str, ...]) -> ServiceError:
    """Return the refusal of a parameter's value."""
    message = f"Invalid value for parameter {name}. Possible values are: {','.join(allowed)}"
    return invalid_request("InvalidParameterValue", message)


def invalid_request(inner_code: str, inner_message: str) -> ServiceError:
    """Return a 400 with an inner error."""
    return ServiceError(400, "InvalidRequest", "Invalid Request.", (inner_code, inner_message))


def invalid_batch(inner_code: str, inner_message: str) -> ServiceError:
    """Return a 400 for a batch that breaks a rule."""
    inner = (inner_code, inner_message)
    return ServiceError(400, "InvalidRequest", "Invalid document in request.", inner)


def check_index_type(value: Any) -> str:
    """Return a known ``stringIndexType``."""
    if value not in INDEX_TYPES:
        raise invalid_value("stringIndexType", value, INDEX_TYPES)
    return str(value)


def check_domain(value: Any) -> str:
    """Return a known ``domain``."""
    if value not in DOMAINS:
        raise invalid_value("domain", value, DOMAINS)
    return str(value)


def check_pii_categories(names: list[str]) -> tuple[str, ...]:
    """Return known ``piiCategories``."""
    known = pii_categories.NAMES | {pii_categories.ALL, pii_categories.DEFAULT}
    for name in names:
        if name not in known:
            raise invalid_value("piiCategories", name, tuple(sorted(known)))
    return tuple(names)


def _model_version(task: Task, options: Options) -> str:
    if options.model_version == LATEST:
        return task.model_versions[-1]
    if options.model_version not in task.model_versions:
        known = ",".join((LATEST, *task.model_versions))
        message = f"Invalid model version. Possible values are: {known}"
        raise invalid_request("ModelVersionIncorrect", message)
    return options.model_version


def _read(call: Call, task: Task, documents: Any, missing_code: str) -> list[Document]:
    if documents is None or documents == []:
        raise invalid_request(missing_code, "Missing input documents.")
    if not isinstance(documents, list):
        raise _malformed("documents must be an array.")
    call.documents = len(documents)
    if len(documents) > task.max_documents:
        raise invalid_batch(
            "InvalidDocumentBatch",
            "Batch request contains too many records. "
            f"Max {task.max_documents} records are permitted.",
        )
    batch = [_document(item) for item in documents]
    if len({document.id for document in batch}) < len(batch):
        raise invalid_batch(
            "InvalidDocument",
            "Request contains duplicated Ids. Make sure each document has a unique Id.",
        )
    return batch


def _document(item: Any) -> Document:
    if not isinstance(item, dict):
        raise _malformed("A document must be an object.")
    for name in ("id", "text", "language", "countryHint"):
        if not isinstance(item.get(name, ""), str) and item[name] is not None:
            raise _malformed(f"A document's {name} must be a string.")
    if not item.get("id"):
        raise invalid_batch("InvalidDocument", "Document id is missing or empty.")
    if item.get("text") is None:
        raise invalid_batch("InvalidDocument", "Document text is missing.")
    hint = item.get("countryHint")
    return Document(
        item["id"], item["text"], item.get("language") or "en", "US" if hint is None else hint
    )


def _malformed(message: str) -> ServiceError:
    return invalid_request("InvalidRequestBodyFormat", f"Request body format is wrong. {message}")


def _check(task: Task, document: Document, elements: int) -> dict[str, Any] | None:
    if not document.text.strip():
        return _document_error("document in request", "InvalidDocument", "Document text is empty.")
    if elements > MAX_ELEMENTS:
        message = (
            "A document within the request was too large to be processed. "
            f"Limit document size to: {MAX_ELEMENTS} text elements. "
            "For additional details on the data limitations see https://aka.ms/text-analytics-data-limits"
        )
        return _document_error("document in request", "InvalidDocument", message)
    if not task.languages:
        if document.country_hint and not _COUNTRY.fullmatch(document.country_hint):
            message = (
                "Country hint is not valid. "
                "Please specify an ISO 3166-1 alpha-2 two letter country code."
            )
            return _document_error("Country Hint", "InvalidCountryHint", message)
    elif not _is_supported(document.language, task.languages):
        message = f"Invalid language code. Supported languages: {','.join(task.languages)}"
        return _document_error("Language Code", "UnsupportedLanguageCode", message)
    return None


@lru_cache(maxsize=1_024)
def _is_supported(language: str, supported: tuple[str, ...]) -> bool:
    """Accept a tag whose language is supported, with or without script and region."""
    wanted = language.lower().replace("_", "-").partition("-")[0]
    return _TAG.fullmatch(language) is not None and any(
        wanted == tag.partition("-")[0] for tag in supported
    )


def _document_error(what: str, inner_code: str, inner_message: str) -> dict[str, Any]:
    return {
        "code": "InvalidArgument",
        "message": f"Invalid {what}.",
        "innererror": {"code": inner_code, "message": inner_message},
    }


_COUNTRY = regex.compile(r"[A-Za-z]{2}")
_TAG = regex.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")

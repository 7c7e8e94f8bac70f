"""A batch is checked as a whole, then each document by itself, then each is analysed.

A fault of the batch refuses the request (400); a fault of one document is an element of `errors`
and the others are done. Limits are those of learn.microsoft.com,
azure/ai-services/language-service/concepts/data-limits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from cogml_mocks.operations import Call, ServiceError
from cogml_mocks.text.index import count_elements
from cogml_mocks.text.options import LATEST, Options
from cogml_mocks.text.refusals import Wording, invalid_batch, invalid_request, malformed

MAX_ELEMENTS = 5_120
TRANSACTION_ELEMENTS = 1_000
MAX_TAG = 35  # characters of a language, what RFC 5646 (4.4.1) has room for


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a batch."""

    id: str
    text: str
    language: str
    country_hint: str


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of analysis: its limit, model versions, languages and engine.

    ``analyze`` gets the document, the options and the document's position in the answer;
    ``job_type`` is what the service calls it in words about jobs, ``page`` its tab of the page on
    languages.
    """

    analyze: Callable[[Document, Options, int], dict[str, Any]]
    max_documents: int
    model_versions: tuple[str, ...]
    languages: tuple[str, ...] = ()
    job_type: str = ""
    page: str = ""


def answer(
    call: Call, task: Task, given: Any, options: Options, wording: Wording
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Analyse a batch; return the service's results object and the billing header."""
    if options.model_version not in (LATEST, *task.model_versions):
        known = ",".join((LATEST, *task.model_versions))
        message = (
            f"Invalid model version. Possible values are: {known}. "
            "For additional details see https://aka.ms/text-analytics-model-versioning"
        )
        raise invalid_request("ModelVersionIncorrect", message)
    batch = read(call, given, task.max_documents, wording)
    body = results(task, batch, options, wording)
    count = len(body["documents"])
    usage = f"CognitiveServices.TextAnalytics.BatchScoring={count}"
    return body, [("csp-billing-usage", usage)] if count else []


def read(call: Call, given: Any, limit: int, wording: Wording) -> list[Document]:
    """Return the documents of a batch of at most ``limit``; refuse one that is none."""
    if given is None or given == []:
        raise invalid_request(wording.missing, "Missing input documents.")
    if not isinstance(given, list):
        raise _malformed("documents must be an array.")
    call.documents = len(given)
    if len(given) > limit:
        raise invalid_batch(
            wording,
            "InvalidDocumentBatch",
            f"Batch request contains too many records. Max {limit} records are permitted.",
        )
    batch = [_document(item, wording) for item in given]
    if len({document.id for document in batch}) < len(batch):
        raise invalid_batch(
            wording,
            "InvalidDocument",
            "Request contains duplicated Ids. Make sure each document has a unique Id.",
        )
    return batch


def results(
    task: Task,
    batch: list[Document],
    options: Options,
    wording: Wording,
    *,
    max_elements: int = MAX_ELEMENTS,
) -> dict[str, Any]:
    """Analyse documents that are a batch; return the service's results object."""
    done: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    transactions = 0
    for document in batch:
        elements = count_elements(document.text)
        error = _check(task, document, elements, max_elements, wording)
        if error is not None:
            errors.append({"id": document.id, "error": error})
            continue
        result = {"id": document.id} | task.analyze(document, options, len(done))
        if options.show_stats:
            count = -(-elements // TRANSACTION_ELEMENTS)
            transactions += count
            result["statistics"] = {"charactersCount": elements, "transactionsCount": count}
        done.append(result)
    latest = options.model_version == LATEST
    version = task.model_versions[-1] if latest else options.model_version
    body: dict[str, Any] = {"documents": done, "errors": errors, "modelVersion": version}
    if options.show_stats:
        body["statistics"] = {
            "documentsCount": len(batch),
            "validDocumentsCount": len(done),
            "erroneousDocumentsCount": len(errors),
            "transactionsCount": transactions,
        }
    return body


def _document(item: Any, wording: Wording) -> Document:
    if not isinstance(item, dict):
        raise _malformed("A document must be an object.")
    for name in ("id", "text", "language", "countryHint"):
        if not isinstance(item.get(name, ""), str) and item[name] is not None:
            raise _malformed(f"A document's {name} must be a string.")
    if not item.get("id"):
        raise invalid_batch(wording, "InvalidDocument", "Document id is missing or empty.")
    if item.get("text") is None:
        raise invalid_batch(wording, "InvalidDocument", "Document text is missing.")
    hint = item.get("countryHint")
    return Document(
        item["id"], item["text"], item.get("language") or "en", "US" if hint is None else hint
    )


def _malformed(message: str) -> ServiceError:
    return malformed(f"Request body format is wrong. {message}")


def _check(
    task: Task, document: Document, elements: int, max_elements: int, wording: Wording
) -> dict[str, Any] | None:
    if not document.text.strip():
        message = "Document text is empty."
        return _document_error(wording.invalid_document, "InvalidDocument", message)
    if elements > max_elements:
        message = (
            "A document within the request was too large to be processed. "
            f"Limit document size to: {max_elements} text elements. "
            "For additional details on the data limitations see https://aka.ms/text-analytics-data-limits"
        )
        return _document_error(wording.invalid_document, "InvalidDocument", message)
    if not task.languages:
        if document.country_hint and not _COUNTRY.fullmatch(document.country_hint):
            message = (
                "Country hint is not valid. "
                "Please specify an ISO 3166-1 alpha-2 two letter country code."
            )
            return _document_error("Invalid Country Hint.", "InvalidCountryHint", message)
    elif not _is_supported(document.language, task.languages):
        message = (
            f"{wording.invalid_language.format(document.language)} "
            f"Supported languages: {','.join(task.languages)}. For additional details see "
            f"https://aka.ms/text-analytics/language-support?tabs={task.page}"
        )
        return _document_error("Invalid Language Code.", "UnsupportedLanguageCode", message)
    return None


def _is_supported(language: str, supported: tuple[str, ...]) -> bool:
    """Accept a tag whose language is supported, with or without script and region."""
    return len(language) <= MAX_TAG and _is_tag_of(language, supported)


@lru_cache(maxsize=1_024)
def _is_tag_of(language: str, supported: tuple[str, ...]) -> bool:
    wanted = language.lower().replace("_", "-").partition("-")[0]
    return _TAG.fullmatch(language) is not None and any(
        wanted == tag.partition("-")[0] for tag in supported
    )


def _document_error(message: str, inner_code: str, inner_message: str) -> dict[str, Any]:
    return {
        "code": "InvalidArgument",
        "message": message,
        "innererror": {"code": inner_code, "message": inner_message},
    }


_COUNTRY = regex.compile(r"[A-Za-z]{2}")
_TAG = regex.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")

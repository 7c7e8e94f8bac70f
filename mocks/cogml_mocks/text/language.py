"""Language 2023-04-01: one path for every analysis, kind and options in the body.

Not modelled: jobs (`analyze-text/jobs`), summaries, custom models, conversations,
`loggingOptOut` (nothing is logged anyway).
"""

from typing import Any

from cogml_mocks.operations import Answer, Call, Family, ServiceError, decode_json, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.text import documents, tasks
from cogml_mocks.text.documents import Options, Task

API_VERSIONS = ("2022-05-01", "2023-04-01")
TASKS: dict[str, Task] = {
    "SentimentAnalysis": tasks.SENTIMENT,
    "EntityRecognition": tasks.ENTITIES,
    "PiiEntityRecognition": tasks.PERSONAL,
    "KeyPhraseExtraction": tasks.KEY_PHRASES,
    "LanguageDetection": tasks.LANGUAGE,
    "EntityLinking": tasks.LINKING,
}


def count_documents(body: Any) -> int | None:
    """Count the documents of a request body."""
    given = body.get("analysisInput") if isinstance(body, dict) else None
    found = given.get("documents") if isinstance(given, dict) else None
    return len(found) if isinstance(found, list) else None


FAMILY = Family("/language/", gateway_error, count_documents)


@register("POST", "/language/:analyze-text", FAMILY, api_versions=API_VERSIONS)
def analyze_text(call: Call) -> Answer:
    """Every synchronous analysis."""
    try:
        body = decode_json(call.request.body)
    except ValueError:
        raise documents.invalid_request("InvalidRequestBodyFormat", "Invalid JSON.") from None
    if not isinstance(body, dict):
        raise _malformed("The body must be an object.")
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in TASKS:
        raise documents.invalid_value("kind", kind, tuple(TASKS))
    show_stats = call.query.get("showStats", "false").lower()
    if show_stats not in ("true", "false"):
        raise documents.invalid_value("showStats", show_stats, ("true", "false"))
    options = _options(_object(body, "parameters"), show_stats == "true")
    given = _object(body, "analysisInput").get("documents")
    results, headers = documents.answer(
        call, TASKS[kind], given, options, missing_code="MissingInputDocuments"
    )
    return Answer({"kind": f"{kind}Results", "results": results}, headers=headers)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(f"{name} must be an object.")
    return value


def _options(given: dict[str, Any], show_stats: bool) -> Options:
    for name in ("loggingOptOut", "opinionMining"):
        if not isinstance(given.get(name, False), bool):
            raise documents.invalid_value(name, given[name], ("true", "false"))
    version = given.get("modelVersion", documents.LATEST)
    if not isinstance(version, str):
        raise _malformed("modelVersion must be a string.")
    categories = given.get("piiCategories") or []
    if not isinstance(categories, list) or not all(isinstance(c, str) for c in categories):
        raise _malformed("piiCategories must be an array of strings.")
    return Options(
        show_stats=show_stats,
        model_version=version,
        index_type=documents.check_index_type(given.get("stringIndexType", "TextElements_v8")),
        opinion_mining=given.get("opinionMining", False),
        domain=documents.check_domain(given.get("domain", "none")),
        pii_categories=documents.check_pii_categories(categories),
    )


def _malformed(message: str) -> ServiceError:
    return documents.invalid_request("InvalidRequestBodyFormat", message)

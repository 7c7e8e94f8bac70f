"""Language 2022-05-01 and 2023-04-01: one path for every analysis, kind and options in the body.

An unknown or missing `api-version` is a path that does not exist (404): no recording shows another
answer.

Not modelled: conversations, questions, authoring, `loggingOptOut` (nothing is logged anyway).
"""

from typing import Any

from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register
from cogml_mocks.text import bodies, documents, options, refusals, tasks
from cogml_mocks.text.documents import Task

API_VERSIONS = ("2022-05-01", "2023-04-01")
TASKS: dict[str, Task] = {
    "SentimentAnalysis": tasks.SENTIMENT,
    "EntityRecognition": tasks.ENTITIES,
    "PiiEntityRecognition": tasks.PERSONAL,
    "KeyPhraseExtraction": tasks.KEY_PHRASES,
    "LanguageDetection": tasks.LANGUAGE,
    "EntityLinking": tasks.LINKING,
}


def _error(error: ServiceError) -> dict[str, Any]:
    body = refusals.describe(error)
    code = body["error"]["code"]
    named = ("x-ms-error-code", code)
    if not code.isdecimal() and named not in error.headers:  # the service's own, not the gateway's
        error.headers.append(named)
    return body


FAMILY = Family("/language/", _error, bodies.count_documents)


@register("POST", "/language/:analyze-text", FAMILY, api_versions=API_VERSIONS, slow=True)
def analyze_text(call: Call) -> Answer:
    """Every synchronous analysis."""
    body = bodies.read_body(call)
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in TASKS:
        raise refusals.invalid_value("kind", tuple(TASKS))
    show_stats = options.flag(call.query, "showStats")
    asked = options.from_parameters(bodies.read_object(body, "parameters"), show_stats=show_stats)
    given = bodies.read_object(body, "analysisInput").get("documents")
    results, headers = documents.answer(call, TASKS[kind], given, asked, refusals.LANGUAGE)
    return Answer({"kind": f"{kind}Results", "results": results}, headers=headers)

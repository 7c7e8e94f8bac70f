"""Text Analytics v3.1: one path for each analysis, options in the query.

Not modelled: health (its jobs are not found), `loggingOptOut` (nothing is logged anyway).
"""

from cogml_mocks.operations import Answer, Call, Family
from cogml_mocks.operations import operation as register
from cogml_mocks.text import bodies, documents, options, refusals, tasks
from cogml_mocks.text.documents import Task

PREFIX = "/text/analytics/v3.1"
FAMILY = Family("/text/analytics/", refusals.describe, bodies.count_documents)


@register("POST", f"{PREFIX}/sentiment", FAMILY)
def sentiment(call: Call) -> Answer:
    """Sentiment and opinions."""
    return _answer(call, tasks.SENTIMENT)


@register("POST", f"{PREFIX}/keyPhrases", FAMILY)
def key_phrases(call: Call) -> Answer:
    """Key phrases."""
    return _answer(call, tasks.KEY_PHRASES)


@register("POST", f"{PREFIX}/languages", FAMILY, slow=True)
def languages(call: Call) -> Answer:
    """Languages."""
    return _answer(call, tasks.LANGUAGE)


@register("POST", f"{PREFIX}/entities/recognition/general", FAMILY, slow=True)
def entities(call: Call) -> Answer:
    """Named entities."""
    return _answer(call, tasks.ENTITIES)


@register("POST", f"{PREFIX}/entities/recognition/pii", FAMILY, slow=True)
def personal(call: Call) -> Answer:
    """Personal information."""
    return _answer(call, tasks.PERSONAL)


@register("POST", f"{PREFIX}/entities/linking", FAMILY)
def linked(call: Call) -> Answer:
    """Entities with a page of their own."""
    return _answer(call, tasks.LINKING)


def _answer(call: Call, task: Task) -> Answer:
    asked = options.from_query(call.query)
    given = bodies.read_body(call).get("documents")
    results, headers = documents.answer(call, task, given, asked, refusals.V31)
    return Answer(results, headers=headers)

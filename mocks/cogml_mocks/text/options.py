"""Options are the same in both APIs; v3.1 spells them in the query, jobs and Language in the body.

A parameter that an analysis does not know is ignored, one it knows must have a known value.
"""

from dataclasses import dataclass
from typing import Any

from cogml_mocks.text import pii_categories
from cogml_mocks.text.index import INDEX_TYPES, TextIndex
from cogml_mocks.text.refusals import invalid_task, invalid_value, malformed

LATEST = "latest"
DOMAINS = ("none", "phi")
SORTED_BY = ("Offset", "Rank")
MAX_SENTENCES = 20  # of a summary; recorded: "Supported values 1 (min) to 20 (max)."
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks of its documents, whichever API version spells it."""

    show_stats: bool = False
    model_version: str = LATEST
    index_type: str = "TextElement_v8"
    opinion_mining: bool = False
    domain: str = "none"
    pii_categories: tuple[str, ...] = ()
    sentence_count: int = 3
    sort_by: str = "Offset"

    def index(self, text: str) -> TextIndex:
        """Return the index that converts spans of a text."""
        return TextIndex(text, self.index_type)


def from_query(query: dict[str, str]) -> Options:
    """Read the options of a v3.1 query."""
    flag(query, "loggingOptOut")
    return Options(
        show_stats=flag(query, "showStats"),
        model_version=query.get("model-version") or LATEST,
        index_type=_one_of("stringIndexType", query.get("stringIndexType") or None, INDEX_TYPES),
        opinion_mining=flag(query, "opinionMining"),
        domain=_one_of("domain", query.get("domain", "none"), DOMAINS),
        pii_categories=_categories(
            [name for name in query.get("piiCategories", "").split(",") if name]
        ),
    )


def from_parameters(
    given: dict[str, Any], version: str = "modelVersion", *, show_stats: bool = False
) -> Options:
    """Read the options of a body; ``version`` is how it spells the model version."""
    for name in ("loggingOptOut", "opinionMining"):
        if not isinstance(given.get(name, False), bool):
            raise invalid_value(name, tuple(_FLAGS))
    model_version = given.get(version, LATEST)
    if not isinstance(model_version, str):
        raise malformed(f"{version} must be a string.")
    categories = given.get("piiCategories") or []
    if not isinstance(categories, list) or not all(isinstance(c, str) for c in categories):
        raise malformed("piiCategories must be an array of strings.")
    return Options(
        show_stats=show_stats,
        model_version=model_version,
        index_type=_one_of("stringIndexType", given.get("stringIndexType"), INDEX_TYPES),
        opinion_mining=given.get("opinionMining", False),
        domain=_one_of("domain", given.get("domain", "none"), DOMAINS),
        pii_categories=_categories(categories),
        sentence_count=_sentence_count(given.get("sentenceCount", 3)),
        sort_by=_one_of("sortBy", given.get("sortBy"), SORTED_BY),
    )


def flag(query: dict[str, str], name: str) -> bool:
    """Read a boolean of a query; absent is false."""
    value = query.get(name, "false").lower()
    if value not in _FLAGS:
        raise invalid_value(name, tuple(_FLAGS))
    return _FLAGS[value]


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if value is None:
        return known[0]
    if value not in known:
        raise invalid_value(name, known)
    return str(value)


def _categories(names: list[str]) -> tuple[str, ...]:
    known = pii_categories.NAMES | {pii_categories.ALL, pii_categories.DEFAULT}
    if not known.issuperset(names):
        raise invalid_value("piiCategories", tuple(sorted(known)))
    return tuple(names)


def _sentence_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed("sentenceCount must be an integer.")
    if not 1 <= value <= MAX_SENTENCES:
        raise invalid_task(
            "Job task: 'ExtractiveSummarization' failed with validation error: "
            f"Job task parameter value '{value}' is not supported for sentenceCount parameter "
            "for job task type ExtractiveSummarization. "
            f"Supported values 1 (min) to {MAX_SENTENCES} (max)."
        )
    return value

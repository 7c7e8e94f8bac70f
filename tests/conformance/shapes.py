"""What the answers of Azure's examples hold by name is in ours as well, but for what is known.

A file without `required` lets an empty object pass; an example does not. Names are compared, by
operation, at every depth; lists are one level whatever is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance.api_files import ApiFile
from conformance.exchanges import Exchange

NotShown = dict[str, set[str]]

# Kept by hand: what no answer of the suite's to the examples has, by operation.
_PEOPLE = {"confidence", "faceRectangle", "name"}
NOT_SHOWN: NotShown = {
    # No model writes a summary in words of its own.
    "AnalyzeTextJobStatus": {"tasks.items[].results.documents[].summaries"},
    # Of the languages that the file names the suite translates from and into two.
    "Translator_Languages": {
        f"translation.{code}" for code in ("af", "ar", "ja", "ko", "th", "zh-Hans", "zh-Hant")
    },
    # No model knows people, places or brands; a face has no age; things are of no larger kind.
    "AnalyzeImage": {
        *(f"brands[].{name}" for name in ("confidence", "name", "rectangle")),
        *(f"categories[].detail.celebrities[].{name}" for name in _PEOPLE),
        *("categories[].detail.landmarks", "faces[].age", "faces[].gender", "objects[].parent"),
        "tags[].hint",
    },
    "AnalyzeImageByDomain": {f"result.celebrities[].{name}" for name in _PEOPLE},
    "DetectObjects": {"objects[].parent"},
    "DetectObjectsInStream": {"objects[].parent"},
    # A gallery of some pictures leads to no other searches, and has no recipes.
    "Images_Search": {
        *(f"pivotSuggestions[].{name}" for name in ("pivot", "suggestions")),
        *(f"queryExpansions[].{name}" for name in ("displayText", "text", "searchLink")),
        *(f"queryExpansions[].{name}" for name in ("thumbnail", "webSearchUrl")),
        "value[].insightsMetadata.recipeSourcesCount",
    },
    "Images_Details": {
        "relatedSearches.value[].thumbnail.url",
        "visuallySimilarImages.value[].insightsMetadata.recipeSourcesCount",
    },
}


def not_shown(api: ApiFile, exchanges: Iterable[Exchange]) -> NotShown:
    """The names in the folder's answers of modelled operations that are in none of these."""
    shown: dict[str, set[str]] = {}
    for one in exchanges:
        media_type = one.response.headers.get("content-type", "")
        if one.response.content and media_type.startswith("application/json"):
            shown.setdefault(one.operation.id, set()).update(_names(one.response.json()))
    found: NotShown = {}
    for operation in api.operations:
        wanted = {
            name
            for _, example in api.examples(operation)
            for status, answer in example["responses"].items()
            if status.startswith("2")
            for name in _names(answer.get("body"))
        }
        missing = wanted - shown.get(operation.id, set())
        if operation.modelled and missing:
            found[operation.id] = {one for one in missing if not _is_inside(one, missing)}
    return found


def _names(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{place}.{name}".removeprefix(".")
            yield from _names(inner, f"{place}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, f"{place}[]")


def _is_inside(name: str, others: set[str]) -> bool:
    return any(name.startswith((f"{other}.", f"{other}[")) for other in others)

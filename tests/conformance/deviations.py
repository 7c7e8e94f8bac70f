"""Where a service is known to differ from its API file: what is mended in the file, and why.

Each entry is kept only as long as something that is judged needs it; `test_conformance.py` leaves
them out one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.api_files import Json, Mend, Source


@dataclass(frozen=True)
class Deviation:
    """One thing an API file says that its service does not do; `source` is who says so."""

    path: str
    what: str
    source: str
    mend: Mend

    @property
    def name(self) -> str:
        return f"{Path(self.path).stem}: {self.what}"


def of(source: Source) -> tuple[Deviation, ...]:
    """The deviations of one API file."""
    return tuple(one for one in DEVIATIONS if one.path == source.path)


def _operations(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        yield from methods.values()


def _gateway_answers(status: str) -> Mend:
    """Let a status have the body of the gateway in front of the service too, and no header."""
    words = {"code": {"type": "string", "enum": [status]}, "message": {"type": "string"}}
    error = {"type": "object", "required": ["code", "message"], "properties": words}
    body = {"type": "object", "required": ["error"], "properties": {"error": error}}

    def mend(document: Json) -> None:
        for operation in _operations(document):
            own = operation["responses"]["default"]["schema"]
            operation["responses"][status] = {"schema": {"anyOf": [body, own]}}

    return mend


def _number_codes(document: Json) -> None:
    error = document["definitions"]["ErrorMessage"]["properties"]["error"]
    error["properties"]["code"] = {"type": "integer"}


def _any_language(document: Json) -> None:
    for scope in document["definitions"]["LanguagesResult"]["properties"].values():
        scope["additionalProperties"] = scope.pop("properties")["languageCode"]


def _capital_text(document: Json) -> None:
    for body in document["definitions"].values():
        if "text" in body.get("properties", {}):
            body["properties"]["Text"] = {"type": "string"}


def _detected(document: Json) -> None:
    yes_or_no = {"type": "boolean"}
    document["definitions"]["DetectResult"]["items"]["properties"] = {
        "language": {"type": "string"},
        "score": {"type": "number"},
        "isTranslationSupported": yes_or_no,
        "isTransliterationSupported": yes_or_no,
        "alternatives": {"type": "array", "items": {"type": "object"}},
    }


def _translated(document: Json) -> Json:
    found: Json = document["definitions"]["TranslateResultAll"]["items"]["properties"]
    return found


def _decimals(document: Json) -> None:
    _translated(document)["detectedLanguage"]["properties"]["score"]["type"] = "number"


def _sentence_lengths(document: Json) -> None:
    translation = _translated(document)["translations"]["items"]["properties"]
    for lengths in translation["sentLen"]["properties"].values():
        lengths["items"] = {"type": "integer"}


def _detected_language(document: Json) -> None:
    found = {"language": {"type": "string"}, "score": {"type": "number"}}
    item = document["definitions"]["BreakSentenceResult"]["items"]
    item["properties"]["detectedLanguage"] = {"type": "object", "properties": found}


def _type_outside(document: Json) -> None:
    definitions = document["definitions"]
    del definitions["ResponseBase"]["required"]
    for name in ("Images", "ImageInsights", "TrendingImages", "ErrorResponse"):
        definitions[name].setdefault("required", []).append("_type")


def _later_properties(document: Json) -> None:
    images = document["definitions"]["Images"]["properties"]
    images["queryContext"] = {"type": "object"}
    images["instrumentation"] = {"type": "object"}
    images["currentOffset"] = {"type": "integer"}
    images["relatedSearches"] = {"type": "array", "items": {"$ref": "#/definitions/Query"}}


def _of_an_image(document: Json) -> None:
    definitions = document["definitions"]
    definitions["ImageObject"]["properties"]["isFamilyFriendly"] = {"type": "boolean"}
    for name in ("pagesIncludingCount", "availableSizesCount"):
        definitions["ImagesImageMetadata"]["properties"][name] = {"type": "integer"}


def _last_page(document: Json) -> None:
    for name in ("SecretListResult", "DeletedSecretListResult"):
        document["definitions"][name]["properties"]["nextLink"]["x-nullable"] = True


def _no_sdk_header(document: Json) -> None:
    for operation in _operations(document):
        for parameter in operation["parameters"]:
            if parameter["name"] == "X-BingApis-SDK":
                parameter["required"] = False


def _task_state(document: Json) -> None:
    document["definitions"]["TaskState"]["properties"]["state"] = {"type": "string"}


def _any_warning(document: Json) -> None:
    definitions = document["definitions"]
    code = (
        definitions.get("WarningCodeValue")
        or (definitions["TextAnalyticsWarning"]["properties"]["code"])
    )
    del code["enum"]


def _told_inside(document: Json) -> None:
    inner = document["definitions"]["Azure.Core.Foundations.InnerError"]["properties"]
    inner["message"] = {"type": "string"}


TEXT = "textanalytics-v3.1/TextAnalytics.json"
LANGUAGE = "language-2023-04-01/analyzetext.json"
TRANSLATOR = "translator-v3.0/TranslatorText.json"
VISION = "computervision-v3.2/ComputerVision.json"
READ = "computervision-v3.2/Ocr.json"
ANALYSIS = "imageanalysis-2023-10-01/generated.json"
ANOMALY = "anomalydetector-v1.1/openapi.json"
VAULT = "keyvault-7.5/secrets.json"
SEARCH = "imagesearch-v1.0/ImageSearch.json"
_ROUTED = "the gateway in front finds operations by path and api-version (assumed)"
_RECORDED = "recordings of the Azure SDK for Python; the gateway in front answers, not the service"

DEVIATIONS = (
    *(
        Deviation(path, "a wrong key is refused by the gateway", _RECORDED, _gateway_answers("401"))
        for path in (TEXT, LANGUAGE, VISION, READ, ANALYSIS, ANOMALY, SEARCH, TRANSLATOR)
    ),
    *(
        Deviation(path, "an unknown api-version is no place", _ROUTED, _gateway_answers("404"))
        for path in (LANGUAGE, ANALYSIS)
    ),
    *(
        Deviation(
            path,
            "a document in a language that the suite cannot read has the warning LanguageNotRead",
            "the file, which lets codes be added (modelAsString); the service reads the language",
            _any_warning,
        )
        for path in (TEXT, LANGUAGE)
    ),
    Deviation(
        TEXT,
        "a task of a job also has a state",
        "recordings of the Azure SDK for Python",
        _task_state,
    ),
    Deviation(
        ANALYSIS,
        "an inner error has a message too",
        "learn.microsoft.com, computer-vision/how-to/call-analyze-image-40, error codes",
        _told_inside,
    ),
    Deviation(
        SEARCH,
        "only the outermost object has a _type",
        "the file's own examples",
        _type_outside,
    ),
    Deviation(
        SEARCH,
        "an answer also has queryContext, instrumentation, currentOffset and relatedSearches",
        "learn.microsoft.com, bing-image-search/how-to/search-response",
        _later_properties,
    ),
    Deviation(
        SEARCH,
        "an image also has isFamilyFriendly; its metadata, pagesIncludingCount and "
        "availableSizesCount",
        "learn.microsoft.com, bing-image-search/quickstarts; bing-visual-search/quickstarts",
        _of_an_image,
    ),
    Deviation(
        SEARCH,
        "X-BingApis-SDK is what SDKs send; nobody else has to",
        "learn.microsoft.com, bing-image-search/reference/headers, which does not list it",
        _no_sdk_header,
    ),
    Deviation(
        TRANSLATOR,
        "an error's code is a number of six digits",
        "learn.microsoft.com, translator/reference/v3-0-reference",
        _number_codes,
    ),
    Deviation(
        TRANSLATOR,
        "text may be called Text",
        "the file's own example",
        _capital_text,
    ),
    Deviation(
        TRANSLATOR,
        "a detected language is told with its score, and with what can be done with it",
        "learn.microsoft.com, translator/reference/v3-0-detect",
        _detected,
    ),
    Deviation(
        TRANSLATOR,
        "a score has decimals",
        "learn.microsoft.com, translator/reference/v3-0-translate; azure-ai-translation-text",
        _decimals,
    ),
    Deviation(
        TRANSLATOR,
        "the lengths of sentences are numbers",
        "learn.microsoft.com, translator/reference/v3-0-translate",
        _sentence_lengths,
    ),
    Deviation(
        TRANSLATOR,
        "languages are named by their codes, not languageCode",
        "the file's own example",
        _any_language,
    ),
    Deviation(
        TRANSLATOR,
        "sentences of a language that was not named come with the one detected",
        "learn.microsoft.com, translator/reference/v3-0-break-sentence",
        _detected_language,
    ),
    Deviation(
        VAULT,
        "the last page has a nextLink that is null",
        "recordings of the Azure SDK for Python",
        _last_page,
    ),
)

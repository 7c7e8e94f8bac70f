"""Computer Vision v3.2: what is in a picture, what is written in it, a thumbnail of it.

Everything said is computed from the pixels, or was recorded (`recordings`). What no engine finds
is left out: celebrities, landmarks and brands are empty lists, a face has neither age nor gender.

Not modelled: words in other languages (every language of the service is taken; the words stay
English), hints of tags, rates, pictures of over 50 million pixels.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cogml_mocks.operations import Answer, Call, Family, ServiceError, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.vision import analyses, features, ocr_layout, pictures, query, recordings
from cogml_mocks.vision.pictures import Picture, Rules

if TYPE_CHECKING:  # what computes is imported when the first picture comes
    from cogml_mocks.engines.picture_analysis import Analysis

PREFIX = "/vision/v3.2"
MODEL_VERSION = "2021-05-01"
RULES = Rules(4 * 2**20, 16_000, ("Jpeg", "Png", "Gif", "Bmp"))
OCR_RULES = replace(RULES, max_side=4_200)  # as documented for the older text recognition
MODELS = {"celebrities": ("people_",), "landmarks": ("outdoor_", "building_")}


def error(error: ServiceError) -> dict[str, Any]:
    """Return the error body; what the gateway refuses has the service's outer code too."""
    if error.status == 415:
        inner = (error.code, error.message)
        error = ServiceError(415, "InvalidRequest", error.message, inner)
    return gateway_error(error)


FAMILY = Family("/vision/", error, query.count_pictures, pictures.too_large)
_PICTURE: dict[str, Any] = {
    "media_types": pictures.MEDIA_TYPES,
    "max_body": RULES.max_bytes + 65_536,  # what multipart puts around a picture
    "slow": True,
}


@register("POST", f"{PREFIX}/analyze", FAMILY, **_PICTURE)
def analyze(call: Call) -> Answer:
    """Return the visual features asked for."""
    fields, details = query.features(call), query.details(call)
    query.check_language(call)
    answer = _fields(call, fields)
    if "categories" in answer.document:
        found = answer.document["categories"]
        answer.document["categories"] = [_detailed(category, details) for category in found]
    return _with_captions(answer, 1)


@register("POST", f"{PREFIX}/tag", FAMILY, **_PICTURE)
def tag(call: Call) -> Answer:
    """Return the tags of a picture."""
    query.check_language(call)
    return _fields(call, ["tags"])


@register("POST", f"{PREFIX}/describe", FAMILY, **_PICTURE)
def describe(call: Call) -> Answer:
    """Return tags and captions."""
    query.details(call)
    query.check_language(call)
    count = query.candidates(call)
    return _with_captions(_fields(call, ["description"]), count)


@register("POST", f"{PREFIX}/detect", FAMILY, **_PICTURE)
def detect(call: Call) -> Answer:
    """Return the objects of a picture."""
    query.check_model_version(call)
    return _fields(call, ["objects"])


@register("GET", f"{PREFIX}/models", FAMILY)
def models(call: Call) -> Answer:
    """List the domain-specific models."""
    found = [{"name": name, "categories": [*prefixes]} for name, prefixes in MODELS.items()]
    return Answer({"models": found})


@register("POST", f"{PREFIX}/models/{{model}}/analyze", FAMILY, **_PICTURE)
def analyze_by_model(call: Call) -> Answer:
    """Return what a domain-specific model finds: nobody and nothing."""
    name = call.path["model"].lower()
    if name not in MODELS:
        raise query.invalid_model(call.path["model"])
    query.check_language(call)
    answer = _fields(call, [])
    answer.document["result"] = {name: []}
    return answer


@register("POST", f"{PREFIX}/areaOfInterest", FAMILY, **_PICTURE)
def area_of_interest(call: Call) -> Answer:
    """Return the area a picture is about."""
    from cogml_mocks.engines import thumbnails

    query.check_model_version(call)
    picture, analysis, scale = _analysis(call)
    area = thumbnails.area_of_interest(analysis.pixels, analysis.faces)
    rectangle = dict(zip("xywh", (round(side * scale) for side in area), strict=True))
    return Answer({"areaOfInterest": rectangle, **_about(_metadata(picture))})


@register("POST", f"{PREFIX}/generateThumbnail", FAMILY, **_PICTURE)
def generate_thumbnail(call: Call) -> Answer:
    """Return a JPEG of the size asked for."""
    from cogml_mocks.engines import thumbnails

    width, height = query.thumbnail_size(call)
    smart = query.flag(call, "smartCropping", "false")
    query.check_model_version(call)
    _, analysis, _ = _analysis(call)
    area = thumbnails.area_of_interest(analysis.pixels, analysis.faces) if smart else None
    content = thumbnails.thumbnail(analysis.pixels, width, height, area)
    return Answer(content=content, media_type="application/octet-stream")  # as its API file says


@register("POST", f"{PREFIX}/ocr", FAMILY, **_PICTURE)
def ocr(call: Call) -> Answer:
    """Return the text of a picture by region, line and word."""
    language = query.ocr_language(call)
    turn = query.flag(call, "detectOrientation", "true")
    query.check_model_version(call)
    picture, analysis, scale = _analysis(call, OCR_RULES)
    size = (picture.width, picture.height)
    found = ocr_layout.document(analysis.lines, language, turn, scale, size)
    return Answer({**found, "modelVersion": MODEL_VERSION})


def _fields(call: Call, fields: list[str]) -> Answer:
    """Return what was recorded of the fields, and the rest computed."""
    known = recordings.load(call.settings.recordings)
    recorded = known.of_address(pictures.address_of(call))
    found = dict(recorded)
    if not found.keys() >= {"metadata", *fields}:
        picture = pictures.take(call, RULES)
        recorded = recorded or known.of_digest(picture.digest)
        found = {"metadata": _metadata(picture), **recorded}
        missing = [field for field in fields if field not in found]
        if missing:
            analysis = analyses.of(picture)
            scale = picture.width / analysis.pixels.shape[1]
            for field in missing:
                found[field] = features.compute(field, analysis, scale)
    call.documents = 1
    document = {field: found[field] for field in fields}
    headers = [recordings.MARK] if recorded.keys() & set(fields) else []
    return Answer({**document, **_about(found["metadata"])}, headers=headers)


def _detailed(category: dict[str, Any], details: list[str]) -> dict[str, Any]:
    """Return a category with the details asked for that it may have: none of them is known."""
    prefixes = {name: MODELS[name] for name in details}
    detail: dict[str, list[Any]] = {
        name: [] for name, starts in prefixes.items() if category["name"].startswith(starts)
    }
    return {**category, "detail": detail} if detail else category


def _with_captions(answer: Answer, count: int) -> Answer:
    description = answer.document.get("description")
    if description is not None:
        kept = description["captions"][:count]
        answer.document["description"] = {**description, "captions": kept}
    return answer


def _analysis(call: Call, rules: Rules = RULES) -> tuple[Picture, "Analysis", float]:
    picture = pictures.take(call, rules)
    analysis = analyses.of(picture)
    call.documents = 1
    return picture, analysis, picture.width / analysis.pixels.shape[1]


def _metadata(picture: Picture) -> dict[str, Any]:
    return {"width": picture.width, "height": picture.height, "format": picture.header.format}


def _about(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"requestId": str(uuid4()), "metadata": metadata, "modelVersion": MODEL_VERSION}

"""Image Analysis 4.0: one operation gives every feature of a picture that is asked for.

Everything said is computed from the pixels, or was recorded (`recordings`). A picture without text
has no `readResult`: its schema allows no empty one.

Not modelled: custom models (there is none of any name); words in other languages; ICO; pictures of
over 50 million pixels. Captions computed here are neutral of gender whether or not that is asked
for; recorded ones are as they were recorded.
"""

import re
from dataclasses import dataclass
from typing import Any

from cogml_mocks.operations import Answer, Call, Family, ServiceError, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.vision import analyses, image_results, pictures, query, recordings
from cogml_mocks.vision.pictures import Picture, Rules

PATH = "/computervision/imageanalysis:analyze"
API_VERSIONS = ("2023-10-01", "2024-02-01")
MODEL_VERSION = "2023-10-01"
FEATURES = {name.lower(): name for name in image_results.FEATURES}
CAPTIONS = ("caption", "denseCaptions")  # in English only, as documented
RATIOS = (0.75, 1.8)
RULES = Rules(
    20 * 2**20,
    16_000,
    ("Jpeg", "Png", "Gif", "Bmp", "Tiff", "Webp"),
    bad_dimension="InvalidImageDimension",
)
BILLING = ("csp-billing-usage", "CognitiveServices.ComputerVision.Transaction=1")


def too_large(limit: int) -> ServiceError:
    """Return the refusal of too many bytes, or of none."""
    return _refusal(_SIZE)


FAMILY = Family("/computervision/", gateway_error, query.count_pictures, too_large)


@dataclass(frozen=True, slots=True)
class Asked:
    """The features asked for, each once, and the widths to heights of crops."""

    features: tuple[str, ...]
    ratios: tuple[float, ...]


@register(
    "POST",
    PATH,
    FAMILY,
    media_types=(),  # an unknown one is a 400 here
    max_body=RULES.max_bytes + 65_536,  # what multipart puts around a picture
    slow=True,
    api_versions=API_VERSIONS,
)
def analyze(call: Call) -> Answer:
    """Return the features asked for of a picture."""
    _check_media_type(call)
    asked = _asked({name.lower(): value for name, value in call.query.items()})
    call.documents = 1
    try:
        results, headers = _results(call, asked)
    except ServiceError as error:
        raise _reworded(error) from None
    found = {"modelVersion": MODEL_VERSION, **results}
    return Answer(found, headers=[BILLING, *headers])


def _results(call: Call, asked: Asked) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    known = recordings.load(call.settings.recordings)
    found = image_results.of_recording(known.of_address(pictures.address_of(call)))
    if not found.keys() >= {"metadata", *asked.features}:
        picture = _take(call)
        size = (picture.width, picture.height)
        found = found or image_results.of_recording(known.of_digest(picture.digest))
        found = {"metadata": dict(zip(("width", "height"), size, strict=True)), **found}
    marks = [recordings.MARK] if found.keys() & set(asked.features) else []
    missing = [name for name in asked.features if name not in found]
    if missing:
        seen = image_results.Seen(analyses.of(picture), size, asked.ratios, found.get("caption"))
        found |= {name: image_results.compute(name, seen) for name in missing}
    results = {f"{name}Result": found[name] for name in asked.features if found[name] is not None}
    return {"metadata": found["metadata"], **results}, marks


def _take(call: Call) -> Picture:
    if not call.request.body:
        raise too_large(RULES.max_bytes)
    return pictures.take(call, RULES)


def _check_media_type(call: Call) -> None:
    media_type = call.request.media_type
    if media_type not in pictures.MEDIA_TYPES:
        shown = media_type[:100]
        raise _refusal(f"The provided image content type {shown} is not supported.")


def _asked(given: dict[str, str]) -> Asked:
    if given.get("model-name"):
        raise ServiceError(404, "404", "Resource not found", headers=[(_CODE, "404")])
    names = [name.strip().lower() for name in given.get("features", "").split(",")]
    names = list(dict.fromkeys(name for name in names if name))
    if not names:
        raise _refusal(
            "Either 'features' or 'model-name' needs to be specified in the query parameter."
        )
    if not FEATURES.keys() >= set(names):
        raise _invalid("NotSupportedVisualFeature", "Specified feature type is not valid")
    features = tuple(FEATURES[name] for name in names)
    language = given.get("language") or "en"
    english_only = language != "en" and any(name in CAPTIONS for name in features)
    if english_only or language not in query.LANGUAGES:
        raise _invalid("NotSupportedLanguage", "The input language is not supported.")
    if (given.get("gender-neutral-caption") or "false").lower() not in ("true", "false"):
        raise _invalid("BadArgument", "'gender-neutral-caption' is not a boolean")
    if (given.get("model-version") or "latest") not in ("latest", MODEL_VERSION):
        raise _invalid("BadArgument", "'model-version' is not a known version")
    return Asked(features, _ratios(given.get("smartcrops-aspect-ratios", "")))


def _ratios(text: str) -> tuple[float, ...]:
    ratios = []
    for part in text.split(",") if text else ():
        if not _NUMBER.fullmatch(part.strip()) or not RATIOS[0] <= float(part) <= RATIOS[1]:
            raise _invalid("BadArgument", _RATIO)
        ratios.append(float(part))
    return tuple(ratios)


def _reworded(error: ServiceError) -> ServiceError:
    """Return a refusal of a picture in this interface's words."""
    if error.inner is None:
        return error
    code, detail = error.inner
    inner = error.inner if code == "InvalidImageFormat" else None
    refusal = _refusal(_WORDS.get(code, detail), inner)
    refusal.headers.append(BILLING)
    return refusal


def _invalid(code: str, detail: str) -> ServiceError:
    return _refusal("Analyze query is invalid.", (code, detail))


def _refusal(message: str, inner: tuple[str, str] | None = None) -> ServiceError:
    headers = [(_CODE, "InvalidRequest")]
    return ServiceError(400, "InvalidRequest", message, inner, headers)


_CODE = "x-ms-error-code"
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,17})?", re.ASCII)
_RATIO = "'smartcrops-aspect-ratios' aspect ratio is not in allowed range [0.75 to 1.8]"
_SIZE = f"The image size is not allowed to be zero or larger than {RULES.max_bytes} bytes."
_WORDS = {
    "InvalidImageSize": _SIZE,
    "InvalidImageDimension": (
        f"The image dimension is not allowed to be smaller than {pictures.MIN_SIDE} and larger "
        f"than {RULES.max_side}."
    ),
    "InvalidImageUrl": "The provided image url is not accessible.",
    "InvalidImageFormat": "Image format is not valid.",
}

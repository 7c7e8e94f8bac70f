"""What a request asks of a picture is checked before the picture is fetched.

Names of features and details are taken in any case; everything else as it is documented.
"""

import re
from typing import Any

from cogml_mocks.operations import Call, ServiceError

FEATURES = {
    "categories": "categories",
    "tags": "tags",
    "description": "description",
    "faces": "faces",
    "imagetype": "imageType",
    "color": "color",
    "adult": "adult",
    "brands": "brands",
    "objects": "objects",
}
DETAILS = ("celebrities", "landmarks")
LANGUAGES = (
    "ar", "az", "bg", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fi",
    "fr", "ga", "gl", "he", "hi", "hr", "hu", "id", "it", "ja", "kk", "ko", "lt", "lv", "mk",
    "ms", "nb", "nl", "pl", "prs", "pt", "pt-BR", "pt-PT", "ro", "ru", "sk", "sl", "sr-Cyrl",
    "sr-Latn", "sv", "th", "tr", "uk", "vi", "zh", "zh-Hans", "zh-Hant",
)  # fmt: skip
OCR_LANGUAGES = (
    "unk", "zh-Hans", "zh-Hant", "cs", "da", "nl", "en", "fi", "fr", "de", "el", "hu", "it",
    "ja", "ko", "nb", "pl", "pt", "ru", "es", "sv", "tr", "ar", "ro", "sr-Cyrl", "sr-Latn",
    "sk",
)  # fmt: skip
MODEL_VERSIONS = ("latest", "2021-04-01", "2021-05-01")
MAX_CANDIDATES = 10
MAX_THUMBNAIL_SIDE = 1_024
_FLAGS = {"true": True, "false": False}


def count_pictures(body: Any) -> int | None:
    """Count the pictures a JSON body names."""
    return 1 if isinstance(body, dict) and "url" in body else None


def features(call: Call) -> list[str]:
    """Return the answer's fields for ``visualFeatures``; ``categories`` unless told."""
    names = _names(call, "visualFeatures") or ["categories"]
    for name in names:
        if name not in FEATURES:
            message = f"Specified feature type is not valid: {name}."
            raise _refusal("NotSupportedVisualFeature", message)
    return [FEATURES[name] for name in dict.fromkeys(names)]


def details(call: Call) -> list[str]:
    """Return the known ``details``."""
    for name in _names(call, "descriptionExclude"):
        if name not in DETAILS:
            raise _refusal("BadArgument", f"descriptionExclude is not valid: {name}.")
    found = _names(call, "details")
    for name in found:
        if name not in DETAILS:
            raise _refusal("InvalidDetails", f"Unsupported detail: {name}.")
    return found


def check_language(call: Call) -> None:
    """Refuse a language the service does not speak, or an unknown model version."""
    language = call.query.get("language") or "en"
    if language not in LANGUAGES:
        raise not_supported_language(language)
    check_model_version(call)


def check_model_version(call: Call) -> None:
    """Refuse an unknown ``model-version``."""
    version = call.query.get("model-version") or "latest"
    if version not in MODEL_VERSIONS:
        known = ",".join(MODEL_VERSIONS)
        raise _refusal("BadArgument", f"Invalid model version. Possible values are: {known}.")


def ocr_language(call: Call) -> str:
    """Return the language text is read in; ``unk`` for any."""
    language = call.query.get("language") or "unk"
    if language not in OCR_LANGUAGES:
        raise not_supported_language(language)
    return language


def candidates(call: Call) -> int:
    """Return ``maxCandidates``, 1 unless told."""
    return _number(call, "maxCandidates", 1, MAX_CANDIDATES, "BadArgument", default="1")


def thumbnail_size(call: Call) -> tuple[int, int]:
    """Return width and height, each from 1 to 1,024."""
    width, height = (
        _number(call, name, 1, MAX_THUMBNAIL_SIDE, "InvalidThumbnailSize")
        for name in ("width", "height")
    )
    return width, height


def flag(call: Call, name: str, default: str) -> bool:
    """Return a boolean parameter."""
    value = (call.query.get(name) or default).lower()
    if value not in _FLAGS:
        raise _refusal("BadArgument", f"{name} must be true or false.")
    return _FLAGS[value]


def not_supported_language(language: str) -> ServiceError:
    """Return the refusal of a language."""
    return _refusal("NotSupportedLanguage", f"The language {language} is not supported.")


def invalid_model(name: str) -> ServiceError:
    """Return the refusal of a domain-specific model nobody has."""
    return _refusal("InvalidModel", f"The model {name} is not supported.")


def _names(call: Call, parameter: str) -> list[str]:
    parts = call.query.get(parameter, "").split(",")
    return [part.strip().lower() for part in parts if part.strip()]


def _number(call: Call, name: str, least: int, most: int, code: str, default: str = "") -> int:
    value = call.query.get(name) or default
    if not _DIGITS.fullmatch(value) or not least <= int(value) <= most:
        raise _refusal(code, f"{name} must be a number from {least} to {most}.")
    return int(value)


def _refusal(code: str, message: str) -> ServiceError:
    return ServiceError(400, "InvalidRequest", message, (code, message))


_DIGITS = re.compile(r"[0-9]{1,6}")

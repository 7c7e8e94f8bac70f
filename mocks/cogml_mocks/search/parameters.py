"""Bing's query parameters are each checked against the values its reference lists.

Values of a list are compared without regard to case, as the service does. File sizes over
`LARGEST_FILE` count as that. A width excludes a least and a largest width, heights likewise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cogml_mocks.engines.gallery_index import ASPECTS, SIZES, Criteria
from cogml_mocks.operations import ServiceError

MAX_COUNT = 150
DEFAULT_COUNT = 35
LARGEST_FILE = 520_192
MARKETS = (
    "en-US", "en-GB", "en-AU", "en-CA", "en-IN", "en-ID", "en-MY", "en-NZ", "en-PH", "en-ZA",
    "de-DE", "de-AT", "de-CH", "fr-FR", "fr-BE", "fr-CA", "fr-CH", "es-ES", "es-AR", "es-CL",
    "es-MX", "es-US", "it-IT", "nl-NL", "nl-BE", "pt-BR", "pt-PT", "da-DK", "fi-FI", "no-NO",
    "sv-SE", "pl-PL", "ru-RU", "tr-TR", "ja-JP", "ko-KR", "zh-CN", "zh-HK", "zh-TW",
)  # fmt: skip
COLOURS = (
    "ColorOnly", "Monochrome", "Black", "Blue", "Brown", "Gray", "Green", "Orange", "Pink",
    "Purple", "Red", "Teal", "White", "Yellow",
)  # fmt: skip
TYPES = ("AnimatedGif", "AnimatedGifHttps", "Clipart", "Line", "Photo", "Shopping", "Transparent")
FRESHNESS = {"Day": 1, "Week": 7, "Month": 30}
LICENCES = ("Any", "Public", "Share", "ShareCommercially", "Modify", "ModifyCommercially")
MODULES = (
    "All", "BRQ", "Caption", "Collections", "Recipes", "PagesIncluding", "RecognizedEntities",
    "RelatedSearches", "ShoppingSources", "SimilarImages", "SimilarProducts", "Tags",
)  # fmt: skip
EVERY_MODULE = MODULES[1:]  # what ``All`` stands for
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SHARE = re.compile(r"0(\.[0-9]{1,17})?|1(\.0{1,17})?", re.ASCII)
_TOKEN = re.compile(r"(?:.*\*)?mid_([0-9A-Fa-f]{40})(?:\*.*)?", re.ASCII)
_MARKET = re.compile(r"[A-Za-z]{2,3}-[A-Za-z]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{2,4})?")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(slots=True)
class Refusal(ServiceError):
    """A refusal that names the parameter at fault."""

    parameter: str = ""
    value: str = ""


def error_body(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as the search services write it."""
    code, sub_code = _CODES.get(error.status, ("InvalidRequest", None))
    if error.status >= 500:
        code, sub_code = "ServerError", "UnexpectedError"
    shown = {"code": code, "subCode": sub_code, "message": error.message}
    if error.status == 401:
        shown |= {"message": "Authorization is required.", "moreDetails": _UNKNOWN_KEY}
    if isinstance(error, Refusal):
        shown |= {"subCode": error.code, "parameter": error.parameter, "value": error.value}
        shown["moreDetails"] = error.inner[1] if error.inner else None
    return {
        "_type": "ErrorResponse",
        "errors": [{name: value for name, value in shown.items() if value}],
    }


_UNKNOWN_KEY = "Subscription key is not recognized."
_CODES = {
    401: ("InvalidAuthorization", "AuthorizationMissing"),
    403: ("InsufficientAuthorization", "AuthorizationDisabled"),
    410: ("InvalidRequest", "HttpNotAllowed"),
    429: ("RateLimitExceeded", None),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One search: words, page, market, and what the pictures must be."""

    query: str
    count: int
    offset: int
    market: str
    criteria: Criteria
    first: str | None


def read(query: Mapping[str, str], accept_language: str = "") -> Asked:
    """Check every parameter of a search; ``Refusal`` for the first that is not valid."""
    words = _words(query)
    count = _number(query, "count", 1, MAX_COUNT)
    offset = _number(query, "offset", 0)
    market = read_market(query, accept_language)
    for exact in ("Width", "Height"):
        for bound in (f"min{exact}", f"max{exact}"):
            if exact.lower() in query and bound in query:
                raise _invalid(query, bound, f"It excludes {exact.lower()}.")
    freshness = _one_of(query, "freshness", tuple(FRESHNESS))
    licence = _one_of(query, "license", LICENCES, unfiltered="All")
    return Asked(
        query=words,
        count=DEFAULT_COUNT if count is None else count,
        offset=offset or 0,
        market=market,
        criteria=Criteria(
            aspect=_one_of(query, "aspect", tuple(ASPECTS), unfiltered="All"),
            size=_one_of(query, "size", tuple(SIZES), unfiltered="All"),
            type=_one_of(query, "imageType", TYPES),
            content=_one_of(query, "imageContent", ("Face", "Portrait")),
            licensed=None if licence is None else True,
            days=FRESHNESS[freshness] if freshness else None,
            width=_number(query, "width", 1),
            height=_number(query, "height", 1),
            min_width=_number(query, "minWidth"),
            max_width=_number(query, "maxWidth"),
            min_height=_number(query, "minHeight"),
            max_height=_number(query, "maxHeight"),
            min_bytes=_file_size(query, "minFileSize"),
            max_bytes=_file_size(query, "maxFileSize"),
            colour=_one_of(query, "color", COLOURS),
        ),
        first=query.get("id"),
    )


@dataclass(frozen=True, slots=True)
class AskedInsights:
    """One request for insights: words, market, modules, and what tells the picture.

    ``token`` is the identifier in a token.
    """

    query: str
    market: str
    modules: tuple[str, ...]
    token: str | None
    address: str | None
    identifier: str | None


def read_insights(query: Mapping[str, str], accept_language: str = "") -> AskedInsights:
    """Check every parameter of a request for insights; ``Refusal`` as for a search."""
    words = _words(query)
    market = read_market(query, accept_language)
    _one_of(query, "ct", ("Rectangular", "0"))
    for side in ("cab", "cal", "car", "cat"):
        if side in query and not _SHARE.fullmatch(query[side]):
            raise _invalid(query, side, "It is a number from 0.0 to 1.0.")
    token = query.get("insightsToken")
    match = _TOKEN.fullmatch(token) if token else None
    if token is not None and match is None:
        raise _invalid(query, "insightsToken", _UNKNOWN_TOKEN)
    return AskedInsights(
        query=words,
        market=market,
        modules=_modules(query),
        token=match[1].upper() if match else None,
        address=query.get("imgUrl"),
        identifier=query.get("id"),
    )


def unknown_token(query: Mapping[str, str]) -> Refusal:
    """Return the refusal of a token of no picture of the index."""
    return _invalid(query, "insightsToken", _UNKNOWN_TOKEN)


def read_market(query: Mapping[str, str], accept_language: str = "") -> str:
    """Check what every request may say of who asks; return the market."""
    _one_of(query, "safeSearch", ("Off", "Moderate", "Strict"))
    _shaped(query, "setLang", _LANGUAGE)
    return _market(query, accept_language)


def _words(query: Mapping[str, str]) -> str:
    if not query.get("q", "").strip():
        message = "Required parameter is missing."
        raise Refusal(400, "ParameterMissing", message, parameter="q")
    return query["q"]


def _modules(query: Mapping[str, str]) -> tuple[str, ...]:
    """Return the modules asked for; ``All`` stands for every other."""
    known = {name.lower(): name for name in MODULES}
    found = []
    for name in query.get("modules", "").split(","):
        if name.strip().lower() not in known and name.strip():
            raise _invalid(query, "modules", f"Each is one of {', '.join(MODULES)}.")
        found += [known[name.strip().lower()]] if name.strip() else []
    return EVERY_MODULE if "All" in found else tuple(dict.fromkeys(found))


def _number(
    query: Mapping[str, str], name: str, least: int = 0, most: int | None = None
) -> int | None:
    given = query.get(name)
    if given is None:
        return None
    limits = f"at least {least}" if most is None else f"from {least} to {most}"
    if not _NUMBER.fullmatch(given) or int(given) < least or (most and int(given) > most):
        raise _invalid(query, name, f"It is a whole number, {limits}.")
    return int(given)


def _file_size(query: Mapping[str, str], name: str) -> int | None:
    size = _number(query, name)
    return None if size is None else min(size, LARGEST_FILE)


def _one_of(
    query: Mapping[str, str], name: str, allowed: tuple[str, ...], unfiltered: str = ""
) -> str | None:
    given = query.get(name)
    if given is None or (unfiltered and given.lower() == unfiltered.lower()):
        return None
    for value in allowed:
        if given.lower() == value.lower():
            return value
    known = (unfiltered, *allowed) if unfiltered else allowed
    raise _invalid(query, name, f"It is one of {', '.join(known)}.")


def _market(query: Mapping[str, str], accept_language: str) -> str:
    """Return the listed market nearest to what was asked for; the language decides first."""
    given = _shaped(query, "mkt", _MARKET)
    country = _shaped(query, "cc", _COUNTRY)
    if given is None and country is not None:
        given = f"{accept_language.partition(',')[0].partition('-')[0].strip()}-{country}"
    if given is None:
        return MARKETS[0]
    language, _, country = given.lower().partition("-")
    for market in MARKETS:
        if market.lower() == f"{language}-{country}":
            return market
    near = [m for m in MARKETS if m.startswith(f"{language}-")]
    near += [m for m in MARKETS if m.lower().endswith(f"-{country}")]
    return near[0] if near else MARKETS[0]


def _shaped(query: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str | None:
    given = query.get(name)
    if given is not None and not shape.fullmatch(given):
        raise _invalid(query, name, "It is a code such as en, en-US or US.")
    return given


_UNKNOWN_TOKEN = "It is the imageInsightsToken of an image in a search's answer."


def _invalid(query: Mapping[str, str], name: str, details: str) -> Refusal:
    message = "Parameter has invalid value."
    inner = ("ParameterInvalidValue", details)
    return Refusal(
        400, "ParameterInvalidValue", message, inner, parameter=name, value=query[name][:100]
    )

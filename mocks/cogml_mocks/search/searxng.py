"""SearXNG's search interface, in JSON, with one engine: the gallery.

The instance gives 20 results a page and has no format but JSON: any other is forbidden, as it is
where a format is not enabled. As in SearXNG, pictures are found only when their category or their
engine is asked for, and a fault is one line of text under ``error``.

Not modelled: other categories than images, bangs and other search syntax, preferences, results by
language, HTML, CSV and RSS.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cogml_mocks.engines import gallery, gallery_index
from cogml_mocks.engines.gallery_catalogue import Picture
from cogml_mocks.engines.gallery_index import Criteria
from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register

PAGE_SIZE = 20
ENGINE, CATEGORY = "gallery", "images"
TIME_RANGES = {"day": 1, "week": 7, "month": 31, "year": 365}
FORM = "application/x-www-form-urlencoded"
_LANGUAGE = re.compile(r"all|auto|[a-z]{2,3}(-[a-zA-Z]{2})?")
_PAGE = re.compile(r"0*[1-9][0-9]{0,8}", re.ASCII)
_FORBIDDEN = b"<!doctype html>\n<html lang=en>\n<title>403 Forbidden</title>\n<h1>Forbidden</h1>\n"


def _error(error: ServiceError) -> dict[str, Any]:
    return {"error": error.message}


SEARXNG = Family("/searxng", _error)


@register("GET", "/searxng/search", SEARXNG, slow=True, keyless=True)
@register("GET", "/searxng/", SEARXNG, slow=True, keyless=True)
@register("POST", "/searxng/search", SEARXNG, slow=True, keyless=True, media_types=(FORM,))
@register("POST", "/searxng/", SEARXNG, slow=True, keyless=True, media_types=(FORM,))
def search(call: Call) -> Answer:
    """One page of the pictures that match a query."""
    given = call.query
    if call.request.method == "POST":
        form = parse_qsl(call.request.body.decode("utf-8", "replace"), keep_blank_values=True)
        given = given | dict(reversed(form))
    if given.get("format", "html").lower() != "json":
        return Answer(content=_FORBIDDEN, status=403, media_type="text/html; charset=utf-8")
    query = given.get("q", "")
    if not query.strip():
        raise ServiceError(400, "400", "No query")
    page = int(_checked(given, "pageno", "1", _PAGE))
    _checked(given, "language", "all", _LANGUAGE)
    _checked(given, "safesearch", "0", re.compile("[012]"))
    _checked(given, "time_range", "", re.compile("|".join(("", *TIME_RANGES))))
    call.documents = 1
    days = TIME_RANGES.get(given.get("time_range", ""))
    found = gallery_index.find(query, Criteria(days=days)) if _asks_for_pictures(given) else []
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Answer(
        {
            "query": query,
            "number_of_results": len(found),
            "results": [_result(p, i, call.base_url) for i, p in enumerate(shown, 1)],
            "answers": [],
            "corrections": [],
            "infoboxes": [],
            "suggestions": [],
            "unresponsive_engines": [],
        },
        media_type="application/json",
    )


def _checked(given: Mapping[str, str], name: str, default: str, allowed: re.Pattern[str]) -> str:
    value = given.get(name, default)
    if not allowed.fullmatch(value):
        shown = f'Invalid value "{value[:100]}"' if value else "Empty value"
        raise ServiceError(400, "400", f"{shown} for parameter {name}")
    return value


def _asks_for_pictures(given: Mapping[str, str]) -> bool:
    categories = [name.strip() for name in given.get("categories", "").split(",")]
    engines = [name.strip() for name in given.get("engines", "").split(",")]
    return CATEGORY in categories or ENGINE in engines


def _result(picture: Picture, position: int, base_url: str) -> dict[str, Any]:
    drawn = gallery.drawn(picture)
    page = f"{base_url}/gallery/{picture.name}"
    width, height = picture.size
    return {
        "template": "images.html",
        "url": page,
        "title": picture.title,
        "content": picture.keywords,
        "img_src": f"{base_url}/gallery/{picture.file}",
        "thumbnail_src": f"{base_url}/gallery/thumbnails/{picture.name}.jpg",
        "thumbnail": "",
        "resolution": f"{width} x {height}",
        "img_format": picture.encoding,
        "filesize": f"{len(drawn.content) / 1024:.2f} KB",
        "source": urlsplit(page).netloc,
        "publishedDate": f"{picture.published.isoformat()}T12:00:00",
        "engine": ENGINE,
        "engines": [ENGINE],
        "parsed_url": [*urlsplit(page)[:3], "", *urlsplit(page)[3:]],
        "positions": [position],
        "score": 1 / position,
        "category": CATEGORY,
    }

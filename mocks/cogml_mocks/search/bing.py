"""Bing Image Search v7 answers from a gallery of pictures that the suite draws, and serves, itself.

The gallery's pictures, thumbnails and pages are under `/gallery` and need no key.

Not modelled: search operators, insights, trending and visual search, suggestions and expansions,
results by market, adult content, JSON-LD, thumbnails of other sizes.
"""

import re
from html import escape
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from cogml_mocks.engines import gallery, gallery_index
from cogml_mocks.engines.gallery_catalogue import BY_FILE, BY_NAME, PICTURES, Picture
from cogml_mocks.operations import Answer, Call, Family, ServiceError, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.search import parameters

BING = Family("/v7.0/", parameters.error_body)
BING_MULTI_SERVICE = Family("/bing/", parameters.error_body)
GALLERY = Family("/gallery", gateway_error)


@register("GET", "/v7.0/images/search", BING, slow=True)
@register("GET", "/bing/v7.0/images/search", BING_MULTI_SERVICE, slow=True)
def search_images(call: Call) -> Answer:
    """One page of the pictures that match a query and its filters."""
    headers = call.request.headers
    asked = parameters.read(call.query, headers.get("accept-language", ""))
    call.documents = 1
    found = gallery_index.find(asked.query, asked.criteria)
    if asked.first is not None:
        found.sort(key=lambda picture: gallery.identifier(picture) != asked.first)
    page = found[asked.offset : asked.offset + asked.count]
    words = quote_plus(asked.query)
    document = {
        "_type": "Images",
        "instrumentation": {"_type": "ResponseInstrumentation"},
        "readLink": f"{call.base_url}/v7.0/images/search?q={words}",
        "webSearchUrl": f"{call.base_url}/gallery?q={words}",
        "queryContext": {"originalQuery": asked.query},
        "totalEstimatedMatches": len(found),
        "nextOffset": asked.offset + len(page),
        "currentOffset": asked.offset,
        "value": [_image_object(picture, call.base_url, words) for picture in page],
        "queryExpansions": [],
        "pivotSuggestions": [],
        "relatedSearches": [],
    }
    return Answer(document, headers=_headers(headers, asked.market))


def _headers(given: dict[str, str], market: str) -> list[tuple[str, str]]:
    client = given.get("x-msedge-clientid", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", client):
        client = uuid4().hex.upper()
    trace = uuid4().hex.upper()
    return [
        ("BingAPIs-TraceId", trace), ("BingAPIs-Market", market), ("X-MSEdge-ClientID", client),
    ]  # fmt: skip


def _image_object(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    drawn = gallery.drawn(picture)
    identifier = gallery.identifier(picture)
    page = f"{base_url}/gallery/{picture.name}"
    width, height = drawn.thumbnail_size
    token = f"ccid_{identifier[:8]}*mid_{identifier}*simid_{int(identifier[:15], 16)}"
    return {
        "webSearchUrl": f"{base_url}/gallery?q={words}&id={identifier}",
        "name": picture.title,
        "thumbnailUrl": f"{base_url}/gallery/thumbnails/{picture.name}.jpg",
        "datePublished": f"{picture.published.isoformat()}T12:00:00.0000000Z",
        "isFamilyFriendly": True,
        "contentUrl": f"{base_url}/gallery/{picture.file}",
        "hostPageUrl": page,
        "contentSize": f"{len(drawn.content)} B",
        "encodingFormat": picture.encoding,
        "hostPageDisplayUrl": page.partition("://")[2],
        "width": picture.size[0],
        "height": picture.size[1],
        "thumbnail": {"width": width, "height": height},
        "imageInsightsToken": token,
        "insightsMetadata": {"pagesIncludingCount": 1, "availableSizesCount": 1},
        "imageId": identifier,
        "accentColor": drawn.accent,
    }


@register("GET", "/gallery", GALLERY, slow=True, keyless=True)
def list_gallery(call: Call) -> Answer:
    """A page of all pictures, or of those that match ``q``."""
    query = call.query.get("q", "")
    found = gallery_index.find(query) if query else PICTURES
    shown = [
        f'<a href="{call.base_url}/gallery/{picture.name}">'
        f'<img src="{call.base_url}/gallery/thumbnails/{picture.name}.jpg" '
        f'alt="{escape(picture.title)}"></a>'
        for picture in found
    ]
    return _page(query or "Gallery", "\n".join(shown))


@register("GET", "/gallery/{name}", GALLERY, slow=True, keyless=True)
@register("HEAD", "/gallery/{name}", GALLERY, slow=True, keyless=True)
def get_picture(call: Call) -> Answer:
    """A picture by the name of its file; the page about it by its name alone."""
    name = call.path["name"]
    if name in BY_FILE:
        picture = BY_FILE[name]
        return _picture(gallery.drawn(picture).content, picture.encoding)
    if name not in BY_NAME:
        raise ServiceError(404, "404", "Resource not found")
    picture = BY_NAME[name]
    title = escape(picture.title)
    image = f'<img src="{call.base_url}/gallery/{picture.file}" alt="{title}">'
    return _page(picture.title, f"{image}\n<p>{escape(picture.keywords)}</p>")


@register("GET", "/gallery/thumbnails/{file}", GALLERY, slow=True, keyless=True)
@register("HEAD", "/gallery/thumbnails/{file}", GALLERY, slow=True, keyless=True)
def get_thumbnail(call: Call) -> Answer:
    """A picture at most 300 pixels a side, as JPEG."""
    name, _, extension = call.path["file"].rpartition(".")
    picture = BY_NAME.get(name)
    if picture is None or extension != "jpg":
        raise ServiceError(404, "404", "Resource not found")
    return _picture(gallery.drawn(picture).thumbnail, "jpeg")


def _picture(content: bytes, encoding: str) -> Answer:
    headers = [("Cache-Control", "public, max-age=86400")]
    return Answer(content=content, media_type=f"image/{encoding}", headers=headers)


def _page(title: str, body: str) -> Answer:
    shown = escape(title)
    text = (
        f"<!doctype html>\n<meta charset=utf-8>\n<title>{shown}</title>\n<h1>{shown}</h1>\n{body}"
    )
    return Answer(content=text.encode("utf-8", "replace"), media_type="text/html; charset=utf-8")

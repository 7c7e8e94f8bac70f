"""Every answer of Bing's image search shows a picture in one form and carries the same headers."""

import re
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from cogml_mocks.engines import gallery
from cogml_mocks.engines.gallery_catalogue import Picture
from cogml_mocks.operations import Call, Family
from cogml_mocks.search import parameters

BING = Family("/v7.0/", parameters.error_body, bare_status=401)
BING_MULTI_SERVICE = Family("/bing/", parameters.error_body)


def headers(call: Call, market: str) -> list[tuple[str, str]]:
    """Return an answer's headers; a client's identity is given back to it."""
    client = call.request.headers.get("x-msedge-clientid", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", client):
        client = uuid4().hex.upper()
    trace = uuid4().hex.upper()
    return [
        ("BingAPIs-TraceId", trace), ("BingAPIs-Market", market), ("X-MSEdge-ClientID", client),
    ]  # fmt: skip


def image_object(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    """Return a picture as the search lists it; ``words`` is the query that led to it."""
    drawn = gallery.drawn(picture)
    identifier = gallery.identifier(picture)
    page = f"{base_url}/gallery/{picture.name}"
    width, height = drawn.thumbnail_size
    return {
        "webSearchUrl": f"{web_search_url(base_url, words)}&id={identifier}",
        "name": picture.title,
        "thumbnailUrl": thumbnail_url(picture, base_url),
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
        "imageInsightsToken": insights_token(picture),
        "insightsMetadata": {"pagesIncludingCount": 1, "availableSizesCount": 1},
        "imageId": identifier,
        "accentColor": drawn.accent,
    }


def insights_token(picture: Picture) -> str:
    """Return what a picture is called when its insights are asked for."""
    identifier = gallery.identifier(picture)
    return f"ccid_{identifier[:8]}*mid_{identifier}*simid_{int(identifier[:15], 16)}"


def query(picture: Picture, text: str, base_url: str) -> dict[str, Any]:
    """Return a search with the thumbnail of a picture that it finds."""
    return {
        "text": text,
        "displayText": text,
        "webSearchUrl": web_search_url(base_url, text),
        "searchLink": f"{base_url}/v7.0/images/search?q={quote_plus(text)}",
        "thumbnail": {"thumbnailUrl": thumbnail_url(picture, base_url)},
    }


def thumbnail_url(picture: Picture, base_url: str) -> str:
    """Return the address of a picture's thumbnail."""
    return f"{base_url}/gallery/thumbnails/{picture.name}.jpg"


def web_search_url(base_url: str, words: str) -> str:
    """Return the address of the page a query's results are shown on."""
    return f"{base_url}/gallery?q={quote_plus(words)}"

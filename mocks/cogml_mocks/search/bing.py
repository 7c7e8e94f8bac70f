"""Bing Image Search v7 answers from a gallery of pictures that the suite draws, and serves, itself.

The gallery's pictures, thumbnails and pages are under `/gallery` and need no key.

Not modelled: search operators, visual search, suggestions and expansions, results by market, adult
content, JSON-LD, thumbnails of other sizes.
"""

from html import escape
from urllib.parse import quote_plus

from cogml_mocks.engines import gallery, gallery_index
from cogml_mocks.engines.gallery_catalogue import BY_FILE, BY_NAME, PICTURES
from cogml_mocks.operations import Answer, Call, Family, ServiceError, gateway_error
from cogml_mocks.operations import operation as register
from cogml_mocks.search import answers, parameters

GALLERY = Family("/gallery", gateway_error)


@register("GET", "/v7.0/images/search", answers.BING, slow=True)
@register("GET", "/bing/v7.0/images/search", answers.BING_MULTI_SERVICE, slow=True)
def search_images(call: Call) -> Answer:
    """One page of the pictures that match a query and its filters."""
    languages = call.request.headers.get("accept-language", "")
    asked = parameters.read(call.query, languages)
    call.documents = 1
    found = gallery_index.find(asked.query, asked.criteria)
    if asked.first is not None:
        found.sort(key=lambda picture: gallery.identifier(picture) != asked.first)
    page = found[asked.offset : asked.offset + asked.count]
    document = {
        "_type": "Images",
        "instrumentation": {"_type": "ResponseInstrumentation"},
        "readLink": f"{call.base_url}/v7.0/images/search?q={quote_plus(asked.query)}",
        "webSearchUrl": answers.web_search_url(call.base_url, asked.query),
        "queryContext": {"originalQuery": asked.query},
        "totalEstimatedMatches": len(found),
        "nextOffset": asked.offset + len(page),
        "currentOffset": asked.offset,
        "value": [answers.image_object(picture, call.base_url, asked.query) for picture in page],
        "queryExpansions": [],
        "pivotSuggestions": [],
        "relatedSearches": [],
    }
    return Answer(document, headers=answers.headers(call, asked.market))


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

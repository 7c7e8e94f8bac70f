"""Insights tell what the index knows of one picture; trending shows the newest of each subject.

A picture is told by its token, by its address in the gallery, by its identifier, or else it is the
first that the query finds. A module the index has nothing for is absent, as documented:
collections, recipes, shopping sources, similar products and recognised entities always are. The
token comes with all modules, or with none asked for.

Not modelled: pictures sent or from elsewhere (of them nothing is known), the region to crop,
what is trending in a market.
"""

from collections.abc import Callable
from typing import Any

from cogml_mocks.engines import gallery, gallery_index, gallery_relations
from cogml_mocks.engines.gallery_catalogue import BY_FILE, PICTURES, Picture
from cogml_mocks.operations import Answer, Call
from cogml_mocks.operations import operation as register
from cogml_mocks.search import answers, parameters

MAX_RELATED = 10


@register("GET", "/v7.0/images/details", answers.BING, slow=True)
@register("GET", "/bing/v7.0/images/details", answers.BING_MULTI_SERVICE, slow=True)
def image_details(call: Call) -> Answer:
    """What the index knows of one picture."""
    languages = call.request.headers.get("accept-language", "")
    asked = parameters.read_insights(call.query, languages)
    call.documents = 1
    document: dict[str, Any] = {"_type": "ImageInsights"}
    picture = _named(asked, call)
    if picture is not None:
        if asked.modules in (parameters.EVERY_MODULE, ()):
            document["imageInsightsToken"] = answers.insights_token(picture)
        for module in asked.modules:
            if module in _MODULES:
                name, tell = _MODULES[module]
                document[name] = tell(picture, call.base_url, asked.query)
    return Answer(document, headers=answers.headers(call, asked.market))


@register("GET", "/v7.0/images/trending", answers.BING, slow=True)
@register("GET", "/bing/v7.0/images/trending", answers.BING_MULTI_SERVICE, slow=True)
def trending_images(call: Call) -> Answer:
    """The newest pictures of each subject."""
    languages = call.request.headers.get("accept-language", "")
    market = parameters.read_market(call.query, languages)
    call.documents = 1
    categories = [
        {
            "title": f"Popular {subject} searches",
            "tiles": [_tile(one, call.base_url) for one in pictures],
        }
        for subject, pictures in gallery_relations.trending().items()
    ]
    document = {"_type": "TrendingImages", "categories": categories}
    return Answer(document, headers=answers.headers(call, market))


def _tile(picture: Picture, base_url: str) -> dict[str, Any]:
    whole = answers.image_object(picture, base_url, picture.title)
    image = {name: whole[name] for name in ("thumbnailUrl", "contentUrl", "thumbnail")}
    query = {
        "text": picture.title,
        "displayText": picture.title,
        "webSearchUrl": answers.web_search_url(base_url, picture.title),
    }
    return {"query": query, "image": {"id": whole["imageId"], **image}}


def _named(asked: parameters.AskedInsights, call: Call) -> Picture | None:
    if asked.token is not None:
        for picture in PICTURES:
            if gallery.identifier(picture) == asked.token:
                return picture
        raise parameters.unknown_token(call.query)
    if asked.address is not None:
        gallery_url = f"{call.base_url}/gallery/"
        is_here = asked.address.startswith(gallery_url)
        return BY_FILE.get(asked.address.removeprefix(gallery_url)) if is_here else None
    found = gallery_index.find(asked.query)
    named = (one for one in PICTURES if gallery.identifier(one) == asked.identifier)
    return next(named, None) or next(iter(found), None)


def _best_query(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    """The title, which is what finds the picture first."""
    return answers.query(picture, picture.title, base_url)


def _caption(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    page = f"{base_url}/gallery/{picture.name}"
    return {"caption": picture.title, "dataSourceUrl": page, "relatedSearches": []}


def _pages(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    return {"value": [answers.image_object(picture, base_url, words)]}


def _related_searches(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    """Searches for what the picture shows, each with the first picture that it finds."""
    queries = []
    for text in gallery_relations.tags(picture):
        found = gallery_index.find(text)
        if found and text != words.lower():
            queries.append(answers.query(found[0], text, base_url))
    return {"value": queries[:MAX_RELATED]}


def _similar(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    similar = gallery_relations.similar(picture)
    return {"value": [answers.image_object(one, base_url, words) for one in similar]}


def _tags(picture: Picture, base_url: str, words: str) -> dict[str, Any]:
    return {"value": [{"name": tag} for tag in gallery_relations.tags(picture)]}


_MODULES: dict[str, tuple[str, Callable[[Picture, str, str], dict[str, Any]]]] = {
    "BRQ": ("bestRepresentativeQuery", _best_query),
    "Caption": ("imageCaption", _caption),
    "PagesIncluding": ("pagesIncluding", _pages),
    "RelatedSearches": ("relatedSearches", _related_searches),
    "SimilarImages": ("visuallySimilarImages", _similar),
    "Tags": ("imageTags", _tags),
}

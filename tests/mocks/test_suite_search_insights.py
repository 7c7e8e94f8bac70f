"""Insights tell what the index knows of a picture; trending shows the newest of each subject."""

from __future__ import annotations

import json

import httpx
import pytest
from azure.cognitiveservices.search.imagesearch import ImageSearchClient
from azure.cognitiveservices.search.imagesearch.models import ErrorResponseException
from msrest.authentication import CognitiveServicesCredentials
from test_suite_specs import validate

from cogml_mocks.engines import gallery, gallery_relations
from cogml_mocks.engines.gallery_catalogue import BY_NAME, PICTURES
from cogml_mocks.search.parameters import MODULES

# One process: the gallery is drawn once.
pytestmark = [pytest.mark.xdist_group("gallery"), pytest.mark.usefixtures("gallery_drawn")]

FILE = "imagesearch-v1.0/ImageSearch.json"
PREFIXES = ("/v7.0", "/bing/v7.0")
KNOWN = {
    "BRQ": "bestRepresentativeQuery",
    "Caption": "imageCaption",
    "PagesIncluding": "pagesIncluding",
    "RelatedSearches": "relatedSearches",
    "SimilarImages": "visuallySimilarImages",
    "Tags": "imageTags",
}
SUBJECTS = ("quote", "landscape", "shape", "animal", "face", "chart", "color")
TITLES = [f"Popular {subject} searches" for subject in SUBJECTS]
CAT = BY_NAME["cat-clip-art"]


@pytest.fixture
def ask(bench):
    def send(path="details", prefix=PREFIXES[0], headers=None, **parameters):
        url = f"{bench.url}{prefix}/images/{path}"
        return bench.client.get(url, params=parameters, headers=headers)

    return send


@pytest.fixture
def token(bench):
    url = f"{bench.url}/v7.0/images/search?q=cat+clip+art"
    return bench.client.get(url).json()["value"][0]["imageInsightsToken"]


def typed(found):
    """The API file asks for a type everywhere; the service's own examples name none inside."""
    if isinstance(found, list):
        return [typed(one) for one in found]
    if not isinstance(found, dict):
        return found
    inside = {name: typed(value) for name, value in found.items()}
    return {"_type": "ImageObject"} | inside


@pytest.mark.parametrize("prefix", PREFIXES)
def test_all_that_is_known_of_a_picture(ask, bench, token, specs, prefix):
    response = ask(prefix=prefix, q="cat", insightsToken=token, modules="All")
    answer = response.json()
    assert answer.keys() == {"_type", "imageInsightsToken", *KNOWN.values()}
    assert (answer["_type"], answer["imageInsightsToken"]) == ("ImageInsights", token)
    page = f"{bench.url}/gallery/cat-clip-art"
    assert answer["bestRepresentativeQuery"]["text"] == "cat clip art"
    caption = {"caption": "cat clip art", "dataSourceUrl": page, "relatedSearches": []}
    assert answer["imageCaption"] == caption
    (included,) = answer["pagesIncluding"]["value"]
    assert (included["hostPageUrl"], included["imageInsightsToken"]) == (page, token)
    assert answer["imageTags"]["value"] == [{"name": n} for n in ("animal", "kitten", "pet")]
    similar = [picture["name"] for picture in answer["visuallySimilarImages"]["value"]]
    assert len(similar) == len(set(similar)) == 15
    assert "cat clip art" not in similar
    validate(specs, FILE, "ImageInsights", typed(answer) | {"_type": "ImageInsights"})
    for header in ("bingapis-traceid", "bingapis-market", "x-msedge-clientid"):
        assert response.headers[header]
    assert bench.suite.requests(bench.name)[-1]["documents"] == 1


def test_searches_that_are_told_find_something(ask, bench, token):
    answer = ask(q="kitten", insightsToken=token, modules="BRQ,RelatedSearches").json()
    related = answer["relatedSearches"]["value"]
    assert [query["text"] for query in related] == ["animal", "pet"]
    best = answer["bestRepresentativeQuery"]
    for query in (best, *related):
        assert bench.client.get(query["searchLink"]).json()["value"]
        assert bench.client.get(query["webSearchUrl"]).status_code == 200
        thumbnail = bench.client.get(query["thumbnail"]["thumbnailUrl"])
        assert thumbnail.headers["content-type"] == "image/jpeg"
    first = bench.client.get(best["searchLink"]).json()["value"][0]
    assert first["name"] == "cat clip art"


@pytest.mark.parametrize("module", MODULES)
def test_each_module_comes_alone(ask, token, module):
    answer = ask(q="cat", insightsToken=token, modules=module.upper()).json()
    wanted = {KNOWN[module]} if module in KNOWN else set()
    if module == "All":
        wanted = {"imageInsightsToken", *KNOWN.values()}
    assert answer.keys() - {"_type"} == wanted


def test_a_picture_is_told_in_four_ways(ask, bench, token):
    asked = [
        {"q": "x", "insightsToken": token},
        {"q": "x", "imgUrl": f"{bench.url}/gallery/cat-clip-art.png"},
        {"q": "x", "id": gallery.identifier(CAT)},
        {"q": "cat clip art"},
    ]
    answers = [ask(**parameters).json() for parameters in asked]
    assert answers == [{"_type": "ImageInsights", "imageInsightsToken": token}] * 4


@pytest.mark.parametrize(
    "unknown",
    [
        {"imgUrl": "http://elsewhere/gallery/cat-clip-art.png"},
        {"imgUrl": "http://[::1"},
        {"q": "zebra"},
        {"q": "zebra", "id": "0" * 40},
    ],
)
def test_of_an_unknown_picture_nothing_is_said(ask, unknown):
    response = ask(**({"q": "cat", "modules": "All"} | unknown))
    assert response.json() == {"_type": "ImageInsights"}


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("details", "modules", "Caption,Weather"), ("details", "insightsToken", "cat"),
        ("details", "insightsToken", "mid_" + "0" * 40), ("details", "insightsToken", ""),
        ("details", "cab", "1.1"), ("details", "cal", "-0.1"), ("details", "car", "x"),
        ("details", "cat", ""), ("details", "ct", "Round"), ("details", "safeSearch", "Maybe"),
        ("details", "mkt", "english"), ("details", "setLang", "e"), ("details", "cc", "USA"),
        ("trending", "safeSearch", "Maybe"), ("trending", "mkt", "english"),
        ("trending", "setLang", "e"), ("trending", "cc", "USA"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_named(ask, specs, path, parameter, value):
    response = ask(path, **({"q": "cat"} | {parameter: value}))
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["code"], error["subCode"]) == ("InvalidRequest", "ParameterInvalidValue")
    assert (error["parameter"], error.get("value", "")) == (parameter, value)
    validate(specs, FILE, "ErrorResponse", response.json())


def test_a_query_is_required_for_insights_and_not_for_trending(ask):
    (error,) = ask(q=" ").json()["errors"]
    assert (error["subCode"], error["parameter"]) == ("ParameterMissing", "q")
    assert ask("trending").status_code == 200


def test_every_listed_value_and_the_files_own_example_are_taken(ask, specs, token):
    paths = json.loads((specs / FILE).read_text("utf-8"))["paths"]
    taken = 0
    for path in ("details", "trending"):
        for parameter in paths[f"/images/{path}"]["get"]["parameters"]:
            values = parameter.get("enum") or parameter.get("items", {}).get("enum", ())
            for value in values:
                response = ask(path, **{"q": "cat", parameter["name"]: value})
                assert response.status_code == 200
                taken += 1
    assert taken == 19
    example = specs / "imagesearch-v1.0/examples/SuccessfulImageDetailRequest.json"
    shown = json.loads(example.read_text("utf-8"))["responses"]["200"]["body"]
    known = ask(q="cat", insightsToken=token, modules="All").json()
    assert shown.keys() - known.keys() <= {"relatedCollections", "visuallySimilarProducts"}
    picture = known["visuallySimilarImages"]["value"][0]
    assert shown["visuallySimilarImages"]["value"][0].keys() <= picture.keys()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_trending_pictures_are_the_newest_of_each_subject(ask, bench, specs, prefix):
    response = ask("trending", prefix, mkt="en-GB")
    answer = response.json()
    assert answer["_type"] == "TrendingImages"
    assert response.headers["bingapis-market"] == "en-GB"
    assert [category["title"] for category in answer["categories"]] == TITLES
    for category in answer["categories"]:
        assert 0 < len(category["tiles"]) <= gallery_relations.MAX_TRENDING
        for tile in category["tiles"]:
            words = tile["query"]["text"]
            found = bench.client.get(f"{bench.url}/v7.0/images/search", params={"q": words}).json()
            assert found["value"][0]["imageId"] == tile["image"]["id"]
            assert found["value"][0]["contentUrl"] == tile["image"]["contentUrl"]
    assert ask("trending", prefix).json()["categories"] == answer["categories"]
    validate(specs, FILE, "TrendingImages", typed(answer) | {"_type": "TrendingImages"})


def test_similar_pictures_are_of_a_subject_and_near_in_colour():
    red = BY_NAME["red-circle"]
    nearest = gallery_relations.similar(red)[0]
    assert "red" in nearest.title
    assert gallery_relations.subject(nearest) == gallery_relations.subject(red) == "shape"
    subjects = {gallery_relations.subject(picture) for picture in PICTURES}
    assert subjects == set(SUBJECTS)


def test_a_clients_identity_and_a_key_are_as_in_a_search(ask, bench):
    headers = {"X-MSEdge-ClientID": "0123456789ABCDEF"}
    for path in ("details", "trending"):
        response = ask(path, headers=headers, q="cat")
        assert response.headers["x-msedge-clientid"] == "0123456789ABCDEF"
        url = f"{bench.url}/v7.0/images/{path}?q=cat"
        assert httpx.get(url).status_code == 401
        bench.fault(status=429, times=1)
        assert ask(path, q="cat").json()["errors"][0]["code"] == "RateLimitExceeded"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_azures_own_client(bench, token, prefix):
    with ImageSearchClient(bench.url, CognitiveServicesCredentials("a-key")) as azure:
        if prefix == "/v7.0":  # as the later endpoint is reached
            azure.config.base_url = f"{bench.url}/v7.0"
        azure.config.retry_policy.retries = 0
        found = azure.images.details(query="cat", insights_token=token, modules=["All"])
        assert found.image_insights_token == token
        assert found.image_caption.caption == "cat clip art"
        assert found.best_representative_query.text == "cat clip art"
        assert found.pages_including.value[0].image_id == gallery.identifier(CAT)
        assert len(found.visually_similar_images.value) == 15
        assert [tag.name for tag in found.image_tags.value] == ["animal", "kitten", "pet"]
        assert [query.text for query in found.related_searches.value] == ["animal", "kitten", "pet"]
        assert found.recipes is None
        assert found.recognized_entity_groups is None
        some = azure.images.details(query="cat", insights_token=token, modules=["Caption", "Tags"])
        assert some.image_tags is not None
        assert some.visually_similar_images is None
        trending = azure.images.trending(market="en-US", safe_search="Strict")
        assert [category.title for category in trending.categories] == TITLES
        assert trending.categories[0].tiles[0].image.thumbnail_url
        for wrong in ({"query": ""}, {"query": "cat", "modules": ["Weather"]}):
            with pytest.raises(ErrorResponseException) as refused:
                azure.images.details(**wrong)
            assert refused.value.error.errors[0].code == "InvalidRequest"
        with pytest.raises(ErrorResponseException) as refused:
            azure.images.trending(safe_search="Maybe")
    assert refused.value.error.errors[0].parameter == "safeSearch"
    last = bench.suite.requests(bench.name)[-1]
    assert last["path"] == f"{prefix}/images/trending"

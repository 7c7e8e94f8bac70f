"""Image search finds drawn pictures, pages through them, filters them and refuses what is wrong."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.cognitiveservices.search.imagesearch import ImageSearchClient
from azure.cognitiveservices.search.imagesearch.models import ErrorResponseException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msrest.authentication import CognitiveServicesCredentials

# One process: the gallery is drawn once.
pytestmark = [pytest.mark.xdist_group("gallery"), pytest.mark.usefixtures("gallery_drawn")]

PATHS = ("/v7.0/images/search", "/bing/v7.0/images/search")
KING = "Martin Luther King Jr. quotes"


@pytest.fixture
def search(bench):
    def send(q=None, path=PATHS[0], headers=None, **parameters):
        asked = parameters if q is None else {"q": q} | parameters
        return bench.client.get(bench.url + path, params=asked, headers=headers)

    return send


@pytest.fixture
def found(search):
    """Names of the pictures found, in order."""

    def names(q, **parameters):
        response = search(q, count=150, **parameters)
        assert response.status_code == 200, response.text
        return [picture["name"] for picture in response.json()["value"]]

    return names


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_has_every_field_that_readers_expect(search, bench, path):
    response = search("cat drawing", path)
    answer = response.json()
    assert {name: answer[name] for name in answer if name != "value"} == {
        "_type": "Images",
        "instrumentation": {"_type": "ResponseInstrumentation"},
        "readLink": f"{bench.url}/v7.0/images/search?q=cat+drawing",
        "webSearchUrl": f"{bench.url}/gallery?q=cat+drawing",
        "queryContext": {"originalQuery": "cat drawing"},
        "totalEstimatedMatches": 2,
        "nextOffset": 2,
        "currentOffset": 0,
        "queryExpansions": [],
        "pivotSuggestions": [],
        "relatedSearches": [],
    }
    picture = next(p for p in answer["value"] if p["name"] == "cat clip art")
    address = f"{bench.url}/gallery/cat-clip-art"
    assert picture["contentUrl"] == f"{address}.png"
    assert picture["thumbnailUrl"] == f"{bench.url}/gallery/thumbnails/cat-clip-art.jpg"
    assert picture["hostPageUrl"] == address
    assert picture["hostPageDisplayUrl"] == address.removeprefix("http://")
    assert (picture["width"], picture["height"]) == (500, 500)
    assert picture["thumbnail"] == {"width": 300, "height": 300}
    assert picture["encodingFormat"] == "png"
    assert picture["accentColor"] == "E08A2E"
    assert picture["datePublished"].endswith("T12:00:00.0000000Z")
    assert len(picture["imageId"]) == 40
    assert picture["imageId"] in picture["imageInsightsToken"]
    assert picture["imageId"] in picture["webSearchUrl"]
    assert response.headers["bingapis-market"] == "en-US"
    assert len(response.headers["bingapis-traceid"]) == 32
    assert response.headers["x-msedge-clientid"]
    log = bench.suite.requests(bench.name)
    assert [entry["documents"] for entry in log] == [1]


def test_an_answer_is_the_same_each_time(search):
    first, second = search("mountains").json(), search("mountains").json()
    assert first == second
    assert len(first["value"]) > 1


def test_twenty_pictures_of_a_speaker_at_addresses_of_their_own(search, client):
    answer = search(KING, count=20).json()
    addresses = [picture["contentUrl"] for picture in answer["value"]]
    assert len(set(addresses)) == 20
    assert len({client.get(address).content for address in addresses}) == 20
    assert all("Martin Luther King Jr." in picture["name"] for picture in answer["value"])
    assert answer["totalEstimatedMatches"] >= 20


def test_pages_follow_one_another_without_gap_or_overlap(search, found):
    whole, offset, paged = found(KING), 0, []
    while page := (answer := search(KING, count=10, offset=offset).json())["value"]:
        assert answer["currentOffset"] == offset
        assert answer["nextOffset"] == offset + len(page)
        paged += [picture["name"] for picture in page]
        offset = answer["nextOffset"]
    assert paged == whole
    assert answer["nextOffset"] == len(whole)
    assert search(KING, count=10, offset=20).json()["totalEstimatedMatches"] == len(whole)


def test_the_page_is_35_pictures_unless_told(search):
    answer = search("picture").json()
    assert len(answer["value"]) == 35
    assert answer["totalEstimatedMatches"] > 100


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("red circle", "red circle"),
        ("a picture of a dog", "dog clip art"),
        ("DOGS", "dog clip art"),
        ("butterflies", "butterfly clip art"),
        ("sunset", "mountains at sunset"),
        ("to be or not to be", "William Shakespeare: To be, or not to be."),
        ("I have a dream", "Martin Luther King Jr.: I have a dream."),
        ("pie chart", "pie chart of votes"),
    ],
)
def test_what_matches_best_comes_first(found, query, best):
    assert found(query)[0] == best


@pytest.mark.parametrize("query", ["zebra", "picture of a zebra", "cat zebra", "!?", "\u732b"])
def test_unknown_words_find_nothing(search, query):
    answer = search(query).json()
    assert (answer["value"], answer["totalEstimatedMatches"]) == ([], 0)


def test_a_picture_asked_for_by_identifier_is_first(search, found):
    last = search(KING, count=150).json()["value"][-1]
    names = found(KING, id=last["imageId"])
    assert names[0] == last["name"]
    assert sorted(names) == sorted(found(KING))
    assert found(KING, id="no such identifier") == found(KING)


FILTERS = [
    ({"aspect": "Square"}, lambda p: 3 / 4 <= p["width"] / p["height"] <= 4 / 3),
    ({"aspect": "Wide"}, lambda p: p["width"] / p["height"] > 4 / 3),
    ({"aspect": "tall"}, lambda p: p["width"] / p["height"] < 3 / 4),
    ({"size": "Small"}, lambda p: p["width"] * p["height"] < 200**2),
    ({"size": "Medium"}, lambda p: 200**2 <= p["width"] * p["height"] < 500**2),
    ({"size": "Large"}, lambda p: p["width"] * p["height"] >= 500**2),
    ({"size": "Wallpaper"}, lambda p: p["width"] >= 1024 and p["height"] >= 720),
    ({"width": 600}, lambda p: p["width"] == 600),
    ({"height": 600, "size": "Large"}, lambda p: p["height"] == 600),
    ({"minWidth": 700, "maxWidth": 900}, lambda p: 700 <= p["width"] <= 900),
    ({"minHeight": 700, "maxHeight": 900}, lambda p: 700 <= p["height"] <= 900),
    ({"minFileSize": 60_000}, lambda p: int(p["contentSize"][:-2]) >= 60_000),
    ({"maxFileSize": 20_000}, lambda p: int(p["contentSize"][:-2]) <= 20_000),
    ({"imageType": "Line"}, lambda p: p["name"].endswith("line drawing")),
    ({"imageType": "photo"}, lambda p: p["encodingFormat"] == "jpeg"),
    ({"imageType": "Transparent"}, lambda p: p["name"].split()[1] in ("star", "heart")),
    ({"imageContent": "Face"}, lambda p: p["name"].startswith("face of")),
    ({"imageContent": "Portrait"}, lambda p: p["name"].startswith("portrait of")),
    ({"license": "public"}, lambda p: "Martin Luther King" not in p["name"]),
    ({"color": "Monochrome"}, lambda p: _spread(p) < 24),
    ({"color": "Red"}, lambda p: _named_colours(p) <= {"red"}),
    ({"color": "Blue"}, lambda p: _named_colours(p) <= {"blue"}),
    ({"color": "gray"}, lambda p: _named_colours(p) <= {"gray"}),
]
COLOURS = {"black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "teal",
           "white", "yellow"}  # fmt: skip


def _named_colours(picture):
    return COLOURS & set(picture["name"].split())


def _spread(picture):
    channels = bytes.fromhex(picture["accentColor"])
    return max(channels) - min(channels)


@pytest.mark.parametrize(("asked", "holds"), FILTERS, ids=[str(f[0]) for f in FILTERS])
def test_a_filter_lets_through_what_it_says_and_nothing_else(search, asked, holds):
    everything = search("picture", count=150).json()["value"]
    filtered = search("picture", count=150, **asked).json()["value"]
    assert filtered
    assert len(filtered) < len(everything)
    assert all(holds(picture) for picture in filtered)
    if not {"color", "imageType"} & asked.keys():
        assert filtered == [picture for picture in everything if holds(picture)]


def test_what_cannot_be_filtered_leaves_everything(found):
    everything = found("picture")
    for free in (
        {"aspect": "All"}, {"size": "all"}, {"license": "All"}, {"safeSearch": "Strict"},
        {"setLang": "de"}, {"mkt": "fr-FR"}, {"cc": "US"}, {"unknown": "x"},
    ):  # fmt: skip
        assert found("picture", **free) == everything
    coloured = found("picture", color="ColorOnly")
    assert sorted(coloured + found("picture", color="Monochrome")) == sorted(everything)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_a_colour_finds_its_plate(found, colour):
    assert found("plate", color=colour.title()) == [f"plate of {colour}"]


def test_fresher_pictures_are_among_the_less_fresh(found):
    day, week, month = (set(found("picture", freshness=f)) for f in ("Day", "Week", "Month"))
    assert day
    assert day < week < month < set(found("picture"))


def test_no_picture_is_for_sale_or_moves(found):
    assert found("picture", imageType="Shopping") == []
    assert found("picture", imageType="AnimatedGif") == []
    assert found("picture", imageType="AnimatedGifHttps") == []


def test_larger_file_sizes_count_as_the_largest(found):
    assert found("picture", maxFileSize=999_999_999) == found("picture")


@pytest.mark.parametrize(
    ("asked", "languages", "market"),
    [
        ({}, "", "en-US"),
        ({"mkt": "DE-de"}, "", "de-DE"),
        ({"mkt": "de-US"}, "", "de-DE"),
        ({"mkt": "xx-CH"}, "", "de-CH"),
        ({"mkt": "xx-XX"}, "", "en-US"),
        ({"cc": "CA"}, "fr-FR,en;q=0.5", "fr-CA"),
        ({"cc": "JP"}, "", "ja-JP"),
    ],
)
def test_the_market_is_the_nearest_one_there_is(search, asked, languages, market):
    response = search("cat", headers={"Accept-Language": languages}, **asked)
    assert response.headers["bingapis-market"] == market


def test_a_clients_identity_is_kept(search):
    known = search("cat", headers={"X-MSEdge-ClientID": "0123456789ABCDEF"})
    assert known.headers["x-msedge-clientid"] == "0123456789ABCDEF"
    strange = search("cat", headers={"X-MSEdge-ClientID": "<script>"})
    assert strange.headers["x-msedge-clientid"].isalnum()


def test_many_ask_at_once(search, found):
    queries = ["cat", "mountains", KING, "chart", "picture"]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda i: search(queries[i % 5], count=150), range(40)))
    for i, answer in enumerate(answers):
        names = [picture["name"] for picture in answer.json()["value"]]
        assert names == found(queries[i % 5])


NAMES = (
    "q", "count", "offset", "mkt", "cc", "setLang", "id", "aspect", "size", "color", "imageType",
    "width", "minHeight", "maxFileSize", "freshness", "license", "format", "pageno", "language",
    "categories", "time_range", "insightsToken", "imgUrl", "modules", "cab", "ct",
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(
        [*PATHS, "/v7.0/images/details", "/v7.0/images/trending", "/searxng/search", "/gallery"]
    ),
    asked=st.dictionaries(
        st.sampled_from(NAMES),
        st.sampled_from(["cat", "3", "json", "images", "All", "\0", "%00", "\ud7ff\u0301"])
        | st.text(max_size=20),
    ),
    language=st.text("abc-;,=\xe9", max_size=10),
)
def test_no_parameters_make_the_suite_fail(bench, path, asked, language):
    headers = {"Accept-Language": language.encode("latin-1")}
    response = bench.client.get(bench.url + path, params=asked, headers=headers)
    assert response.status_code in (200, 400, 403)


def test_answers_follow_the_api_file(search, specs):
    from test_suite_specs import validate

    file = "imagesearch-v1.0/ImageSearch.json"
    answer = search(KING).json()
    for picture in answer["value"]:
        # The file asks for a type everywhere; the service's own example names none in here.
        picture["_type"] = picture["thumbnail"]["_type"] = "ImageObject"
    validate(specs, file, "Images", answer)
    example = specs / "imagesearch-v1.0/examples/SuccessfulImageSearchRequest.json"
    shown = json.loads(example.read_text("utf-8"))["responses"]["200"]["body"]
    assert shown.keys() - answer.keys() <= {"queryExpansions"}
    assert shown["value"][0].keys() <= picture.keys()
    validate(specs, file, "ErrorResponse", search().json())
    listed = json.loads((specs / file).read_text("utf-8"))["paths"]["/images/search"]["get"]
    for parameter in listed["parameters"]:
        for value in parameter.get("enum", ()):
            assert search("cat", **{parameter["name"]: value}).status_code == 200


def test_azures_own_client(bench, client):
    credentials = CognitiveServicesCredentials("a-key")
    with ImageSearchClient(bench.url, credentials) as azure:
        answer = azure.images.search(KING, count=3, offset=1, aspect="Wide", license="All")
        assert answer._type == "Images"
        assert len(answer.value) == 3
        assert answer.next_offset == 4
        picture = answer.value[0]
        assert "King" in picture.name
        assert picture.width > picture.height
        assert picture.thumbnail.width == 300
        assert f"{len(client.get(picture.content_url).content)} B" == picture.content_size
        with pytest.raises(ErrorResponseException) as refused:
            azure.images.search("", count=3)
    (error,) = refused.value.error.errors
    assert (error.sub_code, error.parameter) == ("ParameterMissing", "q")

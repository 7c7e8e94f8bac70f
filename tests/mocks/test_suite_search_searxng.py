"""The gallery answers SearXNG's search interface in JSON, without a key."""

import httpx
import pytest

# One process: the gallery is drawn once.
pytestmark = [pytest.mark.xdist_group("gallery"), pytest.mark.usefixtures("gallery_drawn")]

PATH = "/searxng/search"
IMAGES = {"categories": "images", "format": "json"}


@pytest.fixture
def search(bench):
    def send(q, path=PATH, **parameters):
        return httpx.get(bench.url + path, params={"q": q} | IMAGES | parameters)

    return send


def test_a_result_has_the_fields_of_an_image_result(search, bench, client):
    response = search("cat clip art")
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    results = answer.pop("results")
    assert answer == {
        "query": "cat clip art",
        "number_of_results": len(results),
        "answers": [],
        "corrections": [],
        "infoboxes": [],
        "suggestions": [],
        "unresponsive_engines": [],
    }
    address = f"{bench.url}/gallery/cat-clip-art"
    host = bench.suite.url.removeprefix("http://")
    first = results[0]
    size = len(client.get(first["img_src"]).content)
    assert first.pop("publishedDate").endswith("T12:00:00")
    assert first == {
        "template": "images.html",
        "url": address,
        "title": "cat clip art",
        "content": "animal kitten pet",
        "img_src": f"{address}.png",
        "thumbnail_src": f"{bench.url}/gallery/thumbnails/cat-clip-art.jpg",
        "thumbnail": "",
        "resolution": "500 x 500",
        "img_format": "png",
        "filesize": f"{size / 1024:.2f} KB",
        "source": host,
        "engine": "gallery",
        "engines": ["gallery"],
        "parsed_url": ["http", host, address.removeprefix(f"http://{host}"), "", "", ""],
        "positions": [1],
        "score": 1.0,
        "category": "images",
    }
    assert bench.suite.requests(bench.name)[0]["documents"] == 1


def test_pages_are_of_twenty_and_follow_one_another(search):
    pages = [search("quotes", pageno=n).json() for n in (1, 2, 3, 4)]
    total = pages[0]["number_of_results"]
    assert [len(page["results"]) for page in pages] == [20, 20, total - 40, 0]
    addresses = [result["img_src"] for page in pages for result in page["results"]]
    assert len(set(addresses)) == total > 40
    assert {page["number_of_results"] for page in pages} == {total}


def test_the_order_is_that_of_the_other_interface(search, bench):
    other = bench.client.get(f"{bench.url}/v7.0/images/search?q=mountains").json()["value"]
    titles = [result["title"] for result in search("mountains").json()["results"]]
    assert titles == [picture["name"] for picture in other]


@pytest.mark.parametrize(
    ("chosen", "any_found"),
    [
        ({"categories": "general,images"}, True),
        ({"categories": "", "engines": "gallery"}, True),
        ({"categories": "general"}, False),
        ({"categories": ""}, False),
        ({"categories": "", "engines": "other"}, False),
    ],
)
def test_pictures_are_found_where_they_are_asked_for(search, chosen, any_found):
    answer = search("cat", **chosen).json()
    assert bool(answer["results"]) == any_found
    assert bool(answer["number_of_results"]) == any_found


def test_a_time_range_is_a_filter(search):
    counts = [
        search("picture", time_range=name).json()["number_of_results"]
        for name in ("day", "week", "month", "year", "")
    ]
    assert counts == sorted(counts)
    assert len(set(counts)) == 5
    assert counts[0] > 0


@pytest.mark.parametrize(
    "fine", [{"language": "de"}, {"language": "en-GB"}, {"language": "all"}, {"safesearch": "2"}]
)
def test_what_makes_no_difference_is_let_through(search, fine):
    assert search("cat", **fine).json() == search("cat").json()


@pytest.mark.parametrize("path", [PATH, "/searxng/"])
def test_a_form_may_be_posted(bench, search, path):
    posted = httpx.post(bench.url + path, data={"q": "cat"} | IMAGES)
    assert posted.json() == search("cat").json()


@pytest.mark.parametrize("given", [{"format": "html"}, {"format": "csv"}, {"format": "rss"}, {}])
def test_a_format_that_is_not_enabled_is_forbidden(bench, given):
    response = httpx.get(bench.url + PATH, params={"q": "cat", "categories": "images"} | given)
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/html")
    assert "403 Forbidden" in response.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("pageno", "0"), ("pageno", "-1"), ("pageno", "x"), ("pageno", "9" * 5000),
     ("pageno", "\u0663"), ("safesearch", "3"), ("safesearch", "False"),
     ("time_range", "century"), ("language", "english!")],
)  # fmt: skip
def test_a_wrong_value_is_named(search, name, value):
    response = search("cat", **{name: value})
    assert response.status_code == 400
    assert response.json() == {"error": f'Invalid value "{value[:100]}" for parameter {name}'}


@pytest.mark.parametrize("query", ["", "  "])
def test_a_query_is_required(search, query):
    response = search(query)
    assert response.status_code == 400
    assert response.json() == {"error": "No query"}


def test_faults_are_one_line_of_text(search, bench):
    bench.fault(status=429, times=1)
    response = search("cat")
    assert response.status_code == 429
    assert list(response.json()) == ["error"]
    body = httpx.post(bench.url + PATH, json={"q": "cat"})
    assert (body.status_code, list(body.json())) == (415, ["error"])

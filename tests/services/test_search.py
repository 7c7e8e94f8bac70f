"""What a search sends and finds, the addresses in it, and the pictures they lead to."""

from __future__ import annotations

import pathlib
from typing import Any

import httpx
import pyarrow as pa
import pytest
from harness import LAZY, Endpoint, Frames, Net, in_turn
from wire import AT, run

import cogml
from cogml import ParamError
from cogml.cognitive import BingImageSearch
from cogml.param import Column
from cogml.services.search import UrlTransformer

SEARCH = f"{AT}/v7.0/images/search"
FOUND: dict[str, Any] = {"_type": "Images", "value": []}


def bing() -> Net:
    return in_turn(httpx.Response(200, json=FOUND))


def search(**settings: Any) -> BingImageSearch:
    fixed = {"subscriptionKey": "k", "outputCol": "images", "errorCol": "err", "backoffs": [1]}
    return BingImageSearch(**{"queryCol": "q", "count": 3, **fixed, **settings})


def errors(rows: list[dict[str, Any]], name: str = "err") -> list[str | None]:
    return [row[name] and row[name]["code"] for row in rows]


# Requests

SENT = {
    "query": ("q", "red & blue"),
    "count": ("count", 7),
    "offset": ("offset", 20),
    "market": ("mkt", "en-US"),
    "imageType": ("imageType", "Photo"),
    "aspect": ("aspect", "Wide"),
    "color": ("color", "Red"),
    "freshness": ("freshness", "Week"),
    "height": ("height", 600),
    "width": ("width", 800),
    "size": ("size", "Large"),
    "imageContent": ("imageContent", "Face"),
    "license": ("license", "Public"),
    "safeSearch": ("safeSearch", "Strict"),
    "maxFileSize": ("maxFileSize", 9_000),
    "maxHeight": ("maxHeight", 900),
    "maxWidth": ("maxWidth", 901),
    "minFileSize": ("minFileSize", 10),
    "minHeight": ("minHeight", 11),
    "minWidth": ("minWidth", 12),
}


@pytest.mark.parametrize("how", ["value", "column"])
def test_all_parameters_travel_under_bings_names(how: str) -> None:
    net = bing()
    stage = BingImageSearch(subscriptionKey="k")
    for name, (_, value) in SENT.items():
        stage.set(name, value if how == "value" else Column(name))
    columns = {name: [value] for name, (_, value) in SENT.items()}
    rows = run(stage, net, **columns)
    (request,) = net.requests
    assert request.method == "GET"
    assert str(request.url.copy_with(query=None)) == SEARCH
    assert dict(request.url.params) == {wire: str(value) for wire, value in SENT.values()}
    assert request.headers["ocp-apim-subscription-key"] == "k"
    assert "content-type" not in request.headers
    assert request.content == b""
    assert errors(rows) == [None]


def test_the_short_names_are_the_same_parameters() -> None:
    stage = BingImageSearch().setQ("a").setMkt("en-US")
    assert (stage.getQuery(), stage.getMarket()) == ("a", "en-US") == (stage.getQ(), stage.getMkt())
    assert (
        repr(BingImageSearch(q="a", mkt="en-US")).partition("(")[2]
        == repr(BingImageSearch(query="a", market="en-US")).partition("(")[2]
    )
    stage.setQCol("words").setMktCol("where")
    assert (stage.getQueryCol(), stage.getMarketCol()) == ("words", "where")
    assert (stage.getQCol(), stage.getMktCol()) == ("words", "where")


def test_a_page_is_asked_for_by_offset_and_count(endpoint: Endpoint) -> None:
    table = pa.table({"q": ["landscape"] * 3, "o": [0, 3, 6]})
    rows = search(offsetCol="o").transform(table).to_pylist()
    assert errors(rows) == [None] * 3
    assert [row["images"]["nextOffset"] for row in rows] == [3, 6, 9]
    pages = [[one["contentUrl"] for one in row["images"]["value"]] for row in rows]
    assert len({url for page in pages for url in page}) == 9
    assert endpoint.documents() == 3


def test_bings_refusal_is_the_rows_error(endpoint: Endpoint) -> None:
    table = pa.table({"q": ["red", "red", " "], "m": ["en-US", "nowhere", "en-US"]})
    rows = search(marketCol="m").transform(table).to_pylist()
    assert errors(rows) == [None, "rejected", "rejected"]
    assert all(row["err"]["message"] for row in rows[1:])


def test_bings_own_address_is_the_last_to_be_taken(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = search()
    assert stage.address() == f"{endpoint.url}/v7.0/images/search"
    assert stage.copy().setEndpoint("http://gate/").address() == "http://gate/v7.0/images/search"
    assert stage.copy().setUrl("http://gate/s").address() == "http://gate/s"
    monkeypatch.delenv("COGML_ENDPOINT")
    assert stage.address() == "https://api.bing.microsoft.com/v7.0/images/search"
    with pytest.warns(UserWarning, match="BingImageSearch: the operation .*searxng"):
        stage.transform(pa.table({"q": pa.array([], pa.string())}))
    with pytest.raises(ParamError, match="call setEndpoint with that of the SearXNG instance"):
        search(backend="searxng").address()


# SearXNG


def hits(*numbers: int) -> list[dict[str, Any]]:
    return [
        {"title": f"t{n}", "img_src": f"http://i/{n}", "url": f"http://p/{n}", "resolution": "8x9"}
        for n in numbers
    ]


def searxng(pages: dict[str, list[dict[str, Any]]]) -> Net:
    return Net(
        lambda asked: httpx.Response(
            200, json={"results": pages.get(asked.url.params["pageno"], [])}
        )
    )


@pytest.mark.parametrize(
    ("offset", "count", "asked", "found"),
    [
        (0, 2, ["1"], [0, 1]),
        (0, 3, ["1"], [0, 1, 2]),
        (2, 3, ["1", "2"], [2, 3, 4]),
        (4, 9, ["1", "2", "3", "4"], [4, 5, 6]),
        (50, 5, ["1", "2", "3", "4"], []),
        (None, None, ["1", "2", "3", "4"], [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_searxngs_pages_make_the_rows_page(
    offset: int | None, count: int | None, asked: list[str], found: list[int]
) -> None:
    net = searxng(
        {"1": [*hits(0, 1, 2), {"title": "no picture"}], "2": hits(3, 4), "3": hits(5, 6)}
    )
    stage = BingImageSearch(queryCol="q", backend="searxng", subscriptionKey="secret")
    for name, value in (("offset", offset), ("count", count)):
        stage = stage if value is None else stage.set(name, value)
    (row,) = run(stage, net, q=["a b"])
    assert [request.url.params["pageno"] for request in net.requests] == asked
    images = [image["contentUrl"] for image in row["out"]["value"]]
    assert images == [f"http://i/{n}" for n in found]
    assert row["out"]["nextOffset"] == (offset or 0) + len(found)
    assert all((image["width"], image["height"]) == (8, 9) for image in row["out"]["value"])
    for request in net.requests:
        assert str(request.url).startswith(f"{AT}/search?q=a")
        assert "secret" not in str(request.headers)


def test_searxng_is_asked_in_its_own_words() -> None:
    net = searxng({})
    stage = BingImageSearch(
        q="a", mkt="de-DE", safeSearch="Strict", freshness="Month", backend="searxng", size="Large"
    )
    run(stage, net, n=[1])
    assert dict(net.requests[0].url.params) == {
        "q": "a",
        "categories": "images",
        "format": "json",
        "language": "de-DE",
        "safesearch": "2",
        "time_range": "month",
        "pageno": "1",
    }


def test_searxng_that_never_ends_is_left() -> None:
    net = Net(
        lambda asked: httpx.Response(200, json={"results": hits(int(asked.url.params["pageno"]))})
    )
    (row,) = run(BingImageSearch(q="a", count=150, backend="searxng"), net, n=[1])
    assert len(net.requests) == 20
    assert len(row["out"]["value"]) == 20


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(403, text="<html>"), "unauthorized"),
        (httpx.Response(200, text="<html>"), "bad_response"),
        (httpx.Response(200, json={"results": [{"img_src": 5}]}), "bad_response"),
        (httpx.Response(200, json={}), "bad_response"),
    ],
)
def test_searxng_that_fails_is_the_rows_error(answer: httpx.Response, code: str) -> None:
    (row,) = run(BingImageSearch(q="a", backend="searxng"), in_turn(answer), n=[1])
    assert (row["out"], row["err"]["code"]) == (None, code)


def test_both_backends_find_the_same(endpoint: Endpoint) -> None:
    table = pa.table({"q": ["red"]})
    made = [search(backend=name, count=25).transform(table) for name in ("bing", "searxng")]
    found = [[i["contentUrl"] for i in m["images"].to_pylist()[0]["value"]] for m in made]
    assert found[0] == found[1]
    assert len(found[0]) > 3


# The addresses in it


def test_the_addresses_found_are_a_frame_of_one_column(endpoint: Endpoint, frames: Frames) -> None:
    queries, markets = (
        ["red", "blue", None, "nothing has this name"],
        ["en-US", "nowhere", "en-US", "en-US"],
    )
    frame = frames.make({"q": queries, "market": markets})
    searched = search(marketCol="market").transform(frame)
    made = BingImageSearch.getUrlTransformer("images", "url").transform(searched)
    assert frames.columns(made) == ["url"]
    if frames.kind in LAZY:
        assert endpoint.requests() == []
    rows = frames.rows(made)
    assert all(row["url"].startswith(f"{endpoint.url}/gallery/") for row in rows)
    assert len(rows) == 3


def test_a_search_that_found_nothing_leaves_an_empty_frame(
    endpoint: Endpoint, frames: Frames
) -> None:
    searched = search().transform(frames.make({"q": [None, None]}, q=pa.string()))
    made = BingImageSearch.getUrlTransformer("images", "url").transform(searched)
    assert (frames.columns(made), frames.rows(made)) == (["url"], [])


@pytest.mark.parametrize("name", ["imags", "q", "n"])
def test_addresses_are_looked_for_in_a_search(
    name: str, endpoint: Endpoint, frames: Frames
) -> None:
    searched = search().transform(frames.make({"q": ["red"], "n": [1]}))
    stage = UrlTransformer(imageCol=name)
    with pytest.raises(ParamError, match=r"no column 'imags'|expected an answer with value"):
        frames.rows(stage.transform(searched))


def test_the_column_must_be_named() -> None:
    with pytest.raises(ParamError, match="imageCol is required; call setImageCol"):
        UrlTransformer().transform(pa.table({"n": [1]}))


def _stages(endpoint: Endpoint) -> list[Any]:
    return [
        search(endpoint=endpoint.url),
        BingImageSearch.getUrlTransformer("images", "url"),
        BingImageSearch.downloadFromUrls("url", "bytes", concurrency=2, timeout=5_000),
    ]


def test_a_pipeline_of_search_addresses_and_pictures(
    endpoint: Endpoint, frames: Frames, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "k")
    model = cogml.PipelineModel(_stages(endpoint))
    model.save(str(tmp_path / "model"))
    loaded = cogml.PipelineModel.load(str(tmp_path / "model"))
    for pipeline in (model, loaded):
        rows = frames.rows(pipeline.transform(frames.make({"q": ["red", "green"]})))
        assert [*rows[0]] == ["url", "bytes_error", "bytes"]
        assert errors(rows, "bytes_error") == [None] * 6
        assert all(len(row["bytes"]) > 100 for row in rows)


@pytest.mark.spark
def test_a_pipeline_of_pyspark(
    endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.ml import PipelineModel

    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "k")
    model = PipelineModel(stages=_stages(endpoint))
    model.save(str(tmp_path / "model"))
    frame = spark.createDataFrame([("red",), ("green",)], ["q"])
    for pipeline in (model, PipelineModel.load(str(tmp_path / "model"))):
        rows = pipeline.transform(frame).collect()
        assert len(rows) == 6
        assert all(row["bytes_error"] is None and len(row["bytes"]) > 100 for row in rows)

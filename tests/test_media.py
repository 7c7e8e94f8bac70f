"""Pictures come as bytes, files, pixels or addresses; each costs its own row at the most."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import cv2
import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cases import picture
from harness import Endpoint, Frames, Net, in_turn

from cogml import ParamError, frames, planner
from cogml.cognitive import BingImageSearch, RecognizeDomainSpecificContent
from cogml.errors import ServiceError
from cogml.places import is_address
from cogml.services._media import png, read_file
from cogml.services.search import ImageDownloader

MOST = 4 * 2**20
JPEG = b"\xff\xd8\xff a picture"


def stage(**settings: Any) -> Any:
    """The service that computes least."""
    fixed = {"model": "landmarks", "subscriptionKey": "k", "outputCol": "out", "errorCol": "err"}
    return RecognizeDomainSpecificContent(
        **{"imageBytesCol": "image", "backoffs": [1], **fixed, **settings}
    )


def sizes(rows: list[dict[str, Any]]) -> list[tuple[int, int] | None]:
    """Width and height of each picture, as the service saw it."""
    seen = [row["out"] and row["out"]["metadata"] for row in rows]
    return [one and (one["width"], one["height"]) for one in seen]


def why(rows: list[dict[str, Any]]) -> list[str | None]:
    assert {row["err"]["code"] for row in rows if row["err"]} <= {"row_rejected"}
    return [row["err"] and row["err"]["message"] for row in rows]


def image(width: int, height: int, channels: int = 3) -> dict[str, Any]:
    """An image of noise as Spark's image source reads it."""
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, channels), np.uint8)
    mode = {1: 0, 3: 16, 4: 24}.get(channels, -1)
    parts = {"height": height, "width": width, "nChannels": channels, "mode": mode}
    return {"origin": f"{width}.png", **parts, "data": pixels.tobytes()}


# Pixels


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (60, 51)])
def test_pixels_come_out_of_the_png_as_they_went_in(size: tuple[int, int], channels: int) -> None:
    given = image(*size, channels)
    made = png(given)
    assert isinstance(made, bytes)
    read = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read.shape[:2] == (size[1], size[0])
    assert read.tobytes() == given["data"]


@pytest.mark.parametrize(
    "change",
    [
        {"data": b"short"},
        {"data": None},
        {"nChannels": 2},
        {"nChannels": None},
        {"width": 0},
        {"width": -60},
        {"height": None},
        {"height": 10**9},
    ],
)
def test_what_is_no_image_is_its_rows_error(change: dict[str, Any]) -> None:
    error = png({**image(60, 60), **change})
    assert isinstance(error, ServiceError)
    assert error.code == "row_rejected"
    assert "expected 1, 3 or 4 channels" in error.message


def test_images_of_pixels_are_sent_as_png(endpoint: Endpoint, frames: Frames) -> None:
    broken = {**image(60, 60), "data": b"short"}
    given = [image(60, 51), None, broken, image(70, 80)]
    rows = frames.rows(stage().transform(frames.make({"image": given})))
    assert sizes(rows) == [(60, 51), None, None, (70, 80)]
    assert [message and message.split(":")[0] for message in why(rows)] == [
        None,
        None,
        "not an image",
        None,
    ]


def test_equal_images_are_sent_once(endpoint: Endpoint, eager: Frames) -> None:
    given = [image(60, 51), image(70, 51), None, image(60, 51), {**image(60, 51), "mode": 5}]
    rows = eager.rows(stage().transform(eager.make({"image": given})))
    assert sizes(rows) == [(60, 51), (70, 51), None, (60, 51), (60, 51)]
    assert endpoint.documents() == 3


@pytest.mark.parametrize(
    "value",
    [
        {"height": 1, "width": 1, "pixels": b"abc"},
        {"height": 1, "width": 1, "nChannels": 3, "data": "abc"},
        {"height": 1, "width": "1", "nChannels": 3, "data": b"abc"},
        {"height": 1.0, "width": 1.0, "nChannels": 3.0, "data": b"abc"},
    ],
)
def test_a_struct_that_is_no_image_is_refused(
    value: dict[str, Any], endpoint: Endpoint, eager: Frames
) -> None:
    with pytest.raises(ParamError, match="imageBytes expects bytes, the place of a file as text"):
        stage().transform(eager.make({"image": [value]}))
    assert endpoint.requests() == []


# Bytes


def test_bytes_are_sent_as_they_are(endpoint: Endpoint, frames: Frames) -> None:
    frame = frames.make({"image": [picture(1), None, b"no picture", picture(2, 70)]})
    rows = frames.rows(stage().transform(frame))
    assert sizes(rows) == [(60, 60), None, None, (70, 70)]
    assert [row["err"] and row["err"]["code"] for row in rows] == [None, None, "rejected", None]
    assert "not a valid image" in rows[2]["err"]["message"]


@pytest.mark.parametrize("kind", [pa.large_binary(), pa.binary_view()])
def test_bytes_of_every_arrow_type_are_sent(kind: pa.DataType, endpoint: Endpoint) -> None:
    table = pa.table({"image": pa.array([picture(1), None, picture(1)], kind)})
    rows = stage().transform(table).to_pylist()
    assert sizes(rows) == [(60, 60), None, (60, 60)]
    assert endpoint.documents() == 1


def test_bytes_over_the_limit_are_not_sent(endpoint: Endpoint) -> None:
    table = pa.table({"image": [b"\xff\xd8\xff" + bytes(MOST), picture(1)]})
    rows = stage().transform(table).to_pylist()
    assert why(rows) == [
        f"{MOST + 3:,} bytes; the operation takes {MOST:,} bytes at the most",
        None,
    ]
    assert endpoint.documents() == 1


def test_heavy_rows_are_taken_a_few_at_a_time(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogml.filling.SLICE_BYTES", 3 * len(picture(1)))
    table = pa.table({"image": [picture(i % 5, 60 + i % 5) for i in range(40)]})
    rows = stage().transform(table).to_pylist()
    assert sizes(rows) == [(60 + i % 5, 60 + i % 5) for i in range(40)]
    assert endpoint.documents() == 5


# Files


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    for side in (60, 70):
        (tmp_path / f"a picture {side}.png").write_bytes(picture(1, side))
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(MOST + 1)
    return tmp_path


def test_the_place_of_a_file_is_read_where_the_request_is_sent(
    endpoint: Endpoint, frames: Frames, folder: pathlib.Path
) -> None:
    places = [str(folder / f"a picture {side}.png") for side in (60, 70)]
    wrong = [str(folder / "missing.png"), str(folder), "", "nul\0", str(folder / "huge.png")]
    address = (folder / "a picture 70.png").as_uri()
    frame = frames.make({"image": [*places, None, *wrong, address]})
    rows = frames.rows(stage().transform(frame))
    assert sizes(rows) == [(60, 60), (70, 70), *[None] * 6, (70, 70)]
    assert why(rows) == [
        None,
        None,
        None,
        "there is no file 'missing.png'",
        f"there is no file '{folder.name}'",
        "there is no file ''",
        "there is no file 'nul\\x00'",
        f"{MOST + 1:,} bytes; the operation takes {MOST:,} bytes at the most",
        None,
    ]


def test_a_path_in_pandas_is_the_place_of_a_file(endpoint: Endpoint, folder: pathlib.Path) -> None:
    places = [folder / "a picture 60.png", None, folder / "missing.png", str(folder / "huge.png")]
    frame = pd.DataFrame({"image": pd.Series(places, dtype=object)})
    result = stage().transform(frame)
    rows = [
        {"out": out, "err": err}
        for out, err in zip(
            pa.array(result["out"]).to_pylist(), pa.array(result["err"]).to_pylist(), strict=True
        )
    ]
    assert sizes(rows) == [(60, 60), None, None, None]
    assert [message is None for message in why(rows)] == [True, True, False, False]
    assert list(result["image"]) == places


def test_a_path_may_be_the_picture_of_all_rows(endpoint: Endpoint, folder: pathlib.Path) -> None:
    made = stage(imageBytes=folder / "a picture 70.png")
    assert sizes(made.transform(pa.table({"n": [1, 2, 3]})).to_pylist()) == [(70, 70)] * 3
    assert endpoint.documents() == 1
    with pytest.raises(ParamError, match=r"imageBytes cannot be read from .*missing\.png'"):
        stage(imageBytes=folder / "missing.png")


def test_a_file_is_as_large_as_is_asked_for(folder: pathlib.Path) -> None:
    place = str(folder / "a picture 60.png")
    size = len(picture(1))
    assert read_file(place, size) == picture(1)
    error = read_file(place, size - 1)
    assert isinstance(error, ServiceError)
    assert error.code == "row_rejected"


def test_a_place_that_is_no_file_is_its_rows_error(tmp_path: pathlib.Path) -> None:
    """Neither does it hang, nor fill the memory."""
    os.mkfifo(tmp_path / "pipe")
    for place in (str(tmp_path / "pipe"), "/dev/zero", str(tmp_path)):
        error = read_file(place, MOST)
        assert isinstance(error, ServiceError)
        assert error.code == "row_rejected"


def test_an_address_is_told_from_a_place() -> None:
    assert is_address("http://host/a.png")
    assert is_address("HTTPS://host/a.png")
    assert not any(map(is_address, ("/a.png", "file:///a.png", "http:/a", "", None, b"http://h/")))


# Spark's own sources


@pytest.mark.spark
@pytest.mark.parametrize("source", ["binaryFile", "image"])
def test_what_sparks_own_sources_read_is_sent(
    source: str, endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path
) -> None:
    for side in (60, 70, 80):
        (tmp_path / f"{side}.png").write_bytes(picture(side, side))
    frame = spark.read.format(source).load(str(tmp_path))
    column = "content" if source == "binaryFile" else "image"
    rows = stage(imageBytesCol=column).transform(frame).select("out", "err").collect()
    made = [row.asDict(recursive=True) for row in rows]
    assert sorted(filter(None, sizes(made))) == [(60, 60), (70, 70), (80, 80)]
    assert why(made) == [None] * 3


# What lies at an address


def fetch(net: Net, urls: list[str | None], **settings: Any) -> list[dict[str, Any]]:
    stage = ImageDownloader(
        urlCol="u", outputCol="out", errorCol="err", **{"backoffs": [1], **settings}
    )
    table = pa.table({"u": pa.array(urls, pa.string())})
    return list(frames.add_columns(table, planner.make(stage, net)).to_pylist())


def to(location: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": location})


def test_pictures_come_in_order_and_each_failure_is_its_own(
    endpoint: Endpoint, eager: Frames
) -> None:
    found = BingImageSearch(q="red", subscriptionKey="k", outputCol="out").transform(
        pa.table({"n": [1]})
    )
    urls = [image["contentUrl"] for image in found["out"].to_pylist()[0]["value"]][:5]
    mixed = [urls[0], None, f"{endpoint.url}/gallery/none.jpg", *urls[1:], "no address", urls[0]]
    stage = BingImageSearch.downloadFromUrls("u", "bytes").set("backoffs", [1])
    rows = eager.rows(stage.transform(eager.make({"u": mixed})))
    assert [row["u"] for row in rows] == mixed
    assert [row["bytes_error"] and row["bytes_error"]["code"] for row in rows] == [
        None,
        None,
        "rejected",
        *[None] * 4,
        "row_rejected",
        None,
    ]
    content = {url: httpx.get(url).content for url in urls}
    wanted = [content.get(url) for url in mixed if url]
    assert [row["bytes"] for row in rows if row["u"]] == wanted
    assert rows[1]["bytes"] is None


def test_redirects_are_followed_without_credentials() -> None:
    answers = {
        "http://a/1": to("https://b/2?x=1"),
        "https://b/2?x=1": to("/3"),
        "https://b/3": httpx.Response(200, content=JPEG),
    }
    net = Net(lambda asked: answers[str(asked.url)])
    (row,) = fetch(net, ["http://a/1"])
    assert (row["out"], row["err"]) == (JPEG, None)
    assert net.addresses == ["http://a/1", "https://b/2?x=1", "https://b/3"]
    for request in net.requests:
        assert {"authorization", "ocp-apim-subscription-key", "cookie"}.isdisjoint(request.headers)
        assert request.headers["user-agent"].startswith("cogml/")


@pytest.mark.parametrize(
    ("location", "code", "message"),
    [
        ("http://a/1", "rejected", "more than 5 redirects"),
        ("file:///etc/passwd", "row_rejected", "expected an address such as"),
        ("http://b:port/", "bad_response", "no valid address"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_an_error(location: str, code: str, message: str) -> None:
    (row,) = fetch(in_turn(to(location)), ["http://a/1"])
    assert (row["out"], row["err"]["code"]) == (None, code)
    assert message in row["err"]["message"]


@pytest.mark.parametrize(
    "inside",
    [
        "http://localhost",
        "http://LOCALHOST.",
        "http://service.localhost:8080",
        "http://127.0.0.1",
        "http://127.0.0.1.",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.1",
        "http://0",
        "http://[::]",
        "http://[::1]",
        "http://[::ffff:127.0.0.1]",
        "http://[::ffff:10.0.0.1]",
        "http://[fd00::1]",
        "http://10.0.0.1",
        "http://192.168.1.1",
        "http://100.64.0.1",
        "http://169.254.169.254/metadata/instance",
        "http://2852039166/metadata/instance",
        "http://168.63.129.16/machine",
        "//127.0.0.1",
    ],
)
def test_a_redirect_from_outside_does_not_lead_inside(inside: str) -> None:
    net = in_turn(to(inside), httpx.Response(200, content=b"secret"))
    (row,) = fetch(net, ["http://a.example/1"])
    assert (row["out"], row["err"]["code"]) == (None, "rejected")
    assert row["err"]["message"].endswith("into this machine's own network")
    assert net.addresses == ["http://a.example/1"]


@pytest.mark.parametrize("outside", ["http://8.8.8.8/", "http://[2001:4860:4860::8888]/", "/b"])
def test_a_redirect_from_outside_leads_outside(outside: str) -> None:
    (row,) = fetch(in_turn(to(outside), httpx.Response(200, content=JPEG)), ["http://a.example/1"])
    assert row["out"] == JPEG


@pytest.mark.parametrize("place", ["redirect", "row"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1\\.a.example", "%31%32%37.0.0.1", "a.example%00", "a b", "u@a.example"]
)
def test_a_host_that_is_read_in_two_ways_is_not_asked(host: str, place: str) -> None:
    """What checks an address and what connects to it must see the same host."""
    address = f"http://{host}/"
    net = in_turn(to(address), httpx.Response(200, content=b"secret"))
    (row,) = fetch(net, ["http://a.example/1" if place == "redirect" else address])
    assert (row["out"], row["err"]["code"]) == (None, "row_rejected")
    assert net.addresses == ["http://a.example/1"][: place == "redirect"]


@pytest.mark.parametrize(
    "address", ["", "picture.jpg", "ftp://a/b", "file:///a", "http://", "//a/b"]
)
def test_what_is_no_address_is_not_asked_for(address: str) -> None:
    net = in_turn(httpx.Response(200))
    (row,) = fetch(net, [address])
    assert (row["out"], row["err"]["code"], net.requests) == (None, "row_rejected", [])


def test_a_copy_of_the_web_stands_in_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGML_WEB", "http://mirror:8080/web/")
    answers = {"/web/a.example/1.jpg": to("https://b.example/2"), "/web/b.example/2": to("3")}
    net = Net(lambda asked: answers.get(asked.url.path) or httpx.Response(200, content=JPEG))
    rows = fetch(net, ["https://a.example/1.jpg", "http://c.example:81/x%20y?z=1&w=a%2Fb"])
    assert [row["out"] for row in rows] == [JPEG] * 2
    assert sorted(net.addresses) == [
        "http://mirror:8080/web/a.example/1.jpg",
        "http://mirror:8080/web/b.example/2",
        "http://mirror:8080/web/b.example/3",
        "http://mirror:8080/web/c.example:81/x%20y?z=1&w=a%2Fb",
    ]


def test_a_passing_fault_costs_no_picture() -> None:
    net = in_turn(httpx.Response(503), httpx.Response(200, content=JPEG))
    (row,) = fetch(net, ["http://a/1"])
    assert row["out"] == JPEG


def test_times_are_given_in_milliseconds() -> None:
    stage = BingImageSearch.downloadFromUrls("u", "bytes", concurrency=3, timeout=1_500)
    assert (stage.getConcurrency(), stage.getTimeout(), stage.getUrlCol()) == (3, 1.5, "u")
    assert (stage.getOutputCol(), stage.getErrorCol()) == ("bytes", "bytes_error")

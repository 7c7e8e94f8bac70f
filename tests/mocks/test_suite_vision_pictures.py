"""Pictures are fetched from where they may be, refused by their header, and do no harm."""

from __future__ import annotations

import contextlib
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import httpx
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from vision_bench import BYTES, RED, V32, encoded, error, plain, send

import cogml_mocks
from cogml_mocks import fetch
from cogml_mocks.engines import picture_header, picture_pixels
from cogml_mocks.engines.picture_analysis import Analysis
from cogml_mocks.vision import analyses, pictures

SQUARE = encoded(plain(RED, 60, 60))
FORMATS = ("png", "jpg", "bmp", "gif", "tiff", "webp")


class Site(BaseHTTPRequestHandler):
    """A site of pictures, redirects and worse."""

    def do_GET(self) -> None:
        if self.path == "/slow.png":
            self.server.released.wait(5)
        elif self.path == "/drip.png":
            self.send_response(200)
            with contextlib.suppress(OSError):
                for _ in range(200):
                    self.wfile.write(b"X-More: to come\r\n")
                    if self.server.released.wait(0.02):
                        break
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/missing.png":
            self.send_error(404)
        else:
            contents = {"/large.png": bytes(4 * 2**20 + 1), "/page.html": b"<html>"}
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(contents.get(self.path, SQUARE))

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.released = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.released.set()
        server.shutdown()
        thread.join()


def test_a_picture_is_fetched_and_known_by_its_bytes(bench, site):
    answer = bench.post(f"{V32}/tag", {"url": f"{site}/picture.txt"}).json()
    assert answer["tags"] == send(bench, "/tag", SQUARE).json()["tags"]
    assert answer["metadata"] == {"width": 60, "height": 60, "format": "Png"}
    followed = bench.post(f"{V32}/tag", {"url": f"{site}/to//picture.png"})
    assert followed.status_code == 200


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/missing.png", "InvalidImageUrl"),
        ("/page.html", "InvalidImageFormat"),
        ("/large.png", "InvalidImageSize"),
        ("/to/http://192.0.2.1/a.png", "InvalidImageUrl"),
        ("/to/file:///etc/passwd", "InvalidImageUrl"),
        ("/to//to//to//to//to//a.png", "InvalidImageUrl"),
    ],
)
def test_what_a_site_gives_instead_is_refused(bench, site, path, inner):
    response = bench.post(f"{V32}/tag", {"url": site + path})
    assert error(response) == (400, "InvalidRequest", inner)


@pytest.mark.parametrize("path", ["/slow.png", "/drip.png", "/to//drip.png"])
def test_a_site_that_takes_its_time_is_not_waited_for(bench, site, monkeypatch, path):
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 0.1)
    start = time.monotonic()
    response = bench.post(f"{V32}/tag", {"url": site + path})
    assert error(response) == (400, "InvalidRequest", "InvalidImageUrl")
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "address",
    [
        "",
        "picture.png",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/a.png",
        "http://127.0.0.1:1/a.png",
        "http://192.0.2.1/a.png",
        "http://127.0.0.1.example.com/a.png",
        "http://127.0.0.1@192.0.2.1/a.png",
        "ftp://127.0.0.1/a.png",
        "file:///etc/passwd",
        "http://\x00/a.png",
        "http://" + "a" * 300 + "/",
    ],
)
def test_an_address_that_may_not_or_cannot_be_fetched_is_refused(bench, address):
    response = bench.post(f"{V32}/tag", {"url": address})
    assert error(response) == (400, "InvalidRequest", "InvalidImageUrl")


def test_a_host_is_fetched_from_when_the_suite_was_told_so(client, monkeypatch):
    asked = []

    def fetched(address, hosts, limit):
        asked.append((address, hosts))
        return SQUARE

    monkeypatch.setattr(fetch, "fetch", fetched)
    with cogml_mocks.serve(image_hosts=("pictures.example",)) as suite:
        body = {"url": "https://pictures.example/a.png"}
        assert client.post(f"{suite.url}{V32}/tag", json=body).status_code == 200
    assert asked == [("https://pictures.example/a.png", ("pictures.example",))]


@pytest.mark.parametrize("hosts", [(), ("pictures.example",)])
def test_only_named_hosts_and_loopback_may_be_fetched_from(hosts):
    may = {
        "http://localhost/": True,
        "http://127.8.0.1/": True,
        "http://[::1]/": True,
        "https://pictures.example/": bool(hosts),
        "https://sub.pictures.example/": False,
        "http://10.0.0.1/": False,
        "http://[::]/": False,
        "gopher://localhost/": False,
    }
    found = {url: fetch.may_fetch(httpx.URL(url), hosts) for url in may}
    assert found == may


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"url": 1}', b'{"url": null}'])
def test_a_json_body_without_an_address_is_refused(bench, body):
    url = f"{bench.url}{V32}/tag"
    response = bench.client.post(url, content=body, headers={"Content-Type": "application/json"})
    assert error(response) == (400, "InvalidRequest", "BadArgument")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b""),
        ("multipart/form-data; boundary=a", b"--a\r\n\r\n"),
        ("multipart/form-data; boundary=a", b"--a--\r\n"),
    ],
)
def test_a_form_without_a_file_is_refused(bench, media_type, body):
    url = f"{bench.url}{V32}/tag"
    response = bench.client.post(url, content=body, headers={"Content-Type": media_type})
    assert response.status_code == 400
    assert error(response)[2] in ("BadArgument", "InvalidImageFormat")


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (chunk, data)
    )


REFUSED = {
    "a byte over 4 MB": (bytes(4 * 2**20 + 1), "InvalidImageSize"),
    "6 MB": (bytes(6 * 2**20), "InvalidImageSize"),
    "a bomb": (png_header(60_000, 60_000), "InvalidImageSize"),
    "sides that fit, pixels that do not": (png_header(16_000, 16_000), "InvalidImageSize"),
    "a wide strip": (png_header(16_001, 60), "InvalidImageSize"),
    "a low strip": (png_header(60, 49), "InvalidImageSize"),
    "no width": (png_header(0, 60), "InvalidImageFormat"),
    "TIFF": (encoded(plain(RED), "tiff"), "InvalidImageFormat"),
    "WebP": (encoded(plain(RED), "webp"), "InvalidImageFormat"),
    "a header and no more": (SQUARE[:40], "InvalidImageFormat"),
    "markers without end": (b"\xff\xd8\xff" + b"\xff" * 100_000, "InvalidImageFormat"),
    "zeros": (b"BM" + bytes(60), "InvalidImageFormat"),
    "a magic word": (b"GIF89a", "InvalidImageFormat"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_too_large_too_small_or_no_picture_is_refused(bench, what):
    content, inner = REFUSED[what]
    found = error(send(bench, "/analyze?visualFeatures=Color", content))
    assert found == (400, "InvalidRequest", inner)


def test_a_picture_of_four_megabytes_is_taken(bench):
    content = SQUARE + bytes(4 * 2**20 - len(SQUARE))
    assert send(bench, "/analyze?visualFeatures=Color", content).status_code == 200
    url = f"{bench.url}{V32}/analyze?visualFeatures=Color"
    assert bench.client.post(url, files={"image": content}).status_code == 200


def test_a_bomb_is_refused_before_a_pixel_is_decoded(bench, monkeypatch):
    monkeypatch.setattr(pictures.Picture, "pixels", lambda *args: pytest.fail("decoded"))
    content = png_header(30_000, 30_000)
    assert send(bench, "/analyze?visualFeatures=Color", content).status_code == 400


@pytest.mark.parametrize("extension", FORMATS)
def test_headers_are_read_without_decoding(extension):
    header = picture_header.inspect(encoded(plain(RED, 70, 60), extension))
    assert header is not None
    assert header.pages == ((70, 60),)
    cut = encoded(plain(RED, 70, 60), extension)[:9]
    assert picture_header.inspect(cut) is None


@pytest.mark.parametrize(("width", "height"), [(50, 16_000), (16_000, 50), (50, 50)])
def test_strips_are_analysed_too(bench, width, height):
    path = "/analyze?visualFeatures=Color,ImageType,Tags,Categories,Faces,Description"
    content = encoded(plain(RED, width, height))
    answer = send(bench, path, content).json()
    assert answer["color"]["dominantColors"] == ["Red"]
    for other in ("/areaOfInterest", "/generateThumbnail?width=9&height=9"):
        assert send(bench, other, content).status_code == 200


@pytest.mark.parametrize(("width", "height"), [(50, 4_200), (4_200, 50)])
def test_text_is_read_in_smaller_pictures_only(bench, width, height):
    assert send(bench, "/ocr", encoded(plain(RED, width, height))).status_code == 200
    larger = encoded(plain(RED, width + width // 4_200, height + height // 4_200))
    assert error(send(bench, "/ocr", larger)) == (400, "InvalidRequest", "InvalidImageSize")


def test_an_address_of_another_form_is_told_from_one_that_gives_nothing(bench):
    messages = {}
    for address in ("picture.png", "ftp://127.0.0.1/a.png", "http://127.0.0.1:1/a.png"):
        found = bench.post(f"{V32}/tag", {"url": address}).json()["error"]["innererror"]
        messages[address] = found["message"]
    malformed, other, silent = messages.values()
    assert malformed == other == "Image URL is badly formatted."
    assert silent == "Image URL is not accessible."


WEBP = {
    "lossy": (cv2.IMWRITE_WEBP_QUALITY, 80),
    "lossless": (cv2.IMWRITE_WEBP_QUALITY, 101),
}


@pytest.mark.parametrize("how", WEBP)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_webp_is_measured_in_each_of_its_forms(how, channels):
    pixels = np.full((60, 70, channels), 120, np.uint8)
    done, data = cv2.imencode(".webp", pixels, WEBP[how])
    header = picture_header.inspect(data.tobytes())
    assert done
    assert header == picture_header.Header("Webp", ((70, 60),))


@hypothesis.settings(max_examples=60)
@hypothesis.given(
    extension=st.sampled_from(FORMATS),
    at=st.integers(0, 10_000),
    change=st.binary(min_size=1, max_size=12),
    cut=st.integers(0, 200),
)
def test_no_damaged_picture_is_answered_with_a_defect(suite, client, extension, at, change, cut):
    noise = np.random.default_rng(1).integers(0, 255, (60, 60, 3)).astype(np.uint8)
    content = bytearray(encoded(noise, extension))
    start = at % len(content)
    content[start : start + len(change)] = change
    del content[len(content) - cut :]
    path = "/vision/v3.2/analyze?visualFeatures=Color,ImageType"
    response = client.post(suite.url + path, content=bytes(content), headers=BYTES)
    assert response.status_code in (200, 400)


@hypothesis.given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"II*\x00", b"BM"])
)
def test_any_bytes_have_a_header_or_none(content, magic):
    header = picture_header.inspect(magic + content)
    assert header is None or all(min(size) > 0 for size in header.pages)


def test_a_hostile_tiff_is_given_up_early():
    loop = b"II*\x00" + struct.pack("<IH", 8, 0) + struct.pack("<I", 8)
    assert picture_header.inspect(loop) is None
    many = b"II*\x00" + struct.pack("<IH", 8, 60_000) + bytes(800_000)
    assert picture_header.inspect(many) is None


def test_the_analyses_kept_are_bounded(bench):
    for shade in range(analyses.KEPT + 3):
        content = encoded(plain((shade * 5, 0, 0), 50, 50))
        assert send(bench, "/analyze?visualFeatures=Color", content).status_code == 200
    kept = analyses._ANALYSES.values()
    assert len(kept) <= analyses.KEPT
    assert all(isinstance(each, Analysis) for each in kept)


def tiff(*entries: tuple[int, int, int, int]) -> bytes:
    """A TIFF of one page with these tags, types, counts and values."""
    listed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4)


SHORT, LONG, LONG8 = 3, 4, 16


@pytest.mark.parametrize(
    ("entries", "pages"),
    [
        ([(256, SHORT, 1, 60), (257, LONG, 1, 70)], ((60, 70),)),
        ([(256, LONG, 1, 60), (257, LONG, 1, 70), (322, LONG, 1, 256), (323, LONG, 1, 256)],
         ((60, 70),)),
        ([(256, LONG, 1, 20_000), (256, LONG, 1, 60), (257, LONG, 1, 70)], None),
        ([(256, LONG8, 1, 60), (257, LONG, 1, 70)], None),
        ([(256, LONG, 2, 60), (257, LONG, 1, 70)], None),
        ([(256, LONG, 1, 60), (257, LONG, 1, 70), (322, LONG, 1, 10_000)], None),
    ],
    ids=["sides", "tiles", "twice", "elsewhere", "several", "large tile"],
)  # fmt: skip
def test_a_tiff_is_as_large_as_any_decoder_reads_it(entries, pages):
    found = picture_header.inspect(tiff(*entries))
    assert (found and found.pages) == pages


@pytest.mark.parametrize("side", [200, 13_000, 60_000])
def test_a_gif_whose_frame_is_larger_than_its_screen_is_no_picture(bench, side):
    screen = b"GIF89a" + struct.pack("<HHBBB", 100, 100, 0, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x01\x00\x00;"
    assert error(send(bench, "/tag", screen + frame)) == BROKEN


BROKEN = (400, "InvalidRequest", "InvalidImageFormat")


def test_a_picture_is_decoded_as_large_as_its_header_says(monkeypatch):
    found = picture_pixels.decode(SQUARE)
    monkeypatch.setattr(cv2, "imdecode", lambda *given: found[:50])
    with pytest.raises(ValueError, match="not a picture"):
        picture_pixels.decode(SQUARE)


def test_the_bytes_of_a_picture_are_in_no_repr():
    picture = pictures.Picture(b"SECRET", picture_header.Header("Png", ((60, 70),)))
    assert "SECRET" not in repr(picture)
    assert "70" in repr(picture)

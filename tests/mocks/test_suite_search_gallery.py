"""Every picture of the gallery can be fetched, is what the index says, and stays the same."""

import cv2
import httpx
import numpy as np
import pytest

from cogml_mocks.engines import gallery
from cogml_mocks.engines.gallery_catalogue import PICTURES

# One process: the gallery is drawn once.
pytestmark = [pytest.mark.xdist_group("gallery"), pytest.mark.usefixtures("gallery_drawn")]

CARDS = [picture for picture in PICTURES if picture.scene == "card"]


@pytest.fixture(scope="module")
def listed(suite, client):
    answer = client.get(f"{suite.url}/v7.0/images/search?q=picture&count=150").json()
    assert answer["totalEstimatedMatches"] == len(answer["value"]) == len(PICTURES)
    return answer["value"]


def decode(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_every_picture_is_what_the_index_says(listed):
    assert len(listed) > 60
    with httpx.Client() as keyless:
        for picture in listed:
            response = keyless.get(picture["contentUrl"])
            assert response.status_code == 200
            assert response.headers["content-type"] == f"image/{picture['encodingFormat']}"
            assert f"{len(response.content)} B" == picture["contentSize"]
            pixels = decode(response.content)
            assert pixels.shape[:2] == (picture["height"], picture["width"])
            accent = picture["accentColor"]
            assert len(accent) == len(bytes.fromhex(accent)) * 2 == 6


def test_every_thumbnail_is_a_small_jpeg_of_the_stated_size(listed):
    with httpx.Client() as keyless:
        for picture in listed:
            response = keyless.get(picture["thumbnailUrl"])
            assert response.headers["content-type"] == "image/jpeg"
            stated = picture["thumbnail"]
            assert decode(response.content).shape == (stated["height"], stated["width"], 3)
            assert max(stated.values()) <= 300


def test_pictures_are_distinct(listed):
    for name in ("contentUrl", "imageId", "hostPageUrl", "name"):
        assert len({picture[name] for picture in listed}) == len(listed)
    assert len({gallery.drawn(picture).content for picture in PICTURES}) == len(PICTURES)


@pytest.mark.parametrize("scene", sorted({picture.scene for picture in PICTURES}))
def test_a_picture_drawn_again_has_the_same_bytes(scene):
    picture = next(picture for picture in PICTURES if picture.scene == scene)
    kept = gallery.drawn(picture)
    assert gallery.drawn(picture) is kept
    again = gallery.draw(picture)
    assert again is not kept
    assert again == kept


def test_what_has_no_background_is_transparent():
    (picture,) = [p for p in PICTURES if p.name == "yellow-star"]
    pixels = decode(gallery.drawn(picture).content)
    assert pixels.shape[2] == 4
    assert pixels[0, 0, 3] == 0
    assert tuple(pixels[200, 200]) == (0x1F, 0xD2, 0xF5, 255)


@pytest.mark.parametrize("name", ["black", "blue", "brown", "gray", "green", "orange", "pink",
                                  "purple", "red", "teal", "white", "yellow"])  # fmt: skip
def test_a_plate_has_its_colours_name(name):
    (picture,) = [p for p in PICTURES if p.name == f"plate-of-{name}"]
    assert gallery.drawn(picture).colour == name.title().replace("Gray", "Grey")


@pytest.mark.parametrize("picture", CARDS, ids=lambda picture: picture.name)
def test_a_quotations_text_stays_on_its_card(picture):
    pixels = decode(gallery.drawn(picture).content).astype(int)
    paper, margin = pixels[2, 2], pixels.shape[1] // 40
    edge = np.concatenate([pixels[:, :margin], pixels[:, -margin:]], axis=1)
    assert np.abs(edge - paper).max() < 40
    assert np.abs(pixels[-3:] - paper).max() < 40
    assert np.abs(pixels - paper).max() > 100


def test_the_words_of_a_card_can_be_read():
    rapidocr = pytest.importorskip("rapidocr", reason="rapidocr is not installed")
    picture = CARDS[0]
    read = rapidocr.RapidOCR()(decode(gallery.drawn(picture).content))
    assert " ".join(read.txts) == "I have a dream. Martin Luther King Jr. March on Washington, 1963"


def test_a_picture_answers_head_and_has_a_page(suite):
    address = f"{suite.url}/gallery/cat-clip-art"
    head = httpx.head(f"{address}.png")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(httpx.get(f"{address}.png").content)
    page = httpx.get(address)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'src="{address}.png"' in page.text


def test_the_gallery_lists_all_or_what_matches(suite):
    assert httpx.get(f"{suite.url}/gallery").text.count("<img") == len(PICTURES)
    assert httpx.get(f"{suite.url}/gallery?q=cats").text.count("<img") == 2
    hostile = httpx.get(f"{suite.url}/gallery", params={"q": "<script>"}).text
    assert "<script>" not in hostile
    assert "&lt;script&gt;" in hostile


@pytest.mark.parametrize(
    "path",
    ["/none.jpg", "/cat-clip-art.jpg", "/thumbnails/none.jpg", "/thumbnails/cat-clip-art.png",
     "/thumbnails/.jpg", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/thumbnails", "/a/b/c"],
)  # fmt: skip
def test_what_is_not_there_is_404(suite, client, path):
    response = client.get(f"{suite.url}/gallery{path}")
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}

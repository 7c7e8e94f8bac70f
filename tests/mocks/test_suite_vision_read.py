"""Read takes a picture, is polled, and has errors of a flat form."""

from __future__ import annotations

from uuid import uuid4

import cv2
import httpx
import numpy as np
import pytest
from test_suite_specs import validate
from vision_bench import BLACK, RED, V32, WHITE, encoded, plain, send, written

FILE = "computervision-v3.2/Ocr.json"
HELLO = encoded(written("Hello world"))


def flat(response: httpx.Response) -> tuple[int, str]:
    found = response.json()
    assert set(found) == {"code", "message", "requestId"}
    return response.status_code, found["code"]


def read(bench, content=HELLO, query="") -> dict:
    started = send(bench, f"/read/analyze{query}", content)
    assert (started.status_code, started.content) == (202, b"")
    location = started.headers["Operation-Location"]
    assert location.startswith(f"{bench.url}{V32}/read/analyzeResults/")
    running = bench.client.get(location).json()
    assert running["status"] == "running"
    assert "analyzeResult" not in running
    return bench.client.get(location).json()


def texts(result: dict) -> list[list[str]]:
    return [[line["text"] for line in page["lines"]] for page in result["readResults"]]


def test_text_is_read_once_it_has_been_seen_running(bench, specs):
    answer = read(bench)
    assert answer["status"] == "succeeded"
    validate(specs, FILE, "ReadOperationResult", answer)
    (page,) = answer["analyzeResult"]["readResults"]
    assert (page["page"], page["width"], page["height"], page["unit"]) == (1, 640, 200, "pixel")
    assert (page["language"], abs(page["angle"]) < 2) == ("en", True)
    (line,) = page["lines"]
    assert (line["text"], [word["text"] for word in line["words"]]) == (
        "Hello world",
        ["Hello", "world"],
    )
    for part in (line, *line["words"]):
        assert len(part["boundingBox"]) == 8
        assert all(0 <= side <= 640 for side in part["boundingBox"])


def test_an_answer_stays_and_is_read_once(bench):
    location = send(bench, "/read/analyze", HELLO).headers["Operation-Location"]
    statuses = [bench.client.get(location).json() for _ in range(3)]
    assert [answer["status"] for answer in statuses] == ["running", "succeeded", "succeeded"]
    assert statuses[1] == statuses[2]


def test_a_language_is_kept_and_boxes_are_those_of_the_picture_sent(bench):
    large = cv2.resize(written("Hello world"), (2_560, 400))
    (page,) = read(bench, encoded(large), "?language=de")["analyzeResult"]["readResults"]
    assert (page["language"], page["width"]) == ("de", 2_560)
    assert max(page["lines"][0]["boundingBox"]) > 1_000


def test_columns_are_read_across_or_one_by_one(bench):
    pixels = plain(WHITE, 700, 220)
    for x, words in ((30, ("one", "two")), (430, ("three", "four"))):
        for row, word in enumerate(words):
            at = (x, 70 + 100 * row)
            cv2.putText(pixels, word, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 3, cv2.LINE_AA)
    (across,) = texts(read(bench, encoded(pixels))["analyzeResult"])
    assert {*across[:2]} == {"one", "three"}
    natural = read(bench, encoded(pixels), "?readingOrder=natural")
    assert texts(natural["analyzeResult"]) == [["one", "two", "three", "four"]]


def tiff(*words: str) -> bytes:
    done, data = cv2.imencodemulti(
        ".tiff", [cv2.resize(written(word), (320, 100)) for word in words]
    )
    assert done
    return data.tobytes()


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("", [1, 2, 3]),
        ("?pages=2", [2]),
        ("?pages=1,3", [1, 3]),
        ("?pages=2-", [2, 3]),
        ("?pages=-2", [1, 2]),
    ],
)
def test_pages_are_chosen(bench, query, pages):
    words = ("Alpha", "Beta", "Gamma")
    found = read(bench, tiff(*words), query)["analyzeResult"]
    assert [page["page"] for page in found["readResults"]] == pages
    assert texts(found) == [[words[number - 1]] for number in pages]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?pages=0", "InvalidPageRange"),
        ("?pages=3-2", "InvalidPageRange"),
        ("?pages=-", "InvalidPageRange"),
        ("?pages=one", "InvalidPageRange"),
        ("?pages=2", "InvalidPageRange"),
        ("?language=tlh", "NotSupportedLanguage"),
        ("?readingOrder=random", "InvalidReadingOrder"),
        ("?model-version=1999-01-01", "BadArgument"),
    ],
)
def test_a_parameter_that_is_not_valid_is_refused(bench, specs, query, code):
    response = send(bench, f"/read/analyze{query}", HELLO)
    assert flat(response) == (400, code)
    validate(specs, FILE, "ComputerVisionOcrError", response.json())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "UnsupportedImageFormat"),
        (b"%PDF-1.7", "UnsupportedImageFormat"),
        (encoded(plain(RED), "gif"), "UnsupportedImageFormat"),
        (encoded(plain(RED, 49, 60)), "InvalidImageDimension"),
        (encoded(plain(RED, 10_001, 50)), "InvalidImageDimension"),
    ],
)
def test_what_cannot_be_read_is_refused(bench, content, code):
    assert flat(send(bench, "/read/analyze", content)) == (400, code)


def test_limits_are_inclusive(bench):
    for width, height in ((50, 50), (10_000, 50)):
        content = encoded(plain(RED, width, height))
        assert send(bench, "/read/analyze", content).status_code == 202


def test_other_refusals_are_flat_too(bench):
    address = {"url": "http://192.0.2.1/a.png"}
    assert flat(bench.post(f"{V32}/read/analyze", address)) == (400, "FailedToDownloadImage")
    address = {"url": "picture.png"}
    assert flat(bench.post(f"{V32}/read/analyze", address)) == (400, "InvalidImageUrl")
    url = f"{bench.url}{V32}/read/analyze"
    text = bench.client.post(url, content=HELLO, headers={"Content-Type": "text/plain"})
    assert flat(text) == (415, "UnsupportedMediaType")
    for name, refusal in ((str(uuid4()), (404, "BadArgument")), ("x", (400, "BadArgument"))):
        found = bench.client.get(f"{bench.url}{V32}/read/analyzeResults/{name}")
        assert flat(found) == refusal


def test_a_picture_that_is_broken_behind_its_header_fails(bench):
    broken = HELLO[:60] + bytes(200)
    answer = read(bench, broken)
    assert answer["status"] == "failed"
    assert "analyzeResult" not in answer


def test_jobs_are_those_of_their_base_path_until_it_is_reset(bench):
    location = send(bench, "/read/analyze", HELLO).headers["Operation-Location"]
    elsewhere = location.replace(f"/t/{bench.name}/", "/t/another/")
    assert bench.client.get(elsewhere).status_code == 404
    bench.suite.reset(base=bench.name)
    assert bench.client.get(location).status_code == 404


def test_the_oldest_jobs_make_room(bench, monkeypatch):
    monkeypatch.setattr("cogml_mocks.vision.read.MAX_JOBS", 2)
    started = [send(bench, "/read/analyze", HELLO) for _ in range(3)]
    found = [bench.client.get(s.headers["Operation-Location"]).status_code for s in started]
    assert found == [404, 200, 200]
    monkeypatch.setattr("cogml_mocks.vision.read.MAX_HELD", len(HELLO))
    last = send(bench, "/read/analyze", HELLO).headers["Operation-Location"]
    found = [bench.client.get(s.headers["Operation-Location"]).status_code for s in started]
    assert found == [404, 404, 404]
    assert bench.client.get(last).status_code == 200


def test_an_empty_picture_has_a_page_without_lines(bench):
    noise = np.random.default_rng(3).integers(110, 140, (200, 300, 3)).astype(np.uint8)
    (page,) = read(bench, encoded(noise))["analyzeResult"]["readResults"]
    assert page["lines"] == []
    assert "language" not in page

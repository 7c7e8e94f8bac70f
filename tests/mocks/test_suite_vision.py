"""Computer Vision answers as documented: what is asked for, refusals in its own words."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from suite_bench import KEY
from test_suite_specs import validate
from vision_bench import ALL, BYTES, RED, V32, WHITE, encoded, error, photograph, plain, send
from vision_bench import written as drawn_text

import cogml_mocks
from cogml_mocks.vision import recordings

FILE = "computervision-v3.2/ComputerVision.json"
OBJECTS = (
    "https://raw.githubusercontent.com/Azure-Samples/cognitive-services-sample-data-files/"
    "master/ComputerVision/Images/objects.jpg"
)
CLOUD_TAGS = [
    "skating", "person", "man", "outdoor", "riding", "sport", "skateboard", "young", "board",
    "shirt", "air", "park", "boy", "side", "jumping", "ramp", "trick", "doing", "flying",
]  # fmt: skip
SQUARE = encoded(cv2.rectangle(plain(WHITE), (60, 40), (240, 160), RED, -1))
PICTURE_PATHS = (
    "/analyze",
    "/tag",
    "/describe",
    "/detect",
    "/areaOfInterest",
    "/models/celebrities/analyze",
    "/ocr",
    "/generateThumbnail?width=50&height=50",
)


def test_only_what_is_asked_for_comes_back(bench):
    about = {"requestId", "metadata", "modelVersion"}
    answer = send(bench, "/analyze", SQUARE).json()
    assert answer.keys() - about == {"categories"}
    answer = send(bench, "/analyze?visualFeatures=color,IMAGETYPE,Color", SQUARE).json()
    assert answer.keys() - about == {"color", "imageType"}
    assert answer["color"]["dominantColors"] == ["White", "Red"]
    assert answer["metadata"] == {"width": 300, "height": 200, "format": "Png"}
    everything = send(bench, f"/analyze?visualFeatures={ALL}", SQUARE).json()
    assert len(everything.keys() - about) == 9
    assert everything["brands"] == []
    assert everything["adult"]["isAdultContent"] is False


def test_equal_pictures_get_equal_answers(bench):
    first, second = (send(bench, f"/analyze?visualFeatures={ALL}", SQUARE).json() for _ in range(2))
    assert first.pop("requestId") != second.pop("requestId")
    assert first == second


@pytest.mark.parametrize("extension", ["png", "jpg", "bmp", "gif"])
def test_each_format_is_taken_whatever_it_is_called(bench, extension):
    pixels = cv2.rectangle(plain(WHITE), (60, 40), (240, 160), RED, -1)
    answer = send(bench, "/analyze?visualFeatures=Color", encoded(pixels, extension)).json()
    name = {"jpg": "Jpeg"}.get(extension, extension.capitalize())
    assert answer["metadata"]["format"] == name
    assert answer["color"]["dominantColorForeground"] == "Red"


def test_a_picture_comes_as_bytes_chunks_or_a_form(bench):
    wanted = send(bench, "/tag", SQUARE).json()["tags"]
    assert wanted
    pieces = (SQUARE[start : start + 100] for start in range(0, len(SQUARE), 100))
    url = f"{bench.url}{V32}/tag"
    chunked = bench.client.post(url, content=pieces, headers=BYTES)
    assert chunked.json()["tags"] == wanted
    form = bench.client.post(url, files={"image": ("a.png", SQUARE, "image/png")})
    assert form.json()["tags"] == wanted


def test_tags_captions_and_objects_have_operations_of_their_own(bench):
    assert send(bench, "/tag", SQUARE).json()["tags"][-1]["name"] == "red"
    described = send(bench, "/describe?maxCandidates=3", encoded(drawn_text("Sale"))).json()
    assert described["description"]["tags"] == ["text"]
    assert [caption["text"] for caption in described["description"]["captions"]] == ["text"]
    assert send(bench, "/detect", SQUARE).json()["objects"] == []


def test_captions_are_as_many_as_asked_for(bench):
    pixels = drawn_text("SALE", width=400, height=400)
    picture = encoded(cv2.circle(pixels, (200, 260), 100, RED, -1))
    one = send(bench, "/describe", picture).json()["description"]["captions"]
    two = send(bench, "/describe?maxCandidates=2", picture).json()["description"]["captions"]
    assert (len(one), len(two)) == (1, 2)
    assert one[0] == two[0]
    assert two[0]["text"].startswith(two[1]["text"])


def test_models_know_nobody(bench):
    url = bench.url + V32
    models = bench.client.get(f"{url}/models").json()["models"]
    assert [model["name"] for model in models] == ["celebrities", "landmarks"]
    answer = send(bench, "/models/Landmarks/analyze", SQUARE).json()
    assert answer["result"] == {"landmarks": []}


def test_details_are_in_the_category_they_belong_to(bench):
    meadow = plain((235, 150, 60), 400, 300)
    meadow[170:] = photograph(plain((40, 160, 40), 400, 130), 40)
    path = "/analyze?details=Landmarks,Celebrities"
    (category,) = send(bench, path, encoded(meadow)).json()["categories"]
    assert category["name"] == "outdoor_grass"
    assert category["detail"] == {"landmarks": []}


def test_text_is_told_by_region_line_and_word(bench):
    picture = encoded(drawn_text("The quick brown fox", "jumps over it", height=220))
    answer = send(bench, "/ocr?detectOrientation=true", picture).json()
    assert (answer["language"], answer["orientation"]) == ("en", "Up")
    assert abs(answer["textAngle"]) < 0.05
    (region,) = answer["regions"]
    lines = [" ".join(word["text"] for word in line["words"]) for line in region["lines"]]
    assert lines == ["The quick brown fox", "jumps over it"]
    left, top, width, height = map(int, region["boundingBox"].split(","))
    for line in region["lines"]:
        x, y, w, h = map(int, line["boundingBox"].split(","))
        assert left - 1 <= x <= x + w <= left + width + 1
        assert top - 1 <= y <= y + h <= top + height + 1
    given = send(bench, "/ocr?language=fr&detectOrientation=false", picture).json()
    assert (given["language"], given["textAngle"]) == ("fr", 0)


def test_a_picture_without_text_has_no_regions(bench):
    answer = send(bench, "/ocr", SQUARE).json()
    assert (answer["regions"], answer["orientation"], answer["language"]) == (
        [],
        "NotDetected",
        "unk",
    )


@pytest.mark.parametrize(("width", "height"), [(50, 50), (1024, 1), (1, 1024), (640, 480)])
def test_a_thumbnail_is_a_jpeg_of_that_size(bench, width, height):
    path = f"/generateThumbnail?width={width}&height={height}&smartCropping=true"
    response = send(bench, path, SQUARE)
    assert response.headers["content-type"] == "application/octet-stream"
    found = cv2.imdecode(np.frombuffer(response.content, np.uint8), cv2.IMREAD_COLOR)
    assert found.shape == (height, width, 3)


def test_positions_are_those_of_the_picture_sent(bench):
    pixels = photograph(plain((128, 128, 128), 3_000, 1_000), 2)
    cv2.circle(pixels, (2_600, 500), 200, RED, -1)
    area = send(bench, "/areaOfInterest", encoded(pixels, "jpg")).json()["areaOfInterest"]
    assert area["x"] + area["w"] > 2_000


def test_requests_at_the_same_time_get_the_same_answer(bench):
    picture = encoded(drawn_text("Sale", width=320, height=120))
    path = f"/analyze?visualFeatures={ALL}"
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda _: send(bench, path, picture).json(), range(8))]
    assert len({answer.pop("requestId") for answer in answers}) == 8
    assert all(answer == answers[0] for answer in answers)


def test_a_fault_has_the_form_of_the_interface_it_meets(bench):
    bench.fault(kind="throttle", retry_after=1)
    refused = send(bench, "/tag", SQUARE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "429")
    refused = send(bench, "/read/analyze", SQUARE)
    assert (refused.status_code, refused.json()["code"]) == (429, "429")


def test_a_slanted_line_is_turned_back_around_the_middle(bench):
    straight = np.roll(drawn_text("A turned line", height=300), 80, axis=0)
    turn = cv2.getRotationMatrix2D((320, 150), -8, 1)  # clockwise
    picture = encoded(cv2.warpAffine(straight, turn, (640, 300), borderValue=WHITE))
    answer = send(bench, "/ocr", picture).json()
    assert answer["textAngle"] == pytest.approx(-0.14, abs=0.03)
    left, top, _, height = map(int, answer["regions"][0]["boundingBox"].split(","))
    assert height < 80  # as high as the straight line, not as its slanted box
    assert abs(left - 30) < 25
    assert abs(top - 105) < 25
    as_it_is = send(bench, "/ocr?detectOrientation=false", picture).json()
    assert int(as_it_is["regions"][0]["boundingBox"].split(",")[3]) > 80


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/analyze?visualFeatures=Colour", "NotSupportedVisualFeature"),
        ("/analyze?visualFeatures=Tags,Mood", "NotSupportedVisualFeature"),
        ("/analyze?details=Pets", "InvalidDetails"),
        ("/analyze?descriptionExclude=Pets", "BadArgument"),
        ("/analyze?language=tlh", "NotSupportedLanguage"),
        ("/analyze?model-version=1999-01-01", "BadArgument"),
        ("/tag?language=tlh", "NotSupportedLanguage"),
        ("/describe?maxCandidates=0", "BadArgument"),
        ("/describe?maxCandidates=many", "BadArgument"),
        ("/detect?model-version=1", "BadArgument"),
        ("/areaOfInterest?model-version=1", "BadArgument"),
        ("/models/pets/analyze", "InvalidModel"),
        ("/ocr?language=tlh", "NotSupportedLanguage"),
        ("/ocr?detectOrientation=perhaps", "BadArgument"),
        ("/generateThumbnail", "InvalidThumbnailSize"),
        ("/generateThumbnail?width=0&height=50", "InvalidThumbnailSize"),
        ("/generateThumbnail?width=50&height=1025", "InvalidThumbnailSize"),
        ("/generateThumbnail?width=50&height=x", "InvalidThumbnailSize"),
        ("/generateThumbnail?width=50&height=50&smartCropping=1", "BadArgument"),
    ],
)
def test_a_parameter_that_is_not_valid_is_refused_by_its_name(bench, path, inner):
    assert error(send(bench, path, SQUARE)) == (400, "InvalidRequest", inner)


@pytest.mark.parametrize("path", PICTURE_PATHS)
def test_every_operation_refuses_what_is_no_picture(bench, path):
    assert error(send(bench, path, b"no picture")) == (400, "InvalidRequest", "InvalidImageFormat")
    tiny = encoded(plain(width=49))
    assert error(send(bench, path, tiny)) == (400, "InvalidRequest", "InvalidImageSize")
    response = bench.client.post(
        bench.url + V32 + path, content=SQUARE, headers={"Content-Type": "image/png"}
    )
    assert error(response) == (415, "InvalidRequest", "UnsupportedMediaType")
    assert send(bench, path, SQUARE).status_code == 200
    log = bench.suite.requests(bench.name)
    assert [entry["documents"] for entry in log] == [None, None, None, 1]


@pytest.mark.parametrize("path", ["/tag", "/ocr", "/areaOfInterest"])
def test_a_picture_that_is_broken_behind_its_header_is_refused(bench, path):
    broken = SQUARE[:60] + bytes(200)
    assert error(send(bench, path, broken)) == (400, "InvalidRequest", "InvalidImageFormat")
    assert [entry["documents"] for entry in bench.suite.requests(bench.name)] == [None]


def test_answers_validate_against_the_api_file(bench, specs):
    picture = encoded(drawn_text("Hello world"))
    validated = {
        f"/analyze?visualFeatures={ALL}&details=Celebrities": "ImageAnalysis",
        "/tag": "TagResult",
        "/describe": "ImageDescription",
        "/detect": "DetectResult",
        "/areaOfInterest": "AreaOfInterestResult",
        "/models/celebrities/analyze": "DomainModelResults",
        "/ocr": "OcrResult",
    }
    for path, definition in validated.items():
        validate(specs, FILE, definition, send(bench, path, picture).json())
    models = bench.client.get(f"{bench.url}{V32}/models").json()
    validate(specs, FILE, "ListModelsResult", models)
    for response in (send(bench, "/tag", b""), send(bench, "/tag?language=tlh", picture)):
        validate(specs, FILE, "ComputerVisionErrorResponse", response.json())


def test_every_path_of_the_api_file_is_served(bench, specs):
    paths = json.loads((specs / FILE).read_text("utf-8"))["paths"]
    assert len(paths) == 9
    for path in paths:
        method = "GET" if path == "/models" else "POST"
        url = bench.url + V32 + path.replace("{model}", "celebrities")
        assert bench.client.request(method, url, headers=BYTES).status_code in (200, 400), path


def test_a_recorded_address_is_answered_without_a_network(bench, specs):
    path = f"{V32}/analyze?visualFeatures={ALL}&details=Celebrities,Landmarks"
    response = bench.post(path, {"url": OBJECTS})
    assert response.headers["x-cogml-recorded"] == "true"
    answer = response.json()
    assert answer["description"]["tags"] == CLOUD_TAGS
    assert answer["metadata"] == {"width": 600, "height": 462, "format": "Jpeg"}
    validate(specs, FILE, "ImageAnalysis", answer)
    described = bench.post(f"{V32}/describe", {"url": OBJECTS}).json()
    assert described["description"]["tags"] == CLOUD_TAGS
    assert bench.suite.requests(bench.name)[0]["documents"] == 1


def test_the_rest_of_the_recording_is_what_the_engines_compute(bench, monkeypatch):
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        pytest.skip("COGML_TEST_DATA is not set")
    picture = (Path(data) / "images" / "objects.jpg").read_bytes()
    path = f"/analyze?visualFeatures={ALL}"
    recorded = send(bench, path, picture)
    assert recorded.headers["x-cogml-recorded"] == "true"
    monkeypatch.setattr(recordings, "load", lambda folder: recordings.Recordings({}, {}))
    computed = send(bench, path, picture)
    assert "x-cogml-recorded" not in computed.headers
    known, found = recorded.json(), computed.json()
    assert known["description"].pop("tags") == CLOUD_TAGS
    del found["description"]["tags"], known["requestId"], found["requestId"]
    assert known == found


def test_a_folder_of_recordings_goes_first_and_may_know_a_part(tmp_path, client):
    import hashlib

    tags = [{"name": "square", "confidence": 0.5}]
    recording = {
        "sha256": [hashlib.sha256(SQUARE).hexdigest()],
        "urls": ["http://somewhere/else.png"],
        "analysis": {"tags": tags, "metadata": {"width": 1, "height": 2, "format": "Png"}},
    }
    (tmp_path / "mine.json").write_text(json.dumps({"recordings": [recording]}))
    with cogml_mocks.serve(recordings=tmp_path) as suite:
        url = f"{suite.url}{V32}/analyze?visualFeatures=Tags"
        for headers, body in (
            (BYTES, SQUARE),
            ({"Content-Type": "application/json"}, b'{"url":"http://somewhere/else.png"}'),
        ):
            response = client.post(url, content=body, headers=headers)
            assert response.headers["x-cogml-recorded"] == "true"
            assert response.json()["tags"] == tags
        both = client.post(f"{url},Color", content=SQUARE, headers=BYTES).json()
        assert (both["tags"], both["color"]["accentColor"]) == (tags, "FF0000")


def test_a_file_that_holds_no_recordings_is_named(tmp_path):
    (tmp_path / "broken.json").write_text('{"recordings": [{"urls": []}]}')
    with pytest.raises(ValueError, match=r"broken\.json holds no recordings"):
        recordings.load(tmp_path)


def test_a_key_is_asked_for_as_everywhere(bench, client):
    response = client.post(
        f"{bench.url}{V32}/tag", content=SQUARE, headers=BYTES | dict.fromkeys(KEY, "")
    )
    assert (response.status_code, response.json()["error"]["code"]) == (401, "401")

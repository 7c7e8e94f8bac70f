"""Image Analysis 4.0 gives what is asked for, and refuses in the service's own words."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite_bench import KEY
from test_suite_specs import validate
from vision_bench import BYTES, RED, WHITE, encoded, photograph, plain, written

import cogml_mocks
from cogml_mocks import fetch
from cogml_mocks.vision import image_results

FILE = "imageanalysis-2023-10-01/generated.json"
PATH = "/computervision/imageanalysis:analyze"
FEATURES = ("tags", "caption", "denseCaptions", "objects", "read", "smartCrops", "people")
HELLO = encoded(written("Hello world"))
SQUARE = encoded(cv2.rectangle(plain(WHITE), (60, 40), (240, 160), RED, -1))
SIZE = "The image size is not allowed to be zero or larger than 20971520 bytes."
DIMENSION = "The image dimension is not allowed to be smaller than 50 and larger than 16000."


@pytest.fixture
def analyze(bench):
    def send(content=HELLO, features="tags", media_type=BYTES["Content-Type"], **query):
        query = {name.replace("_", "-"): value for name, value in query.items()}
        asked = {"api-version": "2023-10-01", "features": features} | query
        asked = {name: value for name, value in asked.items() if value is not None}
        headers = {"Content-Type": media_type}
        return bench.client.post(bench.url + PATH, params=asked, content=content, headers=headers)

    return send


def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, message and inner code of a refusal."""
    error = response.json()["error"]
    assert error["code"] == response.headers["x-ms-error-code"]
    return response.status_code, error["message"], error.get("innererror", {}).get("code")


@pytest.fixture(scope="module")
def faces() -> bytes:
    data = os.environ.get("COGML_TEST_DATA")
    if data is None:
        pytest.skip("COGML_TEST_DATA is not set")
    return (Path(data) / "images" / "faces.jpg").read_bytes()


@pytest.mark.parametrize("feature", FEATURES)
def test_each_feature_comes_alone_and_follows_the_api_file(analyze, specs, feature):
    response = analyze(features=feature)
    answer = response.json()
    assert answer.keys() == {"modelVersion", "metadata", f"{feature}Result"}
    assert answer["modelVersion"] == "2023-10-01"
    assert answer["metadata"] == {"width": 640, "height": 200}
    assert response.headers["csp-billing-usage"].endswith("ComputerVision.Transaction=1")
    validate(specs, FILE, "ImageAnalysisResult", answer)


def test_all_features_of_people_follow_the_api_file(analyze, faces, specs):
    answer = analyze(faces, ",".join(FEATURES)).json()
    validate(specs, FILE, "ImageAnalysisResult", answer)
    people, objects = answer["peopleResult"]["values"], answer["objectsResult"]["values"]
    assert len(people) == len(objects) >= 5
    for person, found in zip(people, objects, strict=True):
        tags = [{"name": "person", "confidence": person["confidence"]}]
        assert found == {"boundingBox": person["boundingBox"], "tags": tags}
        assert_inside(person["boundingBox"], answer["metadata"])
    dense = answer["denseCaptionsResult"]["values"]
    whole = {"x": 0, "y": 0, "w": 600, "h": 462}
    assert dense[0] == {**answer["captionResult"], "boundingBox": whole}
    assert answer["captionResult"]["text"] == "a group of people"
    assert len(dense) <= 10
    assert "a human face" in {caption["text"] for caption in dense}
    boxes = [tuple(caption["boundingBox"].values()) for caption in dense]
    assert len(boxes) == len(set(boxes))


def assert_inside(box: dict[str, int], metadata: dict[str, int]) -> None:
    assert 0 <= box["x"] <= box["x"] + box["w"] <= metadata["width"]
    assert 0 <= box["y"] <= box["y"] + box["h"] <= metadata["height"]


def test_text_is_told_by_line_and_word(analyze):
    (block,) = analyze(features="read").json()["readResult"]["blocks"]
    (line,) = block["lines"]
    assert line["text"] == "Hello world"
    assert [word["text"] for word in line["words"]] == ["Hello", "world"]
    for part in (line, *line["words"]):
        top_left, top_right, bottom_right, bottom_left = part["boundingPolygon"]
        assert top_left["x"] < top_right["x"] <= 640
        assert top_left["y"] < bottom_left["y"] <= bottom_right["y"] <= 200
    assert all(0 < word["confidence"] <= 1 for word in line["words"])


def test_positions_are_those_of_the_picture_sent(analyze):
    large = encoded(cv2.resize(written("Hello world"), (2_560, 800)))
    answer = analyze(large, "read,denseCaptions").json()
    (block,) = answer["readResult"]["blocks"]
    assert max(point["x"] for point in block["lines"][0]["boundingPolygon"]) > 1_000
    assert max(c["boundingBox"]["w"] for c in answer["denseCaptionsResult"]["values"]) == 2_560
    assert answer["metadata"] == {"width": 2_560, "height": 800}


def test_a_picture_without_text_has_no_text_and_is_still_captioned(analyze):
    noise = photograph(plain((60, 60, 110)))
    answer = analyze(encoded(noise), "read,caption,denseCaptions").json()
    assert "readResult" not in answer
    assert answer["captionResult"]["text"] == "a photograph"
    assert len(answer["denseCaptionsResult"]["values"]) == 1


def test_crops_have_the_proportions_asked_for(analyze):
    answer = analyze(SQUARE, "smartCrops", smartcrops_aspect_ratios="0.75,1.33,1.8").json()
    crops = answer["smartCropsResult"]["values"]
    assert [crop["aspectRatio"] for crop in crops] == [0.75, 1.33, 1.8]
    for crop in crops:
        box = crop["boundingBox"]
        assert box["w"] / box["h"] == pytest.approx(crop["aspectRatio"], abs=0.01)
        assert_inside(box, answer["metadata"])
        assert box["w"] == 300 or box["h"] == 200


def test_a_crop_is_around_what_there_is_to_see(analyze):
    pixels = plain(WHITE, 900, 300)
    cv2.rectangle(pixels, (650, 60), (850, 240), RED, 6)
    (crop,) = analyze(encoded(pixels), "smartCrops", smartcrops_aspect_ratios="1").json()[
        "smartCropsResult"
    ]["values"]
    box = crop["boundingBox"]
    assert box["x"] <= 650
    assert box["x"] + box["w"] >= 850


@pytest.mark.parametrize(("width", "height"), [(50, 16_000), (16_000, 50), (50, 50)])
def test_limits_of_the_sides_are_inclusive_and_a_free_crop_is_neither_strip(analyze, width, height):
    answer = analyze(encoded(plain(RED, width, height)), "smartCrops,tags").json()
    (crop,) = answer["smartCropsResult"]["values"]
    assert 0.5 <= crop["aspectRatio"] <= 2
    assert_inside(crop["boundingBox"], answer["metadata"])


@pytest.mark.parametrize("extension", ["png", "jpg", "gif", "bmp", "tiff", "webp"])
def test_each_documented_format_is_taken(analyze, extension):
    content = encoded(plain(RED, 70, 60), extension)
    answer = analyze(content, "TAGS, Tags,smartcrops").json()
    assert answer.keys() - {"modelVersion", "metadata"} == {"tagsResult", "smartCropsResult"}
    assert answer["metadata"] == {"width": 70, "height": 60}


def test_a_picture_comes_as_bytes_chunks_or_a_form(bench, analyze):
    known = analyze().json()
    url = f"{bench.url}{PATH}?api-version=2024-02-01&features=tags"
    pieces = (HELLO[i : i + 1_000] for i in range(0, len(HELLO), 1_000))
    assert bench.client.post(url, content=pieces, headers=BYTES).json() == known
    assert bench.client.post(url, files={"image": HELLO}).json() == known
    assert [entry["documents"] for entry in bench.suite.requests(bench.name)] == [1, 1, 1]


@pytest.mark.parametrize(
    "fine",
    [
        {"language": "en"},
        {"language": "de", "features": "tags,objects"},
        {"gender_neutral_caption": "true", "features": "caption"},
        {"gender_neutral_caption": "False"},
        {"model_version": "latest"},
        {"model_version": "2023-10-01"},
        {"smartcrops_aspect_ratios": "0.9,1.33"},
        {"something_else": "x"},
    ],
)
def test_what_is_allowed_is_taken(analyze, fine):
    assert analyze(**fine).status_code == 200


INVALID = "Analyze query is invalid."
MISSING = "Either 'features' or 'model-name' needs to be specified in the query parameter."


@pytest.mark.parametrize(
    ("asked", "message", "inner"),
    [
        ({"features": None}, MISSING, None),
        ({"features": " , "}, MISSING, None),
        ({"features": "tags,brands"}, INVALID, "NotSupportedVisualFeature"),
        ({"features": "caption", "language": "de"}, INVALID, "NotSupportedLanguage"),
        ({"features": "tags,denseCaptions", "language": "es"}, INVALID, "NotSupportedLanguage"),
        ({"language": "tlh"}, INVALID, "NotSupportedLanguage"),
        ({"gender_neutral_caption": "maybe"}, INVALID, "BadArgument"),
        ({"model_version": "1999-01-01"}, INVALID, "BadArgument"),
        ({"smartcrops_aspect_ratios": "0.74"}, INVALID, "BadArgument"),
        ({"smartcrops_aspect_ratios": "1,1.81"}, INVALID, "BadArgument"),
        ({"smartcrops_aspect_ratios": "nan"}, INVALID, "BadArgument"),
        ({"smartcrops_aspect_ratios": "1,,"}, INVALID, "BadArgument"),
    ],
)
def test_a_query_that_is_not_valid_is_refused(analyze, specs, asked, message, inner):
    response = analyze(**asked)
    assert refusal(response) == (400, message, inner)
    validate(specs, FILE, "Azure.Core.Foundations.ErrorResponse", response.json())


REFUSED = {
    "nothing": (b"", SIZE, None),
    "a byte over 20 MB": (bytes(20 * 2**20 + 1), SIZE, None),
    "21 MB": (bytes(21 * 2**20), SIZE, None),
    "a low strip": (encoded(plain(RED, 60, 49)), DIMENSION, None),
    "a long strip": (encoded(plain(RED, 16_001, 60)), DIMENSION, None),
    "text": (b"no picture", "Image format is not valid.", "InvalidImageFormat"),
    "half a picture": (HELLO[:200], "Image format is not valid.", "InvalidImageFormat"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_too_large_too_small_or_no_picture_is_refused(analyze, what):
    content, message, inner = REFUSED[what]
    assert refusal(analyze(content)) == (400, message, inner)


@pytest.mark.parametrize("media_type", ["", "image/png", "text/plain", "application/xml"])
def test_another_media_type_is_refused(analyze, media_type):
    message = f"The provided image content type {media_type} is not supported."
    assert refusal(analyze(media_type=media_type)) == (400, message, None)


@pytest.mark.parametrize("address", ["picture.png", "http://192.0.2.1/a.png", "ftp://127.0.0.1/a"])
def test_an_address_that_gives_nothing_is_refused_as_the_service_does(bench, address):
    url = f"{PATH}?api-version=2023-10-01&features=caption"
    response = bench.post(url, {"url": address})
    assert refusal(response) == (400, "The provided image url is not accessible.", None)
    assert response.headers["csp-billing-usage"].endswith("Transaction=1")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"url": 1}'])
def test_a_json_body_without_an_address_is_refused(analyze, body):
    response = analyze(body, media_type="application/json")
    assert refusal(response)[0] == 400


def test_there_are_no_custom_models_and_no_other_versions(analyze, bench):
    named = analyze(features=None, model_name="mine")
    assert (named.status_code, named.json()["error"]["code"]) == (404, "404")
    for version in ("2022-01-01", None):
        assert analyze(**{"api-version": version}).status_code == 404
    assert bench.client.get(bench.url + PATH).status_code == 405


def test_a_key_is_asked_for_as_everywhere(bench):
    response = httpx.post(bench.url + PATH, content=HELLO, headers=BYTES)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "401")


def test_the_files_own_example_is_taken(bench, specs, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda address, hosts, limit: HELLO)
    example = json.loads(
        (specs / FILE).with_name("examples").joinpath("AnalyzeFromUrl_MaximumSet.json").read_text()
    )
    asked = example["parameters"]
    body = asked.pop("imageUrl")
    query = {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in asked.items()
    }
    response = bench.client.post(bench.url + PATH, params=query, json=body)
    answer, shown = response.json(), example["responses"]["200"]["body"]
    assert answer.keys() == shown.keys()
    validate(specs, FILE, "ImageAnalysisResult", answer)
    ratios = [crop["aspectRatio"] for crop in answer["smartCropsResult"]["values"]]
    assert ratios == asked["smartcrops-aspect-ratios"]


def test_what_was_recorded_goes_first(tmp_path, specs):
    analysis = {
        "tags": [{"name": "square", "confidence": 0.5, "hint": "shape"}],
        "description": {"tags": [], "captions": [{"text": "a red square", "confidence": 0.4}]},
        "objects": [
            {"rectangle": {"x": 1, "y": 2, "w": 3, "h": 4}, "object": "box", "confidence": 0.3}
        ],
        "metadata": {"width": 300, "height": 200, "format": "Png"},
    }
    address = "http://somewhere/else.png"
    recording = {
        "sha256": [hashlib.sha256(SQUARE).hexdigest()],
        "urls": [address],
        "analysis": analysis,
    }
    (tmp_path / "mine.json").write_text(json.dumps({"recordings": [recording]}))
    with cogml_mocks.serve(recordings=tmp_path) as suite, httpx.Client(headers=KEY) as client:
        url = f"{suite.url}{PATH}?api-version=2023-10-01&features="
        unfetched = client.post(f"{url}tags,caption,objects", json={"url": address})
        assert unfetched.headers["x-cogml-recorded"] == "true"
        answer = unfetched.json()
        computed = client.post(f"{url}denseCaptions,tags,caption", content=SQUARE, headers=BYTES)
        plainly = client.post(f"{url}people", content=SQUARE, headers=BYTES)
    assert answer["tagsResult"]["values"] == [{"name": "square", "confidence": 0.5}]
    assert answer["captionResult"] == {"text": "a red square", "confidence": 0.4}
    (found,) = answer["objectsResult"]["values"]
    assert found["tags"] == [{"name": "box", "confidence": 0.3}]
    validate(specs, FILE, "ImageAnalysisResult", answer)
    dense = computed.json()["denseCaptionsResult"]["values"]
    assert dense[0]["text"] == "a red square"
    assert computed.headers["x-cogml-recorded"] == "true"
    assert plainly.headers.get("x-cogml-recorded") != "true"


def test_a_recording_that_says_nothing_gives_nothing():
    assert image_results.of_recording({}) == {}
    assert image_results.of_recording({"description": {"captions": []}}) == {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    query=st.dictionaries(
        st.sampled_from(
            ["features", "language", "smartcrops-aspect-ratios", "model-version", "model-name"]
        ),
        st.sampled_from(["tags", "smartCrops", "1e400", "-1", "1,", "\0", "en"])
        | st.text(max_size=12),
    ),
    media_type=st.sampled_from(
        ["application/json", "application/octet-stream", "multipart/form-data", "\xe9"]
    ),
    content=st.sampled_from([b"", b"{}", b"\xff\xd8\xff", np.zeros(99, np.uint8).tobytes()]),
)
def test_no_request_is_answered_with_a_defect(suite, client, query, media_type, content):
    asked = {"api-version": "2023-10-01", **query}
    headers = {"Content-Type": media_type.encode("latin-1")}
    response = client.post(suite.url + PATH, params=asked, content=content, headers=headers)
    assert response.status_code in (400, 404)

"""Azure's own Computer Vision client works against the suite unmodified."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from azure.cognitiveservices.vision.computervision import ComputerVisionClient
from azure.cognitiveservices.vision.computervision.models import (
    ComputerVisionErrorResponseException,
    ComputerVisionOcrErrorException,
    Details,
    OperationStatusCodes,
    VisualFeatureTypes,
)
from msrest.authentication import CognitiveServicesCredentials
from vision_bench import encoded, written

PAGE = encoded(written("Hello world"))


@pytest.fixture
def azure(bench) -> Iterator[ComputerVisionClient]:
    with ComputerVisionClient(bench.url, CognitiveServicesCredentials("a-key")) as client:
        client.config.retry_policy.retries = 0
        yield client


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/page.png"
        server.shutdown()
        thread.join()


def test_analysis_by_address_and_by_stream(azure, address):
    features = list(VisualFeatureTypes)
    by_address = azure.analyze_image(address, features, [Details.celebrities])
    by_stream = azure.analyze_image_in_stream(io.BytesIO(PAGE), features)
    for found in (by_address, by_stream):
        assert [tag.name for tag in found.tags] == ["text"]
        assert found.description.captions[0].text == "text"
        assert [category.name for category in found.categories] == ["text_"]
        assert (found.metadata.width, found.metadata.height) == (640, 200)
        assert found.color.is_bw_img
        assert found.color.accent_color
        assert found.image_type.clip_art_type == 3
        assert (found.faces, found.objects, found.brands) == ([], [], [])
        assert found.adult.adult_score == 0


def test_the_smaller_operations(azure, address):
    assert azure.tag_image(address).tags[0].name == "text"
    assert azure.describe_image(address, max_candidates=2).captions[0].text == "text"
    assert azure.detect_objects(address).objects == []
    assert azure.get_area_of_interest(address).area_of_interest.w > 0
    assert [model.name for model in azure.list_models().models_property] == [
        "celebrities",
        "landmarks",
    ]
    found = azure.analyze_image_by_domain("celebrities", address)
    assert found.result == {"celebrities": []}


def test_text_by_ocr_and_by_read(azure, address):
    found = azure.recognize_printed_text(address)
    assert [word.text for word in found.regions[0].lines[0].words] == ["Hello", "world"]
    for started in (
        azure.read(address, raw=True),
        azure.read_in_stream(io.BytesIO(PAGE), raw=True, reading_order="natural"),
    ):
        operation = started.headers["Operation-Location"].rpartition("/")[2]
        assert azure.get_read_result(operation).status == OperationStatusCodes.running
        result = azure.get_read_result(operation)
        assert result.status == OperationStatusCodes.succeeded
        (page,) = result.analyze_result.read_results
        assert [line.text for line in page.lines] == ["Hello world"]


def test_a_thumbnail_comes_as_bytes(azure, address):
    for pieces in (
        azure.generate_thumbnail(40, 30, address, smart_cropping=True),
        azure.generate_thumbnail_in_stream(40, 30, io.BytesIO(PAGE)),
    ):
        content = np.frombuffer(b"".join(pieces), np.uint8)
        assert cv2.imdecode(content, cv2.IMREAD_COLOR).shape == (30, 40, 3)


def test_refusals_have_the_class_and_the_words_the_client_knows(azure):
    with pytest.raises(ComputerVisionErrorResponseException) as refused:
        azure.analyze_image("http://192.0.2.1/a.png")
    assert refused.value.error.error.innererror.code == "InvalidImageUrl"
    with pytest.raises(ComputerVisionErrorResponseException) as refused:
        azure.tag_image_in_stream(io.BytesIO(b"no picture"))
    assert refused.value.error.error.code == "InvalidRequest"
    with pytest.raises(ComputerVisionOcrErrorException) as flat:
        azure.read_in_stream(io.BytesIO(b"no picture"))
    assert flat.value.error.code == "UnsupportedImageFormat"

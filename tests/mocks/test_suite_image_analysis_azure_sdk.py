"""Azure's own Image Analysis clients, the blocking and the other, work against the suite."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from azure.ai.vision.imageanalysis import ImageAnalysisClient
from azure.ai.vision.imageanalysis.aio import ImageAnalysisClient as OtherClient
from azure.ai.vision.imageanalysis.models import VisualFeatures
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.transport import AsyncioRequestsTransport
from vision_bench import RED, encoded, plain, written

import cogml_mocks
from cogml_mocks import fetch

KEY = AzureKeyCredential("a-key")
HELLO = encoded(written("Hello world"))
EVERYTHING = list(VisualFeatures)


@pytest.fixture
def azure(bench) -> Iterator[ImageAnalysisClient]:
    with ImageAnalysisClient(bench.url, KEY, retry_total=0) as client:
        yield client


def assert_hello(result) -> None:
    assert result.model_version == "2023-10-01"
    assert (result.metadata.width, result.metadata.height) == (640, 200)
    assert result.caption.text == result.dense_captions.list[0].text == "text"
    assert 0 < result.caption.confidence < 1
    whole = result.dense_captions.list[0].bounding_box
    assert (whole.x, whole.y, whole.width, whole.height) == (0, 0, 640, 200)
    assert [tag.name for tag in result.tags.list] == ["text"]
    assert (result.objects.list, result.people.list) == ([], [])
    (line,) = result.read.blocks[0].lines
    assert (line.text, [word.text for word in line.words]) == ("Hello world", ["Hello", "world"])
    assert len(line.bounding_polygon) == 4
    assert result.smart_crops.list[0].bounding_box.height > 0


def test_every_feature_of_bytes_and_of_an_address(azure, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda address, hosts, limit: HELLO)
    assert_hello(azure.analyze(HELLO, EVERYTHING))
    assert_hello(azure.analyze_from_url("http://127.0.0.1/hello.png", EVERYTHING))


def test_every_option(azure):
    result = azure.analyze(
        image_data=HELLO,
        visual_features=[VisualFeatures.SMART_CROPS, VisualFeatures.CAPTION],
        smart_crops_aspect_ratios=[0.9, 1.33],
        gender_neutral_caption=True,
        language="en",
        model_version="latest",
    )
    assert [crop.aspect_ratio for crop in result.smart_crops.list] == [0.9, 1.33]
    assert result.caption.text == "text"
    assert result.tags is None
    assert result.read is None


@pytest.mark.parametrize("feature", EVERYTHING)
def test_each_feature_alone(azure, feature):
    result = azure.analyze(HELLO, [feature])
    found = result.as_dict().keys() - {"metadata", "modelVersion"}
    assert found == {f"{feature.value}Result"}


def test_the_other_client(bench):
    async def ask():
        transport = AsyncioRequestsTransport()  # the client's own needs another package
        async with OtherClient(bench.url, KEY, retry_total=0, transport=transport) as client:
            return await client.analyze(HELLO, EVERYTHING)

    assert_hello(asyncio.run(ask()))


@pytest.mark.parametrize(
    ("content", "features", "message"),
    [
        (b"no picture", [VisualFeatures.TAGS], "Image format is not valid"),
        (encoded(plain(RED, 49, 60)), [VisualFeatures.TAGS], "The image dimension is not allowed"),
        (b"", [VisualFeatures.TAGS], "The image size is not allowed to be zero"),
        (HELLO, [], "Either 'features' or 'model-name' needs to be specified"),
        (HELLO, ["brands"], "Analyze query is invalid"),
    ],
)
def test_refusals_have_the_words_the_client_shows(azure, content, features, message):
    with pytest.raises(HttpResponseError, match=message) as refused:
        azure.analyze(content, features)
    assert (refused.value.status_code, refused.value.error.code) == (400, "InvalidRequest")


def test_an_address_that_cannot_be_fetched(azure):
    with pytest.raises(HttpResponseError) as refused:
        azure.analyze_from_url("http://192.0.2.1/a.png", [VisualFeatures.CAPTION])
    assert "image url is not accessible" in refused.value.message


def test_a_wrong_key():
    with (
        cogml_mocks.serve(keys=("right",)) as suite,
        ImageAnalysisClient(suite.url, AzureKeyCredential("wrong"), retry_total=0) as client,
        pytest.raises(ClientAuthenticationError) as refused,
    ):
        client.analyze(HELLO, [VisualFeatures.TAGS])
    assert refused.value.status_code == httpx.codes.UNAUTHORIZED
    assert "Access denied" in refused.value.message

"""What goes over the wire for each vision stage, what its answers become, and how long jobs end."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import cv2
import httpx
import numpy as np
import pyarrow as pa
import pytest
from cases import FEATURES, picture
from harness import Endpoint, Net, in_turn
from wire import run

from cogml import ParamError, Service
from cogml.cognitive import (
    OCR,
    AnalyzeImage,
    DescribeImage,
    GenerateThumbnails,
    ReadImage,
    RecognizeDomainSpecificContent,
    TagImage,
)

VISION = "/vision/v3.2"
URL = "http://host/a.jpg"
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
ANSWER = {
    "tags": [],
    "regions": [],
    "description": {"tags": [], "captions": []},
    "result": {"landmarks": [{"name": "Eiffel Tower", "confidence": 0.9}]},
    "metadata": {"width": 1, "height": 1, "format": "Jpeg"},
}
NO_PICTURE = "there is no picture; call setImageUrl, setImageUrlCol, setImageBytes or"


def errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


# Requests


@pytest.mark.parametrize(
    ("stage", "path", "query"),
    [
        (
            AnalyzeImage(
                visualFeatures=["Tags", "ImageType"],
                details=["Celebrities", "Landmarks"],
                descriptionExclude=["Landmarks"],
                language="ja",
                modelVersion="latest",
            ),
            "/analyze",
            {
                "visualFeatures": "Tags,ImageType",
                "details": "Celebrities,Landmarks",
                "descriptionExclude": "Landmarks",
                "language": "ja",
                "model-version": "latest",
            },
        ),
        (AnalyzeImage(), "/analyze", {}),
        (TagImage(language="es"), "/tag", {"language": "es"}),
        (
            DescribeImage(maxCandidates=3, language="zh", descriptionExclude=["Celebrities"]),
            "/describe",
            {"maxCandidates": "3", "language": "zh", "descriptionExclude": "Celebrities"},
        ),
        (
            OCR(language="de", detectOrientation=False),
            "/ocr",
            {"language": "de", "detectOrientation": "false"},
        ),
        (
            RecognizeDomainSpecificContent(model="celebrities"),
            "/models/celebrities/analyze",
            {},
        ),
        (
            GenerateThumbnails(width=20, height=10, smartCropping=True),
            "/generateThumbnail",
            {"width": "20", "height": "10", "smartCropping": "true"},
        ),
        (
            ReadImage(
                language="en", pages=["1", "3-5"], readingOrder="natural", modelVersion="2022-04-30"
            ),
            "/read/analyze",
            {
                "language": "en",
                "pages": "1,3-5",
                "readingOrder": "natural",
                "model-version": "2022-04-30",
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Service) else "",
)
def test_a_request_is_what_the_service_documents(
    stage: Service, path: str, query: dict[str, str]
) -> None:
    net = in_turn(httpx.Response(200, json=ANSWER))
    columns = {"u": [URL, None], "b": pa.array([None, JPEG], pa.binary())}
    run(
        stage.copy().set("subscriptionKey", "k").setImageUrlCol("u").setImageBytesCol("b"),
        net,
        **columns,
    )
    by_url, by_bytes = sorted(net.requests, key=lambda request: -len(request.content))
    for request in (by_url, by_bytes):
        assert request.method == "POST"
        assert request.url.path == VISION + path
        assert dict(request.url.params) == query
        assert request.headers["ocp-apim-subscription-key"] == "k"
        wanted = "*/*" if path == "/generateThumbnail" else "application/json"
        assert request.headers["accept"] == wanted
    assert json.loads(by_url.content) == {"url": URL}
    assert by_url.headers["content-type"] == "application/json"
    assert by_bytes.content == JPEG
    assert by_bytes.headers["content-type"] == "application/octet-stream"


def test_parameters_are_read_from_columns() -> None:
    net = in_turn(httpx.Response(200, json=ANSWER))
    stage = RecognizeDomainSpecificContent(modelCol="m", imageUrl=URL, languageCol="l")
    rows = run(stage, net, m=["landmarks", "celebrities", "dogs", None], l=["en", "xx", None, None])
    assert [str(request.url.path) for request in net.requests] == [
        f"{VISION}/models/landmarks/analyze"
    ]
    assert errors(rows) == [None, "row_rejected", "row_rejected", None]
    assert "language expects one of" in rows[1]["err"]["message"]
    assert "model expects one of" in rows[2]["err"]["message"]
    assert (rows[3]["out"], rows[0]["out"]["result"]["celebrities"]) == (None, None)


def test_features_are_each_rows_own() -> None:
    net = in_turn(httpx.Response(200, json=ANSWER))
    features = [["Tags"], None, ["Nope"], ["Description", "Tags"], ["Faces"]]
    rows = run(AnalyzeImage(imageUrl=URL, visualFeaturesCol="f"), net, f=features)
    asked = [request.url.params.get("visualFeatures") for request in net.requests]
    assert asked == ["Tags", None, "Description,Tags", "Faces"]
    # Without features it is the categories that must be there.
    assert errors(rows) == [None, "bad_response", "row_rejected", None, "bad_response"]
    assert "visualFeatures expects a list of" in rows[2]["err"]["message"]


# Pictures


def test_address_and_bytes_of_a_picture_are_answered_alike(endpoint: Endpoint) -> None:
    from cogml_mocks.engines.gallery_catalogue import PICTURES

    address = f"{endpoint.url}/gallery/{PICTURES[0].file}"
    content = httpx.get(address).content
    columns = {"u": [address, None], "b": pa.array([None, content], pa.binary())}
    stage = GenerateThumbnails(
        imageUrlCol="u", imageBytesCol="b", width=40, height=30, subscriptionKey="k"
    )
    by_url, by_bytes = stage.setOutputCol("out").transform(pa.table(columns))["out"].to_pylist()
    assert by_url == by_bytes
    assert by_url.startswith(b"\xff\xd8\xff")


def test_a_row_with_both_or_neither() -> None:
    net = in_turn(httpx.Response(200, json=ANSWER))
    columns = {
        "u": pa.array([URL, None, URL], pa.string()),
        "b": pa.array([JPEG, None, None], pa.binary()),
    }
    rows = run(TagImage(imageUrlCol="u", imageBytesCol="b"), net, **columns)
    assert errors(rows) == ["row_rejected", None, None]
    assert rows[0]["err"]["message"] == "both imageUrl and imageBytes are set; expected one"
    assert [row["out"] is None for row in rows] == [True, True, False]
    assert len(net.requests) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.jpg", "file:///etc/passwd", "a.jpg", ""])
def test_an_address_the_service_cannot_fetch_costs_its_row(
    address: str, endpoint: Endpoint
) -> None:
    stage = TagImage(imageUrlCol="u", subscriptionKey="k", outputCol="out", errorCol="err")
    (row,) = stage.transform(pa.table({"u": [address]})).to_pylist()
    assert (row["out"], row["err"]["code"]) == (None, "rejected")
    assert row["err"]["message"].startswith("InvalidImageUrl: ")


def test_no_picture_at_all_says_what_to_set(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match=NO_PICTURE):
        TagImage().transform(pa.table({"n": [1]}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RecognizeDomainSpecificContent(),
            "model is required; call setModel or setModelCol",
        ),
        (lambda: GenerateThumbnails(width=5), "height is required"),
    ],
)
def test_what_is_required_must_be_set(make: Any, message: str, endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match=message):
        make().setImageUrl(URL).transform(pa.table({"n": [1]}))


@pytest.mark.parametrize(
    ("stage", "settings"),
    [
        (AnalyzeImage, {"visualFeatures": ["Tags", "Smells"]}),
        (AnalyzeImage, {"details": ["Dogs"]}),
        (AnalyzeImage, {"language": "tlh"}),
        (RecognizeDomainSpecificContent, {"model": "dogs"}),
        (GenerateThumbnails, {"width": 0}),
        (ReadImage, {"readingOrder": "backwards"}),
        (TagImage, {"apiVersion": "v9"}),
        (TagImage, {"imageBytes": "text.png"}),
    ],
)
def test_a_value_that_cannot_be_is_refused_when_it_is_set(
    stage: Any, settings: dict[str, Any]
) -> None:
    with pytest.raises(ParamError, match=f"{next(iter(settings))} expects"):
        stage(**settings)


# Versions


def test_an_older_version_is_called_where_it_is_asked_for() -> None:
    net = in_turn(httpx.Response(200, json=ANSWER))
    run(TagImage(imageUrl=URL, apiVersion="v3.1"), net, n=[1])
    assert net.requests[0].url.path == "/vision/v3.1/tag"


@pytest.mark.parametrize("version", ["v2.0", "v3.1"])
def test_the_end_of_a_version_counts_at_azures_own_address(
    version: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = TagImage(imageUrlCol="u", apiVersion=version, subscriptionKey="k")
    nothing = pa.table({"u": pa.array([], pa.string())})
    stage.transform(nothing)  # the suite: not a word
    stage.copy().setEndpoint("https://gateway.example/").transform(nothing)
    monkeypatch.delenv("COGML_ENDPOINT")
    with pytest.warns(UserWarning, match=r"TagImage: the operation .*v3\.2"):
        stage.setLocation("eastus").transform(nothing)


def test_the_newest_version_has_no_end_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = pa.table({"u": pa.array([], pa.string())})
    TagImage(imageUrlCol="u", location="eastus", subscriptionKey="k").transform(nothing)


# Answers


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_that_was_asked_for_must_be_answered(feature: str) -> None:
    answer = httpx.Response(200, json={"metadata": ANSWER["metadata"]})
    (row,) = run(AnalyzeImage(imageUrl=URL, visualFeatures=[feature]), in_turn(answer), n=[1])
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")
    assert row["err"]["message"] == f"the answer has no {FEATURES[feature]}"


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"<html>", b"\xff\xd8", b"GIF", b"\x89PN", b'{"error": {}}']
)
def test_a_thumbnail_that_is_no_picture_is_an_error(answer: bytes) -> None:
    stage = GenerateThumbnails(imageUrl=URL, width=5, height=5)
    (row,) = run(stage, in_turn(httpx.Response(200, content=answer)), n=[1])
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")


def test_a_thumbnail_has_the_size_asked_for(endpoint: Endpoint) -> None:
    stage = GenerateThumbnails(
        imageBytesCol="b", width=30, height=20, outputCol="out", subscriptionKey="k"
    )
    (made,) = stage.transform(pa.table({"b": [picture(1)]}))["out"].to_pylist()
    assert cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR).shape == (20, 30, 3)


# Read: a job


def submitted(location: str = f"http://host{VISION}/read/analyzeResults/1") -> httpx.Response:
    return httpx.Response(202, headers={"operation-location": location})


def job(status: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"status": status, **more})


def read(net: Net, **settings: Any) -> dict[str, Any]:
    quick = {"initialPollingDelay": 0, "pollingDelay": 0, "imageUrl": URL}
    (row,) = run(ReadImage(**{**quick, **settings}), net, n=[1])
    return row


READ = {"analyzeResult": {"version": "3.2.0", "readResults": [{"page": 1, "lines": []}]}}


def test_a_job_is_asked_after_until_it_has_ended() -> None:
    net = in_turn(submitted(), job("notStarted"), job("running"), job("succeeded", **READ))
    row = read(net, subscriptionKey="k")
    assert row["err"] is None
    assert row["out"]["analyzeResult"]["readResults"][0]["page"] == 1
    assert [request.method for request in net.requests] == ["POST", "GET", "GET", "GET"]
    for request in net.requests[1:]:
        assert str(request.url) == f"http://host{VISION}/read/analyzeResults/1"
        assert request.headers["ocp-apim-subscription-key"] == "k"
        assert "content-type" not in request.headers


@pytest.mark.parametrize(
    ("answers", "code", "message"),
    [
        ([submitted(), job("failed")], "job_failed", "the job ended failed"),
        ([submitted(), job("succeeded")], "bad_response", "the answer has no analyzeResult"),
        ([submitted(), job("puzzled")], "bad_response", "unknown job status 'puzzled'"),
        ([submitted(), job("running")], "timeout", "the job had not ended after 4 polls"),
        ([submitted(), httpx.Response(404)], "rejected", "404"),
        ([submitted("http://elsewhere/1")], "bad_response", "on another host: 'elsewhere'"),
        ([submitted("https://host/1")], "bad_response", "on another host"),
        ([submitted("http://u:p@host/1")], "bad_response", "on another host"),
        ([submitted("")], "bad_response", "on another host: ''"),
        ([submitted("http://host:port/")], "bad_response", "address is not valid"),
        ([httpx.Response(200, json={})], "bad_response", "the answer has no analyzeResult"),
    ],
)
def test_a_job_that_does_not_succeed_says_why(
    answers: list[httpx.Response], code: str, message: str
) -> None:
    row = read(in_turn(*answers), maxPollingRetries=3)
    assert (row["out"], row["err"]["code"]) == (None, code)
    assert message in row["err"]["message"]


def stage_of_read(**settings: Any) -> ReadImage:
    fixed = {"initialPollingDelay": 1, "pollingDelay": 1, "outputCol": "out", "errorCol": "err"}
    return ReadImage(
        **{"imageBytesCol": "b", "subscriptionKey": "k", "backoffs": [1, 1], **fixed, **settings}
    )


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"kind": "status", "status": 500}, "unavailable"),
        ({"kind": "status", "status": 404}, "rejected"),
        ({"kind": "throttle", "retry_after": 0}, "throttled"),
        ({"kind": "drop_mid_answer"}, "unavailable"),
        ({"kind": "malformed_json"}, "bad_response"),
        ({"kind": "empty_body"}, "bad_response"),
        ({"kind": "wrong_shape", "shape": "array"}, "bad_response"),
        ({"kind": "status", "status": 503, "times": 2}, None),
        ({"kind": "throttle", "retry_after": 0, "times": 2}, None),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_fault_while_a_job_is_asked_after(
    rule: dict[str, Any], code: str | None, endpoint: Endpoint
) -> None:
    endpoint.fault({**rule, "path": "*/analyzeResults/*"})
    (row,) = stage_of_read().transform(pa.table({"b": [picture(1)]})).to_pylist()
    assert (row["err"] and row["err"]["code"]) == code
    assert (row["out"] is None) == (code is not None)
    submits = [request for request in endpoint.requests() if request["method"] == "POST"]
    assert len(submits) == 1


@pytest.mark.parametrize("stage", [OCR, ReadImage])
def test_what_is_written_is_read(stage: Any, endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    page = np.full((90, 360, 3), 255, np.uint8)
    cv2.putText(page, "Hello 2026", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0, 0, 0), 3)
    cv2.imwrite(str(tmp_path / "page.png"), page)
    quick = {"initialPollingDelay": 1, "pollingDelay": 1} if stage is ReadImage else {}
    made = stage(imageBytesCol="b", subscriptionKey="k", outputCol="out", **quick)
    (row,) = made.transform(pa.table({"b": [str(tmp_path / "page.png")]})).to_pylist()
    assert row["out_error"] is None
    pages = row["out"].get("regions") or row["out"]["analyzeResult"]["readResults"]
    words = [word["text"] for page in pages for line in page["lines"] for word in line["words"]]
    assert words == ["Hello", "2026"]

"""What the service's own API files list and show is taken: each example, each value, each type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_suite_specs import validate
from test_suite_vision_read import tiff
from vision_bench import BYTES, V32, encoded, written

FOLDER = "computervision-v3.2"
HELLO = encoded(written("Hello world"))


def operations(folder: Path) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Method, path, operation and shared parameters of all there are."""
    found = []
    for name in ("ComputerVision.json", "Ocr.json"):
        document = json.loads((folder / name).read_text("utf-8"))
        for path, methods in {**document["paths"], **document["x-ms-paths"]}.items():
            for method, operation in methods.items():
                shared = document.get("parameters", {})
                found.append((method.upper(), path.partition("?")[0], operation, shared))
    return found


def parameters(operation: dict[str, Any], shared: dict[str, Any]) -> list[dict[str, Any]]:
    given = operation.get("parameters", [])
    local = [one for one in given if not one.get("$ref", "#").startswith("..")]
    return [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in local]


def query_of(asked: dict[str, Any], known: list[dict[str, Any]]) -> dict[str, Any]:
    names = {one["name"].lower(): one["name"] for one in known if one["in"] == "query"}
    values = {names[name.lower()]: asked[name] for name in asked if name.lower() in names}
    return {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in values.items()
    }


@pytest.fixture
def fetched(monkeypatch):
    pages = tiff("One", "Two", "Three")

    def got(address, hosts, limit):
        return pages if address.endswith("pages") else HELLO

    monkeypatch.setattr("cogml_mocks.fetch.fetch", got)


def test_every_example_is_taken_and_answered_with_the_fields_it_shows(bench, specs, fetched):
    folder = specs / FOLDER
    taken = 0
    for method, path, operation, shared in operations(folder):
        for reference in operation["x-ms-examples"].values():
            file = folder / reference["$ref"]
            if not file.exists():
                continue
            example = json.loads(file.read_text("utf-8"))
            asked = example["parameters"]
            query = query_of(asked, parameters(operation, shared))
            url = bench.url + V32 + path.replace("{model}", asked.get("model", ""))
            address = {"url": "http://127.0.0.1/pages" if "Pages" in asked else "http://127.0.0.1"}
            sent = {"json": address} if "ImageUrl" in asked else {"content": HELLO}
            headers = {} if "ImageUrl" in asked else BYTES
            options = {} if method == "GET" else sent | {"headers": headers}
            response = bench.client.request(method, url, params=query, **options)
            ((status, shown),) = example["responses"].items()
            assert response.status_code == int(status), (path, response.text)
            if "body" in shown:
                assert response.json().keys() == shown["body"].keys(), path
            for name in shown.get("header", {}):  # as the file spells it
                assert name in response.headers
            taken += 1
    assert taken == 14


def test_every_listed_value_is_taken(bench, specs):
    folder = specs / FOLDER
    asked = 0
    for method, path, operation, shared in operations(folder):
        known = parameters(operation, shared)
        needed = {"width": "9", "height": "9"} if path == "/generateThumbnail" else {}
        for parameter in (one for one in known if one["in"] == "query"):
            for value in parameter.get("enum") or parameter.get("items", {}).get("enum", ()):
                url = bench.url + V32 + path.replace("{model}", "landmarks")
                query = needed | {parameter["name"]: value}
                response = bench.client.request(
                    method, url, params=query, content=HELLO, headers=BYTES
                )
                assert response.status_code in (200, 202), (path, query, response.text)
                asked += 1
    assert asked > 400


def test_every_listed_media_type_is_taken(bench, specs, fetched):
    for method, path, operation, _ in operations(specs / FOLDER):
        for media_type in operation.get("consumes", ()):
            size = "?width=9&height=9" if path == "/generateThumbnail" else ""
            url = bench.url + V32 + path.replace("{model}", "celebrities") + size
            if media_type == "multipart/form-data":
                response = bench.client.request(method, url, files={"Image": HELLO})
            else:
                is_json = media_type == "application/json"
                body = b'{"url":"http://127.0.0.1/a.png"}' if is_json else HELLO
                headers = {"Content-Type": f"{media_type}; charset=utf-8"}
                response = bench.client.request(method, url, content=body, headers=headers)
            assert response.status_code in (200, 202), (path, media_type)


@pytest.mark.parametrize("path", ["/tag", "/read/analyze", "/generateThumbnail?width=9&height=9"])
def test_bytes_come_in_chunks_without_a_length(bench, path):
    pieces = (HELLO[i : i + 997] for i in range(0, len(HELLO), 997))
    response = bench.client.post(bench.url + V32 + path, content=pieces, headers=BYTES)
    assert response.status_code in (200, 202)
    assert "content-length" not in response.request.headers


def test_refusals_of_every_operation_follow_the_api_file(bench, specs):
    for method, path, operation, _ in operations(specs / FOLDER):
        if method == "GET":
            continue
        url = bench.url + V32 + path.replace("{model}", "celebrities")
        is_read = path.startswith("/read/")
        file = f"{FOLDER}/{'Ocr' if is_read else 'ComputerVision'}.json"
        error = "ComputerVisionOcrError" if is_read else "ComputerVisionErrorResponse"
        for headers in (BYTES, {"Content-Type": "text/csv"}):
            response = bench.client.post(url, content=b"x", headers=headers)
            assert response.status_code in (400, 415)
            validate(specs, file, error, response.json())
        assert operation["responses"].keys() >= {"default"}

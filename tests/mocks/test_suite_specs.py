"""A body is what a definition of an API file says; tests/conformance judges whole exchanges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from suite_bench import Bench

V31_FILE = "textanalytics-v3.1/TextAnalytics.json"


def validate(specs: Path, file: str, definition: str, instance: Any) -> None:
    """Raise `ValidationError` for what a definition of an API file, as it stands, forbids."""

    def retrieve(uri: str) -> Resource[Any]:
        folder = (specs / file).parent
        return Resource(json.loads((folder / Path(uri).name).read_text("utf-8")), DRAFT4)

    resource = retrieve(f"spec:/{Path(file).name}")
    registry = Registry(retrieve=retrieve).with_resource(f"spec:/{Path(file).name}", resource)
    schema = {"$ref": f"spec:/{Path(file).name}#/definitions/{definition}"}
    assert definition in resource.contents["definitions"]
    Draft4Validator(schema, registry=registry).validate(instance)


def test_documents_refused_one_by_one_are_documented(bench: Bench, specs: Path) -> None:
    validate(specs, V31_FILE, "SentimentResponse", bench.sentiment("", "x").json())
    errors = bench.analyze("SentimentAnalysis", "", "x").json()
    validate(specs, "language-2023-04-01/analyzetext.json", "SentimentTaskResult", errors)


def test_the_validation_can_fail(bench: Bench, specs: Path) -> None:
    answer = bench.sentiment("fine").json()
    answer["documents"][0]["sentences"][0]["offset"] = "0"
    with pytest.raises(ValidationError):
        validate(specs, V31_FILE, "SentimentResponse", answer)

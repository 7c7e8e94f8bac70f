"""Answers to the service's own example requests validate against its own API files."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from suite_bench import LANGUAGE, V31

V31_FILE = "textanalytics-v3.1/TextAnalytics.json"
LANGUAGE_FILE = "language-2023-04-01/analyzetext.json"
V31_CASES = [
    ("Sentiment", "sentiment?opinionMining=true&showStats=true", "SentimentResponse"),
    ("KeyPhrases", "keyPhrases?showStats=true", "KeyPhraseResult"),
    ("Languages", "languages?showStats=true", "LanguageResult"),
    ("Entities", "entities/recognition/general?showStats=true", "EntitiesResult"),
    ("Entities", "entities/recognition/pii?showStats=true", "PiiResult"),
    ("EntityLinking", "entities/linking?showStats=true", "EntityLinkingResult"),
]
LANGUAGE_CASES = [
    ("SentimentAnalysis", "SentimentTaskResult"),
    ("LanguageDetection", "LanguageDetectionTaskResult"),
    ("PiiEntityRecognition", "PiiTaskResult"),
    ("EntityLinking", "EntityLinkingTaskResult"),
]


def validate(specs: Path, file: str, definition: str, instance: Any) -> None:
    def retrieve(uri: str) -> Resource:
        folder = (specs / file).parent
        return Resource(json.loads((folder / Path(uri).name).read_text("utf-8")), DRAFT4)

    resource = retrieve(f"spec:/{Path(file).name}")
    registry = Registry(retrieve=retrieve).with_resource(f"spec:/{Path(file).name}", resource)
    schema = {"$ref": f"spec:/{Path(file).name}#/definitions/{definition}"}
    assert definition in resource.contents["definitions"]
    Draft4Validator(schema, registry=registry).validate(instance)


def example(specs: Path, file: str, name: str) -> dict[str, Any]:
    path = (specs / file).parent / "examples" / f"Successful{name}Request.json"
    return json.loads(path.read_text("utf-8"))["parameters"]


@pytest.mark.parametrize(("name", "path", "definition"), V31_CASES)
def test_v31_answers(bench, specs, name, path, definition):
    given = example(specs, V31_FILE, name)["input"]
    answer = bench.post(f"{V31}/{path}", given).json()
    assert len(answer["documents"]) == len(given["documents"])
    validate(specs, V31_FILE, definition, answer)


@pytest.mark.parametrize(("kind", "definition"), LANGUAGE_CASES)
def test_language_answers(bench, specs, kind, definition):
    given = example(specs, LANGUAGE_FILE, kind)["body"]
    answer = bench.post(LANGUAGE + "&showStats=true", given).json()
    assert answer["kind"] == f"{kind}Results"
    assert len(answer["results"]["documents"]) == len(given["analysisInput"]["documents"])
    validate(specs, LANGUAGE_FILE, definition, answer)


def test_refusals_and_document_errors(bench, specs):
    refused = bench.sentiment()
    validate(specs, V31_FILE, "ErrorResponse", refused.json())
    validate(specs, V31_FILE, "SentimentResponse", bench.sentiment("", "x").json())
    refused = bench.analyze("SentimentAnalysis")
    validate(specs, "language-2023-04-01/common.json", "ErrorResponse", refused.json())
    errors = bench.analyze("SentimentAnalysis", "", "x").json()
    validate(specs, LANGUAGE_FILE, "SentimentTaskResult", errors)


def test_the_validation_can_fail(bench, specs):
    from jsonschema import ValidationError

    answer = bench.sentiment("fine").json()
    answer["documents"][0]["sentences"][0]["offset"] = "0"
    with pytest.raises(ValidationError):
        validate(specs, V31_FILE, "SentimentResponse", answer)


def test_every_synchronous_path_of_the_api_file_is_served(bench, specs):
    paths = json.loads((specs / V31_FILE).read_text("utf-8"))["paths"]
    served = [path for path in paths if "analyze" not in path and "health" not in path]
    assert len(served) == 6
    for path in served:
        assert bench.post(V31 + path, {"documents": []}).status_code == 400
    unserved = bench.post(f"{V31}/analyze", {})
    assert unserved.status_code == httpx.codes.NOT_FOUND

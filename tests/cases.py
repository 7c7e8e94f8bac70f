"""One case an operation: how its stage is set up, what it reads, what a good answer must hold.

The contract tests run every case; a registered service without one fails them. A family has a
function that makes its cases, so that an operation more is a line more.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from cogml import Service, audio
from cogml.services._media import png

Columns = dict[str, list[Any]]
SIDE = 60  # pixels: the services refuse pictures of less than 50
POINTS = 12  # the shortest series there may be
POINT = pa.struct([("timestamp", pa.string()), ("value", pa.float64())])


@dataclasses.dataclass(frozen=True)
class Case:
    """`inputs(n)` makes n distinct inputs, as columns that are named like their parameters.

    `holds(output)` is true of a complete answer. `many` inputs are what the test of many rows
    sends; an input is `size` rows (one, but of series that lie in rows); `batches` says that many
    inputs go into a request.
    """

    stage: str
    holds: Callable[[Any], bool]
    inputs: Callable[[int], Columns]
    types: dict[str, pa.DataType]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    many: int = 100
    size: int = 1
    batches: bool = False

    @property
    def name(self) -> str:
        """What the case is called in a test's name."""
        return str(self.settings.get("kind", self.stage))

    @property
    def few(self) -> int:
        """How many inputs do where one would: three, but one where an answer takes long."""
        return 3 if self.many > 10 else 1

    @property
    def main(self) -> str:
        """The parameter, and column, without which there is nothing to send."""
        return next(iter(self.types))

    def make(self, **settings: Any) -> Service:
        """A stage that reads the inputs' columns and retries without waiting."""
        return Service.registry[self.stage](
            **{
                **{f"{name}Col": name for name in self.types},
                "subscriptionKey": "a-key",
                "outputCol": "out",
                "errorCol": "err",
                "backoffs": [1, 1],
                **self.settings,
                **settings,
            }
        )

    def table(self, n: int) -> pa.Table:
        """`n` inputs."""
        return pa.table(self.inputs(n))

    def nulls(self, n: int) -> Columns:
        """`n` rows without an input."""
        return {name: [None] * n for name in self.types}


def texts(n: int) -> Columns:
    """Sentences in which every text service finds something."""
    return {
        "text": [
            f"Row {i}: Anna was happy in Paris, write to anna{i}@example.com" for i in range(n)
        ]
    }


@functools.cache
def picture(i: int, side: int = SIDE) -> bytes:
    """A picture of one colour, another for each number below 65,536."""
    data = bytes((i % 256, i // 256, 128)) * (side * side)
    made = png({"width": side, "height": side, "nChannels": 3, "data": data})
    assert isinstance(made, bytes)
    return made


def pictures(n: int) -> Columns:
    """Pictures as bytes."""
    return {"imageBytes": [picture(i) for i in range(n)]}


def queries(n: int) -> Columns:
    """What to search for."""
    return {"query": [f"red flower {i}" for i in range(n)]}


def points(i: int = 0) -> list[dict[str, Any]]:
    """A series of days, another for each number."""
    return [
        {"timestamp": f"2026-01-{day + 1:02}T00:00:00Z", "value": float(i + day % 3)}
        for day in range(POINTS)
    ]


def series(n: int) -> Columns:
    """Series, a row each."""
    return {"series": [points(i) for i in range(n)]}


def series_in_rows(n: int) -> Columns:
    """Series, a row each point."""
    rows = [(point, f"g{i}") for i in range(n) for point in points(i)]
    return {
        "timestamp": [point["timestamp"] for point, _ in rows],
        "value": [point["value"] for point, _ in rows],
        "groupby": [group for _, group in rows],
    }


@functools.cache
def recording(i: int) -> bytes:
    """A spoken question as a WAV file, with another length of silence behind it for each number."""
    folder = os.environ.get("COGML_TEST_DATA")
    if folder is None:
        pytest.skip("COGML_TEST_DATA names no folder: no speech to send")
    sound = audio.decode((pathlib.Path(folder) / "audio/whatstheweatherlike.wav").read_bytes())
    return audio.wav(sound, audio.Span(0, len(sound.samples) - 160 * i))


def recordings(n: int) -> Columns:
    """Speech as bytes."""
    return {"audioData": [recording(i) for i in range(n)]}


def _of_speech(stage: str, holds: Callable[[Any], bool], **settings: Any) -> Case:
    types = {"audioData": pa.binary()}
    return Case(stage, holds, recordings, types, settings, many=3)


def _has(*fields: str) -> Callable[[Any], bool]:
    return lambda output: all(output[field] is not None for field in fields)


def _of_text(stage: str, field: str) -> Case:
    def holds(output: Any) -> bool:
        return len(output) == 1 and output[0][field] is not None

    return Case(stage, holds, texts, {"text": pa.string()}, many=1_000, batches=True)


def _of_kind(kind: str, field: str) -> Case:
    case = _of_text("AnalyzeText", field)
    return dataclasses.replace(
        case, holds=lambda output: output["documents"][field] is not None, settings={"kind": kind}
    )


def _of_picture(stage: str, holds: Callable[[Any], bool], many: int = 12, **settings: Any) -> Case:
    types = {"imageBytes": pa.binary()}
    return Case(stage, holds, pictures, types, settings, many=many)


def _of_series(stage: str, *fields: str) -> Case:
    types = {"series": pa.list_(POINT)}
    return Case(stage, _has(*fields), series, types, {"granularity": "daily"}, many=40)


FEATURES = {
    "Categories": "categories",
    "Tags": "tags",
    "Description": "description",
    "Faces": "faces",
    "ImageType": "imageType",
    "Color": "color",
    "Adult": "adult",
    "Brands": "brands",
    "Objects": "objects",
}

CASES = [
    _of_text("TextSentiment", "sentiment"),
    _of_text("KeyPhraseExtractor", "keyPhrases"),
    _of_text("NER", "entities"),
    _of_text("PII", "redactedText"),
    _of_text("LanguageDetector", "detectedLanguage"),
    _of_text("EntityDetector", "entities"),
    _of_kind("SentimentAnalysis", "sentiment"),
    _of_kind("KeyPhraseExtraction", "keyPhrases"),
    _of_kind("EntityRecognition", "entities"),
    _of_kind("PiiEntityRecognition", "redactedText"),
    _of_kind("LanguageDetection", "detectedLanguage"),
    _of_kind("EntityLinking", "entities"),
    _of_picture("AnalyzeImage", _has(*FEATURES.values()), visualFeatures=[*FEATURES]),
    _of_picture("TagImage", _has("tags")),
    _of_picture("DescribeImage", _has("description")),
    _of_picture("OCR", _has("regions")),
    _of_picture("ReadImage", _has("analyzeResult"), initialPollingDelay=1, pollingDelay=1),
    _of_picture("RecognizeDomainSpecificContent", _has("result"), many=100, model="landmarks"),
    _of_picture(
        "GenerateThumbnails",
        lambda output: output.startswith(b"\xff\xd8\xff"),
        many=100,
        width=20,
        height=20,
    ),
    Case("BingImageSearch", _has("value"), queries, {"query": pa.string()}, {"count": 2}),
    _of_series("DetectLastAnomaly", "isAnomaly", "expectedValue"),
    _of_series("DetectAnomalies", "isAnomaly", "expectedValues"),
    Case(
        "SimpleDetectAnomalies",
        _has("isAnomaly", "expectedValue"),
        series_in_rows,
        {"timestamp": pa.string(), "value": pa.float64(), "groupby": pa.string()},
        {"granularity": "daily"},
        size=POINTS,
    ),
    _of_speech("SpeechToText", _has("DisplayText")),
    _of_speech(
        "SpeechToTextSDK",
        lambda output: output[0]["DisplayText"] is not None,
        streamIntermediateResults=False,
    ),
]


# What needs a model that was trained before, which an endpoint of a case has not: the same is asked
# of these in tests/services/test_multivariate*.py.
OF_A_MODEL = ("SimpleDetectMultivariateAnomaly", "DetectLastMultivariateAnomaly")


def case_of(name: str) -> Case:
    """The case of this stage, or of this kind of AnalyzeText."""
    return next(case for case in CASES if case.name == name)


def _answer(status: int, body: Any) -> dict[str, Any]:
    return {"kind": "status", "status": status, "body": body}


# What may happen to an answer: a rule of the suite, and the error's code.
FAULTS = {
    "500": ({"kind": "status", "status": 500}, "unavailable"),
    "503": ({"kind": "status", "status": 503}, "unavailable"),
    "400": ({"kind": "status", "status": 400}, "rejected"),
    "401": ({"kind": "status", "status": 401}, "unauthorized"),
    "408": ({"kind": "status", "status": 408}, "timeout"),
    "410": ({"kind": "status", "status": 410}, "retired"),
    "429": ({"kind": "throttle", "retry_after": 0}, "throttled"),
    "quota": ({"kind": "quota"}, "throttled"),
    "dropped": ({"kind": "drop_before_answer"}, "unavailable"),
    "cut off": ({"kind": "drop_mid_answer"}, "unavailable"),
    "truncated": ({"kind": "truncated_body"}, "unavailable"),
    "redirect": ({"kind": "redirect", "location": "http://127.0.0.1:9/"}, "rejected"),
    "not JSON": ({"kind": "malformed_json"}, "bad_response"),
    "empty": ({"kind": "empty_body"}, "bad_response"),
    "array": ({"kind": "wrong_shape", "shape": "array"}, "bad_response"),
    "text": ({"kind": "wrong_shape", "shape": "string"}, "bad_response"),
    "number": ({"kind": "wrong_shape", "shape": "number"}, "bad_response"),
    "null": ({"kind": "wrong_shape", "shape": "null"}, "bad_response"),
    "{}": ({"kind": "wrong_shape", "shape": "object"}, "bad_response"),
    "HTML": (_answer(200, "<html>Welcome to the hotel's network</html>"), "bad_response"),
    "an error": (_answer(200, {"error": {"code": "A", "message": "b"}}), "bad_response"),
    "a mark before": (_answer(200, "\ufeff{}"), "bad_response"),
    "NaN": (_answer(200, '{"documents": NaN, "results": NaN, "isAnomaly": NaN}'), "bad_response"),
    "nested": (_answer(200, "[" * 100_000), "bad_response"),
    "nulls": (_answer(200, {"documents": None, "results": None, "errors": None}), "bad_response"),
    "201": (_answer(201, "{}"), "bad_response"),
    "204": (_answer(204, ""), "bad_response"),
    "206": (_answer(206, '{"documents": [{"id": "0",'), "bad_response"),
    "304": (_answer(304, ""), "rejected"),
    "418": (_answer(418, "I am a teapot"), "rejected"),
    "500 in HTML": (_answer(500, "<html><h1>Bad day</h1></html>"), "unavailable"),
}

# What may happen to one document of a batch.
SPOILED = {
    "missing document": {"kind": "missing_document"},
    "foreign id": {"kind": "foreign_id"},
    "duplicate id": {"kind": "duplicated_id"},
    "wrong type": {"kind": "wrong_type"},
}

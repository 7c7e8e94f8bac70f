"""The requests that cogml's stages send, each answered by the suite and kept.

Every stage of `tests/cases.py` is run, and again with the parameters of `MORE`: those an API file
describes that the case leaves at their defaults.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow as pa
from cases import CASES, Case

from cogml import frames, planner

# Azure publishes no API file for these.
UNDESCRIBED = {"SpeechToText", "SpeechToTextSDK"}
_OPTIONS = {"showStats": True, "language": "en", "stringIndexType": "UnicodeCodePoint"}
MORE: dict[str, dict[str, Any]] = {
    "TextSentiment": {"opinionMining": True, **_OPTIONS},
    "KeyPhraseExtractor": {"showStats": True, "language": "en"},
    "NER": _OPTIONS,
    "PII": {"domain": "phi", "piiCategories": ["Email", "PhoneNumber"], **_OPTIONS},
    "LanguageDetector": {"showStats": True, "countryHint": "US"},
    "EntityDetector": _OPTIONS,
    "AnalyzeImage": {"details": ["Landmarks"], "language": "es"},
    "DescribeImage": {"maxCandidates": 2, "language": "ja"},
    "OCR": {"language": "en", "detectOrientation": True},
    "ReadImage": {"language": "en", "pages": ["1"], "readingOrder": "natural"},
    "GenerateThumbnails": {"smartCropping": True},
    "BingImageSearch": {
        "offset": 1,
        "mkt": "en-US",
        "imageType": "Photo",
        "aspect": "Square",
        "color": "ColorOnly",
        "freshness": "Week",
        "size": "Large",
        "imageContent": "Face",
        "license": "Public",
        "minWidth": 10,
        "maxHeight": 2000,
    },
    "DetectLastAnomaly": {"sensitivity": 95, "maxAnomalyRatio": 0.25, "period": 3},
    "DetectAnomalies": {"sensitivity": 95, "customInterval": 1, "imputeMode": "auto"},
}


class Recorder:
    """A transport that sends on to the suite and keeps the requests."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.sent: list[tuple[httpx.Request, httpx.Response]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        onward = httpx.Request(
            request.method, request.url, headers=request.headers, content=await request.aread()
        )
        answer = self._client.send(onward)
        self.sent.append((onward, answer))
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def send_all(
    client: httpx.Client, base: str, url: str
) -> Iterator[tuple[str, httpx.Request, httpx.Response]]:
    """Run every described stage on a few rows; yield its requests with their answers."""
    for case in CASES:
        if case.stage in UNDESCRIBED:
            continue
        settings: list[dict[str, Any]] = [{}]
        if case.stage in MORE:
            settings.append(MORE[case.stage])
        tables = [case.table(1)]
        if case.main == "imageBytes":
            tables.append(pa.table({"imageUrl": [url]}))
        for table, more in itertools.product(tables, settings):
            recorder = Recorder(client)
            stage = _stage(case, table, {**more, "endpoint": base})
            (row, *_) = frames.add_columns(table, planner.make(stage, recorder)).to_pylist()
            assert row["err"] is None, (case.name, row["err"])
            for request, answer in recorder.sent:
                yield case.name, request, answer


def _stage(case: Case, table: pa.Table, settings: dict[str, Any]) -> Any:
    if table.column_names == ["imageUrl"]:
        stage = case.make(**settings)
        stage.clear("imageBytes")
        return stage.setImageUrlCol("imageUrl")
    return case.make(**settings)

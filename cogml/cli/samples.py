"""The tutorial's five samples: what goes in, through which stage, and which table comes out."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from cogml.cli.console import needed
from cogml.services import Service

Row = dict[str, Any]
Cells = tuple[str, ...]

SENTENCES = ("How do I get to the train station?", "What is the weather like today?")
"""What a voice reads out where there is no recording."""

_IMAGE = (
    "https://raw.githubusercontent.com/Azure-Samples/cognitive-services-sample-data-files/master/"
    "ComputerVision/Images/objects.jpg"
)
_DRAWN = "/gallery/mountains-by-day.jpg"
_VALUES = (826, 799, 890, 900, 766, 805, 821, 20_000, 883, 898, 957, 924, 881, 837, 9_000)


@dataclasses.dataclass(frozen=True)
class Sample:
    """A frame's columns, the stage it goes through, and the lines of the table that a row gives."""

    heading: str
    stage: Any
    columns: dict[str, list[Any]]
    shown: Cells
    lines: Callable[[Row], list[Cells]]


def text(key: str) -> Sample:
    """How sentences sound."""
    stage = (
        _stage("TextSentiment")
        .setTextCol("text")
        .setLocation("eastasia")
        .setSubscriptionKey(key)
        .setOutputCol("sentiment")
        .setErrorCol("error")
        .setLanguageCol("language")
    )
    sentences = [
        "I am so happy today, its sunny!",
        "this is a dog",
        "I am frustrated by this rush hour traffic!",
    ]

    def lines(row: Row) -> list[Cells]:
        found = row["sentiment"] or [{"sentiment": ""}]
        return [(row["text"], found[0]["sentiment"])]

    columns = {"text": sentences, "language": ["en-US"] * len(sentences)}
    return Sample("Text analytics", stage, columns, ("text", "sentiment"), lines)


def vision(key: str, suite: str) -> Sample:
    """What is in a picture: in the tutorial's, and in one that the suite draws."""
    stage = (
        _stage("AnalyzeImage")
        .setLocation("eastasia")
        .setSubscriptionKey(key)
        .setVisualFeatures(["Categories", "Color", "Description", "Faces", "Objects", "Tags"])
        .setOutputCol("analysis_results")
        .setImageUrlCol("image")
        .setErrorCol("error")
    )
    recordings = needed("cogml_mocks.vision.recordings", "mocks").load(None)

    def lines(row: Row) -> list[Cells]:
        found = row["analysis_results"]
        if found is None:
            return [(row["image"], "", "")]
        answer = "recorded" if recordings.of_address(row["image"]) else "computed"
        return [(row["image"], ", ".join(found["description"]["tags"]), answer)]

    columns = {"image": [_IMAGE, suite + _DRAWN]}
    return Sample("Computer vision", stage, columns, ("image", "tags", "answer"), lines)


def search(key: str) -> Sample:
    """Twenty pictures, two a page."""
    stage = (
        _stage("BingImageSearch")
        .setSubscriptionKey(key)
        .setOffsetCol("offset")
        .setQuery("Martin Luther King Jr. quotes")
        .setCount(2)
        .setOutputCol("images")
    )

    def lines(row: Row) -> list[Cells]:
        return [(picture["contentUrl"],) for picture in (row["images"] or {"value": []})["value"]]

    return Sample("Image search", stage, {"offset": [*range(0, 20, 2)]}, ("url",), lines)


def anomalies(key: str) -> Sample:
    """The points of a series that are out of line."""
    stage = (
        _stage("SimpleDetectAnomalies")
        .setSubscriptionKey(key)
        .setLocation("eastasia")
        .setTimestampCol("timestamp")
        .setValueCol("value")
        .setOutputCol("anomalies")
        .setGroupbyCol("group")
        .setGranularity("monthly")
    )

    def lines(row: Row) -> list[Cells]:
        found = str((row["anomalies"] or {}).get("isAnomaly", "")).lower()
        return [(row["timestamp"], str(row["value"]), found)]

    months = [f"{1972 + at // 12}-{at % 12 + 1:02}-01T00:00:00Z" for at in range(len(_VALUES))]
    columns: dict[str, list[Any]] = {
        "timestamp": months,
        "value": [*map(float, _VALUES)],
        "group": ["series1"] * len(_VALUES),
    }
    return Sample("Anomaly detector", stage, columns, ("timestamp", "value", "isAnomaly"), lines)


def speech(key: str, recordings: Sequence[pathlib.Path]) -> Sample:
    """What is said in recordings, an utterance a line."""
    stage = (
        _stage("SpeechToTextSDK")
        .setSubscriptionKey(key)
        .setLocation("northeurope")
        .setOutputCol("text")
        .setAudioDataCol("url")
        .setLanguage("en-US")
        .setProfanity("Masked")
    )

    def lines(row: Row) -> list[Cells]:
        return [(pathlib.Path(row["url"]).name, (row["text"] or {}).get("DisplayText") or "")]

    columns = {"url": [str(path.resolve()) for path in recordings]}
    return Sample("Speech to text", stage, columns, ("recording", "DisplayText"), lines)


def _stage(name: str) -> Any:
    return Service.registry[name]()  # its setters are made, not written

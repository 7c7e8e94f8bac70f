"""What nobody here made goes through: photographs, recordings, series with gaps."""

from __future__ import annotations

import csv
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import error_rates
import pandas as pd
import pytest
from harness import real_inputs, served
from PIL import Image
from spoken import QUESTION, READING

import cogml_mocks
from cogml.cognitive import OCR, AnalyzeImage, SimpleDetectAnomalies, SpeechToTextSDK

FEATURES = ["Categories", "Color", "Description", "Faces", "ImageType", "Objects", "Tags"]
LONGEST = 8_640
HITS = {  # labelled windows in which a point is out of line, of all
    "artificialNoAnomaly/art_flatline.csv": (0, 0),
    "artificialWithAnomaly/art_daily_jumpsup.csv": (1, 1),
    "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv": (1, 2),
    "realAWSCloudwatch/elb_request_count_8c0756.csv": (2, 2),
    "realAdExchange/exchange-2_cpc_results.csv": (0, 1),
    "realKnownCause/ambient_temperature_system_failure.csv": (1, 2),
    "realKnownCause/nyc_taxi.csv": (5, 5),
    "realTraffic/TravelTime_387.csv": (2, 3),
}
WRITTEN = {
    "MultiLingual.png": ["How much is this?", "combien est-ce que ça coûte?", "Wie viel ist das?"],
    "handwritten_text.jpg": ["You must be the change", "you want to see in the world!"],
    "printed_text.jpg": ["Nutrition Facts", "Calories 190", "Sodium 20mg"],
    "gray-shirt-logo.jpg": ["Microsoft"],
    "type-image.jpg": ["make", "things"],
}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with cogml_mocks.serve() as suite:
        yield suite.url


@pytest.fixture(scope="module")
def images() -> list[pathlib.Path]:
    return sorted((real_inputs() / "images").iterdir())


@pytest.fixture(scope="module")
def analysed(service: str, images: list[pathlib.Path]) -> dict[str, dict[str, Any]]:
    """What is in each picture, by its name."""
    return analyses(service, "imageBytesCol", images)


def analyses(service: str, column: str, pictures: list[Any]) -> dict[str, dict[str, Any]]:
    stage = AnalyzeImage(
        endpoint=service,
        subscriptionKey="a-key",
        visualFeatures=FEATURES,
        outputCol="found",
        errorCol="error",
        **{column: "picture"},
    )
    rows = stage.transform(pd.DataFrame({"picture": pictures}))
    assert rows["error"].isna().all()
    found = {pathlib.Path(str(p)).name: f for p, f in zip(pictures, rows["found"], strict=True)}
    for analysis in found.values():
        del analysis["requestId"]
    return found


def test_a_picture_is_the_same_by_its_address(
    service: str, images: list[pathlib.Path], analysed: dict[str, dict[str, Any]]
) -> None:
    assert len(images) == 12
    with served(real_inputs() / "images") as web:
        addresses = [f"{web}/{path.name}" for path in images]
        assert analyses(service, "imageUrlCol", addresses) == analysed


def test_each_picture_has_its_size(
    images: list[pathlib.Path], analysed: dict[str, dict[str, Any]]
) -> None:
    for path in images:
        with Image.open(path) as picture:
            size = {"width": picture.width, "height": picture.height}
            assert analysed[path.name]["metadata"] == {
                **size, "format": (picture.format or "").capitalize()
            }  # fmt: skip
        for face in analysed[path.name]["faces"]:
            place = face["faceRectangle"]
            assert 0 <= place["left"] < place["left"] + place["width"] <= size["width"]
            assert 0 <= place["top"] < place["top"] + place["height"] <= size["height"]


def test_faces_are_found_where_there_are_faces(analysed: dict[str, dict[str, Any]]) -> None:
    counts = {name: len(found["faces"]) for name, found in analysed.items()}
    assert counts.pop("faces.jpg") >= 5
    assert set(counts.values()) == {0}
    assert "person" in analysed["faces.jpg"]["description"]["tags"]


def test_drawings_are_told_from_photographs(analysed: dict[str, dict[str, Any]]) -> None:
    kinds = {name: found["imageType"] for name, found in analysed.items()}
    clip_art = {name for name, kind in kinds.items() if kind["clipArtType"] >= 2}
    assert kinds["lion_drawing.png"]["lineDrawingType"] == 1
    assert {"cheese_clipart.png", "type-image.jpg"} <= clip_art
    photographs = {"dog.jpg", "faces.jpg", "house.jpg", "landmark.jpg", "handwritten_text.jpg"}
    assert not clip_art & photographs
    assert not any(kinds[name]["lineDrawingType"] for name in photographs)


def test_colours_are_those_one_sees(analysed: dict[str, dict[str, Any]]) -> None:
    assert analysed["lion_drawing.png"]["color"]["isBWImg"]
    assert not analysed["faces.jpg"]["color"]["isBWImg"]
    assert "Yellow" in analysed["cheese_clipart.png"]["color"]["dominantColors"]
    assert "outdoor" in analysed["house.jpg"]["description"]["tags"]


def test_what_is_written_is_read(service: str) -> None:
    stage = OCR(
        endpoint=service,
        subscriptionKey="a-key",
        imageBytesCol="picture",
        outputCol="found",
        errorCol="error",
    )
    folder = real_inputs() / "images"
    rows = stage.transform(pd.DataFrame({"picture": [folder / name for name in WRITTEN]}))
    assert rows["error"].isna().all()
    for found, lines in zip(rows["found"], WRITTEN.values(), strict=True):
        text = " ".join(
            word["text"]
            for region in found["regions"]
            for line in region["lines"]
            for word in line["words"]
        )
        assert [line for line in lines if line not in text] == []


def test_recordings_are_understood(service: str) -> None:
    stage = SpeechToTextSDK(
        endpoint=service,
        subscriptionKey="a-key",
        audioDataCol="recording",
        outputCol="text",
        errorCol="error",
    )
    folder = real_inputs() / "audio"
    bounds = {"whatstheweatherlike.wav": (QUESTION, 0.0), "aboutSpeechSdk.wav": (READING, 0.08)}
    rows = stage.transform(pd.DataFrame({"recording": [folder / name for name in bounds]}))
    assert rows["error"].isna().all()
    for name, (said, most) in bounds.items():
        heard = rows["text"][rows["recording"] == folder / name]
        rate = error_rates.of_words(said, " ".join(phrase["DisplayText"] for phrase in heard))
        print(f"{name}: a word error rate of {rate:.1%}")
        assert rate <= most
        ends = [phrase["Offset"] + phrase["Duration"] for phrase in heard]
        assert ends == sorted(ends)


def test_series_are_looked_through(service: str) -> None:
    """All on one frame, a group each; the windows are those that the benchmark's authors drew."""
    folder = real_inputs() / "timeseries"
    labelled = json.loads((folder / "windows.json").read_text("utf-8"))
    assert labelled.keys() == HITS.keys()
    frame = pd.concat([series(folder, name) for name in labelled], ignore_index=True)
    stage = SimpleDetectAnomalies(
        endpoint=service,
        subscriptionKey="a-key",
        groupbyCol="series",
        granularity="none",  # five minutes to an hour, with gaps
        outputCol="found",
        errorCol="error",
    )
    rows = stage.transform(frame.sample(frac=1, random_state=1))
    assert rows["error"].isna().all()
    assert rows["found"].notna().all()
    assert len(rows) == len(frame)
    alarms = rows[rows["found"].struct.field("isAnomaly")]
    assert "artificialNoAnomaly/art_flatline.csv" not in set(alarms["series"])
    for name, windows in labelled.items():
        times = pd.to_datetime(alarms["timestamp"][alarms["series"] == name])
        hits = [times.between(*map(pd.Timestamp, window)).any() for window in windows]
        assert len(hits) == HITS[name][1]
        assert sum(hits) >= HITS[name][0], name


def series(folder: pathlib.Path, name: str) -> pd.DataFrame:
    """The newest points of a series, as many as the service takes, as text and numbers."""
    with (folder / name).open(newline="", encoding="utf-8") as file:
        points = list(csv.DictReader(file))[-LONGEST:]
    return pd.DataFrame(
        {
            "series": name,
            "timestamp": [point["timestamp"] for point in points],
            "value": [float(point["value"]) for point in points],
        }
    )

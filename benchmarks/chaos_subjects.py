"""What goes through the chaos: rows of which each can be told from its answer alone."""

from __future__ import annotations

import dataclasses
import datetime
import random
from collections.abc import Callable
from typing import Any

import cv2
import numpy
import pyarrow as pa

from cogml import Service
from cogml.cognitive import ReadImage, SimpleDetectAnomalies, TextSentiment


@dataclasses.dataclass(frozen=True)
class Subject:
    """A number of rows that are all different, and the stage they go through, `packed` documents a
    request.

    Rows of a `group` are one document; elsewhere each is one. `said` is what two answers to the
    same row have in common; `is_own` tells, of a row with an answer, whether the answer says what
    can be an answer to this row alone.
    """

    rows: Callable[[int, random.Random], pa.Table]
    number: int
    stage: Callable[..., Service]
    packed: int
    is_own: Callable[[dict[str, Any]], bool]
    said: Callable[[Any], Any] = lambda answer: answer
    group: str = ""

    def documents(self, rows: pa.Table) -> int:
        """How many documents these rows are."""
        return len(rows.column(self.group).unique()) if self.group else rows.num_rows

    def requests(self, rows: pa.Table) -> int:
        """How many requests these rows need."""
        return -(-self.documents(rows) // self.packed)


def texts(rows: int, chance: random.Random) -> pa.Table:
    """Sentences of which no two are equal, in an order that is not that of their numbers."""
    words = ("good", "bad", "fine", "awful", "lovely", "late", "broken", "superb")
    made = [f"Parcel {n} was {chance.choice(words)}" for n in range(rows)]
    chance.shuffle(made)
    return pa.table({"row": range(rows), "text": made})


def _is_own_text(row: dict[str, Any]) -> bool:
    ((sentence,),) = ([s["text"] for s in document["sentences"]] for document in row["answer"])
    return bool(sentence == row["text"])


LENGTH = 12  # points of a series


def series(rows: int, chance: random.Random) -> pa.Table:
    """Series of which no two are equal, their points mixed with those of others."""
    points = []
    for row in range(rows):
        day = datetime.datetime(2024, 1, 1) + datetime.timedelta(days=row % LENGTH)
        points.append((f"g{row // LENGTH}", day, row // LENGTH * 10 + chance.random()))
    for start in range(0, rows, 100 * LENGTH):
        mixed = points[start : start + 100 * LENGTH]
        chance.shuffle(mixed)
        points[start : start + 100 * LENGTH] = mixed
    group, at, value = zip(*points, strict=True)
    return pa.table({"row": range(rows), "group": group, "day": at, "value": value})


def _is_own_point(row: dict[str, Any]) -> bool:
    return bool(abs(row["answer"]["expectedValue"] - row["value"]) < 5)


def pictures(rows: int, chance: random.Random) -> pa.Table:
    """Pictures of a line of text, of which no two are equal."""
    numbers = chance.sample(range(1_000, 10_000), rows)
    return pa.table({"row": range(rows), "n": numbers, "image": [*map(_picture, numbers)]})


def _picture(number: int) -> bytes:
    page = numpy.full((60, 260, 3), 255, numpy.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(page, f"Parcel {number}", (8, 42), font, 1.2, (0, 0, 0), 2, cv2.LINE_AA)
    return cv2.imencode(".png", page)[1].tobytes()


def _is_own_picture(row: dict[str, Any]) -> bool:
    (page,) = row["answer"]["analyzeResult"]["readResults"]
    return [line["text"] for line in page["lines"]] == [f"Parcel {row['n']}"]


SUBJECTS = {
    "TextSentiment": Subject(
        texts,
        100_000,
        lambda **given: TextSentiment(textCol="text", **given),
        10,
        _is_own_text,
    ),
    "SimpleDetectAnomalies": Subject(
        series,
        60_000,
        lambda **given: SimpleDetectAnomalies(
            timestampCol="day", valueCol="value", groupbyCol="group", granularity="daily", **given
        ),
        1,
        _is_own_point,
        group="group",
    ),
    "ReadImage": Subject(  # a suite forgets jobs beyond the hundredth
        pictures,
        80,
        lambda **given: ReadImage(
            imageBytesCol="image", initialPollingDelay=0, pollingDelay=20, **given
        ),
        1,
        _is_own_picture,
        said=lambda answer: answer["analyzeResult"],
    ),
}

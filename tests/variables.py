"""Two variables that follow one load, and stages that are fitted on them and judge them."""

from __future__ import annotations

import datetime
import math
import random
from typing import Any

from harness import ArrowFrames, Frames

from cogml.cognitive import DetectLastMultivariateAnomaly, SimpleFitMultivariateAnomaly

NAMES = ["pressure", "flow"]
ROWS, WINDOW = 120, 28
BROKEN = 100
KEY = "planted-secret-0123456789"
QUICK: dict[str, Any] = {"backoffs": [1, 1], "subscriptionKey": KEY}
POLLING = {"initialPollingDelay": 1, "pollingDelay": 1}
BATCH, LAST = "*:detect-batch", "*:detect-last"
POLLS = "*/detect-batch/*"
FRAME = ArrowFrames()


def stamp(row: int) -> str:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (start + datetime.timedelta(minutes=row)).isoformat().replace("+00:00", "Z")


def columns(rows: int = ROWS, *, broken: bool = False) -> dict[str, list[Any]]:
    """Two variables that follow one load; where it is broken one goes against the other."""
    chance = random.Random(1)
    load = [math.sin(row / 9) for row in range(rows)]
    flow = [2 * value + chance.gauss(0, 0.1) for value in load]
    if broken:
        flow[BROKEN] = -flow[BROKEN] + 4
    return {
        "n": list(range(rows)),
        "timestamp": [stamp(row) for row in range(rows)],
        "pressure": [value + chance.gauss(0, 0.1) for value in load],
        "flow": flow,
    }


def fitting(folder: Any, **settings: Any) -> SimpleFitMultivariateAnomaly:
    given = {"inputCols": NAMES, "intermediateSaveDir": str(folder), "slidingWindow": WINDOW}
    names = {"outputCol": "out", "errorCol": "err"}
    return SimpleFitMultivariateAnomaly(**{**QUICK, **POLLING, **given, **names, **settings})


def last(model: str, **settings: Any) -> DetectLastMultivariateAnomaly:
    given = {"inputVariablesCols": NAMES, "batchSize": WINDOW, "modelId": model}
    names = {"outputCol": "out", "errorCol": "err"}
    return DetectLastMultivariateAnomaly(**{**QUICK, **given, **names, **settings})


def rows_of(frames: Frames, frame: Any) -> list[dict[str, Any]]:
    return sorted(frames.rows(frame), key=lambda row: row["n"])


def codes(rows: list[dict[str, Any]]) -> list[str | None]:
    return [None if row["err"] is None else row["err"]["code"] for row in rows]


def judged(stage: Any, given: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return rows_of(FRAME, stage.transform(FRAME.make(given)))

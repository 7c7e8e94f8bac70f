"""How many points a second are looked through for anomalies: by the engine, locally, by the suite.

1,000 series of 1,440 points, a minute apart, go through `DetectAnomalies` from an Arrow table to
the typed column: with `setExecution("local")`, and to the suite over HTTP. The engine alone takes
arrays, of up to three million points.

Run: python benchmarks/anomaly_speed.py [--rounds N] [--quick]
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from results import Column, Goal, Table, options, parsed, publish, spread

import cogml_mocks
from cogml.cognitive import DetectAnomalies
from cogml_mocks.engines import anomalies

SERIES, POINTS = 1_000, 1_440
LENGTHS = (
    (1_000, 500),
    (1_440, 400),
    (8_640, 60),
    (100_000, 6),
    (1_000_000, 1),
    (3_000_000, 1),
)
LONGEST_OF_A_REQUEST = 8_640
FIRST = datetime.datetime(2026, 1, 1)
SAID = (
    "Points a second, and processor time a point of all that takes part, user and system; medians, "
    "the least and the most in brackets. Each series has a season of 288 points, noise, and "
    "three points out of line; all of them have to be found. The engine looks at one series after "
    "the other, in one thread; a run of a stage has several requests under way."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    given = parsed(options(__doc__, rounds=3), arguments)
    table = Table(
        "anomaly_speed",
        "Anomalies a second",
        SAID,
        [
            Column("way", "way"),
            Column("series", "series", ",d"),
            Column("points", "points each", ",d"),
            Column("rate", "points/s", ",.0f"),
            Column("cost", "µs a point", ".2f"),
        ],
        packages=("numpy",),
        quick=given.quick,
    )
    by_engine([drawn(0, POINTS)])  # imports
    for points, series in LENGTHS[: 2 if given.quick else None]:
        made = [drawn(seed, points) for seed in range(series)]
        row(table, "engine", made, lambda made=made: by_engine(made), given.rounds)
    known = {one["points"]: one["cost"].median for one in table.rows}
    longest = max(known)
    if longest > LONGEST_OF_A_REQUEST:
        what = f"engine: µs a point of {longest:,}, ÷ that of {LONGEST_OF_A_REQUEST:,}"
        table.goals.append(Goal(what, known[longest] / known[LONGEST_OF_A_REQUEST], most=2))
    made = [drawn(seed, POINTS) for seed in range(20 if given.quick else SERIES)]
    column = pa.table({"series": [as_points(values) for values in made]})
    own = DetectAnomalies(execution="local")
    row(table, "local", made, lambda: by_stage(own, column), given.rounds)
    with cogml_mocks.serve() as suite:
        served = DetectAnomalies(endpoint=suite.url, subscriptionKey="any")
        row(table, "suite", made, lambda: by_stage(served, column), given.rounds)
    return publish(table, given)


def drawn(seed: int, points: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    values = 10 * np.sin(np.arange(points) * 2 * np.pi / 288) + chance.normal(size=points)
    values[out_of_line(points)] += 40
    return values


def out_of_line(points: int) -> list[int]:
    return [points // 4, points // 2, points - 100]


def as_points(values: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"timestamp": (FIRST + datetime.timedelta(minutes=at)).isoformat() + "Z", "value": value}
        for at, value in enumerate(values.tolist())
    ]


def row(
    table: Table, way: str, made: list[np.ndarray], run: Callable[[], list[Any]], rounds: int
) -> None:
    """Measure one way of asking; what it finds is checked each time."""
    points = len(made) * len(made[0])
    rates, costs = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        found = run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rates.append(points / wall)
        costs.append(cpu / points * 1e6)
        for flags in found:
            assert all(flags[place] for place in out_of_line(len(made[0])))
    table.rows.append(
        {
            "way": way,
            "series": len(made),
            "points": len(made[0]),
            "rate": spread(rates),
            "cost": spread(costs),
        }
    )


def by_engine(made: list[np.ndarray]) -> list[Any]:
    found = [anomalies.detect(values) for values in made]
    return [each.positive | each.negative for each in found]


def by_stage(stage: DetectAnomalies, table: pa.Table) -> list[Any]:
    stage.setSeriesCol("series").setGranularity("minutely").setOutputCol("o").setErrorCol("e")
    answered = stage.transform(table)
    assert answered["e"].null_count == table.num_rows
    return [each["isAnomaly"].values.to_numpy(False) for each in answered["o"]]


if __name__ == "__main__":
    main()

"""Rows that need each other: those of a group are sent as one, and each gets its own answer."""

from __future__ import annotations

import datetime
import decimal
import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
from harness import LAZY, Endpoint, Frames
from wire import run

from cogml import ParamError
from cogml.cognitive import DetectAnomalies, SimpleDetectAnomalies
from cogml.filling import SLICE
from cogml.frames._arrow import groups
from cogml.rows import grouped, whole_groups

LENGTH = 15
FIRST = datetime.datetime(2026, 1, 1)
MIXED = random.Random(7)


def values(number: int) -> list[float]:
    """A series with a peak, in another place for each number."""
    made = [float(10 * number + day % 3) for day in range(LENGTH)]
    made[4 + number] += 100
    return made


def day(number: int) -> str:
    return f"2026-01-{number + 1:02}T00:00:00Z"


def points(*numbers: int, length: int = LENGTH) -> list[tuple[str, str, float]]:
    """Group, time and value of each point of these series."""
    return [(f"g{n}", day(at), values(n)[at]) for n in numbers for at in range(length)]


def columns(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows as columns, numbered in the order they stand in."""
    group, time, value = (list(cells) for cells in zip(*rows, strict=True))
    return {"n": list(range(len(rows))), "timestamp": time, "value": value, "group": group}


def shuffled(rows: list[Any]) -> list[Any]:
    return MIXED.sample(rows, len(rows))


def stage(**settings: Any) -> SimpleDetectAnomalies:
    fixed = {"granularity": "daily", "outputCol": "out", "errorCol": "err", "backoffs": [1, 1]}
    return SimpleDetectAnomalies(
        **{"subscriptionKey": "k", "groupbyCol": "group", **fixed, **settings}
    )


def found(frames: Frames, frame: Any, **settings: Any) -> list[dict[str, Any]]:
    """The rows that come back, in the order they were given in."""
    rows = frames.rows(stage(**settings).transform(frame))
    return sorted(rows, key=lambda row: row["n"])


def expected(*numbers: int) -> dict[tuple[str, str], tuple[bool, float]]:
    """What the service says of each point when it is asked for the whole series."""
    series = [[{"timestamp": day(i), "value": v} for i, v in enumerate(values(n))] for n in numbers]
    asked = DetectAnomalies(
        seriesCol="s", granularity="daily", outputCol="out", subscriptionKey="k"
    )
    answers = asked.transform(pa.table({"s": series}))["out"].to_pylist()
    return {
        (f"g{n}", day(at)): (answer["isAnomaly"][at], answer["expectedValues"][at])
        for n, answer in zip(numbers, answers, strict=True)
        for at in range(LENGTH)
    }


def told(row: dict[str, Any]) -> tuple[bool, float]:
    return row["out"]["isAnomaly"], row["out"]["expectedValue"]


def codes(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


# On every frame


def test_each_row_gets_what_was_found_of_its_own_point(endpoint: Endpoint, frames: Frames) -> None:
    rows = shuffled(points(0, 1, 2, 3))
    result = found(frames, frames.make(columns(rows)))
    assert [row["value"] for row in result] == [value for _, _, value in rows]
    assert codes(result) == [None] * len(rows)
    assert endpoint.documents() == 4
    truth = expected(0, 1, 2, 3)
    assert [told(row) for row in result] == [truth[group, time] for group, time, _ in rows]
    assert sum(row["out"]["isAnomaly"] for row in result) >= 4


def test_a_short_group_is_an_error_in_its_own_rows(endpoint: Endpoint, frames: Frames) -> None:
    rows = shuffled([*points(0, 2), *points(1, length=5)])
    result = found(frames, frames.make(columns(rows)))
    wanted = ["rejected" if group == "g1" else None for group, _, _ in rows]
    assert codes(result) == wanted
    assert [row["out"] is None for row in result] == [code is not None for code in wanted]
    assert {row["err"]["message"] for row in result if row["err"]} == {
        "InvalidSeries: The series must have at least 12 points."
    }


def test_a_row_without_time_or_value_costs_its_group_nothing(
    endpoint: Endpoint, frames: Frames
) -> None:
    whole = points(0, 1)
    rows = [*whole[:3], ("g0", None, 5.0), *whole[3:], ("g1", day(20), None), (None, None, None)]
    result = found(frames, frames.make(columns(rows)))
    truth = expected(0, 1)
    assert codes(result) == [None] * len(rows)
    for row in result:
        missing = row["timestamp"] is None or row["value"] is None
        assert (row["out"] is None) == missing
        assert missing or told(row) == truth[row["group"], row["timestamp"]]
    assert len(result) == len(rows)


def test_without_a_group_all_rows_are_one_series(endpoint: Endpoint, frames: Frames) -> None:
    rows = shuffled(points(2))
    frame = frames.make(columns(rows))
    result = stage().clear("groupby").transform(frame)
    truth = expected(2)
    for row in frames.rows(result):
        assert told(row) == truth[row["group"], row["timestamp"]]


def test_rows_without_a_group_are_a_group(endpoint: Endpoint, frames: Frames) -> None:
    rows = [(group if group == "g1" else None, time, value) for group, time, value in points(0, 1)]
    result = found(frames, frames.make(columns(rows)))
    truth = expected(0, 1)
    assert [told(row) for row in result] == [
        truth[row["group"] or "g0", row["timestamp"]] for row in result
    ]


TIMES: dict[str, Callable[[int], Any]] = {
    "offset": lambda at: f"2026-01-{at + 1:02}T02:00:00+02:00",
    "naive": lambda at: FIRST + datetime.timedelta(days=at),
    "zoned": lambda at: (FIRST + datetime.timedelta(days=at)).replace(tzinfo=datetime.UTC),
    "elsewhere": lambda at: (FIRST + datetime.timedelta(days=at, hours=-5)).replace(
        tzinfo=datetime.timezone(datetime.timedelta(hours=-5))
    ),
    "date": lambda at: (FIRST + datetime.timedelta(days=at)).date(),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_of_every_kind_are_one_and_the_same(
    kind: str, endpoint: Endpoint, frames: Frames
) -> None:
    places = shuffled(list(range(LENGTH)))
    rows = [("g1", TIMES[kind](at), values(1)[at]) for at in places]
    result = found(frames, frames.make(columns(rows)))
    truth = expected(1)
    assert codes(result) == [None] * LENGTH
    assert [told(row) for row in result] == [truth["g1", day(at)] for at in places]


NUMBERS: dict[str, tuple[Callable[[float], Any], pa.DataType]] = {
    "int": (int, pa.int64()),
    "small": (int, pa.int16()),
    "float32": (float, pa.float32()),
    "decimal": (lambda value: decimal.Decimal(f"{value:.2f}"), pa.decimal128(10, 2)),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_values_of_every_kind_are_numbers(kind: str, endpoint: Endpoint, frames: Frames) -> None:
    make, type_ = NUMBERS[kind]
    rows = [("g3", day(at), make(value)) for at, value in enumerate(values(3))]
    result = found(frames, frames.make(columns(rows), value=type_))
    truth = expected(3)
    assert [told(row) for row in result] == [truth["g3", day(at)] for at in range(LENGTH)]


@pytest.mark.parametrize("make", [int, float, bool, lambda i: datetime.date(2026, 1, 1 + i)])
def test_groups_may_be_of_any_type(make: Any, endpoint: Endpoint, eager: Frames) -> None:
    rows = shuffled([(make(int(group[1])), time, value) for group, time, value in points(0, 1)])
    result = found(eager, eager.make(columns(rows)))
    truth = expected(0, 1)
    for row in result:
        number = 0 if row["group"] == make(0) else 1
        assert told(row) == truth[f"g{number}", row["timestamp"]]


# What is sent


class Echo:
    """A transport that expects each value it is sent, and so shows which row got what."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        series = json.loads(request.content)["series"]
        assert [point["timestamp"] for point in series] == sorted(p["timestamp"] for p in series)
        self.sizes.append(len(series))
        size, none = len(series), [0.0] * len(series)
        flags = dict.fromkeys(
            ("isAnomaly", "isPositiveAnomaly", "isNegativeAnomaly"), [False] * size
        )
        margins = dict.fromkeys(("upperMargins", "lowerMargins", "severity"), none)
        values = [point["value"] for point in series]
        answer = {"period": 0, "expectedValues": values, **flags, **margins}
        return httpx.Response(200, json=answer)


def numbered(sizes: list[int]) -> dict[str, list[Any]]:
    """Groups of these sizes, mixed; each row has a value of its own."""
    rows = shuffled([(group, at) for group, size in enumerate(sizes) for at in range(size)])
    times = [(FIRST + datetime.timedelta(days=at)).isoformat() for _, at in rows]
    group = [group for group, _ in rows]
    return {"timestamp": times, "value": [float(n) for n in range(len(rows))], "group": group}


@pytest.mark.parametrize(
    "sizes",
    [[SLICE + 200], [12] * 300, [SLICE - 1, 1, SLICE + 1, 12, 3 * SLICE, 5], [1] * (SLICE + 1)],
    ids=["one large", "many small", "mixed", "single rows"],
)
def test_a_group_is_whole_however_many_rows_there_are(sizes: list[int]) -> None:
    echo, made = Echo(), numbered(sizes)
    result = run(stage(), echo, **made)
    assert [row["out"]["expectedValue"] for row in result] == made["value"]
    assert sorted(echo.sizes) == sorted(sizes)


def test_a_record_batch_is_a_record_batch_again(endpoint: Endpoint) -> None:
    (batch,) = pa.table(columns(shuffled(points(0, 1)))).to_batches()
    result = stage().transform(batch)
    assert isinstance(result, pa.RecordBatch)
    truth = expected(0, 1)
    for row in result.to_pylist():
        assert told(row) == truth[row["group"], row["timestamp"]]


@pytest.mark.parametrize("kind", ["polars lazy", "arrow reader"])
def test_nothing_is_sent_before_it_is_read(kind: str, endpoint: Endpoint) -> None:
    frames = LAZY[kind]()
    result = stage().transform(frames.make(columns(points(0, 1))))
    assert endpoint.requests() == []
    assert codes(frames.rows(result)) == [None] * (2 * LENGTH)
    assert endpoint.documents() == 2


def test_series_that_are_equal_are_sent_once(endpoint: Endpoint, eager: Frames) -> None:
    twice = [(group, time, value) for group in ("a", "b") for _, time, value in points(1)]
    rows = shuffled([*twice, *points(2)])
    result = found(eager, eager.make(columns(rows)))
    truth = expected(1, 2)
    assert [told(row) for row in result] == [
        truth[group if group == "g2" else "g1", time] for group, time, _ in rows
    ]
    assert endpoint.documents() == 2 + 2  # and what `expected` asked


def test_settings_of_its_own_a_group_may_have_but_not_a_row(endpoint: Endpoint) -> None:
    made = columns(points(0, 1))
    table = pa.table({**made, "s": [*[50] * LENGTH, 50, *[90] * (LENGTH - 1)]})
    rows = stage(sensitivityCol="s").transform(table).to_pylist()
    assert codes(rows) == [None] * LENGTH + ["row_rejected"] * LENGTH
    assert "differ in a setting" in rows[-1]["err"]["message"]


def test_a_group_that_the_service_refuses_costs_no_other(endpoint: Endpoint) -> None:
    doubled = [("g1", day(1), 5.0), *points(1)]
    strange = [("g2", "not a time", 5.0), *points(2)]
    rows = stage().transform(pa.table(columns([*points(0), *doubled, *strange]))).to_pylist()
    assert codes(rows) == [None] * LENGTH + ["rejected"] * (2 * LENGTH + 2)
    assert "duplicate" in rows[LENGTH]["err"]["message"]
    assert "ISO 8601" in rows[-1]["err"]["message"]


@pytest.mark.parametrize("change", ["shorter", "null inside", "no list"])
def test_an_answer_of_another_length_is_an_error(change: str) -> None:
    class Spoilt(Echo):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = json.loads((await super().handle_async_request(request)).content)
            whole = answer["expectedValues"]
            spoilt = {"shorter": whole[1:], "null inside": [None, *whole[1:]], "no list": None}
            return httpx.Response(200, json={**answer, "expectedValues": spoilt[change]})

    rows = run(stage(), Spoilt(), **numbered([12, 12]))
    assert codes(rows) == ["bad_response"] * 24
    assert [row["out"] for row in rows] == [None] * 24


def test_categories_of_pandas_are_groups(endpoint: Endpoint) -> None:
    frame = pd.DataFrame(columns(shuffled(points(0, 1)))).astype({"group": "category"})
    result = stage().transform(frame)
    truth = expected(0, 1)
    for row in pa.Table.from_pandas(result, preserve_index=False).to_pylist():
        assert told(row) == truth[row["group"], row["timestamp"]]


@pytest.mark.parametrize("column", ["timestamp", "group"])
def test_views_are_texts(column: str, endpoint: Endpoint) -> None:
    rows = shuffled(points(0, 1))
    made = columns(rows)
    table = pa.table({**made, column: pa.array(made[column], pa.string_view())})
    truth = expected(0, 1)
    result = stage().transform(table).to_pylist()
    assert [told(row) for row in result] == [truth[group, time] for group, time, _ in rows]


# Spark


@pytest.mark.spark
def test_a_stream_is_refused(endpoint: Endpoint, spark: Any) -> None:
    stream = spark.readStream.format("rate").load()
    with pytest.raises(ParamError, match=r"the rows of a group must all be there.*foreachBatch"):
        stage(valueCol="value", groupbyCol="value").transform(stream)


@pytest.mark.spark
@pytest.mark.parametrize("execution", ["workers", "driver"])
@pytest.mark.parametrize("name", ["my.group", "Value"])
def test_groups_on_spark_with_awkward_names(
    execution: str, name: str, endpoint: Endpoint, spark: Any
) -> None:
    rows = [(time, value, group) for group, time, value in shuffled(points(0, 1, 2))]
    schema = ["timestamp", "v", name] if name == "Value" else ["timestamp", "value", name]
    frame = spark.createDataFrame(rows, schema).repartition(3)
    made = stage(groupbyCol=name, valueCol=schema[1], execution=execution).transform(frame)
    truth = expected(0, 1, 2)
    result = [row.asDict(recursive=True) for row in made.collect()]
    assert len(result) == len(rows)
    for row in result:
        assert told(row) == truth[row[name], row["timestamp"]]


# The order of rows


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_brought_together_and_back(seed: int) -> None:
    chance = random.Random(seed)
    size = chance.choice([1, 2, 10, 50])
    keys = [chance.choice(["a", "b", None, "c"]) for _ in range(size)]
    table = pa.table({"k": pa.array(keys, pa.string()), "n": list(range(size))})
    order, place, ends = grouped(table, ["k"])
    together = table.take(order)
    assert together.take(place) == table
    parts = list(whole_groups(together, ends, 5))
    assert pa.concat_tables(parts) == together
    kinds = [set(part["k"].to_pylist()) for part in parts]
    assert sum(map(len, kinds)) == len(set(keys))
    assert all(part.num_rows >= 5 for part in parts[:-1])


@pytest.mark.parametrize("seed", range(20))
def test_batches_of_a_stream_end_where_a_group_ends(seed: int) -> None:
    chance = random.Random(seed)
    keys = [key for key in range(12) for _ in range(chance.choice([1, 2, 3, 17]))]
    table = pa.table({"k": keys, "n": list(range(len(keys)))})
    cuts = sorted(chance.choices(range(len(keys) + 1), k=chance.choice([0, 1, 8])))
    spans = zip([0, *cuts], [*cuts, len(keys)], strict=True)
    (whole,) = table.to_batches()
    batches = [whole.slice(a, b - a) for a, b in spans]
    made = list(groups(iter(batches), ["k"], 5))
    assert pa.Table.from_batches(made) == table
    assert sum(len(set(batch.column("k").to_pylist())) for batch in made) == 12
    assert all(batch.num_rows >= 5 for batch in made[:-1])

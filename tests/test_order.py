"""Whatever goes wrong, what stands in a row is the answer to this row, or the reason why not.

Rows, equal ones and nulls among them, packing, concurrency, kinds of frames and faults are drawn;
an answer names the text that it is about, or lies near the level of its series.
"""

from __future__ import annotations

import collections
import datetime
import itertools
from typing import Any

import pyarrow as pa
from harness import EAGER, LAZY, Frames
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import cogml_mocks
from cogml import Service
from cogml.cognitive import SimpleDetectAnomalies, TextSentiment

_NAMES = itertools.count()
# What fails is small as it is; to look for what is smaller would take longer than a test may.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
FRAMES = st.sampled_from([*EAGER, *LAZY]).map(lambda kind: (EAGER | LAZY)[kind]())

# What goes wrong: how, and how often.
RULES = [
    *(
        {"kind": "throttle", "retry_after": 0, "retry_after_form": form}
        for form in ("none", "date")
    ),
    {"kind": "throttle", "retry_after": 0.001, "retry_after_form": "milliseconds"},
    *({"status": status} for status in (400, 408, 500, 502, 503, 504)),
    *({"kind": "quota", "status": status} for status in (403, 429)),
    *({"kind": kind} for kind in ("drop_before_answer", "drop_mid_answer", "truncated_body")),
    *({"kind": kind} for kind in ("malformed_json", "empty_body", "missing_document")),
    *({"kind": kind} for kind in ("duplicated_id", "foreign_id", "reordered_documents")),
    *({"kind": "wrong_shape", "shape": shape} for shape in ("array", "object", "null")),
    *({"kind": "wrong_type", "field": field} for field in ("id", "sentiment", "sentences")),
    {"kind": "slow_body", "chunk_bytes": 512, "interval_ms": 1},
    {"kind": "latency", "delay_ms": 3},
]
WHEN = st.one_of(
    st.fixed_dictionaries({"rate": st.floats(0.1, 1), "seed": st.integers(0, 99)}),
    st.fixed_dictionaries({"after": st.integers(0, 5), "times": st.integers(1, 3)}),
)
FAULTS = st.lists(st.tuples(st.sampled_from(RULES), WHEN).map(lambda two: two[0] | two[1]))
LOADS = st.fixed_dictionaries(
    {"concurrency": st.integers(1, 6), "maxRetries": st.integers(0, 2), "backoffs": st.just([0])}
)


def driven(
    suite: cogml_mocks.Suite, frames: Frames, table: pa.Table, faults: list[Any], stage: Service
) -> list[list[dict[str, Any]]]:
    """The rows after a run through the faults, and after a retry, of what had failed, without any;
    all that holds of any rows is asserted here."""
    base = f"order{next(_NAMES) % 100}"
    suite.reset(base=base)
    suite.faults(*faults, base=base)
    stage.set("endpoint", suite.base(base))
    kinds = {field.name: field.type for field in stage.copy().transform(table.slice(0, 0)).schema}

    def made(columns: dict[str, list[Any]]) -> Any:
        return frames.make(columns, **{name: kinds[name] for name in columns})

    first = frames.rows(stage.transform(made(table.to_pydict())))
    suite.clear_faults(base=base)
    last = frames.rows(stage.retryFailed(made({n: [row[n] for row in first] for n in kinds})))
    given = table.to_pylist()
    for rows in (first, last):
        assert [{name: row[name] for name in table.column_names} for row in rows] == given
    for before, after in zip(first, last, strict=True):
        assert before["out"] is None or after == before
    return [first, last]


TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.just(""),
        st.integers(0, 9).map(lambda n: f"Equal parcel {n} was lovely"),
        st.integers(0, 10**6).map(lambda n: f"Parcel {n} was awful"),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, phases=PHASES)
@given(
    FRAMES,
    TEXTS,
    st.lists(st.sampled_from([None, "en", "es"]), min_size=1),
    FAULTS,
    LOADS,
    st.integers(1, 10),
)
def test_a_rows_answer_is_about_its_text(
    suite: cogml_mocks.Suite,
    frames: Frames,
    texts: list[str | None],
    languages: list[str | None],
    faults: list[dict[str, Any]],
    load: dict[str, Any],
    batch_size: int,
) -> None:
    table = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "spoken": pa.array(
                itertools.islice(itertools.cycle(languages), len(texts)), pa.string()
            ),
        }
    )
    stage = TextSentiment(
        textCol="text",
        languageCol="spoken",
        batchSize=batch_size,
        outputCol="out",
        errorCol="err",
        subscriptionKey="k",
        **load,
    )
    first, last = driven(suite, frames, table, faults, stage)
    for row in (*first, *last):
        assert (row["err"] is None and row["out"] is None) == (row["text"] is None)
        assert row["err"] is None or row["out"] is None
        if row["out"] is not None:
            ((sentence,),) = (document["sentences"] for document in row["out"])
            assert sentence["text"] == row["text"]
    assert [row["err"] is not None for row in last] == [text == "" for text in texts]


@settings(max_examples=30, phases=PHASES)
@given(
    FRAMES,
    st.lists(st.integers(0, 14), min_size=1, max_size=5),
    st.sets(st.integers(0, 50)),
    st.randoms(use_true_random=False),
    FAULTS,
    LOADS,
)
def test_a_points_answer_is_about_its_series(
    suite: cogml_mocks.Suite,
    frames: Frames,
    sizes: list[int],
    unknown: set[int],
    chance: Any,
    faults: list[dict[str, Any]],
    load: dict[str, Any],
) -> None:
    start = datetime.datetime(2024, 1, 1)
    points = [
        (f"g{number}", start + datetime.timedelta(days=day), number * 100.0 + day % 3)
        for number, size in enumerate(sizes)
        for day in range(size)
    ]
    chance.shuffle(points)
    table = pa.table(
        {
            "g": pa.array([group for group, _, _ in points], pa.string()),
            "t": pa.array([day for _, day, _ in points], pa.timestamp("us")),
            "v": pa.array(
                [None if n in unknown else value for n, (_, _, value) in enumerate(points)],
                pa.float64(),
            ),
        }
    )
    stage = SimpleDetectAnomalies(
        timestampCol="t",
        valueCol="v",
        groupbyCol="g",
        granularity="daily",
        outputCol="out",
        errorCol="err",
        subscriptionKey="k",
        **load,
    )
    first, last = driven(suite, frames, table, faults, stage)
    for row in (*first, *last):
        assert (row["err"] is None and row["out"] is None) == (row["v"] is None)
        assert row["err"] is None or row["out"] is None
        if row["out"] is not None:
            assert abs(row["out"]["expectedValue"] - row["v"]) < 50
    gaps = {row["g"] for row in last if row["v"] is None}
    known = collections.Counter(row["g"] for row in last if row["v"] is not None)
    for row in last:
        if row["v"] is not None and row["g"] not in gaps:
            assert (row["out"] is not None) == (known[row["g"]] >= 12)
    for group in gaps:  # of a series with gaps in it the service refuses all points, or none
        given = {row["out"] is None for row in last if row["g"] == group and row["v"] is not None}
        assert len(given) <= 1

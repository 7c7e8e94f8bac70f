"""retryFailed asks again for the rows that have an error, and for no other."""

from __future__ import annotations

import datetime
import pathlib
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import case_of
from harness import ArrowFrames, Endpoint, Frames

from cogml import ParamError
from cogml.cognitive import SimpleDetectAnomalies, SpeechToTextSDK, TextSentiment


def stage(**settings: Any) -> TextSentiment:
    given = {"textCol": "text", "outputCol": "out", "errorCol": "err", "subscriptionKey": "k"}
    return TextSentiment(**(given | {"maxRetries": 0, "concurrency": 1} | settings))


def columns() -> dict[str, list[Any]]:
    texts: list[str | None] = [f"nice {number}" for number in range(40)]
    texts[5], texts[6], texts[20] = None, "", texts[19]
    return {"n": list(range(40)), "text": texts}


def test_the_rows_that_had_failed_are_asked_again_packed_and_the_others_stay(
    endpoint: Endpoint, frames: Frames
) -> None:
    endpoint.fault({"status": 503, "times": 2})
    given = stage()
    before = frames.rows(given.transform(frames.make(columns())))
    failed = [row["n"] for row in before if row["err"] is not None]
    assert 15 <= len(failed) <= 22
    asked = endpoint.documents()
    made = {name: [row[name] for row in before] for name in ("n", "text", "err", "out")}
    rows = frames.rows(given.retryFailed(frames.make(made, **types(given))))
    assert [row["n"] for row in rows if row["err"] is not None] == [6]  # the empty text
    assert [row["n"] for row in rows if row["out"] is None] == [5, 6]
    assert [row for row in rows if row["n"] not in failed] == [
        row for row in before if row["n"] not in failed
    ]
    assert {row["out"][0]["sentiment"] for row in rows if row["out"] is not None} == {"positive"}
    # The equal row was sent once; one task, or two on Spark.
    assert endpoint.documents() - asked in (len(failed), len(failed) - 1)


def types(given: TextSentiment) -> dict[str, pa.DataType]:
    empty = given.transform(pa.table({"text": pa.array([], pa.string())}))
    return {name: empty.schema.field(name).type for name in ("err", "out")}


def test_with_no_error_nothing_is_sent(endpoint: Endpoint, eager: Frames) -> None:
    given = stage()
    first = given.transform(eager.make({"text": ["nice", None]}))
    sent = len(endpoint.requests())
    again = given.retryFailed(first)
    assert eager.rows(again) == eager.rows(first)
    assert eager.columns(again) == ["text", "err", "out"]
    assert len(endpoint.requests()) == sent
    assert given.run_report is not None
    assert given.run_report.requests == 0


@pytest.mark.parametrize("kind", ["pyarrow", "object"])
def test_a_frame_that_went_through_a_file_is_taken(
    endpoint: Endpoint, tmp_path: pathlib.Path, kind: str
) -> None:
    """Where pandas reads structs as dicts, it has forgotten their types."""
    endpoint.fault({"status": 503, "times": 1})
    given = stage()
    given.transform(pd.DataFrame(columns())).to_parquet(tmp_path / "a.parquet")
    if kind == "pyarrow":
        table = pq.read_table(tmp_path / "a.parquet")
        frame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    else:
        frame = pq.read_table(tmp_path / "a.parquet").to_pandas(ignore_metadata=True)
        assert frame["err"].dtype == object
    result = given.retryFailed(frame)
    assert result["n"][result["err"].notna()].tolist() == [6]
    assert result["out"].list[0].struct.field("sentiment").dropna().eq("positive").all()


def test_a_group_with_an_error_is_asked_again_as_a_whole(endpoint: Endpoint, eager: Frames) -> None:
    start = datetime.datetime(2024, 1, 1)
    series = {
        "t": [start + datetime.timedelta(days=day) for day in range(15)] * 3,
        "v": [float(day % 7 + shift) for shift in range(3) for day in range(15)],
        "g": [group for group in "abc" for _ in range(15)],
    }
    given = SimpleDetectAnomalies(
        timestampCol="t", valueCol="v", groupbyCol="g", granularity="daily", outputCol="out",
        errorCol="err", subscriptionKey="k", maxRetries=0, concurrency=1,
    )  # fmt: skip
    endpoint.fault({"status": 503, "times": 1})
    first = given.transform(eager.make(series))
    assert sum(row["err"] is not None for row in eager.rows(first)) == 15
    sent = len(endpoint.requests())
    rows = eager.rows(given.retryFailed(first))
    assert [row["err"] for row in rows] == [None] * 45
    assert all(row["out"]["isAnomaly"] is not None for row in rows)
    assert len(endpoint.requests()) == sent + 1


@pytest.mark.parametrize("name", ["GenerateThumbnails", "BingImageSearch", "DetectAnomalies"])
def test_every_shape_of_answer_is_put_beside_the_old_ones(
    endpoint: Endpoint, eager: Frames, name: str
) -> None:
    case = case_of(name)
    endpoint.fault({"status": 503, "times": 1})
    given = case.make(maxRetries=0, concurrency=1)
    first = given.transform(eager.make(case.inputs(3)))
    assert sum(row["err"] is not None for row in eager.rows(first)) == 1
    rows = eager.rows(given.retryFailed(first))
    assert [row["err"] for row in rows] == [None] * 3
    assert all(case.holds(row["out"]) for row in rows)
    assert len(endpoint.requests()) == 3 + 1


def test_a_stage_that_reads_no_column_is_asked_again(endpoint: Endpoint, frames: Frames) -> None:
    given = stage().setText("nice")
    first = given.transform(pa.table({"n": [1, 2]}))
    late = {"response": None, "status": None, "code": "timeout", "message": "m", "attempts": 1}
    made = {"n": [1, 2], "err": [late | {"operation": None}, None], "out": [None, None]}
    rows = frames.rows(given.retryFailed(frames.make(made, **types(given))))
    assert [row["err"] for row in rows] == [None, None]
    assert [row["out"] for row in rows] == first["out"].to_pylist()


def test_a_frame_without_the_columns_is_refused(endpoint: Endpoint, eager: Frames) -> None:
    with pytest.raises(ParamError, match="no column 'err' in the frame; retryFailed takes a frame"):
        stage().retryFailed(eager.make({"text": ["nice"]}))
    other = eager.make({"text": ["nice"], "err": ["x"], "out": ["y"]})
    with pytest.raises(ParamError, match="'err' is not what this stage makes; CSV and JSON"):
        stage().retryFailed(other)
    assert endpoint.requests() == []


def test_rows_that_were_added_are_asked_as_well(endpoint: Endpoint) -> None:
    given = stage()
    first = given.transform(pd.DataFrame({"text": ["nice", None]}))
    more = pd.concat([first, pd.DataFrame({"text": ["lovely"]})], ignore_index=True)
    asked = endpoint.documents()
    result = given.retryFailed(more)
    assert result["out"].isna().tolist() == [False, True, False]
    assert endpoint.documents() - asked == 1


def test_a_part_of_an_answer_is_not_lost_to_an_outage(endpoint: Endpoint, eager: Frames) -> None:
    given = stage()
    first = given.transform(eager.make({"text": [["nice", ""], ["bad", "good"]]}))
    endpoint.fault({"status": 503})
    assert eager.rows(given.retryFailed(first)) == eager.rows(first)


def test_points_of_a_series_keep_their_answers_through_an_outage(endpoint: Endpoint) -> None:
    values = [float(day % 7) for day in range(15)] + [float("inf")]
    days = [datetime.datetime(2024, 1, 1) + datetime.timedelta(days=day) for day in range(16)]
    given = SimpleDetectAnomalies(
        timestampCol="t", valueCol="v", granularity="daily", outputCol="out", errorCol="err",
        subscriptionKey="k", maxRetries=0,
    )  # fmt: skip
    first = given.transform(pa.table({"t": days, "v": values}))
    assert [error is None for error in first["err"].to_pylist()] == [True] * 15 + [False]
    endpoint.fault({"status": 503})
    again = given.retryFailed(first)
    assert again["out"].to_pylist() == first["out"].to_pylist()
    assert [error is None for error in again["err"].to_pylist()] == [True] * 15 + [False]


@pytest.mark.parametrize("held", [{"mine": 1}, {"id": "0", "keyPhrases": ["x"]}])
def test_what_another_made_is_never_taken_for_ones_own(endpoint: Endpoint, held: dict) -> None:
    frame = pd.DataFrame({"text": ["nice"], "err": [None], "out": [[held]]})
    with pytest.raises(ParamError, match="'out' is not what this stage makes"):
        stage().retryFailed(frame)
    assert endpoint.requests() == []


def test_utterances_in_rows_cannot_be_asked_again(endpoint: Endpoint) -> None:
    given = SpeechToTextSDK(audioDataCol="a", subscriptionKey="k")
    with pytest.raises(ParamError, match=r"needs setStreamIntermediateResults\(False\)"):
        given.retryFailed(pd.DataFrame({"a": [b""]}))


def test_kept_answers_and_retries_go_together(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    given = stage(cacheDir=str(tmp_path))
    endpoint.fault({"status": 503, "times": 1})
    frames = ArrowFrames()
    first = given.transform(frames.make(columns()))
    asked = endpoint.documents()
    failed = sum(row["err"] is not None for row in frames.rows(first))
    given.retryFailed(first)
    assert endpoint.documents() - asked == failed
    given.transform(frames.make(columns()))
    assert endpoint.documents() - asked == failed + 1  # the empty text, which is never answered

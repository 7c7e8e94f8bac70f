"""`metaCol`: what each row's answer took, behind the output, on every frame."""

from __future__ import annotations

import itertools
import pathlib
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import case_of, recording
from fakes import URL, Served, batch, of
from harness import ArrowFrames, Endpoint, Frames
from hypothesis import given
from hypothesis import strategies as st

from cogml import ParamError
from cogml.cognitive import SpeechToTextSDK, TextSentiment
from cogml.engine import Load, Run
from cogml.exchange import Outcome, call
from cogml.meta import KEPT, META, REQUEST_IDS, Meta, Took, request_id
from cogml.transport import Policy

TEXTS = ["nice", None, "bad", "nice"]


def stage(**settings: Any) -> TextSentiment:
    fixed = {"textCol": "text", "outputCol": "out", "errorCol": "err", "metaCol": "meta"}
    return TextSentiment(**{**fixed, "subscriptionKey": "k", "backoffs": [1, 1], **settings})


def metas(frames: Frames, frame: Any) -> list[dict[str, Any] | None]:
    return [row["meta"] for row in frames.rows(frame)]


def statuses(frames: Frames, frame: Any) -> list[int | None]:
    return [meta and meta["status"] for meta in metas(frames, frame)]


# On every frame


def test_it_stands_behind_the_output(endpoint: Endpoint, frames: Frames) -> None:
    result = stage().transform(frames.make({"text": TEXTS, "n": [1, 2, 3, 4]}))
    assert frames.columns(result) == ["text", "n", "err", "out", "meta"]
    found = metas(frames, result)
    assert [meta is None for meta in found] == [False, True, False, False]
    for meta in filter(None, found):
        assert 0 < meta.pop("seconds") < 60
        assert len(meta.pop("requestId")) == 36
        assert meta == {"attempts": 1, "requests": 1, "cached": False, "status": 200}


def test_without_it_there_are_two_columns(endpoint: Endpoint, frames: Frames) -> None:
    result = stage().clear("metaCol").transform(frames.make({"text": ["nice"]}))
    assert frames.columns(result) == ["text", "err", "out"]


def test_an_empty_frame_has_the_column(endpoint: Endpoint, frames: Frames) -> None:
    result = stage().transform(frames.make({"text": []}, text=pa.string()))
    assert frames.columns(result) == ["text", "err", "out", "meta"]
    assert frames.rows(result) == []


def test_the_rows_of_a_group_have_one(endpoint: Endpoint, frames: Frames) -> None:
    case = case_of("SimpleDetectAnomalies")
    result = case.make(metaCol="meta").transform(frames.make(case.inputs(2)))
    assert frames.columns(result)[-3:] == ["err", "out", "meta"]
    found = {(row["groupby"], row["meta"]["requestId"]) for row in frames.rows(result)}
    assert len(found) == 2


def test_rows_that_are_asked_again_have_a_new_one(endpoint: Endpoint, frames: Frames) -> None:
    endpoint.fault({"status": 503, "times": 1})
    made = stage(batchSize=1, maxRetries=0, concurrency=1)
    first = made.transform(pa.table({"text": ["one", None, "two", "three"]}))
    columns = {name: first[name].to_pylist() for name in first.schema.names}
    types = {name: first.schema.field(name).type for name in first.schema.names}
    again = made.retryFailed(frames.make(columns, **types))
    assert frames.columns(again) == ["text", "err", "out", "meta"]
    before, after = columns["meta"], metas(frames, again)
    assert [meta and meta["status"] for meta in before] == [503, None, 200, 200]
    assert [meta and meta["status"] for meta in after] == [200, None, 200, 200]
    assert after[1:] == before[1:]


def test_equal_rows_have_one(endpoint: Endpoint, eager: Frames) -> None:
    first, _, other, last = metas(eager, stage(batchSize=1).transform(eager.make({"text": TEXTS})))
    assert first is not None
    assert other is not None
    assert first == last
    assert first["requestId"] != other["requestId"]


def test_a_frame_that_ran_without_it_is_not_asked_again(endpoint: Endpoint, eager: Frames) -> None:
    first = stage().clear("metaCol").transform(eager.make({"text": ["nice", ""]}))
    asked = endpoint.documents()
    with pytest.raises(ParamError, match="no column 'meta' in the frame; retryFailed takes"):
        stage().retryFailed(first)
    assert endpoint.documents() == asked


def test_a_frame_that_ran_before_has_it_replaced(endpoint: Endpoint, eager: Frames) -> None:
    first = stage().transform(eager.make({"text": ["nice"]}))
    second = stage().transform(first)
    assert eager.columns(second) == eager.columns(first)
    (before,), (after,) = metas(eager, first), metas(eager, second)
    assert before is not None
    assert after is not None
    assert before["requestId"] != after["requestId"]


def test_a_frame_that_ran_without_it_gets_it(endpoint: Endpoint, eager: Frames) -> None:
    first = stage().clear("metaCol").transform(eager.make({"text": ["nice"]}))
    assert eager.columns(stage().transform(first)) == ["text", "err", "out", "meta"]


def test_a_frame_that_went_through_a_file_is_taken(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    """Where pandas reads structs as dicts, it has forgotten their types."""
    endpoint.fault({"status": 503, "times": 1})
    made = stage(batchSize=1, maxRetries=0, concurrency=1)
    made.transform(pd.DataFrame({"text": ["one", "two"]})).to_parquet(tmp_path / "a.parquet")
    frame = pd.DataFrame(pq.read_table(tmp_path / "a.parquet").to_pylist())
    assert frame["meta"].dtype == object
    again = made.retryFailed(frame)
    assert again["meta"].struct.field("status").tolist() == [200, 200]


def test_utterances_keep_that_of_their_recording(endpoint: Endpoint, eager: Frames) -> None:
    made = SpeechToTextSDK(
        audioDataCol="a", outputCol="out", errorCol="err", metaCol="meta", subscriptionKey="k"
    )
    frame = eager.make({"a": [recording(0), None]}, a=pa.binary())
    result = made.transform(frame)
    assert eager.columns(result) == ["a", "err", "out", "meta"]
    *spoken, last = eager.rows(result)
    assert last["meta"] is None
    assert {row["meta"]["status"] for row in spoken} == {200}


@pytest.mark.spark
def test_the_schema_is_known_beforehand(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.createDataFrame([("nice",)], "text string")
    result = stage().transform(frame)
    assert stage().transformSchema(frame.schema) == result.schema
    assert result.schema["meta"].dataType.simpleString() == (
        "struct<attempts:int,requests:int,seconds:double,cached:boolean,requestId:string,status:int>"
    )
    with pytest.raises(ParamError, match=r"could not be told from 'err'.* set another metaCol"):
        stage(metaCol="ERR").transformSchema(frame.schema)


@pytest.mark.spark
def test_the_driver_gives_it_too(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.createDataFrame([("nice",), (None,)], "text string")
    rows = stage(execution="driver").transform(frame).collect()
    assert [row["meta"] and row["meta"]["status"] for row in rows] == [200, None]


@pytest.mark.spark
def test_a_stream_has_it(endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/1.csv").write_text("I love it\n")
    stream = spark.readStream.schema("text string").csv(str(tmp_path / "source"))
    query = (
        stage()
        .transform(stream)
        .writeStream.format("parquet")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .option("path", str(tmp_path / "sink"))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    (row,) = spark.read.parquet(str(tmp_path / "sink")).collect()
    assert row["meta"]["status"] == 200


# Names


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"metaCol": "out"}, "outputCol and metaCol are both 'out'"),
        ({"metaCol": "err"}, "errorCol and metaCol are both 'err'"),
        ({"metaCol": "n"}, "already has a column 'n' of another origin; set another metaCol"),
    ],
)
def test_a_name_that_is_taken_is_refused(
    endpoint: Endpoint, eager: Frames, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(ParamError, match=said):
        stage(**settings).transform(eager.make({"text": ["nice"], "n": [1]}))
    assert endpoint.requests() == []


def test_one_of_another_stage_is_not_taken_over(endpoint: Endpoint, eager: Frames) -> None:
    first = stage().transform(eager.make({"text": ["nice"]}))
    with pytest.raises(ParamError, match="already has a column 'meta' of another origin"):
        stage(outputCol="again", errorCol="why").transform(first)


# What it says


def test_attempts_are_those_of_the_request(endpoint: Endpoint) -> None:
    endpoint.fault({"status": 503, "times": 2})
    (meta,) = metas(ArrowFrames(), stage().transform(pa.table({"text": ["nice"]})))
    assert meta is not None
    assert (meta["attempts"], meta["requests"], meta["status"]) == (3, 1, 200)


def test_a_failed_row_says_what_was_answered_last(endpoint: Endpoint) -> None:
    endpoint.fault({"status": 500})
    (row,) = stage().transform(pa.table({"text": ["nice"]})).to_pylist()
    assert row["err"]["code"] == "unavailable"
    assert (row["meta"]["attempts"], row["meta"]["status"]) == (3, 500)


def test_without_an_answer_there_is_neither_status_nor_name(endpoint: Endpoint) -> None:
    endpoint.fault({"kind": "drop_before_answer"})
    (meta,) = metas(ArrowFrames(), stage().transform(pa.table({"text": ["nice"]})))
    assert meta is not None
    assert (meta["attempts"], meta["status"], meta["requestId"]) == (3, None, None)


def test_polls_are_requests(endpoint: Endpoint) -> None:
    case = case_of("ReadImage")
    (row,) = case.make(metaCol="meta").transform(case.table(1)).to_pylist()
    assert row["meta"]["requests"] == len(endpoint.requests()) >= 2
    assert row["meta"]["attempts"] == 1


def test_a_kept_answer_says_so(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    table = pa.table({"text": ["nice"]})
    frames = ArrowFrames()
    (first,) = metas(frames, stage(cacheDir=str(tmp_path)).transform(table))
    (second,) = metas(frames, stage(cacheDir=str(tmp_path)).transform(table))
    assert first is not None
    assert not first["cached"]
    assert second == KEPT._asdict()


def test_a_row_that_could_not_be_sent_has_none(endpoint: Endpoint) -> None:
    frame = pd.DataFrame({"text": ["nice", b"\xff", "\ud800"]})
    found = ArrowFrames().rows(pa.Table.from_pandas(stage().transform(frame)[["err", "meta"]]))
    assert [row["meta"] is None for row in found] == [False, True, True]
    assert [row["err"] and row["err"]["code"] for row in found] == [None, *["row_rejected"] * 2]


def test_a_row_that_was_not_reached_in_time_has_none() -> None:
    made = Run(Load(meta=True, deadline=1e-9), Served())
    ((outcome,),) = made.outcomes([batch(["a"])])
    assert outcome.error is not None
    assert outcome.error.code == "timeout"
    assert outcome.meta is None


def test_no_outcome_has_it_where_nobody_asks() -> None:
    ((outcome,),) = Run(Load(), Served()).outcomes([batch(["a"])])
    assert outcome == Outcome("a")


def test_a_host_that_was_given_up_takes_nothing() -> None:
    """The Breaker answers what is not sent any more."""

    class Down:
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no", request=request)

    def one() -> Any:
        reply = yield from call(httpx.Request("POST", URL))
        return [Outcome(None, reply)]

    made = Run(Load(meta=True, concurrency=1, policy=Policy(retries=0)), Down())
    ((first,), (second,)) = made.outcomes([of(one()), of(one())])
    assert first.meta is not None
    assert (first.meta.attempts, first.meta.requests, first.meta.status) == (1, 1, None)
    assert second.meta is None


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9), st.integers(0, 4))))
def test_what_an_exchange_took_adds_up(requests: list[tuple[float, float, int]]) -> None:
    took, now, spans = Took(), 0.0, []
    for pause, seconds, attempts in requests:
        begun, now = now + pause, now + pause + seconds
        took.add(begun, now, attempts, httpx.Response(200 + attempts))
        if attempts:
            spans.append((begun, now, attempts))
    meta = took.meta()
    if not spans:
        assert meta is None
        return
    assert meta == Meta(
        attempts=spans[-1][2],
        requests=len(spans),
        seconds=spans[-1][1] - spans[0][0],
        status=200 + spans[-1][2],
    )


def test_the_first_name_there_is_names_the_request() -> None:
    for first, second in itertools.pairwise(REQUEST_IDS):
        both = httpx.Headers({second.title(): "b", first.upper(): "a"})
        assert request_id(both) == "a"
    assert request_id(httpx.Headers()) is None
    assert request_id(httpx.Headers({"request-id": "x" * 10_000})) == "x" * 128


def test_its_fields_are_those_of_the_column() -> None:
    assert Meta._fields == tuple(field.name for field in META)

"""upstreamErrorCol: a row that failed in an earlier stage is not sent, and its error goes along."""

from __future__ import annotations

import datetime
import pathlib
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import CASES, Case, case_of
from harness import ArrowFrames, Endpoint, Frames

from cogml import ParamError, Pipeline
from cogml.cognitive import KeyPhraseExtractor, SimpleDetectAnomalies, TextSentiment
from cogml.errors import ServiceError
from cogml.schema import EARLIER_ERROR, ERROR

EARLIER = ServiceError(
    "job_failed", "the job ended failed: E1: why", '{"status":"failed"}', 200, "OK", 3
).cells()
UNANSWERED = ServiceError("timeout", "not reached before the deadline", attempts=0).cells()


def sentiment(**settings: Any) -> TextSentiment:
    given = {"textCol": "text", "outputCol": "out", "errorCol": "err", "subscriptionKey": "k"}
    return TextSentiment(**(given | {"upstreamErrorCol": "earlier", "maxRetries": 0} | settings))


def moods(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["out"] and row["out"][0]["sentiment"] for row in rows]


def test_a_row_that_failed_earlier_is_not_sent_and_has_that_error(
    endpoint: Endpoint, frames: Frames
) -> None:
    columns = {
        "text": ["so happy", "so happy", None, "so sad", None, "a table"],
        "earlier": [None, EARLIER, EARLIER, UNANSWERED, None, None],
    }
    made = sentiment().transform(frames.make(columns, text=pa.string(), earlier=ERROR))
    assert frames.columns(made) == ["text", "earlier", "err", "out"]
    rows = frames.rows(made)
    assert [row["err"] for row in rows] == columns["earlier"]
    assert [row["earlier"] for row in rows] == columns["earlier"]
    assert moods(rows) == ["positive", None, None, None, None, "neutral"]
    assert endpoint.documents() == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_service_holds_back_what_failed_earlier(case: Case, endpoint: Endpoint) -> None:
    table = case.table(2)
    failed = [EARLIER] * table.num_rows
    held = table.append_column("earlier", pa.array(failed, ERROR))
    rows = case.make(upstreamErrorCol="earlier").transform(held).to_pylist()
    assert [(row["err"], row["out"]) for row in rows] == [(EARLIER, None)] * table.num_rows
    assert endpoint.requests() == []


def test_what_failed_earlier_is_no_concern_of_a_stage_that_is_not_told(
    endpoint: Endpoint, frames: Frames
) -> None:
    columns = {"text": ["so happy", "so sad"], "earlier": [EARLIER, None]}
    stage = sentiment(upstreamErrorCol=None)
    rows = frames.rows(stage.transform(frames.make(columns, earlier=ERROR)))
    assert [row["err"] for row in rows] == [None, None]
    assert moods(rows) == ["positive", "negative"]


def test_a_series_is_sent_without_the_points_that_failed_earlier(
    endpoint: Endpoint, frames: Frames
) -> None:
    days = [datetime.datetime(2024, 1, 1) + datetime.timedelta(days=day) for day in range(15)]
    columns = {
        "t": [day.isoformat() + "Z" for day in days] * 2,
        "v": [float(day % 7 + shift) for shift in range(2) for day in range(15)],
        "g": [group for group in "ab" for _ in range(15)],
        "n": list(range(30)),
        "earlier": [EARLIER if n == 14 else None for n in range(30)],
    }
    stage = SimpleDetectAnomalies(
        timestampCol="t", valueCol="v", groupbyCol="g", granularity="daily", outputCol="out",
        errorCol="err", subscriptionKey="k", upstreamErrorCol="earlier",
    )  # fmt: skip
    made = stage.transform(frames.make(columns, earlier=ERROR))
    rows = sorted(frames.rows(made), key=lambda row: row["n"])
    assert [row["err"] for row in rows] == columns["earlier"]
    assert [row["n"] for row in rows if row["out"] is None] == [14]
    assert len(endpoint.requests()) == 2


def test_of_a_pipeline_each_row_says_where_it_first_failed(
    endpoint: Endpoint, eager: Frames
) -> None:
    endpoint.fault({"status": 500, "path": "*/sentiment"})
    phrases = KeyPhraseExtractor(
        textCol="text", outputCol="phrases", errorCol="err2", subscriptionKey="k",
        upstreamErrorCol="err",
    )  # fmt: skip
    chain = Pipeline(stages=[sentiment(upstreamErrorCol=None), phrases])
    frame = eager.make({"text": ["so happy", None]})
    rows = eager.rows(chain.fit(frame).transform(frame))
    assert rows[0]["err"]["status"]["statusCode"] == 500
    assert rows[0]["err2"] == rows[0]["err"]
    assert rows[1]["err2"] is None
    assert {request["path"] for request in endpoint.requests()} == {
        "/text/analytics/v3.1/sentiment"
    }


def test_a_row_is_asked_once_what_held_it_back_is_gone(endpoint: Endpoint, frames: Frames) -> None:
    columns = {"text": ["so happy", "so sad"], "earlier": [EARLIER, EARLIER]}
    stage = sentiment()
    first = frames.rows(stage.transform(frames.make(columns, earlier=ERROR)))
    assert endpoint.requests() == []
    types = {"earlier": ERROR, "err": ERROR, "out": stage.transform(_empty()).schema.field(3).type}
    again = {name: [row[name] for row in first] for name in ("text", "earlier", "err", "out")}
    again["earlier"] = [None, UNANSWERED]
    rows = frames.rows(stage.retryFailed(frames.make(again, **types)))
    assert [row["err"] for row in rows] == [None, UNANSWERED]
    assert moods(rows) == ["positive", None]
    assert endpoint.documents() == 1


def _empty() -> pa.Table:
    return pa.table({"text": pa.array([], pa.string()), "earlier": pa.array([], ERROR)})


@pytest.mark.parametrize("grouped", [True, False])
def test_a_point_that_is_still_held_back_has_no_series_asked_again(
    endpoint: Endpoint, eager: Frames, grouped: bool
) -> None:
    case = case_of("SimpleDetectAnomalies")
    columns = case.inputs(2 if grouped else 1)
    count = len(columns["value"])
    settings = {"upstreamErrorCol": "earlier"}
    stage = case.make(**settings)
    if not grouped:
        del columns["groupby"]
        stage.clear("groupby")
    columns["timestamp"][0] = "2025-12-31T00:00:00Z"
    columns["earlier"] = [EARLIER if row == 0 else None for row in range(count)]
    columns["value"].append(9.0)
    columns["timestamp"].append("2026-01-13T00:00:00Z")
    columns["earlier"].append(None)
    if grouped:
        columns["groupby"].append("g0")
    first = eager.rows(stage.transform(eager.make(columns, earlier=ERROR)))
    assert [row["err"] is None for row in first] == [False, *[True] * count]
    sent = len(endpoint.requests())
    types = {"earlier": ERROR, "err": ERROR, "out": type(stage).output}
    names = [*columns, "err", "out"]
    again = {name: [row[name] for row in first] for name in names}
    assert eager.rows(stage.retryFailed(eager.make(again, **types))) == first
    assert len(endpoint.requests()) == sent
    again["earlier"] = [None] * (count + 1)
    rows = eager.rows(stage.retryFailed(eager.make(again, **types)))
    assert [row["err"] for row in rows] == [None] * (count + 1)
    assert all(row["out"] is not None for row in rows)
    assert len(endpoint.requests()) == sent + 1  # its own series, and no other


def test_kept_answers_are_for_rows_that_have_not_failed_earlier(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    frames = ArrowFrames()
    stage = sentiment(cacheDir=str(tmp_path))
    kept = {"text": ["so happy", "so sad"], "earlier": [None, EARLIER]}
    stage.transform(frames.make(kept, earlier=ERROR))
    turned = {"text": ["so happy", "so sad"], "earlier": [EARLIER, None]}
    rows = frames.rows(stage.transform(frames.make(turned, earlier=ERROR)))
    assert [row["err"] for row in rows] == [EARLIER, None]
    assert moods(rows) == [None, "negative"]
    free = {"text": ["so happy", "so sad"], "earlier": [None, None]}
    rows = frames.rows(stage.transform(frames.make(free, earlier=ERROR)))
    assert moods(rows) == ["positive", "negative"]
    assert endpoint.documents() == 2


def test_a_job_stays_with_the_stage_that_can_ask_after_it(
    endpoint: Endpoint, frames: Frames
) -> None:
    named = UNANSWERED | {"operation": "https://host/1#cogml=0123456789abcdef0123456789abcdef"}
    columns = {"text": ["so happy"], "earlier": [named]}
    (row,) = frames.rows(sentiment().transform(frames.make(columns, earlier=ERROR)))
    assert (row["err"], row["earlier"]) == (UNANSWERED, named)


def test_an_error_column_from_before_errors_named_jobs_is_one(
    endpoint: Endpoint, frames: Frames
) -> None:
    late = {name: value for name, value in UNANSWERED.items() if name != "operation"}
    columns = {"text": ["so happy", "so happy"], "earlier": [late, None]}
    made = sentiment().transform(frames.make(columns, earlier=EARLIER_ERROR))
    assert [row["err"] for row in frames.rows(made)] == [UNANSWERED, None]


def test_a_column_of_nulls_holds_nothing_back(endpoint: Endpoint, eager: Frames) -> None:
    frame = eager.make({"text": ["so happy"], "earlier": [None]})
    assert moods(eager.rows(sentiment().transform(frame))) == ["positive"]


def test_errors_that_pandas_read_from_a_file_as_dicts_are_errors(
    endpoint: Endpoint, tmp_path: pathlib.Path
) -> None:
    columns = {"text": ["so happy", "so sad"], "earlier": [None, UNANSWERED]}
    pq.write_table(ArrowFrames().make(columns, earlier=ERROR), tmp_path / "a.parquet")
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert frame["earlier"].dtype == object
    made = sentiment().transform(frame)
    assert made["err"].tolist()[1] == UNANSWERED
    assert endpoint.documents() == 1


SYNAPSEML = pa.struct(
    [
        ("response", pa.string()),
        ("status", pa.struct([("statusCode", pa.int32()), ("reasonPhrase", pa.string())])),
    ]
)


@pytest.mark.parametrize(
    ("earlier", "kind"),
    [
        (["refused"], pa.string()),
        ([{"message": "refused"}], pa.struct([("message", pa.string())])),
        ([{"response": "", "status": None}], SYNAPSEML),  # without code and message: no reason
    ],
)
def test_what_is_no_stages_error_column_is_refused(
    endpoint: Endpoint, frames: Frames, earlier: list[Any], kind: pa.DataType
) -> None:
    frame = frames.make({"text": ["so happy"], "earlier": earlier}, earlier=kind)
    with pytest.raises(ParamError, match=r"column 'earlier' is .*upstreamErrorCol expects the err"):
        frames.rows(sentiment().transform(frame))
    assert endpoint.requests() == []


def test_a_column_that_is_not_there_is_refused(endpoint: Endpoint, frames: Frames) -> None:
    with pytest.raises(ParamError, match="no column 'earlier' in the frame; there are: text"):
        sentiment().transform(frames.make({"text": ["so happy"]}))


@pytest.mark.parametrize("own", ["err", "out"])
def test_the_stages_own_columns_are_not_upstream(endpoint: Endpoint, own: str) -> None:
    with pytest.raises(ParamError, match=f"upstreamErrorCol is '{own}', a column that this stage"):
        sentiment(upstreamErrorCol=own).transform(pa.table({"text": ["so happy"]}))

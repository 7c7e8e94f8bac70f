"""What is peculiar to a library's frames; what they have in common is in the contract tests."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from harness import Endpoint

from cogml import ParamError
from cogml.cognitive import AnalyzeText, TextSentiment
from cogml.frames import _pyspark
from cogml.frames._arrow import pieces


def sentiment(**settings: Any) -> TextSentiment:
    return TextSentiment(
        **{
            "subscriptionKey": "k",
            "outputCol": "out",
            "errorCol": "err",
            "backoffs": [1],
            **settings,
        }
    )


def labels(frame: pd.DataFrame) -> list[str | None]:
    return [None if one is None else one[0]["sentiment"] for one in _plain(frame["out"])]


def codes(frame: pd.DataFrame) -> list[str | None]:
    return [one and one["code"] for one in _plain(frame["err"])]


def _plain(column: Any) -> list[Any]:
    return list(pa.array(column).to_pylist())


# pandas


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([30, 10, 10], name="id"),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]),
        pd.date_range("2020-01-01", periods=3),
    ],
    ids=["repeated", "levels", "dates"],
)
def test_pandas_index_is_kept(endpoint: Endpoint, index: pd.Index) -> None:
    frame = pd.DataFrame({"text": ["I love it", None, "I hate it"]}, index=index)
    result = sentiment().transform(frame)
    assert result.index.equals(index)
    assert labels(result) == ["positive", None, "negative"]


@pytest.mark.parametrize(
    "dtype", ["object", "string", "string[pyarrow]", "category", pd.ArrowDtype(pa.string()), "str"]
)
def test_pandas_text_of_every_dtype_is_read(endpoint: Endpoint, dtype: Any) -> None:
    frame = pd.DataFrame({"text": pd.Series(["I love it", None, "I hate it"], dtype=dtype)})
    result = sentiment().transform(frame)
    assert labels(result) == ["positive", None, "negative"]
    assert result["text"].dtype == frame["text"].dtype


def test_pandas_missing_values_of_every_kind_are_null_rows(endpoint: Endpoint) -> None:
    missing = [None, float("nan"), pd.NA, pd.NaT]
    frame = pd.DataFrame({"text": pd.Series(["I love it", *missing], dtype=object)})
    result = sentiment().transform(frame)
    assert labels(result) == ["positive", None, None, None, None]
    assert codes(result) == [None] * 5
    assert endpoint.documents() == 1


def test_pandas_values_that_are_no_text_are_their_own_rows_error(endpoint: Endpoint) -> None:
    values = ["I love it", 5, "a \ud800 b", None, ["x"], "I hate it"]
    frame = pd.DataFrame({"text": pd.Series(values, dtype=object), "n": range(6)})
    stage = sentiment()
    result = stage.transform(frame)
    assert codes(result) == [None, "row_rejected", "row_rejected", None, "row_rejected", None]
    assert labels(result) == ["positive", None, None, None, None, "negative"]
    messages = [one and one["message"] for one in _plain(result["err"])]
    assert messages[1] == "column 'text': expected text, found int"
    assert messages[2] == "column 'text': the text has a lone surrogate at character 2"
    assert stage.run_report is not None
    assert (stage.run_report.failed, stage.run_report.skipped) == (3, 1)


def test_pandas_rows_with_a_fault_in_any_column_are_not_sent(endpoint: Endpoint) -> None:
    frame = pd.DataFrame({"lang": pd.Series(["en", 5, None], dtype=object)})
    stage = sentiment(text="one text for all", languageCol="lang")
    result = stage.transform(frame)
    assert codes(result) == [None, "row_rejected", None]
    assert labels(result) == ["neutral", None, "neutral"]
    assert stage.run_report is not None
    assert (stage.run_report.answered, stage.run_report.skipped) == (2, 0)


def test_pandas_arrays_of_texts_are_read(endpoint: Endpoint) -> None:
    """What reading Parquet makes of lists; one faulty row among them costs no other."""
    lists = [np.array(["I love it", "I hate it"], dtype=object), "no list", None]
    frame = pd.DataFrame({"text": pd.Series(lists, dtype=object)})
    result = sentiment().transform(frame)
    assert codes(result) == [None, "row_rejected", None]
    assert [one["sentiment"] for one in _plain(result["out"])[0]] == ["positive", "negative"]


def test_pandas_labels_that_print_alike_are_not_the_same(endpoint: Endpoint) -> None:
    frame = pd.DataFrame([[1, 2, "I love it"]], columns=[0, "0", "text"])
    assert list(sentiment().transform(frame).columns) == [0, "0", "text", "err", "out"]


def test_pandas_nested_columns_can_be_taken_apart(endpoint: Endpoint) -> None:
    frame = pd.DataFrame({"text": ["I love it", "I hate it"]})
    found = sentiment().transform(frame)["out"].list[0].struct.field("sentiment")
    assert found.tolist() == ["positive", "negative"]
    stage = AnalyzeText(kind="SentimentAnalysis", subscriptionKey="k", outputCol="out")
    documents = stage.transform(frame)["out"].struct.field("documents")
    assert documents.struct.field("sentiment").tolist() == ["positive", "negative"]


def test_pandas_frame_is_not_changed_nor_copied(endpoint: Endpoint) -> None:
    frame = pd.DataFrame({"text": ["I love it"], "n": [1]})
    frame.attrs["source"] = "somewhere"
    result = sentiment().transform(frame)
    assert list(frame.columns) == ["text", "n"]
    assert result.attrs == frame.attrs
    result.loc[0, "n"] = 2
    assert frame.loc[0, "n"] == 1


def test_pandas_series_is_refused_with_what_to_do(endpoint: Endpoint) -> None:
    with pytest.raises(ParamError, match=r"to_frame\('text'\)"):
        sentiment().transform(pd.Series(["a"]))


# polars


def test_polars_lazy_frame_stays_lazy(endpoint: Endpoint) -> None:
    lazy = sentiment().transform(pl.LazyFrame({"text": ["I love it", "I hate it"]}))
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect_schema().names() == ["text", "err", "out"]
    assert endpoint.requests() == []
    taken = lazy.select(pl.col("out").list.first().struct.field("sentiment")).collect()
    assert taken["sentiment"].to_list() == ["positive", "negative"]
    assert endpoint.documents() == 2


def test_polars_categories_are_read(endpoint: Endpoint) -> None:
    frame = pl.DataFrame({"text": ["I love it", None]}, schema={"text": pl.Categorical})
    assert sentiment().transform(frame)["out"].list.first().struct.field("sentiment").to_list() == [
        "positive",
        None,
    ]


def test_polars_object_column_may_be_there(endpoint: Endpoint) -> None:
    things = pl.Series("things", [object(), object()], dtype=pl.Object)
    frame = pl.DataFrame({"text": ["I love it", "I hate it"]}).with_columns(things)
    assert sentiment().transform(frame).columns == ["text", "things", "err", "out"]
    with pytest.raises(ParamError, match="column 'things'"):
        sentiment(textCol="things").transform(frame)


# pyarrow


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_arrow_text_of_every_type_is_read(endpoint: Endpoint, kind: pa.DataType) -> None:
    texts = ["I love it", None, "I hate it", "I love it"]
    column = (
        pa.array(texts).dictionary_encode()
        if pa.types.is_dictionary(kind)
        else pa.array(texts, kind)
    )
    result = sentiment().transform(pa.table({"text": column}))
    assert [one and one[0]["sentiment"] for one in result["out"].to_pylist()] == [
        "positive",
        None,
        "negative",
        "positive",
    ]
    assert endpoint.documents() == 2


def test_arrow_record_batch_gives_a_record_batch(endpoint: Endpoint) -> None:
    batch = pa.record_batch({"text": ["I love it"]})
    result = sentiment().transform(batch)
    assert isinstance(result, pa.RecordBatch)
    assert result.schema.names == ["text", "err", "out"]


def test_arrow_reader_is_read_as_its_rows_are_asked_for(endpoint: Endpoint) -> None:
    table = pa.table({"text": [f"row {i}" for i in range(2_000)]})
    reader = sentiment(concurrency=1).transform(table.to_reader(max_chunksize=10))
    assert isinstance(reader, pa.RecordBatchReader)
    assert endpoint.requests() == []
    first = reader.read_next_batch()
    assert endpoint.documents() < 2_000
    texts = first["text"].to_pylist() + reader.read_all()["text"].to_pylist()
    assert texts == table["text"].to_pylist()


def test_requests_are_full_however_the_rows_are_chunked(endpoint: Endpoint) -> None:
    rows = [pa.table({"text": [f"row {i}"]}) for i in range(100)]
    whole = pa.concat_tables(rows)
    assert whole["text"].num_chunks == 100
    sentiment().transform(whole)
    sentiment().transform(pl.concat([pl.from_arrow(row) for row in rows], rechunk=False))
    sentiment().transform(whole.to_reader()).read_all()
    assert [request["documents"] for request in endpoint.requests()] == [10] * 30


def test_pieces_are_cut_and_joined_to_size() -> None:
    sizes = [1, 2, 30, 4, 4, 4, 10, 1, 0]
    numbers = iter(range(100))
    batches = [
        pa.record_batch({"n": pa.array([next(numbers) for _ in range(size)], pa.int64())})
        for size in sizes
    ]
    made = list(pieces(iter(batches), 10, clock=lambda: 0.0))
    assert [piece.num_rows for piece in made] == [3, 10, 10, 10, 8, 4, 10, 1]
    assert [n for piece in made for n in piece["n"].to_pylist()] == list(range(sum(sizes)))


def test_pieces_that_cannot_be_joined_stay_apart() -> None:
    """Two dictionaries together may have more values than their indices can count."""
    kind = pa.dictionary(pa.int8(), pa.string())
    batches = [
        pa.record_batch({"d": pa.array([f"{n}-{i}" for i in range(100)], pa.string()).cast(kind)})
        for n in range(2)
    ]
    assert list(pieces(iter(batches), 1_000, clock=lambda: 0.0)) == batches


def test_pieces_do_not_wait_for_a_slow_source() -> None:
    time = iter(range(100))
    batches = [pa.record_batch({"n": [n]}) for n in range(3)]
    made = pieces(iter(batches), 10, clock=lambda: float(next(time)))
    assert [piece.num_rows for piece in made] == [1, 1, 1]


# Only what the user has


BLOCKED = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("pandas", "polars", "pyspark"):
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Absent())
import pyarrow as pa
from cogml import Pipeline, PipelineModel
from cogml.cognitive import TextSentiment
stage = TextSentiment(subscriptionKey="k", outputCol="out")
Pipeline(stages=[stage]).fit(None).save(sys.argv[1])
loaded = PipelineModel.load(sys.argv[1])
print(loaded.transform(pa.table({"text": ["I love it"]}))["out"][0][0]["sentiment"])
"""


def test_nothing_is_imported_that_the_user_has_not_got(endpoint: Endpoint, tmp_path: Any) -> None:
    """Arrow frames and pipelines work where pandas, polars and pyspark are not installed."""
    command = [sys.executable, "-c", BLOCKED, str(tmp_path / "model")]
    there = os.environ | {"COGML_SUBSCRIPTION_KEY": "k"}
    ran = subprocess.run(
        command, env=there, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.strip() == "positive", ran.stderr


# Running again


def test_a_second_run_replaces_both_columns(endpoint: Endpoint) -> None:
    frame = pd.DataFrame({"text": ["I love it"]})
    once = sentiment().transform(frame)
    twice = sentiment().transform(once.assign(n=1))
    assert list(twice.columns) == ["text", "err", "out", "n"]
    assert labels(twice) == ["positive"]


def test_an_error_column_of_another_stage_is_not_overwritten(endpoint: Endpoint) -> None:
    once = sentiment().transform(pd.DataFrame({"text": ["I love it"]}))
    with pytest.raises(ParamError, match="already has a column 'err' of another origin"):
        sentiment(outputCol="again").transform(once)


def test_run_report_counts_rows_and_requests(endpoint: Endpoint) -> None:
    stage = sentiment()
    assert stage.run_report is None
    stage.transform(pd.DataFrame({"text": ["I love it", None, "I love it", "word " * 1_500]}))
    report = stage.run_report
    assert report is not None
    assert (report.rows, report.answered, report.failed, report.skipped) == (4, 2, 1, 1)
    assert (report.sent, report.requests, report.errors) == (3, 1, {"row_rejected": 1})
    assert "4 rows" in str(report)


# Spark


def test_an_instant_that_spark_collected_is_the_same_instant(new_york: None) -> None:
    """Also in the hour that comes twice; what has no zone in Spark gets none."""
    from pyspark.sql import Row, types

    instants = [1_777_000_000_000_000, 1_793_511_000_000_000, 1_793_514_600_000_001]  # us
    time, point = types.TimestampType(), types.StructType()
    first, *twice = [time.fromInternal(instant) for instant in instants]
    assert twice[0].replace(fold=1, microsecond=1) == twice[1]
    point.add("at", time).add("n", types.IntegerType())
    schema = types.StructType().add("at", time).add("wall", types.TimestampNTZType())
    schema.add("many", types.ArrayType(point)).add("named", types.MapType(types.StringType(), time))
    schema.add("data", types.BinaryType())
    names = schema.names
    rows = [
        Row(*names)(first, first, [Row("at", "n")(twice[0], 1), None], {"a": twice[1]}, b"x"),
        Row(*names)(None, None, None, None, None),
        Row(*names)(twice[1], twice[1], [Row("at", "n")(None, None)], {"a": None}, bytearray(b"y")),
    ]
    table = pa.table(_pyspark._collected(rows, schema, names))
    utc = pa.timestamp("us", "UTC")
    at, *many = (pa.scalar(instant, pa.int64()).cast(utc).as_py() for instant in instants)
    assert table.schema.field("at").type == utc
    assert table.to_pylist() == [
        {"at": at, "wall": first, "many": [{"at": many[0], "n": 1}, None],
         "named": [("a", many[1])], "data": b"x"},
        dict.fromkeys(names),
        {"at": many[1], "wall": twice[1].replace(fold=0), "many": [{"at": None, "n": None}],
         "named": [("a", None)], "data": b"y"},
    ]  # fmt: skip

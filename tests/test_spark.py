"""Spark is a home: pipelines, persistence, laziness, streaming, one call a row."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest
from harness import Endpoint, Net

from cogml import LoadError, ParamError, Service, frames, planner
from cogml.cognitive import DetectLastAnomaly, SimpleFitMultivariateAnomaly, TextSentiment

pytestmark = pytest.mark.spark

SENTENCES = [
    ("I am so happy today, its sunny!", "en-US"),
    ("this is a dog", "en-US"),
    ("I am frustrated by this rush hour traffic!", "en-US"),
]
LABELS = dict(
    zip([text for text, _ in SENTENCES], ["positive", "neutral", "negative"], strict=True)
)


def sentiment(**settings: Any) -> TextSentiment:
    return TextSentiment(
        **{"textCol": "text", "subscriptionKey": "a-key", "outputCol": "out", **settings}
    )


def labels(frame: Any) -> dict[str, str]:
    return {row["text"]: row["label"] for row in frame.collect()}


@pytest.fixture
def sentences(spark: Any) -> Any:
    return spark.createDataFrame(SENTENCES, ["text", "language"])


def test_pipeline_takes_a_stage_as_it_is(endpoint: Endpoint, sentences: Any) -> None:
    from pyspark.ml import Pipeline, PipelineModel
    from pyspark.ml.feature import SQLTransformer

    select = SQLTransformer(statement="SELECT text, out[0].sentiment AS label FROM __THIS__")
    fitted = Pipeline(stages=[sentiment(), select]).fit(sentences)
    assert isinstance(fitted, PipelineModel)
    assert labels(fitted.transform(sentences)) == LABELS
    assert labels(PipelineModel(stages=[sentiment(), select]).transform(sentences)) == LABELS


def test_pipeline_of_stages_alone(endpoint: Endpoint, sentences: Any) -> None:
    from pyspark.ml import PipelineModel

    model = PipelineModel(stages=[sentiment(), sentiment(outputCol="again", errorCol="why")])
    result = model.transform(sentences)
    assert result.columns == ["text", "language", "out_error", "out", "why", "again"]
    assert all(row["out"] == row["again"] for row in result.collect())


def test_times_that_are_collected_are_those_of_the_frame(
    endpoint: Endpoint, spark: Any, new_york: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no toArrow, which Spark 4 has."""
    net = Net(lambda request: httpx.Response(400))
    first = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
    times = [first + datetime.timedelta(hours=hour) for hour in range(12)]
    series = [[(at, 1.0) for at in times]]
    kind = "timestamp timestamp, value double"
    fitted = spark.createDataFrame(*series, kind)
    sent = spark.createDataFrame([series], "s array<struct<timestamp: timestamp, value: double>>")
    # Connect takes any other name for a column's, unless it is to look, as 3.5 does.
    monkeypatch.setenv("PYSPARK_VALIDATE_COLUMN_NAME_LEGACY", "1")
    for owner in {*type(fitted).__mro__, *type(sent).__mro__}:
        if "toArrow" in vars(owner):
            monkeypatch.delattr(owner, "toArrow")
    assert not hasattr(fitted, "toArrow")
    settings = {"inputCols": ["value"], "intermediateSaveDir": "/not/written"}
    plan = planner.make(SimpleFitMultivariateAnomaly(**settings).asked())
    assert frames.read(fitted, plan)["timestamp"].to_pylist() == times
    stage = DetectLastAnomaly(
        seriesCol="s", granularity="hourly", transport=net, execution="driver", maxRetries=0
    )
    assert stage.transform(sent).count() == 1
    (request,) = net.requests
    found = [point["timestamp"] for point in json.loads(request.content)["series"]]
    assert [datetime.datetime.fromisoformat(each) for each in found] == times


LOADING = """
import sys
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
builder = SparkSession.builder
start = builder.remote if sys.argv[2].startswith("sc:") else builder.master
spark = start(sys.argv[2]).getOrCreate()
frame = spark.createDataFrame([(text,) for text in sys.argv[3:]], ["text"])
for row in PipelineModel.load(sys.argv[1]).transform(frame).collect():
    print("label", row["label"])
"""


def test_a_saved_pipeline_runs_in_a_new_process(
    endpoint: Endpoint, sentences: Any, tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    """The files hold no key; the new process finds it where the files say it must be."""
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import SQLTransformer

    key = "planted-key-0123456789"
    select = SQLTransformer(statement="SELECT text, out[0].sentiment AS label FROM __THIS__")
    stages = [sentiment(subscriptionKey=key, endpoint=endpoint.url), select]
    model = Pipeline(stages=stages).fit(sentences)
    path = str(tmp_path / "model")
    model.save(path)
    model.write().overwrite().save(path)
    files = [file for file in pathlib.Path(path).rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if key.encode() in file.read_bytes()]
    session = ("SPARK_REMOTE", "SPARK_LOCAL_REMOTE", "SPARK_CONNECT_MODE_ENABLED")
    there = {name: value for name, value in os.environ.items() if name not in session}
    there["COGML_SUBSCRIPTION_KEY"] = "a-key"
    classic = request.config.getoption("--spark") == "classic"
    where = "local[1]" if classic else "sc://localhost"  # the server of this session
    command = [sys.executable, "-c", LOADING, path, where, *LABELS]
    ran = subprocess.run(
        command, env=there, capture_output=True, text=True, timeout=120, check=False
    )
    assert [
        line.split()[1] for line in ran.stdout.splitlines() if line.startswith("label")
    ] == list(LABELS.values()), ran.stderr[-2_000:]


def test_loading_without_the_key_says_what_to_set(
    endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentiment().write().overwrite().save(str(tmp_path / "stage"))
    with pytest.raises(LoadError, match="environment variable COGML_SUBSCRIPTION_KEY"):
        TextSentiment.load(str(tmp_path / "stage"))
    monkeypatch.setenv("COGML_SUBSCRIPTION_KEY", "a-key")
    loaded = Service.load(str(tmp_path / "stage"))
    assert isinstance(loaded, TextSentiment)
    assert loaded.getTextCol() == "text"


def test_saving_over_an_existing_stage_needs_overwrite(spark: Any, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "stage")
    sentiment().save(path)
    with pytest.raises(Exception, match=r"(?i)already exists"):
        sentiment().save(path)
    sentiment().write().overwrite().save(path)


def test_nothing_is_sent_before_an_action(endpoint: Endpoint, sentences: Any) -> None:
    result = sentiment().transform(sentences)
    assert result.columns == ["text", "language", "out_error", "out"]
    assert result.schema["out"].nullable
    assert endpoint.requests() == []
    assert result.count() == 3
    assert endpoint.documents() == 3


def test_transform_schema_is_the_schema_of_the_result(endpoint: Endpoint, sentences: Any) -> None:
    stage = sentiment()
    assert stage.transformSchema(sentences.schema) == stage.transform(sentences).schema
    with pytest.raises(ParamError, match="no column 'txet'"):
        sentiment(textCol="txet").transformSchema(sentences.schema)


def test_a_result_used_three_times_is_one_call_a_row(endpoint: Endpoint, sentences: Any) -> None:
    """Columns taken apart and filtered on: a UDF would be evaluated more than once."""
    from pyspark.sql.functions import col

    result = sentiment().transform(sentences)
    taken = (
        result.withColumn("label", col("out")[0]["sentiment"])
        .withColumn("score", col("out")[0]["confidenceScores"]["positive"])
        .where(col("out")[0]["sentiment"] != "neutral")
    )
    assert taken.count() == 2
    assert endpoint.documents() == 3


def test_other_columns_pass_through_whatever_their_type(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.sql(
        "SELECT 'a good day' AS text, timestamp'2020-01-02 03:04:05' AS t, date'2020-01-02' AS d, "
        "cast(1.50 AS decimal(10,2)) AS m, array(1, null) AS a, map('k', struct(1 AS x)) AS s, "
        "cast('bytes' AS binary) AS b, null AS n, 1.5F AS f"
    )
    before = frame.collect()[0]
    after = sentiment().transform(frame).drop("out", "out_error").collect()[0]
    assert after == before


def test_feature_vectors_pass_through(endpoint: Endpoint, sentences: Any) -> None:
    from pyspark.ml.feature import HashingTF, Tokenizer

    words = Tokenizer(inputCol="text", outputCol="words").transform(sentences)
    features = HashingTF(inputCol="words", outputCol="features", numFeatures=8).transform(words)
    kept = sentiment().transform(features).select("text", "features").collect()
    assert sorted(kept) == sorted(features.select("text", "features").collect())


def test_copy_and_params_are_those_of_pyspark(spark: Any) -> None:
    from pyspark.ml import Transformer
    from pyspark.ml.param import Param
    from pyspark.ml.tuning import ParamGridBuilder

    stage = sentiment(batchSize=3)
    assert isinstance(stage, Transformer)
    assert isinstance(stage.batchSize, Param)
    grid = ParamGridBuilder().addGrid(stage.batchSize, [1, 2]).build()
    assert [stage.copy(choice).getBatchSize() for choice in grid] == [1, 2]
    assert stage.getBatchSize() == 3
    assert "batchSize: most texts a request" in stage.explainParams()


def test_the_driver_sends_when_told(endpoint: Endpoint, sentences: Any) -> None:
    result = sentiment(execution="driver").transform(sentences)
    assert endpoint.documents() == 3  # at transform: the workers have no way out
    assert result.columns == ["text", "language", "out_error", "out"]
    assert {row["text"]: row["out"][0]["sentiment"] for row in result.collect()} == LABELS
    assert result.schema == sentiment().transform(sentences).schema
    assert endpoint.documents() == 3


def test_a_frame_that_ran_before_is_replaced_in_place(endpoint: Endpoint, sentences: Any) -> None:
    stage = sentiment()
    once = stage.transform(sentences)
    twice = stage.transform(once)
    assert twice.columns == once.columns
    assert sorted(map(repr, twice.collect())) == sorted(map(repr, once.collect()))


def test_the_window_stays_open_across_arrow_batches(endpoint: Endpoint, spark: Any) -> None:
    """Batches of ten rows hold two requests each; sixteen are in flight all the same."""
    key = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(key)
    endpoint.fault({"kind": "latency", "delay_ms": 20})
    spark.conf.set(key, "10")
    try:
        frame = spark.range(0, 800, 1, 1).selectExpr("concat('row ', id) AS text")
        stage = sentiment(concurrency=16, batchSize=5)
        assert stage.transform(frame).where("out IS NOT NULL").count() == 800
    finally:
        spark.conf.set(key, before)
    assert endpoint.suite.stats(base=endpoint.name)["max_in_flight"] == 16


def test_small_batches_of_nested_columns_are_joined(endpoint: Endpoint, spark: Any) -> None:
    """Spark 3.5 leaves out the offsets of empty lists, which not all of Arrow can read."""
    key = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(key)
    spark.conf.set(key, "3")
    try:
        frame = spark.range(0, 300, 1, 2).selectExpr(
            "concat('row ', id) AS text",
            "cast(array() AS array<string>) AS empty",
            "if(id % 3 = 0, array(named_struct('a', array(id))), null) AS nested",
            "cast(null AS array<struct<x: array<string>>>) AS none",
        )
        once = sentiment().transform(frame)
        twice = sentiment(outputCol="again", errorCol="why").transform(once)
        rows = twice.collect()
        kept = twice.select(frame.columns).collect()
        assert sorted(map(repr, kept)) == sorted(map(repr, frame.collect()))
        assert len(rows) == 300
        assert all(row["out"] == row["again"] for row in rows)
    finally:
        spark.conf.set(key, before)


def test_a_worker_keeps_its_loop_for_later_tasks(endpoint: Endpoint, spark: Any) -> None:
    def looked_at(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from cogml.loop import process_loop

        for _ in batches:
            home = process_loop()
            seen = [str(os.getpid()), str(id(home)), str(home.loop.is_running())]
            yield pa.RecordBatch.from_arrays([pa.array([",".join(seen)])], names=["seen"])

    frame = spark.range(0, 8, 1, 1).selectExpr("concat('row ', id) AS text")
    seen = []
    for _ in range(6):
        assert sentiment().transform(frame).where("out IS NOT NULL").count() == 8
        seen += [
            row["seen"].split(",") for row in frame.mapInArrow(looked_at, "seen string").collect()
        ]
    processes = {process for process, _, _ in seen}
    assert {running for _, _, running in seen} == {"True"}
    assert len(processes) < len(seen)
    assert len({(process, loop) for process, loop, _ in seen}) == len(processes)


def test_a_worker_needs_no_pipelines(endpoint: Endpoint, spark: Any) -> None:
    """pyspark.ml would bring pandas: half of what a worker's first task costs."""

    def looked_at(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            bases = [f"{made.__module__}.{made.__name__}" for made in TextSentiment.__mro__]
            yield pa.RecordBatch.from_arrays([pa.array([bases])], names=["bases"])

    frame = spark.range(0, 8, 1, 1).selectExpr("concat('row ', id) AS text")
    [row] = frame.mapInArrow(looked_at, "bases array<string>").collect()
    assert "cogml.stage.Stage" in row["bases"]
    assert "pyspark.ml.base.Transformer" not in row["bases"]
    assert "pyspark.ml.base.Transformer" in [
        f"{b.__module__}.{b.__name__}" for b in TextSentiment.__mro__
    ]


def test_what_a_worker_imported_is_no_burden_to_its_tasks(endpoint: Endpoint, spark: Any) -> None:
    """Spark has a worker collect its garbage after each task."""

    def looked_at(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import gc

        for _ in batches:
            counts = [pa.array([gc.get_freeze_count()])]
            yield pa.RecordBatch.from_arrays(counts, names=["frozen"])

    frame = spark.range(0, 8, 1, 2).selectExpr("concat('row ', id) AS text")
    assert sentiment().transform(frame).where("out IS NOT NULL").count() == 8
    seen = frame.mapInArrow(looked_at, "frozen long").collect()
    # Which worker runs which task is Spark's choice. What is imported has some 100,000.
    assert any(row["frozen"] > 20_000 for row in seen)


def test_tasks_side_by_side_keep_to_one_rate(endpoint: Endpoint, spark: Any) -> None:
    """Eight requests at 20 a second: two tasks that each kept to it would need half the time."""
    frame = spark.range(0, 8, 1, 4).selectExpr("concat('row ', id) AS text")
    stage = sentiment(requestsPerSecond=20.0, batchSize=1)
    assert stage.transform(frame).where("out IS NOT NULL").count() == 8
    begun = [entry["started_ms"] for entry in endpoint.requests()]
    assert len(begun) == 8
    assert max(begun) - min(begun) > 250.0


def test_an_empty_partition_is_no_trouble(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.createDataFrame([("a good day",)], ["text"]).repartition(4)
    assert [row["out"][0]["sentiment"] for row in sentiment().transform(frame).collect()] == [
        "positive"
    ]


def test_taking_one_row_stops_early(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.range(0, 5_000, 1, 1).selectExpr("concat('row ', id) AS text")
    assert len(sentiment(concurrency=2).transform(frame).limit(1).collect()) == 1
    assert sentiment().transform(frame.limit(3)).count() == 3  # and the worker goes on


def test_a_stream_is_answered(endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path) -> None:
    source, sink = tmp_path / "source", tmp_path / "sink"
    source.mkdir()
    stage = sentiment(outputCol="out", errorCol="err")
    stream = spark.readStream.schema("text string").csv(str(source))
    frame = stage.transform(stream)
    assert frame.isStreaming
    (source / "1.csv").write_text("I love it\n")

    def run() -> None:
        query = (
            frame.writeStream.format("parquet")
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .option("path", str(sink))
            .trigger(availableNow=True)
            .start()
        )
        assert query.awaitTermination(60)

    run()
    (source / "2.csv").write_text("I hate it\n")
    run()
    rows = spark.read.parquet(str(sink)).collect()
    assert {row["text"]: row["out"][0]["sentiment"] for row in rows} == {
        "I love it": "positive",
        "I hate it": "negative",
    }
    assert endpoint.documents() == 2  # what was answered before is not asked again


def test_a_stream_cannot_be_sent_by_the_driver(
    endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path
) -> None:
    stream = spark.readStream.schema("text string").csv(str(tmp_path))
    with pytest.raises(ParamError, match=r'setExecution\("workers"\)'):
        sentiment(execution="driver").transform(stream)


def test_the_plan_names_the_stage_and_no_secret(
    endpoint: Endpoint, sentences: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = sentiment(subscriptionKey="planted-key-0123456789")
    stage.transform(sentences).explain(True)
    plan = capsys.readouterr().out
    assert "TextSentiment" in plan
    assert "planted-key" not in plan


def test_a_failure_is_a_row_and_shows_no_secret(
    endpoint: Endpoint, sentences: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does what Spark says of a task that fails behind it, or of the plan it was sent."""
    endpoint.fault({"status": 503})
    secrets = ["planted-key-0123456789", "planted-token-0123456789", "planted-header-0123456789"]
    stage = sentiment(
        subscriptionKey=secrets[0],
        AADToken=secrets[1],
        customHeaders={"x-gateway-key": secrets[2]},
        maxRetries=0,
    )
    failed = stage.transform(sentences)
    rows = failed.collect()
    assert [row["out_error"]["code"] for row in rows] == ["unavailable"] * 3

    def fail(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            raise RuntimeError(f"{batch.num_rows} rows, on purpose")
        yield from ()

    with pytest.raises(Exception, match="on purpose") as raised:
        failed.mapInArrow(fail, "id int").collect()
    failed.explain("formatted")
    if hasattr(failed, "_plan"):  # what Connect's client sends, and logs where it is told to
        print(failed._plan.to_proto(failed.sparkSession.client))
    said = capsys.readouterr()
    shown = "".join([*said, str(rows), str(raised.value), repr(failed), repr(failed.schema)])
    assert "TextSentiment" in shown
    assert not [secret for secret in secrets if secret in shown]


def test_names_that_are_expressions_elsewhere_are_names_here(
    endpoint: Endpoint, spark: Any
) -> None:
    frame = spark.createDataFrame([("I love it", 1, 2)], ["the text", "x.y", "z`"])
    result = sentiment(textCol="the text").transform(frame)
    assert result.columns == ["the text", "x.y", "z`", "out_error", "out"]
    (row,) = result.collect()
    assert (row["x.y"], row["z`"], row["out"][0]["sentiment"]) == (1, 2, "positive")


def test_a_column_that_differs_by_case_alone_is_refused(endpoint: Endpoint, sentences: Any) -> None:
    with pytest.raises(ParamError, match="'TEXT' could not be told from 'text'"):
        sentiment(outputCol="TEXT").transform(sentences)


def test_the_driver_sends_what_arrow_cannot_bring_back(endpoint: Endpoint, spark: Any) -> None:
    from pyspark.ml.linalg import Vectors

    stage = sentiment(execution="driver")
    rows = [("I love it", Vectors.dense(1.0, 2.0))]
    (row,) = stage.transform(spark.createDataFrame(rows, ["text", "features"])).collect()
    assert (row["features"], row["out"][0]["sentiment"]) == (rows[0][1], "positive")
    empty = spark.createDataFrame([], "text string, n int")
    assert stage.transform(empty).collect() == []


def test_the_driver_asks_again_what_arrow_cannot_bring_back(endpoint: Endpoint, spark: Any) -> None:
    from pyspark.ml.linalg import Vectors

    rows = [(text, Vectors.dense(1.0)) for text in ("I love it", "I hate it", "")]
    frame = spark.createDataFrame(rows, ["text", "features"])
    endpoint.fault({"kind": "status", "status": 400, "times": 1})
    failed = sentiment(execution="driver", batchSize=1).transform(frame)
    again = sentiment(execution="driver").retryFailed(failed)
    assert again.schema == failed.schema
    found = {row["text"]: (row["out_error"], row["out"]) for row in again.collect()}
    assert {text for text, (error, _) in found.items() if error is None} == {
        "I love it",
        "I hate it",
    }
    assert endpoint.documents() == 3 + 2  # the one that was answered is not asked again


def test_a_type_that_cannot_pass_is_named(endpoint: Endpoint, spark: Any) -> None:
    frame = spark.sql("SELECT 'I love it' AS text, interval '1-2' year to month AS span")
    with pytest.raises(ParamError, match="cannot pass through Arrow"):
        sentiment().transform(frame)


def test_taking_a_few_rows_does_not_pay_for_the_partition(endpoint: Endpoint, spark: Any) -> None:
    endpoint.fault({"kind": "latency", "delay_ms": 20})  # it may take Spark a while to say enough
    frame = spark.range(0, 20_000, 1, 1).selectExpr("concat('row ', id) AS text")
    assert len(sentiment().transform(frame).limit(5).collect()) == 5
    assert endpoint.documents() < 10_000


def test_loading_what_is_not_there_says_so(spark: Any, tmp_path: pathlib.Path) -> None:
    with pytest.raises(LoadError, match="no saved stage"):
        TextSentiment.load(str(tmp_path / "nothing"))


def test_a_stage_that_a_notebook_defines_reaches_the_workers(
    endpoint: Endpoint, spark: Any
) -> None:
    """Its class has no module that a worker could import."""

    class Mine(TextSentiment):
        """A stage of one's own."""

        __module__ = "__main__"

    frame = spark.createDataFrame([("I love it",)], ["text"])
    (row,) = Mine(subscriptionKey="k", outputCol="out").transform(frame).collect()
    assert row["out"][0]["sentiment"] == "positive"


def test_what_a_worker_has_kept_in_a_store_no_other_asks_for_again(
    endpoint: Endpoint, spark: Any, tmp_path: pathlib.Path
) -> None:
    """Whichever worker gets a row the second time, and although each keeps its own segments."""
    stage = sentiment(cacheDir=f"file://{tmp_path}/answers")
    rows = [(f"a good day, number {number}",) for number in range(40)]
    first = stage.transform(spark.createDataFrame(rows, ["text"]).repartition(2)).collect()
    assert endpoint.documents() == 40
    again = spark.createDataFrame(rows[::-1], ["text"]).repartition(3)
    assert sorted(stage.transform(again).collect()) == sorted(first)
    assert all(row["out_error"] is None for row in first)
    assert endpoint.documents() == 40

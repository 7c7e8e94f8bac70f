"""What goes wrong on Spark: workers and drivers that are killed, attempts that run twice, streams
that begin anew, jobs that are cancelled; and where a secret must not be found afterwards."""

from __future__ import annotations

import base64
import contextlib
import io
import multiprocessing
import pathlib
import re
import signal
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import httpx
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from harness import Endpoint
from spark_session import CONFS, OwnSession, its

from cogml import planner
from cogml.cognitive import TextSentiment
from cogml.frames import _pyspark
from cogml.plan import Plan

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

KEY = "planted-key-0123456789"
TOKEN = "planted-token-0123456789"
HEADER = "planted-header-0123456789"
ROW = "planted-row-0123456789"
IN_FLIGHT = 40  # documents that one task has on the way: four requests of ten


def sentiment(url: str, **settings: Any) -> TextSentiment:
    given = {
        "textCol": "text",
        "outputCol": "out",
        "errorCol": "err",
        "endpoint": url,
        "subscriptionKey": KEY,
        "concurrency": 4,
    }
    return TextSentiment(**(given | settings))


def texts(session: Any, count: int, parts: int) -> Any:
    return session.range(0, count, 1, parts).selectExpr("id", "concat('nice v', id) AS text")


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for it; the tests that do are about processes that nobody tells when."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


def answered(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [request for request in endpoint.requests() if request["status"] == 200]


def answered_twice(endpoint: Endpoint) -> int:
    """Documents of which an answer had been given before, in a request that was alike."""
    requests = answered(endpoint)
    once = {request["alike"]: request["documents"] for request in requests}
    return sum(request["documents"] for request in requests) - sum(once.values())


# A session of its own


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSession]:
    folder = tmp_path_factory.mktemp("own")
    for name in ("events", "local"):
        (folder / name).mkdir()
    session = OwnSession(
        folder,
        CONFS
        | {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": (folder / "events").as_uri(),
            "spark.eventLog.compress": "false",
            "spark.broadcast.UDFCompressionThreshold": "1",  # what is to run lies in a file
            "spark.speculation": "true",  # which does nothing where there is one machine
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
        },
    )
    yield session
    session.close()


def rows_of(url: str, settings: dict[str, Any], count: int, parts: int) -> list[tuple[Any, ...]]:
    frame = sentiment(url, **settings).transform(texts(its(), count, parts))
    found = frame.selectExpr("id", "text", "out[0].sentences[0].text", "err.code").collect()
    return [tuple(row) for row in found]


def whole(count: int) -> list[tuple[Any, ...]]:
    """What `rows_of` gives when nothing is amiss: each answer quotes the text it is about."""
    return [(n, f"nice v{n}", f"nice v{n}", None) for n in range(count)]


@pytest.mark.parametrize("kept", ["in a folder", "in a store", "nowhere"])
def test_workers_are_killed_and_their_tasks_run_again(
    endpoint: Endpoint, own: OwnSession, tmp_path: pathlib.Path, kept: str
) -> None:
    places = {"in a folder": str(tmp_path), "in a store": tmp_path.as_uri()}
    settings = {"cacheDir": places.get(kept), "requestsPerSecond": 300.0}
    endpoint.fault({"kind": "latency", "delay_ms": 20})
    run = own.submit(rows_of, endpoint.url, settings, 1_000, 2)
    until(lambda: len(answered(endpoint)) >= 40)
    for process in own.workers():
        process.send_signal(signal.SIGKILL)
    lost = endpoint.documents()
    assert run.result(120) == whole(1_000)
    twice = endpoint.documents() - 1_000
    if kept == "in a folder":  # what was on the way
        assert twice <= 2 * IN_FLIGHT
    else:  # all that the tasks had got; in a store, all of the last five seconds
        assert twice <= lost + 2 * IN_FLIGHT
    if kept == "nowhere":
        assert twice >= 400
    else:  # workers live on, but when a task ends what it was answered has been written
        assert own.do(rows_of, endpoint.url, settings, 1_000, 2) == whole(1_000)
        assert endpoint.documents() - 1_000 == twice


def cancelled(url: str, count: int) -> str:
    """What a job says that is cancelled once the service has met twenty requests of it."""
    context = its().sparkContext

    def cancel() -> None:
        log = f"{url}/_mock/requests"
        until(lambda: len(httpx.get(log, trust_env=False).json()["requests"]) >= 20)
        context.cancelAllJobs()

    frame = sentiment(url).transform(texts(its(), count, 2))
    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        return str(frame.collect())
    except Exception as error:  # noqa: BLE001 (whatever Spark raises)
        return str(error)
    finally:
        thread.join()


def test_a_job_that_is_cancelled_sends_no_more(endpoint: Endpoint, own: OwnSession) -> None:
    """But for what was begun: the worker is told when it next hands rows over."""
    endpoint.fault({"kind": "latency", "delay_ms": 20})
    assert "cancelled" in own.do(cancelled, endpoint.url, 40_000)
    asked = [-1, 0]

    def quiet() -> bool:
        now = endpoint.suite.stats(base=endpoint.name)
        asked[:] = [*asked, now["requests"]][-50:]
        return now["in_flight"] == 0 and len(asked) == 50 and len(set(asked)) == 1

    until(quiet)
    assert asked[0] < 2_000
    endpoint.suite.reset(base=endpoint.name)
    assert own.do(rows_of, endpoint.url, {}, 100, 2) == whole(100)
    assert endpoint.documents() == 100


def written(url: str, folder: str) -> None:
    """A stream of files, until what there is has been answered and written."""
    lines = its().readStream.schema("text string").text(f"{folder}/source")
    query = (
        sentiment(url, cacheDir=f"{folder}/answers")
        .transform(lines)
        .writeStream.option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .start(f"{folder}/sink", format="parquet")
    )
    query.awaitTermination()


def sunk(folder: str) -> list[tuple[Any, ...]]:
    """What the sink's own log says is there; a file of the attempt that was killed is not."""
    found = (
        its()
        .read.parquet(f"{folder}/sink")
        .selectExpr("text", "err IS NULL AND out[0] IS NOT NULL")
    )
    return sorted(map(tuple, found.collect()))


def test_a_stream_is_killed_and_begins_anew(
    endpoint: Endpoint, own: OwnSession, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "source").mkdir()
    lines = [f"nice v{n}" for n in range(500)]
    (tmp_path / "source" / "lines").write_text("\n".join(lines))
    endpoint.fault({"kind": "latency", "delay_ms": 20})
    killed = OwnSession(tmp_path, CONFS)
    run = killed.submit(written, endpoint.url, str(tmp_path))
    until(lambda: len(answered(endpoint)) >= 20)
    killed.kill()
    with pytest.raises(BrokenProcessPool):
        run.result(60)
    killed.close()
    assert endpoint.documents() < 500
    own.do(written, endpoint.url, str(tmp_path))
    assert own.do(sunk, str(tmp_path)) == sorted((line, True) for line in lines)
    assert endpoint.documents() <= 500 + IN_FLIGHT
    assert not places_of(KEY, tmp_path)


def handled(url: str, folder: str, fails: bool) -> str:
    """A stream whose batches are handled by a function, which may fail once it has written."""

    def handle(batch: Any, number: int) -> None:
        judged = sentiment(url, cacheDir=f"{folder}/answers").transform(batch)
        judged.write.mode("overwrite").parquet(f"{folder}/sink/batch={number}")
        if fails:
            raise RuntimeError("on purpose")

    lines = its().readStream.schema("text string").text(f"{folder}/source")
    writer = lines.writeStream.option("checkpointLocation", f"{folder}/checkpoint")
    query = writer.foreachBatch(handle).trigger(availableNow=True).start()
    try:
        query.awaitTermination()
    except Exception as error:  # noqa: BLE001 (whatever Spark raises)
        return str(error)
    return ""


def test_a_batch_of_a_stream_that_is_handled_again_is_not_paid_again(
    endpoint: Endpoint, own: OwnSession, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "lines").write_text("\n".join(f"nice v{n}" for n in range(40)))
    assert "on purpose" in own.do(handled, endpoint.url, str(tmp_path), True)
    assert endpoint.documents() == 40
    assert own.do(handled, endpoint.url, str(tmp_path), False) == ""
    assert endpoint.documents() == 40
    found = pq.read_table(tmp_path / "sink")
    assert (found.num_rows, found.column("err").null_count) == (40, 40)


# Partitions


def million(url: str) -> list[tuple[Any, ...]]:
    """How many rows of a million there are of each kind; the order is judged by their place."""
    rows = its().range(0, 1_000_000, 1, 1)
    frame = rows.selectExpr(
        "id", "if(id % 1000 = 0, concat('nice v', id), null) AS text", "repeat('x', 300) AS other"
    )
    judged = sentiment(url, concurrency=16).transform(frame)
    kinds = judged.selectExpr(
        "id = monotonically_increasing_id() AND length(other) = 300 AS in_order",
        "text IS NOT NULL AS asked",
        "err IS NULL AND out[0].sentences[0].text <=> text AS answered",
    )
    return sorted(map(tuple, kinds.groupBy(kinds.columns).count().collect()))


def test_a_partition_of_a_million_rows(endpoint: Endpoint, own: OwnSession) -> None:
    """They pass through a worker that holds few of them at a time."""
    own.do(rows_of, endpoint.url, {}, 2, 2)
    endpoint.suite.reset(base=endpoint.name)
    begun = max(process.memory_info().rss for process in own.workers())
    run = own.submit(million, endpoint.url)
    peak = 0
    while not run.done():
        for process in own.workers():
            with contextlib.suppress(psutil.Error):
                peak = max(peak, process.memory_info().rss)
        time.sleep(0.05)
    assert run.result() == [(True, False, True, 999_000), (True, True, True, 1_000)]
    assert endpoint.documents() == 1_000
    assert peak < begun + 150_000_000  # all rows are twice that


def test_empty_and_tiny_partitions(endpoint: Endpoint, spark: Any) -> None:
    """Each third of them is empty, the others hold one row; then all are empty."""
    frame = texts(spark, 90, 90).where("id % 3 <> 1")
    judged = sentiment(endpoint.url).transform(frame)
    kept = judged.selectExpr("id", "out[0].sentences[0].text", "err.code").collect()
    assert list(map(tuple, kept)) == [(n, f"nice v{n}", None) for n in range(90) if n % 3 != 1]
    assert endpoint.documents() == len(endpoint.requests()) == 60
    assert sentiment(endpoint.url).transform(frame.where("id < 0")).collect() == []
    assert endpoint.documents() == 60


# Twice at the same time


def attempt(plan: Plan, met: Any) -> list[str]:
    """What a task does with a partition of a thousand rows, once all that are to meet have."""
    if met is not None:
        met.wait(60)
    table = pa.table({"text": [f"nice v{n}" for n in range(1_000)]})
    batches = _pyspark.fill_partition(plan, ["text"], table.to_batches(250))
    made = [row for batch in batches for row in batch.to_pylist()]
    return [row["out"][0]["sentences"][0]["text"] for row in made]


def test_two_attempts_at_one_partition(endpoint: Endpoint, tmp_path: pathlib.Path) -> None:
    """As Spark's speculation makes them, in two processes: each has all rows, each of its own.

    What both ask for at the same time both pay for; what was answered before neither does.
    """
    plan = planner.make(sentiment(endpoint.url, cacheDir=str(tmp_path)))
    plan.check({"text": pa.string()}, ["text"])
    endpoint.fault({"kind": "latency", "delay_ms": 5})
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, ProcessPoolExecutor(2, spawn) as pool:
        met = manager.Barrier(2)
        runs = [pool.submit(attempt, plan, met) for _ in range(2)]
        expected = [f"nice v{n}" for n in range(1_000)]
        assert [run.result(60) for run in runs] == [expected] * 2
        asked = endpoint.documents()
        assert 1_000 <= asked <= 2_000
        assert pool.submit(attempt, plan, None).result(60) == expected
    assert endpoint.documents() == asked


def warned(url: str) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sentiment(url).transform(texts(its(), 2, 1))
    return [str(one.message) for one in said if one.filename == __file__]


def test_speculation_is_warned_of(endpoint: Endpoint, own: OwnSession) -> None:
    (said,) = own.do(warned, endpoint.url)
    assert "TextSentiment: spark.speculation is on" in said


def test_one_stage_in_two_threads(endpoint: Endpoint, spark: Any) -> None:
    """Frames of different kinds, at once: each gets its own answers, the stage stays as it is."""
    endpoint.fault({"kind": "latency", "delay_ms": 10})
    stage = sentiment(endpoint.url)
    before = repr(stage), stage.explainParams()

    def on_pandas(first: int) -> list[str]:
        frame = pd.DataFrame({"text": [f"nice v{n}" for n in range(first, first + 200)]})
        out = stage.transform(frame)["out"]
        return list(out.list[0].struct.field("sentences").list[0].struct.field("text"))

    def on_spark(first: int) -> list[str]:
        frame = texts(spark, 200, 2).selectExpr(f"concat('nice v', id + {first}) AS text")
        rows = stage.transform(frame).selectExpr("out[0].sentences[0].text AS text").collect()
        return [row["text"] for row in rows]

    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(run, first)
            for first, run in enumerate([on_pandas, on_spark, on_pandas, on_spark])
        ]
        found = [run.result() for run in runs]
    for first, texts_found in enumerate(found):
        assert texts_found == [f"nice v{n}" for n in range(first, first + 200)]
    assert (repr(stage), stage.explainParams()) == before
    stage.transform(pd.DataFrame({"text": ["nice"]}))
    assert stage.run_report.rows == 1


# Secrets


def everything(url: str, folder: str) -> str:
    """All that Spark can be asked to say or to keep of frames that hold secrets."""
    from pyspark.ml import PipelineModel

    session = its()
    session.sparkContext.setLogLevel("DEBUG")
    headers = {"x-gateway-key": HEADER}
    stage = sentiment(url, AADToken=TOKEN, customHeaders=headers, maxRetries=0)
    rows = [("nice one",), (ROW + " " * 6_000,)]
    frame = stage.transform(session.createDataFrame(rows, ["text"]))
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        for mode in ("extended", "codegen", "cost", "formatted"):
            frame.explain(mode=mode)
        frame.printSchema()
        answers = frame.select("err", "out")
        print(answers.collect())
        answers.show(truncate=False)
        answers.createOrReplaceTempView("judged")
        for asked in ("SHOW TABLES", "EXPLAIN EXTENDED TABLE judged", "DESCRIBE judged", "SET"):
            session.sql(asked).show(1_000, truncate=False)
        print(stage, stage.explainParams(), stage.extractParamMap())
        try:
            broken(frame).collect()
        except Exception as error:  # noqa: BLE001 (whatever Spark raises)
            print(error)
    PipelineModel(stages=[stage]).save(f"{folder}/model")
    session.sparkContext.setLogLevel("WARN")
    return shown.getvalue()


def broken(frame: Any) -> Any:
    """The same rows, of which a task dies with a traceback."""

    def raising(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            raise RuntimeError("on purpose")
        yield from ()

    return frame.mapInArrow(raising, "id int")


def places_of(secret: str, folder: pathlib.Path) -> list[str]:
    """The files that hold it so that it can be read; LZ4 and Snappy leave such texts it."""
    forms = (secret.encode(), secret.encode("utf-16-le"), base64.b64encode(secret.encode()))
    files = (file for file in folder.rglob("*") if file.is_file())
    return [str(file) for file in files if any(form in file.read_bytes() for form in forms)]


def packed_in(folder: pathlib.Path) -> list[str]:
    """The files that hold the key within what zlib has packed."""
    found = []
    for file in folder.rglob("*"):
        written = file.read_bytes() if file.is_file() else b""
        for place in re.finditer(rb"\x78\x9c", written):
            with contextlib.suppress(zlib.error):
                if KEY.encode() in zlib.decompressobj().decompress(written[place.start() :]):
                    found.append(str(file))
    return found


def test_no_secret_is_shown_or_kept(endpoint: Endpoint, own: OwnSession) -> None:
    said = own.do(everything, endpoint.url, str(own.folder))
    assert "TextSentiment" in said
    assert "row_rejected" in said
    assert "on purpose" in said
    for secret in (KEY, TOKEN, HEADER, ROW):
        assert secret not in said
        assert places_of(secret, own.folder) == []
    log = (own.folder / "log").read_text(errors="replace")
    events = [f.read_text() for f in (own.folder / "events").rglob("*local-*") if f.is_file()]
    assert " DEBUG " in log
    assert "on purpose" in log
    assert "TextSentiment" in "".join(events)
    assert (own.folder / "model" / "stages").is_dir()
    # What a worker is to run lies in Spark's folder for the time being, the key packed in it.
    assert {
        pathlib.Path(file).relative_to(own.folder).parts[0] for file in packed_in(own.folder)
    } == {"local"}

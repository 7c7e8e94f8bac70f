"""A Spark session in a process of its own, that runs jobs as it is told: a line of JSON each.

The session stays for all jobs, as it does for who uses Spark: its workers, and the connections they
keep, are warm. Both environments run this file, the project's and the peer's (see spark_peer.py).
What a job took is that of the driver, the JVM and the Python workers together.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import machine
import psutil
import texts
from cells import Cell, Sample
from clients.job import PATH
from serving import HERE, Quick

from cogml import java
from cogml.version import VERSION

PARTITIONS = 2
_CONFS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


@dataclasses.dataclass(frozen=True)
class Job(Cell):
    """What to run in which session: rows through a client of CLIENTS, with so many requests in
    flight over all partitions, so many rows to an Arrow batch; `check` looks at every answer."""

    partitions: int = PARTITIONS
    arrow: int = 10_000
    check: bool = False
    spark: str = ""

    @property
    def each(self) -> int:
        """How many requests a partition may have in flight."""
        return max(1, self.concurrency // min(self.partitions, PARTITIONS))


# In the parent


class Session:
    """The process, as the benchmark sees it."""

    def __init__(
        self,
        service: Quick,
        python: str = sys.executable,
        confs: Mapping[str, str] | None = None,
        spark: str | None = None,
    ) -> None:
        """Start the session with the Python of an environment that has this version of Spark;
        RuntimeError says why it does not start."""
        java.prepare(spark)
        told = json.dumps(
            {"service": dataclasses.asdict(service), "confs": {**_CONFS, **(confs or {})}}
        )
        environment = os.environ | {
            # What is beside and above this file, and nothing of this environment's packages.
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
            "PYSPARK_PYTHON": python,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        # Closed with the session, which outlives this.
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, str(HERE / "spark_jobs.py"), told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment,
        )
        try:
            self.versions: dict[str, str] = self._heard()
        except RuntimeError:
            self.close()
            raise

    @property
    def spark(self) -> str:
        """The version of Spark."""
        return self.versions["pyspark"]

    @property
    def told(self) -> str:
        """What runs in it."""
        return "A session of " + ", ".join(f"{name} {v}" for name, v in self.versions.items()) + "."

    def run(self, job: Job) -> Sample:
        """What a job takes."""
        assert self._process.stdin is not None
        print(json.dumps(dataclasses.asdict(job)), file=self._process.stdin, flush=True)
        return Sample(**self._heard())

    def warm(self, *clients: str) -> None:
        """Have workers, JIT and connections warm, and every answer looked at."""
        for client in clients:
            self.run(Job(client, 20_000, 64, check=True))

    def close(self) -> None:
        """End the session."""
        self._process.communicate(timeout=60)
        self._log.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _heard(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the Spark session ended:\n{self._log.read()[-20_000:]}")
        return json.loads(line)


# In the session's process


def texts_of(session: Any, rows: int, partitions: int) -> Any:
    """So many texts, as `texts.text` makes them, made where they are read."""
    listed = ", ".join(f"'{sentence}'" for sentence in texts.SENTENCES)
    count = len(texts.SENTENCES)
    first = f"element_at(array({listed}), cast(id % {count} AS int) + 1)"
    second = f"element_at(array({listed}), cast(id / {count} AS int) % {count} + 1)"
    return session.range(0, rows, 1, partitions).selectExpr(
        f"concat('Guest ', id, ': ', {first}, if(id % 2 = 1, concat(' ', {second}), '')) AS text"
    )


def no_python(frame: Any, job: Job, service: Quick) -> Any:
    return frame


def no_op(frame: Any, job: Job, service: Quick) -> Any:
    def same(batches: Iterable[Any]) -> Iterator[Any]:
        yield from batches

    return frame.mapInArrow(same, frame.schema)


def cogml(frame: Any, job: Job, service: Quick) -> Any:
    return _stage(job, service).transform(frame)


def cogml_at_once(frame: Any, job: Job, service: Quick) -> Any:
    from at_once import AtOnce

    return _stage(job, service).setTransport(AtOnce).transform(frame)


def synapseml(frame: Any, job: Job, service: Quick) -> Any:
    from synapse.ml.services.text import TextSentiment

    stage = (
        TextSentiment()
        .setUrl(service.at(job.latency) + PATH)
        .setSubscriptionKey("any")
        .setTextCol("text")
        .setOutputCol("out")
        .setErrorCol("error")
        .setConcurrency(job.each)
    )
    return stage.transform(frame)


def _stage(job: Job, service: Quick) -> Any:
    from cogml.cognitive import TextSentiment

    return TextSentiment(
        textCol="text",
        endpoint=service.at(job.latency),
        subscriptionKey="any",
        outputCol="out",
        errorCol="error",
        concurrency=job.each,
    )


CLIENTS: dict[str, Callable[[Any, Job, Quick], Any]] = {
    "no Python": no_python,
    "no-op mapInArrow": no_op,
    "cogml": cogml,
    "cogml, no wire": cogml_at_once,
    "SynapseML": synapseml,
}
_SENTENCES = {"cogml": "out[0].sentences.text", "SynapseML": "out.document.sentences.text"}


def run(session: Any, job: Job, service: Quick) -> Sample:
    """Run a job, and look at its answers where it is told to."""
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(job.arrow))
    frame = CLIENTS[job.client](texts_of(session, job.rows, job.partitions), job, service)
    if job.check and job.client in _SENTENCES:
        said = f"concat_ws(' ', {_SENTENCES[job.client]})"
        wrong = (
            frame.where(f"error IS NOT NULL OR out IS NULL OR {said} <> text").limit(1).collect()
        )
        if wrong:
            raise AssertionError(f"{job.client}: {wrong[0]}")
    meter = _TreeMeter(service.process)
    frame.write.format("noop").mode("overwrite").save()
    spent = meter.spent()
    peak = max((_peak_megabytes(worker) for worker in _workers()), default=0.0)
    return Sample(job.rows, spent.wall, spent.own, spent.server, spent.foreign, peak)


class _TreeMeter(machine.Meter):
    """As its base; own is what this process and all that it has started spend."""

    def _now(self) -> tuple[float, float, float, float]:
        wall, _, served, busy = super()._now()
        own = 0.0
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                own += sum(process.cpu_times()[:4])  # its own, and that of children that ended
        return wall, own, served, busy


def _workers() -> Iterator[psutil.Process]:
    """The Python processes that run tasks: children of Spark's daemon."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "pyspark.daemon" in (process.parent() or process).cmdline():
                yield process


def _peak_megabytes(process: psutil.Process) -> float:
    """The most memory that a process has had; where the system does not say, what it has now."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss / 2**20)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Spark, and Ivy, print is no answer
    told = json.loads(sys.argv[1])
    service = Quick(**told["service"])
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(f"local[{PARTITIONS}]")
    for name, value in told["confs"].items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    virtual_machine = session.sparkContext._jvm.java.lang.System.getProperty("java.version")
    print(
        json.dumps(
            {"cogml": VERSION}
            | machine.versions("pyspark", "synapseml", "pandas", "pyarrow")
            | {"Java": virtual_machine}
        ),
        file=answers,
        flush=True,
    )
    for line in sys.stdin:
        sample = run(session, Job(**json.loads(line)), service)
        print(json.dumps(dataclasses.asdict(sample)), file=answers, flush=True)
    session.stop()


if __name__ == "__main__":
    main()

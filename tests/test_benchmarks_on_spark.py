"""The tables of Spark are written, their jobs give every row its answer, and a peer that cannot run
says why."""

from __future__ import annotations

import importlib
import json
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import every_table
import pytest
import serving
import spark_jobs
import spark_peer
from cells import Sample
from spark_jobs import Job, Session
from spark_peer import Peer, Unresolved

OURS = [name for name in spark_jobs.CLIENTS if name != "SynapseML"]
IVY = """
:: problems summary ::
:::: WARNINGS
\t\tmodule not found: com.microsoft.azure#synapseml-cognitive_2.12;9.9.9
\t\t:: com.microsoft.azure#synapseml-cognitive_2.12;9.9.9: not found
Exception in thread "main" java.lang.RuntimeException: [unresolved dependency: com.microsoft.azure]
\tat org.apache.spark.util.MavenUtils$.resolveMavenCoordinates(MavenUtils.scala:528)
"""


@pytest.fixture(scope="module")
def service() -> Iterator[serving.Quick]:
    with serving.quick() as quick:
        yield quick


class Told:
    """A session that says what it would take."""

    def __init__(self, *_: Any, **versions: str) -> None:
        self.versions = {"pyspark": "4.0.0", **versions}
        self.spark = self.versions["pyspark"]
        self.told = f"A session of pyspark {self.spark}."
        self.warmed: list[str] = []

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None: ...

    def warm(self, *clients: str) -> None:
        self.warmed += clients

    def run(self, job: Job) -> Sample:
        assert job.client in self.warmed
        seconds = job.rows * (4e-4 if job.client == "SynapseML" else 1e-4)
        return Sample(job.rows, 1.0 + seconds, seconds, 0.0, 0.0, 200.0)


@pytest.mark.parametrize("name", every_table.SPARK)
@pytest.mark.parametrize("resolved", [True, False])
def test_a_table_of_spark_is_printed_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, name: str, resolved: bool
) -> None:
    def peer(*_: Any) -> Any:
        if not resolved:
            raise Unresolved("SynapseML 9.9.9: not found")
        found = Peer("1.1.0", "python", {})
        monkeypatch.setattr(Peer, "session", lambda *_: Told(pyspark="3.5.0"))
        return found

    monkeypatch.setattr(spark_peer, "peer", peer)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # no wrk: its seconds are whole ones
    module = importlib.import_module(name)
    monkeypatch.setattr(module, "Session", Told)
    module.main(["--quick", "--results", str(tmp_path)])
    page = (tmp_path / f"{name}.md").read_text("utf-8")
    table = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
    keys = {column["key"] for column in table["columns"]}
    assert len(table["rows"]) >= 2
    assert all(set(row) == keys for row in table["rows"])
    assert len(table["samples"]) == len(table["rows"])
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    if name == "spark_rows":
        assert ("SynapseML 9.9.9: not found" in page) is not resolved
        assert {row["spark"] for row in table["rows"]} == {"4.0.0", *["3.5.0"] * resolved}
        over = {row["client"]: row["over"] for row in table["rows"]}
        assert over["no-op mapInArrow"] is over["no Python"] is None
        assert over["cogml"]["median"] == pytest.approx(0.0)
        assert [goal["met"] for goal in table["goals"]] == [True] * 4 * resolved


@pytest.mark.spark
def test_every_job_gives_every_row_its_answer(service: serving.Quick) -> None:
    service.reset()
    with Session(service) as session:
        assert session.versions["pyspark"] == session.spark
        for client in OURS:
            sample = session.run(Job(client, 300, 4, arrow=100, check=True))
            assert sample.rows == 300
            assert min(sample.wall, sample.own) > 0
            assert (sample.peak > 0) is (client != "no Python")
    # Two tasks have two requests each in flight; what was looked at was sent before as well.
    assert service.stats()["requests"] == 2 * 30
    assert service.stats()["most"] <= 4


@pytest.mark.spark
def test_a_session_that_ends_says_what_it_said(service: serving.Quick) -> None:
    said = r"the Spark session ended:[^\0]*KeyError: 'nobody'"
    with Session(service) as session, pytest.raises(RuntimeError, match=said):
        session.run(Job("nobody", 1, 1))


def test_a_job_shares_its_requests_between_the_tasks_that_run() -> None:
    assert Job("cogml", 100, 64).each == 32
    assert Job("cogml", 100, 64, partitions=200).each == 32
    assert Job("cogml", 100, 64, partitions=1).each == 64
    assert Job("cogml", 100, 1).each == 1
    assert Job("cogml", 6_400, 64, latency=20).line == pytest.approx(0.2)


def test_a_peer_that_cannot_run_says_why_of_each_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, service: serving.Quick
) -> None:
    def pip(python: pathlib.Path, *packages: str) -> None:
        if packages == ("synapseml==9.9.8",):
            raise RuntimeError("ERROR: No matching distribution found for synapseml==9.9.8")

    def session(found: Peer, _: serving.Quick) -> Any:
        assert found.confs["spark.jars.packages"].endswith(f":{found.version}")
        assert found.confs["spark.jars.ivy"] == str(tmp_path / "ivy")
        if found.version != "1.0.0":
            raise RuntimeError(IVY)
        return Told()

    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    monkeypatch.setattr(spark_peer, "_pip", pip)
    monkeypatch.setattr(Peer, "session", session)
    with pytest.raises(Unresolved) as caught:
        spark_peer.peer(service, tmp_path, ["9.9.9", "9.9.8"])
    first, second = str(caught.value).splitlines()
    assert first.startswith(
        "SynapseML 9.9.9: com.microsoft.azure#synapseml-cognitive_2.12;9.9.9: not found"
    )
    assert "[unresolved dependency: com.microsoft.azure]" in first
    assert "MavenUtils" not in first
    assert second.endswith("ERROR: No matching distribution found for synapseml==9.9.8")
    assert spark_peer.peer(service, tmp_path, ["9.9.9", "1.0.0"]).version == "1.0.0"


def test_an_environment_that_cannot_be_made_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, service: serving.Quick
) -> None:
    def offline(*_: Any) -> None:
        raise RuntimeError("ERROR: Could not find a version that satisfies the requirement pyspark")

    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    monkeypatch.setattr(spark_peer, "_pip", offline)
    with pytest.raises(Unresolved, match="no environment for SynapseML: ERROR: Could not find"):
        spark_peer.peer(service, tmp_path)

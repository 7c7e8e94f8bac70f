"""Rows through Spark local[2]: without Python, through a no-op, through cogml, through SynapseML.

Run: python benchmarks/spark_rows.py [--latency MS ...] [--concurrency N ...] [--rounds N] [--quick]
     [--home FOLDER] [--version 1.1.0 ...] [--no-peer]
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import serving
import spark_peer
from ceilings import against, ceilings
from cells import BATCH, Sample, ratio, rows_for
from results import Column, Goal, Table, options, parsed, publish, spread
from spark_jobs import Job, Session, in_turns

NO_PYTHON, NO_OP, NO_WIRE = PLAIN = ("no Python", "no-op mapInArrow", "cogml, no wire")
LEAST = 100_000  # rows of a job
SAID = (
    "A session of two cores, of which the service takes what it needs; a column of text made where "
    "it is read, the result to Spark's noop sink. Requests of ten texts, in flight over both "
    "partitions. Processor time is that of driver, JVM and Python workers together, all of them "
    "warm; 'over the no-op' is what is left of it without a mapInArrow that hands on what it gets. "
    "'No wire' is cogml over a transport that answers at once, in the worker. SynapseML needs "
    "Spark 3.5: there both run in one session. Medians, the least and the most in brackets."
)
COLUMNS = (
    Column("spark", "Spark"),
    Column("latency", "ms", "d"),
    Column("concurrency", "in flight", "d"),
    Column("subject", "subject"),
    Column("rate", "rows/s", ",.0f"),
    Column("share", "of the line", ".1%"),
    Column("cost", "processor µs a row", ".1f"),
    Column("over", "over the no-op", ".1f"),
    Column("most", "most in flight", "d"),
    Column("need", "of the service's ceiling"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 20, 100])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--no-peer", action="store_true", help="the project's own Spark alone")
    spark_peer.options(parser)
    given = parsed(parser, arguments)
    if given.quick:
        given.latency, given.concurrency = given.latency[:2], given.concurrency[:1]
    table = Table(
        "spark_rows",
        "Rows through Spark",
        SAID,
        COLUMNS,
        packages=("pyspark",),
        quick=given.quick,
    )
    with serving.quick() as service, contextlib.ExitStack() as stack:
        ceiling = ceilings(service, given.quick, table)
        sessions = {stack.enter_context(Session(service)): ["cogml"]}
        if not given.no_peer:
            try:
                peer = spark_peer.peer(service, given.home.absolute(), given.version)
                sessions[stack.enter_context(peer.session(service))] = ["cogml", "SynapseML"]
            except spark_peer.Unresolved as error:
                table.notes.append(f"SynapseML did not run. {error}")
        table.notes += [session.told for session in sessions]
        runs = [(session, job) for session in sessions for job in jobs(sessions[session], given)]
        found = in_turns(runs, given.rounds, given.tries)
    for session in sessions:
        add(
            table,
            session.versions["pyspark"],
            ceiling,
            {j: found[s, j] for s, j in runs if s is session},
        )
    publish(table, given)


def jobs(subjects: Sequence[str], given: Any) -> list[Job]:
    """What is run in a session."""
    found = [Job(subject, 5_000 if given.quick else LEAST) for subject in PLAIN]
    for latency in given.latency:
        for concurrency in given.concurrency:
            rows = rows_for(concurrency, latency, 50, 2.5, 10**6 if latency else LEAST)
            for subject in subjects:
                # SynapseML takes several times as long.
                most = LEAST if subject == "SynapseML" else max(LEAST, rows)
                found.append(Job(subject, 2_000 if given.quick else most, concurrency, latency))
    return found


def add(table: Table, spark: str, ceiling: float, found: Mapping[Job, list[Sample]]) -> None:
    """The rows, and the goals, of one session."""
    by_name = {(job.subject, job.latency, job.concurrency): found[job] for job in found}
    no_op = by_name[NO_OP, 0, Job("", 0).concurrency]
    for job, samples in found.items():
        asks = job.subject not in PLAIN
        waits = asks and job.latency > 0
        over = [a.cost - b.cost for a, b in zip(samples, no_op, strict=True)]
        table.rows.append(
            {
                "spark": spark,
                "latency": job.latency if asks else None,
                "concurrency": job.concurrency if asks or job.subject == NO_WIRE else None,
                "subject": job.subject,
                "rate": spread([sample.rate for sample in samples]),
                "share": spread([line(job) / s.wall for s in samples]) if waits else None,
                "cost": spread([sample.cost for sample in samples]),
                "over": spread(over) if job.subject not in (NO_PYTHON, NO_OP) else None,
                "most": max(sample.most for sample in samples) if waits else None,
                "need": against(ceiling, samples) if asks else None,
            }
        )
        if job.subject == "SynapseML":
            ours = by_name["cogml", job.latency, job.concurrency]
            where = f"{job.latency} ms, {job.concurrency} in flight, ÷ SynapseML's"
            rates = ratio(ours, samples, lambda s: s.rate)
            costs = ratio(ours, samples, lambda s: s.cost)
            table.goals += [
                Goal(f"{where} rows/s", rates.median, least=1.0),
                Goal(f"{where} processor µs a row", costs.median, most=1.0),
            ]


def line(job: Job) -> float:
    """The seconds below which a job cannot be."""
    return -(-job.rows // (BATCH * job.concurrency)) * job.latency / 1000


if __name__ == "__main__":
    main()

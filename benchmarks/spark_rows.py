"""Rows through Spark local[2]: without Python, through a no-op, through cogml, through SynapseML.

Run: python benchmarks/spark_rows.py [--latency MS ...] [--concurrency N ...] [--rounds N]
     [--home FOLDER] [--version 1.1.0 ...] [--no-peer] [--quick]
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import plots
import serving
import spark_peer
from ceilings import against, ceilings
from cells import Sample, Turns, ratio, rows_for
from results import Column, Goal, Table, options, parsed, publish, spread
from spark_jobs import Job, Session

NO_PYTHON, NO_OP, NO_WIRE = PLAIN = ("no Python", "no-op mapInArrow", "cogml, no wire")
ROWS = 100_000
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
    Column("client", "client"),
    Column("rate", "rows/s", ",.0f"),
    Column("share", "of the line", ".1%"),
    Column("cost", "processor µs a row", ".1f"),
    Column("over", "over the no-op", ".1f"),
    Column("most", "most in flight", "d"),
    Column("need", "of the service's ceiling"),
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 20, 100])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--no-peer", action="store_true", help="the project's own Spark alone")
    spark_peer.options(parser)
    given = parsed(parser, arguments)
    if given.quick:
        given.latency, given.concurrency = given.latency[:2], given.concurrency[:1]
    table = Table(
        "spark_rows", "Rows through Spark", SAID, COLUMNS, packages=("pyspark",), quick=given.quick
    )
    with serving.quick() as service, contextlib.ExitStack() as stack:
        ceiling = ceilings(service, given.quick, table)
        sessions: dict[str, Session] = {}
        found: dict[Job, list[Sample]] = {}
        jobs: list[Job] = []

        def begun(session: Session, *clients: str) -> None:
            session.warm(*PLAIN, *clients)
            sessions[session.spark] = session
            jobs.extend(jobs_of(session.spark, clients, given))
            table.notes.append(session.told)

        begun(stack.enter_context(Session(service)), "cogml")
        if not given.no_peer:
            try:
                peer = spark_peer.peer(service, given.home.absolute(), given.version)
                begun(stack.enter_context(peer.session(service)), "cogml", "SynapseML")
            except spark_peer.Unresolved as error:
                table.notes.append(f"SynapseML did not run. {error}")
        turns = Turns(service, given.tries, lambda job, _: sessions[job.spark].run(job))
        found = turns.take(jobs, given.rounds)
    for spark in sessions:
        add(table, ceiling, {job: found[job] for job in jobs if job.spark == spark})
    turns.tell(table)
    return publish(table, given, plots.spark_rows)


def jobs_of(spark: str, clients: Sequence[str], given: Any) -> list[Job]:
    """What is run in a session."""
    least = 2_000 if given.quick else ROWS
    found = [Job(client, least, given.concurrency[0], spark=spark) for client in PLAIN]
    for latency in given.latency:
        for concurrency in given.concurrency:
            rows = rows_for(concurrency, latency, 50, 2.5, 10**6 if latency else ROWS)
            rows = least if given.quick else max(least, rows)
            for client in clients:
                # SynapseML takes several times as long.
                some = least if client == "SynapseML" else rows
                found.append(Job(client, some, concurrency, latency, spark=spark))
    return found


def add(table: Table, ceiling: float, found: Mapping[Job, list[Sample]]) -> None:
    """The rows, and the goals, of one session."""
    by_name = {(job.client, job.latency, job.concurrency): found[job] for job in found}
    no_op = next(samples for job, samples in found.items() if job.client == NO_OP)
    for job, samples in found.items():
        asks = job.client not in PLAIN
        waits = asks and job.latency > 0
        over = [a.cost - b.cost for a, b in zip(samples, no_op, strict=True)]
        table.rows.append(
            {
                "spark": job.spark,
                "latency": job.latency if asks else None,
                "concurrency": job.concurrency if asks or job.client == NO_WIRE else None,
                "client": job.client,
                "rate": spread([sample.rate for sample in samples]),
                "share": spread([job.line / s.wall for s in samples]) if waits else None,
                "cost": spread([sample.cost for sample in samples]),
                "over": spread(over) if job.client not in (NO_PYTHON, NO_OP) else None,
                "most": max(sample.most for sample in samples) if waits else None,
                "need": against(ceiling, samples) if asks else None,
            }
        )
        if job.client == "SynapseML":
            ours = by_name["cogml", job.latency, job.concurrency]
            where = f"Spark {job.spark}, {job.latency} ms, {job.concurrency} in flight"
            rates = ratio(ours, samples, lambda s: s.rate)
            costs = ratio(ours, samples, lambda s: s.cost)
            table.goals += [
                Goal(f"{where}: rows/s, ÷ SynapseML's", rates.median, least=1.0),
                Goal(f"{where}: processor µs a row, ÷ SynapseML's", costs.median, most=1.0),
            ]


if __name__ == "__main__":
    main()

"""Whether Spark's cost grows with the work: 10 thousand to 3 million rows, time and memory.

Run: python benchmarks/spark_growth.py [--rows N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import plots
import serving
from cells import Sample, Turns
from results import Column, Goal, Table, options, parsed, publish, spread
from serving import Quick
from spark_jobs import Job, Session

CONCURRENCY = 256
SAID = (
    f"The service answers at once, {CONCURRENCY} requests of ten texts are in flight over two "
    "partitions; the result to Spark's noop sink. Each run has a session of its own, warmed up "
    "with 20,000 rows: memory is the most that the larger of its two Python workers ever had. "
    "Medians, the least and the most in brackets."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    sizes = [10_000, 30_000, 100_000, 1_000_000, 3_000_000]
    parser.add_argument("--rows", type=int, nargs="+", default=sizes)
    given = parsed(parser, arguments)
    if given.quick:
        given.rows = [2_000, 4_000]
    table = Table(
        "spark_growth",
        "More rows through Spark",
        SAID,
        [
            Column("rows", "rows", ",d"),
            Column("time", "µs a row", ".1f"),
            Column("cost", "processor µs a row", ".1f"),
            Column("peak", "peak of a worker, MB", ",.0f"),
        ],
        packages=("pyspark",),
        quick=given.quick,
    )
    jobs = [Job("cogml", rows, CONCURRENCY) for rows in given.rows]
    with serving.quick() as service:
        turns = Turns(service, given.tries, fresh)
        found = turns.take(jobs, given.rounds)
    for job in jobs:
        table.rows.append(
            {
                "rows": job.rows,
                "time": spread([sample.wall / job.rows * 1e6 for sample in found[job]]),
                "cost": spread([sample.cost for sample in found[job]]),
                "peak": spread([sample.peak for sample in found[job]]),
            }
        )
    few, many = table.rows[min(1, len(jobs) - 2)], table.rows[-1]
    where = f"Spark, {many['rows']:,} rows ÷ {few['rows']:,}"
    for what, key in (("processor time a row", "cost"), ("peak of a worker", "peak")):
        grown = many[key].median / few[key].median
        table.goals.append(Goal(f"{where}: {what}", grown, most=1.1))
    turns.tell(table)
    return publish(table, given, plots.spark_growth)


def fresh(job: Job, service: Quick) -> Sample:
    """A job in a session of its own."""
    with Session(service) as session:
        session.warm(job.client)
        return session.run(job)


if __name__ == "__main__":
    main()

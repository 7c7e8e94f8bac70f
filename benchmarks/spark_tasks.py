"""How the same rows fare in few tasks and in many, and in larger and smaller Arrow batches.

Run: python benchmarks/spark_tasks.py [--rows N] [--latency MS] [--concurrency N] [--rounds N]
     [--partitions N ...] [--arrow N ...] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import plots
import serving
from cells import Turns, ratio
from results import Column, Table, options, parsed, publish, spread
from spark_jobs import PARTITIONS, Job, Session

SAID = (
    "Two tasks at a time; each may have half of {} requests of ten texts in flight, which take {} "
    "ms. A task ends with the answer to its last request: while it waits for that fewer are in "
    "flight, and the next one begins with none. The line is that of all rows in one stream: "
    "ceil(rows ÷ (10 · in flight)) · latency. Medians, the least and the most in brackets."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--latency", type=int, default=20)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--partitions", type=int, nargs="+", default=[2, 8, 40, 200, 2_000])
    parser.add_argument("--arrow", type=int, nargs="+", default=[100, 1_000, 10_000])
    given = parsed(parser, arguments)
    if given.quick:
        given.rows, given.partitions, given.arrow = 2_000, [2, 20], [100, 10_000]
    table = Table(
        "spark_tasks",
        "Few tasks and many",
        SAID.format(given.concurrency, given.latency),
        [
            Column("partitions", "partitions", ",d"),
            Column("rows", "rows each", ",d"),
            Column("arrow", "rows an Arrow batch", ",d"),
            Column("rate", "rows/s", ",.0f"),
            Column("share", "of the line", ".1%"),
            Column("cost", "processor µs a row", ".1f"),
            Column("beside", "rows/s, of the first line's", ".1%"),
            Column("most", "most in flight", "d"),
        ],
        packages=("pyspark",),
        quick=given.quick,
    )
    first = Job("cogml", given.rows, given.concurrency, given.latency)
    shapes = [(count, first.arrow) for count in given.partitions]
    shapes += [(PARTITIONS, size) for size in given.arrow]
    jobs = [
        Job("cogml", given.rows, given.concurrency, given.latency, count, size)
        for count, size in dict.fromkeys(shapes)
    ]
    with serving.quick() as service, Session(service) as session:
        session.warm("cogml")
        table.notes.append(session.told)
        turns = Turns(service, given.tries, lambda job, _: session.run(job))
        found = turns.take(jobs, given.rounds)
    for job in jobs:
        samples = found[job]
        table.rows.append(
            {
                "partitions": job.partitions,
                "rows": job.rows // job.partitions,
                "arrow": job.arrow,
                "rate": spread([sample.rate for sample in samples]),
                "share": spread([job.line / sample.wall for sample in samples]),
                "cost": spread([sample.cost for sample in samples]),
                "beside": ratio(samples, found[jobs[0]], lambda s: s.rate),
                "most": max(sample.most for sample in samples),
            }
        )
    turns.tell(table)
    return publish(table, given, plots.spark_tasks)


if __name__ == "__main__":
    main()

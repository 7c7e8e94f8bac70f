"""Whether Spark's cost grows with the work: 10 thousand to 3 million rows, time and memory.

Run: python benchmarks/spark_growth.py [--rows N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import serving
from cells import Sample
from results import Column, Goal, Table, options, parsed, publish, spread
from spark_jobs import Job, Session

CONCURRENCY = 256
SAID = (
    f"The service answers at once, {CONCURRENCY} requests of ten texts are in flight over two "
    "partitions; the result to Spark's noop sink. Each run has a session of its own, warmed up "
    "with 10,000 rows: memory is the most that the larger of its two Python workers ever had. "
    "Medians, the least and the most in brackets."
)


def main(arguments: Sequence[str] | None = None) -> None:
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
    found: dict[int, list[Sample]] = {rows: [] for rows in given.rows}
    with serving.quick() as service:
        for number in range(given.rounds):
            for rows in given.rows if number % 2 == 0 else reversed(given.rows):
                with Session(service) as session:
                    session.run(Job("cogml", min(rows, 10_000), CONCURRENCY, check=True))
                    sample = session.run(Job("cogml", rows, CONCURRENCY), given.tries)
                found[rows].append(sample)
                print(
                    f"  {number + 1}/{given.rounds} {rows:9,} rows: {sample.wall:6.1f} s, "
                    f"{sample.cost:6.1f} µs a row, {sample.peak:,.0f} MB",
                    flush=True,
                )
    for rows, samples in found.items():
        table.rows.append(
            {
                "rows": rows,
                "time": spread([sample.wall / rows * 1e6 for sample in samples]),
                "cost": spread([sample.cost for sample in samples]),
                "peak": spread([sample.peak for sample in samples]),
            }
        )
    few, many = (table.rows[at] for at in (1, -1))
    where = f"{many['rows']:,} rows ÷ {few['rows']:,}"
    for what, key in (("processor time a row", "cost"), ("peak of a worker", "peak")):
        grown = many[key].median / few[key].median
        table.goals.append(Goal(f"{what}, {where}", grown, most=1.1))
    publish(table, given)


if __name__ == "__main__":
    main()

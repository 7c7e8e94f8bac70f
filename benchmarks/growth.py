"""Whether a row costs the same however many there are, and what memory they take.

Run: python benchmarks/growth.py [--rows N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import plots
import serving
from ceilings import ceilings
from cells import Cell, Turns
from results import Column, Goal, Table, options, parsed, publish, spread

CONCURRENCY = 64
SMALL, FLAT, LARGE = 30_000, 100_000, 3_000_000
CLIENTS = {"cogml_pandas": "pandas", "cogml_stream": "a stream of Arrow batches"}
SAID = (
    f"The service answers at once, {CONCURRENCY} requests of ten texts are in flight, the client "
    "has one core. A pandas frame is there before and stays, its answers are added; a stream is "
    "made as it is read, its answers are let go of. Each run is a process of its own. Memory is "
    "the most that the process ever had, and how much of that came after the frame was there. "
    "Medians, and the least and the most in brackets."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    default = [10_000, SMALL, FLAT, 300_000, 1_000_000, LARGE]
    parser.add_argument("--rows", type=int, nargs="+", default=default)
    given = parsed(parser, arguments)
    if given.quick:
        given.rows = [1_000, 3_000]
    table = Table(
        "growth",
        "Time and memory as the work grows",
        SAID,
        [
            Column("rows", "rows", ",d"),
            Column("frame", "frame"),
            Column("time", "µs a row", ".2f"),
            Column("cost", "processor µs a row", ".2f"),
            Column("peak", "peak memory, MB", ",.0f"),
            Column("above", "of it above the frame, MB", ",.0f"),
        ],
        quick=given.quick,
    )
    with serving.quick(awake=True) as service:
        turns = Turns(service, given.tries)
        ceilings(service, given.quick, table)
        for rows in given.rows:
            cells = [Cell(name, rows, CONCURRENCY) for name in CLIENTS]
            rounds = given.rounds if rows < 10**6 else min(2, given.rounds)
            found = turns.take(cells, rounds)
            for cell in cells:
                samples = found[cell]
                table.rows.append(
                    {
                        "rows": rows,
                        "frame": CLIENTS[cell.client],
                        "time": spread([1e6 / sample.rate for sample in samples]),
                        "cost": spread([sample.cost for sample in samples]),
                        "peak": spread([sample.peak for sample in samples]),
                        "above": spread([sample.peak - sample.before for sample in samples]),
                    }
                )
    known = {(row["rows"], row["frame"]): row for row in table.rows}
    for frame in CLIENTS.values():
        small, large = known.get((SMALL, frame)), known.get((LARGE, frame))
        if small and large:
            grown = large["time"].median / small["time"].median
            what = f"{frame}: µs a row at {LARGE:,} rows, ÷ that at {SMALL:,}"
            table.goals.append(Goal(what, grown, most=1.1))
    stream = CLIENTS["cogml_stream"]
    some, large = known.get((FLAT, stream)), known.get((LARGE, stream))
    if some and large:
        what = f"{stream}: peak memory at {LARGE:,} rows, ÷ that at {FLAT:,}"
        table.goals.append(Goal(what, large["peak"].median / some["peak"].median, most=1.1))
    turns.tell(table)
    return publish(table, given, plots.growth)


if __name__ == "__main__":
    main()

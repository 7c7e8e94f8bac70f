"""How near to the line: rows/s at a latency of 0, 20, 100 ms with 8, 64, 256 requests in flight.

Run: python benchmarks/line.py [--latency MS ...] [--concurrency N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plots
import serving
from ceilings import against, ceilings, wrks_line
from cells import BATCH, Cell, Sample, Turns, ratio, rows_for
from results import Column, Goal, Table, options, parsed, publish, spread

CLIENTS = {
    "bare": "bare asyncio protocol",
    "aiohttp_loop": "aiohttp, hand-written",
    "cogml_pandas": "cogml on pandas",
}
SAID = (
    "The service answers after so many ms, so many requests of ten texts are in flight, the client "
    "has one core. No client can be faster than the line: ceil(rows ÷ (10 · in flight)) · latency "
    "seconds. Medians, and the least and the most in brackets. Compare processor time within one "
    "latency and concurrency only: a core that rests between answers shows more of it."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=5)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 20, 100])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[8, 64, 256])
    given = parsed(parser, arguments)
    if given.quick:
        given.latency, given.concurrency = given.latency[:2], given.concurrency[:2]
    table = Table(
        "line",
        "Rows a second against the line",
        SAID,
        [
            Column("latency", "ms", "d"),
            Column("concurrency", "in flight", "d"),
            Column("client", "client"),
            Column("rate", "rows/s", ",.0f"),
            Column("share", "of the line", ".1%"),
            Column("wrk", "of wrk's", ".1%"),
            Column("bare", "of the bare protocol", ".1%"),
            Column("cost", "processor µs a row", ".1f"),
            Column("most", "most in flight", "d"),
            Column("need", "of the service's ceiling"),
        ],
        packages=("aiohttp", "httptools"),
        quick=given.quick,
    )
    with serving.quick(awake=True) as service:
        turns = Turns(service, given.tries)
        ceiling = ceilings(service, given.quick, table)
        for latency in given.latency:
            for concurrency in given.concurrency:
                reached = wrks_line(service, latency, concurrency, given.quick)
                if given.quick:
                    rows = rows_for(concurrency, latency, 5, 0, 2_000)
                else:
                    rows = rows_for(concurrency, latency, 50, 2.5, 10**6 if latency else 100_000)
                cells = [Cell(name, rows, concurrency, latency) for name in CLIENTS]
                add(table, turns.take(cells, given.rounds), ceiling, reached)
    turns.tell(table)
    return publish(table, given, plots.line)


def add(
    table: Table,
    found: Mapping[Cell, Sequence[Sample]],
    ceiling: float,
    reached: float | None,
) -> None:
    """Add the rows and the goals of one latency and concurrency."""
    bare = next(iter(found.values()))
    for cell, samples in found.items():
        title, most = CLIENTS[cell.client], max(sample.most for sample in samples)
        if cell.latency and most != cell.concurrency:
            table.notes.append(f"{title} had {most} in flight, not {cell.concurrency}.")
        share = spread([cell.line / sample.wall for sample in samples])
        beside = ratio(samples, bare, lambda sample: sample.rate)
        table.rows.append(
            {
                "latency": cell.latency,
                "concurrency": cell.concurrency,
                "client": title,
                "rate": spread([sample.rate for sample in samples]),
                "share": share if cell.latency else None,
                "wrk": reached and spread([sample.rate / BATCH / reached for sample in samples]),
                "bare": beside,
                "cost": spread([sample.cost for sample in samples]),
                "most": most if cell.latency else None,
                "need": against(ceiling, samples),
            }
        )
        if cell.client == "cogml_pandas":
            table.goals += goals(cell.latency, cell.concurrency, share.median, beside.median)


def goals(latency: int, concurrency: int, share: float, beside: float) -> list[Goal]:
    """What is to be shown at this latency and concurrency."""
    where = f"{latency} ms, {concurrency} in flight"
    match latency, concurrency:
        case 100, 64:
            return [Goal(f"{where}: rows/s, of the line", share, least=0.96, form=".1%")]
        case 20, 64:
            return [Goal(f"{where}: rows/s, of the bare protocol", beside, least=0.97, form=".1%")]
        case 20, 256:
            return [Goal(f"{where}: rows/s, of the bare protocol", beside, least=0.85, form=".1%")]
    return []


if __name__ == "__main__":
    main()

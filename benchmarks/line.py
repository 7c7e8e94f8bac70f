"""How near to the line: rows/s at a latency of 0, 20, 100 ms with 8, 64, 256 requests in flight.

Run: python benchmarks/line.py [--latency MS ...] [--concurrency N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import plots
import serving
from ceilings import against, ceilings, line
from cells import BATCH, Cell, in_turns, ratio, rows_for
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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = options(__doc__, rounds=3)
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
    with serving.quick() as service:
        ceiling = ceilings(service, given.quick, table)
        for latency in given.latency:
            for concurrency in given.concurrency:
                if given.quick:
                    rows = rows_for(concurrency, latency, 5, 0, 2_000)
                else:
                    rows = rows_for(
                        concurrency, latency, 50, 2.5, 200_000 if not latency else 10**6
                    )
                cells = {name: Cell(name, rows, concurrency, latency) for name in CLIENTS}
                reached = line(service, latency, concurrency, given.quick)
                found = in_turns([*cells.values()], given.rounds, service, given.tries)
                for name, cell in cells.items():
                    samples = found[cell]
                    beside = ratio(samples, found[cells["bare"]], lambda s: s.rate)
                    share = spread([cell.line / sample.wall for sample in samples])
                    most = max(sample.most for sample in samples)
                    if latency and most != concurrency:
                        table.notes.append(
                            f"{CLIENTS[name]} had {most} in flight, not {concurrency}."
                        )
                    table.rows.append(
                        {
                            "latency": latency,
                            "concurrency": concurrency,
                            "client": CLIENTS[name],
                            "rate": spread([sample.rate for sample in samples]),
                            "share": share if latency else None,
                            "wrk": reached and spread([s.rate / BATCH / reached for s in samples]),
                            "bare": beside,
                            "cost": spread([sample.cost for sample in samples]),
                            "most": most if latency else None,
                            "need": against(ceiling, samples),
                        }
                    )
                    if name == "cogml_pandas":
                        table.goals += goals(latency, concurrency, share.median, beside.median)
    publish(table, given, plots.line)


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

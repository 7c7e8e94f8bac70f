"""What a row costs when the processor is full: no latency, 64 in flight, one core for the client.

Run: python benchmarks/saturated.py [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import serving
from ceilings import against, ceilings
from cells import Cell, in_turns, ratio
from results import Column, Goal, Table, options, parsed, publish, spread

CONCURRENCY = 64
CLIENTS = {
    "bare": ("bare asyncio protocol (the floor)", 200_000),
    "aiohttp_loop": ("aiohttp, hand-written (the bar)", 200_000),
    "cogml_pandas": ("cogml on pandas", 200_000),
}
SAID = (
    f"The service answers at once, {CONCURRENCY} requests of ten texts are in flight, the client "
    "has one core. From a pandas column of text to a typed column beside it. Processor time is "
    "that of all the process's threads, user and system; medians, the least and the most in "
    "brackets."
)


def main(arguments: Sequence[str] | None = None) -> None:
    given = parsed(options(__doc__, rounds=5), arguments)
    share = 20 if given.quick else 1
    cells = {name: Cell(name, rows // share, CONCURRENCY) for name, (_, rows) in CLIENTS.items()}
    table = Table(
        "saturated",
        "Processor time a row, saturated",
        SAID,
        [
            Column("client", "client"),
            Column("cost", "processor µs a row", ".1f"),
            Column("rate", "rows/s", ",.0f"),
            Column("against", "cogml's µs ÷ its µs", ".2f"),
            Column("need", "of the service's ceiling", ".0%"),
        ],
        packages=("aiohttp", "httptools"),
        quick=given.quick,
    )
    with serving.quick() as service:
        ceiling = ceilings(service, given.quick, table)
        found = in_turns([*cells.values()], given.rounds, service, given.tries)
    ours = found[cells["cogml_pandas"]]
    ratios = {name: ratio(ours, found[cell], lambda s: s.cost) for name, cell in cells.items()}
    for name, cell in cells.items():
        table.rows.append(
            {
                "client": CLIENTS[name][0],
                "cost": spread([sample.cost for sample in found[cell]]),
                "rate": spread([sample.rate for sample in found[cell]]),
                "against": ratios[name],
                "need": against(ceiling, found[cell]),
            }
        )
    table.goals.append(
        Goal(
            "processor µs a row, ÷ an equally optimised aiohttp loop's",
            ratios["aiohttp_loop"].median,
            most=1.0,
        )
    )
    publish(table, given)


if __name__ == "__main__":
    main()

"""What a row costs when the processor is full: no latency, 64 in flight, one core for the client.

Run: python benchmarks/saturated.py [--rounds N] [--quick]
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import plots
import serving
from ceilings import against, ceilings
from cells import Cell, Turns, ratio
from results import Column, Goal, Table, options, parsed, publish, spread

CLIENTS = {
    "bare": ("bare asyncio protocol (the floor)", 200_000),
    "aiohttp_loop": ("aiohttp, hand-written (the bar)", 200_000),
    "cogml_pandas": ("cogml on pandas", 200_000),
    "azure_threads": ("Azure SDK, a thread a request in flight", 15_000),
}
THREADS = 16  # with which Azure's SDK was seen to be at its best
SAID = (
    "The service answers at once, {} requests of ten texts are in flight, the client "
    "has one core. From a pandas column of text to a typed column beside it. Processor time is "
    "that of all the process's threads, user and system; medians, the least and the most in "
    "brackets."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    given = parsed(options(__doc__, rounds=5), arguments)
    share, concurrency = (50, 8) if given.quick else (1, 64)
    titles = {
        Cell(name, rows // share, concurrency): title for name, (title, rows) in CLIENTS.items()
    }
    _, aiohttp, cogml, many = titles
    few = dataclasses.replace(many, concurrency=THREADS)
    titles[few] = f"Azure SDK, {THREADS} threads"
    table = Table(
        "saturated",
        "Processor time a row, saturated",
        SAID.format(concurrency),
        [
            Column("client", "client"),
            Column("cost", "processor µs a row", ".1f"),
            Column("rate", "rows/s", ",.0f"),
            Column("against", "cogml's µs ÷ its µs", ".2f"),
            Column("need", "of the service's ceiling"),
        ],
        packages=("aiohttp", "httptools", "azure-ai-textanalytics", "azure-core"),
        quick=given.quick,
    )
    with serving.quick(awake=True) as service:
        turns = Turns(service, given.tries)
        ceiling = ceilings(service, given.quick, table)
        found = turns.take([*titles], given.rounds)
    ratios = {cell: ratio(found[cogml], found[cell], lambda s: s.cost) for cell in titles}
    for cell, title in titles.items():
        table.rows.append(
            {
                "client": title,
                "cost": spread([sample.cost for sample in found[cell]]),
                "rate": spread([sample.rate for sample in found[cell]]),
                "against": ratios[cell],
                "need": against(ceiling, found[cell]),
            }
        )
    better = min(many, few, key=lambda cell: spread([s.cost for s in found[cell]]).median)
    what = "processor µs a row, ÷ an equally optimised aiohttp loop's"
    table.goals.append(Goal(what, ratios[aiohttp].median, most=1.0))
    what = f"processor µs a row, ÷ that of Azure's SDK with {better.concurrency} threads"
    table.goals.append(Goal(what, ratios[better].median, most=1 / 12, form=".3f"))
    turns.tell(table)
    return publish(table, given, plots.saturated)


if __name__ == "__main__":
    main()

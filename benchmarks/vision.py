"""Large requests and answers: pictures of two megabytes, a megabyte of objects about each.

Run: python benchmarks/vision.py [--rows N] [--concurrency N] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence

import pictures
import plots
import serving
from ceilings import MOST, against
from cells import Cell, Turns, ratio
from clients.aiohttp_pictures import PATH
from results import Column, Table, options, parsed, publish, spread

CLIENTS = {
    "aiohttp_pictures": "aiohttp, hand-written",
    "cogml_pictures": "cogml on pandas (AnalyzeImage)",
}
SAID = (
    "A request for each row: a picture of two megabytes, answered by a megabyte of JSON about "
    "13,000 objects, which become a typed column; one core for the client. Megabytes a second are "
    "of what is sent and received. Medians, and the least and the most in brackets."
)


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--concurrency", type=int, default=8)
    given = parsed(parser, arguments)
    if given.quick:
        given.rows, given.concurrency = 5, 2
    table = Table(
        "vision",
        "Pictures of 2 MB, answers of 1 MB",
        SAID,
        [
            Column("latency", "ms", "d"),
            Column("concurrency", "in flight", "d"),
            Column("client", "client"),
            Column("rate", "requests/s", ".1f"),
            Column("megabytes", "MB/s", ",.0f"),
            Column("cost", "processor ms a request", ".1f"),
            Column("against", "cogml's ms ÷ its", ".2f"),
            Column("above", "memory above the frame, MB", ",.0f"),
            Column("need", "of the service's ceiling"),
        ],
        packages=("aiohttp",),
        quick=given.quick,
    )
    with serving.quick() as service:
        turns = Turns(service, given.tries)
        seconds = 0.2 if given.quick else 5.0
        body = pictures.picture(0)
        ceiling, who = serving.ceiling(
            service.url, PATH, body, given.concurrency, seconds, service.core
        )
        table.notes.append(
            f"The service's ceiling on its core, asked by {who} over {given.concurrency} "
            f"connections: {ceiling:,.0f} requests/s. What needs more than {MOST:.0%} of it has an "
            "asterisk."
        )
        for latency in (0, 100):
            cells = [Cell(name, given.rows, given.concurrency, latency) for name in CLIENTS]
            found = turns.take(cells, given.rounds)
            for cell in cells:
                samples = found[cell]
                table.rows.append(
                    {
                        "latency": latency,
                        "concurrency": given.concurrency,
                        "client": CLIENTS[cell.client],
                        "rate": spread([s.rate for s in samples]),
                        "megabytes": spread([s.rate * 3 * 2**20 / 1e6 for s in samples]),
                        "cost": spread([s.cost / 1000 for s in samples]),
                        "against": ratio(found[cells[-1]], samples, lambda s: s.cost),
                        "above": spread([s.peak - s.before for s in samples]),
                        "need": against(ceiling, samples),
                    }
                )
    turns.tell(table)
    return publish(table, given, plots.vision)


if __name__ == "__main__":
    main()

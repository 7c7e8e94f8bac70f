"""Side by side: cogml and what people write or use instead, with the same texts to the same end.

Run: python benchmarks/peers.py [--latency MS] [--concurrency N ...] [--rounds N] [--quick]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plots
import serving
from ceilings import against, ceilings
from cells import Cell, Sample, Turns, ratio, rows_for
from results import Column, Goal, Spread, Table, options, parsed, publish, spread


class Peer(NamedTuple):
    """A client as people know it, and how many rows it gets at most."""

    title: str
    most: int


PEERS = {
    "bare": Peer("bare asyncio protocol", 10**6),
    "cogml_pandas": Peer("cogml on pandas", 10**6),
    "aiohttp_loop": Peer("aiohttp, hand-written, typed decode, streamed", 10**6),
    "requests_threads": Peer("requests in threads, typed decode", 40_000),
    "azure_aio": Peer("Azure SDK, aio client", 20_000),
    "azure_threads": Peer("Azure SDK, threads", 20_000),
    "httpx_gather": Peer("asyncio.gather over httpx, json, dicts", 8_000),
}
THREADS = 16  # with which Azure's SDK was seen to be at its best
SAID = (
    "The same texts, ten a request, so many requests in flight, retries switched on, one core for "
    "the client; out comes a typed column (Arrow struct, sentences and all) and an error column, "
    "row by row. Each client in a process of its own, in turns (A B C, C B A), connections open. "
    "The line is ceil(rows ÷ (10 · in flight)) · latency seconds. Who fills the processor gets "
    "fewer rows. Ratios are medians of the ratios within a round; the least and the most in "
    "brackets."
)
LEAST = {64: 6.0, 256: 15.0}  # times the rows/s of Azure's SDK with threads


def main(arguments: Sequence[str] | None = None) -> Table:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--latency", type=int, default=20)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    given = parsed(parser, arguments)
    if given.quick:
        given.concurrency = [8]
    table = Table(
        "peers",
        f"Side by side at {given.latency} ms",
        SAID,
        [
            Column("concurrency", "in flight", "d"),
            Column("client", "client"),
            Column("rows", "rows", ",d"),
            Column("rate", "rows/s", ",.0f"),
            Column("share", "of the line", ".1%"),
            Column("times", "cogml's rows/s ÷ its", ".2f"),
            Column("cost", "processor µs a row", ".1f"),
            Column("cheaper", "its µs ÷ cogml's", ".2f"),
            Column("need", "of the service's ceiling"),
        ],
        packages=("aiohttp", "requests", "azure-ai-textanalytics", "azure-core"),
        quick=given.quick,
    )
    with serving.quick(awake=True) as service:
        turns = Turns(service, given.tries)
        ceiling = ceilings(service, given.quick, table)
        cells = [
            _cell(name, concurrency, given.latency, given.quick)
            for concurrency in given.concurrency
            for name in PEERS
        ]
        few = _cell("azure_threads", THREADS, given.latency, given.quick)
        found = turns.take([few, *cells], given.rounds)
    for cell in [*cells[: len(PEERS)], few, *cells[len(PEERS) :]]:
        samples = found[cell]
        beside = {c.client: found[c] for c in cells if c.concurrency == cell.concurrency}
        ours = beside.get("cogml_pandas")
        table.rows.append(
            {
                "concurrency": cell.concurrency,
                "client": PEERS[cell.client].title,
                "rows": cell.rows,
                "rate": spread([sample.rate for sample in samples]),
                "share": spread([cell.line / sample.wall for sample in samples]),
                "times": ours and ratio(ours, samples, lambda s: s.rate),
                "cost": spread([sample.cost for sample in samples]),
                "cheaper": ours and ratio(samples, ours, lambda s: s.cost),
                "need": against(ceiling, samples),
            }
        )
    for concurrency, least in LEAST.items():
        here = {c.client: found[c] for c in cells if c.concurrency == concurrency}
        if here:
            times = over_threads(here["cogml_pandas"], here["azure_threads"], found[few])
            what = f"{concurrency} in flight: rows/s, ÷ the better of {THREADS} and {concurrency} "
            what += "threads with Azure's SDK"
            table.goals.append(Goal(what, times.median, least=least, form=".1f"))
    turns.tell(table)
    return publish(table, given, plots.peers)


def _cell(name: str, concurrency: int, latency: int, quick: bool) -> Cell:
    if quick:
        return Cell(name, rows_for(concurrency, latency, 2, 0, 10**6), concurrency, latency)
    most = PEERS[name].most
    return Cell(name, rows_for(concurrency, latency, 50, 2.5, most), concurrency, latency)


def over_threads(ours: Sequence[Sample], many: Sequence[Sample], few: Sequence[Sample]) -> Spread:
    """How many times the rows/s of the better number of threads, round by round."""
    return spread([a.rate / max(b.rate, c.rate) for a, b, c in zip(ours, many, few, strict=True)])


if __name__ == "__main__":
    main()

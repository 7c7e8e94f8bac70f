"""How much the quick service can answer, in the same run: what a client's speed is held against."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import texts
from cells import BATCH, Sample
from clients import job
from results import Table
from serving import Quick, ceiling, wrk

CONNECTIONS = 64
MOST = 0.5  # of the ceiling, that a client may need


def ceilings(service: Quick, quick: bool, table: Table) -> float:
    """Rows a second that the service answers at most; the table gets a note of it."""
    seconds = 0.2 if quick else 5.0
    body = job.body([texts.text(number) for number in range(BATCH)])
    asked = {"the same 3 kB": "/static", "computed answers": job.PATH}
    found = {}
    for what, path in asked.items():
        found[what], who = ceiling(service.url, path, body, CONNECTIONS, seconds, service.core)
    told = ", ".join(f"{rate:,.0f} requests/s of {what}" for what, rate in found.items())
    rows = found["computed answers"] * BATCH
    table.notes.append(
        f"The service's ceiling on its core, asked by {who} over {CONNECTIONS} connections: "
        f"{told}, so {rows:,.0f} rows/s. What needs more than {MOST:.0%} of it has an asterisk."
    )
    return rows


def wrks_line(service: Quick, latency: int, concurrency: int, quick: bool) -> float | None:
    """Requests a second that wrk reaches at a latency; None without a latency, or without wrk."""
    if not latency or shutil.which("wrk") is None:
        return None
    body = job.body([texts.text(number) for number in range(BATCH)])
    # Within the first second connections are made.
    seconds = 1.0 if quick else 3.0 if latency < 50 else 6.0
    return wrk(service.at(latency) + job.PATH, body, concurrency, seconds, service.core)


def against(rows: float, samples: Sequence[Sample]) -> str:
    """The share of a ceiling that a client came to, marked where that is too much."""
    share = sorted(sample.rate for sample in samples)[len(samples) // 2] / rows
    return f"{share:.0%}" + ("*" if share > MOST else "")

"""What a run did, in numbers."""

from __future__ import annotations

import dataclasses
import html
import time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cogml.counts import Counts, Quantiles


@dataclasses.dataclass(slots=True)
class RunReport:
    """Rows, requests, errors by code and seconds of one run in this process.

    Rows: `answered` have an output and no error, `skipped` had a null input, `errors` are the
    failed ones by code. `sent` counts the distinct rows that were asked for, `repeated` those that
    are equal to one of them and share its answer, `kept` those of the distinct ones whose answers
    were kept from earlier (see `cacheDir`).

    Requests: `requests` counts attempts, `retries` those after the first, `statuses` all by what
    came of them: an HTTP status or "no answer". `latency_p50` and `latency_p99` are the seconds
    (to 2.5 %) in which half, and 99 %, of the attempts that were answered had their answer;
    `throttled_seconds` those of the run in which some request waited because the service had said
    429. `bytes_sent` and `bytes_received` count bodies, received ones decompressed.

    `billed` is what was answered in the units of the service's price list, such as
    `{"text records": 120}`. What was kept, repeated, refused or failed counts nothing here; a
    service may charge for an answer that did not arrive or could not be read.
    """

    rows: int = 0
    sent: int = 0
    repeated: int = 0
    kept: int = 0
    skipped: int = 0
    errors: dict[str, int] = dataclasses.field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    statuses: dict[str, int] = dataclasses.field(default_factory=dict)
    throttled_seconds: float = 0.0
    bytes_sent: int = 0
    bytes_received: int = 0
    billed: dict[str, float] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    ended: bool = False
    first_error: str = dataclasses.field(default="", repr=False)
    _latencies: Quantiles = dataclasses.field(default_factory=Quantiles, repr=False)
    _started: float = dataclasses.field(default=0.0, repr=False)

    @property
    def failed(self) -> int:
        """Rows with an error."""
        return sum(self.errors.values())

    @property
    def answered(self) -> int:
        """Rows with a complete output."""
        return self.rows - self.failed - self.skipped

    @property
    def latency_p50(self) -> float | None:
        """Seconds in which half of the answered attempts had their answer; None without any."""
        return self._latencies.at(0.5)

    @property
    def latency_p99(self) -> float | None:
        """Seconds in which 99 % of the answered attempts had their answer; None without any."""
        return self._latencies.at(0.99)

    def start(self) -> None:
        """Forget an earlier run and start the clock."""
        fresh = RunReport()
        for field in dataclasses.fields(fresh):
            setattr(self, field.name, getattr(fresh, field.name))
        self._started = time.monotonic()

    def note(self, counts: Counts) -> None:
        """Take over what has been counted."""
        self.requests, self.retries = counts.requests, counts.retries
        self.statuses = {
            str(status or "no answer"): count for status, count in sorted(counts.statuses.items())
        }
        self.throttled_seconds = counts.throttled_seconds
        self.bytes_sent, self.bytes_received = counts.bytes_sent, counts.bytes_received
        self._latencies = counts.latencies

    def bill(self, unit: str, amount: float) -> None:
        """Add so many units; of what has no unit nothing is billed."""
        if unit and amount:
            self.billed[unit] = self.billed.get(unit, 0) + amount

    def count(self, error: pa.ChunkedArray, output: pa.ChunkedArray) -> None:
        """Add these rows."""
        self.rows += len(error)
        if error.null_count == len(error):
            self.skipped += output.null_count
        else:
            both = pc.and_(pc.is_null(error), pc.is_null(output))
            self.skipped += pc.sum(both).as_py() or 0
            found = error.drop_null()
            self.first_error = self.first_error or _shown(found[0].as_py())
            for group in pc.value_counts(pc.struct_field(found, "code")).to_pylist():
                code = group["values"]
                self.errors[code] = self.errors.get(code, 0) + group["counts"]

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.monotonic() - self._started
        self.ended = True

    def to_dict(self) -> dict[str, Any]:
        """The numbers by name, as JSON can hold them."""
        names = [f.name for f in dataclasses.fields(self) if f.repr and f.name != "ended"]
        made = {name: getattr(self, name) for name in ("rows", "answered", "failed")}
        made |= {name: getattr(self, name) for name in names}
        latencies = {"latency_p50": self.latency_p50, "latency_p99": self.latency_p99}
        return {n: dict(v) if isinstance(v, dict) else v for n, v in (made | latencies).items()}

    def __str__(self) -> str:
        half, most = self.latency_p50, self.latency_p99
        parts = [
            f"{self.rows:,} rows in {self.seconds:.1f} s: {self.answered:,} answered, "
            f"{self.failed:,} failed{_listed(self.errors)}, {self.skipped:,} skipped",
            f"{self.kept:,} kept from earlier" if self.kept else "",
            f"{self.requests:,} requests, {self.retries:,} of them retries",
            "" if half is None else f"answered in {half:.2g} s (half), {most:.2g} s (99 %)",
            f"throttled for {self.throttled_seconds:.1f} s" if self.throttled_seconds else "",
            f"billed: {_amounts(self.billed)}" if self.billed else "",
        ]
        return "; ".join(filter(None, parts))

    def _repr_html_(self) -> str:
        shown = {
            name: _amounts(value) if isinstance(value, dict) else _number(value)
            for name, value in self.to_dict().items()
            if value not in (0, None, {}) or name in ("rows", "answered", "failed")
        }
        cells = (
            f'<tr><td style="text-align:left">{html.escape(name)}</td>'
            f'<td style="text-align:right">{html.escape(value)}</td></tr>'
            for name, value in shown.items()
        )
        return f"<table>{''.join(cells)}</table>"


_OF_THE_ROW = frozenset({"rejected", "row_rejected", "bad_response", "job_failed"})


def _shown(error: dict[str, Any]) -> str:
    """An error for the log: where it is about the row, its message may quote what is in the row."""
    code, status = error["code"], (error["status"] or {}).get("statusCode")
    if code in _OF_THE_ROW:
        return f"{code} (HTTP {status})" if status else code
    return f"{code}: {error['message']}"


def _listed(counts: dict[str, int]) -> str:
    return (
        f" ({', '.join(f'{n:,} {name}' for name, n in sorted(counts.items()))})" if counts else ""
    )


def _amounts(amounts: dict[str, Any]) -> str:
    return ", ".join(f"{_number(amount)} {name}" for name, amount in sorted(amounts.items()))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"

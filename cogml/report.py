"""What a run did, in numbers."""

from __future__ import annotations

import dataclasses
import time

import pyarrow as pa
import pyarrow.compute as pc


@dataclasses.dataclass(slots=True)
class RunReport:
    """Rows, requests, errors by code and seconds of one run in this process.

    `answered` rows have an output and no error; `skipped` rows had a null input. `sent` counts the
    distinct rows that were asked for, `kept` those of them whose answers were kept from earlier
    (see `cacheDir`); `requests` counts attempts, `retries` those after the first.
    """

    rows: int = 0
    sent: int = 0
    kept: int = 0
    skipped: int = 0
    errors: dict[str, int] = dataclasses.field(default_factory=dict)
    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    ended: bool = False
    _started: float = dataclasses.field(default_factory=time.monotonic, repr=False)

    @property
    def failed(self) -> int:
        """Rows with an error."""
        return sum(self.errors.values())

    @property
    def answered(self) -> int:
        """Rows with a complete output."""
        return self.rows - self.failed - self.skipped

    def start(self) -> None:
        """Forget an earlier run and start the clock."""
        self.rows = self.sent = self.kept = self.skipped = self.requests = self.retries = 0
        self.errors = {}
        self.ended = False
        self._started = time.monotonic()

    def count(self, error: pa.ChunkedArray, output: pa.ChunkedArray) -> None:
        """Add these rows."""
        self.rows += len(error)
        both = pc.and_(pc.is_null(error), pc.is_null(output))
        self.skipped += pc.sum(both).as_py() or 0
        if error.null_count < len(error):
            for found in pc.value_counts(pc.struct_field(error.drop_null(), "code")).to_pylist():
                code = found["values"]
                self.errors[code] = self.errors.get(code, 0) + found["counts"]

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.monotonic() - self._started
        self.ended = True

    def __str__(self) -> str:
        codes = ", ".join(f"{n:,} {code}" for code, n in sorted(self.errors.items()))
        return (
            f"{self.rows:,} rows in {self.seconds:.1f} s: {self.answered:,} answered, "
            f"{self.failed:,} failed{f' ({codes})' if codes else ''}, {self.skipped:,} skipped; "
            f"{f'{self.kept:,} kept from earlier; ' if self.kept else ''}"
            f"{self.requests:,} requests, {self.retries:,} of them retries"
        )

"""A run as people follow it: its report, its bar, and its lines in the log.

The logger is "cogml". A run says at INFO that it begins and what came of it, with the report's
numbers as fields of the record (`stage`, `uid`, `rows`, `errors`, `requests`, `seconds` ...), each
attempt at DEBUG method, host, status, seconds and the service's name for it. At WARNING, which
Python shows on stderr where no logging is set up, stands what cannot wait for the report: that the
service has held the run up for long, that a host is given up, that every row failed. No record has
anything of a row, a key, a body or an address beyond its host.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cogml.counts import Counts
from cogml.report import RunReport

_LOG = logging.getLogger("cogml")
_LONG = 10.0  # seconds of being throttled that are worth a line

Progress = Callable[[int, int, Counts], None]
"""Is told how many rows are done, of how many, and what has been counted so far."""


class Watch:
    """A context around a run, which is called with what has been counted so far.

    `rows` is how many there are to ask for; None where nobody knows, as in a stream.
    """

    def __init__(
        self,
        stage: str,
        uid: str,
        report: RunReport,
        rows: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._stage = stage
        self._uid = uid
        self._report = report
        self._rows = rows
        self._progress = progress
        self._counts = Counts()
        self._held_up = False

    def __enter__(self) -> Self:
        self._report.start()
        self._say(logging.INFO, "the run begins", rows=self._rows)
        return self

    def __call__(self, counts: Counts) -> None:
        """Take notice of what has been counted."""
        self._counts = counts
        if not self._held_up and (seconds := counts.throttled_seconds) > _LONG:
            self._held_up = True
            text = f"throttled for {seconds:.0f} s so far: the service takes fewer requests"
            self._say(logging.WARNING, text, throttled_seconds=seconds)
        self._show(counts.rows)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        report = self._report
        report.note(self._counts)
        if kind is not None:
            self._say(logging.INFO, f"the run is broken off ({kind.__name__})", rows=report.rows)
            return
        self._show(self._rows or 0)  # those for which nothing had to be sent, too
        report.end()
        if _LOG.isEnabledFor(logging.INFO):
            self._say(logging.INFO, str(report), **report.to_dict())
        if report.failed and not report.answered:
            text = f"every row failed, {report.failed:,} of them; the first: {report.first_error}"
            self._say(logging.WARNING, text, errors=dict(report.errors))

    def _show(self, rows: int) -> None:
        if self._progress is not None and self._rows is not None:
            self._progress(rows, self._rows, self._counts)

    def _say(self, level: int, text: str, **fields: object) -> None:
        told = {"stage": self._stage, "uid": self._uid, **fields}
        _LOG.log(level, "%s: %s", self._stage, text, extra=told)

"""A bar for runs of more than a second, where somebody can see it: a terminal or a notebook."""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import Any, Self

from cogml.counts import Counts


class Progress:
    """A context that is called with rows done, rows in all and what else has been counted.

    Beside rows and rate (tqdm's own) stand the rows that failed, requests in flight and the seconds
    in which requests waited because of a 429. `shown` overrides the guess whether anybody sees it.
    """

    def __init__(self, title: str, shown: bool | None = None) -> None:
        self._title = title
        self._shown = _is_watched() if shown is None else shown
        self._bar: Any = None
        self._told: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int, counts: Counts) -> None:
        """Show that so many rows are done."""
        if not self._shown:
            return
        if self._bar is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # tqdm warns where a notebook has no ipywidgets
                from tqdm.auto import tqdm
            self._bar = tqdm(total=total, desc=self._title, unit="row", delay=1)
        told = _told(counts)
        held_up = "throttled" in told and told != self._told
        self._told = told
        # Where lines cannot be overwritten each update is one more.
        if done != self._bar.n:
            self._bar.set_postfix(told, refresh=False)
            self._bar.update(done - self._bar.n)
        elif held_up:
            self._bar.set_postfix(told)


def _told(counts: Counts) -> dict[str, str]:
    seconds = counts.throttled_seconds
    numbers = {
        "failed": f"{counts.errors:,}" if counts.errors else "",
        "in flight": str(counts.in_flight) if counts.in_flight else "",
        "throttled": f"{seconds:.0f} s" if seconds >= 0.5 else "",
    }
    return {name: shown for name, shown in numbers.items() if shown}


def _is_watched() -> bool:
    shell = sys.modules.get("IPython")  # there with pyspark as well, in no notebook
    if shell is not None and hasattr(shell.get_ipython(), "kernel"):
        return True
    return sys.stderr is not None and sys.stderr.isatty()

"""A bar for runs of more than a second, where somebody can see it: a terminal or a notebook."""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import Self


class Progress:
    """A context that is called with rows done and rows in all; `shown` overrides the guess."""

    def __init__(self, title: str, shown: bool | None = None) -> None:
        self._title = title
        self._shown = _is_watched() if shown is None else shown
        self._bar = None

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

    def __call__(self, done: int, total: int) -> None:
        """Show that so many rows are done."""
        if not self._shown:
            return
        if self._bar is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # tqdm warns where a notebook has no ipywidgets
                from tqdm.auto import tqdm
            self._bar = tqdm(total=total, desc=self._title, unit="row", delay=1)
        assert self._bar is not None
        if done != self._bar.n:  # where lines cannot be overwritten each update is one more
            self._bar.update(done - self._bar.n)


def _is_watched() -> bool:
    shell = sys.modules.get("IPython")  # there with pyspark as well, in no notebook
    if shell is not None and hasattr(shell.get_ipython(), "kernel"):
        return True
    return sys.stderr is not None and sys.stderr.isatty()

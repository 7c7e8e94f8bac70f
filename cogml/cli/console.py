"""What a command says: tables on stdout, sentences on stderr, a hint for a missing package."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cogml.errors import MissingPackage


def say(sentence: object) -> None:
    """Print to stderr."""
    print(sentence, file=sys.stderr, flush=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout; where it is no terminal, as wide as it needs to be."""
    table = Table(
        *(Column(c, overflow="fold") for c in columns),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for row in rows:
        table.add_row(*map(Text, row))  # as Text, because a cell's brackets are no markup
    # rich itself leaves out colours only, and still sends the codes for bold.
    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(file=sys.stdout, color_system=None if plain else "auto")
    if not console.is_terminal:
        unbounded = console.options.update(max_width=10_000)
        console.width = max(1, console.measure(table, options=unbounded).maximum)
    console.print(table)


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Show each warning once, as a sentence, without the line of code it came from."""
    seen: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in seen:
            seen.add(str(message))
            say(f"warning: {message}")

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Keep the log of a run off stderr, where the command itself says what came of it."""
    log, nowhere = logging.getLogger("cogml"), logging.NullHandler()
    log.addHandler(nowhere)
    try:
        yield
    finally:
        log.removeHandler(nowhere)


def needed(package: str, extra: str) -> Any:
    """The package; raises MissingPackage with the extra that brings it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"{error.name} is not installed: pip install 'cogml[{extra}]'"
        ) from error

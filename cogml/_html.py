"""A stage as a notebook shows it: what is set on it, what else there is, and no secret."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cogml.param import Column

if TYPE_CHECKING:
    from cogml.params import Params

_LEFT = "text-align:left;vertical-align:top"
_LONGEST = 200  # characters of a value
_Row = tuple[str, str, str]


def table(stage: Params) -> str:
    """The stage's parameters as HTML: those that are set, the others folded away."""
    chosen = [_row(stage, name) for name in sorted(stage.declared) if stage.isSet(name)]
    others = [_row(stage, name) for name in sorted(stage.declared) if not stage.isSet(name)]
    return (
        f"<b>{html.escape(type(stage).__name__)}</b> <small>{html.escape(stage.uid)}</small>"
        f"{_table(chosen)}"
        f"<details><summary>{len(others)} parameters not set</summary>{_table(others)}</details>"
    )


def _row(stage: Params, name: str) -> _Row:
    """A parameter's name as its keyword, its value and its meaning."""
    param, value = stage.declared[name], stage.getOrDefault(name)
    if isinstance(value, Column):
        return f"{name}Col", repr(value.name), param.doc
    shown = "" if value is None else param.shown(value)
    return name, f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown, param.doc


def _table(rows: Iterable[_Row]) -> str:
    lines = (
        "<tr>" + "".join(f'<td style="{_LEFT}">{html.escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table>{''.join(lines)}</table>"

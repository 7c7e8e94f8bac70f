"""A figure belongs to nobody but its caller: no pyplot, no global state, nothing shown twice."""

from __future__ import annotations

import functools
import textwrap
from typing import TYPE_CHECKING, Any

from cogml.errors import MissingPackage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people who see red and green alike can tell apart.
BLUE, ORANGE, GREEN, RED, VIOLET = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
BLACK, GREY, PALE = "#222222", "#767676", "#DDDDDD"
WIDTH = 9.0  # inches: what a notebook shows without making it smaller


def figure(rows: int = 1, columns: int = 1, *, height: float, **further: Any) -> tuple[Figure, Any]:
    """A figure and its axes in a grid; `height` in inches."""
    made = _figure_class()(figsize=(WIDTH, height), facecolor="white")
    made.set_layout_engine("constrained", w_pad=0.08, h_pad=0.08)
    return made, made.subplots(rows, columns, squeeze=False, **further)


def bare(axes: Axes) -> None:
    """Leave out the lines that carry no data."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def shortened(text: Any, width: int, lines: int = 1) -> str:
    """The text in so many lines of so many characters, with `…` for what is left out."""
    folded = textwrap.wrap(" ".join(str(text).split()), width)
    if len(folded) > lines:
        folded = [*folded[: lines - 1], folded[lines - 1][: width - 1] + "…"]
    # A dollar sign would begin a formula.
    return "\n".join(folded).replace("$", r"\$")


def failures(errors: list[Any]) -> str:
    """How many rows failed and why, for a title; empty for none."""
    codes = [code_of(error) for error in errors if error is not None]
    counts = ", ".join(f"{codes.count(code):,} {code}" for code in sorted(set(codes)))
    return f"{len(codes):,} with an error ({counts})" if codes else ""


def code_of(error: Any) -> str:
    """The error's code, as the error column has it."""
    return str(error.get("code") or "error") if isinstance(error, dict) else "error"


@functools.cache
def _figure_class() -> type[Figure]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackage(
            f"cogml.display needs {error.name}: pip install 'cogml[display]'"
        ) from None

    class Chart(Figure):
        """A figure that a notebook shows without a backend being set."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            FigureCanvasAgg(self)

        def _repr_png_(self) -> bytes:
            import io

            content = io.BytesIO()
            self.savefig(content, format="png", dpi=self.dpi)
            return content.getvalue()

    return Chart

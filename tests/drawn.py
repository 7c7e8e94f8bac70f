"""What the tests of figures share: frames of every kind, an error, the words in a figure."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl

from cogml.display import _canvas

FRAMES = {
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "polars-lazy": lambda table: pl.from_arrow(table).lazy(),
    "arrow": lambda table: table,
    "arrow-reader": lambda table: table.to_reader(),
    "arrow-batch": lambda table: table.combine_chunks().to_batches()[0],
}
THROTTLED = {
    **{"response": None, "status": None, "code": "throttled", "message": "m", "attempts": 6},
    "operation": None,
}


def words(figure: Any) -> str:
    """All that is written in a figure, after it has been drawn."""
    from matplotlib.text import Text

    assert figure.get_figwidth() == _canvas.WIDTH
    figure.canvas.draw()
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_text())

"""Medians and quantiles of finite numbers, to the bit those of numpy.

numpy's own look for a NaN, and for which of a dozen definitions is meant: of a short series that
takes longer than to rank its values. And they copy all of what they rank: windows around each of a
million points are taken a block at a time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 1 << 16  # numbers, so that a copy of them stays near the processor


def median(values: Floats) -> Any:
    """Return the median along the last axis: a number, or an array of one axis less."""
    if values.ndim == 1:
        return _median(values)
    rows = max(1, _BLOCK // values[0].size)
    return np.concatenate(
        [_median(values[start : start + rows]) for start in range(0, len(values), rows)]
    )


def quantiles(values: Floats, parts: Sequence[float]) -> list[float]:
    """Return the values that these parts of all are below, interpolated between two."""
    places = [part * (len(values) - 1) for part in parts]
    below = [int(place) for place in places]
    above = [min(place + 1, len(values) - 1) for place in below]
    ranked = np.partition(values, sorted({*below, *above}))
    found = []
    for place, low, high in zip(places, below, above, strict=True):
        share, gap = place - low, ranked[high] - ranked[low]
        by_lower, by_higher = ranked[low] + gap * share, ranked[high] - gap * (1 - share)
        found.append(float(by_higher if share >= 0.5 else by_lower))
    return found


def _median(values: Floats) -> Any:
    half = values.shape[-1] // 2
    if values.shape[-1] % 2:
        return np.partition(values, half, axis=-1)[..., half]
    ranked = np.partition(values, (half - 1, half), axis=-1)
    return (ranked[..., half - 1] + ranked[..., half]) / 2

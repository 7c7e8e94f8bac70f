"""A series changes where the levels before and after a point differ more than noise can explain.

The levels are those of a window on either side, the statistic and its critical value those of the
moving sum test: Eichinger and Kirch, "A MOSUM procedure for the estimation of multiple random
change points", Bernoulli 2018. Medians take the place of means, so that an outlier is no change;
the point between the two levels is where the absolute deviations from them are least (Bai, "Least
Absolute Deviation Estimation of a Shift", Econometric Theory 1995). What recurs with the period,
and a steady slope, is taken out before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cogml_mocks.engines import seasonality
from cogml_mocks.engines.ranks import median, quantiles

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIGNIFICANT = 0.95
_LEAST_WINDOW = 3
_MOST_WINDOW = 288
_NORMAL = 1.4826
_MEDIAN_VARIANCE = np.pi / 2


@dataclass(frozen=True, slots=True)
class Changes:
    """What was found, one element a point; confidence is between 0 and 1."""

    period: int
    flags: Flags
    confidence: Floats


def detect(
    values: Floats, period: int | None = None, *, window: int | None = None, threshold: float = 0.9
) -> Changes:
    """Find the first points of new levels that last for ``window`` points (288 at most).

    A step smaller than ``1 - threshold`` of the range of the series is none.
    """
    n = len(values)
    scaled = np.ldexp(values, -int(np.frexp(np.abs(values).max())[1]))
    if period is None:
        period = seasonality.find_period(scaled)
    if period < 2 or n < 2 * period:
        period = 0
    level = scaled
    if period:
        level = scaled - seasonality.pattern(scaled - seasonality.trend(scaled, period), period)
    if window is None:
        window = period or round(1.5 * np.sqrt(n))
    window = max(_LEAST_WINDOW, min(window, n // 3, _MOST_WINDOW))
    medians = median(sliding_window_view(level, window))
    before, after = medians[:-window], medians[window:]
    # On a slope any two windows differ by as much.
    step = np.abs(after - before - median(after - before))
    peaks = _peaks(step, window)
    chance = _confidence(step[peaks] / _noise(level, window), n, window)
    low, high = quantiles(level, (0.01, 0.99))
    large = step[peaks] > (1 - threshold) * (high - low)
    places = peaks.copy()
    for i, start in enumerate(peaks):
        places[i] += _split(level[start : start + 2 * window], before[start], after[start])
    confidence, flags = np.zeros(n), np.zeros(n, dtype=bool)
    np.maximum.at(confidence, places, chance)
    np.logical_or.at(flags, places, large & (chance > SIGNIFICANT))
    return Changes(period, flags, confidence)


def _split(values: Floats, before: float, after: float) -> int:
    """Return the first point that is of the level after."""
    sooner = np.cumsum(np.abs(values - before) - np.abs(values - after))
    return int(sooner[:-1].argmin()) + 1


def _peaks(step: Floats, window: int) -> NDArray[np.int64]:
    """Return the points whose step is the largest within half a window, the first of equals."""
    half = max(1, window // 2)
    around = sliding_window_view(np.pad(step, half), 2 * half + 1)
    found = (around.argmax(axis=-1) == half) & (step > 0)
    return np.flatnonzero(found)


def _noise(level: Floats, window: int) -> float:
    """Return the standard deviation of the difference of two medians of one level."""
    around = level - seasonality.running_median(level, window)
    jumps = np.diff(level) / np.sqrt(2)
    sigma = _NORMAL * max(median(np.abs(around)), median(np.abs(jumps)))
    sigma = max(float(sigma), 1e-9 * float(np.abs(level).max()), float(np.finfo(float).tiny))
    return sigma * float(np.sqrt(2 * _MEDIAN_VARIANCE / window))


def _confidence(statistic: Floats, n: int, window: int) -> Floats:
    """Return the chance that noise stays below a statistic in the whole series."""
    ratio = np.log(n / window)
    scale = np.sqrt(2 * ratio)
    shift = 2 * ratio + np.log(ratio) / 2 + np.log(3 / 2) - np.log(np.pi) / 2
    exceed = 2 * np.exp(np.clip(shift - scale * statistic, -700, 50))
    chance: Floats = np.exp(-exceed)
    return chance

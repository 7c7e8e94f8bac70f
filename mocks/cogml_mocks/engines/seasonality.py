"""A value is expected to be the trend at its time and what its place in the period adds to it.

Both are medians, so that an outlier does not move what is expected beside it. The period is a
peak of the autocorrelation that the medians of its phases confirm (Vlachos et al., "On Periodicity
Detection and Structural Periodic Similarity", SDM 2005, take a hint and test it in the same way).
The decomposition is additive, as in Cleveland et al., "STL", Journal of Official Statistics 1990,
with running medians in the place of loess. The line under a series without a period is Tukey's
resistant line (Exploratory Data Analysis, 1977).
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cogml_mocks.engines.ranks import median, quantiles

Floats = NDArray[np.float64]

TREND_WINDOW = 25
LEAST_PERIOD = 2
_CYCLES = 15
_LEAST_CORRELATION = 0.2
_AS_GOOD = 0.9
_EXPLAINED = 0.9
_MOST_HINTS = 8
_CLIPPED = (0.025, 0.975)


def find_period(values: Floats) -> int:
    """Return the length of the pattern that recurs, in points; 0 where there is none."""
    n = len(values)
    longest = n // 3
    level = values - resistant_line(values)
    low, high = quantiles(level, _CLIPPED)
    correlation = _autocorrelation(np.clip(level, low, high))[: longest + 2]
    if len(correlation) < LEAST_PERIOD + 2:
        return 0
    inner = correlation[1:-1]
    peak = (inner >= correlation[:-2]) & (inner > correlation[2:])
    dip = np.minimum.accumulate(correlation)[1:-1]
    # What the largest of so many correlations of noise stays below.
    least = max(_LEAST_CORRELATION, np.sqrt(2 * np.log(n) / (n - longest)))
    hints = np.flatnonzero(peak & (inner > least) & (inner - dip > least)) + 1
    hints = hints[hints >= LEAST_PERIOD]
    # Rounded, so that of a period and its multiples, as good, the shortest come first.
    if not len(hints):
        return 0
    ranked = hints[np.argsort(-correlation[hints].round(6), kind="stable")]
    # Of many multiples any may be the best by chance: the first that is as good is looked at too.
    first = hints[correlation[hints] >= _as_good(float(correlation[ranked[0]]), n)][:1]
    distinct: list[int] = []
    for most, some in ((_MOST_HINTS, ranked), (_MOST_HINTS + 1, first)):
        for hint in some.tolist():
            if len(distinct) < most and all(abs(hint - d) > d // 8 for d in distinct):
                distinct.append(hint)
    distinct.sort(key=lambda hint: -correlation[hint])
    best = next((hint for hint in distinct if _explains(values, hint)), 0)
    if not best:
        return 0
    least = _as_good(float(correlation[best]), n)
    good = next(
        hint
        for hint in sorted(distinct)
        if correlation[hint] >= least and (hint == best or _explains(values, hint))
    )
    # A peak of noisy data may be off by a point or two; its multiples show it.
    near = good // 50 + 1
    around = range(max(LEAST_PERIOD, good - near), min(longest, good + near) + 1)
    return max(around, key=lambda period: float(correlation[period::period].mean().round(6)))


def expect(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Return what each value is expected to be: by the whole series, and by the points nearby.

    ``period`` is 0 for a series without one.
    """
    if period < 2 or len(values) < 2 * period:
        line = resistant_line(values)
        return line, line + running_median(values - line, TREND_WINDOW)
    level = trend(values, period)
    season = pattern(values - level, period)
    return resistant_line(values - season) + season, level + season


def pattern(detrended: Floats, period: int) -> Floats:
    """Return the seasonal part: of each phase, the median over the cycles around."""
    cycles = fold(detrended, period)
    count = len(cycles)
    if count <= _CYCLES:
        figure = median(cycles.T)
        return np.tile(figure, count)[: len(detrended)]
    half = _CYCLES // 2
    windows = sliding_window_view(cycles, _CYCLES, axis=0)
    medians: Floats = median(windows)
    centre = np.clip(np.arange(count) - half, 0, len(medians) - 1)
    return medians[centre].reshape(-1)[: len(detrended)]


def fold(values: Floats, period: int) -> Floats:
    """Return a row per cycle, of two at least; the last is filled up from the one before."""
    missing = -len(values) % period
    start = len(values) - period
    return np.concatenate((values, values[start : start + missing])).reshape(-1, period)


def running_median(values: Floats, window: int) -> Floats:
    """Return the median of the window around each point; it is mirrored at the ends."""
    half = min(window, len(values) // 2) // 2
    padded = np.pad(values, half, mode="reflect")
    medians: Floats = median(sliding_window_view(padded, 2 * half + 1))
    return medians


def resistant_line(values: Floats) -> Floats:
    """Return the line through the medians of the first and the last third."""
    n = len(values)
    third = n // 3
    first, last = median(values[:third]), median(values[n - third :])
    slope = (last - first) / (n - third)
    line: Floats = slope * (np.arange(n) - (n - 1) / 2)
    line += median(values - line)
    return line


def trend(values: Floats, period: int) -> Floats:
    """Return the medians of stretches one period long, joined by lines."""
    n = len(values)
    count = n // period
    starts = np.linspace(0, n - period, count).astype(int)
    medians = median(sliding_window_view(values, period)[starts])
    if count >= 3:
        medians[1:-1] = median(sliding_window_view(medians, 3))
    middles = starts + (period - 1) / 2
    slopes = np.diff(medians) / np.diff(middles)
    # Half a stretch at each end is beyond the outermost medians.
    before = middles[0] * median(slopes[:3])
    after = (n - 1 - middles[-1]) * median(slopes[-3:])
    middles = np.concatenate(([0], middles, [n - 1]))
    medians = np.concatenate(([medians[0] - before], medians, [medians[-1] + after]))
    joined: Floats = np.interp(np.arange(n), middles, medians)
    return joined


def _explains(values: Floats, period: int) -> bool:
    """Decide whether a period leaves less unexplained than the cycles' medians would by chance."""
    detrended = values - trend(values, period)
    cycles = len(values) / period
    figure = np.tile(median(fold(detrended, period).T), int(cycles) + 1)
    # Clipped, not ranked: a short beat in a long rest is what there is to explain.
    low, high = quantiles(detrended, _CLIPPED)
    clipped = np.clip(detrended, low, high)
    left = np.abs(clipped - figure[: len(values)]).mean()
    whole = np.abs(clipped - median(clipped)).mean()
    by_chance = np.sqrt(max(0.0, 1 - 1.57 / cycles))
    return bool(left < _EXPLAINED * by_chance * whole)


def _as_good(best: float, n: int) -> float:
    """Return the correlation that is as good as the best one, but for chance."""
    return min(_AS_GOOD * best, best - 2 / math.sqrt(n))


def _quick_length(least: int) -> int:
    """Return the first length from ``least`` on without a prime factor over 5: to transform one
    with a large factor takes many times as long."""
    found = 1 << (least - 1).bit_length()
    fives = 1
    while fives < found:
        odd = fives
        while odd < found:
            found = min(found, odd << max(0, -(-least // odd) - 1).bit_length())
            odd *= 3
        fives *= 5
    return found


def _autocorrelation(values: Floats) -> Floats:
    n = len(values)
    spectrum = np.fft.rfft(values - values.mean(), _quick_length(2 * n))
    products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:n]
    if products[0] <= 0:
        return np.zeros(n)
    unbiased: Floats = products / products[0] * (n / np.arange(n, 0, -1))
    return unbiased

"""A point is anomalous when it lies outside the band around what is expected of it.

The band is as wide as the tail of the series' own deviations: a width that chance alone would
pass once in ten such series, so it adapts to noise that is not normal. Where the spectral residual
(`spectral_residual`) says that a point stands out, the band is narrower. The tail is taken to be
exponential beyond a quantile, after Siffer et al., "Anomaly Detection in Streams with Extreme
Value Theory", KDD 2017; its rate comes from two quantiles, which one anomaly in ten cannot move.

Where many separate bursts pass the band all the same, they belong to the series: their peaks are
then the tail (Davison and Smith, "Models for Exceedances over High Thresholds", Journal of the
Royal Statistical Society B 1990), and only what stands out among them is anomalous.

No band is narrower than the bound of Iglewicz and Hoaglin ("How to Detect and Handle Outliers",
1993), which is wider here the fewer points there are, or than ``100 - sensitivity`` percent of
what is expected (of the range of the series, where that is more).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cogml_mocks.engines import seasonality, spectral_residual

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BOUND = 3.5
_ENOUGH_FOR_A_TAIL = 30
_TAIL = (0.3, 0.1)
_PASSED = 0.1
_PASSED_SALIENT = 3.0
_BURSTS = 10
_BURSTS_LEFT = 5.0
_SCALE_WINDOW = 101
_MOST_NEAR = 12
_LEAST_SCALE = 0.5
_NORMAL = 1.4826
_ROUNDING = 1e-15
_ROOM = 1.01


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found; one element a point, margins not negative, everything finite."""

    period: int
    expected: Floats
    upper: Floats
    lower: Floats
    positive: Flags
    negative: Flags
    severity: Floats


def detect(
    values: Floats, period: int | None = None, *, sensitivity: int = 99, max_ratio: float = 0.25
) -> Detection:
    """Judge every point by the whole series; at most ``max_ratio`` of the points are anomalous.

    ``period`` is in points, None to find it, 0 for none. Any finite values will do.
    """
    # In units of the largest value, sums and squares stay finite; a power of two loses nothing.
    exponent = int(np.frexp(np.abs(values).max())[1])
    scaled = np.ldexp(values, -exponent)
    if period is None:
        period = seasonality.find_period(scaled)
    if period < 2 or len(values) < 2 * period:
        period = 0
    expected = seasonality.expect(scaled, period)
    deviation = scaled - expected
    unit = _scale(deviation, period)
    tolerance = (100 - sensitivity) / 100 * np.maximum(np.abs(expected), _spread(scaled))
    size = np.abs(deviation)
    upper = np.maximum(unit * _bounds(size / unit, _salient(deviation)), tolerance)
    upper *= _recurrence(size / np.maximum(upper, _ROUNDING))
    lower = upper.copy()
    excess = np.maximum(deviation - upper, -deviation - lower) / unit
    outside = np.flatnonzero(excess > 0)
    most = int(max_ratio * len(values))
    if len(outside) > most:
        # The least of them become ordinary: their band is widened over them.
        spared = outside[np.argsort(-excess[outside], kind="stable")][most:]
        upper[spared] = np.maximum(upper, _ROOM * deviation)[spared]
        lower[spared] = np.maximum(lower, -_ROOM * deviation)[spared]
    positive, negative = deviation > upper, -deviation > lower
    severity = np.minimum(size / np.maximum(np.abs(expected), np.finfo(float).tiny), 1)
    return Detection(
        period,
        _restore(expected, exponent),
        _restore(upper, exponent),
        _restore(lower, exponent),
        positive,
        negative,
        np.where(positive | negative, severity, 0.0),
    )


def _salient(deviation: Floats) -> Flags:
    found = spectral_residual.scores(deviation) > spectral_residual.SALIENT
    # A step is as salient on one side as on the other.
    beside = found.copy()
    beside[1:] |= found[:-1]
    beside[:-1] |= found[1:]
    return beside


def _bounds(size: Floats, salient: Flags) -> Floats:
    """Return how many units a deviation may have before it is anomalous."""
    n = len(size)
    least = _BOUND * (1 + 10 / n)
    if n < _ENOUGH_FOR_A_TAIL:
        return np.full(n, least)
    near, far = np.quantile(size, [1 - part for part in _TAIL])
    rate = (far - near) / np.log(_TAIL[0] / _TAIL[1])
    narrow, wide = (
        max(least, far + rate * np.log(_TAIL[1] * n / passed))
        for passed in (_PASSED_SALIENT, _PASSED)
    )
    bounds: Floats = np.where(salient, narrow, wide)
    return bounds


def _recurrence(ratio: Floats) -> float:
    """Return by how much to widen a band that too many bursts leave to be exceptions.

    ``ratio`` is each deviation as a part of its band; a burst is a run of points outside.
    """
    outside = np.flatnonzero(ratio > 1)
    if len(outside) < _BURSTS:
        return 1.0
    starts = np.flatnonzero(np.diff(outside, prepend=-2) > 1)
    if len(starts) < _BURSTS:
        return 1.0
    peaks = np.maximum.reduceat(ratio[outside], starts)
    return float(1 + (peaks - 1).mean() * np.log(len(peaks) / _BURSTS_LEFT))


def _scale(deviation: Floats, period: int) -> Floats:
    """Return the ordinary size of a deviation at each point: of its phase, or around it."""
    size = np.abs(deviation)
    overall = _NORMAL * np.median(size)
    if overall <= 0:
        # More than half of the points are as expected: the mean absolute deviation then.
        overall = 1.2533 * size.mean()
    overall = max(float(overall), _ROUNDING)
    if period:
        cycles = seasonality.fold(size, period)
        near = min(max(1, period // 24), _MOST_NEAR)
        phases = np.concatenate([np.roll(cycles, k, axis=1) for k in range(-near, near + 1)])
        local = np.tile(np.median(phases, axis=0), len(cycles))[: len(size)]
        # The fewer cycles, the nearer their medians are to each of them.
        few = np.sqrt(len(cycles) / max(1, len(cycles) - 2))
        overall, local = few * overall, few * local
    else:
        local = seasonality.running_median(size, _SCALE_WINDOW)
    unit: Floats = np.maximum(_NORMAL * local, _LEAST_SCALE * overall)
    return unit


def _spread(values: Floats) -> float:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low)


def _restore(scaled: Floats, exponent: int) -> Floats:
    largest = np.finfo(float).max
    with np.errstate(over="ignore"):
        return np.clip(np.ldexp(scaled, exponent), -largest, largest)

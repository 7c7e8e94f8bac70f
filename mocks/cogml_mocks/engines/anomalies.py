"""A point is anomalous when it lies outside the band around what is expected of it.

There are two bands, and what is ordinary lies in both. One is around the level of the whole series
(with its season), and every point is held to it. The other is around the level nearby, and only
points that stand out in the spectral residual (`spectral_residual`) are held to it: what else
leaves the level nearby is the noise of a series that moves about.

A band is as wide, on each side, as the series' own tail: a height that one in twenty stretches
would pass by chance, the usual level of a test. A stretch is a hundredth of the series, and at
least as long as what counts as nearby. The tail is that of the highest points of hundredths, so
that bursts which recur belong to the series (block maxima: Coles, "An Introduction to Statistical
Modeling of Extreme Values", 2001). It is taken to be exponential, after Siffer et al., "Anomaly
Detection in Streams with Extreme Value Theory", KDD 2017, through its median and its highest tenth,
which a few anomalies cannot move.

No band is narrower than noise alone needs that is to pass it once in ten such series, than the
bound of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", 1993), which is wider here the
fewer points there are, or than ``100 - sensitivity`` percent of what is expected (of the range of
the series, where that is more).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cogml_mocks.engines import seasonality, spectral_residual
from cogml_mocks.engines.ranks import median, quantiles

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

_BOUND = 3.5
_NOISE_PASSES = 0.1  # in how many series of noise
_ENOUGH_FOR_A_TAIL = 30
_HUNDREDTHS = 100
_PASSED = 0.05  # of the stretches
_TAIL = (0.5, 0.1)
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
    values: Floats,
    period: int | None = None,
    *,
    sensitivity: int = 99,
    max_ratio: float = 0.25,
    sent: Places | None = None,
) -> Detection:
    """Judge every point by the whole series; at most ``max_ratio`` of the points are anomalous.

    ``period`` is in points, None to find it, 0 for none. Any finite values will do. Where some
    only fill gaps, ``sent`` are the places of the others: those count for the ratio.
    """
    if sent is None:
        sent = np.arange(len(values))
    # In units of the largest value, sums and squares stay finite; a power of two loses nothing.
    exponent = int(np.frexp(np.abs(values).max())[1])
    scaled = np.ldexp(values, -exponent)
    if period is None:
        period = seasonality.find_period(scaled)
    if period < 2 or len(values) < 2 * period:
        period = 0
    overall, nearby = seasonality.expect(scaled, period)
    unit = _scale(scaled - overall, period)
    top, bottom = _band(scaled, overall, unit)
    beyond = (scaled > top) | (scaled < bottom)
    # What is far from the level of the series has drawn the level nearby along.
    expected = np.where(beyond, overall, np.clip(nearby, bottom, top))
    near_top, near_bottom = _band(scaled, nearby, _scale(scaled - nearby, period))
    held = _salient(scaled - nearby) & ~beyond
    top = np.where(held, np.minimum(top, near_top), top)
    bottom = np.where(held, np.maximum(bottom, near_bottom), bottom)
    tolerance = (100 - sensitivity) / 100 * np.maximum(np.abs(expected), _spread(scaled))
    upper = np.maximum(top - expected, tolerance)
    lower = np.maximum(expected - bottom, tolerance)
    deviation = scaled - expected
    _spare(deviation, unit, upper, lower, sent, int(max_ratio * len(sent)))
    positive, negative = deviation > upper, -deviation > lower
    severity = np.abs(deviation) / np.maximum(np.abs(expected), np.finfo(float).tiny)
    return Detection(
        period,
        _restore(expected, exponent),
        _restore(upper, exponent),
        _restore(lower, exponent),
        positive,
        negative,
        np.where(positive | negative, np.minimum(severity, 1), 0.0),
    )


def _salient(deviation: Floats) -> Flags:
    found = spectral_residual.scores(deviation) > spectral_residual.SALIENT
    # A step is as salient on one side as on the other.
    beside = found.copy()
    beside[1:] |= found[:-1]
    beside[:-1] |= found[1:]
    return beside


def _band(values: Floats, expected: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """Return the values above and below which a point is out of line."""
    deviation = (values - expected) / unit
    return expected + unit * _height(deviation), expected - unit * _height(-deviation)


def _height(deviation: Floats) -> float:
    """Return how many units a deviation may have, upwards."""
    n = len(deviation)
    noise = NormalDist().inv_cdf(1 - _NOISE_PASSES / 2 / n)
    least = max(_BOUND, noise) * (1 + 10 / n)
    if n < _ENOUGH_FOR_A_TAIL:
        return least
    size = max(1, n // _HUNDREDTHS)
    peaks = deviation[: n - n % size].reshape(-1, size).max(axis=1)
    near, far = quantiles(np.maximum(peaks, 0), [1 - part for part in _TAIL])
    rate = (far - near) / np.log(_TAIL[0] / _TAIL[1])
    passed = _PASSED * n / max(n / _HUNDREDTHS, seasonality.TREND_WINDOW)
    return max(least, float(far + rate * np.log(_TAIL[1] * len(peaks) / passed)))


def _spare(
    deviation: Floats, unit: Floats, upper: Floats, lower: Floats, sent: Places, most: int
) -> None:
    """Widen the margins over the least of the anomalies, so that no more than ``most`` are left."""
    excess = np.maximum(deviation - upper, -deviation - lower) / unit
    outside = sent[excess[sent] > 0]
    spared = outside[np.argsort(-excess[outside], kind="stable")][most:]
    upper[spared] = np.maximum(upper, _ROOM * deviation)[spared]
    lower[spared] = np.maximum(lower, -_ROOM * deviation)[spared]


def _scale(deviation: Floats, period: int) -> Floats:
    """Return the ordinary size of a deviation at each point: of its phase, if there are any."""
    size = np.abs(deviation)
    overall = _NORMAL * median(size)
    if overall <= 0:
        # More than half of the points are as expected: the mean absolute deviation then.
        overall = 1.2533 * size.mean()
    overall = max(float(overall), _ROUNDING)
    if not period:
        return np.full(len(size), overall)
    cycles = seasonality.fold(size, period)
    near = min(max(1, period // 24), _MOST_NEAR)
    phases = np.pad(median(cycles.T), near, mode="wrap")
    around = median(sliding_window_view(phases, 2 * near + 1))
    local = np.tile(around, len(cycles))[: len(size)]
    # The fewer cycles, the nearer their medians are to each of them.
    few = np.sqrt(len(cycles) / max(1, len(cycles) - 2))
    unit: Floats = few * np.maximum(_NORMAL * local, _LEAST_SCALE * overall)
    return unit


def _spread(values: Floats) -> float:
    low, high = quantiles(values, (0.05, 0.95))
    return high - low


def _restore(scaled: Floats, exponent: int) -> Floats:
    largest = np.finfo(float).max
    with np.errstate(over="ignore"):
        return np.clip(np.ldexp(scaled, exponent), -largest, largest)

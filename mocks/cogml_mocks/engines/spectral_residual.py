"""What the rest of a series does not lead one to expect stands out in its spectral residual.

Ren et al., "Time-Series Anomaly Detection Service at Microsoft", KDD 2019, with the constants of
the paper: the log amplitude spectrum less its moving average, carried back to time with the
phases it had, is the saliency map; a point's score is how far its saliency lies above the mean of
the points before it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SALIENT = 3.0  # tau
_SPECTRUM_WINDOW = 3  # q
_SCORE_WINDOW = 21  # z
_GRADIENTS = 5  # m
_ESTIMATED = 5  # kappa
_LONG = 100_000  # points
_PART = 2**16 - _ESTIMATED
_EDGE = 100  # points, which the ends of a part may disturb
_ROUNDING = 1e-9


def scores(values: Floats) -> Floats:
    """Return a score per point, 0 or less for ordinary ones; `SALIENT` and more stands out.

    A very long series is looked at in parts: of a point those far away say nothing more, and each
    part is as quick to transform as may be.
    """
    n = len(values)
    if n <= _LONG:
        return _scores(values)
    found = np.empty(n)
    kept = _PART - 2 * _EDGE
    for start in range(0, n, kept):
        first = max(0, min(start - _EDGE, n - _PART))
        part = _scores(values[first : first + _PART])
        found[start : start + kept] = part[start - first : start - first + kept]
    return found


def _scores(values: Floats) -> Floats:
    map_ = _saliency(values)
    sums = np.concatenate(([0.0], np.cumsum(map_)))
    here = np.arange(len(values)) + 1
    start = np.maximum(0, here - _SCORE_WINDOW)
    mean = (sums[here] - sums[start]) / (here - start)
    floor = _ROUNDING * max(float(map_.max()), np.finfo(float).tiny)
    return (map_ - mean) / np.maximum(mean, floor)


def _saliency(values: Floats) -> Floats:
    extended = np.concatenate((values, np.full(_ESTIMATED, _estimate(values))))
    # Of numbers that are real, half of the spectrum is the other's mirror image.
    spectrum = np.fft.rfft(extended)
    amplitude = np.abs(spectrum)
    floor = max(_ROUNDING * float(amplitude.max()), np.finfo(float).tiny)
    logarithm = np.log(np.maximum(amplitude, floor))
    beyond = logarithm[-2] if len(extended) % 2 == 0 else logarithm[-1]
    around = np.concatenate((logarithm[1:2], logarithm, [beyond]))
    average = np.convolve(around, np.full(_SPECTRUM_WINDOW, 1 / _SPECTRUM_WINDOW), "valid")
    residual = np.exp(logarithm - average) * spectrum / np.maximum(amplitude, floor)
    map_: Floats = np.abs(np.fft.irfft(residual, len(extended)))[: len(values)]
    return map_


def _estimate(values: Floats) -> float:
    """Return the point after the last, so that the last is not at the edge of the map."""
    before = values[-_GRADIENTS - 1 : -1]
    gradients = (values[-1] - before) / np.arange(len(before), 0, -1)
    return float(values[-_GRADIENTS] + gradients.mean() * _GRADIENTS)

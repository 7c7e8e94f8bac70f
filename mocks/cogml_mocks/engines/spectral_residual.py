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
_ROUNDING = 1e-9


def scores(values: Floats) -> Floats:
    """Return a score per point, 0 or less for ordinary ones; `SALIENT` and more stands out."""
    map_ = _saliency(values)
    sums = np.concatenate(([0.0], np.cumsum(map_)))
    here = np.arange(len(values)) + 1
    start = np.maximum(0, here - _SCORE_WINDOW)
    mean = (sums[here] - sums[start]) / (here - start)
    floor = _ROUNDING * max(float(map_.max()), np.finfo(float).tiny)
    return (map_ - mean) / np.maximum(mean, floor)


def _saliency(values: Floats) -> Floats:
    # Of a length that may be transformed slowly: more points of one value would stand out.
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

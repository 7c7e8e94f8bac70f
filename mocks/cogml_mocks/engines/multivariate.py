"""A moment is anomalous when it is far from the ordinary ones in the metric of their covariance.

A moment is the values of all variables at one time and at the few times before it, so that the
covariance holds both how variables move together and how each moves on: the matrix of dynamic
principal component analysis (Ku, Storer and Georgakis, "Disturbance Detection and Isolation by
Dynamic Principal Component Analysis", Chemometrics and Intelligent Laboratory Systems 1995), under
Hotelling's distance. An anomaly is in the moments after it as well: only those are anomalous whose
own time is far by itself, or is among the farthest tenth and far with the times before.

Mean and covariance come from all but the farthest of the moments, one in fifty, found by the
concentration steps of Rousseeuw and Van Driessen ("A Fast Algorithm for the Minimum Covariance
Determinant Estimator", Technometrics 1999), so that anomalies of the training do not spoil them;
they are shrunk after Chen, Wiesel, Eldar and Hero ("Shrinkage Algorithms for MMSE Covariance
Estimation", IEEE Transactions on Signal Processing 2010), for few moments of many variables. The
limit is in the tail of the distances that stretches of the training have from all the others.

A variable contributes the part of the distance that would go if its present value were what all
the others make expected (Mason, Young and Tracy, "Decomposition of T2 for Multivariate Control
Chart Interpretation", Journal of Quality Technology 1995). Its correlation with another has changed
where the two are further out together than each of them is by itself.

Not modelled: relations that are not linear; anything longer than the few times before, seasons
too; more than some thousand moments of the training, evenly spaced.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

MAX_PASSES = 10
_FOLDS = 5
_KEPT = 0.98
_NEAR = 0.9
_MOST_LAGS = 3
_MOST_DIMENSIONS = 240  # if that leaves a lag at all
_MOST_MOMENTS = 50_000
_MOST_WORK = 2e9  # products of a covariance
_FLOOR = 1e-3  # of a variable's variance: no relation is more exact
_CLIP = 10.0
_FARTHEST = 1e6
_NORMAL = 1.4826
_TAIL = (0.3, 0.1)
_PASSED = 1e-3
_CHANGED = 6.63  # which chance passes once in a hundred


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the training: mean squared distances by dimension, and seconds it took."""

    train_loss: float
    validation_loss: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found; an element or a row for each moment, all finite."""

    score: Floats  # from 0 to 2, 1 at the limit
    severity: Floats  # 0 where nothing is anomalous, else up to 1
    is_anomaly: Flags
    contributions: Floats  # of each variable; they sum to 1
    deviations: Floats  # of each variable, in its own standard deviations
    correlation: Floats

    def changed(self, moment: int, variable: int) -> list[int]:
        """Return the variables whose correlation with this one has changed, most changed first."""
        r = np.clip(np.delete(self.correlation[variable], variable), -0.999, 0.999)
        others = np.delete(np.arange(len(self.correlation)), variable)
        u, v = self.deviations[moment, variable], self.deviations[moment, others]
        change = (r**2 * (u**2 + v**2) - 2 * r * u * v) / (1 - r**2)
        order = np.argsort(-change, kind="stable")
        return [int(others[i]) for i in order if change[i] > _CHANGED]


@dataclass(frozen=True, slots=True)
class Model:
    """What is ordinary, as learnt from one table of values."""

    exponent: Places
    centre: Floats
    scale: Floats
    lags: int
    mean: Floats
    covariance: Floats
    precision: Floats
    limit: float
    own_limit: float  # of the present values by themselves
    near: float  # which nine tenths of them do not pass
    passes: tuple[Pass, ...]

    def detect(self, values: Floats) -> Detection:
        """Judge every row from number ``lags`` on, each by itself and the rows before it."""
        count = len(self.centre)
        scaled = _scaled(values, self.exponent, self.centre, self.scale)
        rows = np.arange(min(self.lags, len(values)), len(values))
        moments = _moments(scaled, rows, self.lags) - self.mean
        leaning = moments @ self.precision
        whole = np.sqrt(np.maximum((moments * leaning).sum(axis=1), 0)) / self.limit
        own = np.sqrt(_own(moments, count, self.covariance))
        echo = np.where(own > self.near, whole, np.minimum(whole, 1))
        ratio = np.maximum(own / self.own_limit, echo)
        part = leaning[:, :count] ** 2 / np.diagonal(self.precision)[:count]
        total = part.sum(axis=1, keepdims=True)
        shares = np.divide(part, total, out=np.full_like(part, 1 / count), where=total > 0)
        spread = np.sqrt(np.diagonal(self.covariance)[:count])
        return Detection(
            score=2 * ratio / (1 + ratio),
            severity=1 - 1 / np.maximum(ratio, 1),
            is_anomaly=ratio > 1,
            contributions=shares,
            deviations=moments[:, :count] / spread,
            correlation=self.covariance[:count, :count] / np.outer(spread, spread),
        )


def fit(values: Floats) -> Model:
    """Learn from some tens of rows or more, finite values: a row a time, a column a variable."""
    exponent = np.frexp(np.abs(values).max(axis=0))[1].astype(np.int64)
    centre, scale = _centre_and_scale(np.ldexp(values, -exponent))
    count = values.shape[1]
    lags = max(1, min(_MOST_LAGS, _MOST_DIMENSIONS // count - 1))
    size = count * (1 + lags)
    most = int(max(10 * size, min(_MOST_MOMENTS, _MOST_WORK / size**2)))
    rows = np.arange(lags, len(values))
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    moments = _moments(_scaled(values, exponent, centre, scale), rows, lags)
    passes, kept = _concentrate(moments)
    mean, covariance, precision = _estimate(moments[kept])
    own, whole = _distances_to_others(moments, kept, count)
    return Model(
        exponent, centre, scale, lags, mean, covariance, precision,
        limit=_limit(whole), own_limit=_limit(own), near=float(np.quantile(own, _NEAR)),
        passes=passes,
    )  # fmt: skip


def _concentrate(moments: Floats) -> tuple[tuple[Pass, ...], Flags]:
    """Find the moments that are ordinary; the last fifth only tells how well those before do."""
    seen = len(moments) - len(moments) // _FOLDS
    chosen = np.clip(moments[:seen], -_CLIP, _CLIP)
    passes: list[Pass] = []
    kept = np.zeros(len(moments), dtype=np.bool_)
    while len(passes) < MAX_PASSES:
        started = time.perf_counter()
        mean, _, precision = _estimate(chosen)
        squared = _squared(moments, mean, precision)
        nearest = np.concatenate([_nearest(squared[:seen]), _nearest(squared[seen:])])
        losses = [
            float(part.mean()) / moments.shape[1]
            for part in (squared[:seen][nearest[:seen]], squared[seen:][nearest[seen:]])
        ]
        passes.append(Pass(losses[0], losses[1], time.perf_counter() - started))
        if (nearest == kept).all():
            break
        kept = nearest
        chosen = moments[:seen][kept[:seen]]
    return tuple(passes), kept


def _nearest(squared: Floats) -> Flags:
    found: Flags = squared <= np.quantile(squared, _KEPT)
    return found


def _distances_to_others(moments: Floats, kept: Flags, count: int) -> tuple[Floats, Floats]:
    """Return how far each moment is from the kept ones of all other stretches: its own time, of so
    many variables, and all of it."""
    own, whole = [], []
    for places in np.array_split(np.arange(len(moments)), _FOLDS):
        others = kept.copy()
        others[places] = False
        mean, covariance, precision = _estimate(moments[others])
        own.append(_own(moments[places] - mean, count, covariance))
        whole.append(_squared(moments[places], mean, precision))
    return np.sqrt(np.concatenate(own)), np.sqrt(np.concatenate(whole))


def _own(away: Floats, count: int, covariance: Floats) -> Floats:
    """Return the squared distances of the first values, those of a moment's own time."""
    precision = np.asarray(np.linalg.inv(covariance[:count, :count]), dtype=np.float64)
    return _squared(away[:, :count], np.zeros(count), precision)


def _limit(distances: Floats) -> float:
    """Return the distance that one ordinary moment in a thousand passes, by an exponential tail."""
    near, far = np.quantile(distances, [1 - part for part in _TAIL])
    rate = (far - near) / np.log(_TAIL[0] / _TAIL[1])
    limit = far + rate * np.log(_TAIL[1] / _PASSED)
    return max(float(limit), 1.0)


def _estimate(moments: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, covariance and its inverse, shrunk towards equal variances."""
    n, size = moments.shape
    mean = moments.mean(axis=0)
    covariance = (moments - mean).T @ (moments - mean) / n
    variance = float(np.trace(covariance)) / size
    squares = float((covariance**2).sum()) / size**2
    below = (n + 1) * (squares - variance**2 / size)
    weight = min(1.0, (squares + variance**2) / below) if below > 0 else 1.0
    covariance = (1 - weight) * covariance
    covariance[np.diag_indices(size)] += weight * variance + _FLOOR
    return mean, covariance, np.linalg.inv(covariance)


def _squared(moments: Floats, mean: Floats, precision: Floats) -> Floats:
    away = moments - mean
    found: Floats = np.maximum((away @ precision * away).sum(axis=1), 0)
    return found


def _moments(scaled: Floats, rows: Places, lags: int) -> Floats:
    return np.concatenate([scaled[rows - lag] for lag in range(1 + lags)], axis=1)


def _centre_and_scale(values: Floats) -> tuple[Floats, Floats]:
    """Return a robust middle and spread of each column; the spread is not 0."""
    centre = np.median(values, axis=0)
    away = np.abs(values - centre)
    scale = _NORMAL * np.median(away, axis=0)
    # Mostly constant, constant, always 0: what there is to measure by gets less.
    for less in (away.mean(axis=0), np.abs(centre), np.ones_like(centre)):
        scale = np.where(scale > 0, scale, less)
    return centre, scale


def _scaled(values: Floats, exponent: Places, centre: Floats, scale: Floats) -> Floats:
    # In units of the largest value of its column, no difference is infinite.
    with np.errstate(over="ignore"):
        away = (np.ldexp(values, -exponent) - centre) / scale
    return np.clip(away, -_FARTHEST, _FARTHEST)

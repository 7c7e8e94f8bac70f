"""A series is judged as it was sent: as a whole, at its last point, or for its change points.

This is the univariate half of Anomaly Detector v1.1.
Defaults are `sensitivity` 99 and `maxAnomalyRatio` 0.25. A margin is that of the sensitivity
asked for: a point is anomalous exactly when it lies outside the expected value and its margins.
As in the service's own example, severity is the deviation as a part of the expected value, at
most 1.

Not modelled: rates by themselves (they are faults or a setting).
"""

from typing import Any

from cogml_mocks.anomaly import series
from cogml_mocks.anomaly.series import Series
from cogml_mocks.anomaly.service import FAMILY, is_integer, json_object, refusal
from cogml_mocks.operations import Answer, Call
from cogml_mocks.operations import operation as register

V10 = "/anomalydetector/v1.0/timeseries"
V11 = "/anomalydetector/v1.1/timeseries"
SENSITIVITY = 99
MAX_ANOMALY_RATIO = 0.25
THRESHOLD = 0.9
_LEAST_WINDOW = 28
_CHECKS: dict[str, Any] = {"max_body": 4 * 2**20, "slow": True}

_SINGULAR = {
    "expectedValues": "expectedValue",
    "upperMargins": "upperMargin",
    "lowerMargins": "lowerMargin",
}


@register("POST", f"{V10}/entire/detect", FAMILY, **_CHECKS)
@register("POST", f"{V11}/entire/detect", FAMILY, **_CHECKS)
def entire(call: Call) -> Answer:
    """Every point of a series."""
    return Answer(_detect(call))


@register("POST", f"{V10}/last/detect", FAMILY, **_CHECKS)
@register("POST", f"{V11}/last/detect", FAMILY, **_CHECKS)
def last(call: Call) -> Answer:
    """The last point of a series."""
    found = _detect(call)
    period = found.pop("period")
    judged = {_SINGULAR.get(name, name): values[-1] for name, values in found.items()}
    window = max(_LEAST_WINDOW, 4 * period) + 1
    return Answer({"period": period, "suggestedWindow": window} | judged)


@register("POST", f"{V10}/changepoint/detect", FAMILY, **_CHECKS)
@register("POST", f"{V11}/changepoint/detect", FAMILY, **_CHECKS)
def change_points(call: Call) -> Answer:
    """Points at which the level of a series changes."""
    import numpy as np

    from cogml_mocks.engines import change_points

    body = json_object(call.request.body)
    given = _series(body, granularity_required=True)
    period = _period(body, len(given.values))
    window = body.get("stableTrendWindow")
    if window is not None and not is_integer(window, 1, series.MOST_POINTS):
        raise refusal("InvalidModelArgument", "The 'stableTrendWindow' must be a positive integer.")
    threshold = _between(body, "threshold", THRESHOLD, 0, 1)
    call.documents = 1
    found = change_points.detect(given.values, period, window=window, threshold=threshold)
    # A change in a gap is answered for at the first point behind it.
    answered = np.searchsorted(given.sent, np.arange(len(given.values)))
    flags, confidence = np.zeros(len(given.sent), dtype=bool), np.zeros(len(given.sent))
    np.logical_or.at(flags, answered, found.flags)
    np.maximum.at(confidence, answered, found.confidence)
    return Answer({"period": found.period, "isChangePoint": flags, "confidenceScores": confidence})


def _detect(call: Call) -> dict[str, Any]:
    from cogml_mocks.engines import anomalies

    body = json_object(call.request.body)
    given = _series(body)
    period = _period(body, len(given.values))
    ratio = _between(body, "maxAnomalyRatio", MAX_ANOMALY_RATIO, 0, 0.5)
    sensitivity = body.get("sensitivity")
    if sensitivity is None:
        sensitivity = SENSITIVITY
    if not is_integer(sensitivity, 0, 99):
        raise refusal("InvalidModelArgument", "The 'sensitivity' must be an integer from 0 to 99.")
    call.documents = 1
    found = anomalies.detect(
        given.values, period, sensitivity=sensitivity, max_ratio=ratio, sent=given.sent
    )
    lists = {
        "expectedValues": found.expected,
        "isAnomaly": found.positive | found.negative,
        "isNegativeAnomaly": found.negative,
        "isPositiveAnomaly": found.positive,
        "lowerMargins": found.lower,
        "severity": found.severity,
        "upperMargins": found.upper,
    }
    answer: dict[str, Any] = {name: each[given.sent] for name, each in lists.items()}
    return answer | {"period": found.period}


def _series(body: dict[str, Any], *, granularity_required: bool = False) -> Series:
    granularity = body.get("granularity")
    if granularity is None:
        if granularity_required:
            raise refusal("RequiredGranularity", "The 'granularity' field is required.")
        granularity = series.NO_GRANULARITY
    if granularity not in series.GRANULARITIES:
        known = ", ".join(series.GRANULARITIES)
        raise refusal("InvalidGranularity", f"The 'granularity' must be one of: {known}.")
    interval = body.get("customInterval")
    if interval is None:
        interval = 1
    if not is_integer(interval, 1, 2**31 - 1):
        raise refusal("InvalidCustomInterval", "The 'customInterval' must be a positive integer.")
    mode = body.get("imputeMode")
    if mode is None:
        mode = series.AUTO
    if mode not in series.IMPUTE_MODES:
        known = ", ".join(series.IMPUTE_MODES)
        raise refusal("InvalidImputeMode", f"The 'imputeMode' must be one of: {known}.")
    fixed = series.number(body.get("imputeFixedValue"))
    if mode == "fixed" and fixed is None:
        message = "The 'imputeFixedValue' must be a number when 'imputeMode' is fixed."
        raise refusal("InvalidImputeFixedValue", message)
    return series.read(body.get("series"), granularity, interval, mode, fixed or 0.0)


def _period(body: dict[str, Any], points: int) -> int | None:
    period = body.get("period")
    if period is None:
        return None
    if not is_integer(period, 0, 2**31 - 1):
        raise refusal("InvalidPeriod", "The 'period' must be an integer from 0.")
    if points < 2 * period + 1:
        message = f"A period of {period} needs {2 * period + 1} points; there are {points}."
        raise refusal("InvalidModelArgument", message)
    return int(period)


def _between(body: dict[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    found = series.number(value)
    if found is None or not low <= found <= high:
        message = f"The '{name}' must be a number from {low} to {high}."
        raise refusal("InvalidModelArgument", message)
    return found

"""What is asked of a multivariate model is checked before anything is fetched.

Codes and words are those of learn.microsoft.com, azure/ai-services/anomaly-detector/concepts/
troubleshoot; where it has none, the code is `BadArgument` and the words are plain ones.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cogml_mocks.anomaly.series import number
from cogml_mocks.anomaly.service import is_integer, refusal

ONE_TABLE, MULTI_TABLE = DATA_SCHEMAS = ("OneTable", "MultiTable")
INNER, OUTER = ALIGN_MODES = ("Inner", "Outer")
FILL_METHODS = ("Previous", "Subsequent", "Linear", "Zero", "Fixed")
SLIDING_WINDOW = 300
TOP_CONTRIBUTORS = 10
MAX_NAME = 24
MAX_ADDRESS = 2_048  # characters; it is kept with each model and result
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Where data are and from when to when, in microseconds since 1970, both included."""

    source: str = field(repr=False)  # it may hold a signature
    start: int
    end: int
    given: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Training:
    """How a model is to be trained."""

    span: Span
    schema: str
    name: str
    window: int
    align: str
    fill: str
    padding: float

    def to_json(self) -> dict[str, Any]:
        """Return it as the service shows it with the model."""
        policy = {"alignMode": self.align, "fillNAMethod": self.fill, "paddingValue": self.padding}
        return {
            **self.span.given,
            "dataSchema": self.schema,
            "displayName": self.name,
            "slidingWindow": self.window,
            "alignPolicy": policy,
        }


def training(body: dict[str, Any]) -> Training:
    """Check the request to train a model."""
    where = span(body)
    name = body.get("displayName")
    if name is None:
        name = ""
    if not isinstance(name, str):
        raise refusal("BadArgument", "The 'displayName' field must be a string.")
    if len(name) > MAX_NAME:
        message = f"The displayName length exceeds maximum allowed length {MAX_NAME}."
        raise refusal("BadArgument", message)
    window = body.get("slidingWindow")
    if window is None:
        window = SLIDING_WINDOW
    if not is_integer(window, 28, 2_880):
        message = "The 'slidingWindow' field must be an integer between 28 and 2880."
        raise refusal("InvalidSlidingWindow", message)
    schema = _one_of(body, "dataSchema", DATA_SCHEMAS, ONE_TABLE, "BadArgument")
    policy = body.get("alignPolicy")
    if policy is None:
        policy = {}
    if not isinstance(policy, dict):
        raise refusal("BadArgument", "The 'alignPolicy' field must be an object.")
    align = _one_of(policy, "alignMode", ALIGN_MODES, OUTER, "InvalidAlignMode")
    fill = _one_of(policy, "fillNAMethod", FILL_METHODS, "Linear", "InvalidFillNAMethod")
    padding = number(policy.get("paddingValue"))
    if policy.get("paddingValue") is not None and padding is None:
        raise refusal("BadArgument", "The 'paddingValue' field must be a number.")
    if fill == "Fixed" and padding is None:
        message = "The 'paddingValue' field is required in the request when 'fillNAMethod' is " \
                  "'Fixed'."  # fmt: skip
        raise refusal("RequiredPaddingValue", message)
    return Training(where, schema, name, window, align, fill, padding or 0.0)


def span(body: dict[str, Any]) -> Span:
    """Check where the data of a request are, and from when to when."""
    for name, code in _REQUIRED:
        if body.get(name) is None:
            raise refusal(code, f"The '{name}' field is required in the request.")
    source = body["dataSource"]
    if not isinstance(source, str) or not _is_address(source):
        raise refusal("InvalidBlobURL", "The 'dataSource' field must be a valid blob URL.")
    start, end = (timestamp(body[name]) for name in ("startTime", "endTime"))
    if end < start:
        raise refusal("BadArgument", "The 'endTime' must not be earlier than the 'startTime'.")
    given = {"dataSource": source, "startTime": written(start), "endTime": written(end)}
    return Span(source, start, end, given)


def top_contributors(body: dict[str, Any]) -> int:
    """Return how many variables an anomaly is put down to."""
    count = body.get("topContributorCount")
    if count is None:
        return TOP_CONTRIBUTORS
    if not is_integer(count, 1, 30):
        message = "The 'topContributorCount' field must be an integer between 1 and 30."
        raise refusal("BadArgument", message)
    return int(count)


def timestamp(text: Any) -> int:
    """Read a time of a request as microseconds since 1970."""
    try:
        return microseconds(text)
    except ValueError:
        shown = text[:60] if isinstance(text, str) else type(text).__name__
        message = f"Invalid timestamp format. The {shown} format is not a valid format."
        raise refusal("InvalidTimestampFormat", message) from None


def microseconds(text: Any) -> int:
    """Read an ISO 8601 time, UTC where it does not say; `ValueError` for anything else."""
    if not isinstance(text, str):
        raise ValueError("a timestamp is text")
    found = datetime.fromisoformat(text.strip())
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) // _MICROSECOND


def written(time: int) -> str:
    """Write microseconds since 1970 as the service does."""
    # Times near the first year or the last, with an offset, are none in UTC.
    time = max(-62_135_596_800_000_000, min(time, 253_402_300_799_999_999))
    text = (_EPOCH + time * _MICROSECOND).isoformat()
    return text.removesuffix("+00:00") + "Z"


def integer(text: str | None, default: int) -> int | None:
    """Read a number of a query, None where it is none."""
    if text is None:
        return default
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_web and len(text) <= MAX_ADDRESS
    except ValueError:
        return False


def _one_of(
    body: dict[str, Any], name: str, known: tuple[str, ...], default: str, code: str
) -> str:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or value not in known:
        listed = ", ".join(f"'{each}'" for each in known)
        raise refusal(code, f"The '{name}' field must be one of the following: {listed}.")
    return value


_REQUIRED = (
    ("dataSource", "RequiredSource"),
    ("startTime", "RequiredStartTime"),
    ("endTime", "RequiredEndTime"),
)

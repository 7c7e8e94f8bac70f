"""What a run has done so far, in numbers: written by the loop's thread, read by the caller's."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterator

_ERROR = 0.025  # of a quantile, in parts of it
_RATIO = (1 + _ERROR) / (1 - _ERROR)
_PER_LOG = 1 / math.log(_RATIO)
_LEAST, _MOST = 1e-6, 1e6  # seconds; what lies beyond counts as that


class Quantiles:
    """How many of many durations lie where, in memory that does not grow with them.

    Each is counted in a bucket whose bounds are some 5 % apart, so that a quantile is right to
    2.5 % (DDSketch: Masson, Rim and Lee, VLDB 2019); the library of that name brings protobuf.
    """

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        """Count one more."""
        if not _LEAST <= seconds <= _MOST:
            seconds = _LEAST if seconds < _LEAST else _MOST
        bucket = math.ceil(math.log(seconds) * _PER_LOG)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    def at(self, share: float) -> float | None:
        """The duration in seconds that this share (0 to 1) of all do not exceed; None of none."""
        buckets = sorted(self._buckets.copy().items())
        left = share * (sum(count for _, count in buckets) - 1)
        for bucket, count in buckets:
            left -= count
            if left < 0:
                return float(2 * _RATIO**bucket / (_RATIO + 1))
        return None


@dataclasses.dataclass(slots=True)
class Counts:
    """Rows that are done, and those of them with an error; `requests` are attempts, `retries` those
    after the first, `in_flight` those under way. `statuses` are the attempts by the HTTP status of
    their answers, 0 where there was none. Bytes are those of bodies, received ones decompressed.
    """

    monotonic: Callable[[], float] = time.monotonic
    rows: int = 0
    errors: int = 0
    requests: int = 0
    retries: int = 0
    in_flight: int = 0
    statuses: dict[int, int] = dataclasses.field(default_factory=dict)
    bytes_sent: int = 0
    bytes_received: int = 0
    latencies: Quantiles = dataclasses.field(default_factory=Quantiles)
    _waiting: int = 0
    _waiting_since: float | None = None
    _waited: float = 0.0

    @property
    def throttled_seconds(self) -> float:
        """For how long a request or more waited because the service had said 429."""
        waited, since = self._waited, self._waiting_since
        return waited if since is None else waited + self.monotonic() - since

    @contextlib.contextmanager
    def throttled(self) -> Iterator[None]:
        """The time in which one request waits because of a 429; many at once count once."""
        if not self._waiting:
            self._waiting_since = self.monotonic()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._waited, self._waiting_since = self.throttled_seconds, None

    def attempted(self, status: int, seconds: float, sent: int, received: int) -> None:
        """Count an attempt: its answer's status (0 without one), how long it took, bytes."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.bytes_sent += sent
        self.bytes_received += received
        if status:
            self.latencies.add(seconds)

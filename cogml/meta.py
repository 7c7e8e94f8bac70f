"""What a row's answer took: the column behind the output, for who asks for it.

The rows of one request, and equal rows, have one and the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import httpx
import pyarrow as pa

_LONGEST = 128  # characters of a request's name

REQUEST_IDS = (
    "apim-request-id",
    "x-ms-request-id",
    "x-requestid",
    "bingapis-traceid",
    "x-request-id",
    "request-id",
)
"""The headers in which a service names a request, for its support: the gateway of Azure's AI
services, Azure in general (Azure.Core's ResponseHeaders.RequestId), Translator and Speech, Bing,
and what gateways and containers commonly say."""

META = pa.struct(
    [
        ("attempts", pa.int32()),
        ("requests", pa.int32()),
        ("seconds", pa.float64()),
        ("cached", pa.bool_()),
        ("requestId", pa.string()),
        ("status", pa.int32()),
    ]
)
"""The type of the column; null for a row for which nothing was sent and nothing was kept."""


class Meta(NamedTuple):
    """`attempts` of the last request; how many `requests` there were, polls and redirects included,
    each counted once; `seconds` from when the first was ready to be sent to the last answer, with
    all waits between; whether the answer was kept from earlier (then nothing was sent); the
    service's name for the last request and its HTTP status, null where none came.
    """

    attempts: int
    requests: int
    seconds: float
    cached: bool = False
    requestId: str | None = None
    status: int | None = None


KEPT = Meta(0, 0, 0.0, cached=True)
"""Of a row whose answer was kept from earlier."""


class Took:
    """Adds up what an exchange takes, as its requests are answered."""

    __slots__ = ("_answer", "_attempts", "_begun", "_ended", "_requests")

    def __init__(self) -> None:
        self._attempts = self._requests = 0
        self._begun = self._ended = 0.0
        self._answer: httpx.Response | None = None

    def add(self, begun: float, ended: float, attempts: int, answer: httpx.Response | None) -> None:
        """A request from when to when, in seconds of any clock, and its last attempt's answer; one
        that was given up before it was sent does not count."""
        if not attempts:
            return
        if not self._requests:
            self._begun = begun
        self._ended, self._attempts, self._answer = ended, attempts, answer
        self._requests += 1

    def meta(self) -> Meta | None:
        """What it took; None when nothing was sent."""
        if not self._requests:
            return None
        answer = self._answer
        return Meta(
            self._attempts,
            self._requests,
            self._ended - self._begun,
            requestId=None if answer is None else request_id(answer.headers),
            status=None if answer is None else answer.status_code,
        )


def request_id(headers: Mapping[str, str]) -> str | None:
    """The service's name for a request; None when it gives none."""
    found = next((headers[name] for name in REQUEST_IDS if name in headers), None)
    return None if found is None else found[:_LONGEST]

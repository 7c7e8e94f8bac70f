"""The carrier puts the bytes on the wire: directly, or as httpx does it (`direct`, `plain`).

Neither follows redirects: a credential travels only to the host it was meant for. Both read proxies
from the environment and verify TLS, and neither takes in more than
`request.extensions["answer_bytes"]`, counted as it is decompressed: what is beyond is never in
memory, and the connection is dropped.
"""

from __future__ import annotations

import importlib.util
import logging

import httpx

from cogml.counts import Counts
from cogml.meta import request_id
from cogml.plain import PlainCarrier
from cogml.policy import Transport

_LOG = logging.getLogger("cogml")


def new_carrier() -> Transport:
    """The best carrier there is here; it belongs to one event loop."""
    if importlib.util.find_spec("httptools") is None:  # no wheel for this platform
        return PlainCarrier()
    from cogml.direct import DirectCarrier

    return DirectCarrier()


class Metered:
    """A carrier whose attempts are counted, and told to who reads the log at its finest."""

    def __init__(self, below: Transport, counts: Counts) -> None:
        self._below = below
        self._counts = counts
        self._logged = _LOG.isEnabledFor(logging.DEBUG)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole."""
        counts = self._counts
        counts.in_flight += 1
        begun = counts.monotonic()
        answer = None
        try:
            found = await self._below.handle_async_request(request)
            if not found.is_stream_consumed:
                await found.aread()
            answer = found
        finally:
            counts.in_flight -= 1
            seconds = counts.monotonic() - begun
            sent = len(request.content)
            if answer is None:
                counts.attempted(0, seconds, sent, 0)
            else:
                counts.attempted(answer.status_code, seconds, sent, len(answer.content))
            if self._logged:
                _log(request, answer, seconds)
        return found


def _log(request: httpx.Request, answer: httpx.Response | None, seconds: float) -> None:
    # Neither path nor query: what is downloaded may have a signature there, a job its name.
    told = {
        "method": request.method,
        "host": request.url.host,
        "status": None if answer is None else answer.status_code,
        "seconds": seconds,
        "requestId": None if answer is None else request_id(answer.headers),
    }
    outcome = "no answer" if answer is None else answer.status_code
    _LOG.debug(
        "%s %s: %s in %.3f s", request.method, request.url.host, outcome, seconds, extra=told
    )

"""An operation that takes long is a job: submitted, then asked after until it has ended."""

from __future__ import annotations

import httpx

from cogml.exchange import Step, Telling, long_running
from cogml.param import Param
from cogml.service import Service

_PLAINLY = Telling()


class PolledService(Service):
    """How often a job is asked after, in milliseconds and looks."""

    initialPollingDelay = Param(
        int, "ms before the first look", default=300, at_least=0, manner=True
    )
    pollingDelay = Param(
        int, "ms between two looks at the job", default=300, at_least=0, manner=True
    )
    maxPollingRetries = Param(
        int,
        "looks after the first; then the row's error is timeout",
        default=1_000,
        at_least=0,
        manner=True,
    )
    suppressMaxRetriesException = Param(
        bool,
        "has no effect: a job that does not end is its row's error",
        default=True,
        manner=True,
    )

    def polled(self, request: httpx.Request, telling: Telling = _PLAINLY) -> Step:
        """The job's last answer; a job that failed, or does not end, is a ServiceError."""
        return long_running(
            request,
            pause=self.getOrDefault("pollingDelay") / 1000,
            polls=self.getOrDefault("maxPollingRetries") + 1,
            first_pause=self.getOrDefault("initialPollingDelay") / 1000,
            telling=telling,
        )

"""`setExecution("local")`: the suite's engines answer within the process that holds the rows.

What is asked is what would be sent, and what comes back is read as ever; only that nothing is sent
between. An address, a key, a token or a linked service that is set as well is not looked at. The
suite (`cogml_mocks`) is imported by who asks for it. What a row names elsewhere, a recording at an
address, is fetched from there.
"""

from __future__ import annotations

from collections.abc import Awaitable
from types import ModuleType

import httpx

from cogml.errors import MissingPackage, ParamError
from cogml.loop import process_loop
from cogml.policy import Transport

LOCAL = "local"
"""The value of `execution` that asks for it."""

BASE = "http://local.invalid"
"""Where the suite is: a name that leads nowhere (RFC 2606), so that nothing ever leaves for it."""


class Within:
    """The suite of a process for what is asked of it, the process's carrier for all else."""

    def __init__(self, suite: Transport) -> None:
        self._suite = suite
        self._elsewhere = process_loop().carrier
        self._host = httpx.URL(BASE).host

    def handle_async_request(self, request: httpx.Request) -> Awaitable[httpx.Response]:
        """The answer; failures as httpx's exceptions."""
        asked = self._suite if request.url.host == self._host else self._elsewhere
        return asked.handle_async_request(request)


def suite() -> Within:
    """What answers here, as `transport` takes it; raises MissingPackage."""
    return Within(_in_process().Transport(log=False))  # nobody could read it


def check(stage: str, method: str, address: str) -> None:
    """Raise ParamError where the suite has no such operation, MissingPackage where it is not here.

    An empty address is that of each row.
    """
    answers, path = _in_process().answers, httpx.URL(address).path
    if address and not answers(method, path):
        raise ParamError(
            f"{stage}: execution is {LOCAL!r}, but the suite has no operation {method} {path}; "
            "set an endpoint and another execution"
        )


def _in_process() -> ModuleType:
    try:
        from cogml_mocks import in_process
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"execution is {LOCAL!r}, but {error.name} is not installed: pip install 'cogml[mocks]'"
        ) from error
    return in_process

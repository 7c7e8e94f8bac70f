"""The suite without a server: httpx's transport interface before the same gateway.

Nothing listens and nothing is sent: requests and answers are handed over within the process, and
are those of `cogml_mocks.serve`, faults and latency included. Whatever host a request names, this
suite answers it, and asks for no credential unless it was given keys. WebSockets are not carried.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from cogml_mocks import operations
from cogml_mocks.messages import Answered, Ending, Request, Slow, play, split_target
from cogml_mocks.server import application

_CREDENTIALS = ("ocp-apim-subscription-key", "authorization")
_ANY_KEY = "in-process"


class Transport(httpx.AsyncBaseTransport):
    """A suite of its own, which answers the requests it is handed."""

    def __init__(self, keys: Sequence[str] = (), latency_ms: float = 0.0, **settings: Any) -> None:
        self._gateway = application(keys, latency_ms, settings)
        self._gateway.url = "http://localhost"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer; where a fault ends the connection, ``httpx.ReadError`` is raised."""
        passage = self._gateway(self._taken_in(request, await request.aread()))
        status, sent = None, 0
        try:
            answer = passage.answer()
            response, delivery = await _computed(answer) if isinstance(answer, Slow) else answer
            await asyncio.sleep(delivery.delay)
            for step in play(response, delivery, True, request.method == "HEAD"):
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, Ending):
                    raise httpx.ReadError(f"the connection ended ({step.value})", request=request)
                else:
                    status, sent = response.status, sent + len(step)
        finally:
            passage.finish(status, sent)
        content = b"" if request.method == "HEAD" else response.body
        return httpx.Response(response.status, headers=response.headers, content=content)

    async def aclose(self) -> None:
        """Let go of what is open towards others."""
        await self._gateway.close()

    def _taken_in(self, request: httpx.Request, body: bytes) -> Request:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self._gateway.settings.keys and not any(name in headers for name in _CREDENTIALS):
            headers[_CREDENTIALS[0]] = _ANY_KEY
        path, query, raw_path = split_target(request.url.raw_path)
        return Request(request.method, path, query, headers, body, raw_path=raw_path)


def transport() -> Transport:
    """Return a suite that answers from within the process, with the settings it starts with."""
    return Transport()


def answers(method: str, path: str) -> bool:
    """Decide whether there is such an operation."""
    operations.load()
    return method in operations.find(path)[0]


async def _computed(answer: Slow) -> Answered:
    coming = answer.start()
    return await (coming if isinstance(coming, asyncio.Future) else asyncio.wrap_future(coming))

"""A service that is never the bottleneck: a bare asyncio protocol, on uvloop where it is installed.

It computes its answers (orjson in, orjson out; the texts' own sentences, under the documents' own
ids), delays them by the loop's clock, and counts what is in flight. The local suite is not used for
speed: its engines do real work, some 110 µs a text, and a client would be measured against them.

A path may begin with `/l20` (answers take 20 ms), `/l20e7` (and every seventh request is told 503
instead, at once) or `/l20d7` (and at every seventh the connection is dropped). Behind that:
`/text/analytics/v3.1/sentiment`, `/vision/v3.2/analyze` (a megabyte of objects, under a `requestId`
that is the picture's checksum), `/static` (three kilobytes that are always the same), `/stats`
(what was counted since the last `/reset`).

`--awake`, on a core of its own, it never sleeps between requests: on one machine who writes to a
process that sleeps has to wake it, up to 10 µs of the writer's time, which no client pays whose
service is elsewhere, and which would depend on how requests happen to bunch.

Run: python benchmarks/quick_service.py [--port N] [--awake]; it prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import functools
import os
import re
import zlib
from collections.abc import Callable
from typing import Any

import machine
import orjson

SENTIMENT = b"/text/analytics/v3.1/sentiment"
ANALYZE = b"/vision/v3.2/analyze"
ANSWER_BYTES = 2**20  # of a picture's answer, at least
_PREFIX = re.compile(rb"/l(\d+)(?:([ed])(\d+))?(?=/)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# What an answer of the cloud's says of itself beside its length.
_HEAD = (
    b"HTTP/1.1 %b\r\ncontent-type: application/json; charset=utf-8\r\n"
    b"csp-billing-usage: CognitiveServices.TextAnalytics.BatchScoring=10\r\n"
    b"x-envoy-upstream-service-time: 20\r\n"
    b"apim-request-id: 6f4b1e52-5b7c-4f4e-9a55-0d7d3b1f6c11\r\n"
    b"strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n"
    b"x-content-type-options: nosniff\r\ncontent-length: %d\r\n\r\n"
)
_OK, _BAD, _BUSY = b"200 OK", b"400 Bad Request", b"503 Service Unavailable"
_SCORES = {
    "positive": {"positive": 0.91, "neutral": 0.07, "negative": 0.02},
    "neutral": {"positive": 0.08, "neutral": 0.86, "negative": 0.06},
    "negative": {"positive": 0.03, "neutral": 0.09, "negative": 0.88},
    "mixed": {"positive": 0.47, "neutral": 0.06, "negative": 0.47},
}
_EMPTY = {
    "code": "InvalidArgument",
    "message": "Invalid document in request.",
    "innererror": {"code": "InvalidDocument", "message": "Document text is empty."},
}


def label(text: str) -> str:
    """A text's sentiment, by two words that it may hold."""
    if "good" in text:
        return "positive"
    return "negative" if "bad" in text else "neutral"


def sentiment(body: bytes) -> bytes:
    """The answer for a request's documents: a sentence ends at a full stop and a space."""
    documents, errors = [], []
    for document in orjson.loads(body)["documents"]:
        text = document["text"]
        if not text:
            errors.append({"id": document["id"], "error": _EMPTY})
            continue
        sentences, labels, offset = [], set(), 0
        for sentence in text.replace(". ", ".\n").split("\n"):
            found = label(sentence)
            labels.add(found)
            sentences.append(
                {
                    "sentiment": found,
                    "confidenceScores": _SCORES[found],
                    "offset": offset,
                    "length": len(sentence),
                    "text": sentence,
                }
            )
            offset += len(sentence) + 1
        if len(labels) > 1:
            labels.discard("neutral")
        whole = labels.pop() if len(labels) == 1 else "mixed"
        documents.append(
            {
                "id": document["id"],
                "sentiment": whole,
                "confidenceScores": _SCORES[whole],
                "sentences": sentences,
                "warnings": [],
            }
        )
    return orjson.dumps({"documents": documents, "errors": errors, "modelVersion": "2022-11-01"})


@functools.cache
def _objects() -> bytes:
    """A megabyte about the things in a picture, but for the opening brace and the request's id."""
    one = b'{"rectangle":{"x":%d,"y":%d,"w":64,"h":48},"object":"chair","confidence":0.75}'
    pieces, size = [], 0
    while size < ANSWER_BYTES:
        number = len(pieces)
        pieces.append(one % (number % 4000, number % 3000))
        size += len(pieces[-1]) + 1
    told = b'"metadata":{"width":4000,"height":3000,"format":"Jpeg"},"modelVersion":"2021-05-01"'
    return b'%b,"objects":[%b]}' % (told, b",".join(pieces))


def analyze(body: bytes) -> bytes:
    """The answer for a picture."""
    return b'{"requestId":"%08x",%b' % (zlib.crc32(body), _objects())


@dataclasses.dataclass
class Counts:
    """What was answered, how many requests are being answered, and how many were at most."""

    requests: int = 0
    in_flight: int = 0
    most: int = 0


@dataclasses.dataclass(frozen=True)
class Route:
    """How a path is answered: after so many seconds, but for one in so many, which gets 503 or,
    where they are dropped, nothing; who asks for the counts is not counted."""

    answer: Callable[[bytes], bytes]
    latency: float = 0.0
    every: int = 0
    dropped: bool = False
    counted: bool = True


class Service:
    """The answers behind all connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.counts = Counts()
        self._routes: dict[bytes, Route | None] = {}
        static = sentiment(
            orjson.dumps({"documents": [{"id": str(i), "text": "It is good."} for i in range(10)]})
        )
        self._answers: dict[bytes, Callable[[bytes], bytes]] = {
            SENTIMENT: sentiment,
            ANALYZE: analyze,
            b"/static": lambda body: static,
        }

    def route(self, target: bytes) -> Route | None:
        """The route of a request's target; None for one that nobody serves."""
        if target not in self._routes:
            self._routes[target] = self._route(target.partition(b"?")[0])
        return self._routes[target]

    def _route(self, path: bytes) -> Route | None:
        if path == b"/stats":
            return Route(lambda body: orjson.dumps(dataclasses.asdict(self.counts)), counted=False)
        if path == b"/reset":
            return Route(self._reset, counted=False)
        found = _PREFIX.match(path)
        answer = self._answers.get(path[found.end() :] if found else path)
        if answer is None:
            return None
        if found is None:
            return Route(answer)
        latency, fault, every = found.groups()
        return Route(answer, int(latency) / 1000, int(every or 0), fault == b"d")

    def _reset(self, body: bytes) -> bytes:
        self.counts.requests = 0
        self.counts.most = self.counts.in_flight
        return b"{}"


class Connection(asyncio.Protocol):
    """Reads requests and writes their answers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._buffer = bytearray()
        self._body = -1  # where the body begins, once the head is whole
        self._end = 0
        self._route: Route | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._has_request():
            body = bytes(memoryview(self._buffer)[self._body : self._end])
            del self._buffer[: self._end]
            self._body = -1
            self._answer(body)

    def _has_request(self) -> bool:
        buffer = self._buffer
        if self._body < 0:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._body = end + 4
            found = _LENGTH.search(buffer, 0, end)
            self._end = self._body + (int(found[1]) if found else 0)
            start = buffer.index(b" ") + 1
            self._route = self._service.route(bytes(buffer[start : buffer.index(b" ", start)]))
        return len(buffer) >= self._end

    def _answer(self, body: bytes) -> None:
        route, counts = self._route, self._service.counts
        if route is None:
            self._write(_BAD, b'{"error":{"code":"NotFound","message":"no such path"}}')
            return
        if not route.counted:
            self._write(_OK, route.answer(body))
            return
        counts.requests += 1
        if route.every and counts.requests % route.every == 0:
            if route.dropped:
                self._transport.abort()
            else:
                self._write(_BUSY, b'{"error":{"code":"Busy","message":"come again"}}')
            return
        counts.in_flight += 1
        if counts.in_flight > counts.most:
            counts.most = counts.in_flight
        status = _OK
        came = self._service.loop.time()
        try:
            content = route.answer(body)
        except (KeyError, TypeError, ValueError) as error:
            status = _BAD
            content = orjson.dumps({"error": {"code": "InvalidRequest", "message": str(error)}})
        if route.latency:
            # Computing is a part of the latency, as it is in any service.
            self._service.loop.call_at(came + route.latency, self._finish, status, content)
        else:
            self._finish(status, content)

    def _finish(self, status: bytes, content: bytes) -> None:
        self._service.counts.in_flight -= 1
        self._write(status, content)

    def _write(self, status: bytes, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(_HEAD % (status, len(content)) + content)


def stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop look for requests again and again, instead of waiting for one."""
    loop.call_soon(stay_awake, loop)


async def serve(port: int, awake: bool) -> None:
    """Answer until the process ends; awake, until the one that began it has ended: nobody else
    would see that a core is busy for nothing."""
    loop = asyncio.get_running_loop()
    service, parent = Service(loop), os.getppid()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", port, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    if awake:
        stay_awake(loop)
        while os.getppid() == parent:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(1.0)
    else:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--awake", action="store_true")
    given = parser.parse_args()
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=machine.new_event_loop) as runner,
    ):
        runner.run(serve(given.port, given.awake))


if __name__ == "__main__":
    main()

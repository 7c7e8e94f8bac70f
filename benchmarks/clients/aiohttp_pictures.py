"""A hand-written aiohttp loop for pictures: a typed decode, arrays of a row as its answer comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import aiohttp
import machine
import msgspec
import pandas as pd
import pyarrow as pa
import yarl

from clients import job

TAKES = "pictures"
PATH = "/vision/v3.2/analyze"
HEADERS = job.HEADERS | {"Content-Type": "application/octet-stream"}


class Box(msgspec.Struct, gc=False):
    x: int
    y: int
    w: int
    h: int


class Parent(msgspec.Struct, gc=False):
    object: str
    confidence: float


class Thing(msgspec.Struct, gc=False):
    rectangle: Box
    object: str
    confidence: float
    parent: Parent | None = None


class Metadata(msgspec.Struct, gc=False):
    width: int
    height: int
    format: str


class Answer(msgspec.Struct, gc=False):
    requestId: str
    metadata: Metadata
    modelVersion: str
    objects: list[Thing]


BOX = pa.struct([(name, pa.int32()) for name in ("x", "y", "w", "h")])
PARENT = pa.struct([("object", pa.string()), ("confidence", pa.float64())])
THING = pa.struct(
    [
        ("rectangle", BOX),
        ("object", pa.string()),
        ("confidence", pa.float64()),
        ("parent", PARENT),
    ]
)
METADATA = pa.struct([("width", pa.int32()), ("height", pa.int32()), ("format", pa.string())])
OUT = pa.struct(
    [
        ("requestId", pa.string()),
        ("metadata", METADATA),
        ("modelVersion", pa.string()),
        ("objects", pa.list_(THING)),
    ]
)
_decode = msgspec.json.Decoder(Answer).decode


def _array(answer: Answer) -> pa.StructArray:
    things = answer.objects
    boxes = [thing.rectangle for thing in things]
    parents = [thing.parent for thing in things]
    inside = pa.StructArray.from_arrays(
        [
            pa.StructArray.from_arrays(
                [
                    pa.array([box.x for box in boxes], pa.int32()),
                    pa.array([box.y for box in boxes], pa.int32()),
                    pa.array([box.w for box in boxes], pa.int32()),
                    pa.array([box.h for box in boxes], pa.int32()),
                ],
                fields=list(BOX),
            ),
            pa.array([thing.object for thing in things], pa.string()),
            pa.array([thing.confidence for thing in things], pa.float64()),
            pa.StructArray.from_arrays(
                [
                    pa.array([p and p.object for p in parents], pa.string()),
                    pa.array([p and p.confidence for p in parents], pa.float64()),
                ],
                fields=list(PARENT),
                mask=pa.array([p is None for p in parents]),
            ),
        ],
        fields=list(THING),
    )
    metadata = answer.metadata
    return pa.StructArray.from_arrays(
        [
            pa.array([answer.requestId], pa.string()),
            pa.array([msgspec.structs.asdict(metadata)], METADATA),
            pa.array([answer.modelVersion], pa.string()),
            pa.ListArray.from_arrays(pa.array([0, len(things)], pa.int32()), inside),
        ],
        fields=list(OUT),
    )


async def _open(concurrency: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=60.0),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=HEADERS,
        timeout=aiohttp.ClientTimeout(total=job.TIMEOUT),
    )


async def _send(
    session: aiohttp.ClientSession,
    url: yarl.URL,
    concurrency: int,
    column: pa.ChunkedArray,
    out: list[pa.Array],
    errors: list[dict[str, object] | None],
) -> None:
    rows = iter(range(len(column)))

    async def worker() -> None:
        for row in rows:
            content, errors[row] = await _ask(session, url, memoryview(column[row].as_buffer()))
            if content is not None:
                out[row] = _array(_decode(content))

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())


async def _ask(
    session: aiohttp.ClientSession, url: yarl.URL, body: memoryview
) -> tuple[bytes | None, dict[str, object] | None]:
    for attempt in range(1, job.ATTEMPTS + 1):
        again = None
        try:
            async with session.post(url, data=body) as answer:
                content = await answer.read()
                if answer.status == 200:
                    return content, None
                told = {"status": answer.status, "code": "rejected", "message": str(content[:500])}
                if answer.status not in job.AGAIN:
                    break
                again = answer.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError) as error:
            told = {"status": None, "code": "unavailable", "message": repr(error)}
        if attempt < job.ATTEMPTS:
            await asyncio.sleep(job.pause(attempt, again))
    return None, told


@contextlib.contextmanager
def client(url: str, concurrency: int) -> Iterator[Callable[[pd.DataFrame], pd.DataFrame]]:
    with asyncio.Runner(loop_factory=machine.new_event_loop) as runner:
        session = runner.run(_open(concurrency))
        target = yarl.URL(f"{url}{PATH}?visualFeatures=Objects")

        def transform(frame: pd.DataFrame) -> pd.DataFrame:
            column = frame["picture"].array.__arrow_array__()
            out = [pa.nulls(1, OUT)] * len(frame)
            errors: list[dict[str, object] | None] = [None] * len(frame)
            runner.run(_send(session, target, concurrency, column, out, errors))
            return job.with_columns(
                frame, pa.chunked_array(out, OUT), pa.chunked_array([pa.array(errors, job.ERROR)])
            )

        try:
            yield transform
        finally:
            runner.run(session.close())

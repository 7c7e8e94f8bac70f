"""A user's own transport carries a stage's requests, on every frame, and is held to the rules."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import pathlib
import pickle
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
from harness import Endpoint, Frames

from cogml import ParamError
from cogml.cognitive import TextSentiment
from cogml.loop import process_loop
from cogml.supplied import Supplied

SECRET = "planted-in-a-transport-77a1"
TEXTS = [f"row {i}" for i in range(24)]
_MADE = itertools.count()


def answered(request: httpx.Request, **said: Any) -> bytes:
    asked = json.loads(request.content)["documents"]
    documents = [{"id": one["id"], "warnings": [], **said} for one in asked]
    return json.dumps({"documents": documents, "errors": [], "modelVersion": "m"}).encode()


class Local:
    """Answers by itself, and says in which process, and the how-manieth it is there."""

    def __init__(self) -> None:
        self.name = f"{os.getpid()} {next(_MADE)}"
        self.asked = 0

    def __repr__(self) -> str:
        return f"Local({SECRET})"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(200, content=answered(request, sentiment=self.name))


class Locked(Local):
    """One that cannot be pickled."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def made_locked() -> Locked:
    return Locked()


class Needy:
    def __init__(self, address: str) -> None: ...

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response: ...


def stage(transport: Any, **settings: Any) -> TextSentiment:
    given = {"textCol": "text", "outputCol": "out", "errorCol": "err", "batchSize": 2}
    nowhere = {"endpoint": "http://127.0.0.1:9", "maxRetries": 0}
    return TextSentiment(transport=transport, **(given | nowhere | settings))


def names(frames: Frames, frame: Any) -> list[str]:
    rows = sorted(frames.rows(frame), key=lambda row: TEXTS.index(row["text"]))
    assert [row["text"] for row in rows] == TEXTS
    assert [row["err"] for row in rows] == [None] * len(TEXTS)
    return [row["out"][0]["sentiment"] for row in rows]


GIVEN: dict[str, Callable[[], Any]] = {
    "object": Local,
    "class": lambda: Locked,
    "function": lambda: made_locked,
    "lambda": lambda: lambda: Locked(),
}


@pytest.mark.parametrize("given", GIVEN)
def test_it_carries_the_requests_of_every_frame(frames: Frames, given: str) -> None:
    """And is one in a process, however many runs and tasks there are."""
    used = stage(GIVEN[given]())
    made = [used.transform(frames.make({"text": TEXTS})) for _ in range(2)]
    found = [name for frame in made for name in names(frames, frame)]
    assert len(found) == 2 * len(TEXTS)
    processes = {name.split()[0] for name in found}
    assert len(set(found)) == len(processes)


@pytest.mark.parametrize("given", ["object", "function"])
def test_it_asks_again_as_it_asked(eager: Frames, given: str) -> None:
    used = stage(GIVEN[given]())
    once = used.transform(eager.make({"text": TEXTS}))
    assert names(eager, used.retryFailed(once)) == names(eager, once)


def test_httpx_own_transport_reaches_the_service(endpoint: Endpoint, frames: Frames) -> None:
    used = stage(httpx.AsyncHTTPTransport, endpoint=endpoint.url, subscriptionKey="k")
    for _ in range(2):
        assert set(names(frames, used.transform(frames.make({"text": TEXTS})))) == {"neutral"}
    assert endpoint.documents() == 2 * len(TEXTS)


@pytest.mark.spark
def test_a_stream_uses_one_as_well(spark: Any, tmp_path: pathlib.Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    stream = spark.readStream.schema("text string").option("maxFilesPerTrigger", 1)
    frame = stage(made_locked).transform(stream.csv(str(source)))
    for number in range(3):
        (source / f"{number}.csv").write_text(f"row {number}\n")
    query = (
        frame.writeStream.format("parquet")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .option("path", str(tmp_path / "sink"))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    rows = spark.read.parquet(str(tmp_path / "sink")).collect()
    found = [row["out"][0]["sentiment"] for row in rows]
    assert len(found) == 3
    assert len(set(found)) == len({name.split()[0] for name in found})


@pytest.mark.spark
@pytest.mark.parametrize("given", ["object", "closure"])
def test_what_cannot_travel_says_so_before_anything_runs(spark: Any, given: str) -> None:
    held = Locked()
    frame = spark.createDataFrame([(text,) for text in TEXTS], ["text"])
    used = stage(held if given == "object" else lambda: held)
    with pytest.raises(ParamError, match=r"cannot be sent to Spark's workers .*lock.* function"):
        used.transform(frame)
    assert held.asked == 0
    rows = used.setExecution("driver").transform(frame).collect()  # here it need not travel
    assert {row["out"][0]["sentiment"] for row in rows} == {held.name}


@pytest.mark.spark
def test_a_function_that_makes_none_fails_the_job(spark: Any) -> None:
    frame = spark.createDataFrame([("a",)], ["text"])
    with pytest.raises(Exception, match="made int; expected an object with httpx's"):
        stage(lambda: 7).transform(frame).collect()


# --- what is refused


@pytest.mark.parametrize(
    "given",
    [
        "http://proxy",
        "env:PROXY",
        7,
        None,
        httpx.HTTPTransport(),
        httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))),
        Needy,
        lambda request: None,
    ],
    ids=["text", "reference", "number", "none", "blocking", "client", "class", "function"],
)
def test_what_is_no_transport_is_refused_when_set(given: Any) -> None:
    with pytest.raises(ParamError, match=r"expects a transport .* or a function without arguments"):
        TextSentiment().setTransport(given)


def broken() -> Any:
    raise ValueError(SECRET)


async def later() -> Any: ...


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: 7, "made int; expected an object with httpx's handle_async_request"),
        (lambda: Local, "made type; expected"),
        (later, "later made coroutine; expected"),
        (broken, r"broken raised ValueError at test_supplied.py:\d+"),
    ],
    ids=["number", "class", "asynchronous", "broken"],
)
def test_a_function_that_makes_none_stops_the_run(eager: Frames, given: Any, said: str) -> None:
    with pytest.raises(ParamError, match=said) as caught:
        stage(given).transform(eager.make({"text": TEXTS}))
    assert SECRET not in str(caught.value)


# --- what it is held to


def outcome(transport: Any, **settings: Any) -> dict[str, Any]:
    (row,) = stage(transport, **settings).transform(pa.table({"text": ["a"]})).to_pylist()
    return dict(row)


class Raises:
    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "asked"),
    [
        (httpx.ConnectError("refused"), "unavailable", 2),
        (httpx.ReadTimeout("late"), "timeout", 2),
        (OSError("gone"), "unavailable", 2),
        (TimeoutError(), "timeout", 2),
        (KeyError(SECRET), "unavailable", 1),  # a bug, which another attempt would meet again
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_it_raises_is_the_rows_error(error: Exception, code: str, asked: int) -> None:
    transport = Raises(error)
    row = outcome(transport, maxRetries=1, backoffs=[1])
    assert (row["out"], row["err"]["code"], row["err"]["attempts"]) == (None, code, asked)
    assert transport.asked == asked
    assert SECRET not in str(row)
    if isinstance(error, KeyError):
        assert "transport that was set (Raises) raised KeyError at test_supplied" in str(row["err"])


class Stream(httpx.AsyncByteStream):
    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.closed = False

    async def __aiter__(self) -> Any:
        for part in self.parts:
            yield part

    async def aclose(self) -> None:
        self.closed = True


class Streams:
    """Answers with a body that is still to be read."""

    def __init__(self, parts: list[bytes] | None = None) -> None:
        self.stream = Stream(parts or [])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.stream.parts = self.stream.parts or [answered(request, sentiment="mixed")]
        return httpx.Response(200, stream=self.stream)


def test_a_body_is_read_and_closed() -> None:
    transport = Streams()
    assert outcome(transport)["out"][0]["sentiment"] == "mixed"
    assert transport.stream.closed


@pytest.mark.parametrize("streamed", [True, False])
def test_a_body_is_read_no_further_than_wanted(streamed: bool) -> None:
    streams = Streams([b"x" * 600] * 3)
    whole = httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 1_800))
    row = outcome(streams if streamed else whole, answerBytes=1_000)
    assert row["err"]["code"] == "bad_response"
    assert "over 1,000 bytes" in row["err"]["message"]
    assert streams.stream.closed is streamed


class Silent:
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def test_an_attempt_ends_in_time() -> None:
    assert outcome(Silent(), timeout=0.01)["err"]["code"] == "timeout"


# --- httpx2 and its like


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A library of httpx's shape and with its own classes, as httpx2 is."""
    library = types.ModuleType("another_httpx")

    class AsyncBaseTransport:
        __module__ = "another_httpx._transports"

    class HTTPError(Exception): ...

    class ConnectTimeout(HTTPError): ...

    class Invented(HTTPError): ...

    class Request(httpx.Request): ...

    class Response(httpx.Response): ...

    for one in (AsyncBaseTransport, HTTPError, ConnectTimeout, Invented, Request, Response):
        setattr(library, one.__name__, one)
    monkeypatch.setitem(sys.modules, "another_httpx", library)
    return library


@pytest.mark.parametrize(
    ("raised", "code"),
    [(None, None), ("ConnectTimeout", "timeout"), ("Invented", "unavailable")],
)
def test_a_transport_of_another_library_gets_its_requests(
    other: Any, raised: str | None, code: str | None
) -> None:
    class Theirs(other.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            assert type(request) is other.Request
            assert request.headers["ocp-apim-subscription-key"] == "k"
            assert request.extensions["timeout"]["read"] == 60.0
            if raised is not None:
                raise getattr(other, raised)("why")
            return other.Response(200, stream=Stream([answered(request, sentiment="mixed")]))

    row = outcome(Theirs(), subscriptionKey="k")
    assert (row["err"] and row["err"]["code"]) == code
    assert (row["out"] and row["out"][0]["sentiment"]) == (None if code else "mixed")


# --- what is kept of it


def test_it_shows_nowhere_and_is_not_saved(tmp_path: pathlib.Path) -> None:
    used = stage(Local())
    used.save(str(tmp_path / "stage"))
    saved = "".join(p.read_text() for p in tmp_path.rglob("part-*"))
    shown = [repr(used), used.explainParams(), str(used.extractParamMap()), used._repr_html_()]
    assert SECRET not in "".join([saved, *shown, repr(Supplied(Local()))])
    assert used.copy().getTransport() is used.getTransport()
    with pytest.warns(UserWarning, match="saved without its transport; call setTransport again"):
        loaded = TextSentiment.load(str(tmp_path / "stage"))
    assert loaded.getTransport() is None


def test_it_is_one_object_wherever_its_bytes_arrive() -> None:
    sent = pickle.dumps(Supplied(Local()))
    assert SECRET.encode() not in sent
    one, other = pickle.loads(sent), pickle.loads(sent)
    assert one._given is other._given


class Closing(Local):
    closed = threading.Event()

    async def aclose(self) -> None:
        self.closed.set()


def test_what_a_function_made_is_closed_when_the_function_goes() -> None:
    def make() -> Closing:
        return Closing()

    stage(make).transform(pd.DataFrame({"text": TEXTS}))
    assert len(process_loop().supplied) >= 1
    assert not Closing.closed.is_set()
    del make
    for _ in range(1_000):
        gc.collect()  # once the loop has let go of the run
        if Closing.closed.wait(0.01):
            return
    raise AssertionError("it stays open")

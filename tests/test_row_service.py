"""A row is a request of its own: what is sent for it, what comes back, what costs it alone."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import httpx
import msgspec
import pandas as pd
import pyarrow as pa
import pytest
from fakes import Served
from harness import Frames, Net
from wire import AT, run

from cogml import planner
from cogml.errors import ServiceError
from cogml.frames import add_columns, explode
from cogml.param import ServiceParam
from cogml.schema import struct
from cogml.services._azure import AzureService
from cogml.services._row import Content, RowService


class Shout(RowService, AzureService):
    """A service that answers a text with the text; some texts are special."""

    main = ("text",)
    output = struct(text=str, size=int, marks=[str])

    text = ServiceParam(str, "what to shout", send="document", required=True)
    voice = ServiceParam(str, "how", send="path", default="loud")
    pitch = ServiceParam(int, "in Hz", send="query")

    def address(self) -> str:
        return f"{AT}/shout/{{voice}}"

    def is_empty(self, document: dict[str, Any]) -> bool:
        return document["text"] == ""

    def content(self, document: dict[str, Any], settings: Any) -> Any:
        text = document["text"]
        if text == "refused":
            return ServiceError("row_rejected", "not this one")
        if text == "broken":
            raise ValueError(f"a bug that quotes {text}")
        if text.startswith("slow"):
            return lambda: self.work(text)
        return Content(msgspec.json.encode({"text": text}))

    def work(self, text: str) -> Content | ServiceError:
        if text == "slow refused":
            return ServiceError("row_rejected", "no such file")
        if text == "slow broken":
            raise ValueError(f"a bug that quotes {text}")
        thread = json.dumps({"text": threading.current_thread().name})
        return Content(thread.encode(), "application/x-shout")


def air(**answer: Any) -> Net:
    """A transport that answers with what it was sent, or with this."""
    return Net(lambda request: httpx.Response(200, **(answer or {"content": request.content})))


def errors(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["err"] and row["err"]["code"] for row in rows]


def outputs(rows: list[dict[str, Any]]) -> list[str | None]:
    return [row["out"] and row["out"]["text"] for row in rows]


def test_a_row_is_a_request_of_its_own() -> None:
    net = air()
    rows = run(Shout(textCol="t", subscriptionKey="k", pitch=440), net, t=["a", None, "", "b"])
    assert outputs(rows) == ["a", None, None, "b"]
    assert errors(rows) == [None] * 4
    for request in net.requests:
        assert str(request.url) == f"{AT}/shout/loud?pitch=440"
        assert request.headers["content-type"] == "application/json"
    assert [json.loads(request.content)["text"] for request in net.requests] == ["a", "b"]


def test_answers_in_another_order_reach_their_own_rows() -> None:
    async def wait(request: httpx.Request) -> None:
        await asyncio.sleep(len(request.content) % 5 / 1_000)

    texts = ["x" * (n % 9) + str(n) for n in range(200)]
    stage = Shout(textCol="t", endpoint=AT, outputCol="out", errorCol="err", concurrency=8)
    served = Served(wait)
    table = add_columns(pa.table({"t": texts}), planner.make(stage, served))
    assert outputs(table.to_pylist()) == texts
    assert 2 <= served.most <= 8


def test_what_takes_long_runs_in_another_thread() -> None:
    net = air()
    rows = run(Shout(textCol="t"), net, t=["slow", "fast"])
    assert outputs(rows)[1] == "fast"
    assert outputs(rows)[0] not in (threading.main_thread().name, None)
    assert str(outputs(rows)[0]).startswith("cogml-work")  # the pool, not the loop's thread
    types = [request.headers["content-type"] for request in net.requests]
    assert types == ["application/x-shout", "application/json"]


@pytest.mark.parametrize("slow", ["", "slow "])
def test_a_row_that_cannot_be_made_ready_costs_itself(slow: str) -> None:
    net = air()
    rows = run(Shout(textCol="t"), net, t=["a", f"{slow}refused", f"{slow}broken", "b"])
    assert errors(rows) == [None, "row_rejected", "internal", None]
    assert outputs(rows) == ["a", None, None, "b"]
    assert "quotes" not in str(rows)
    assert len(net.requests) == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "truncated"),
        (b"null", "the answer has no text"),
        (b"{}", "the answer has no text"),
        (b'{"text": null}', "the answer has no text"),
        (b'{"text": ["a"]}', "Expected `str"),
        (b'{"text": "a", "size": 1.5}', "Expected `int"),
        (b'{"text": "a", "size": 9999999999}', "Expected `int` <= 2147483647"),
        (b'{"text": "a", "marks": [1, {}]}', "Expected `str"),
        (b'{"text": "a"', "truncated"),
        (b'{"text": "\xff"}', "utf-8"),
        (b"[" * 100_000, ""),
    ],
)
def test_an_answer_of_another_shape_is_an_error(answer: bytes, message: str) -> None:
    (row,) = run(Shout(textCol="t"), air(content=answer), t=["a"])
    assert (row["out"], row["err"]["code"]) == (None, "bad_response")
    assert message in row["err"]["message"]


def test_what_is_not_documented_is_left_out() -> None:
    more = {"text": "a", "new": [1, {"x": 2}], "marks": ["b", None]}
    (row,) = run(Shout(textCol="t"), air(json={**more, "marks": ["b"]}), t=["a"])
    assert row["out"] == {"text": "a", "size": None, "marks": ["b"]}


def test_settings_read_from_columns_are_each_rows_own() -> None:
    net = air()
    voices = [f"voice {n % 1_050}" for n in range(1_100)]
    run(Shout(textCol="t", voiceCol="v"), net, t=[str(n) for n in range(1_100)], v=voices)
    assert [request.url.path for request in net.requests] == [f"/shout/{v}" for v in voices]
    assert net.requests[0].url.raw_path == b"/shout/voice%200"


def test_a_setting_cannot_lead_the_path_astray() -> None:
    net = air()
    run(Shout(textCol="t", voice="../../x?y#z"), net, t=["a"])
    assert net.requests[0].url.raw_path == b"/shout/..%2F..%2Fx%3Fy%23z"


def test_rows_are_equal_when_settings_are_too() -> None:
    net = air()
    rows = run(Shout(textCol="t", pitchCol="p"), net, t=["a"] * 6, p=[1, 2, 1, None, 2, None])
    assert outputs(rows) == ["a"] * 6
    assert sorted(str(request.url.query) for request in net.requests) == [
        "b''",
        "b'pitch=1'",
        "b'pitch=2'",
    ]


def test_each_failure_is_its_own_rows() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        status = {"b": 400, "c": 401, "d": 410}.get(json.loads(request.content)["text"], 200)
        return httpx.Response(status, content=request.content)

    stage = Shout(textCol="t", maxRetries=0)
    rows = run(stage, Net(answer), t=["a", "b", "a", "d", "e"])
    assert errors(rows) == [None, "rejected", None, "retired", None]
    assert [row["err"] is None or row["err"]["status"] is not None for row in rows] == [True] * 5


# Lists made rows


def test_a_list_becomes_a_row_for_each_element(frames: Frames) -> None:
    lists = [[{"x": 1}, {"x": 2}], None, [], [{"x": None}], [None], [{"x": 3}]]
    frame = frames.make({"n": list(range(6)), "list": lists, "m": list("abcdef")})
    made = explode(frame, "list")
    assert frames.columns(made) == ["n", "list", "m"]
    rows = [(row["n"], row["m"], row["list"] and row["list"]["x"]) for row in frames.rows(made)]
    assert rows == [
        (0, "a", 1),
        (0, "a", 2),
        (1, "b", None),
        (2, "c", None),
        (3, "d", None),
        (4, "e", None),
        (5, "f", 3),
    ]


@pytest.mark.parametrize("lists", [[], [None, None], [[], []]])
def test_lists_of_nothing_become_nulls(lists: list[Any], frames: Frames) -> None:
    kind = pa.list_(pa.struct([("x", pa.int64())]))
    made = explode(frames.make({"list": lists}, list=kind), "list")
    assert frames.columns(made) == ["list"]
    assert frames.rows(made) == [{"list": None}] * len(lists)


def test_elements_stand_under_their_rows_index() -> None:
    frame = pd.DataFrame({"list": [[1, 2], None, [3]]}, index=["a", "b", "c"])
    made = explode(frame, "list")
    assert list(made.index) == ["a", "a", "b", "c"]
    assert pa.array(made["list"]).to_pylist() == [1, 2, None, 3]
    assert list(frame.columns) == ["list"]
    assert len(frame) == 3


def test_a_batch_or_a_slice_becomes_rows_too() -> None:
    table = pa.table({"list": [[1], [2, 3], None, [4]], "n": [0, 1, 2, 3]}).slice(1, 2)
    (batch,) = table.to_batches()
    for frame in (table, batch):
        made = explode(frame, "list")
        assert type(made) is type(frame)
        assert made.to_pydict() == {"list": [2, 3, None], "n": [1, 1, 2]}
    empty = explode(batch.slice(0, 0), "list")
    assert (type(empty), empty.num_rows, empty.schema.names) == (type(batch), 0, ["list", "n"])

"""Transports that answer as the text services do and keep what they got; stages run over them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pyarrow as pa

from cogml import Service, frames, plan, planner
from cogml.cognitive import TextSentiment

AT = "http://host"
SENTIMENT = {"sentiment": "positive", "warnings": []}
TEXT = {"text": pa.string()}


class Wire:
    """A transport that keeps the requests and answers each document with its own id."""

    def __init__(self, **answer: Any) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = json.loads(request.content)
        asked = body.get("analysisInput", body)["documents"]
        documents = [{"id": one["id"], **self.answer} for one in asked]
        found = {"documents": documents, "errors": [], "modelVersion": "m"}
        return httpx.Response(
            200, json={"kind": "k", "results": found} if "kind" in body else found
        )

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def batches(self) -> list[list[str]]:
        return [[one["text"] for one in body["documents"]] for body in self.bodies]


def run(stage: Service, wire: Any, **columns: Any) -> list[dict[str, Any]]:
    stage.setOutputCol("out").setErrorCol("err").setConcurrency(1)
    if not stage.isSet("endpoint") and not stage.isSet("url"):
        stage.set("endpoint", AT)
    result = frames.add_columns(pa.table(columns), planner.make(stage, wire))
    return list(result.to_pylist())


class Service31:
    """A transport that answers as Text Analytics does, and keeps what it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[httpx.Request] = []
        self.status = status

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        documents = [
            {"id": d["id"], "sentiment": d["text"], "warnings": []}
            for d in self.body()["documents"]
        ]
        return httpx.Response(self.status, json={"documents": documents, "errors": []})

    def body(self, number: int = -1) -> Any:
        return json.loads(self.asked[number].content)

    def texts(self) -> list[str]:
        return [d["text"] for n in range(len(self.asked)) for d in self.body(n)["documents"]]


def stage(**settings: Any) -> Service:
    return TextSentiment(
        endpoint="http://host.example", outputCol="out", errorCol="err", **settings
    )


def ready(columns: Any = None, transport: Any = None, **settings: Any) -> plan.Plan:
    columns = TEXT if columns is None else columns
    made = planner.make(stage(**settings), transport)
    made.check(columns, columns)
    return made


def filled(table: pa.Table, **settings: Any) -> tuple[list[Any], list[Any], Service31]:
    """Error and output of a table, and the transport that answered."""
    transport = Service31()
    made = ready({f.name: f.type for f in table.schema}, transport, **settings)
    error, output = made.fill(table.select(made.needs))
    sentiments = [cell and [e and e["sentiment"] for e in cell] for cell in output.to_pylist()]
    return error.to_pylist(), sentiments, transport

"""Answers of every batch service, changed on their way: what is wrong with one costs no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cases import CASES, Case, case_of
from harness import Endpoint

from cogml.loop import process_loop
from cogml.planner import make

ROWS = 4
Documents = list[Any]


class Changed:
    """The suite's own answers, changed by a function."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change = change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await process_loop().carrier.handle_async_request(request)
        content = self._change(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def rows_of(case: Case, table: pa.Table, change: Callable[[bytes], bytes]) -> list[dict[str, Any]]:
    """Code and output of each row."""
    plan = make(case.make(maxRetries=0), Changed(change))
    plan.check({name: table.schema.field(name).type for name in plan.needs}, table.column_names)
    made = plan.fill(table.select(plan.needs))
    errors, outputs = (column.to_pylist() for column in made[:2])
    return [
        {"code": error and error["code"], "error": error, "out": output}
        for error, output in zip(errors, outputs, strict=True)
    ]


def on_documents(spoil: Callable[[Documents, Documents], None]) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        answer = json.loads(content)
        holder = answer.get("results", answer)
        spoil(holder["documents"], holder["errors"])
        return json.dumps(answer).encode()

    return change


def _number(documents: Documents, errors: Documents) -> None:
    documents[1]["id"] = int(documents[1]["id"])


def _numbers(documents: Documents, errors: Documents) -> None:
    for document in documents:
        document["id"] = int(document["id"])


def _both(documents: Documents, errors: Documents) -> None:
    errors.append({"id": documents[1]["id"], "error": {"code": "A", "message": "b"}})


def _null(documents: Documents, errors: Documents) -> None:
    documents[1] = None


def _listed(documents: Documents, errors: Documents) -> None:
    documents[1] = [documents[1]]


def _warned(documents: Documents, errors: Documents) -> None:
    documents[1] = {"id": documents[1]["id"], "warnings": [{"code": "A", "message": "b"}]}


def _huge(documents: Documents, errors: Documents) -> None:
    documents[1]["statistics"] = {"charactersCount": 10**400, "transactionsCount": 1}


def _swapped(documents: Documents, errors: Documents) -> None:
    documents[0], documents[1] = documents[1] | {"id": "x"}, documents[0]


def _nothing(documents: Documents, errors: Documents) -> None:
    documents.clear()


def _turned(documents: Documents, errors: Documents) -> None:
    documents.reverse()
    for document in documents:
        document["unheard"] = {"of": [1, None, {}]}


GOOD = [None] * ROWS
ONE_BAD = [None, "bad_response", None, None]
CHANGES = {
    "an id as a number": (_number, ONE_BAD),
    "ids as numbers": (_numbers, ["bad_response"] * ROWS),
    "answered and refused": (_both, [None, "row_rejected", None, None]),
    "a null document": (_null, ONE_BAD),
    "a list for a document": (_listed, ONE_BAD),
    "warnings only": (_warned, ONE_BAD),
    "a number beyond all types": (_huge, ONE_BAD),
    "a foreign id, and order": (_swapped, ONE_BAD),
    "no documents": (_nothing, ["bad_response"] * ROWS),
    "another order, unknown fields": (_turned, GOOD),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", [c for c in CASES if c.batches], ids=lambda case: case.name)
def test_what_is_wrong_with_a_document_is_its_own_rows_error(
    case: Case, change: str, endpoint: Endpoint
) -> None:
    table = case.table(ROWS)
    straight = rows_of(case, table, lambda content: content)
    spoil, codes = CHANGES[change]
    rows = rows_of(case, table, on_documents(spoil))
    assert [row["code"] for row in rows] == codes
    for row, right in zip(rows, straight, strict=True):
        if row["code"] is None:
            assert row["out"] == right["out"]  # never another row's
        else:
            # AnalyzeText's struct has a place for a refusal, beside that of an answer.
            assert row["out"] is None or row["out"]["documents"] is None
            assert row["error"]["message"]


@pytest.mark.parametrize(
    "written",
    [
        lambda content: content.replace(b'"documents":[{', b'"documents":[{"score":NaN,', 1),
        lambda content: content.decode().encode("utf-16"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content[:-1],
        lambda content: content + b"{}",
    ],
    ids=["NaN", "UTF-16", "a mark before", "the end missing", "something behind"],
)
def test_what_is_no_json_is_every_rows_error(
    written: Callable[[bytes], bytes], endpoint: Endpoint
) -> None:
    for case in (case_of("TextSentiment"), case_of("SentimentAnalysis")):
        rows = rows_of(case, case.table(2), written)
        assert [(row["code"], row["out"]) for row in rows] == [("bad_response", None)] * 2
        assert rows[0]["error"]["message"]


@pytest.mark.parametrize("name", ["DetectAnomalies", "SimpleDetectAnomalies"])
@pytest.mark.parametrize("field", ["isAnomaly", "expectedValues", "severity"])
@pytest.mark.parametrize(
    "spoilt",
    [lambda of: of[:-1], lambda of: [*of, of[0]], lambda of: [], lambda of: [None, *of[1:]]],
    ids=["one less", "one more", "none", "a null"],
)
def test_an_answer_of_too_few_or_too_many_points_is_no_answer(
    name: str, field: str, spoilt: Callable[[list[Any]], list[Any]], endpoint: Endpoint
) -> None:
    def change(content: bytes) -> bytes:
        answer = json.loads(content)
        return json.dumps(answer | {field: spoilt(answer[field])}).encode()

    case = case_of(name)
    rows = rows_of(case, case.table(1), change)
    assert {row["code"] for row in rows} == {"bad_response"}
    assert {row["out"] is None for row in rows} == {True}

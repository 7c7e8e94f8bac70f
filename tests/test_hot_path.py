"""What a row costs is counted, not timed: bytecode instructions of ours, and memory that is held.

The marginal cost: a run of many rows less a run of half as many, so that what is made once a run
does not count. A limit that is passed by a change that is meant may be raised, with the reason.
"""

import asyncio
import sys
import tracemalloc
from pathlib import Path

import httpx
import msgspec
import pyarrow as pa

import cogml
from cogml import planner
from cogml.cognitive import TextSentiment
from cogml.loop import process_loop
from cogml.messages import Answer

MOST_INSTRUCTIONS = 190  # a row of ten to a request; 167 when this was written, on Python 3.11
OURS = str(Path(cogml.__file__).parent)
SENTENCE = {
    "text": "A good day.",
    "sentiment": "positive",
    "confidenceScores": {"positive": 1.0, "neutral": 0.0, "negative": 0.0},
    "offset": 0,
    "length": 11,
}
DOCUMENT = SENTENCE | {"sentences": [SENTENCE, SENTENCE], "warnings": []}


class Sentiments:
    """Answers at once: ten documents, whatever they say."""

    body = msgspec.json.encode(
        {"documents": [{"id": str(n), **DOCUMENT} for n in range(10)], "errors": []}
    )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return Answer(200, list, self.body)


def texts(rows: int) -> pa.Table:
    return pa.table({"text": [f"text {row}" for row in range(rows)]})


def plan(transport):
    stage = TextSentiment(endpoint="http://127.0.0.1:9", subscriptionKey="k", outputCol="out")
    made = planner.make(stage.setConcurrency(8), transport)
    made.check({"text": pa.string()}, ["text"])
    return made


def instructions(rows: int) -> int:
    """How many of our instructions the loop's thread works through for so many rows."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    async def tracing(function):
        sys.settrace(function)

    def in_the_loop(function):
        asyncio.run_coroutine_threadsafe(tracing(function), process_loop().loop).result(10)

    table = texts(rows)
    in_the_loop(trace)
    try:
        columns = plan(Sentiments()).fill(table)
    finally:
        in_the_loop(None)
    assert columns[0].null_count == rows
    return count


def test_a_row_costs_so_many_instructions():
    instructions(1_000)  # what is made once a process
    found = (instructions(4_000) - instructions(2_000)) / 2_000
    assert 100 < found < MOST_INSTRUCTIONS, found


def held(batches: int) -> int:
    """The most bytes that are held at a time, by Python and by Arrow, while so many batches of a
    thousand rows stream through."""
    before, most = pa.total_allocated_bytes(), 0
    source = (texts(1_000).to_batches()[0] for _ in range(batches))
    tracemalloc.start()
    try:
        for columns in plan(Sentiments()).stream(source):
            assert len(columns[0]) == 1_000
            most = max(most, pa.total_allocated_bytes() - before)
        return most + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_stream_of_four_times_the_rows_holds_no_more():
    held(2)  # what is made once a process
    assert held(40) < 1.25 * held(10)

"""A run ends when its time is up, and every row says whether it was answered by then."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
from harness import Endpoint, Net

from cogml import frames, planner
from cogml.cognitive import ReadImage, TextSentiment


def stage(**settings: Any) -> TextSentiment:
    return TextSentiment(
        textCol="text", outputCol="out", errorCol="err", subscriptionKey="k", **settings
    )


def texts(count: int) -> dict[str, list[str]]:
    return {"text": [f"nice {number}" for number in range(count)]}


def test_what_is_not_answered_in_time_says_so_and_what_is_stays(
    endpoint: Endpoint,
) -> None:
    """The first request is answered at once, the others would take longer than a test may."""
    endpoint.fault({"kind": "latency", "delay_ms": 600_000, "after": 1})
    given = stage(concurrency=1, deadline=2.5, timeout=1_000.0)
    rows = given.transform(pa.table(texts(35))).to_pylist()
    answered = [row["out"][0]["sentiment"] for row in rows if row["err"] is None]
    errors = [row["err"] for row in rows if row["err"] is not None]
    assert answered == ["positive"] * 10
    assert {error["code"] for error in errors} == {"timeout"}
    said = {error["message"] for error in errors}
    assert "not answered before the deadline of the run (2.5 seconds)" in said
    assert "not reached before the deadline of the run (2.5 seconds)" in said
    assert [row["out"] for row in rows if row["err"] is not None] == [None] * 25


@pytest.mark.parametrize("fault", ["retry", "throttle", "poll"])
def test_whatever_it_waits_for_a_run_ends(endpoint: Endpoint, fault: str) -> None:
    given: Any = stage(deadline=0.3, concurrentTimeout=1000.0, maxRetries=100)
    frame = pd.DataFrame(texts(3))
    if fault == "retry":
        endpoint.fault({"status": 503})
        given.setBackoffs([600_000])
    elif fault == "throttle":
        endpoint.fault({"kind": "throttle", "retry_after": 600})
    else:
        given = ReadImage(
            imageUrl=f"{endpoint.url}/none.png", outputCol="out", errorCol="err", deadline=0.3,
            subscriptionKey="k", pollingDelay=600_000,
        )  # fmt: skip
        body = {"Operation-Location": f"{endpoint.url}/vision/v3.2/read/analyzeResults/1"}
        endpoint.fault({"status": 202, "method": "POST", "headers": body})
    result = given.transform(frame)
    assert [error["code"] for error in result["err"]] == ["timeout"] * 3


def test_a_run_that_ends_in_time_is_as_any_other(endpoint: Endpoint) -> None:
    result = stage(deadline=60.0).transform(pd.DataFrame(texts(35)))
    assert result["err"].isna().all()
    assert endpoint.documents() == 35


def test_a_transport_that_was_cancelled_from_outside_is_no_deadline() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise asyncio.CancelledError

    plan = planner.make(stage(deadline=60.0, endpoint="http://127.0.0.1:9"), Net(answer))
    result = frames.add_columns(pd.DataFrame(texts(1)), plan)
    assert [error["code"] for error in result["err"]] == ["internal"]

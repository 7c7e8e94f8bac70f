"""What the suite answers over HTTP it answers within the process, to the same client."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pyarrow as pa
import pytest
from suite_bench import Bench
from wire import run

import cogml_mocks
from cogml.cognitive import AnalyzeText, DetectAnomalies, TextSentiment
from cogml_mocks.in_process import Transport

ENTIRE = "/anomalydetector/v1.1/timeseries/entire/detect"
VALUES = [float(n % 7) for n in range(48)] + [90.0]
SERIES = {"series": [{"value": value} for value in VALUES], "granularity": "none"}
OWN = {"apim-request-id", "x-envoy-upstream-service-time", "date"}  # of each answer


def ask(to: httpx.AsyncBaseTransport, *requests: Callable[..., Any]) -> list[httpx.Response]:
    """What it answers to requests, one after the other."""

    async def asked() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=to, base_url="http://any.example") as client:
            return [await request(client) for request in requests]

    return asyncio.run(asked())


def post(path: str, body: Any, **headers: str) -> Callable[..., Any]:
    return lambda client: client.post(path, json=body, headers=headers)


def get(path: str) -> Callable[..., Any]:
    return lambda client: client.get(path)


def test_the_answer_is_that_of_the_server(bench: Bench) -> None:
    served = bench.post(ENTIRE, SERIES)
    [own] = ask(cogml_mocks.transport(), post(ENTIRE, SERIES))
    assert own.status_code == served.status_code == 200
    assert own.json() == served.json()
    assert own.json()["isAnomaly"].index(True) == 48
    names = [name for name, _ in own.headers.items() if name not in OWN]
    assert names == [name for name, _ in served.headers.items() if name not in OWN]


def test_a_stage_needs_neither_key_nor_server() -> None:
    series = pa.array([[{"value": value} for value in VALUES], [{"value": 1.0}]])
    stage = DetectAnomalies(seriesCol="s", granularity="none")
    found, refused = run(stage, cogml_mocks.transport(), s=series)
    assert found["err"] is None
    assert found["out"]["isAnomaly"] == [False] * 48 + [True]
    assert refused["err"]["status"]["statusCode"] == 400
    texts = run(TextSentiment(textCol="t"), cogml_mocks.transport(), t=["A good day.", "It broke."])
    assert [row["out"][0]["sentiment"] for row in texts] == ["positive", "negative"]


def test_jobs_are_asked_after_where_they_were_begun() -> None:
    stage = AnalyzeText(textCol="t", kind="EntityRecognition")
    [row] = run(stage, cogml_mocks.transport(), t=["Ada Lovelace lived in London."])
    assert row["err"] is None


def test_keys_are_asked_for_where_there_are_some() -> None:
    keyed = Transport(keys=["good"])
    key = "Ocp-Apim-Subscription-Key"
    good, bad, none = ask(
        keyed,
        post(ENTIRE, SERIES, **{key: "good"}),
        post(ENTIRE, SERIES, **{key: "bad"}),
        post(ENTIRE, SERIES),
    )
    assert [good.status_code, bad.status_code, none.status_code] == [200, 401, 401]


def test_faults_are_those_of_the_server() -> None:
    faults = [
        {"kind": "status", "status": 503, "times": 1},
        {"kind": "drop_before_answer", "times": 1},
    ]
    one = Transport(faults=faults)
    [first] = ask(one, post(ENTIRE, SERIES))
    assert first.status_code == 503
    with pytest.raises(httpx.ReadError, match="the connection ended"):
        ask(one, post(ENTIRE, SERIES))
    third, log = ask(one, post(ENTIRE, SERIES), get("/_mock/requests"))
    assert third.status_code == 200
    assert [entry["status"] for entry in log.json()["requests"]] == [503, None, 200]


def test_without_a_log_requests_are_counted_and_not_kept() -> None:
    one = Transport(log=False)
    ask(one, post(ENTIRE, SERIES), post(ENTIRE, SERIES))
    log, stats = ask(one, get("/_mock/requests"), get("/_mock/stats"))
    assert log.json() == {"requests": [], "total": 2, "forgotten": 2}
    assert (stats.json()["requests"], stats.json()["documents"]) == (2, 2)


def test_what_makes_one_is_what_a_stage_takes() -> None:
    """By name, so that it travels to Spark's workers; each process has a suite of its own."""
    assert pickle.loads(pickle.dumps(cogml_mocks.transport)) is cogml_mocks.transport
    stage = TextSentiment(textCol="t", outputCol="out", errorCol="err", endpoint="http://any")
    stage.setTransport(cogml_mocks.transport)
    found = stage.transform(pa.table({"t": ["A good day."]})).to_pylist()
    assert (found[0]["err"], found[0]["out"][0]["sentiment"]) == (None, "positive")

"""A rate is kept in seconds, and what comes too fast is told when to come again."""

import pytest
from suite_bench import KEY, V31, batch

import cogml_mocks
from cogml_mocks import operations
from cogml_mocks.gateway import Gateway
from cogml_mocks.messages import Request
from cogml_mocks.rates import Bucket
from cogml_mocks.settings import Settings


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_second_s_worth_at_once_then_so_many_a_second():
    clock = Clock()
    bucket = Bucket(2, clock)
    assert [bucket.wait() for _ in range(4)] == [0, 0, 1, 1]
    clock.now += 0.5
    assert [bucket.wait() for _ in range(2)] == [0, 1]
    clock.now += 60
    assert [bucket.wait() for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize(("rate", "wait"), [(0.5, 2), (1 / 60, 60), (0.3, 4)])
def test_a_rate_below_one_lets_one_through_and_says_how_long(rate, wait):
    clock = Clock()
    bucket = Bucket(rate, clock)
    assert [bucket.wait(), bucket.wait()] == [0, wait]
    clock.now += wait
    assert bucket.wait() == 0


def test_each_base_path_has_a_rate_of_its_own_and_refusals_cost_nothing():
    operations.load()
    clock = Clock()
    gateway = Gateway(Settings(rate_limit=1), clock)
    headers = {"content-type": "application/json", "ocp-apim-subscription-key": "k"}

    def status(path: str, **more: str) -> int:
        passage = gateway(Request("POST", path, "", {**headers, **more}, b"{}"))
        response, _ = passage.answer()
        passage.finish(response.status, 0)
        return response.status

    assert [status(f"{V31}/sentiment") for _ in range(3)] == [400, 429, 429]
    assert status(f"/t/another{V31}/sentiment") == 400
    assert status(f"/t/third{V31}/sentiment", **{"ocp-apim-subscription-key": ""}) == 401
    assert status(f"/t/third{V31}/sentiment") == 400
    clock.now += 1
    assert status(f"{V31}/sentiment") == 400
    gateway.reset("")
    assert status(f"{V31}/sentiment") == 400


def test_too_many_calls_are_answered_as_the_service_does(client):
    with cogml_mocks.serve(rate_limit=1 / 60) as suite:
        answers = [
            client.post(f"{suite.url}{V31}/sentiment", json=batch("x"), headers=KEY)
            for _ in range(2)
        ]
        log = suite.requests()
        suite.reset()
        again = client.post(f"{suite.url}{V31}/sentiment", json=batch("x"), headers=KEY)
    assert [answer.status_code for answer in (*answers, again)] == [200, 429, 200]
    refused = answers[1]
    assert refused.headers["retry-after"] in ("59", "60")
    assert refused.json()["error"]["code"] == "429"
    assert "exceeded call rate limit" in refused.json()["error"]["message"]
    assert [entry["fault"] for entry in log] == [None, "rate_limit"]


def test_the_faults_of_the_start_are_there_for_each_base_path_and_after_a_reset(client):
    rule = {"kind": "status", "status": 503, "times": 1}
    with cogml_mocks.serve(faults=[rule]) as suite:
        for base in (suite.url, suite.base("one"), suite.base("two")):
            url = f"{base}{V31}/sentiment"
            assert [client.post(url, json=batch("x")).status_code for _ in range(2)] == [503, 200]
        suite.reset(base="one")
        url = f"{suite.base('one')}{V31}/sentiment"
        assert [client.post(url, json=batch("x")).status_code for _ in range(2)] == [503, 200]

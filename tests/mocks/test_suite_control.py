"""What one base path sees is its own, complete, and says no secret."""

import contextlib
import socket
import threading
import time

import httpx
import pytest
from suite_bench import KEY, V31, batch

from cogml_mocks import journal


def test_the_log_has_sizes_counts_and_times_but_no_content(bench):
    before = time.monotonic() * 1000
    response = bench.sentiment("a private sentence", "two", query="?showStats=true")
    (entry,) = bench.suite.requests(bench.name)
    assert entry["method"] == "POST"
    assert entry["path"] == f"{V31}/sentiment"
    assert entry["query"] == "showStats=true"
    assert entry["status"] == 200
    assert entry["documents"] == 2
    assert entry["fault"] is None
    assert entry["request_bytes"] == len(response.request.content)
    assert entry["response_bytes"] > len(response.content)
    assert before <= entry["started_ms"] <= entry["finished_ms"]
    log = httpx.get(f"{bench.url}/_mock/requests").json()
    assert log == {"requests": [entry], "total": 1, "forgotten": 0}
    assert "private" not in str(log)
    assert KEY["Ocp-Apim-Subscription-Key"] not in str(log)


@pytest.mark.parametrize("name", ["subscription-key", "sig", "access_token", "client_secret"])
def test_a_credential_in_the_query_is_not_logged(bench, name):
    bench.sentiment("fine", query=f"?showStats=true&{name}=hunter2&x=1")
    (entry,) = bench.suite.requests(bench.name)
    assert entry["query"] == f"showStats=true&{name}=***&x=1"


def test_a_refused_request_is_logged_too(bench):
    bench.post("/nowhere", {})
    bench.sentiment(*["x"] * 11)
    assert [(e["status"], e["documents"]) for e in bench.suite.requests(bench.name)] == [
        (404, None),
        (400, 11),
    ]


def test_base_paths_do_not_mix(bench):
    other = f"{bench.name}-other"
    bench.suite.reset(other)
    bench.fault(status=503)
    bench.suite.faults({"status": 429}, base=other)

    def status(base: str) -> int:
        return bench.client.post(f"{base}{V31}/sentiment", json=batch("x")).status_code

    assert status(bench.url) == 503
    assert status(bench.suite.base(other)) == 429
    assert [len(bench.suite.requests(name)) for name in (bench.name, other)] == [1, 1]
    bench.suite.reset(other)
    assert status(bench.suite.base(other)) == 200
    assert status(bench.url) == 503


def test_a_base_path_whose_name_needs_escaping(suite):
    with httpx.Client(headers=KEY) as client:
        url = suite.base("naïve test?")
        assert client.post(f"{url}{V31}/sentiment", json=batch("x")).status_code == 200
    assert len(suite.requests("naïve test?")) == 1


def test_reset_of_the_root_resets_all():
    import cogml_mocks

    with cogml_mocks.serve() as suite, httpx.Client(headers=KEY) as client:
        suite.faults({"status": 500})
        suite.faults({"status": 500}, base="a")
        for base in (suite.url, suite.base("a")):
            assert client.post(f"{base}{V31}/sentiment", json=batch("x")).status_code == 500
        assert client.post(f"{suite.url}/_mock/reset").status_code == 200
        for base in ("", "a"):
            assert suite.requests(base) == []
            assert suite.stats(base)["requests"] == 0
        assert client.post(f"{suite.base('a')}{V31}/sentiment", json=batch("x")).status_code == 200


def test_stats_show_that_requests_in_flight_reached_a_level_and_stayed_there(bench):
    bench.fault(kind="latency", delay_ms=40)
    asked = httpx.Request(
        "POST",
        f"{bench.url}{V31}/sentiment",
        headers={**KEY, "connection": "close"},
        json=batch("fine", "good"),
    )
    lines = [f"POST {asked.url.path} HTTP/1.1", *(f"{k}: {v}" for k, v in asked.headers.items())]
    written = "\r\n".join([*lines, "", ""]).encode() + asked.content
    with contextlib.ExitStack() as opened:
        at = (asked.url.host, asked.url.port)
        links = [opened.enter_context(socket.create_connection(at)) for _ in range(4)]
        for link in links:  # open beforehand: all are asked within the first one's latency
            link.sendall(written)
        for link in links:
            while link.recv(65_536):
                continue
    stats = bench.suite.stats(bench.name)
    assert (stats["requests"], stats["documents"]) == (4, 8)
    assert (stats["in_flight"], stats["max_in_flight"]) == (0, 4)
    assert stats["window_ms"] >= 40
    assert 1 < stats["mean_in_flight"] <= 4
    assert stats["percentiles"]["p95"] == 4
    shares = list(stats["at_least"].values())
    assert shares == sorted(shares, reverse=True)
    assert stats["at_least"]["4"] > 0.3
    assert httpx.get(f"{bench.url}/_mock/stats").json()["requests"] == 4


def test_time_weights_are_exact(monkeypatch):
    clock = iter([0, 0, 10, 20, 40, 45, 50, 60, 60])
    monkeypatch.setattr(journal.time, "monotonic", lambda: next(clock) / 1000)
    levels = journal.Journal()
    first = levels.begin("GET", "/", "", b"")  # at 0
    second = levels.begin("GET", "/", "", b"")  # at 0
    first.finish(200, 1)  # at 10: 2 for 10 ms
    second.finish(200, 1)  # at 20: 1 for 10 ms
    third = levels.begin("GET", "/", "", b"")  # at 40: none for 20 ms
    third.finish(None, 0)  # at 45: 1 for 5 ms
    stats = levels.stats()
    assert stats["window_ms"] == 45
    assert stats["mean_in_flight"] == pytest.approx(35 / 45, abs=1e-3)
    assert stats["at_least"] == {"1": round(25 / 45, 4), "2": round(10 / 45, 4)}
    assert stats["percentiles"]["p95"] == 2


def test_the_log_is_bounded_and_says_so(monkeypatch):
    monkeypatch.setattr(journal, "LOG_LIMIT", 3)
    log = journal.Journal()
    for i in range(5):
        log.begin("GET", f"/{i}", "", b"").finish(200, 1)
    shown = log.requests()
    assert [entry["path"] for entry in shown["requests"]] == ["/2", "/3", "/4"]
    assert (shown["total"], shown["forgotten"]) == (5, 2)


def test_the_number_of_base_paths_is_bounded(monkeypatch):
    import cogml_mocks

    monkeypatch.setattr("cogml_mocks.gateway.MAX_BASES", 3)
    with cogml_mocks.serve() as suite:
        suite.faults({"status": 500}, base="first")
        for i in range(5):
            suite.stats(f"n{i}")
        assert suite.stats("first")["requests"] == 0
        assert len(suite._gateway._bases) == 3


def test_a_reset_while_a_request_is_in_flight_does_not_count_it_twice(bench):
    bench.fault(kind="latency", delay_ms=40)
    thread = threading.Thread(target=bench.sentiment, args=("fine",))
    thread.start()
    for _ in range(500):
        if bench.suite.stats(bench.name)["in_flight"]:
            break
    bench.suite.reset(bench.name)
    thread.join()
    stats = bench.suite.stats(bench.name)
    assert (stats["requests"], stats["documents"], stats["in_flight"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/_mock"), ("GET", "/_mock/reset"), ("POST", "/_mock/nothing")]
)
def test_an_unknown_control_path_is_404_and_lists_those_there_are(bench, method, path):
    response = bench.client.request(method, bench.url + path)
    assert response.status_code == 404
    assert "POST /_mock/faults" in response.json()["error"]["message"]


def test_faults_that_are_not_json_are_400(bench):
    response = bench.client.post(f"{bench.url}/_mock/faults", content=b"{")
    assert response.status_code == 400


def test_the_control_plane_needs_no_key_and_is_not_logged(bench):
    assert httpx.get(f"{bench.url}/_mock/requests").status_code == 200
    assert bench.suite.requests(bench.name) == []

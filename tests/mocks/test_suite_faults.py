"""Every fault kind does what it says, as often as it says, and to nobody else."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import cv2
import httpx
import numpy as np
import pytest
from suite_bench import KEY, LANGUAGE, V31, batch

from cogml_mocks.faults import KINDS, parse
from cogml_mocks.messages import Response

TEXTS = ("What a lovely day!", "this is a dog", "I hate traffic.")


def statuses(bench, count: int) -> list[int]:
    return [bench.sentiment("fine").status_code for _ in range(count)]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504])
def test_a_status_comes_in_the_services_envelope(bench, status):
    bench.fault(status=status)
    response = bench.sentiment("fine")
    assert response.status_code == status
    assert set(response.json()) == {"error"}
    assert {"code", "message"} <= set(response.json()["error"])
    assert ("apim-request-id" in response.headers) is (status != 401)
    assert "retry-after" not in response.headers
    assert bench.suite.requests(bench.name)[0]["documents"] == 1


def test_a_status_with_its_own_words_headers_and_body(bench):
    bench.fault(status=503, code="Busy", message="Later", headers={"X-A": "b"}, times=1)
    response = bench.sentiment("fine")
    assert response.json() == {"error": {"code": "Busy", "message": "Later"}}
    assert response.headers["x-a"] == "b"
    bench.fault(status=500, body="<html>not JSON</html>", times=1)
    assert bench.sentiment("fine").text == "<html>not JSON</html>"
    bench.fault(status=200, body={"documents": "none"}, times=1)
    assert bench.sentiment("fine").json() == {"documents": "none"}


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_leaves_the_connection_in_order(bench, status):
    bench.fault(status=status, times=1)
    bench.fault(kind="slow_body", interval_ms=0, times=1)
    response = bench.sentiment("fine")
    assert (response.status_code, response.content) == (status, b"")
    assert statuses(bench, 2) == [200, 200]


def test_each_form_of_retry_after(bench):
    def headers(form: str, wait: float) -> httpx.Headers:
        bench.fault(kind="throttle", retry_after=wait, retry_after_form=form, times=1)
        response = bench.sentiment("fine")
        assert response.status_code == 429
        return response.headers

    assert headers("seconds", 7)["retry-after"] == "7"
    at = parsedate_to_datetime(headers("date", 60)["retry-after"])
    assert 55 <= (at - datetime.now(UTC)).total_seconds() <= 60
    in_milliseconds = headers("milliseconds", 1.5)
    assert in_milliseconds["retry-after-ms"] == "1500"
    assert "retry-after" not in in_milliseconds
    assert not {"retry-after", "retry-after-ms"} & set(headers("none", 5))


def test_quota_is_403_or_429(bench):
    bench.fault(kind="quota", times=1)
    bench.fault(kind="quota", status=429, retry_after=86_400, times=1)
    first, second = bench.sentiment("fine"), bench.sentiment("fine")
    assert first.status_code == 403
    assert "Out of call volume quota" in first.json()["error"]["message"]
    assert second.status_code == 429
    assert second.json()["error"]["innererror"]["code"] == "CapacityLimitExceeded"
    assert second.headers["retry-after"] == "86400"


def test_latency_adds_up_with_the_fault_that_follows(bench):
    bench.fault(kind="latency", delay_ms=20)
    bench.fault(status=503, delay_ms=20)
    started = time.perf_counter()
    assert bench.sentiment("fine").status_code == 503
    assert time.perf_counter() - started >= 0.04


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_a_broken_connection_breaks_this_request_only(bench, kind):
    bench.fault(kind=kind, times=1)
    with pytest.raises(httpx.TransportError):
        bench.sentiment(*TEXTS)
    assert bench.sentiment("fine").status_code == 200
    broken = bench.suite.requests(bench.name)[0]
    assert broken["fault"] == kind
    assert broken["status"] == (None if kind == "drop_before_answer" else 200)


def test_what_arrives_before_the_connection_breaks(exchange, bench):
    body = b'{"documents":[{"id":"1","text":"fine"}]}'
    head = f"POST /t/{bench.name}{V31}/sentiment HTTP/1.1\r\nContent-Type: application/json\r\n"
    head += f"Ocp-Apim-Subscription-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
    bench.fault(kind="drop_before_answer", times=1)
    bench.fault(kind="truncated_body", times=1)
    bench.fault(kind="drop_mid_answer", times=1)
    assert exchange(head.encode() + body) == b""
    truncated = exchange(head.encode() + body)
    announced = int(truncated.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(truncated.partition(b"\r\n\r\n")[2]) < announced
    with pytest.raises(ConnectionResetError):
        exchange(head.encode() + body)


def test_a_slow_body_arrives_whole_in_pieces(bench):
    bench.fault(kind="slow_body", chunk_bytes=200, interval_ms=4)
    started = time.perf_counter()
    with bench.client.stream("POST", f"{bench.url}{V31}/sentiment", json=batch(*TEXTS)) as answer:
        pieces = list(answer.iter_raw())
    assert len(pieces) > 2
    assert time.perf_counter() - started >= 0.012
    assert b"".join(pieces).endswith(b'"}')


def test_malformed_json_is_200_and_does_not_parse(bench):
    bench.fault(kind="malformed_json")
    response = bench.sentiment(*TEXTS)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        response.json()


@pytest.mark.parametrize(
    ("shape", "kind"),
    [("array", list), ("string", str), ("number", int), ("object", dict), ("null", type(None))],
)
def test_wrong_shapes(bench, shape, kind):
    bench.fault(kind="wrong_shape", shape=shape)
    response = bench.sentiment("fine")
    assert response.status_code == 200
    assert type(response.json()) is kind
    assert not response.json() or kind in (str, int)


def test_empty_body(bench):
    bench.fault(kind="empty_body")
    response = bench.sentiment("fine")
    assert (response.status_code, response.content) == (200, b"")


def test_huge_body_is_still_json(bench):
    bench.fault(kind="huge_body", megabytes=2)
    response = bench.sentiment("fine")
    assert len(response.content) == 2 * 1_048_576
    assert response.json()["documents"][0]["id"] == "0"


@pytest.mark.parametrize("path", [f"{V31}/sentiment", LANGUAGE])
@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("missing_document", ["0", "2"]),
        ("foreign_id", ["0", "not-one-of-yours", "2"]),
        ("duplicated_id", ["0", "1", "2", "0"]),
        ("reordered_documents", ["2", "1", "0"]),
        ("wrong_type", ["0", "1", "2"]),
    ],
)
def test_spoilt_documents(bench, path, kind, ids):
    bench.fault(kind=kind)
    body = batch(*TEXTS)
    if path == LANGUAGE:
        body = {"kind": "SentimentAnalysis", "analysisInput": body}
    answer = bench.post(path, body).json()
    documents = answer.get("results", answer)["documents"]
    assert [document["id"] for document in documents] == ids
    if kind == "wrong_type":
        assert [type(d["sentiment"]) for d in documents] == [str, int, str]


def test_the_field_of_the_wrong_type_can_be_chosen(bench):
    bench.fault(kind="wrong_type", field="confidenceScores")
    document = bench.sentiment("fine").json()["documents"][0]
    assert isinstance(document["confidenceScores"], str)
    assert document["sentiment"] == "positive"


def test_a_refusal_has_no_documents_to_spoil(bench):
    bench.fault(kind="missing_document")
    assert bench.sentiment().json()["error"]["code"] == "InvalidRequest"
    assert bench.sentiment("").json()["documents"] == []


def test_redirect_to_another_host(bench):
    bench.fault(kind="redirect", location="http://elsewhere.invalid/x")
    response = bench.sentiment("fine")
    assert response.status_code == 302
    assert response.headers["location"] == "http://elsewhere.invalid/x"


def test_times_after_and_both(bench):
    bench.fault(status=429, times=1)
    bench.fault(status=500, after=2, times=2)
    assert statuses(bench, 7) == [429, 200, 200, 500, 500, 200, 200]


def test_a_rate_is_seeded(bench):
    def run(seed: int) -> list[int]:
        bench.suite.reset(bench.name)
        bench.fault(status=503, rate=0.3, seed=seed)
        return statuses(bench, 40)

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 3 <= first.count(503) <= 25


def test_path_and_method_choose_the_requests(bench):
    bench.fault(status=503, path="*/keyPhrases")
    bench.fault(status=500, path="/language/*", method="post")
    bench.fault(status=504, method="GET")
    assert bench.sentiment("fine").status_code == 200
    assert bench.post(f"{V31}/keyPhrases", batch("fine")).status_code == 503
    assert bench.analyze("SentimentAnalysis", "fine").status_code == 500


def test_a_fault_comes_before_the_key(bench):
    bench.fault(status=503)
    url = f"{bench.url}{V31}/sentiment"
    assert httpx.post(url, json=batch("fine")).status_code == 503


def test_an_unknown_kind_is_400_and_lists_the_kinds(bench):
    response = bench.client.post(f"{bench.url}/_mock/faults", json={"kind": "magic"})
    assert response.status_code == 400
    message = response.json()["error"]["message"]
    assert all(kind in message for kind in KINDS)


@pytest.mark.parametrize(
    "rule",
    [
        [],
        "429",
        {},
        {"kind": "status"},
        {"kind": "latency"},
        {"kind": ["status"], "status": 500},
        {"status": "429"},
        {"status": True},
        {"status": 99},
        {"status": 500, "times": 0},
        {"status": 500, "times": 1.5},
        {"status": 500, "rate": 2},
        {"status": 500, "megabytes": 2},
        {"status": 500, "colour": "red"},
        {"status": 500, "headers": {"A": "b\r\nC: d"}},
        {"status": 500, "headers": {"A": 1}},
        {"kind": "redirect", "location": "http://x\r\n"},
        {"kind": "throttle", "retry_after_form": "soon"},
        {"kind": "quota", "status": 500},
        {"kind": "wrong_shape", "shape": "square"},
        {"kind": "slow_body", "chunk_bytes": 0},
        {"kind": "huge_body", "megabytes": 10_000},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(bench, rule):
    rules = rule if isinstance(rule, dict) else [rule]
    response = bench.client.post(f"{bench.url}/_mock/faults", json=rules)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "InvalidFault"
    with pytest.raises(ValueError, match=r"\w"):
        bench.suite.faults(rule, base=bench.name)
    assert statuses(bench, 1) == [200]


def test_every_kind_is_tested_here():
    from pathlib import Path

    source = Path(__file__).read_text("utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in source and kind != "status"] == []


def test_rules_may_come_over_http_as_a_list(bench):
    url = f"{bench.url}/_mock/faults"
    rules = [{"status": 500, "times": 1}, {"kind": "throttle", "times": 1}]
    assert httpx.post(url, json=rules).status_code == 200
    assert statuses(bench, 3) == [500, 429, 200]
    shown = httpx.get(url).json()["faults"]
    assert [(rule["kind"], rule["fired"]) for rule in shown] == [("status", 1), ("throttle", 1)]
    assert KEY["Ocp-Apim-Subscription-Key"] not in str(shown)


@pytest.mark.parametrize("kind", ["missing_document", "foreign_id", "duplicated_id", "wrong_type"])
@pytest.mark.parametrize(
    "body",
    [b"\xff\xd8", b"", b"[]", b"1", b'{"documents":{"a":1}}', b'{"documents":[1]}',
     b'{"results":[]}', b'{"results":{"documents":[]}}'],
)  # fmt: skip
def test_a_body_without_documents_is_left_as_it_is(kind, body):
    """A picture is one, an answer that was recorded may be any."""
    fault = parse({"kind": kind, "times": 1})
    assert fault.fires("POST", "/x")
    answer = Response(200, body)
    assert not fault.spoils(answer)
    assert (answer.body, fault.to_json()["fired"], fault.met) == (body, 0, 1)
    assert fault.fires("POST", "/x")


def test_a_picture_has_no_documents_to_miss(bench):
    bench.fault(kind="missing_document")
    picture = cv2.imencode(".png", np.zeros((60, 60, 3), np.uint8))[1].tobytes()
    headers = {"Content-Type": "application/octet-stream"}
    path = f"{bench.url}/vision/v3.2/generateThumbnail?width=9&height=9"
    answer = bench.client.post(path, content=picture, headers=headers)
    assert (answer.status_code, answer.content[:2]) == (200, b"\xff\xd8")

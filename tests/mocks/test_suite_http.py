"""What is on the wire is HTTP/1.1, whatever the client does with it."""

import gzip
import json
import re

import httpx
import pytest
from suite_bench import KEY, V31, batch

from cogml_mocks.gateway import Passage

PATH = f"{V31}/sentiment"
BODY = json.dumps(batch("What a lovely day!")).encode()


def head(length: int | None, *more: str, version: str = "1.1", target: str = PATH) -> bytes:
    lines = [f"POST {target} HTTP/{version}", "Host: x", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in KEY.items()]
    lines += [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join([*lines, *more, "", ""]).encode()


def bodies(data: bytes) -> list[dict]:
    """Split a byte stream of answers by their Content-Length."""
    found = []
    while data:
        header, _, rest = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", header)[1])
        found.append(json.loads(rest[:length]))
        data = rest[length:]
    return found


def answers(count: int):
    return lambda data: data.count(b"HTTP/1.1 ") >= count and data.endswith(b"}")


def test_pipelined_requests_are_answered_in_order(exchange):
    many = 300  # more than are taken in at once
    stream = b""
    for i in range(many):
        body = json.dumps({"documents": [{"id": f"n{i}", "text": "fine"}]}).encode()
        stream += head(len(body)) + body
    received = exchange(stream, until=answers(many))
    assert [answer["documents"][0]["id"] for answer in bodies(received)] == [
        f"n{i}" for i in range(many)
    ]


def test_what_waits_behind_a_slow_answer_is_answered_after_it(exchange, bench):
    bench.fault(kind="latency", delay_ms=20, times=1)
    target = f"/t/{bench.name}{PATH}"
    stream = (head(len(BODY), target=target) + BODY) * 1_500
    assert len(bodies(exchange(stream, until=answers(1_500)))) == 1_500


def test_malformed_http_behind_a_request_is_answered_after_it(exchange, bench):
    bench.fault(kind="latency", delay_ms=20)
    first = head(len(BODY), target=f"/t/{bench.name}{PATH}") + BODY
    received = exchange(first + first + b"no HTTP\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"400"]


def test_requests_behind_a_dropped_one_are_not_answered(exchange, bench):
    bench.fault(kind="drop_before_answer", times=1, delay_ms=10)
    stream = (head(len(BODY), target=f"/t/{bench.name}{PATH}") + BODY) * 3
    assert exchange(stream) == b""
    assert bench.suite.stats(bench.name)["in_flight"] == 0


def test_a_request_that_arrives_byte_by_byte(exchange):
    whole = head(len(BODY)) + BODY
    received = exchange(*(whole[i : i + 1] for i in range(len(whole))), until=answers(1))
    assert bodies(received)[0]["documents"][0]["sentiment"] == "positive"


def test_chunked_body(exchange):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (BODY[:7], BODY[7:]))
    received = exchange(
        head(None, "Transfer-Encoding: chunked"), chunks, b"0\r\n\r\n", until=answers(1)
    )
    assert bodies(received)[0]["documents"][0]["sentiment"] == "positive"


def test_expect_100_continue_is_invited(exchange):
    received = exchange(
        head(len(BODY), "Expect: 100-continue"), until=lambda data: data.endswith(b"\r\n\r\n")
    )
    assert received == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_body_announced_too_large_is_refused_before_it_is_sent(exchange):
    received = exchange(head(10**9, "Expect: 100-continue"), until=answers(1))
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in received


def test_a_chunked_body_that_grows_too_large_is_refused(exchange):
    piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    received = exchange(head(None, "Transfer-Encoding: chunked"), *[piece] * 65, until=answers(1))
    assert received.startswith(b"HTTP/1.1 413 ")


def test_gzip_request_body(bench):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = bench.client.post(bench.url + PATH, content=gzip.compress(BODY), headers=headers)
    assert response.json()["documents"][0]["sentiment"] == "positive"


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"not gzip", 400),
        ("gzip", gzip.compress(BODY, mtime=0)[:-9], 400),
        ("gzip", gzip.compress(b" " * 70_000_000, 1, mtime=0), 400),
        ("br", BODY, 415),
    ],
)
def test_a_body_encoding_that_cannot_be_undone_is_refused(bench, encoding, body, status):
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    response = bench.client.post(bench.url + PATH, content=body, headers=headers)
    assert response.status_code == status


def test_keep_alive_reuses_the_connection(bench):
    streams = set()
    for _ in range(3):
        response = bench.sentiment("fine")
        streams.add(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(streams) == 1


@pytest.mark.parametrize(
    ("version", "header", "closes"),
    [
        ("1.1", "Connection: close", True),
        ("1.0", "X-Nothing: 1", True),
        ("1.0", "Connection: keep-alive", False),
        ("1.1", "X-Nothing: 1", False),
    ],
)
def test_connection_header_and_version_decide_who_closes(exchange, version, header, closes):
    request = head(len(BODY), header, version=version) + BODY
    received = exchange(request, until=None if closes else answers(1))
    assert (b"Connection: close" in received) is closes


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_malformed_http_is_answered_400_and_closed(exchange, garbage):
    received = exchange(garbage)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in received


def test_a_target_too_long_is_414_and_headers_too_large_431(exchange):
    assert exchange(head(0, target="/" + "a" * 20_000)).startswith(b"HTTP/1.1 414 ")
    large = [f"X-{i}: {'a' * 1_000}" for i in range(80)]
    assert exchange(head(0, *large)).startswith(b"HTTP/1.1 431 ")


def test_an_upgrade_to_another_protocol_is_refused(exchange):
    request = head(len(BODY), "Connection: Upgrade", "Upgrade: h2c") + BODY
    received = exchange(request)
    assert received.startswith(b"HTTP/1.1 501 ")
    assert received.count(b"HTTP/1.1 ") == 1


def test_head_has_no_body(bench):
    response = bench.client.head(bench.url + PATH)
    assert (response.status_code, response.content) == (405, b"")
    assert int(response.headers["content-length"]) > 0


def test_absolute_form_target(exchange):
    received = exchange(head(len(BODY), target=f"http://any.host{PATH}") + BODY, until=answers(1))
    assert received.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_goes_away_leaves_nothing_in_flight(bench):
    bench.fault(kind="latency", delay_ms=20_000)
    with pytest.raises(httpx.ReadTimeout):
        bench.post(PATH, batch("slow"), timeout=0.03)
    for _ in range(100):
        if bench.suite.stats(bench.name)["in_flight"] == 0:
            break
    assert bench.suite.stats(bench.name)["in_flight"] == 0
    assert bench.suite.requests(bench.name)[0]["status"] is None


@pytest.mark.parametrize("part", ["_enter", "_spoiled"])
@pytest.mark.parametrize("path", ["/languages?api-version=3.0", "/vision/v3.2/tag"])
def test_a_defect_where_nobody_looks_for_one_is_answered(bench, monkeypatch, caplog, part, path):
    """In the loop and in a thread: nobody waits for an answer that cannot come."""

    def broken(*_: object) -> None:
        raise RecursionError("a defect")

    monkeypatch.setattr(Passage, part, broken)
    asked = bench.client.get if path.startswith("/languages") else bench.client.post
    answer = asked(bench.url + path)
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "InternalServerError")
    assert "a request failed" in caplog.text
    assert bench.sentiment("fine").status_code == 200
    assert bench.suite.stats(bench.name)["in_flight"] == 0

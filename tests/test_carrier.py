"""Both carriers put the bytes on the wire alike, and fail alike."""

import asyncio
import gzip
import multiprocessing
import socket
import ssl
import threading

import httpx
import pyarrow as pa
import pytest
import trustme
from sockets import CARRIERS, LOOPS, Carried, Proxy, Server, http, run

import cogml_mocks
from cogml import Service
from cogml.carrier import new_carrier
from cogml.direct import DirectCarrier
from cogml.engine import Load, Run, Work
from cogml.exchange import SKIPPED, Outcome, call
from cogml.messages import Request, Template
from cogml.plain import PlainCarrier
from cogml.policy import Policy

KEY = "abcdef-the-key"
PATH = "/text/analytics/v3.1/sentiment"
BODY = b'{"documents":[{"id":"0","text":"a good day"}]}'

both = pytest.mark.parametrize("make", CARRIERS)


@pytest.fixture(scope="module")
def suite():
    with cogml_mocks.serve(keys=[KEY]) as running:
        yield running


@pytest.fixture
def bench(suite, request):
    """A base path of its own: its address, and a way to set faults."""
    name = f"{abs(hash(request.node.nodeid)):x}"
    suite.reset(base=name)

    class Bench:
        url = suite.base(name)

        def fault(self, **rule):
            suite.faults(rule, base=name)

        def requests(self):
            return suite.requests(base=name)

    return Bench()


def request(url, key=KEY, seconds=5.0, path=PATH, method="POST"):
    made = httpx.Request(
        method,
        f"{url}{path}",
        headers={"ocp-apim-subscription-key": key, "content-type": "application/json"},
        content=BODY if method == "POST" else b"",
    )
    made.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    return made


def send(make, *requests):
    """What each request gets, one after the other, from one carrier."""

    async def all_of_them():
        carried = make()
        found = []
        for one in requests:
            try:
                answer = await carried.handle_async_request(one)
                await answer.aread()
                found.append(answer)
            except httpx.TransportError as error:
                found.append(error)
        await carried.aclose()
        return found

    return asyncio.run(all_of_them())


@both
def test_an_answer_comes_whole(make, bench):
    [answer] = send(make, request(bench.url))
    assert answer.status_code == 200
    assert answer.json()["documents"][0]["sentiment"] == "positive"
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["apim-request-id"]


@both
def test_a_refusal_is_an_answer(make, bench):
    [answer] = send(make, request(bench.url, key="wrong"))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "401"


@both
def test_method_query_headers_and_body_arrive(make):
    with Server(http(b"ok")) as server:
        [answer] = send(make, request(server.url, method="GET", path="/p?a=1&b=%20x"))
    assert answer.text == "ok"


@both
def test_headers_of_one_name_are_kept(make):
    with Server(http(b"ok", "X-A: 1", "X-A: 2")) as server:
        [answer] = send(make, request(server.url))
    assert answer.headers.get_list("x-a") == ["1", "2"]


@both
def test_a_redirect_is_not_followed(make, bench):
    """The credential would travel with it."""
    with Server(http(b"stolen")) as elsewhere:
        bench.fault(kind="redirect", location=f"{elsewhere.url}/there")
        [answer] = send(make, request(bench.url))
        assert answer.status_code == 302
        assert elsewhere.connections == 0


@both
def test_a_compressed_answer_is_decoded_once(make):
    body = gzip.compress(b'{"documents": []}')
    with Server(http(body, "Content-Encoding: gzip")) as server:
        [answer] = send(make, request(server.url))
    assert answer.content == b'{"documents": []}'
    assert answer.json() == {"documents": []}


@both
def test_an_empty_answer_is_an_answer(make):
    with Server(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        [answer] = send(make, request(server.url))
    assert (answer.status_code, answer.content) == (204, b"")


@both
@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_a_dropped_connection_is_a_transport_error(make, bench, kind):
    bench.fault(kind=kind)
    [error] = send(make, request(bench.url))
    assert isinstance(error, httpx.TransportError)
    assert not isinstance(error, (httpx.TimeoutException, httpx.LocalProtocolError))


@both
def test_a_carrier_goes_on_after_a_dropped_connection(make, bench):
    bench.fault(kind="drop_mid_answer", times=1)
    error, answer = send(make, request(bench.url), request(bench.url))
    assert isinstance(error, httpx.TransportError)
    assert answer.status_code == 200


@both
def test_a_refused_connection_is_a_connect_error(make):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    [error] = send(make, request(url))
    assert isinstance(error, httpx.ConnectError)


@both
def test_no_answer_in_time_is_a_timeout(make, bench):
    bench.fault(kind="latency", delay_ms=5_000)
    [error] = send(make, request(bench.url, seconds=0.03))
    assert isinstance(error, httpx.TimeoutException)


@both
def test_an_answer_that_is_no_http_is_a_transport_error(make):
    with Server(b"no HTTP at all\r\n\r\n", close=True) as server:
        [error] = send(make, request(server.url))
    assert isinstance(error, httpx.TransportError)


@both
@pytest.mark.parametrize("kind", ["refused", "drop_before_answer", "latency", "truncated_body"])
def test_an_error_tells_neither_address_nor_key(make, bench, kind):
    """A query may hold a key too; the text of an error goes into a column."""
    url = bench.url
    if kind == "refused":
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    else:
        bench.fault(kind=kind, **({"delay_ms": 5_000} if kind == "latency" else {}))
    [error] = send(make, request(url, seconds=0.04, path=f"{PATH}?code={KEY}"))
    assert isinstance(error, httpx.TransportError)
    assert KEY not in str(error)
    assert PATH not in str(error)


@both
def test_connections_are_used_again(make):
    with Server(http(b"ok")) as server:
        found = send(make, *[request(server.url) for _ in range(5)])
        assert [answer.text for answer in found] == ["ok"] * 5
        assert server.connections == 1


@both
def test_there_is_a_connection_for_each_request_in_flight(make):
    """And no more: the second wave finds those of the first."""
    with Server(http(b"ok")) as server:

        async def waves():
            carried = make()
            for _ in range(2):
                await asyncio.gather(
                    *[carried.handle_async_request(request(server.url)) for _ in range(4)]
                )
            await carried.aclose()

        asyncio.run(waves())
        assert server.connections <= 4


@both
def test_what_is_sent_is_what_was_asked_for(make):
    """Of a template or of httpx's own: each header once, and no credential from the address."""
    headers = httpx.Headers({"X-A": "\xe4".encode("latin-1"), "Api-Key": KEY})
    with Server(http(b"ok")) as server:
        address = httpx.URL(server.url.replace("//", "//user:word@") + "/a%20b?q=\xe9&x=%2F+y&z")
        made = Template("PUT", address, headers)
        asked = [
            Request(made, BODY, {}),
            httpx.Request("PUT", address, headers=headers, content=BODY),
            httpx.Request("GET", address, headers=headers),
            httpx.Request("POST", address, headers=headers),
        ]
        assert [answer.text for answer in send(make, *asked)] == ["ok"] * 4
    lengths = []
    for request, seen in zip(asked, server.seen, strict=True):
        first, *lines = seen.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert first == f"{request.method} /a%20b?q=%C3%A9&x=%2F+y&z HTTP/1.1".encode()
        assert seen.endswith(b"\r\n\r\n" + request.content)
        fields = [line.lower().split(b": ", 1) for line in lines]
        told = dict(fields)
        assert len(told) == len(fields)
        assert told[b"host"] == f"127.0.0.1:{server.port}".encode()
        assert told[b"x-a"] == b"\xe4"
        assert told[b"api-key"] == KEY.encode()
        assert b"authorization" not in told
        lengths.append(told.get(b"content-length"))
    assert lengths == [b"%d" % len(BODY), b"%d" % len(BODY), None, b"0"]


@both
@pytest.mark.parametrize("text", ["k\r\nX-Evil: 1", "k\nX-Evil: 1", "k\0", "k\rk"])
def test_nothing_is_put_between_the_lines(make, text):
    """And what cannot be sent may be a secret: it is not quoted."""
    with Server(http(b"ok")) as server:
        value, name, good = send(
            make,
            request(server.url, key=f"geheim{text}"),
            httpx.Request("GET", server.url, headers={f"geheim{text}": "1"}),
            request(server.url),
        )
    for error in (value, name):
        assert isinstance(error, httpx.LocalProtocolError)
        assert "geheim" not in str(error)
    assert good.text == "ok"
    assert len(server.seen) == 1


def _own(seen):
    """The body of the request is that of the answer, in two pieces."""
    answer = http(seen.partition(b"\r\n\r\n")[2])
    return answer[:20], answer[20:]


@both
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("warm", [False, True])
def test_wherever_a_request_is_broken_off_the_next_one_gets_its_own_answer(make, loop, warm):
    """At each turn of the loop: while it connects, while it is written, while it is answered."""

    def numbered(server, number):
        return httpx.Request("POST", server.url, content=b"%d" % number)

    async def broken_off(server):
        carried = make()
        ends = set()
        for turns in range(24):
            if not warm:
                await carried.aclose()
            task = asyncio.ensure_future(carried.handle_async_request(numbered(server, turns)))
            for _ in range(turns):
                await asyncio.sleep(0 if turns < 12 else 0.001)
            task.cancel()
            [first] = await asyncio.gather(task, return_exceptions=True)
            ends.add(type(first))
            others = [numbered(server, 1_000 * n + turns) for n in (1, 2)]
            answers = await asyncio.gather(*map(carried.handle_async_request, others))
            assert [answer.content for answer in answers] == [other.content for other in others]
        await carried.aclose()
        return ends

    with Server(_own) as server:
        assert asyncio.CancelledError in run(loop, broken_off(server))


@both
@pytest.mark.parametrize("loop", LOOPS)
def test_connections_that_the_server_has_closed_are_not_asked(make, loop):
    """All at once, while nothing was under way: no request is lost to them."""

    class Closing(Server):
        """Lets go when it is told to, though it has not said so."""

        def serve(self, connection):
            with connection:
                self.seen.append(connection.recv(65_536))
                connection.sendall(http(b"ok"))
                released.wait(5)

    released = threading.Event()

    async def waves(server):
        carried = make()
        for _ in range(2):
            asked = [carried.handle_async_request(request(server.url)) for _ in range(8)]
            assert [answer.text for answer in await asyncio.gather(*asked)] == ["ok"] * 8
            released.set()
            await asyncio.sleep(0.02)
        await carried.aclose()

    with Closing(b"") as server:
        run(loop, waves(server))
        assert server.connections == 16


@both
def test_a_proxy_leads_through_and_is_told_nothing(make, monkeypatch, tmp_path):
    """It sees a name and its own credential; key and body go to who has the certificate."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("far.example").configure_cert(secured)
    with Server(http(b"ok"), secured=secured) as server, Proxy(server.port) as proxy:
        for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//user:word@"))
        found = send(make, *[request("https://far.example:8443")] * 2)
        other = send(make, request("https://else.example"))
    assert [answer.text for answer in found] == ["ok"] * 2
    assert "certificate" in str(other[0])
    assert [seen.split()[1] for seen in proxy.seen] == [b"far.example:8443", b"else.example:443"]
    assert all(b"Proxy-Authorization: Basic" in seen for seen in proxy.seen)
    assert KEY.encode() not in b"".join(proxy.seen)
    assert [seen.count(KEY.encode()) for seen in server.seen] == [1, 1]
    assert b"roxy" not in b"".join(server.seen)
    assert b"\r\nhost: far.example:8443\r\n" in server.seen[0].lower()


@both
@pytest.mark.parametrize("named", ["gopher://here:1", "http://here:no-port"])
def test_a_proxy_that_is_none_is_said(make, monkeypatch, named):
    monkeypatch.setenv("http_proxy", named)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    [error] = send(make, request("http://far.example"))
    assert isinstance(error, httpx.UnsupportedProtocol)
    assert "the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names" in str(error)


@both
def test_the_engine_runs_on_either(make, bench):
    def ask(text):
        answer = yield from call(request(bench.url))
        return [Outcome((text, getattr(answer, "status_code", answer)))]

    works = [Work([row], ask(row)) for row in range(20)]
    carried = Carried(make)
    made = Run(Load(concurrency=4, policy=Policy(retries=0)), carried)
    [outcomes] = made.outcomes([([SKIPPED] * 20, iter(works))])
    carried.close()
    assert [outcome.value for outcome in outcomes] == [(row, 200) for row in range(20)]


def test_without_the_parsers_wheel_httpx_carries(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert isinstance(new_carrier(), PlainCarrier)


def test_with_a_wheel_the_way_is_direct():
    assert isinstance(new_carrier(), DirectCarrier)


def _sentiments(url, texts):
    stage = Service.registry["TextSentiment"](endpoint=url, subscriptionKey=KEY, outputCol="out")
    found = stage.transform(pa.table({"text": texts}))
    return [cell and cell[0]["sentiment"] for cell in found["out"].to_pylist()]


def _child(url, channel):
    try:
        channel.put(_sentiments(url, ["a bad day"]))
    except BaseException as error:  # noqa: BLE001 (a child has no other way to tell)
        channel.put(repr(error))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this platform has no fork"
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_runs_too(bench):
    """Threads and connections do not survive a fork: the child makes its own."""
    assert _sentiments(bench.url, ["a good day"]) == ["positive"]
    context = multiprocessing.get_context("fork")
    channel = context.SimpleQueue()
    child = context.Process(target=_child, args=(bench.url, channel), daemon=True)
    child.start()
    child.join(8)
    if child.is_alive():
        child.kill()
        pytest.fail("the child hangs")
    assert channel.get() == ["negative"]
    assert _sentiments(bench.url, ["a good day!"]) == ["positive"]

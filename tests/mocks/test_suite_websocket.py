"""What is on the wire after an upgrade is RFC 6455, whatever the client does with it."""

import asyncio
import contextlib
import os
import socket
import struct
import threading
import time
from concurrent.futures import Future
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import cogml_mocks
from cogml_mocks.http import MAX_EARLY_BYTES, Connection
from cogml_mocks.messages import Delivery, Ending, Response
from cogml_mocks.websocket import MAX_MESSAGE, WebSocket

SHAKE = (
    b"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3
HALF = MAX_MESSAGE // 2
SPEECH = "/speech/recognition/interactive/cognitiveservices/v1"


class Echo:
    """Sends each message back; what it is asked to do it does."""

    def __init__(self, path, peer):
        self.path = path
        self.peer = peer

    def received(self, message):
        if message == "fail":
            self.peer.fail(1008, "as you wish")
        elif message == "break":
            raise KeyError(message)
        elif message == "break later":
            self.peer.run(POOL, dict().popitem, print)
        else:
            self.peer.send(message if isinstance(message, str) else f"bytes {len(message)}")

    def closed(self):
        CLOSED.add(self.path)


class Pool:
    """Runs what it is given at once."""

    def submit(self, compute):
        done = Future()
        try:
            done.set_result(compute())
        except KeyError as error:
            done.set_exception(error)
        return done


POOL = Pool()
CLOSED, NOTED = set(), {}  # by path
DELAYS = {"/late": 0.01, "/never": 30.0}


class Exchange:
    def __init__(self, request):
        self.request = request

    def answer(self):
        if self.request.path == "/plain":
            return Response(200, b"plain"), Delivery(delay=0.01)
        opening = partial(Echo, self.request.path)
        if self.request.path == "/cut":
            return Response(101, session=opening), Delivery(share=0.5, ending=Ending.CLOSE)
        return Response(101, session=opening), Delivery(delay=DELAYS.get(self.request.path, 0))

    def finish(self, status, size, received=0):
        NOTED[self.request.path] = (status, size, received)


@pytest.fixture(scope="module")
def port():
    loop, connections = asyncio.new_event_loop(), set()
    started = threading.Event()
    found = []

    async def begin():
        make = lambda: Connection(Exchange, connections, 1_000)  # noqa: E731
        found.append(await loop.create_server(make, "127.0.0.1", 0))
        started.set()

    async def finish():
        found[0].close()
        for connection in list(connections):
            connection.close()
        await asyncio.sleep(0.01)
        loop.stop()

    loop.create_task(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started.wait(5)
    yield found[0].sockets[0].getsockname()[1]
    asyncio.run_coroutine_threadsafe(finish(), loop)
    thread.join(5)
    loop.close()


@pytest.fixture
def raw(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        yield sock


@pytest.fixture
def echo(port):
    with connect(f"ws://127.0.0.1:{port}/echo", compression=None) as client:
        yield client


def frame(opcode, data=b"", fin=True, masked=True):
    head = bytes([opcode | (0x80 if fin else 0)])
    flag = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([flag | len(data)])
    elif len(data) < 65_536:
        head += bytes([flag | 126]) + struct.pack(">H", len(data))
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", len(data))
    return head + (bytes(4) if masked else b"") + data  # a mask of zeros changes nothing


def read(sock):
    received = b""
    while data := sock.recv(65_536):
        received += data
    return received


def read_to(sock, end):
    received = b""
    while not received.endswith(end):
        received += sock.recv(1) or pytest.fail(f"{received!r} ended early")
    return received


def close_code(sock, *frames):
    sock.sendall(SHAKE)
    read_to(sock, b"\r\n\r\n")
    sock.sendall(b"".join(frames))
    received = read(sock)
    place = received.rindex(b"\x88")
    return struct.unpack_from(">H", received, place + 2)[0], received[place + 4 :].decode()


def eventually(is_so):
    """Wait for what the server does after its client has seen the end."""
    for _ in range(2_000):
        if is_so():
            return
        time.sleep(0.001)
    pytest.fail("it never was so")


def test_the_handshake_is_that_of_the_standard(raw):
    raw.sendall(SHAKE)
    head = raw.recv(65_536)
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert ACCEPT in head
    assert b"Upgrade: websocket\r\n" in head
    assert b"Connection: Upgrade\r\n" in head
    assert b"Content-Length" not in head
    assert head.count(b"Date: ") == 1


def test_texts_and_bytes_are_messages(echo):
    echo.send("hello")
    assert echo.recv() == "hello"
    echo.send(b"1234")
    assert echo.recv() == "bytes 4"
    echo.send("")
    assert echo.recv() == ""
    echo.send("ä" * 40_000)
    assert echo.recv() == "ä" * 40_000


def test_fragments_are_one_message_with_pings_between_them(echo):
    echo.send(["a", "", "ä", "b"])
    assert echo.recv() == "aäb"
    echo.send([bytes(3), bytes(4)])
    assert echo.recv() == "bytes 7"
    assert echo.ping(b"payload").wait(5)


def test_byte_by_byte_and_all_at_once(port):
    whole = SHAKE + frame(1, b"hel", fin=False) + frame(0, b"lo")
    for pieces in ([whole], [whole[i : i + 1] for i in range(len(whole))]):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            for piece in pieces:
                sock.sendall(piece)
            read_to(sock, b"\x81\x05hello")
            sock.sendall(frame(8, b"\x03\xe8"))
            assert read(sock) == b"\x88\x02\x03\xe8"


def test_what_comes_before_the_answer_is_not_lost(raw):
    raw.sendall(SHAKE.replace(b"/echo", b"/late") + frame(1, b"early"))
    raw.sendall(frame(1, b"more"))
    assert read_to(raw, b"\x04more").endswith(b"\x81\x05early\x81\x04more")


def test_nothing_is_sent_to_a_client_that_has_closed(raw):
    raw.sendall(SHAKE + frame(1, b"x") + frame(8) + frame(1, b"y"))
    assert read(raw).endswith(b"\r\n\r\n\x88\x00")


def test_too_much_before_the_answer_ends_the_connection(raw):
    raw.sendall(SHAKE.replace(b"/echo", b"/never") + bytes(MAX_EARLY_BYTES + 1))
    with contextlib.suppress(ConnectionError):
        assert read(raw) == b""


def test_a_request_before_the_upgrade_is_answered_first(raw):
    first = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
    raw.sendall(first + SHAKE + frame(1, b"x"))
    received = read_to(raw, b"\x81\x01x")
    assert received.index(b"200 OK") < received.index(b"101 Switching")


@pytest.mark.parametrize("code", [1000, 1001, 3000])
def test_a_close_is_answered_with_its_code(echo, code):
    echo.close(code, "bye")
    assert (echo.protocol.close_code, echo.protocol.close_reason) == (code, "bye")
    assert echo.protocol.close_rcvd is not None


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(1, b"x", masked=False)], 1002),
        ([frame(3, b"x")], 1002),
        ([bytes([0xC1]) + frame(1, b"x")[1:]], 1002),
        ([frame(0, b"x")], 1002),
        ([frame(1, b"x", fin=False), frame(1, b"y")], 1002),
        ([frame(9, b"x", fin=False)], 1002),
        ([frame(9, bytes(126))], 1002),
        ([frame(8, b"\x03")], 1002),
        ([frame(8, b"\x03\xed")], 1002),
        ([frame(1, b"\xff")], 1007),
        ([frame(1, b"a", fin=False), frame(0, b"\xc3")], 1007),
        ([frame(8, b"\x03\xe8\xff")], 1007),
        ([bytes([0x82, 0xFF]) + struct.pack(">Q", 1 << 62)], 1009),
        ([frame(2, bytes(HALF + 1), fin=False), frame(0, bytes(HALF))], 1009),
        ([frame(1, b"break")], 1011),
        ([frame(1, b"break later")], 1011),
        ([frame(1, b"fail"), frame(1, b"x")], 1008),
    ],
)  # fmt: skip
def test_what_is_wrong_closes_with_the_standards_code(raw, frames, code, caplog):
    assert close_code(raw, *frames)[0] == code


def test_a_session_may_close_and_says_why(echo):
    echo.send("fail")
    with pytest.raises(ConnectionClosed) as closed:
        echo.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "as you wish")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"", b"400"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", b"400"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"\xff", b"400"),
        (b"Version: 13", b"Version: 12", b"400"),
        (b"Upgrade: websocket", b"Upgrade: h2c", b"501"),
        (b"Upgrade: websocket", b"Upgrade: websocket, h2c", b"501"),
        (b"GET ", b"POST ", b"501"),
        (b"HTTP/1.1", b"HTTP/1.0", b"501"),
        (b"Host: x", b"Content-Length: 5", b"501"),
        (b"Host: x", b"Transfer-Encoding: chunked", b"501"),
    ],
)
def test_what_is_no_handshake_is_answered_in_http(raw, old, new, status):
    raw.sendall(SHAKE.replace(old, new))
    received = read(raw)
    assert received.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in received
    assert (b"Sec-WebSocket-Version: 13" in received) == (status == b"400")


def test_random_bytes_end_in_a_close_and_never_hang(port):
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.sendall(SHAKE + os.urandom(64))
            sock.shutdown(socket.SHUT_WR)
            assert read(sock).startswith(b"HTTP/1.1 101 ")


def test_a_client_that_goes_away_is_let_go(raw):
    raw.sendall(SHAKE.replace(b"/echo", b"/gone") + frame(1, b"hello"))
    received = read_to(raw, b"hello")
    raw.shutdown(socket.SHUT_WR)
    received += read(raw)
    eventually(lambda: "/gone" in NOTED)
    assert NOTED["/gone"] == (101, len(received), len(frame(1, b"hello")))
    assert "/gone" in CLOSED


def test_a_fault_may_cut_it_off_behind_the_handshake(raw):
    raw.sendall(SHAKE.replace(b"/echo", b"/cut"))
    received = read(raw)
    assert received.endswith(b"\r\n\r\n")
    eventually(lambda: "/cut" in NOTED)
    assert NOTED["/cut"] == (101, len(received), 0)
    assert "/cut" not in CLOSED


class Transport:
    """Notes what is done to it."""

    def __init__(self):
        self.done = []

    def is_closing(self):
        return False

    def pause_reading(self):
        self.done.append("pause")

    def resume_reading(self):
        self.done.append("resume")


def test_reading_waits_for_as_long_as_anybody_wants_it_to():
    transport = Transport()

    async def hold():
        websocket = WebSocket(None, transport, partial(Echo, ""), print)
        for why, is_held in [("a", True), ("b", True), ("a", False), ("b", False), ("b", False)]:
            websocket.hold(why, is_held)

    asyncio.run(hold())
    assert transport.done == ["pause", "resume"]


def test_a_client_that_does_not_read_is_not_read_from(raw):
    raw.sendall(SHAKE)
    raw.recv(65_536)
    raw.settimeout(0.05)
    with pytest.raises(TimeoutError):
        raw.sendall(frame(9, bytes(125)) * 300_000)


def test_a_suite_that_stops_says_so():
    with contextlib.ExitStack() as clients:
        with cogml_mocks.serve() as suite:
            client = clients.enter_context(upgrade(suite.url))
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "Instance is shutting down")


# --- the gates before it


def upgrade(url, path=SPEECH + "?language=en-US", key="a-key"):
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    address = url.replace("http", "ws") + path
    return connect(address, additional_headers=headers, compression=None, close_timeout=1)


def status(*given, **named):
    with pytest.raises(InvalidStatus) as refused, upgrade(*given, **named):
        pass
    return refused.value.response.status_code


def test_an_upgrade_passes_the_gates_of_every_request(bench):
    pytest.importorskip("soundfile")
    assert status(bench.url, key="") == 403
    assert status(bench.url, "/no/such/path") == 404
    assert status(bench.url, "/text/analytics/v3.1/sentiment") == 405
    assert status(bench.url, SPEECH) == 400
    bench.fault(status=429, times=1)
    assert status(bench.url) == 429
    with cogml_mocks.serve(keys=["right"]) as suite:
        assert status(suite.url, key="wrong") == 401
    assert bench.client.get(f"{bench.url}{SPEECH}").status_code == 405
    seen = [(entry["status"], entry["fault"]) for entry in bench.suite.requests(bench.name)]
    assert seen == [
        (403, None), (404, None), (405, None), (400, None), (429, "status"), (405, None)
    ]  # fmt: skip


def test_it_cannot_be_recorded(tmp_path):
    with cogml_mocks.serve(record="http://127.0.0.1:9", recordings=tmp_path) as suite:
        assert status(suite.url) == 501
    with cogml_mocks.serve(strict_replay=True, recordings=tmp_path) as suite:
        assert status(suite.url) == 404


def test_it_is_in_the_log_once_it_is_closed(bench):
    pytest.importorskip("soundfile")
    with upgrade(bench.url):
        (entry,) = bench.suite.requests(bench.name)
        assert entry["status"] is None
        assert bench.suite.stats(bench.name)["in_flight"] == 1
    eventually(lambda: bench.suite.stats(bench.name)["in_flight"] == 0)
    (entry,) = bench.suite.requests(bench.name)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", SPEECH, 101)
    assert entry["response_bytes"] > 100
    assert entry["request_bytes"] == 8  # the close frame

"""The pool of the direct carrier, on asyncio's loop and on the one that is used."""

import asyncio
import socket
import urllib.request

import httpx
import pytest
from sockets import LOOPS, Server, Wire, http, run

from cogml import direct
from cogml.connection import Connection
from cogml.direct import DirectCarrier
from cogml.messages import IDLE_SECONDS

PLACE = ("http", "a.example", 80)

loops = pytest.mark.parametrize("loop", LOOPS)


def request(url, body=b"{}", seconds=5.0):
    made = httpx.Request("POST", url, content=body)
    made.extensions["timeout"] = {"read": seconds}
    return made


def send(loop, *requests, pause=0.0):
    """What each gets, one after the other."""

    async def all_of_them():
        carrier = DirectCarrier()
        found = []
        for one in requests:
            try:
                found.append(await carrier.handle_async_request(one))
            except httpx.TransportError as error:
                found.append(error)
            await asyncio.sleep(pause)
        await carrier.aclose()
        return found

    return run(loop, all_of_them())


class Refusing(Server):
    """Says so before the request is whole, reads no further and is gone."""

    def serve(self, connection):
        with connection:
            connection.recv(1_000)
            connection.sendall(http(b"no", "Connection: close", status="413 Too Large"))


@loops
def test_a_refusal_is_read_though_the_server_reads_no_further(loop):
    """What is still to be written then fails; the answer came before."""
    with Refusing(b"") as server:
        answers = send(loop, *[request(server.url, bytes(2_000_000))] * 3)
    assert [answer.status_code for answer in answers] == [413] * 3


class Silent(Server):
    """Takes what is sent, and says nothing."""

    def serve(self, connection):
        with connection:
            while connection.recv(65_536):
                self.sent += 1


@loops
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_says_nothing_in_time_is_too_late(loop, scheme):
    """Whether a handshake is waited for, or an answer."""
    with Silent(b"") as server:
        [error] = send(loop, request(server.url.replace("http", scheme), seconds=0.04))
    kind = httpx.ConnectTimeout if scheme == "https" else httpx.ReadTimeout
    assert type(error) is kind
    assert error.request.url.host == "127.0.0.1"


@loops
def test_a_body_is_sent_whole_to_who_reads_slowly(loop):
    with Server(lambda seen: [http(b"%d" % len(seen))]) as server:
        [answer] = send(loop, request(server.url, bytes(5_000_000)))
        assert int(answer.text) == len(server.seen[0]) > 5_000_000


@loops
def test_an_address_of_six_is_written_in_brackets(loop):
    server = Server(http(b"six"))
    server.socket.close()
    try:
        server.socket = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = server.socket.getsockname()[1]
    with server:
        [answer] = send(loop, request(f"http://[::1]:{port}/"))
    assert answer.text == "six"
    assert b"\r\nHost: [::1]:%d\r\n" % port in server.seen[0]


NOWHERE = {
    "http:///path": httpx.UnsupportedProtocol,
    "ftp://a.example": httpx.UnsupportedProtocol,
    "https://.a": httpx.ConnectError,
    "http://a..b": httpx.ConnectError,
    f"http://{'a' * 70}.b": httpx.ConnectError,
    "http://127.0.0.1:0": httpx.ConnectError,
}


@loops
@pytest.mark.parametrize("address", NOWHERE)
def test_an_address_that_leads_nowhere_is_an_error(loop, address):
    [error] = send(loop, request(f"{address}?sig=secret"))
    assert type(error) is NOWHERE[address]
    assert "secret" not in str(error)


def test_nought_is_a_port_of_its_own(monkeypatch):
    """It is not taken for none, which would be that of the scheme."""
    asked = []

    async def create_connection(_, host, port, **secured):
        asked.append((host, port))
        raise ConnectionRefusedError

    async def ask():
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", create_connection)
        for address in ("http://127.0.0.1:0", "http://127.0.0.1", "http://127.0.0.1:8080"):
            with pytest.raises(httpx.ConnectError):
                await DirectCarrier().handle_async_request(request(address))

    asyncio.run(ask())
    assert [port for _, port in asked] == [0, 80, 8080]


# What is kept


def kept(carrier, loop, place=PLACE, since=0.0):
    """A connection that is free since then."""
    connection = Connection(loop)
    connection.connection_made(Wire())
    connection.since = since
    carrier._idle.setdefault(place, []).append(connection)
    return connection


class Timed(asyncio.SelectorEventLoop):
    """A loop that says what time it is."""

    now = 0.0

    def time(self):
        return self.now


@pytest.fixture
def timed():
    loop = Timed()
    yield loop
    loop.close()


def test_what_nobody_has_used_for_long_is_closed(timed):
    """Thousands at once; when nothing is left to look after, nobody looks any more."""
    carrier = DirectCarrier()
    old = [kept(carrier, timed, since=0.0) for _ in range(5_000)]
    others = [kept(carrier, timed, ("http", f"{n}.example", 80), 0.0) for n in range(1_000)]
    young = [kept(carrier, timed, since=9.0) for _ in range(5_000)]
    gone = kept(carrier, timed, since=9.0)
    gone.connection_lost(None)
    timed.now = IDLE_SECONDS + 1.0
    carrier._sweep(timed)
    assert all(one._transport.aborted for one in old + others)
    assert not any(one._transport.aborted for one in young)
    assert carrier._idle == {PLACE: young}
    assert carrier._sweeper.when() == timed.now + IDLE_SECONDS
    timed.now += IDLE_SECONDS
    carrier._sweep(timed)
    assert all(one._transport.aborted for one in young)
    assert carrier._idle == {}
    assert carrier._sweeper is None


def test_what_is_old_or_gone_is_not_used_again(timed):
    carrier = DirectCarrier()
    good = kept(carrier, timed, since=30.0)
    old = kept(carrier, timed, since=0.0)
    gone = kept(carrier, timed, since=30.0)
    gone.eof_received()
    timed.now = IDLE_SECONDS
    assert carrier._free(PLACE, timed) is good
    assert old._transport.aborted
    assert carrier._free(PLACE, timed) is None
    assert carrier._free(("https", "a.example", 443), timed) is None


@loops
def test_each_place_has_connections_of_its_own(loop):
    with Server(http(b"one")) as one, Server(http(b"two")) as two:
        found = send(loop, *[request(server.url) for server in (one, two, one, two)])
        assert [answer.text for answer in found] == ["one", "two"] * 2
        assert (one.connections, two.connections) == (1, 1)


@loops
def test_a_connection_is_left_alone_after_its_time(loop, monkeypatch):
    monkeypatch.setattr(direct, "IDLE_SECONDS", 0.005)
    with Server(http(b"ok")) as server:
        assert [answer.text for answer in send(loop, *[request(server.url)] * 3, pause=0.01)]
        assert server.connections == 3


# Proxies

WAYS = [
    ({}, set()),
    ({"http_proxy": "p"}, {"http"}),
    ({"HTTPS_PROXY": "p"}, {"https"}),
    ({"ALL_PROXY": "p"}, {"http", "https"}),
    ({"all_proxy": "p", "no_proxy": "b.example"}, {"http", "https"}),
    ({"all_proxy": "p", "no_proxy": "b.example, .a.example"}, set()),
    ({"all_proxy": "p", "NO_PROXY": "example"}, set()),
    ({"all_proxy": "p", "no_proxy": "*"}, set()),
]


@pytest.mark.skipif(urllib.request.getproxies.__name__ != "getproxies_environment", reason="Linux")
@pytest.mark.parametrize(("environment", "far"), WAYS)
def test_the_environment_says_what_goes_by_a_proxy(environment, far, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    carrier = DirectCarrier()
    schemes = ("http", "https")
    assert {s for s in schemes if carrier._is_far((s, "x.a.example", 80))} == far
    for here in ("localhost", "127.0.0.1", "::1"):
        assert not any(carrier._is_far((s, here, 80)) for s in schemes)


@loops
def test_a_request_that_asks_for_it_goes_over_a_new_connection(loop):
    with Server(http(b"{}")) as server:
        first, second, third = (request(server.url) for _ in range(3))
        second.extensions["anew"] = True
        assert [answer.status_code for answer in send(loop, first, second, third)] == [200] * 3
    assert server.connections == 2

"""A request and an answer of our own are httpx's to whoever takes them for that."""

import asyncio
import copy
import pickle

import httpx
import pytest
from sockets import Server, http

from cogml.messages import Answer, Request, Template, decoded, head
from cogml.transport import Bearer

URL = httpx.URL("https://u:p@h\xe4user.example:8443/a%20b/\u00e9?q=1&k=%2F&code=x")
HEADERS = {"ocp-apim-subscription-key": "abcdef", "content-type": "application/json", "X-My": "1"}
BODY = b'{"documents":[]}'


def template(method="POST", url=URL, **headers):
    return Template(method, httpx.URL(url), httpx.Headers(HEADERS | headers))


def made(method="POST", body=BODY, **words):
    return Request(template(method, **words), body, {"records": 3})


def httpx_own(method="POST", body=BODY, url=URL):
    return httpx.Request(method, url, headers=HEADERS, content=body, extensions={"records": 3})


def seen(message, name):
    """What an attribute shows, whoever reads it; or with what error it does not."""
    try:
        value = getattr(message, name)
    except (RuntimeError, httpx.StreamError) as error:
        return repr(error)
    if isinstance(value, httpx.Headers):
        return value.multi_items()
    if isinstance(value, httpx.SyncByteStream | httpx.AsyncByteStream):
        return type(value), b"".join(value)
    return repr(value)


def named(message):
    return [name for name in dir(message) if not name.startswith("_")]


# Requests

METHODS = [("POST", BODY), ("POST", b""), ("POST", None), ("GET", None), ("PUT", BODY)]


@pytest.mark.parametrize(("method", "body"), METHODS)
def test_a_request_shows_what_httpx_own_does(method, body):
    one, other = made(method, body), httpx_own(method, body)
    del one.extensions["caller"]
    names = {*named(other)} - {"read", "aread"}
    assert {"method", "url", "headers", "extensions", "stream", "content"} <= names
    assert {name: seen(one, name) for name in names} == {name: seen(other, name) for name in names}
    assert isinstance(one, httpx.Request)
    assert (repr(one), one.read()) == (repr(other), other.read())
    assert asyncio.run(one.aread()) == other.content


def test_a_request_is_carried_by_what_it_was_made_of_until_it_is_changed():
    changes = {
        "a header": lambda request: request.headers.update({"x-more": "1"}),
        "headers": lambda request: setattr(request, "headers", httpx.Headers()),
        "address": lambda request: setattr(request, "url", httpx.URL("https://b.example")),
        "method": lambda request: setattr(request, "method", "PUT"),
        "stream": lambda request: setattr(request, "stream", httpx.ByteStream(b"other")),
    }
    for change in changes.values():
        request = made()
        assert request.template is not None
        change(request)
        assert request.template is None


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_a_copied_request_is_as_httpx_own(way, read):
    """It keeps address, headers and body; extensions and stream are not copied, as with httpx."""
    one, other = made(), httpx_own()
    if read:
        assert one.headers == other.headers
    one, other = way(one), way(other)
    assert (one.method, one.url, one.content) == (other.method, other.url, other.content)
    assert one.headers.raw == other.headers.raw
    assert one.extensions == other.extensions == {}
    assert type(one.stream) is type(other.stream)


def test_a_signed_request_has_one_authorization_more():
    """Read before or after; and alike ones share what they are made of."""
    alike = template()
    unread, read, other = (Request(alike, BODY, {}) for _ in range(3))
    assert "authorization" not in read.headers
    for request in (unread, read, other):
        request.sign("Bearer one")
    assert other.template is unread.template is not None
    assert b"\r\nauthorization: Bearer one\r\n" in unread.template.head
    unread.sign("Bearer two")
    read.sign("Bearer two")
    assert unread.template is not None
    assert unread.headers == read.headers
    assert unread.headers.get_list("authorization") == ["Bearer two"]
    assert unread.extensions["caller"] == alike.asker
    assert "authorization" not in alike.headers
    assert other.headers["authorization"] == "Bearer one"


def test_a_signature_takes_the_place_of_another():
    request = made(authorization="Basic x")
    request.sign("Bearer one")
    assert request.headers.get_list("authorization") == ["Bearer one"]
    assert request.template is None  # it has been read


def test_a_token_is_given_without_the_headers_being_made():
    asked = []

    class Carrier:
        async def handle_async_request(self, request):
            asked.append(request.template)
            return Answer(200, lambda: [], b"")

    class Tokens:
        def token(self, now):
            return "a-token"

    async def ask():
        bearer = Bearer(Carrier(), Tokens())
        alike = template()
        for signed in (True, True, False):
            await bearer.handle_async_request(Request(alike, BODY, {"token": signed}))

    asyncio.run(ask())
    one, two, other = asked
    assert one is two
    assert b"\r\nauthorization: Bearer a-token\r\n" in one.head
    assert "authorization" not in other.headers


def test_httpx_own_transports_take_it():
    asked = []

    def answered(request):
        asked.append(request)
        return httpx.Response(200, content=request.read())

    answer = asyncio.run(httpx.MockTransport(answered).handle_async_request(made()))
    assert answer.content == BODY
    assert asked[0].headers["host"] == "xn--huser-gra.example:8443"

    async def sent(request):
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport()) as client:
            request.headers["x-mine"] = "1"
            return await client.send(request)

    with Server(http(b"ok")) as server:
        answer = asyncio.run(sent(made(url=f"{server.url}/a?b=c")))
        assert answer.text == "ok"
        assert answer.request.method == "POST"
    first, _, body = server.seen[0].partition(b"\r\n\r\n")
    assert first.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"x-mine: 1" in first
    assert body == BODY


# Heads

ADDRESSES = {
    "https://a.example": (b"/", b"a.example"),
    "https://a.example:443/": (b"/", b"a.example"),
    "https://a.example?q": (b"/?q", b"a.example"),
    "http://a.example:81/x#part": (b"/x", b"a.example:81"),
    "http://user:word@a.example/": (b"/", b"a.example"),
    "http://[::1]:8080/x": (b"/x", b"[::1]:8080"),
    "http://b\xfccher.example/\xfc?\xfc=\u20ac&a=b c|d": (
        b"/%C3%BC?%C3%BC=%E2%82%AC&a=b%20c|d",
        b"xn--bcher-kva.example",
    ),
    "http://a.example/%2e%2E/a+b?x=%20&y=<>": (b"/%2e%2E/a+b?x=%20&y=%3C%3E", b"a.example"),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_first_lines_are_those_of_the_address(address):
    target, host = ADDRESSES[address]
    first, second, *_ = head("GET", httpx.URL(address), httpx.Headers()).split(b"\r\n")
    assert first == b"GET %b HTTP/1.1" % target
    assert second == b"Host: %b" % host


def test_a_head_has_each_name_once_and_nothing_of_the_bodys_length():
    """That is the carrier's to say, who has the body."""
    headers = {"content-length": "7", "Transfer-Encoding": "chunked", "HOST": "b.example"}
    found = template(**headers, **{"accept-encoding": "br"}).head
    lines = [line.lower() for line in found.split(b"\r\n")[1:-1]]
    assert found.endswith(b"\r\n")
    assert sorted(line.split(b":")[0] for line in lines) == [
        b"accept",
        b"accept-encoding",
        b"content-type",
        b"host",
        b"ocp-apim-subscription-key",
        b"x-my",
    ]
    assert b"host: b.example" in lines
    assert b"accept-encoding: br" in lines


INJECTED = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "a\x7f", "\x1b[31m"]


@pytest.mark.parametrize("text", INJECTED)
@pytest.mark.parametrize("place", ["value", "name", "method"])
def test_nothing_is_put_between_the_lines(place, text):
    headers = httpx.Headers({text: "1"} if place == "name" else {"x-a": text})
    method = text if place == "method" else "GET"
    given = httpx.Headers() if place == "method" else headers
    with pytest.raises(httpx.LocalProtocolError) as caught:
        head(method, httpx.URL("http://a.example"), given)
    assert str(caught.value) == "the address, or a header, cannot be sent"


@pytest.mark.parametrize("name", ["", " x", "x ", "x:", "x y", "\xe4"])
def test_a_name_that_is_none_is_not_sent(name):
    headers = httpx.Headers([(name.encode("latin-1"), b"1")])
    with pytest.raises(httpx.LocalProtocolError):
        head("GET", httpx.URL("http://a.example"), headers)


# Answers

ANSWERED = [
    (b"Content-Type", b"text/plain; charset=latin-1"),
    (b"Set-Cookie", b"a=b"),
    (b"Set-Cookie", b"c=d"),
    (b"Link", b'<https://a.example/2>; rel="next"'),
    (b"Location", b"/there"),
]
LINES = "gr\xfc\xdfe\nzwei\n\ndrei".encode("latin-1")
RAW = [*ANSWERED, (b"content-LENGTH", b"9"), (b"Content-Encoding", b"gzip")]


def both(status=200, body=LINES):
    ours = Answer(status, lambda: decoded(RAW), body)
    other = httpx.Response(status, headers=ANSWERED, content=body)
    del other.headers["content-length"]
    other.close()
    other.is_stream_consumed = True
    return ours, other


@pytest.mark.parametrize("status", [200, 204, 302, 404, 429, 503, 599])
def test_an_answer_shows_what_httpx_own_does(status):
    one, other = both(status)
    methods = {name for name in named(httpx.Response) if callable(getattr(httpx.Response, name))}
    names = {*named(other)} - methods - {"stream"}  # that it has been read, both agree
    assert {"headers", "text", "encoding", "is_success", "links", "elapsed", "url"} <= names
    assert {name: seen(one, name) for name in names} == {name: seen(other, name) for name in names}
    assert repr(one) == repr(other)
    assert isinstance(one, httpx.Response)


READINGS = [
    "read",
    "iter_bytes",
    "iter_text",
    "iter_lines",
    "iter_raw",
    "close",
    "raise_for_status",
]


@pytest.mark.parametrize("name", READINGS)
def test_an_answer_is_read_as_httpx_own(name):
    def result(answer):
        try:
            found = getattr(answer, name)()
            return found if isinstance(found, bytes | None) else [*found]
        except (RuntimeError, httpx.StreamError) as error:
            return repr(error)

    one, other = both()
    assert result(one) == result(other)


@pytest.mark.parametrize("name", ["aread", "aiter_bytes", "aiter_text", "aiter_lines", "aclose"])
def test_an_answer_is_read_in_a_loop_as_httpx_own(name):
    async def result(answer):
        found = getattr(answer, name)()
        return await found if name in ("aread", "aclose") else [piece async for piece in found]

    one, other = both()
    assert asyncio.run(result(one)) == asyncio.run(result(other))


def test_an_answer_belongs_to_a_request_once_somebody_says_so():
    for answer in both(404):
        answer.request = httpx.Request("GET", "https://a.example/x")
        assert answer.url == "https://a.example/x"
        assert dict(answer.cookies) == {"a": "b", "c": "d"}
        with pytest.raises(httpx.HTTPStatusError, match="404 Not Found"):
            answer.raise_for_status()
    good, _ = both(200)
    good.request = httpx.Request("GET", "https://a.example/x")
    assert good.raise_for_status() is good


def test_a_pickled_answer_is_as_httpx_own():
    one, other = (pickle.loads(pickle.dumps(answer)) for answer in pickled())
    assert (one.status_code, one.content) == (other.status_code, other.content)
    assert one.headers.multi_items() == other.headers.multi_items()
    assert one.is_closed
    assert one.extensions == {}


def pickled():
    one, other = both()
    return Answer(200, _found, one.content), other


def _found():
    return decoded(RAW)


def test_json_is_that_of_the_body():
    one, _ = both(body=b'{"a": [1, "\xc3\xa9"]}')
    assert one.json() == {"a": [1, "\xe9"]}

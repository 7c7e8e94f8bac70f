"""One connection, driven by hand: what the server sends, byte by byte, and what comes of it."""

import asyncio
import gzip
import zlib

import httpx
import pytest
from sockets import Complaints, Wire

from cogml.connection import Connection
from cogml.messages import AnswerTooLarge

BODY = b'{"documents": [{"id": "0"}]}'
MOST = 1_000


def head(*lines, status="200 OK", version="1.1"):
    return "\r\n".join([f"HTTP/{version} {status}", *lines, "", ""]).encode("latin-1")


def sized(body, *lines, **words):
    return head(*lines, f"Content-Length: {len(body)}", **words) + body


def chunked(*pieces, trailers=b"", extension=b""):
    chunks = [b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces]
    return head("Transfer-Encoding: chunked") + b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


class Link:
    """A connection of which everything is seen."""

    def __init__(self, loop):
        self.loop = loop
        self.wire = Wire()
        self.connection = Connection(loop)
        self.connection.connection_made(self.wire)

    def ask(self, method="POST", ends=None):
        request = httpx.Request(method, "http://a.example/")
        return self.connection.ask(request, (b"head", b"body"), MOST, ends)

    def send(self, *pieces):
        for piece in pieces:
            if not self.wire.aborted:
                self.connection.data_received(piece)

    def end(self, error=None):
        """The server closes; as asyncio tells it."""
        if error is None and not self.wire.aborted:
            self.connection.eof_received()
        self.connection.connection_lost(error)


@pytest.fixture
def loop():
    """A loop that runs only when it is waited for, and has nothing to complain of in the end."""
    complaints = Complaints()
    made = asyncio.new_event_loop()
    made.set_exception_handler(complaints)
    yield made
    made.run_until_complete(asyncio.sleep(0))
    made.close()
    assert complaints == []


@pytest.fixture
def link(loop):
    return Link(loop)


def _packed(body):
    return gzip.compress(body, mtime=0)


# What is sent; then status, body, and whether the connection may be used again.
ANSWERS = {
    "sized": (sized(BODY), 200, BODY, True),
    "of nothing": (sized(b""), 200, b"", True),
    "chunked": (chunked(BODY[:5], BODY[5:]), 200, BODY, True),
    "with trailers": (
        chunked(BODY, trailers=b"X-Sum: 1\r\nX-More: 2\r\n"),
        200,
        BODY,
        True,
    ),
    "with extensions": (chunked(BODY, extension=b";a=b"), 200, BODY, True),
    "compressed": (sized(_packed(BODY), "Content-Encoding: GZIP"), 200, BODY, True),
    "deflated": (sized(zlib.compress(BODY), "Content-Encoding: deflate"), 200, BODY, True),
    "compressed nothing": (sized(b"", "Content-Encoding: gzip"), 200, b"", True),
    "without a body": (head(status="204 No Content"), 204, b"", True),
    "not changed": (head("Content-Length: 99", status="304 Not Modified"), 304, b"", True),
    "after a hint": (head("Link: </a>", status="103 Early Hints") + sized(BODY), 200, BODY, True),
    "after a permit": (head(status="100 Continue") * 2 + sized(BODY), 200, BODY, True),
    "an empty header": (sized(BODY, "X-Empty:", "X-Blank:   "), 200, BODY, True),
    "the last": (sized(BODY, "Connection: close"), 200, BODY, False),
    "old": (sized(BODY, version="1.0"), 200, BODY, False),
    "old and kept": (sized(BODY, "Connection: keep-alive", version="1.0"), 200, BODY, True),
    "without a reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
    "a refusal": (sized(BODY, status="429 Too Many Requests"), 429, BODY, True),
    "to the end": (head() + BODY, 200, BODY, False),
    "compressed to the end": (head("Content-Encoding: gzip") + _packed(BODY), 200, BODY, False),
}
TO_THE_END = ("to the end", "compressed to the end")

# What is sent on a connection that stays open, and what the error says.
BROKEN = {
    "a change of protocol": (
        head("Connection: upgrade", "Upgrade: h2c", status="101 Switching"),
        "status 101",
    ),
    "two ways to end": (
        head("Content-Length: 3", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n",
        "no valid HTTP",
    ),
    "two lengths": (head("Content-Length: 2", "Content-Length: 3") + b"abc", "no valid HTTP"),
    "a folded header": (sized(b"", "X-A: 1", " 2"), "no valid HTTP"),
    "a space before the colon": (sized(b"", "X-A : 1"), "no valid HTTP"),
    "a nought in a header": (sized(b"", "X-A: \0"), "no valid HTTP"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", "no valid HTTP"),
    "HTTP of another kind": (b"HTTP/1.7 200 OK\r\n\r\n", "no valid HTTP"),
    "an event": (b"ICY 200 OK\r\n\r\n", "no valid HTTP"),
    "compressed with more behind": (
        sized(_packed(BODY) + b"more", "Content-Encoding: gzip"),
        "bytes behind the end",
    ),
}

kinds = pytest.mark.parametrize("kind", ANSWERS)


@kinds
def test_an_answer_is_the_same_wherever_it_is_split(loop, kind):
    """At each byte, and at all; and the next one on the same connection is as good."""
    sent, status, body, kept = ANSWERS[kind]
    splits = [[sent[:at], sent[at:]] for at in range(1, len(sent))]
    link = Link(loop)
    for pieces in [[sent], *splits, [sent[at : at + 1] for at in range(len(sent))]]:
        link = link if kept else Link(loop)
        answer = link.ask()
        link.send(*pieces)
        if kind in TO_THE_END:
            assert not answer.done()
            link.end()
        found = answer.result()
        assert (found.status_code, found.content) == (status, body)
        assert not {"content-length", "transfer-encoding", "x-sum"} & {*found.headers}
        assert link.connection.is_free == kept
        assert link.wire.aborted != kept


@kinds
def test_half_an_answer_is_none(loop, kind):
    """Wherever it is cut off; but of a body that only the connection's end ends, who could tell."""
    sent, *_ = ANSWERS[kind]
    least = len(sent) if kind not in TO_THE_END else sent.index(b"\r\n\r\n") + 4
    for at in range(least):
        link = Link(loop)
        answer = link.ask()
        link.send(sent[:at])
        link.end()
        error = answer.exception()
        assert isinstance(error, httpx.RemoteProtocolError)
        assert error.request.method == "POST"
        assert not link.connection.is_free


@kinds
def test_a_reset_is_an_error_wherever_it_comes(loop, kind):
    sent, *_ = ANSWERS[kind]
    for at in range(len(sent)):
        link = Link(loop)
        answer = link.ask()
        link.send(sent[:at])
        link.end(ConnectionResetError(104, "Connection reset by peer"))
        assert isinstance(answer.exception(), httpx.ReadError)


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_no_answer_is_an_error_and_the_end(link, broken):
    sent, said = BROKEN[broken]
    answer = link.ask()
    link.send(sent)
    error = answer.exception()
    assert isinstance(error, httpx.RemoteProtocolError)
    assert said in str(error)
    assert link.wire.aborted
    assert not link.connection.is_free


def test_a_word_before_the_first_request_ends_it(link):
    link.send(sized(b"before"))
    assert link.wire.aborted
    assert not link.connection.is_free


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_second_answer_is_nobodys(link, pieces):
    """With the first one, or behind it."""
    answer = link.ask()
    link.send(*([sized(b"own") + sized(b"other")] if pieces == 1 else [sized(b"own"), sized(b"x")]))
    assert answer.result().content == b"own"
    assert not link.connection.is_free
    assert link.wire.aborted


def test_a_connection_that_the_server_has_ended_is_not_free(link):
    """Not even before asyncio has let it go."""
    answer = link.ask()
    link.send(sized(BODY))
    assert answer.result().content == BODY
    assert link.connection.is_free
    link.connection.eof_received()
    assert not link.connection.is_free
    assert link.wire.aborted


def test_the_end_comes_though_the_request_is_not_all_written(link):
    answer = link.ask()
    link.wire.unwritten = 9
    link.connection.eof_received()
    assert "without an answer" in str(answer.exception())


def test_behind_a_request_that_is_not_all_written_comes_no_other(link):
    answer = link.ask()
    link.wire.unwritten = 9
    link.send(sized(b"", status="413 Too Large"))
    assert answer.result().status_code == 413
    assert not link.connection.is_free
    assert link.wire.aborted


@pytest.mark.parametrize("behind", ["", "body"])
def test_a_question_for_the_head_ends_with_it(link, behind):
    answer = link.ask("HEAD")
    link.send(head("Content-Length: 4", "X-A: 1") + behind.encode())
    assert answer.result().headers["x-a"] == "1"
    assert answer.result().content == b""
    assert not link.connection.is_free


@pytest.mark.parametrize("whole", [True, False])
def test_what_comes_too_late_goes_nowhere(link, whole):
    """Whoever gave up waiting closes the connection; an answer may be in its buffers."""
    answer = link.ask(ends=link.loop.time() + 60)
    answer.cancel()
    link.connection.close()
    assert link.wire.aborted
    assert link.connection._timer is None
    link.connection.data_received(sized(BODY) if whole else sized(BODY)[:-1])
    assert not link.connection.is_free
    link.end()
    assert answer.cancelled()


def test_time_is_up_at_the_request_of_each(link):
    """The second has more time than the first, on one timer."""
    now = link.loop.time()
    answer = link.ask(ends=now + 1_000)
    link.send(sized(BODY))
    assert answer.result().content == BODY
    answer = link.ask(ends=now + 0.005)
    with pytest.raises(httpx.ReadTimeout, match="timed out"):
        link.loop.run_until_complete(answer)
    assert link.wire.aborted
    assert link.connection._timer is None


def test_a_timer_left_from_before_ends_nobody_elses_time(link):
    now = link.loop.time()
    first = link.ask(ends=now + 0.005)
    link.send(sized(BODY))
    second = link.ask(ends=None)
    link.loop.run_until_complete(asyncio.sleep(0.02))
    assert first.done()
    assert not second.done()
    link.send(sized(b"late"))
    assert second.result().content == b"late"
    assert link.connection.is_free


def test_what_unfolds_to_nothing_counts_as_it_comes(link):
    """Empty blocks without an end, and bytes behind the end: no memory is given for either."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    begun = squeeze.compress(b"") + squeeze.flush(zlib.Z_FULL_FLUSH)
    nothing = b"\x00\x00\x00\xff\xff" * 10
    answer = link.ask()
    link.send(head("Content-Encoding: gzip", "Transfer-Encoding: chunked"))
    link.send(b"%x\r\n%b\r\n" % (len(begun), begun))
    sent = 0
    while not answer.done():
        link.send(b"%x\r\n%b\r\n" % (len(nothing), nothing))
        sent += len(nothing)
    assert isinstance(answer.exception(), AnswerTooLarge)
    assert sent <= MOST + len(nothing)


def test_a_body_in_tiny_chunks_is_read(link):
    """Each byte in a chunk of its own, with as much around it as is usual."""
    body = b"x" * MOST
    answer = link.ask()
    link.send(chunked(*[body[at : at + 1] for at in range(MOST)]))
    assert answer.result().content == body
    assert link.connection.is_free

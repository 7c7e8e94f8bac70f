"""What comes back can do no harm: it costs its own row, in time, and little memory."""

import asyncio
import datetime
import gzip
import itertools
import os
import re
import ssl
import subprocess
import sys
import textwrap
import zlib

import pyarrow as pa
import pytest
import trustme
from sockets import CARRIERS, Carried, Server, http

from cogml import frames, loop, planner
from cogml.cognitive import SpeechToText, SpeechToTextSDK, TextSentiment
from cogml.errors import MESSAGE_CHARACTERS, RESPONSE_CHARACTERS, ParamError
from cogml.services.search import ImageDownloader

GOOD = http(
    b'{"documents":[{"id":"0","sentiment":"positive","sentences":[],"warnings":[]}],"errors":[]}'
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TEXTS = ["good", "fine", "bad", "nice", "well"]
LIMIT = 200_000


@pytest.fixture(params=CARRIERS)
def transport(request):
    carried = Carried(request.param)
    yield carried
    carried.close()


def transformed(stage, transport, **columns):
    return frames.add_columns(pa.table(columns), planner.make(stage, transport)).to_pylist()


def ask(transport, answer, **settings):
    """The error of the row that gets this answer; the others have theirs, as if there was none."""

    def answers(request):
        if b"bad" not in request:
            return [GOOD]
        return answer() if callable(answer) else [answer]

    own = {"timeout": 5.0, "answerBytes": LIMIT, "maxRetries": 0, "concurrency": 2} | settings
    with Server(answers) as server:
        stage = TextSentiment(
            endpoint=server.url, outputCol="out", errorCol="err", batchSize=1, **own
        )
        rows = transformed(stage, transport, text=TEXTS)
    others = [row for row in rows if row["text"] != "bad"]
    assert [row["err"] for row in others] == [None] * 4
    assert all(row["out"] for row in others)
    error = rows[2]["err"]
    if error is not None:
        assert len(error["message"]) <= MESSAGE_CHARACTERS
        assert len(error["response"] or "") <= RESPONSE_CHARACTERS
    return error


def endless(*pieces):
    """The last piece for ever."""
    return lambda: itertools.chain(pieces[:-1], itertools.repeat(pieces[-1]))


# Size


def bomb(megabytes):
    """A gzip file of so many megabytes of spaces, made in no time: one block, again and again."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = squeeze.compress(b" " * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * megabytes


TOO_LARGE = {
    "announced": http(b" " * (LIMIT + 1)),
    "not announced": endless(CHUNKED, b"2710\r\n" + b" " * 10_000 + b"\r\n"),
    "compressed": http(bomb(1), "Content-Encoding: gzip"),
    "of an error": http(b" " * (LIMIT + 1), status="503 Busy"),
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_an_answer_that_is_too_large_is_not_read_and_not_asked_for_again(transport, kind):
    error = ask(transport, TOO_LARGE[kind], maxRetries=3)
    assert error["code"] == "bad_response"
    assert error["attempts"] == 1
    assert error["message"].endswith("at most 200,000 are read: call setAnswerBytes")
    assert ("200,001 bytes" in error["message"]) == (kind in ("announced", "of an error"))


def test_an_answer_may_be_as_large_as_is_allowed(transport):
    """And what was allowed once more is read."""
    body = GOOD.partition(b"\r\n\r\n")[2].ljust(LIMIT)
    assert ask(transport, http(body)) is None
    assert ask(transport, http(body), answerBytes=LIMIT - 1)["code"] == "bad_response"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_counts_decompressed(transport, encoding):
    body = GOOD.partition(b"\r\n\r\n")[2].ljust(LIMIT)
    packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    answer = http(packed, f"Content-Encoding: {encoding}")
    assert ask(transport, answer) is None
    assert "over 199,999 bytes" in ask(transport, answer, answerBytes=LIMIT - 1)["message"]


@pytest.mark.parametrize("stage", [ImageDownloader, SpeechToText])
def test_a_download_is_capped_too(transport, stage):
    source = "url" if stage is ImageDownloader else "audioData"
    with Server(http(b" " * 1_000)) as server:
        made = stage(outputCol="out", errorCol="err", answerBytes=999, **{f"{source}Col": "at"})
        if stage is SpeechToText:
            made.setEndpoint(server.url)
        [row] = transformed(made, transport, at=[f"{server.url}/a.wav"])
    assert row["err"]["code"] == "bad_response"
    assert "1,000 bytes" in row["err"]["message"]


def test_a_recording_of_the_size_that_is_documented_may_be_downloaded():
    stage = SpeechToText()
    assert stage.getAnswerBytes() >= stage.limits.bytes > TextSentiment().getAnswerBytes()


@pytest.mark.parametrize("answer_bytes", [0, -1, "much"])
def test_no_limit_is_no_choice(answer_bytes):
    with pytest.raises(ParamError, match="answerBytes expects a whole number ≥ 1"):
        TextSentiment(answerBytes=answer_bytes)


MEMORY = """
    import resource, sys, zlib
    from sockets import CARRIERS, Carried, Server, http
    from test_safety import CHUNKED, bomb, endless, ask, LIMIT
    def peak():
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    carried = Carried(next(made for made in CARRIERS if made.__name__ == sys.argv[1]))
    packed = http(bomb(1_000), "Content-Encoding: gzip")
    ask(carried, http(b"{}"))
    before = peak()
    for answer in (packed, endless(CHUNKED, b"10000\\r\\n" + b" " * 65_536 + b"\\r\\n")):
        assert ask(carried, answer, answerBytes=10_000_000)["code"] == "bad_response"
    carried.close()
    print((peak() - before) // 1_000_000)
"""


@pytest.mark.parametrize("make", CARRIERS)
def test_what_is_not_read_takes_no_memory(make):
    """A gigabyte that came as one megabyte, and one without an end: some tens at most."""
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEMORY), make.__name__],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert int(child.stdout) < 60


# Form

DEEP = b"[" * 100_000 + b"]" * 100_000
HOSTILE = {
    "nested arrays": (http(DEEP), "bad_response"),
    "nested arrays in a field": (http(b'{"documents":' + DEEP + b"}"), "bad_response"),
    "nested objects": (http(b'{"a":' * 30_000), "bad_response"),
    "nested errors": (
        http(b'{"error":' + b'{"innererror":' * 10_000, status="400 Bad Request"),
        "rejected",
    ),
    "a number of many digits": (
        http(b'{"documents":[{"id":"0","confidenceScores":{"positive":%s}}]}' % (b"9" * 100_000)),
        "bad_response",
    ),
    "a number beyond all": (http(b'{"documents":[{"id":1e999999}]}'), "bad_response"),
    "a long message": (
        http(b'{"error":{"code":"C","message":"%s"}}' % (b"x" * 150_000), status="400 Bad"),
        "rejected",
    ),
    "a message of lists": (
        http(b'{"error":{"code":[%s1],"message":{"a":1}}}' % (b"1," * 50_000), status="400 Bad"),
        "rejected",
    ),
    "a body of another encoding": (http(b'{"documents":[{"id":"\xff\xfe"}]}'), "bad_response"),
    "half a character": (http(b'{"documents":[{"id":"0","sentiment":"\\ud800"}]}'), "bad_response"),
    "a header that is no ASCII": (http(b"{}", "X-A: \xff\xfe"), "bad_response"),
    "a wait that is no ASCII": (http(b"", "Retry-After: \xff", status="429 Busy"), "throttled"),
    "a million headers": (
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1_000_000 + b"\r\n",
        "unavailable",
    ),
    "a header of 10 MB": (
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000_000 + b"\r\n\r\n",
        "unavailable",
    ),
    "a header without an end": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65_536), "unavailable"),
    "a status line without an end": (endless(b"x" * 65_536), "unavailable"),
    "a status of letters": (b"HTTP/1.1 fine OK\r\nContent-Length: 0\r\n\r\n", "unavailable"),
    "a status of nought": (http(b"{}", status="000 None"), "unavailable"),
    "a status nobody knows": (http(b"{}", status="999 Odd"), "unavailable"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "unavailable"),
    "a reason of 50 kB": (http(b"", status="400 " + "x" * 50_000), "rejected"),
    "two lengths": (http(b"{}", "Content-Length: 7"), "unavailable"),
    "a length below nought": (
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        "unavailable",
    ),
    "a length of many digits": (
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 6_000 + b"\r\n\r\n{}",
        "unavailable",
    ),
    "a chunk of many digits": (CHUNKED + b"1" + b"F" * 20 + b"\r\nabc", "unavailable"),
    "a chunk below nought": (CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n", "unavailable"),
    "chunk words without an end": (endless(CHUNKED, b"5;", b"x" * 65_536), "unavailable"),
    "trailers without an end": (
        endless(CHUNKED, b"2\r\n{}\r\n0\r\n", b"X: y\r\n" * 1_000),
        "unavailable",
    ),
    "broken compression": (http(b"no gzip", "Content-Encoding: gzip"), "unavailable"),
    "compression cut short": (
        http(gzip.compress(b"{}" * 99)[:-9], "Content-Encoding: gzip"),
        "unavailable",
    ),
    "compressed twice": (
        http(gzip.compress(gzip.compress(b"{}")), "Content-Encoding: gzip, gzip"),
        "bad_response",
    ),
    "compressed as nobody asked": (http(b"{}", "Content-Encoding: x-odd"), "bad_response"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_answer_out_of_all_form_costs_its_own_row(transport, kind):
    answer, code = HOSTILE[kind]
    assert ask(transport, answer)["code"] == code


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), id="go on"),
        pytest.param(endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), id="hints"),
        pytest.param(CHUNKED + b"FFFFFFFFFFFFFFFF\r\nabc", id="a chunk that never comes"),
    ],
)
def test_what_never_becomes_an_answer_ends_in_time(transport, answer):
    """And the carrier goes on: to a request that has more time, it brings the answer."""
    with Server(lambda _: answer() if callable(answer) else [answer]) as server:
        stage = TextSentiment(endpoint=server.url, outputCol="out", errorCol="err", maxRetries=0)
        [row] = transformed(stage.setTimeout(0.3), transport, text=["bad"])
    assert row["err"]["code"] == "timeout"
    assert ask(transport, GOOD) is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http(b"{}") + http(b'{"documents":[]}'), id="a second answer"),
        pytest.param(http(b"{}", status="204 No Content"), id="a body where none may be"),
    ],
)
def test_what_comes_behind_an_answer_is_no_other_rows(transport, answer):
    """`ask` holds the others to it: they are asked for on the same connection."""
    assert ask(transport, answer, concurrency=1)["code"] == "bad_response"


def test_at_its_end_a_process_leaves_nothing_under_way():
    """What native code would have to tell afterwards, it would tell to nobody, and abort."""

    async def process():
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        await loop._rest()
        return task

    assert asyncio.run(process()).cancelled()


ENDING = """
    import atexit, threading
    atexit.register(lambda: print(len(server.seen)))  # registered first, run last
    import pyarrow as pa
    from sockets import Server, http
    from cogml.cognitive import TextSentiment
    begun = threading.Event()
    def answers(request):
        begun.set()
        threading.Event().wait()
        yield b""
    server = Server(answers).__enter__()
    stage = TextSentiment(endpoint=server.url, outputCol="out", batchSize=1, concurrency=32)
    texts = pa.table({"text": [*map(str, range(99))]})
    run = threading.Thread(target=stage.transform, args=(texts,), daemon=True)
    run.start()
    assert begun.wait(10)
"""


def test_a_process_may_end_with_requests_under_way():
    """The thread that waits for them is told; nothing is aborted, and nothing more is sent."""
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ENDING)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert child.returncode == 0
    assert "Fatal" not in child.stderr
    assert "Task" not in child.stderr
    assert 1 <= int(child.stdout) <= 32


# Trust


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def secured(authority, name, **words):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **words).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch, request):
    """The authority's certificate in a file that the environment variable names."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    if request.param:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv(request.param, str(tmp_path / "ca.pem"))
    return request.param


def shown(transport, context):
    """What a server with this certificate is told, and what the row gets."""
    with Server(GOOD, secured=context) as server:
        stage = TextSentiment(
            endpoint=server.url, subscriptionKey="k", outputCol="out", errorCol="err", maxRetries=0
        )
        [row] = transformed(stage, transport, text=["good"])
    return server.seen, row["err"]


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"], indirect=True)
def test_an_authority_of_ones_own_is_trusted(transport, authority, trusted):
    seen, error = shown(transport, secured(authority, "127.0.0.1"))
    assert len(seen) == 1
    assert error is None


@pytest.mark.parametrize("trusted", [""], indirect=True)
def test_an_unknown_authority_is_told_nothing(transport, authority, trusted):
    seen, error = shown(transport, secured(authority, "127.0.0.1"))
    assert seen == []
    assert error["code"] == "unavailable"
    assert "certificate" in error["message"]
    assert error["message"].endswith("name a file of certificates (PEM) in SSL_CERT_FILE")


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE"], indirect=True)
def test_the_certificate_of_another_host_is_told_nothing(transport, authority, trusted):
    seen, error = shown(transport, secured(authority, "other.example"))
    assert seen == []
    assert error["code"] == "unavailable"
    assert re.search(r"certificate is not valid for|certificate not valid for", error["message"])


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE"], indirect=True)
def test_a_certificate_that_has_ended_is_told_nothing(transport, authority, trusted):
    years = [datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2019, 2020)]
    context = secured(authority, "127.0.0.1", not_before=years[0], not_after=years[1])
    seen, error = shown(transport, context)
    assert seen == []
    assert "certificate has expired" in error["message"]


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE"], indirect=True)
def test_a_host_is_known_by_its_name_as_well(transport, authority, trusted):
    """And the connection is used again, until the server says that it ends."""
    with Server(GOOD, secured=secured(authority, "localhost")) as server:
        stage = TextSentiment(
            endpoint=f"https://localhost:{server.port}", outputCol="out", errorCol="err"
        )
        stage.setBatchSize(1).setConcurrency(1)
        rows = transformed(stage, transport, text=TEXTS)
        assert [row["err"] for row in rows] == [None] * 5
        assert server.connections == 1


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE"], indirect=True)
def test_who_speaks_without_a_handshake_is_told_nothing(transport, trusted):
    """It may be a proxy, or a port of something else: the text of the row stays here."""

    class Greeting(Server):
        def serve(self, connection):
            with connection:
                connection.sendall(b"220 mail.example\r\n")
                while piece := connection.recv(65_536):
                    self.seen.append(piece)

    with Greeting(b"") as server:
        stage = TextSentiment(
            endpoint=server.url.replace("http", "https"), outputCol="out", errorCol="err"
        )
        [row] = transformed(stage.setMaxRetries(0), transport, text=["planted words"])
    assert row["err"]["code"] == "unavailable"
    assert b"planted" not in b"".join(server.seen)


@pytest.mark.parametrize("make", CARRIERS)
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nno\n"]
)
def test_a_file_without_certificates_is_said_before_anything_is_sent(
    make, name, content, tmp_path, monkeypatch
):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(name, str(path))
    with pytest.raises(ParamError, match=f"environment variable {name}: .*ca.pem"):
        make()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://a.example:99999/", "unavailable"),
        ("http://1.2.3.4.5/", "unavailable"),
        ("http://a..b/", "unavailable"),
        ("http://xn--a/", "row_rejected"),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_and_not_quoted(transport, address, code):
    stage = ImageDownloader(urlCol="at", outputCol="out", errorCol="err", maxRetries=0)
    [row] = transformed(stage, transport, at=[f"{address}?sig=secret"])
    assert row["err"]["code"] == code
    assert "secret" not in str(row["err"])


# Connections


class Hasty(Server):
    """Answers before the request is whole, and reads on until the client has done."""

    def serve(self, connection):
        with connection:
            connection.recv(1_000)
            connection.sendall(http(b"", "Connection: close", status="413 Too Large"))
            while connection.recv(65_536):
                self.sent += 1


def test_an_answer_may_come_before_the_request_is_whole(transport):
    with Hasty(b"") as server:
        stage = SpeechToTextSDK(
            audioDataCol="data", backend="fast", streamIntermediateResults=False
        )
        stage.setEndpoint(server.url).setOutputCol("out").setErrorCol("err").setMaxRetries(0)
        [row] = transformed(stage, transport, data=[bytes(2_000_000)])
    assert (row["err"]["code"], row["err"]["status"]["statusCode"]) == ("rejected", 413)


def test_a_connection_that_is_closed_behind_an_answer_costs_nothing(transport):
    """Though nothing said so: the next request finds it closed, as it is written or before; so may
    its retry, of which there are as many as by default."""
    with Server(GOOD, close=True) as server:
        stage = TextSentiment(endpoint=server.url, outputCol="out", errorCol="err", batchSize=1)
        rows = transformed(stage.setBackoffs([1] * 5), transport, text=[str(n) for n in range(20)])
    assert [row["err"] for row in rows] == [None] * 20
    assert server.connections >= 20


def test_a_proxy_is_asked_for_what_is_elsewhere_and_for_nothing_here(transport, monkeypatch):
    with Server(GOOD) as proxy, Server(GOOD) as here:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for place in ("http://a.example", here.url, f"http://localhost:{here.port}"):
            stage = TextSentiment(endpoint=place, outputCol="out", errorCol="err")
            [row] = transformed(stage, transport, text=["good"])
            assert row["err"] is None
    assert [seen.split()[1].startswith(b"http://a.example/") for seen in proxy.seen] == [True]
    assert len(here.seen) == 2

"""What a service answered is kept without its secrets, and given again in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from suite_bench import KEY, V31, batch

import cogml_mocks
from cogml_mocks import recordings
from cogml_mocks.messages import Request

SENTIMENT = f"{V31}/sentiment"
SECRET = "s3cr3t-of-forty-characters-0123456789abc"
Answering = Callable[[str, str], tuple[int, dict[str, str], bytes]]


class Upstream:
    """A service of few words: it answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                upstream.seen.append((self.command, self.path, headers, body))
                status, given, content = upstream.answers.pop(0)
                self.send_response(status)
                for name, value in given.items():
                    self.send_header(name, value.replace("{me}", upstream.url))
                content = content.replace(b"{me}", upstream.url.encode())
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/resource"


@pytest.fixture(scope="module")
def _upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    with upstream.server as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield upstream
        server.shutdown()
        thread.join()


@pytest.fixture
def upstream(_upstream: Upstream) -> Upstream:
    _upstream.answers.clear()
    _upstream.seen.clear()
    return _upstream


def say(status: int = 200, document: object = None, **headers: str) -> tuple:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(document).encode()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_what_was_recorded_of_a_suite_is_given_again_without_it(suite, client, tmp_path):
    """Each of the two, the job's polls included, is answered by the recordings alone."""
    page = {"url": "x"}
    asked = [
        lambda url: client.post(url + SENTIMENT, json=batch("I am happy.", "")),
        lambda url: client.post(url + SENTIMENT, json=batch(*["x"] * 11)),
        lambda url: client.get(f"{url}/v7.0/images/search?q=boats&count=2"),
        lambda url: client.post(f"{url}/vision/v3.2/analyze", json=page),
    ]
    with cogml_mocks.serve(record=suite.url, recordings=tmp_path) as recording:
        first = [ask(recording.url) for ask in asked]
    assert [answer.status_code for answer in first] == [200, 400, 200, 400]
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        second = [ask(replaying.url) for ask in asked]
        log = replaying.requests()
    for one, two in zip(first, second, strict=True):
        assert two.status_code == one.status_code
        given_again = two.text.replace(replaying.url, recording.url)
        assert json.loads(given_again) == one.json()
        assert two.headers["x-cogml-recorded"] == "true"
        assert two.headers["content-type"] == one.headers["content-type"]
    assert [entry["recorded"] for entry in log] == [True] * 4


def test_a_job_is_recorded_poll_by_poll_and_found_at_the_suite(upstream, client, tmp_path):
    place = {"Operation_Location": "{me}/language/jobs/7?api-version=1"}
    upstream.answers += [
        say(202, **place),
        say(200, {"status": "running"}),
        say(200, {"status": "running"}),
        say(200, {"status": "succeeded", "next": "{me}/more"}),
    ]

    def job(url: str) -> list[dict]:
        started = client.post(f"{url}/language/jobs?api-version=1", json={"a": 1})
        at = started.headers["operation-location"]
        assert at == f"{url}/language/jobs/7?api-version=1"
        return [client.get(at).json() for _ in range(3)]

    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        polls = job(recording.url)
        assert polls[2] == {"status": "succeeded", "next": f"{recording.url}/more"}
    assert [path for _, path, _, _ in upstream.seen] == [
        "/resource/language/jobs?api-version=1",
        *["/resource/language/jobs/7?api-version=1"] * 3,
    ]
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        for base in (replaying.url, replaying.base("another")):
            states = [poll["status"] for poll in job(base)]
            # Two polls that say the same are kept once; the last answer stands.
            assert states == ["running", "succeeded", "succeeded"]
    assert upstream.url not in "".join(path.read_text() for path in files(tmp_path))


@pytest.mark.parametrize(
    "carried",
    [
        {"headers": {"Ocp-Apim-Subscription-Key": SECRET}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"headers": {"Cookie": f"a={SECRET}", "api-key": SECRET}},
        {"params": {"subscription-key": SECRET}, "headers": KEY},
        {"params": {"sv": "1", "sig": SECRET}, "headers": KEY},
    ],
    ids=["key", "token", "cookie", "key in the query", "signature"],
)
def test_no_secret_is_kept_wherever_the_answer_repeats_it(upstream, tmp_path, carried, caplog):
    echo = {
        "said": f"you sent {SECRET}",
        "at": f"https://blob.example/x?sv=1&sig={SECRET}xyz&se=2",
        "access_token": "another-one",
        "nested": [{"key1": "a-key-of-theirs", SECRET: 1}],
        "keyPhrases": ["stay"],
    }
    headers = {"Set_Cookie": "session=abc", "X_Echo": SECRET, "X_Auth_Token": "t"}
    upstream.answers.append(say(200, echo, **headers, WWW_Authenticate="Bearer x"))
    caplog.set_level("DEBUG")
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = httpx.post(f"{recording.url}/face/v1.0/detect", json={"a": SECRET}, **carried)
        assert SECRET not in json.dumps(recording.requests())
    assert answer.json()["said"] == f"you sent {SECRET}"  # the caller has the answer as it was
    (file,) = files(tmp_path)
    kept = file.read_text() + file.name
    for secret in (SECRET, "another-one", "a-key-of-theirs", "session", "WWW", "x-auth"):
        assert secret not in kept
    assert "keyPhrases" in kept
    assert "stay" in kept
    assert json.loads(file.read_text())["answers"][0]["headers"]["x-echo"] == "***"
    ours = [r.getMessage() for r in caplog.records if r.name == "cogml_mocks"]
    ours += [r.getMessage() for r in caplog.records if upstream.url in r.getMessage()]
    assert ours == [f"recorded {file.name}"]
    # The service itself was shown the credential.
    _, path, headers, _ = upstream.seen[0]
    assert SECRET in path + "".join(headers.values())


@pytest.mark.parametrize("status", [301, 401, 403, 408, 429, 500, 503])
def test_an_answer_about_the_moment_is_passed_on_and_not_kept(upstream, client, tmp_path, status):
    upstream.answers.append(say(status, {"x": 1}, Location="{me}/y", Retry_After="0"))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = client.post(recording.url + SENTIMENT, json=batch("x"))
    assert (answer.status_code, answer.json()) == (status, {"x": 1})
    assert answer.headers["location"] == f"{recording.url}/y"
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/secrets/name?api-version=7.5"),
        ("POST", "/a-tenant/oauth2/v2.0/token"),
        ("GET", "/msi/token"),
        ("GET", "/metadata/identity/oauth2/token"),
        ("POST", "/sts/v1.0/issueToken"),
    ],
)
def test_answers_that_are_secrets_are_never_kept(upstream, client, tmp_path, method, path):
    upstream.answers.append(say(200, {"value": SECRET, "access_token": SECRET}))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = client.request(method, recording.url + path)
    assert answer.json()["value"] == SECRET
    assert files(tmp_path) == []


def test_a_service_that_is_away_is_a_502_that_names_no_address(client, tmp_path, unused_port):
    gone = f"http://127.0.0.1:{unused_port}"
    with cogml_mocks.serve(record=gone, recordings=tmp_path) as recording:
        answer = client.post(recording.url + SENTIMENT, json=batch("x"))
    assert answer.status_code == 502
    assert "ConnectError" in answer.json()["error"]["message"]
    assert str(unused_port) not in answer.text
    assert files(tmp_path) == []


def test_faults_still_fall_upon_a_suite_that_records(upstream, client, tmp_path):
    rule = {"kind": "throttle", "times": 1}
    upstream.answers.append(say(200, {"documents": []}))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path, faults=[rule]) as recording:
        statuses = [
            client.post(recording.url + SENTIMENT, json=batch("x")).status_code for _ in range(2)
        ]
    assert statuses == [429, 200]
    assert len(upstream.seen) == 1


def test_binary_answers_and_text_are_kept_byte_by_byte(upstream, client, tmp_path):
    picture = bytes(range(256))
    upstream.answers.append((200, {"Content-Type": "image/jpeg"}, picture))
    upstream.answers.append((200, {"Content-Type": "text/csv"}, b"a;b\n"))
    paths = ("/vision/v3.2/generateThumbnail?width=9&height=9", "/speechtotext/x.csv")
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for path in paths:
            client.post(recording.url + path, content=b"\x89PNG")
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        given = [client.post(replaying.url + path, content=b"\x89PNG") for path in paths]
    assert [answer.content for answer in given] == [picture, b"a;b\n"]
    assert given[0].headers["content-type"] == "image/jpeg"


def test_recording_again_replaces_what_was_recorded_before(upstream, client, tmp_path):
    for value in (1, 2):
        upstream.answers.append(say(200, {"value": value}))
        with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
            client.post(f"{recording.url}/x", json={})
    (file,) = files(tmp_path)
    assert [answer["json"] for answer in json.loads(file.read_text())["answers"]] == [{"value": 2}]


# a miss


def test_a_miss_is_computed_and_says_so(client, tmp_path):
    with cogml_mocks.serve(recordings=tmp_path) as suite:
        computed = client.post(suite.url + SENTIMENT, json=batch("I am happy."))
        refused = client.post(suite.url + SENTIMENT, json={})
        unknown = client.post(f"{suite.url}/unknown", json={})
        log = suite.requests()
    assert computed.json()["documents"][0]["sentiment"] == "positive"
    for answer in (computed, refused, unknown):
        assert answer.headers.get_list("x-cogml-recorded") == ["false"]
    assert [entry["recorded"] for entry in log] == [False] * 3


def test_a_strict_replay_refuses_a_miss_by_name(client, tmp_path):
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as suite:
        answer = client.post(suite.url + SENTIMENT, json=batch("private words"))
        token = client.post(f"{suite.url}/sts/v1.0/issueToken")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "NotRecorded")
    assert f"No answer is recorded to POST {SENTIMENT}, fingerprint " in error["message"]
    assert "private" not in answer.text
    assert answer.headers["x-cogml-recorded"] == "false"
    assert (token.status_code, "x-cogml-recorded" in token.headers) == (200, False)


def test_without_a_key_nothing_recorded_is_given(upstream, client, tmp_path):
    upstream.answers.append(say(200, {"value": 1}))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        client.post(f"{recording.url}/x", json={})
    with cogml_mocks.serve(recordings=tmp_path) as suite:
        assert httpx.post(f"{suite.url}/x", json={}).status_code == 401


def test_a_suite_without_recordings_says_nothing_of_them(bench):
    answer = bench.sentiment("x")
    assert "x-cogml-recorded" not in answer.headers
    assert bench.suite.requests(bench.name)[0]["recorded"] is None


def test_a_recorded_analysis_of_a_picture_lies_beside_exchanges(upstream, client, tmp_path):
    """Both forms in one folder: the picture's address is known, whatever is asked of it."""
    upstream.answers.append(say(200, {"value": 1}))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        client.post(f"{recording.url}/x", json={})
    tags = [{"name": "boat", "confidence": 0.9}]
    analysis = {"tags": tags, "metadata": {"width": 9, "height": 9, "format": "Png"}}
    known = {"urls": ["https://pictures.example/a.png"], "analysis": analysis}
    (tmp_path / "mine.json").write_text(json.dumps({"recordings": [known]}))
    with cogml_mocks.serve(recordings=tmp_path) as suite:
        page = {"url": "https://pictures.example/a.png"}
        answer = client.post(f"{suite.url}/vision/v3.2/tag", json=page)
        assert client.post(f"{suite.url}/x", json={}).json() == {"value": 1}
        assert [entry["recorded"] for entry in suite.requests()] == [True, True]
    assert answer.json()["tags"] == tags
    assert answer.headers.get_list("x-cogml-recorded") == ["true"]


# fingerprints


def asked(body: bytes = b"", kind: str = "application/json", query: str = "", **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/x", query, {"content-type": kind, **named}, body)


def multipart(boundary: str) -> tuple[bytes, str]:
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--{boundary}--'
    return body.encode(), f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (asked(b'{"a": 1, "b": 2}'), asked(b'{"b":2,"a":1}')),
        (asked(b"{}", query="b=2&a=1"), asked(b"{}", query="a=1&b=2")),
        (asked(b"{}", query="a=1&subscription-key=k"), asked(b"{}", query="a=1&subscription-key=")),
        (asked(*multipart("one")), asked(*multipart("two"))),
        (asked(b"{}", "application/json; charset=utf-8"), asked(b"{}", "Application/JSON")),
        (asked(b"{}", user_agent="a"), asked(b"{}", user_agent="b")),
        (
            asked(b"client_secret=a&scope=s", "application/x-www-form-urlencoded"),
            asked(b"scope=s&client_secret=b", "application/x-www-form-urlencoded"),
        ),
    ],
)
def test_requests_that_ask_for_the_same_have_one_fingerprint(one, two):
    assert recordings.fingerprint(one, "/x") == recordings.fingerprint(two, "/x")


def test_requests_that_ask_for_something_else_have_another():
    requests = [
        asked(b'{"a": 1}'),
        asked(b'{"a": "1"}'),
        asked(b'{"a": [1, 2]}'),
        asked(b'{"a": [2, 1]}'),
        asked(b'{"a": 1'),
        asked(b'{"a": 1}', query="a=1"),
        asked(b'{"a": 1}', query="a=1&a=2"),
        asked(b'{"a": 1}', "text/plain"),
        asked(b'{"a": 1}', "multipart/form-data"),
        asked(b'{"a": 1}', pronunciation_assessment="e30="),
        asked(*multipart("one")),
        asked(multipart("one")[0].replace(b"1\r\n--one--", b"2\r\n--one--"), multipart("one")[1]),
        Request("GET", "/x", "", {}),
    ]
    found = [recordings.fingerprint(request, "/x") for request in requests]
    found.append(recordings.fingerprint(requests[0], "/y"))
    assert len(set(found)) == len(found)


# settings and files that are wrong


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"record": "https://a.example"}, "record needs recordings"),
        ({"strict_replay": True}, "strict_replay needs recordings"),
        ({"record": "https://a.example", "strict_replay": True, "recordings": "."}, "choose one"),
        ({"record": "http://a.example", "recordings": "."}, "https and to this machine only"),
        ({"record": "a.example", "recordings": "."}, "expects the address of a service"),
        ({"record": "https://u:p@a.example", "recordings": "."}, "without a user"),
        ({"recordings": "nowhere"}, "there is no folder 'nowhere'"),
        ({"rate_limit": -1}, "rate_limit is from 0"),
        ({"faults": [{"kind": "nonsense"}]}, "unknown kind 'nonsense'"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(settings, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=words), cogml_mocks.serve(**settings):
        raise AssertionError("it was served")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"neither": 1}',
        b'{"request": {}, "answers": [{}]}',
        b'{"request": {"fingerprint": "a"}, "answers": []}',
        b'{"request": {"fingerprint": "a"}, "answers": [{"status": 9, "headers": {}, "json": 1}]}',
        b'{"request": {"fingerprint": "a"}, "answers": [{"status": 200, "headers": 1, "json": 1}]}',
        b'{"request": {"fingerprint": "a"}, "answers": '
        b'[{"status": 200, "headers": {"a": "b\\r\\nc: d"}, "json": 1}]}',
        b'{"request": {"fingerprint": "a"}, "answers": '
        b'[{"status": 200, "headers": {}, "base64": "?"}]}',
    ],
)
def test_a_broken_recording_is_named_at_the_start(content, tmp_path):
    (tmp_path / "broken.json").write_bytes(content)
    with (
        pytest.raises(ValueError, match=r"broken\.json holds no"),
        cogml_mocks.serve(recordings=tmp_path),
    ):
        raise AssertionError("it was served")

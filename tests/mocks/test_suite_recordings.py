"""What was recorded is given again, to whoever asks for the same, and nothing else is."""

from __future__ import annotations

import json

import httpx
import pytest
from recorder_bench import say, say_bytes
from suite_bench import V31, batch

import cogml_mocks
from cogml_mocks import recordings
from cogml_mocks.messages import Request

SENTIMENT = f"{V31}/sentiment"


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
    assert [entry["documents"] for entry in log] == [2, 11, None, 1]


def test_binary_answers_and_text_are_kept_byte_by_byte(upstream, client, tmp_path):
    picture = bytes(range(256))
    texts = [b"a;b\n", b"1e5\n", b'{ "a":1.50 }']
    upstream.answers.append(say_bytes(picture, "image/jpeg"))
    upstream.answers += [say_bytes(text, "text/plain") for text in texts]
    paths = ["/vision/v3.2/generateThumbnail?width=9&height=9", *(f"/x/{n}" for n in range(3))]
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for path in paths:
            client.post(recording.url + path, content=b"\x89PNG")
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        given = [client.post(replaying.url + path, content=b"\x89PNG") for path in paths]
    assert [answer.content for answer in given] == [picture, *texts]
    assert given[0].headers["content-type"] == "image/jpeg"


def test_a_header_of_any_characters_is_recorded_and_given_again(upstream, client, tmp_path):
    odd = {"X-Tab": "a\tb", "X-Latin": "caf\xe9\xa0!", "X-Bytes": "\xc3\xa9"}
    upstream.answers.append(say_bytes(b"x", "text/plain", *odd.items()))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        first = client.get(f"{recording.url}/x")
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        second = client.get(f"{replaying.url}/x")
    for answer in (first, second):
        raw = {name.decode(): value.decode("latin-1") for name, value in answer.headers.raw}
        assert {name: raw.get(name, raw.get(name.lower())) for name in odd} == odd


def test_documents_are_counted_though_no_operation_saw_them(upstream, client, tmp_path):
    asked = {"path": SENTIMENT, "body": batch("one", "two")}
    upstream.answers.append(say(200, {"documents": []}))
    settings = [{"record": upstream.url}, {"strict_replay": True}]
    for setting in settings:
        with cogml_mocks.serve(recordings=tmp_path, **setting) as suite:
            client.post(suite.url + asked["path"], json=asked["body"])
            assert [entry["documents"] for entry in suite.requests()] == [2]
            assert suite.stats()["documents"] == 2


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


def multipart(boundary: str, *values: int) -> tuple[bytes, str]:
    head = 'Content-Disposition: form-data; name="a"'
    parts = [f"--{boundary}\r\n{head}\r\n\r\n{value}\r\n" for value in values or (1,)]
    return f"{''.join(parts)}--{boundary}--".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (asked(b'{"a": 1, "b": 2}'), asked(b'{"b":2,"a":1}')),
        (asked(b"{}", query="b=2&a=1"), asked(b"{}", query="a=1&b=2")),
        (asked(b"{}", query="a=1&subscription-key=k"), asked(b"{}", query="a=1&subscription-key=")),
        (asked(*multipart("one")), asked(*multipart("two"))),
        (asked(b"{}", "application/json; charset=utf-8"), asked(b"{}", "Application/JSON")),
        (asked(b"{}", user_agent="a"), asked(b"{}", user_agent="b")),
        (asked(b"{}", accept_language="*"), asked(b"{}")),
        (asked(b"{}", query="q=a%20b"), asked(b"{}", query="q=a+b")),
        (asked(b"{}", query="sv=1&sig=a"), asked(b"{}", query="sig=b&sv=1")),
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
        asked(b'{"a": 1}', accept_language="de"),
        asked(b'{"a": 1}', accept_language="en"),
        *(
            asked(b'{"a": 1}', query=f"{name}={value}")
            for name in (
                "insightsToken",
                "$skiptoken",
                "continuationToken",
                "keyword",
                "foreignKey",
            )
            for value in (1, 2)
        ),
        asked(*multipart("one")),
        asked(*multipart("one", 2)),
        asked(*multipart("one", 1, 2)),  # of one name
        asked(*multipart("one", 1, 3)),
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
        ({"record": "https://a.example", "recordings": ".", "keys": ["a"]}, "no keys"),
        ({"record": "http://a.example", "recordings": "new"}, "https and to this machine only"),
        ({"recordings": "nowhere"}, "there is no folder 'nowhere'"),
        ({"rate_limit": -1}, "rate_limit is from 0"),
        ({"faults": [{"kind": "nonsense"}]}, "unknown kind 'nonsense'"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(settings, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=words), cogml_mocks.serve(**settings):
        raise AssertionError("it was served")
    assert list(tmp_path.iterdir()) == []


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

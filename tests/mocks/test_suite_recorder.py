"""What a service answered is passed on as it is, and kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from recorder_bench import files, kept, say, say_bytes
from suite_bench import V31, batch

import cogml_mocks
from cogml_mocks import recorder

SENTIMENT = f"{V31}/sentiment"


# what is kept


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


def test_a_job_that_is_submitted_again_is_another_job(upstream, client, tmp_path):
    """Though both answers have no body: the first may have failed."""
    upstream.answers += [say(202, Operation_Location=f"{{me}}/jobs/{n}") for n in (0, 1)]
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for _ in range(2):
            client.post(f"{recording.url}/jobs", json={})
    with cogml_mocks.serve(recordings=tmp_path, strict_replay=True) as replaying:
        places = [
            client.post(f"{replaying.url}/jobs", json={}).headers["operation-location"]
            for _ in range(3)
        ]
        assert places == [f"{replaying.url}/jobs/{n}" for n in (0, 1, 1)]


def test_recording_again_replaces_what_was_recorded_before(upstream, client, tmp_path):
    for value in (1, 2):
        upstream.answers.append(say(200, {"value": value}))
        with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
            client.post(f"{recording.url}/x", json={})
    assert [answer["json"] for answer in kept(tmp_path)["answers"]] == [{"value": 2}]


def test_more_answers_to_one_request_than_are_kept(upstream, client, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "MOST_ANSWERS", 2)
    upstream.answers += [say(200, value) for value in (1, 2, 3)]
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        given = [client.post(f"{recording.url}/x", json={}).json() for _ in range(3)]
        assert given == [1, 2, 3]
    assert [answer["json"] for answer in kept(tmp_path)["answers"]] == [1, 2]


def test_memory_holds_a_digest_of_what_was_kept(upstream, client, tmp_path):
    upstream.answers += [say(200, "x" * 100_000), say(200, "y" * 100_000), say(200, "z")]
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for _ in range(2):
            client.post(f"{recording.url}/x", json={})
        (held,) = recording._gateway.recorder._kept.items()
        assert len(repr(held)) < 300
        (file,) = files(tmp_path)
        file.unlink()  # somebody tidies up: it begins anew
        client.post(f"{recording.url}/x", json={})
    assert [answer["json"] for answer in kept(tmp_path)["answers"]] == ["z"]


def test_of_a_request_names_are_kept_and_what_it_asked_for_is_not(upstream, client, tmp_path):
    upstream.answers.append(say(200, {"value": []}))
    path = "/v7.0/images/search?q=private+words&mkt=en-US&flag"
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        client.post(
            recording.url + path,
            content=b'{"also":"private"}',
            headers={"Content-Type": "application/json"},
        )
    assert set(kept(tmp_path)) == {"request", "answers"}
    asked = kept(tmp_path)["request"]
    assert len(asked.pop("fingerprint")) == 64
    assert asked == {
        "method": "POST",
        "path": "/v7.0/images/search",
        "parameters": ["flag", "mkt", "q"],
        "media_type": "application/json",
        "bytes": 18,
    }
    assert "private" not in files(tmp_path)[0].read_text()


def test_two_may_record_into_one_folder(upstream, client, tmp_path):
    """Each as if it were alone: a file is one's or the other's, whole."""
    upstream.answers += [say(200, {"value": number}) for number in range(80)]
    settings = {"record": upstream.url, "recordings": tmp_path}
    with cogml_mocks.serve(**settings) as one, cogml_mocks.serve(**settings) as two:
        urls = [f"{suite.url}/x" for suite in (one, two)] * 40
        with ThreadPoolExecutor(8) as threads:
            given = list(threads.map(lambda url: client.post(url, json={}).status_code, urls))
    assert given == [200] * 80
    assert kept(tmp_path)["answers"]


# what is passed on


@pytest.mark.parametrize("status", [301, 401, 403, 408, 429, 500, 503])
def test_an_answer_about_the_moment_is_passed_on_and_not_kept(upstream, client, tmp_path, status):
    upstream.answers.append(say(status, {"x": 1}, Location="{me}/y", Retry_After="0"))
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        answer = client.post(recording.url + SENTIMENT, json=batch("x"))
    assert (answer.status_code, answer.json()) == (status, {"x": 1})
    assert answer.headers["location"] == f"{recording.url}/y"
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


def test_a_rate_is_kept_towards_the_service_as_well(upstream, client, tmp_path):
    upstream.answers.append(say(200, {"documents": []}))
    settings = {"record": upstream.url, "recordings": tmp_path, "rate_limit": 0.1}
    with cogml_mocks.serve(**settings) as recording:
        sent = [client.post(recording.url + SENTIMENT, json=batch("x")) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 429]
    assert len(upstream.seen) == 1


def test_what_cannot_be_kept_is_passed_on_all_the_same(upstream, client, tmp_path, caplog):
    folder = tmp_path / "gone"
    with cogml_mocks.serve(record=upstream.url, recordings=folder) as recording:
        folder.rmdir()
        upstream.answers.append(say(200, {"value": 1}))
        assert client.post(f"{recording.url}/x", json={}).json() == {"value": 1}
        assert [r.levelname for r in caplog.records if r.name == "cogml_mocks"] == ["WARNING"]
        for depth in (300, 900):  # more than can be written, than can be walked through
            nested = b"[" * depth + b"]" * depth
            upstream.answers.append(say_bytes(nested, "application/json"))
            assert client.post(f"{recording.url}/x", json={}).content == nested
    assert caplog.text.count("not recorded: ") == 3


def test_a_path_and_headers_are_passed_on_as_they_were_sent(upstream, tmp_path):
    upstream.answers += [say(200, {})] * 2
    cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")]
    upstream.answers.append(say_bytes(b"", "text/plain", *cookies))
    name = "caf\xe9".encode("latin-1")
    with cogml_mocks.serve(record=upstream.url, recordings=tmp_path) as recording:
        for base in (recording.url, recording.base("a-base")):
            httpx.get(f"{base}/projects/a%2Fb/x?q=a%20b", headers={"X-Name": name})
        answer = httpx.get(f"{recording.url}/cookies")
    for _, path, headers, _ in upstream.seen[:2]:
        assert path == "/resource/projects/a%2Fb/x?q=a%20b"
        assert headers["x-name"] == "caf\xe9"
    assert answer.headers.get_list("set-cookie") == [value for _, value in cookies]


@pytest.mark.parametrize("spelt", ["HTTP://{0}", "http://{0}/"])
def test_a_service_s_address_is_known_however_it_was_spelt(upstream, client, tmp_path, spelt):
    upstream.answers.append(say(202, Operation_Location="{me}/jobs/1"))
    address = spelt.format(upstream.url.removeprefix("http://"))
    with cogml_mocks.serve(record=address, recordings=tmp_path) as recording:
        place = client.post(f"{recording.url}/jobs", json={}).headers["operation-location"]
        assert place == f"{recording.url}/jobs/1"


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("https://My-Resource.Example:443/", "https://my-resource.example"),
        ("HTTPS://a.example:8443/Text/", "https://a.example:8443/Text"),
        ("http://LOCALHOST:80", "http://localhost"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_is_written_as_services_write_it(address, wanted):
    assert recorder.check_upstream(address) == wanted


def test_to_record_what_is_replayed_is_not_told_twice(upstream, client, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    upstream.answers.append(say(200, {"value": 1}))
    with cogml_mocks.serve(record=upstream.url, recordings=first) as recording:
        client.post(f"{recording.url}/x", json={})
    with (
        cogml_mocks.serve(recordings=first) as replaying,
        cogml_mocks.serve(record=replaying.url, recordings=second) as recording,
    ):
        client.post(f"{recording.url}/x", json={})
    with cogml_mocks.serve(recordings=second) as replaying:
        answer = client.post(f"{replaying.url}/x", json={})
    assert answer.headers.get_list("x-cogml-recorded") == ["true"]


# a service that hangs


@pytest.fixture(params=["silent", "drop by drop"])
def hanging(request: pytest.FixtureRequest) -> Iterator[str]:
    """A service that takes a request and never ends its answer."""
    stop = threading.Event()

    def serve() -> None:
        taken, _ = server.accept()  # of the test, or of its end
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\n" * (request.param != "silent"))
            while not stop.wait(0.01):
                try:
                    taken.sendall(b"X-A: b\r\n" * (request.param != "silent"))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        stop.set()
        socket.create_connection(server.getsockname()).close()
        thread.join()


def test_an_answer_has_to_be_whole_in_time(hanging, client, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "TIMEOUT_SECONDS", 0.3)
    with cogml_mocks.serve(record=hanging, recordings=tmp_path) as recording:
        answer = client.post(recording.url + SENTIMENT, json=batch("x"))
    assert answer.status_code == 502
    assert "none that is whole in 0.3 seconds" in answer.json()["error"]["message"]
    assert files(tmp_path) == []


RUN = """
import sys
from cogml_mocks.server import run
run(port=0, record=sys.argv[1], recordings=sys.argv[2], announce=lambda url: print(url, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to take")
def test_it_ends_when_it_is_told_to_whatever_the_service_does(hanging, tmp_path):
    mocks = str(Path(cogml_mocks.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", RUN, hanging, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": mocks},
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/x", timeout=0.3)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")

"""A user's tests get a suite that nobody else talks to, and asserts that say what was seen."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from suite_bench import V31, batch

import cogml_mocks
from cogml_mocks import journal
from cogml_mocks.view import View

SENTIMENT = f"{V31}/sentiment"
PLUGIN = Path(cogml_mocks.__file__).parent / "pytest_plugin.py"
SEND = '''
import json, os, urllib.request, urllib.error

def send(text="fine", key=None, path="/text/analytics/v3.1/sentiment"):
    """Send a text to where COGML_ENDPOINT says, with the key that is set; return the status."""
    body = json.dumps({"documents": [{"id": "1", "text": text}]}).encode()
    headers = {"Ocp-Apim-Subscription-Key": key or os.environ["COGML_SUBSCRIPTION_KEY"]}
    headers["Content-Type"] = "application/json"
    asked = urllib.request.Request(os.environ["COGML_ENDPOINT"] + path, body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
'''


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., str]:
    """Run tests as a user's project would; return what pytest says, after a check of the counts."""

    def run(tests: str, *arguments: str, **expected: int) -> str:
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        (tmp_path / "sending.py").write_text(SEND)
        (tmp_path / "test_it.py").write_text(textwrap.dedent(tests))
        places = [str(tmp_path), str(PLUGIN.parent.parent)]
        environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith(("PYTEST_", "COGML_"))},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(places),
            "no_proxy": "127.0.0.1",
        }
        options = ["-p", "cogml_mocks.pytest_plugin", "-p", "no:cacheprovider", *arguments]
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        last = ran.stdout.strip().rpartition("\n")[2]
        found = re.findall(r"(\d+) (passed|failed|error)", last)
        counts = {name: int(number) for number, name in found}
        assert {n: counts.get(n, 0) for n in expected} == expected, ran.stdout + ran.stderr
        return ran.stdout

    return run


# the fixtures


def test_each_test_has_a_service_of_its_own(project):
    project(
        """
        import os, pytest
        from sending import send

        addresses = set()

        @pytest.mark.parametrize("number", range(3))
        def test_its_own(cogml_suite, number):
            assert os.environ["COGML_ENDPOINT"] == cogml_suite.url
            assert cogml_suite.url.startswith("http://127.0.0.1:")
            assert os.environ["COGML_SUBSCRIPTION_KEY"] == cogml_suite.key == "any"
            assert cogml_suite.url not in addresses
            addresses.add(cogml_suite.url)
            cogml_suite.assert_no_requests()
            cogml_suite.fault("throttle", times=1)
            assert (send(), send()) == (429, 200)
            cogml_suite.assert_requests(2, path="*/sentiment", documents=2)
            cogml_suite.assert_faults_fired()

        def test_a_reset_begins_anew(cogml_suite):
            cogml_suite.fault(status=503)
            assert send() == 503
            cogml_suite.reset()
            cogml_suite.assert_no_requests()
            assert send() == 200

        def test_what_was_set_is_set_again():
            assert "COGML_ENDPOINT" not in os.environ
            assert "COGML_SUBSCRIPTION_KEY" not in os.environ

        @pytest.fixture(scope="session")
        def wide(cogml_suite_servers):
            return cogml_suite_servers()

        def test_a_fixture_that_outlives_a_test_has_the_same_server(wide, cogml_suite):
            assert cogml_suite.suite is wide
            assert cogml_suite.url.startswith(wide.url + "/t/")
        """,
        "-p",
        "randomly",
        passed=6,
        failed=0,
        error=0,
    )


def test_settings_are_those_of_a_module_a_class_or_a_test(project):
    said = project(
        """
        import os, pytest
        from sending import send

        @pytest.fixture(scope="module")
        def cogml_suite_settings():
            return {"keys": ["s3cr3t", "other"]}

        def test_a_module(cogml_suite):
            assert (send(), send(key="other"), send(key="wrong")) == (200, 200, 401)
            assert "s3cr3t" not in repr(cogml_suite)

        class TestAClass:
            @pytest.fixture
            def cogml_suite_settings(self):
                return {"rate_limit": 1}

            def test_a_rate(self, cogml_suite):
                assert (send(), send()) == (200, 429)

            def test_a_rate_begins_anew(self, cogml_suite):
                assert send() == 200

        FAULTS = {"faults": [{"status": 503, "times": 1}]}

        @pytest.mark.parametrize("cogml_suite_settings", [FAULTS])
        def test_a_test(cogml_suite):
            assert (send(), send()) == (503, 200)

        @pytest.mark.parametrize("cogml_suite_settings", [{"record": "http://127.0.0.1:9",
                                                           "recordings": "kept"}])
        def test_a_recorder_needs_the_key_that_is_there(cogml_suite, monkeypatch):
            assert "COGML_SUBSCRIPTION_KEY" not in os.environ

        @pytest.mark.parametrize("cogml_suite_settings", [
            {"latency": 1}, {"keys": "s3cr3t"}, {"host": "0.0.0.0"}, {"faults": [{"kind": "x"}]}
        ])
        def test_settings_that_are_none(cogml_suite):
            pass
        """,
        passed=5,
        failed=0,
        error=4,
    )
    assert "s3cr3t" not in said
    for reason in ("unexpected keyword argument|latency", "non-empty", "loopback", "unknown kind"):
        assert re.search(f"cogml_suite_settings: .*({reason})", said), reason


def test_processes_side_by_side_have_a_server_each(project):
    project(
        """
        import os, pathlib, pytest
        from sending import send

        @pytest.mark.parametrize("number", range(4))
        def test_one(cogml_suite, number):
            cogml_suite.fault(status=500, times=1)
            assert (send(), send()) == (500, 200)
            cogml_suite.assert_requests(2)
        """,
        "-p",
        "xdist",
        "-n2",
        passed=4,
    )


def test_where_the_packages_are_missing_only_the_fixture_fails_and_says_what_to_install(
    project, tmp_path
):
    """As in every project whose people installed cogml without this extra."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['orjson'] = None\n")
    said = project(
        """
        def test_without():
            pass

        def test_with(cogml_suite):
            pass
        """,
        passed=1,
        error=1,
    )
    assert 'cogml_suite: orjson is not installed: pip install "cogml[mocks]"' in said
    assert "None in sys.modules" not in said


def test_the_plugin_imports_nothing_but_what_pytest_has():
    """It is read wherever cogml is installed, also by tests that have nothing to do with it."""
    code = """if True:
        import contextlib, importlib, itertools, sys, typing
        import pytest
        before = set(sys.modules)
        import cogml_mocks.pytest_plugin
        print(sorted(set(sys.modules) - before))
    """
    environment = {**os.environ, "PYTHONPATH": str(PLUGIN.parent.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert ran.stdout == "['cogml_mocks', 'cogml_mocks.pytest_plugin']\n"


def test_being_there_changes_nothing():
    plugin: Any = importlib.import_module("cogml_mocks.pytest_plugin")
    assert [name for name in vars(plugin) if name.startswith("pytest_")] == []
    fixtures = [name for name in vars(plugin) if name.startswith("cogml_")]
    assert fixtures == ["cogml_suite_servers", "cogml_suite_settings", "cogml_suite"]
    assert "autouse" not in inspect.getsource(plugin)


# what a view asserts


@pytest.fixture
def view(bench) -> View:
    return View(bench.suite, bench.name)


def message_of(call: Callable[[], Any]) -> str:
    with pytest.raises(AssertionError) as failed:
        call()
    return str(failed.value)


def test_requests_are_counted_by_path_method_and_status(view, bench):
    view.fault("throttle", times=2, retry_after=0)
    for _ in range(3):
        bench.sentiment("one", "two")
    bench.client.get(f"{bench.url}/nowhere")
    assert len(view.assert_requests()) == 4
    assert [e["status"] for e in view.assert_requests(3, path="*/sentiment")] == [429, 429, 200]
    view.assert_requests(1, path="*/sentiment", method="post", status=200, documents=2)
    view.assert_requests(1, method="GET", documents=0)
    view.assert_no_requests(path="*/keyPhrases")
    view.assert_no_requests(path="*/sentiment", method="GET")
    assert view.stats["requests"] == len(view.requests) == 4
    view.assert_all_answered()


def test_a_failure_says_what_was_seen_and_nothing_of_what_was_sent(view, bench):
    view.fault("throttle", times=2, retry_after=0)
    for _ in range(3):
        bench.sentiment("a private sentence", query="?subscription-key=s3cr3t")
    said = message_of(lambda: view.assert_requests(3, path="*/sentiment", status=200))
    assert said == (
        "expected 3 requests (any method */sentiment with status 200), found 1; seen:\n"
        f"  2 x POST {SENTIMENT} → 429 (throttle)\n"
        f"  1 x POST {SENTIMENT} → 200"
    )
    assert message_of(lambda: view.assert_requests(method="PUT")).startswith(
        "expected at least 1 request (PUT *), found 0; seen:\n"
    )
    assert message_of(lambda: view.assert_requests(status=200, documents=5)).startswith(
        "expected 5 documents in 1 (any method * with status 200), found 1; seen:\n"
    )
    said = message_of(view.assert_no_requests)
    assert said.startswith("expected 0 requests (any method *), found 3; seen:\n")
    assert "private" not in said
    assert "s3cr3t" not in said
    assert "a-key" not in said


def test_a_failure_where_nothing_was_seen_and_where_much_was(view, bench):
    said = message_of(lambda: view.assert_requests(2))
    assert said == "expected 2 requests (any method *), found 0; seen:\n  no request"
    for number in range(14):
        bench.client.get(f"{bench.url}/{number}%0A")
    lines = message_of(view.assert_no_requests).splitlines()
    assert lines[1] == r"  1 x GET '/0\n' → 404"
    assert lines[-1] == "  and 2 other kinds of requests"
    assert len(lines) == 14


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_an_answer_that_broke_off_is_no_whole_one(view, bench, kind):
    assert message_of(view.assert_all_answered).endswith("0 of 0 got none; seen:\n  no request")
    bench.sentiment("fine")
    view.assert_all_answered()
    view.fault(kind, times=1)
    with pytest.raises(httpx.TransportError):
        bench.sentiment("fine")
    said = message_of(lambda: view.assert_all_answered(path="*/sentiment"))
    assert said.startswith("expected a whole answer to each request (*/sentiment), 1 of 2 got none")
    assert f"({kind})" in said


def test_how_many_were_in_flight(view, bench):
    bench.sentiment("fine")
    view.assert_in_flight_at_most(1)
    said = message_of(lambda: view.assert_in_flight_at_most(0))
    assert said == f"expected at most 0 in flight, found 1; seen:\n  1 x POST {SENTIMENT} → 200"


def test_nothing_is_asked_twice(view, client):
    def send(text: str) -> int:
        url = f"{view.url}/text/analytics/v3.1/sentiment"
        return client.post(url, json={"documents": [{"id": "0", "text": text}]}).status_code

    view.fault("throttle", times=1, retry_after=0)
    assert [send("one"), send("one"), send("two")] == [429, 200, 200]
    assert [entry["alike"] for entry in view.requests] == [0, 0, 1]
    view.assert_nothing_asked_twice()
    send("two")
    view.assert_nothing_asked_twice(path="*/languages")
    said = message_of(view.assert_nothing_asked_twice)
    assert "expected no request (*) after its answer, found 1" in said


def test_a_fault_that_met_nothing_tested_nothing(view, bench):
    assert "there is none" in message_of(view.assert_faults_fired)
    view.fault("throttle", times=2, retry_after=0)
    view.fault(status=503, path="*/keyPhrases")
    bench.sentiment("fine")
    assert message_of(view.assert_faults_fired).startswith(
        "expected each fault to fire: throttle fired 1 of 2 times, "
        "status at */keyPhrases fired 0 of 1 time; seen:\n"
    )
    bench.sentiment("fine")
    bench.post(f"{V31}/keyPhrases", batch("fine"))
    view.assert_faults_fired()


def test_a_wrong_fault_says_what_there_is(view):
    for call, reason in (
        (lambda: view.fault("throttel"), "kinds are .*throttle"),
        (lambda: view.fault("throttle", retry=1), "retry_after"),
        (lambda: view.fault(), "kinds are"),
        (lambda: view.fault(status=999), "from 200 to 599"),
        (lambda: view.faults({"kind": "status"}), "needs 'status'"),
    ):
        with pytest.raises(ValueError, match=reason):
            call()
    assert view.faults() == []


def test_a_log_that_has_let_go_of_requests_is_not_counted(view, bench, monkeypatch):
    monkeypatch.setattr(journal, "LOG_LIMIT", 2)
    view.reset()
    for _ in range(3):
        bench.client.get(f"{bench.url}/nowhere")
    said = message_of(lambda: view.assert_requests(2))
    assert said.startswith("the log has kept 2 of 3 requests")
    monkeypatch.undo()
    view.reset()

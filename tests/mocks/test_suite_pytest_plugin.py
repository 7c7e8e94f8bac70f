"""A user's tests get a suite that nobody else talks to."""

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

import pytest

import cogml_mocks

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

        @pytest.mark.parametrize("cogml_suite_settings", [{"keys": {"the-only-one"}}])
        def test_keys_of_any_kind(cogml_suite):
            assert cogml_suite.key == "the-only-one"

        @pytest.mark.parametrize("cogml_suite_settings", [
            None, {"latency": 1}, {"keys": "s3cr3t"}, {"host": "0.0.0.0"},
            {"faults": [{"kind": "x"}]},
        ])
        def test_settings_that_are_none(cogml_suite):
            pass
        """,
        passed=6,
        failed=0,
        error=5,
    )
    assert "s3cr3t" not in said
    for reason in (
        "expected a dict, not NoneType",
        "unexpected keyword argument|latency",
        "non-empty",
        "loopback",
        "unknown kind",
    ):
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

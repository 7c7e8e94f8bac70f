"""A name is looked up in the environment, a file and the platform, in that order."""

from __future__ import annotations

import json
import os
import sys
import types

import pytest

from cogml import linked
from cogml.errors import ParamError
from cogml.linked import LinkedService, lookup


@pytest.fixture(autouse=True)
def _nothing_linked(monkeypatch):
    for name in list(os.environ):
        if name.startswith("COGML_LINKED_SERVICE"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a file of linked services and name it."""

    def write(content):
        path = tmp_path / "linked.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        monkeypatch.setenv("COGML_LINKED_SERVICES", str(path))
        return path

    return write


@pytest.fixture
def platform(monkeypatch):
    """A machine whose cognitiveService knows `on platform`, and fails for any other name."""

    def ask(field):
        def get(name):
            if name != "on platform":
                raise RuntimeError("java.lang.NullPointerException")
            if field == "location":
                raise RuntimeError("it has none")
            return f"the {field}"

        return get

    service = types.SimpleNamespace(
        getEndpoint=ask("endpoint"), getLocation=ask("location"), getKey=ask("key")
    )
    module = types.ModuleType("notebookutils")
    module.mssparkutils = types.SimpleNamespace(cognitiveService=service)
    monkeypatch.setitem(sys.modules, "notebookutils", module)
    return service


def test_the_environment_knows_a_name_in_capitals(monkeypatch):
    monkeypatch.setenv("COGML_LINKED_SERVICE_MY_TEXT_2_ENDPOINT", "https://host/")
    monkeypatch.setenv("COGML_LINKED_SERVICE_MY_TEXT_2_KEY", "env:MY_KEY")
    expected = LinkedService("my-text 2", endpoint="https://host/", key="env:MY_KEY")
    assert lookup("my-text 2") == expected
    monkeypatch.setenv("COGML_LINKED_SERVICE_SPEECH_LOCATION", "eastus")
    monkeypatch.setenv("COGML_LINKED_SERVICE_SPEECH_VAULT", "my-vault")
    assert lookup("speech") == LinkedService("speech", location="eastus", vault="my-vault")


def test_a_file_knows_names_as_they_are(file):
    entry = {"endpoint": "https://host/", "location": None, "key": "vault:my-vault/my-key"}
    file({"Mein Dienst ü": entry})
    assert lookup("Mein Dienst ü") == LinkedService("Mein Dienst ü", **entry)


def test_the_platform_knows_what_the_others_do_not(platform):
    expected = LinkedService("on platform", endpoint="the endpoint", key="the key")
    assert lookup("on platform") == expected


def test_the_first_that_knows_a_name_answers_alone(file, platform, monkeypatch):
    file({"on platform": {"location": "from the file", "key": "k"}})
    assert lookup("on platform") == LinkedService("on platform", location="from the file", key="k")
    monkeypatch.setenv("COGML_LINKED_SERVICE_ON_PLATFORM_ENDPOINT", "from the environment")
    assert lookup("on platform") == LinkedService("on platform", endpoint="from the environment")


def test_an_unknown_name_says_where_it_was_looked_for_and_what_there_is(file, monkeypatch):
    monkeypatch.setenv("COGML_LINKED_SERVICE_SPEECH_KEY", "a-secret")
    path = file({"my text": {"endpoint": "https://host/", "key": "a-secret"}})
    with pytest.raises(ParamError) as caught:
        lookup("my test")
    message = str(caught.value)
    for part in (
        "'my test'",
        "COGML_LINKED_SERVICE_MY_TEST_ENDPOINT",
        str(path),
        "Synapse",
        "did you mean 'my text'?",
        "there are: SPEECH, my text",
    ):
        assert part in message
    assert "a-secret" not in message


def test_with_nothing_set_there_are_none():
    with pytest.raises(ParamError, match=r"\(not set\).*there are: none"):
        lookup("any")


def test_a_platform_that_does_not_know_a_name_is_no_error_of_its_own(platform):
    with pytest.raises(ParamError, match="no linked service 'other'"):
        lookup("other")


def test_a_platform_without_cognitive_services_knows_no_names(monkeypatch):
    module = types.ModuleType("notebookutils")
    monkeypatch.setitem(sys.modules, "notebookutils", module)
    assert linked.platform() is None
    with pytest.raises(ParamError, match="no linked service"):
        lookup("any")


@pytest.mark.parametrize("name", ["", None, 1])
def test_a_name_is_text(name):
    with pytest.raises(ParamError, match="named by text"):
        lookup(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an object"),
        ({"a": "https://host/"}, "'a' is not an object"),
        ({"a": {"url": "https://host/"}}, "no field 'url'; there are: endpoint"),
        ({"a": {"key": 1}}, "key is text, not int"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_named(file, content, message):
    path = file(content)
    with pytest.raises(ParamError) as caught:
        lookup("b")
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("COGML_LINKED_SERVICES", str(tmp_path / "none.json"))
    with pytest.raises(ParamError, match=r"none\.json.*No such file"):
        lookup("any")


def test_a_key_is_in_no_repr():
    assert "a-secret" not in repr(LinkedService("n", endpoint="e", key="a-secret"))

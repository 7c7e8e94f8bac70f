"""A vault gives out secrets for a token made for vaults, and refuses in Key Vault's words."""

import json
import logging

import httpx
import pytest
from vault_bench import CLIENTS, SECRETS, TENANT, asking, code_of

import cogml_mocks
from cogml_mocks.identity import secret_parameters, vault
from cogml_mocks.settings import Settings


@pytest.fixture(scope="module")
def plain():
    with cogml_mocks.serve(secrets=SECRETS, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def call(plain, client):
    plain.reset()
    return asking(plain, client)


# --- tokens


def test_without_a_token_the_vault_says_where_to_get_one(plain):
    answer = httpx.get(f"{plain.base('x')}/secrets/first/?api-version=7.5")
    assert code_of(answer) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="{plain.url}/{TENANT}", resource="https://vault.azure.net"'
    )
    assert "first" not in answer.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"token": "no-token"}, "AKV10046"),
        ({"token": "a.b.c"}, "AKV10046"),
        ({"seconds": -1}, "TokenExpired"),
        ({"resource": "https://cognitiveservices.azure.com"}, "AKV10022: Invalid audience"),
        ({"resource": "https://vault.azure.net/"}, "found: https://vault.azure.net/"),
    ],
)
def test_a_token_that_is_not_for_this_vault_or_no_longer_is_refused(call, given, message):
    answer = call("GET", "/secrets/first", **given)
    assert code_of(answer) == (401, "Unauthorized")
    assert message in answer.json()["error"]["message"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization=")
    assert "Retry-After" not in answer.headers


def test_a_subscription_key_opens_no_vault(plain):
    headers = {"Ocp-Apim-Subscription-Key": "a-key"}
    answer = httpx.get(f"{plain.url}/secrets/first?api-version=7.5", headers=headers)
    assert code_of(answer) == (401, "Unauthorized")


# --- what is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"value": 1}',
        b'{"value": "\\ud800"}',
        b'{"value": "v", "attributes": []}',
        b'{"value": "v", "attributes": {"enabled": "no"}}',
        b'{"value": "v", "attributes": {"exp": true}}',
        b'{"value": "v", "contentType": 1}',
        b'{"value": "v", "tags": {"a": 1}}',
        b'{"value": "v", "tags": []}',
        json.dumps({"value": "v", "tags": {str(n): "" for n in range(16)}}).encode(),
        json.dumps({"value": "v", "tags": {"t" * 257: ""}}).encode(),
        json.dumps({"value": "v", "tags": {"": "t" * 257}}).encode(),
        json.dumps({"value": "v", "contentType": "t" * 256}).encode(),
        json.dumps({"value": "ä" * 12_801}).encode(),
    ],
)
def test_what_is_no_secret_is_refused_and_not_kept(call, body):
    assert code_of(call("PUT", "/secrets/new", content=body)) == (400, "BadParameter")
    assert code_of(call("GET", "/secrets/new")) == (404, "SecretNotFound")


def test_a_value_may_be_25_kilobytes(call):
    value = "v" * secret_parameters.MAX_VALUE
    assert call("PUT", "/secrets/new", json={"value": value}).status_code == 200
    assert call("GET", "/secrets/new/").json()["value"] == value


def test_a_body_without_end_is_refused(call):
    answer = call("PUT", "/secrets/new", content=b" " * 1_100_000)
    assert code_of(answer) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["under_score", "n" * 128, "%C3%A4", "dot.dot"])
def test_a_name_is_letters_digits_and_hyphens(call, method, name):
    body = {"json": {"value": "v"}} if method == "PUT" else {}
    answer = call(method, f"/secrets/{name}", **body)
    assert code_of(answer) == (400, "BadParameter")


def test_an_api_version_is_needed_but_any_will_do(call):
    assert code_of(call("GET", "/secrets/first", params={})) == (400, "BadParameter")
    newest = {"api-version": "2026-04-01"}
    assert call("GET", "/secrets/first", params=newest).json()["value"] == SECRETS["first"]


@pytest.mark.parametrize(
    "query",
    [
        {"maxresults": "0"},
        {"maxresults": "26"},
        {"maxresults": "x"},
        {"$skiptoken": ""},
        {"$skiptoken": "99"},
        {"$skiptoken": "ä"},
        {"$skiptoken": "W10"},  # []
        {"$skiptoken": "e30"},  # {}
        {"$skiptoken": "eyJOZXh0TWFya2VyIjoxfQ"},  # {"NextMarker":1}
        {"$skiptoken": "eyJOZXh0TWFya2VyIjoiMiE0IXh4eHgifQ"},  # {"NextMarker":"2!4!xxxx"}
    ],
)
@pytest.mark.parametrize("path", ["/secrets", "/secrets/first/versions", "/deletedsecrets"])
def test_a_page_has_limits(call, path, query):
    answer = call("GET", path, params={"api-version": "7.5", **query})
    assert code_of(answer) == (400, "BadParameter")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/secrets/none"),
        ("GET", "/secrets/none/versions"),
        ("GET", f"/secrets/first/{'0' * 32}"),
        ("PATCH", "/secrets/none"),
        ("PATCH", f"/secrets/first/{'0' * 32}"),
        ("DELETE", "/secrets/none"),
        ("POST", "/secrets/none/backup"),
        ("GET", "/deletedsecrets/first"),
        ("DELETE", "/deletedsecrets/first"),
        ("POST", "/deletedsecrets/first/recover"),
    ],
)
def test_what_is_not_there_is_not_found(call, method, path):
    body = {"json": {}} if method == "PATCH" else {}
    assert code_of(call(method, path, **body)) == (404, "SecretNotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/secrets/first"),
        ("POST", "/secrets"),
        ("DELETE", "/secrets/first/versions"),
        ("PUT", "/secrets/first/0123"),
        ("PATCH", "/deletedsecrets/first"),
        ("GET", "/deletedsecrets/first/recover"),
    ],
)
def test_another_method_is_refused(call, method, path):
    assert call(method, path).status_code == 405


def test_a_vault_is_bounded(call, monkeypatch):
    monkeypatch.setattr(vault, "MAX_SECRETS", 3)
    monkeypatch.setattr(vault, "MAX_VERSIONS", 2)
    for value in "abc":
        assert call("PUT", "/secrets/third", json={"value": value}).status_code == 200
    assert code_of(call("PUT", "/secrets/fourth", json={"value": "v"})) == (403, "Forbidden")
    assert len(call("GET", "/secrets/third/versions").json()["value"]) == 2
    backup = call("POST", "/secrets/third/backup").json()
    call("DELETE", "/secrets/third")
    assert code_of(call("PUT", "/secrets/fourth", json={"value": "v"})) == (403, "Forbidden")
    call("DELETE", "/deletedsecrets/third")
    assert call("PUT", "/secrets/fourth", json={"value": "v"}).status_code == 200
    assert code_of(call("POST", "/secrets/restore", json=backup)) == (403, "Forbidden")


# --- what is kept, and what is not


def test_each_base_path_is_a_vault_of_its_own_until_it_is_reset(call, plain):
    path = "/t/of-its-own/secrets/first"
    call("PUT", path, json={"value": "changed"})
    assert call("GET", path).json()["value"] == "changed"
    assert call("GET", "/secrets/first").json()["value"] == SECRETS["first"]
    plain.reset(base="of-its-own")
    assert call("GET", path).json()["value"] == SECRETS["first"]


def test_a_list_has_no_values(call):
    listed = call("GET", "/secrets").text + call("GET", "/secrets/first/versions").text
    assert SECRETS["first"] not in listed


def test_no_value_reaches_a_log_or_a_repr(call, plain, caplog):
    with caplog.at_level(logging.DEBUG):
        call(
            "PUT", "/secrets/hidden", json={"value": "a-hidden-value", "tags": {"t": "hidden-tag"}}
        )
        call("GET", "/secrets/hidden")
    logged = caplog.text + str(plain.requests()) + repr(Settings(secrets=SECRETS, clients=CLIENTS))
    assert "a-hidden-value" not in logged
    assert not any(value in logged for value in [*SECRETS.values(), *CLIENTS.values()])
    made = vault.Vault().put("n", "a-hidden-value", {}, {"tags": {"t": "x"}})
    assert "a-hidden-value" not in repr(made)

"""A vault gives out secrets for a token made for vaults, and refuses in Key Vault's words."""

import json
import logging

import httpx
import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient

import cogml_mocks
from cogml_mocks.identity import entra, keyvault
from cogml_mocks.settings import Settings

TENANT = Settings().tenant
SECRETS = {"first": "the-first-value", "Second-2": "the second väljue"}
CLIENTS = {"an-app": "its-secret"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def secure(folder):
    with cogml_mocks.serve(tls=folder, secrets=SECRETS, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def azure(secure, folder):
    """Azure's own client, on the root: identifiers of secrets know no base path."""
    secure.reset()
    with credential(secure, folder) as shown, client(secure.url, shown, folder) as vault:
        yield vault


def credential(suite, folder, secret="its-secret"):
    return ClientSecretCredential(
        TENANT,
        "an-app",
        secret,
        authority=suite.url,
        disable_instance_discovery=True,
        connection_verify=str(folder / "ca.pem"),
        retry_total=0,
    )


def client(url, shown, folder):
    return SecretClient(
        url,
        shown,
        connection_verify=str(folder / "ca.pem"),
        verify_challenge_resource=False,
        retry_total=0,
    )


@pytest.fixture(scope="module")
def plain():
    with cogml_mocks.serve(secrets=SECRETS, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def call(plain):
    """Send a request with a good token; see `ask` for what can be different."""
    plain.reset()
    with httpx.Client(base_url=plain.url) as shared:

        def ask(method, path, token=None, resource=keyvault.RESOURCE, seconds=60, **options):
            token = token or entra.issue(resource, TENANT, seconds)
            headers = {"Authorization": f"Bearer {token}"}
            options.setdefault("params", {"api-version": "7.5"})
            return shared.request(method, path, headers=headers, **options)

        yield ask


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


# --- Azure's own client


def test_azures_client_reads_what_the_suite_was_started_with(azure):
    found = azure.get_secret("first")
    assert found.value == SECRETS["first"]
    assert found.properties.enabled
    assert azure.get_secret("second-2").value == SECRETS["Second-2"], "a name has no case"
    assert azure.get_secret("first", found.properties.version).value == SECRETS["first"]


def test_azures_client_sets_lists_and_deletes(azure):
    one = azure.set_secret("mine", "1", content_type="text/plain", tags={"a": "b"})
    two = azure.set_secret("mine", "2")
    assert one.properties.version != two.properties.version
    assert azure.get_secret("mine").value == "2"
    assert azure.get_secret("mine", one.properties.version).properties.tags == {"a": "b"}
    versions = [p.version for p in azure.list_properties_of_secret_versions("mine")]
    assert versions == [one.properties.version, two.properties.version]
    names = [p.name for p in azure.list_properties_of_secrets(max_page_size=1)]
    assert names == ["first", "mine", "Second-2"], "page after page"
    azure.begin_delete_secret("mine").result()
    with pytest.raises(ResourceNotFoundError):
        azure.get_secret("mine")


def test_azures_client_meets_the_services_refusals(azure):
    with pytest.raises(ResourceNotFoundError, match=r"\(SecretNotFound\).*nothing-here"):
        azure.get_secret("nothing-here")
    with pytest.raises(HttpResponseError, match="invalid name: not_a_name"):
        azure.get_secret("not_a_name")
    azure.set_secret("off", "value", enabled=False)
    with pytest.raises(HttpResponseError, match="not allowed on a disabled secret") as caught:
        azure.get_secret("off")
    assert caught.value.status_code == 403


def test_a_wrong_client_secret_gets_no_further_than_the_token(secure, folder):
    refused = pytest.raises(ClientAuthenticationError, match="AADSTS7000215")
    wrong = credential(secure, folder, "wrong")
    with wrong, client(secure.url, wrong, folder) as vault, refused:
        vault.get_secret("first")


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
        json.dumps({"value": "ä" * 12_801}).encode(),
    ],
)
def test_what_is_no_secret_is_refused_and_not_kept(call, body):
    assert code_of(call("PUT", "/secrets/new", content=body)) == (400, "BadParameter")
    assert code_of(call("GET", "/secrets/new")) == (404, "SecretNotFound")


def test_a_value_may_be_25_kilobytes(call):
    value = "v" * keyvault.MAX_VALUE
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
    "query", [{"maxresults": "0"}, {"maxresults": "26"}, {"$skiptoken": "x"}, {"$skiptoken": "99"}]
)
@pytest.mark.parametrize("path", ["/secrets", "/secrets/first/versions"])
def test_a_page_has_limits(call, path, query):
    answer = call("GET", path, params={"api-version": "7.5", **query})
    assert code_of(answer) == (400, "BadParameter")


def test_what_is_not_there_is_not_found(call):
    for method, path in [
        ("GET", "/secrets/none"),
        ("GET", "/secrets/none/versions"),
        ("GET", f"/secrets/first/{'0' * 32}"),
        ("DELETE", "/secrets/none"),
    ]:
        assert code_of(call(method, path)) == (404, "SecretNotFound")


def test_a_vault_is_bounded(call, monkeypatch):
    monkeypatch.setattr(keyvault, "MAX_SECRETS", 3)
    monkeypatch.setattr(keyvault, "MAX_VERSIONS", 2)
    for value in "abc":
        assert call("PUT", "/secrets/third", json={"value": value}).status_code == 200
    assert code_of(call("PUT", "/secrets/fourth", json={"value": "v"})) == (403, "Forbidden")
    assert len(call("GET", "/secrets/third/versions").json()["value"]) == 2


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
    vault = keyvault.Vault()
    assert "a-hidden-value" not in repr(vault.put("n", "a-hidden-value", {}, {"tags": {"t": "x"}}))

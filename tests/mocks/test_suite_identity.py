"""Three ways lead to a token; each refuses in its own words, and Azure's credentials read them."""

import base64
import json
import time

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientSecretCredential,
    CredentialUnavailableError,
    ManagedIdentityCredential,
)

import cogml_mocks
from cogml_mocks.identity import entra
from cogml_mocks.settings import Settings

TENANT = Settings().tenant
COGNITIVE = "https://cognitiveservices.azure.com"
SECRETS = {"an-app": "its-secret"}
FORM = {
    "grant_type": "client_credentials",
    "client_id": "an-app",
    "client_secret": "its-secret",
    "scope": f"{COGNITIVE}/.default",
}
MACHINE = {"api-version": "2018-02-01", "resource": COGNITIVE}
APP = {"api-version": "2019-08-01", "resource": COGNITIVE}


@pytest.fixture(scope="module")
def strict():
    with cogml_mocks.serve(clients=SECRETS, msi_header="the-header", token_seconds=600) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch):
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_POD_IDENTITY_AUTHORITY_HOST"):
        monkeypatch.delenv(name, raising=False)


def ask(suite, tenant=TENANT, **form):
    form = {name: value for name, value in (FORM | form).items() if value is not None}
    return httpx.post(f"{suite.url}/{tenant}/oauth2/v2.0/token", data=form)


def get(suite, path, params, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(suite.url + path, params=params, headers=named)


# --- tokens


def test_a_token_says_what_it_is_for_and_until_when():
    token = entra.issue(COGNITIVE, TENANT, 60, "an-app")
    found = entra.claims(token)
    assert found == found | {"aud": COGNITIVE, "tid": TENANT, "appid": "an-app"}
    assert found["exp"] == pytest.approx(time.time() + 60, abs=5)
    assert entra.admits(token, COGNITIVE)
    assert entra.admits(token, COGNITIVE + "/")
    assert not entra.admits(token, "https://vault.azure.net")


def test_a_token_that_has_run_out_is_known_but_not_admitted():
    token = entra.issue(COGNITIVE, TENANT, 0)
    assert entra.claims(token)["aud"] == COGNITIVE
    assert not entra.admits(token, COGNITIVE)


def test_what_was_changed_or_never_issued_says_nothing():
    head, body, signature = entra.issue(COGNITIVE, TENANT, 60).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    longer = json.dumps(claims | {"exp": claims["exp"] + 1}).encode()
    forged = base64.urlsafe_b64encode(longer).rstrip(b"=").decode()
    for text in (
        f"{head}.{forged}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}x",
        f"{head}.{body}.ÿ",
        "\ud800",
        "",
        "..",
    ):
        assert entra.claims(text) is None
        assert not entra.admits(text, COGNITIVE)


# --- an application


def test_an_application_gets_a_token_for_its_secret(strict):
    answer = ask(strict).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == answer["ext_expires_in"] == 600
    assert entra.admits(answer["access_token"], COGNITIVE)


def test_a_directory_says_where_its_endpoints_are(strict):
    base = f"{strict.base('x')}/{TENANT}"
    found = httpx.get(f"{base}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    assert found["issuer"] == f"{base}/v2.0"
    assert "authorization_endpoint" in found
    unknown = httpx.get(f"{strict.url}/elsewhere/v2.0/.well-known/openid-configuration")
    assert (unknown.status_code, unknown.json()["error_codes"]) == (400, [90002])


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "ünd"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000216),
        ({"client_id": "unknown"}, 400, "unauthorized_client", 700016),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"scope": COGNITIVE}, 400, "invalid_scope", 1002012),
        ({"scope": f"{COGNITIVE}/.default openid"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://no.such/.default"}, 400, "invalid_resource", 500011),
        ({"tenant": "elsewhere"}, 400, "invalid_request", 90002),
        ({f"x{n}": "" for n in range(101)}, 400, "invalid_request", 90023),
    ],
)
def test_entra_refuses_with_a_number(strict, form, status, error, number):
    answer = ask(strict, **form)
    found = answer.json()
    assert (answer.status_code, found["error"], found["error_codes"]) == (status, error, [number])
    assert found["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= set(found)
    assert "its-secret" not in answer.text


@pytest.mark.parametrize("content", [b"", b"\xff\xfe=%ff", b"{}", b"&&&=", b"x" * 70_000])
def test_a_body_that_is_no_form_is_refused(strict, content):
    url = f"{strict.url}/{TENANT}/oauth2/v2.0/token"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(url, content=content, headers=form).status_code in (400, 413)
    assert httpx.post(url, json=FORM).status_code == 415


def test_with_no_clients_configured_any_secret_will_do_but_none(suite):
    assert ask(suite, client_id="any", client_secret="any").status_code == 200
    assert ask(suite, client_id="any", client_secret=None).status_code == 401


def test_azures_credential_gets_a_token(tmp_path):
    with cogml_mocks.serve(tls=tmp_path, clients=SECRETS) as secure:
        options = {
            "authority": secure.url,
            "disable_instance_discovery": True,
            "connection_verify": str(tmp_path / "ca.pem"),
            "retry_total": 0,
        }
        with ClientSecretCredential(TENANT, "an-app", "its-secret", **options) as credential:
            assert entra.admits(credential.get_token(FORM["scope"]).token, COGNITIVE)
            with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
                credential.get_token("https://no.such/.default")


# --- an identity of the machine's own


def test_azures_credential_finds_a_machines_identity(strict, monkeypatch):
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", strict.base("machine"))
    with ManagedIdentityCredential(retry_total=0) as credential:
        given = credential.get_token(f"{COGNITIVE}/.default")
    assert entra.admits(given.token, COGNITIVE)
    assert given.expires_on == pytest.approx(time.time() + 600, abs=5)


def test_azures_credential_finds_an_app_services_identity(strict, monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{strict.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "the-header")
    with ManagedIdentityCredential(retry_total=0) as credential:
        given = credential.get_token(f"{COGNITIVE}/.default")
    assert entra.admits(given.token, COGNITIVE)
    assert given.expires_on == pytest.approx(time.time() + 600, abs=5)


def test_azures_credential_says_that_the_header_is_wrong(strict, monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{strict.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    refused = pytest.raises(CredentialUnavailableError, match="X-IDENTITY-HEADER")
    with ManagedIdentityCredential(retry_total=0) as credential, refused:
        credential.get_token(f"{COGNITIVE}/.default")


def test_a_machine_answers_numbers_as_text(strict):
    found = get(strict, "/metadata/identity/oauth2/token", MACHINE, Metadata="true").json()
    assert found["expires_in"] == "600"
    assert int(found["expires_on"]) == pytest.approx(time.time() + 600, abs=5)
    assert found["resource"] == COGNITIVE


@pytest.mark.parametrize(
    ("query", "header"),
    [
        (MACHINE, ""),
        (MACHINE, "True"),
        (MACHINE | {"api-version": ""}, "true"),
        (MACHINE | {"resource": ""}, "true"),
        (MACHINE | {"resource": "https://no.such"}, "true"),
        (MACHINE | {"client_id": "unknown"}, "true"),
    ],
)
def test_a_machine_refuses_in_its_own_words(strict, query, header):
    answer = get(strict, "/metadata/identity/oauth2/token", query, Metadata=header)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}


@pytest.mark.parametrize(
    ("query", "header", "status"),
    [
        (APP, "", 401),
        (APP, "another", 401),
        (APP | {"api-version": ""}, "the-header", 400),
        (APP | {"resource": ""}, "the-header", 400),
        (APP | {"client_id": "unknown"}, "the-header", 400),
    ],
)
def test_an_app_service_refuses_in_its_own_words(strict, query, header, status):
    answer = get(strict, "/msi/token", query, X_IDENTITY_HEADER=header)
    assert answer.status_code == status
    assert set(answer.json()) == {"statusCode", "message"}
    assert answer.json()["statusCode"] == status

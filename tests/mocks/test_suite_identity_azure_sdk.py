"""Azure's own credentials get tokens, and Azure's own clients use them on the services over TLS."""

import time

import pytest
import trustme
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
)
from azure.keyvault.secrets import SecretClient

import cogml_mocks
from cogml_mocks.identity import entra
from cogml_mocks.settings import Settings

TENANT = Settings().tenant
COGNITIVE = "https://cognitiveservices.azure.com"
SCOPE = f"{COGNITIVE}/.default"
ENVIRONMENT = (
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
)


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificates():
    """One that the directory knows, one that it does not, each with its key in PEM."""
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    known, other = (
        authority.issue_cert("an-app.test", key_type=trustme.KeyType.RSA) for _ in range(2)
    )
    return known, other


@pytest.fixture(scope="module")
def secure(folder, certificates):
    clients = {
        "an-app": "its-secret",
        "signer": certificates[0].cert_chain_pems[0].bytes().decode(),
    }
    with cogml_mocks.serve(
        tls=folder, keys=["k"], clients=clients, secrets={"first": "v"}, token_seconds=600
    ) as running:
        yield running


@pytest.fixture(scope="module")
def plain():
    """Managed identities are asked over HTTP."""
    clients = {"an-app": "its-secret"}
    with cogml_mocks.serve(clients=clients, msi_header="the-header", token_seconds=600) as running:
        yield running


@pytest.fixture
def options(secure, folder):
    return {
        "authority": secure.url,
        "disable_instance_discovery": True,
        "connection_verify": str(folder / "ca.pem"),
        "retry_total": 0,
    }


# --- an application


def test_a_secret(options):
    with ClientSecretCredential(TENANT, "an-app", "its-secret", **options) as credential:
        assert entra.admits(credential.get_token(SCOPE).token, COGNITIVE)
        with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
            credential.get_token("https://no.such/.default")


@pytest.mark.parametrize(
    ("client", "secret", "number"),
    [
        ("an-app", "wrong", 7000215),
        ("no-app", "its-secret", 700016),
        ("signer", "its-secret", 7000215),
    ],
)
def test_a_wrong_application(options, client, secret, number):
    refused = pytest.raises(ClientAuthenticationError, match=f"AADSTS{number}")
    with ClientSecretCredential(TENANT, client, secret, **options) as credential, refused:
        credential.get_token(SCOPE)


def test_a_wrong_directory(options):
    refused = pytest.raises(ClientAuthenticationError, match="elsewhere")
    with ClientSecretCredential("elsewhere", "an-app", "s", **options) as credential, refused:
        credential.get_token(SCOPE)


def test_the_environment(options, monkeypatch):
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", "an-app")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "its-secret")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", options.pop("authority"))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "prod")
    for kind in (EnvironmentCredential, DefaultAzureCredential):
        with kind(**options) as credential:
            assert entra.claims(credential.get_token(SCOPE).token)["appid"] == "an-app"


# --- a certificate


def pem(certificate):
    return certificate.private_key_and_cert_chain_pem.bytes()


def test_a_certificate(options, certificates):
    shown = {"certificate_data": pem(certificates[0])}
    with CertificateCredential(TENANT, "signer", **shown, **options) as credential:
        assert entra.claims(credential.get_token(SCOPE).token)["appid"] == "signer"


@pytest.mark.parametrize("client", ["signer", "an-app"])
def test_a_certificate_that_is_not_known(options, certificates, client):
    shown = {"certificate_data": pem(certificates[1])}
    refused = pytest.raises(ClientAuthenticationError, match=r"AADSTS700027.*not registered")
    with CertificateCredential(TENANT, client, **shown, **options) as credential, refused:
        credential.get_token(SCOPE)


def test_a_certificate_where_any_application_is_let_in(certificates, tmp_path):
    shown = {"certificate_data": pem(certificates[1])}
    with cogml_mocks.serve(tls=tmp_path) as open_to_all:
        options = {
            "authority": open_to_all.url,
            "disable_instance_discovery": True,
            "connection_verify": str(tmp_path / "ca.pem"),
        }
        with CertificateCredential(TENANT, "any", **shown, **options) as credential:
            assert entra.admits(credential.get_token(SCOPE).token, COGNITIVE)


def test_an_assertion_that_is_none(options):
    refused = pytest.raises(ClientAuthenticationError, match="AADSTS50027")
    with ClientAssertionCredential(TENANT, "signer", lambda: "x", **options) as shown, refused:
        shown.get_token(SCOPE)


# --- an identity of the machine's own


def test_a_machines_identity(plain, monkeypatch):
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", plain.base("machine"))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "prod")
    for kind in (ManagedIdentityCredential, DefaultAzureCredential):
        with kind(retry_total=0) as credential:
            given = credential.get_token(SCOPE)
        assert entra.admits(given.token, COGNITIVE)
        assert given.expires_on == pytest.approx(time.time() + 600, abs=5)


def test_one_of_a_machines_identities(plain, monkeypatch):
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", plain.base("machine"))
    with ManagedIdentityCredential(client_id="an-app", retry_total=0) as credential:
        assert entra.claims(credential.get_token(SCOPE).token)["appid"] == "an-app"
    refused = pytest.raises(CredentialUnavailableError, match="Identity not found")
    with ManagedIdentityCredential(client_id="no-app", retry_total=0) as credential, refused:
        credential.get_token(SCOPE)


@pytest.mark.parametrize("options", [{}, {"client_id": "an-app"}], ids=["own", "named"])
def test_an_app_services_identity(plain, monkeypatch, options):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "the-header")
    with ManagedIdentityCredential(retry_total=0, **options) as credential:
        given = credential.get_token(SCOPE)
    assert entra.admits(given.token, COGNITIVE)
    assert given.expires_on == pytest.approx(time.time() + 600, abs=5)


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("another", {}, "X-IDENTITY-HEADER"),
        ("the-header", {"client_id": "no-app"}, "No User Assigned or Delegated Managed Identity"),
        ("the-header", {"identity_config": {"resource_id": "/x"}}, "No User Assigned"),
    ],
    ids=["header", "client", "resource"],
)
def test_an_app_services_refusals(plain, monkeypatch, header, options, message):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{plain.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", header)
    refused = pytest.raises(CredentialUnavailableError, match=message)
    with ManagedIdentityCredential(retry_total=0, **options) as credential, refused:
        credential.get_token(SCOPE)


# --- what a token opens


class Given:
    """A credential that has one token."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        from azure.core.credentials import AccessToken

        return AccessToken(self.token, int(time.time()) + 600)


def analysing(secure, folder, credential):
    return TextAnalyticsClient(
        secure.url,
        credential,
        api_version="v3.1",
        connection_verify=str(folder / "ca.pem"),
        retry_total=0,
    )


def test_one_credential_opens_services_and_vault(secure, folder, options):
    with ClientSecretCredential(TENANT, "an-app", "its-secret", **options) as credential:
        with analysing(secure, folder, credential) as texts:
            [found] = texts.extract_key_phrases(["A small hotel by the sea."])
            assert found.key_phrases
        verified = {"connection_verify": str(folder / "ca.pem"), "verify_challenge_resource": False}
        with SecretClient(secure.url, credential, **verified) as vault:
            assert vault.get_secret("first").value == "v"


@pytest.mark.parametrize(
    "token",
    [
        entra.issue("https://vault.azure.net", TENANT, 600),
        entra.issue(COGNITIVE, TENANT, -1),
        "garbage",
    ],
    ids=["another resource", "expired", "garbage"],
)
def test_a_client_says_that_its_token_is_not_taken(secure, folder, token):
    refused = pytest.raises(ClientAuthenticationError, match="audience is incorrect")
    with analysing(secure, folder, Given(token)) as texts, refused:
        texts.extract_key_phrases(["A small hotel."])

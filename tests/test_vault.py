"""Secrets come from a real vault's protocol over TLS; what goes wrong is said with a remedy."""

from __future__ import annotations

import builtins
import logging
import os
import sys
import types

import pytest

import cogml_mocks
from cogml import vault
from cogml.errors import CogmlError, MissingPackage, ParamError
from cogml.vault import VaultError, getSecret, mssparkutils
from cogml_mocks.identity import entra
from cogml_mocks.settings import Settings
from cogml_mocks.spoiling import SHAPES

SECRETS = {"cognitive-key": "a-very-secret-value"}
CLIENTS = {"an-app": "the-client-secret"}
SETTINGS = (
    "AZURE_AUTHORITY_HOST",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "CURL_CA_BUNDLE",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "https_proxy",
    "http_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "COGML_LINKED_SERVICES",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def secure(folder):
    with cogml_mocks.serve(tls=folder, secrets=SECRETS, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def settings(secure, folder, monkeypatch):
    """The environment of somebody who may read the vault, and who has nothing else to try."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COGML_VAULT_URL", secure.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", secure.url)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setenv("AZURE_TENANT_ID", Settings().tenant)
    monkeypatch.setenv("AZURE_CLIENT_ID", "an-app")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", CLIENTS["an-app"])
    secure.reset()
    return monkeypatch


@pytest.fixture
def utilities(settings):
    """A machine with `notebookutils`, whose mssparkutils answers what `answers` says."""
    asked = []

    def ask(*given):
        asked.append(given)
        return "from the platform"

    credentials = types.SimpleNamespace(getSecret=ask, getToken=ask, asked=asked)
    module = types.ModuleType("notebookutils")
    module.mssparkutils = types.SimpleNamespace(credentials=credentials)
    settings.setitem(sys.modules, "notebookutils", module)
    return credentials


def failure(*given):
    """The message of a VaultError, which must hold no secret and be one line."""
    with pytest.raises(VaultError) as caught:
        getSecret(*(given or ("my-vault", "cognitive-key")))
    message = str(caught.value)
    assert isinstance(caught.value, CogmlError)
    assert "\n" not in message
    assert not any(value in message for value in [*SECRETS.values(), *CLIENTS.values()])
    return message


# --- what works


def test_a_secret_comes_from_the_vault_that_the_environment_names(settings):
    assert getSecret("any-name", "cognitive-key") == SECRETS["cognitive-key"]


def test_a_vault_may_be_given_by_its_address(settings, secure):
    settings.delenv("COGML_VAULT_URL")
    assert getSecret(secure.url + "/", "cognitive-key") == SECRETS["cognitive-key"]
    assert getSecret(secure.base("a-base"), "cognitive-key") == SECRETS["cognitive-key"]


def test_ssl_cert_file_serves_where_requests_own_setting_is_missing(settings, folder):
    settings.delenv("REQUESTS_CA_BUNDLE")
    settings.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    assert getSecret("any-name", "cognitive-key") == SECRETS["cognitive-key"]


def test_a_managed_identity_will_do(settings):
    with cogml_mocks.serve(clients=CLIENTS) as machine:
        settings.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        settings.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.url)
        assert getSecret("any-name", "cognitive-key") == SECRETS["cognitive-key"]


def test_nothing_is_kept_from_one_time_to_the_next(settings, secure):
    getSecret("any-name", "cognitive-key")
    first = len(secure.requests())
    getSecret("any-name", "cognitive-key")
    assert len(secure.requests()) > first


def test_the_look_alike_has_synapses_names(settings):
    assert mssparkutils.credentials.getSecret("v", "cognitive-key") == SECRETS["cognitive-key"]
    token = mssparkutils.credentials.getToken("cognitive")
    assert entra.admits(token, "https://cognitiveservices.azure.com")
    assert repr(mssparkutils) == "mssparkutils"
    assert repr(mssparkutils.credentials) == "mssparkutils.credentials"


@pytest.mark.parametrize(
    "audience",
    ["keyvault", "Vault", "https://vault.azure.net", "https://vault.azure.net/.default"],
)
def test_a_token_is_for_an_audience(settings, audience):
    token = mssparkutils.credentials.getToken(audience)
    assert entra.claims(token)["aud"] == "https://vault.azure.net"


# --- where a vault is


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("my-vault", "https://my-vault.vault.azure.net"),
        ("https://my-vault.vault.azure.cn/", "https://my-vault.vault.azure.cn"),
    ],
)
def test_a_name_stands_for_an_address(settings, given, address):
    settings.delenv("COGML_VAULT_URL")
    assert vault._address(given, None) == address


def test_a_linked_service_may_say_where_the_vault_is(settings):
    settings.delenv("COGML_VAULT_URL")
    settings.setenv("COGML_LINKED_SERVICE_MY_VAULT_VAULT", "linked-vault")
    assert vault._address("other", "my-vault") == "https://linked-vault.vault.azure.net"
    assert vault._address("other", "unknown") == "https://other.vault.azure.net"


def test_a_file_of_linked_services_that_cannot_be_read_is_not_passed_over(settings, tmp_path):
    settings.setenv("COGML_LINKED_SERVICES", str(tmp_path / "none.json"))
    with pytest.raises(ParamError, match=r"none\.json"):
        getSecret("any-name", "cognitive-key", "a linked service")


@pytest.mark.parametrize("given", ["", None, 1, "a", "under_score", "dot.dot", "1vault", "v" * 25])
def test_what_names_no_vault_is_refused(settings, given):
    settings.delenv("COGML_VAULT_URL")
    with pytest.raises(ParamError, match="a vault"):
        getSecret(given, "cognitive-key")


@pytest.mark.parametrize(
    "given",
    ["http://127.0.0.1:1", "ftp://vault", "https://", "https://[", "https://me:hidden@host"],
)
def test_a_vault_is_reached_over_https_only(settings, given):
    settings.setenv("COGML_VAULT_URL", given)
    with pytest.raises(ParamError, match=r"https://, on loopback too") as caught:
        getSecret("any-name", "cognitive-key")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ["", None, 1, "under_score", "a/b", "../x", "n" * 128])
def test_what_names_no_secret_is_refused(settings, secure, name):
    with pytest.raises(ParamError, match="a secret's name"):
        getSecret("my-vault", name)
    assert not secure.requests()


@pytest.mark.parametrize("audience", ["", None, "kusto", "http://x"])
def test_what_names_no_audience_is_refused(settings, audience):
    with pytest.raises(ParamError, match="there are: cognitive, keyvault"):
        mssparkutils.credentials.getToken(audience)


# --- what goes wrong


def test_an_unknown_secret_is_named(settings, secure):
    assert failure("any-name", "none") == f"{secure.url} has no secret 'none'"


def test_a_disabled_secret_is_said_to_be(settings, secure, folder):
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.secrets import SecretClient

    with (
        DefaultAzureCredential(disable_instance_discovery=True) as credential,
        SecretClient(secure.url, credential, verify_challenge_resource=False) as client,
    ):
        client.set_secret("cognitive-key", "x", enabled=False)
    message = failure()
    assert "disabled" in message
    assert "role" not in message


def test_a_vault_that_forbids_says_which_role_is_missing(settings, secure):
    said = {"status": 403, "code": "Forbidden", "message": "Caller is not authorized"}
    secure.faults({"kind": "status", "path": "/secrets/*", **said})
    message = failure()
    assert "403 Forbidden: Caller is not authorized" in message
    assert "Key Vault Secrets User" in message


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_vault_that_fails_is_quoted(settings, secure, status):
    secure.faults({"kind": "status", "path": "/secrets/*", "status": status})
    assert f": {status} " in failure()


@pytest.mark.parametrize("kind", ["drop_before_answer", "drop_mid_answer", "truncated_body"])
def test_a_vault_that_hangs_up_is_no_secret(settings, secure, kind):
    secure.faults({"kind": kind, "path": "/secrets/*"})
    assert secure.url in failure()


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "malformed_json"},
        {"kind": "empty_body"},
        *({"kind": "wrong_shape", "shape": shape} for shape in SHAPES),
    ],
    ids=lambda rule: "-".join(rule.values()),
)
def test_an_answer_that_is_none_is_no_secret(settings, secure, rule):
    secure.faults({"path": "/secrets/*", **rule})
    assert failure().endswith(" does not give 'cognitive-key': " + vault._NO_SECRET)


def test_a_wrong_client_secret_is_said_by_entra(settings):
    settings.setenv("AZURE_CLIENT_SECRET", "not-it-at-all")
    message = failure()
    assert "EnvironmentCredential: Authentication failed: AADSTS7000215" in message
    assert "not-it-at-all" not in message


def test_without_any_credential_it_says_what_was_tried(settings):
    settings.delenv("AZURE_CLIENT_SECRET")
    message = failure()
    assert "EnvironmentCredential: EnvironmentCredential authentication unavailable" in message
    assert "AZURE_CLIENT_SECRET, or: az login" in message
    with pytest.raises(VaultError, match=r"no token for .*EnvironmentCredential"):
        mssparkutils.credentials.getToken("cognitive")


def test_a_vault_that_takes_no_such_token_is_quoted(settings, secure):
    """Another suite's tokens: its process has another key."""
    settings.setattr(entra, "claims", lambda token: None)
    message = failure()
    assert "401 Unauthorized: AKV10046" in message


def test_an_authority_that_is_not_trusted_has_a_remedy(settings):
    settings.delenv("REQUESTS_CA_BUNDLE")
    message = failure()
    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert "REQUESTS_CA_BUNDLE" in message


def test_a_vault_that_is_not_there_is_said_not_to_be(settings):
    settings.setenv("COGML_VAULT_URL", "https://127.0.0.1:9")
    assert failure().startswith("https://127.0.0.1:9 cannot be reached")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1"),
        ("AZURE_TENANT_ID", "not a tenant"),
        ("AZURE_TOKEN_CREDENTIALS", "nobody"),
    ],
)
def test_a_setting_that_azure_refuses_is_named(settings, name, value):
    settings.setenv(name, value)
    with pytest.raises(ParamError, match=name):
        getSecret("any-name", "cognitive-key")


def test_without_azures_packages_it_says_what_to_install(settings):
    real = builtins.__import__

    def without(name, *given, **named):
        if name.startswith("azure"):
            raise ImportError(f"No module named {name!r}", name=name)
        return real(name, *given, **named)

    settings.setattr(builtins, "__import__", without)
    for ask in (lambda: getSecret("my-vault", "x"), lambda: vault.getToken("vault")):
        with pytest.raises(MissingPackage, match=r"pip install 'cogml\[azure\]'"):
            ask()


# --- on Synapse and Fabric


def test_the_platforms_own_are_asked_there(settings, utilities):
    settings.delenv("COGML_VAULT_URL")
    assert getSecret("my-vault", "under_score") == "from the platform"
    assert getSecret("my-vault", "name", "a linked service") == "from the platform"
    assert mssparkutils.credentials.getToken("pbi") == "from the platform"
    assert utilities.asked == [
        ("my-vault", "under_score"),
        ("my-vault", "name", "a linked service"),
        ("pbi",),
    ]


def test_a_vault_that_the_environment_names_comes_first_there_too(settings, utilities):
    assert getSecret("any-name", "cognitive-key") == SECRETS["cognitive-key"]
    assert not utilities.asked


def test_what_fails_there_is_said_in_one_line(settings, utilities):
    settings.delenv("COGML_VAULT_URL")

    def fail(*given):
        raise RuntimeError("the vault is closed\n\tat java.lang.Thread")

    utilities.getSecret = fail
    assert failure("v", "name") == (
        "mssparkutils.credentials for 'v', 'name': RuntimeError: the vault is closed"
    )
    utilities.getSecret = lambda *given: None  # as the package of empty functions does
    assert failure().endswith("it gave nothing; COGML_VAULT_URL names a vault to ask instead")


# --- secrets


def test_no_secret_reaches_a_log(settings, caplog):
    with caplog.at_level(logging.DEBUG):
        for name in ("azure", "msal", "urllib3"):
            caplog.set_level(logging.DEBUG, logger=name)
        getSecret("any-name", "cognitive-key")
        token = mssparkutils.credentials.getToken("keyvault")
        failure("any-name", "none")
    assert "secrets/cognitive-key" in caplog.text, "the loggers were on"
    for secret in (
        SECRETS["cognitive-key"],
        CLIENTS["an-app"],
        token,
        os.environ["AZURE_CLIENT_SECRET"],
    ):
        assert secret not in caplog.text

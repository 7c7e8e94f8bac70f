"""Azure's own client of the vault, over TLS and unmodified, does all it can do."""

from datetime import UTC, datetime

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
from vault_bench import CLIENTS, SECRETS, TENANT

import cogml_mocks


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def running(folder):
    with cogml_mocks.serve(tls=folder, secrets=SECRETS, clients=CLIENTS) as suite:
        yield suite


@pytest.fixture
def secure(running):
    """As it was started: on the root, for identifiers of secrets know no base path."""
    running.reset()
    return running


@pytest.fixture
def azure(secure, folder):
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


def client(url, shown, folder, **options):
    return SecretClient(
        url,
        shown,
        connection_verify=str(folder / "ca.pem"),
        verify_challenge_resource=False,
        retry_total=0,
        **options,
    )


def test_it_reads_what_the_suite_was_started_with(azure):
    found = azure.get_secret("first")
    assert found.value == SECRETS["first"]
    assert found.properties.enabled
    assert azure.get_secret("second-2").value == SECRETS["Second-2"], "a name has no case"
    assert azure.get_secret("first", found.properties.version).value == SECRETS["first"]


def test_it_sets_and_lists(azure):
    one = azure.set_secret("mine", "1", content_type="text/plain", tags={"a": "b"})
    two = azure.set_secret("mine", "2")
    assert one.properties.version != two.properties.version
    assert azure.get_secret("mine").value == "2"
    assert azure.get_secret("mine", one.properties.version).properties.tags == {"a": "b"}
    versions = [
        p.version for p in azure.list_properties_of_secret_versions("mine", max_page_size=1)
    ]
    assert versions == [one.properties.version, two.properties.version]
    names = [p.name for p in azure.list_properties_of_secrets(max_page_size=1)]
    assert names == ["first", "mine", "Second-2"], "page after page"


def test_it_updates_the_newest_version_or_one_by_name(azure):
    old = azure.set_secret("mine", "1").properties.version
    until = datetime(2030, 1, 2, tzinfo=UTC)
    azure.set_secret("mine", "2", expires_on=until)
    changed = azure.update_secret_properties("mine", content_type="a/b", tags={"a": "b"})
    assert (changed.content_type, changed.tags, changed.expires_on) == ("a/b", {"a": "b"}, until)
    assert azure.update_secret_properties("mine", old, enabled=False).enabled is False
    with pytest.raises(HttpResponseError, match="not allowed on a disabled secret"):
        azure.get_secret("mine", old)
    assert azure.get_secret("mine").properties.content_type == "a/b"


def test_it_deletes_and_recovers(azure):
    deleting = azure.begin_delete_secret("first")
    deleting.wait(5)
    assert deleting.done()
    deleted = deleting.result()
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 90
    assert deleted.properties.recovery_level == "Recoverable+Purgeable"
    assert azure.get_deleted_secret("first").recovery_id == deleted.recovery_id
    azure.begin_delete_secret("second-2").wait(5)
    listed = list(azure.list_deleted_secrets(max_page_size=1))
    assert [secret.name for secret in listed] == ["first", "Second-2"]
    with pytest.raises(ResourceNotFoundError):
        azure.get_secret("first")
    with pytest.raises(ResourceExistsError, match="deleted but recoverable state") as caught:
        azure.set_secret("first", "again")
    assert caught.value.error.innererror["code"] == "ObjectIsDeletedButRecoverable"
    recovering = azure.begin_recover_deleted_secret("first")
    recovering.wait(5)
    assert recovering.result().name == "first"
    assert azure.get_secret("first").value == SECRETS["first"]


def test_it_purges_and_restores(azure):
    azure.set_secret("first", "newer")
    backup = azure.backup_secret("first")
    with pytest.raises(ResourceExistsError, match="There was a conflict restoring the secret"):
        azure.restore_secret_backup(backup)
    azure.begin_delete_secret("first").wait(5)
    azure.purge_deleted_secret("first")
    with pytest.raises(ResourceNotFoundError, match="Deleted Secret not found: first"):
        azure.get_deleted_secret("first")
    restored = azure.restore_secret_backup(backup)
    assert azure.get_secret("first", restored.version).value == "newer"
    assert len(list(azure.list_properties_of_secret_versions("first"))) == 2
    with pytest.raises(HttpResponseError, match="BadParameter"):
        azure.restore_secret_backup(b"no backup")


def test_it_meets_the_services_refusals(azure):
    with pytest.raises(ResourceNotFoundError, match=r"\(SecretNotFound\).*nothing-here"):
        azure.get_secret("nothing-here")
    with pytest.raises(HttpResponseError, match="invalid name: not_a_name"):
        azure.get_secret("not_a_name")
    azure.set_secret("off", "value", enabled=False)
    with pytest.raises(HttpResponseError, match="not allowed on a disabled secret") as caught:
        azure.get_secret("off")
    assert caught.value.status_code == 403


@pytest.mark.parametrize("version", ["7.0", "7.5", "7.6"])
def test_it_may_speak_any_version(secure, folder, version):
    with (
        credential(secure, folder) as shown,
        client(secure.url, shown, folder, api_version=version) as vault,
    ):
        assert vault.get_secret("second-2").value == SECRETS["Second-2"]


def test_a_wrong_client_secret_gets_no_further_than_the_token(secure, folder):
    refused = pytest.raises(ClientAuthenticationError, match="AADSTS7000215")
    wrong = credential(secure, folder, "wrong")
    with wrong, client(secure.url, wrong, folder) as vault, refused:
        vault.get_secret("first")

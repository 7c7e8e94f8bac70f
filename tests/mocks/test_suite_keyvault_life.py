"""A secret is updated, disabled, deleted, recovered, purged, backed up, restored and listed."""

import base64
import json
from dataclasses import replace

import httpx
import pytest
from test_suite_specs import validate
from vault_bench import CLIENTS, SECRETS, VERSION, asking, code_of

import cogml_mocks
from cogml_mocks import operations
from cogml_mocks.identity import keyvault, vault


@pytest.fixture(scope="module")
def plain():
    with cogml_mocks.serve(secrets=SECRETS, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def call(plain, client):
    plain.reset()
    return asking(plain, client)


def test_an_update_changes_what_it_names_and_no_value(call):
    given = {"value": "v", "contentType": "a/b", "tags": {"a": "1"}, "attributes": {"exp": 9}}
    made = call("PUT", "/secrets/new", json=given).json()
    version = made["id"].rpartition("/")[2]
    changed = call(
        "PATCH", f"/secrets/new/{version}", json={"tags": {"b": "2"}, "attributes": {"nbf": 1}}
    ).json()
    assert "value" not in changed
    assert (changed["tags"], changed["contentType"]) == ({"b": "2"}, "a/b")
    assert (changed["attributes"]["exp"], changed["attributes"]["nbf"]) == (9, 1)
    assert call("PATCH", "/secrets/new", json={"value": "other"}).json() == changed
    assert call("GET", "/secrets/new").json() == {"value": "v", **changed}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tags": 1}', b'{"attributes": {"enabled": 1}}'])
def test_what_changes_nothing_sensible_is_refused(call, body):
    assert code_of(call("PATCH", "/secrets/first", content=body)) == (400, "BadParameter")


def test_a_disabled_secret_is_listed_but_not_given_out(call):
    call("PATCH", "/secrets/first", json={"attributes": {"enabled": False}})
    refused = call("GET", "/secrets/first")
    assert refused.status_code == 403
    assert refused.json()["error"] == {
        "code": "Forbidden",
        "message": "Operation get is not allowed on a disabled secret.",
        "innererror": {"code": "SecretDisabled"},
    }
    assert len(call("GET", "/secrets").json()["value"]) == 2
    call("PATCH", "/secrets/first", json={"attributes": {"enabled": True}})
    assert call("GET", "/secrets/first").json()["value"] == SECRETS["first"]


def test_what_is_deleted_keeps_its_name(call):
    known = call("GET", "/secrets/first").json()
    deleted = call("DELETE", "/secrets/first").json()
    assert "value" not in deleted
    assert deleted["id"] == known["id"]
    assert deleted["recoveryId"].endswith("/deletedsecrets/first")
    assert deleted["scheduledPurgeDate"] - deleted["deletedDate"] == 90 * 86_400
    assert call("GET", "/deletedsecrets/FIRST").json() == deleted
    assert code_of(call("GET", "/secrets/first")) == (404, "SecretNotFound")
    taken = call("PUT", "/secrets/First", json={"value": "v"})
    assert code_of(taken) == (409, "Conflict")
    assert taken.json()["error"]["innererror"] == {"code": "ObjectIsDeletedButRecoverable"}
    assert call("POST", "/deletedsecrets/first/recover").json()["id"] == known["id"]
    assert call("GET", "/secrets/first").json() == known
    assert call("GET", "/deletedsecrets").json()["value"] == []


def test_what_is_purged_is_gone(call):
    version = call("GET", "/secrets/first").json()["id"]
    call("DELETE", "/secrets/first")
    purged = call("DELETE", "/deletedsecrets/first")
    assert (purged.status_code, purged.content) == (204, b"")
    assert code_of(call("DELETE", "/deletedsecrets/first")) == (404, "SecretNotFound")
    again = call("PUT", "/secrets/first", json={"value": "v"}).json()
    assert again["id"] != version, "no version is given out twice"
    assert len(call("GET", "/secrets/first/versions").json()["value"]) == 1


def test_a_backup_holds_every_version_and_nobody_reads_it(call):
    call("PUT", "/secrets/first", json={"value": "newer", "tags": {"a": "b"}})
    listed = call("GET", "/secrets/first/versions").json()
    backup = call("POST", "/secrets/first/backup").json()
    assert b"newer" not in base64.urlsafe_b64decode(backup["value"] + "==")
    elsewhere = call("POST", "/t/restored/secrets/restore", json=backup)
    assert elsewhere.status_code == 409, "the name is in use there"
    call("DELETE", "/t/restored/secrets/first")
    deleted = call("POST", "/t/restored/secrets/restore", json=backup)
    assert code_of(deleted) == (409, "Conflict")
    call("DELETE", "/t/restored/deletedsecrets/first")
    restored = call("POST", "/t/restored/secrets/restore", json=backup).json()
    assert "value" not in restored
    assert restored["tags"] == {"a": "b"}
    assert call("GET", "/t/restored/secrets/first").json()["value"] == "newer"
    assert call("GET", "/t/restored/secrets/first/versions").json() == listed
    call("PUT", "/t/restored/secrets/first", json={"value": "newest"})
    assert call("GET", "/t/restored/secrets/first").json()["value"] == "newest"


@pytest.mark.parametrize(
    "body",
    [{}, {"value": 1}, {"value": ""}, {"value": "x"}, {"value": "ä"}, {"value": "gAAA" * 40}],
)
def test_what_is_no_backup_is_refused(call, body):
    assert code_of(call("POST", "/secrets/restore", json=body)) == (400, "BadParameter")


def test_a_backup_that_was_changed_is_refused(call):
    backup = call("POST", "/secrets/first/backup").json()["value"]
    call("DELETE", "/secrets/first")
    call("DELETE", "/deletedsecrets/first")
    last = "A" if backup[-5] != "A" else "B"
    changed = {"value": f"{backup[:-5]}{last}{backup[-4:]}"}
    assert code_of(call("POST", "/secrets/restore", json=changed)) == (400, "BadParameter")


def test_a_page_goes_on_where_it_ended_whatever_comes_or_goes(call):
    for name in ("b1", "b2", "b3", "b4"):
        call("PUT", f"/secrets/{name}", json={"value": "v"})
    first = call("GET", "/secrets", params=VERSION | {"maxresults": "2"}).json()
    assert [item["id"].rpartition("/")[2] for item in first["value"]] == ["b1", "b2"]
    call("DELETE", "/secrets/b1")
    call("DELETE", "/secrets/b3")
    call("PUT", "/secrets/a0", json={"value": "v"})
    following = httpx.URL(first["nextLink"])
    second = call("GET", following.path, params=dict(following.params)).json()
    assert [item["id"].rpartition("/")[2] for item in second["value"]] == ["b4", "first"]


# --- the service's own file

FILE = "keyvault-7.5/secrets.json"
EXAMPLES = {
    "DeleteSecret": ("DELETE", "/secrets/{name}", "DeletedSecretBundle"),
    "GetDeletedSecrets": ("GET", "/deletedsecrets", "DeletedSecretListResult"),
    "GetSecret": ("GET", "/secrets/{name}/{version}", "SecretBundle"),
    "GetSecretVersions": ("GET", "/secrets/{name}/versions", "SecretListResult"),
    "GetSecrets": ("GET", "/secrets", "SecretListResult"),
    "PurgeDeletedSecret": ("DELETE", "/deletedsecrets/{name}", None),
    "RecoverDeletedSecret": ("POST", "/deletedsecrets/{name}/recover", "SecretBundle"),
    "UpdateSecret": ("PATCH", "/secrets/{name}/{version}", "SecretBundle"),
}


def test_every_operation_of_the_file_is_there(specs):
    operations.load()
    paths = json.loads((specs / FILE).read_text("utf-8"))["paths"]
    named = [(path.replace("-", "_"), method.upper()) for path, m in paths.items() for method in m]
    assert len(named) == 12
    for path, method in named:
        assert method in operations.find(path)[0], f"{method} {path}"


def test_every_example_of_the_file_is_tried(specs):
    names = {path.name for path in (specs / "keyvault-7.5" / "examples").iterdir()}
    assert names == {f"{name}-example.json" for name in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_accepted_and_answered_as_the_file_says(call, specs, example):
    """The secret it names is made first; the version it names is of another vault."""
    path = specs / "keyvault-7.5" / "examples" / f"{example}-example.json"
    parameters = json.loads(path.read_text("utf-8"))["parameters"]
    del parameters["vaultBaseUrl"]
    name = parameters.pop("secret-name", "listdeletedsecrettest1")
    body = parameters.pop("parameters", None)
    made = call("PUT", f"/secrets/{name}", json={"value": "v"}).json()
    if "version" in EXAMPLES[example][1]:
        parameters.pop("secret-version", None)
    if "Deleted" in example:
        call("DELETE", f"/secrets/{name}")
    method, path, definition = EXAMPLES[example]
    version = made["id"].rpartition("/")[2]
    answer = call(method, path.format(name=name, version=version), params=parameters, json=body)
    if definition is None:
        assert (answer.status_code, answer.content) == (204, b"")
        return
    assert answer.status_code == 200, answer.text
    document = answer.json()
    if definition.endswith("ListResult"):
        assert len(document["value"]) == 1
        if document["nextLink"] is None:
            del document["nextLink"]  # null at the end, as the service answers, against its file
    validate(specs, FILE, definition, document)


def test_a_refusal_is_one_of_the_files(call, specs):
    call("DELETE", "/secrets/first")
    for refused in (
        call("GET", "/secrets/first"),
        call("PUT", "/secrets/first", json={"value": ""}),
    ):
        assert refused.status_code in (404, 409)
        validate(specs, "keyvault-7.5/common.json", "KeyVaultError", refused.json())


def test_the_largest_backup_is_restored(call):
    value = "\u0001" * 25_600  # each letter of which JSON writes as six
    held = [vault.Secret("big", f"{i:032x}", value, 1, 1) for i in range(vault.MAX_VERSIONS)]
    sealed = vault.seal(held)
    assert 16 * 2**20 < len(sealed) < keyvault.MAX_BACKUP
    assert call("POST", "/secrets/restore", json={"value": sealed}).status_code == 200
    assert call("GET", "/secrets/big").json()["value"] == value


def test_a_vault_is_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(vault, "MAX_HELD", 10_000)
    held = vault.Vault()
    made = held.put("one", "x" * 4_000, {}, {})
    for _ in range(3):  # what is purged, or too old to be kept, makes room
        held.put("two", "x" * 3_000, {}, {})
        held.delete("two")
        held.purge("two")
    held.put("two", "x" * 3_000, {}, {})
    for grow in (
        lambda: held.put("three", "x" * 1_000, {}, {}),
        lambda: held.update(made, {}, {"tags": {"a": "x" * 1_000}}),
        lambda: held.restore([replace(made, name="three")], "http://x"),
    ):
        with pytest.raises(operations.ServiceError) as refused:
            grow()
        assert (refused.value.status, refused.value.code) == (403, "Forbidden")
    assert [secret.name for secret in held.newest()] == ["one", "two"]
    held.delete("one")
    assert held.recover("one") == made


def test_a_vault_that_is_given_too_much_says_so_each_time(client):
    secrets = {f"s{i}": "v" for i in range(vault.MAX_SECRETS + 1)}
    with cogml_mocks.serve(secrets=secrets) as running:
        ask = asking(running, client)
        found = [code_of(ask("GET", f"/secrets/{name}")) for name in ("s1", "s1", "s1000")]
    assert found == [(403, "Forbidden")] * 3

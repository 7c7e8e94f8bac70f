"""What a storage account does not do for a stranger: wait, fail, overwrite or take any token."""

import base64
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    ResourceTypes,
    generate_account_sas,
)

import cogml_mocks
from cogml_mocks.identity import entra
from cogml_mocks.messages import Request
from cogml_mocks.operations import Call
from cogml_mocks.storage import blobs, places

ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(b"the right key").decode()
SIGNED = {"Authorization": f"SharedKey {ACCOUNT}:c2ln", "x-ms-blob-type": "BlockBlob"}
VAULT = "https://vault.azure.net"
STORAGE = "https://storage.azure.com"
ALL = AccountSasPermissions(
    read=True, write=True, delete=True, list=True, add=True, create=True, process=True
)


@pytest.fixture
def account(bench):
    """The address of an account with a container."""
    url = f"{bench.url}/{ACCOUNT}"
    bench.client.put(f"{url}/data?restype=container", headers=SIGNED)
    return url


@pytest.fixture(scope="module")
def locked():
    """A suite that checks signatures."""
    with cogml_mocks.serve(storage_key=KEY) as running:
        yield running


@pytest.fixture
def guarded(locked, request):
    """The address of such an account, with a blob in it."""
    name = f"{zlib.crc32(request.node.nodeid.encode()):x}"
    locked.reset(base=name)
    url = f"{locked.base(name)}/{ACCOUNT}"
    with BlobServiceClient(url, KEY, retry_total=0) as owner:
        owner.create_container("data").upload_blob("one", b"content")
    return url


def shared(url: str, types: ResourceTypes, permission: AccountSasPermissions) -> BlobServiceClient:
    end = datetime.now(UTC) + timedelta(hours=1)
    sas = generate_account_sas(ACCOUNT, KEY, types, permission, end)
    return BlobServiceClient(url, sas, retry_total=0)


def refusal(call) -> tuple[int, str]:
    with pytest.raises(HttpResponseError) as refused:
        call()
    return refused.value.status_code, refused.value.error_code


@pytest.mark.parametrize("body", [b" " * 30_000, b"<?xml?>" + b" " * 30_000, b"<BlockList" * 2])
def test_a_list_of_blocks_that_is_none_is_refused_at_once(bench, account, body):
    start = time.monotonic()
    answer = bench.client.put(f"{account}/data/b?comp=blocklist", content=body, headers=SIGNED)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "InvalidXmlDocument")
    assert time.monotonic() - start < 1


def test_a_list_of_blocks_has_a_size(bench, account, monkeypatch):
    assert 50_000 * len(f"<Uncommitted>{'A' * 88}</Uncommitted>") < blobs.MAX_BLOCK_LIST
    monkeypatch.setattr(blobs, "MAX_BLOCK_LIST", 100)
    url = f"{account}/data/b?comp=blocklist"
    answer = bench.client.put(url, content=b" " * 101, headers=SIGNED)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (413, "RequestBodyTooLarge")


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("Fri, 31 Dec 9999 23:59:59 -2359", 400),
        ("Fri, 31 Dec 9999 23:59:59 -0000", 304),
        ("Fri, 31 Dec 1999 23:59:59 -0000", 200),
    ],
)
def test_a_date_at_an_end_of_time_is_read_or_refused(bench, account, date, status):
    bench.client.put(f"{account}/data/b", content=b"x", headers=SIGNED)
    asked = {**SIGNED, "If-Modified-Since": date}
    assert bench.client.get(f"{account}/data/b", headers=asked).status_code == status


def test_without_a_key_a_token_of_the_suite_still_says_what_it_is_for(bench, account):
    statuses = {}
    for resource, seconds in ((STORAGE, 60), (STORAGE, -60), (VAULT, 60)):
        token = entra.issue(resource, "a-tenant", seconds)
        shown = {"Authorization": f"Bearer {token}"}
        answer = bench.client.get(f"{account}?comp=list", headers=shown)
        statuses[resource, seconds] = answer.status_code
    assert statuses == {(STORAGE, 60): 200, (STORAGE, -60): 403, (VAULT, 60): 403}
    shown = {"Authorization": "Bearer of-somebody-else"}
    assert bench.client.get(f"{account}?comp=list", headers=shown).status_code == 200


def test_a_signature_for_an_account_is_for_some_types_of_resource(guarded):
    mismatch = (403, "AuthorizationResourceTypeMismatch")
    with shared(guarded, ResourceTypes(service=True), ALL) as client:
        assert [each.name for each in client.list_containers()] == ["data"]
        assert refusal(client.get_blob_client("data", "one").download_blob) == mismatch
        assert refusal(client.get_container_client("data").get_container_properties) == mismatch
    with shared(guarded, ResourceTypes(object=True), ALL) as client:
        assert client.get_blob_client("data", "one").download_blob().readall() == b"content"
        assert refusal(lambda: list(client.list_containers())) == mismatch
    with shared(guarded, ResourceTypes(container=True), ALL) as client:
        assert list(client.get_container_client("data").list_blob_names()) == ["one"]


def test_who_may_create_may_not_overwrite(guarded):
    create = AccountSasPermissions(create=True)
    with shared(guarded, ResourceTypes(object=True), create) as client:
        container = client.get_container_client("data")
        container.upload_blob("new", b"content")
        for name in ("one", "new"):
            overwrite = container.get_blob_client(name)
            assert refusal(lambda b=overwrite: b.upload_blob(b"other", overwrite=True)) == (
                403,
                "AuthorizationPermissionMismatch",
            )


def test_no_credential_is_in_the_repr_of_a_request():
    request = Request("GET", "/", "sig=SECRET", {"authorization": "SECRET"})
    shown = repr(places.Request(Call(request, "http://x"), places.Account(), "data", "one"))
    assert "SECRET" not in shown
    assert "one" in shown

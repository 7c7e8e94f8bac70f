"""Blob storage: Azure's own client puts, lists and reads; who may; what is refused, as XML."""

import base64
import xml.etree.ElementTree as ET
import zlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.core import MatchConditions
from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    BlobType,
    ContainerSasPermissions,
    ContentSettings,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite_bench import Bench

import cogml_mocks
from cogml_mocks.storage import store
from cogml_mocks.storage.refusals import Refusal

ACCOUNT = "devstoreaccount1"
RIGHT = base64.b64encode(b"the right key").decode()
WRONG = base64.b64encode(b"another key").decode()
AUTHORIZED = {"Authorization": f"SharedKey {ACCOUNT}:c2lnbmF0dXJl"}


def connect(address: str, credential=RIGHT, **options) -> BlobServiceClient:
    return BlobServiceClient(f"{address}/{ACCOUNT}", credential, retry_total=0, **options)


@pytest.fixture
def service(bench):
    with connect(bench.url) as client:
        yield client


@pytest.fixture
def data(service):
    return service.create_container("data")


@pytest.fixture(scope="module")
def locked():
    """A suite that checks signatures."""
    with cogml_mocks.serve(storage_key=RIGHT) as running:
        yield running


@pytest.fixture
def guarded(locked, client, request):
    name = f"{zlib.crc32(request.node.nodeid.encode()):x}"
    locked.reset(base=name)
    return Bench(locked, name, client)


def send(bench, method: str, path: str, **options) -> httpx.Response:
    headers = AUTHORIZED | options.pop("headers", {})
    return bench.client.request(method, f"{bench.url}/{ACCOUNT}{path}", headers=headers, **options)


def code(response: httpx.Response) -> tuple[int, str]:
    error = ET.fromstring(response.content)
    assert error.tag == "Error"
    found = error.findtext("Code")
    assert response.headers["x-ms-error-code"] == found
    assert error.findtext("Message")
    assert response.headers["content-type"] == "application/xml"
    return response.status_code, found


def test_containers_are_made_listed_and_deleted(service):
    service.create_container("b-1", metadata={"of": "me"})
    service.create_container("a-1")
    with pytest.raises(ResourceExistsError) as refused:
        service.create_container("a-1")
    assert refused.value.error_code == "ContainerAlreadyExists"
    assert [c.name for c in service.list_containers()] == ["a-1", "b-1"]
    assert [c.name for c in service.list_containers(results_per_page=1)] == ["a-1", "b-1"]
    (found,) = service.list_containers(name_starts_with="b", include_metadata=True)
    assert found.metadata == {"of": "me"}
    container = service.get_container_client("b-1")
    assert container.exists()
    assert container.get_container_properties().metadata == {"of": "me"}
    container.delete_container()
    assert not container.exists()
    with pytest.raises(ResourceNotFoundError):
        container.delete_container()


def test_a_blob_comes_back_as_it_was_put(data):
    name = "folder/größe +1.csv"
    settings = ContentSettings("text/csv", cache_control="no-store", content_language="de")
    put = data.upload_blob(name, b"a,b\n1,2\n", metadata={"of": "me"}, content_settings=settings)
    found = put.download_blob()
    assert found.readall() == b"a,b\n1,2\n"
    properties = put.get_blob_properties()
    for seen in (properties, found.properties):
        assert seen.size == 8
        assert seen.metadata == {"of": "me"}
        assert seen.content_settings.content_type == "text/csv"
        assert seen.content_settings.cache_control == "no-store"
        assert seen.etag
        assert seen.last_modified <= datetime.now(UTC)
        assert seen.blob_type == BlobType.BLOCKBLOB
    assert put.download_blob(offset=2, length=3).readall() == b"b\n1"
    assert put.exists()
    data.delete_blob(name)
    assert not put.exists()
    with pytest.raises(ResourceNotFoundError) as refused:
        put.download_blob()
    assert refused.value.error_code == "BlobNotFound"


def test_an_empty_blob(data):
    put = data.upload_blob("empty", b"")
    assert put.download_blob().readall() == b""


@pytest.mark.parametrize("size", [9, 25, 40])
def test_large_blobs_travel_in_blocks_and_come_in_ranges(bench, size):
    small = {"max_single_put_size": 8, "max_block_size": 8,
             "max_single_get_size": 16, "max_chunk_get_size": 8}  # fmt: skip
    with connect(bench.url, **small) as client:
        content = bytes(range(size))
        put = client.create_container("data").upload_blob("large", content)
        assert put.download_blob().readall() == content
        committed, waiting = put.get_block_list("all")
        assert [block.size for block in committed][:-1] == [8] * ((size - 1) // 8)
        assert waiting == []
        put.upload_blob(b"short", overwrite=True)
        assert put.download_blob().readall() == b"short"


def test_blocks_wait_until_they_are_listed(data):
    blob = data.get_blob_client("of-blocks")
    for block in ("b1", "b2", "b3"):
        blob.stage_block(block, block.encode())
    assert not blob.exists()
    assert [block.id for block in blob.get_block_list("uncommitted")[1]] == ["b1", "b2", "b3"]
    blob.commit_block_list([BlobBlock("b3"), BlobBlock("b1")])
    assert blob.download_blob().readall() == b"b3b1"
    blob.stage_block("b4", b"!")
    blob.commit_block_list([BlobBlock("b1"), BlobBlock("b4")])
    assert blob.download_blob().readall() == b"b1!"
    with pytest.raises(HttpResponseError) as refused:
        blob.commit_block_list([BlobBlock("b9")])
    assert refused.value.error_code == "InvalidBlockList"


def test_blobs_are_listed_by_prefix_and_delimiter(data):
    for name in ("a/1", "a/2", "b/c/3", "top"):
        data.upload_blob(name, name.encode(), metadata={"n": "1"})
    assert [b.name for b in data.list_blobs()] == ["a/1", "a/2", "b/c/3", "top"]
    assert [b.name for b in data.list_blobs(results_per_page=1)] == ["a/1", "a/2", "b/c/3", "top"]
    assert list(data.list_blob_names(name_starts_with="a/")) == ["a/1", "a/2"]
    assert [b.name for b in data.walk_blobs()] == ["a/", "b/", "top"]
    assert [b.name for b in data.walk_blobs(name_starts_with="b/")] == ["b/c/"]
    (found,) = data.list_blobs(name_starts_with="top", include=["metadata"])
    assert (found.size, found.metadata) == (3, {"n": "1"})
    assert found.etag == data.get_blob_client("top").get_blob_properties().etag.strip('"')


def test_conditions_are_kept(data):
    blob = data.upload_blob("one", b"1")
    with pytest.raises(ResourceExistsError) as refused:
        data.upload_blob("one", b"2")
    assert refused.value.error_code == "BlobAlreadyExists"
    etag = blob.get_blob_properties().etag
    unchanged = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
    blob.set_blob_metadata({"a": "b"}, **unchanged)
    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(b"2", overwrite=True, **unchanged)
    with pytest.raises(HttpResponseError):
        blob.delete_blob(if_unmodified_since=datetime.now(UTC) - timedelta(days=1))
    blob.set_http_headers(ContentSettings("text/plain"))
    found = blob.get_blob_properties()
    assert (found.metadata, found.content_settings.content_type) == ({"a": "b"}, "text/plain")
    assert found.creation_time <= found.last_modified
    assert blob.download_blob().readall() == b"1"


def test_a_signature_is_checked_against_the_key(guarded):
    with connect(guarded.url) as client:
        container = client.create_container("data")
        name = "a b/c+d (1)~é&=.csv"
        put = container.upload_blob(name, b"x", metadata={"a": "b", "c": "d"})
        assert put.download_blob().readall() == b"x"
        assert [b.name for b in container.list_blobs(name_starts_with="a b/")] == [name]
    named = {"account_name": ACCOUNT, "account_key": RIGHT}
    with connect(guarded.url, named) as client:
        assert [c.name for c in client.list_containers()] == ["data"]
    with connect(guarded.url, WRONG) as client:
        with pytest.raises(ClientAuthenticationError) as refused:
            client.create_container("more")
        assert refused.value.error_code == "AuthenticationFailed"
        assert RIGHT not in str(refused.value)
    assert code(send(guarded, "GET", "/data/x")) == (403, "AuthenticationFailed")
    lite = {"Authorization": f"SharedKeyLite {ACCOUNT}:eA=="}
    assert code(send(guarded, "GET", "/data/x", headers=lite)) == (403, "AuthenticationFailed")
    assert RIGHT not in repr(cogml_mocks.settings.Settings(storage_key=RIGHT))


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_shared_access_signatures_are_checked(guarded):
    with connect(guarded.url) as client:
        client.create_container("data").upload_blob("one", b"1")
        name = client.account_name
    url = f"{guarded.url}/{ACCOUNT}"
    read = BlobSasPermissions(read=True)

    def blob(sas: str, account_url: str = url) -> BlobClient:
        return BlobClient(account_url, "data", "one", credential=AzureSasCredential(sas),
                          retry_total=0)  # fmt: skip

    good = generate_blob_sas(name, "data", "one", account_key=RIGHT, permission=read,
                             expiry=in_an_hour())  # fmt: skip
    assert blob(good).download_blob().readall() == b"1"
    with pytest.raises(HttpResponseError) as refused:
        blob(good).upload_blob(b"2", overwrite=True)
    assert refused.value.error_code == "AuthorizationPermissionMismatch"
    plain = generate_container_sas(ACCOUNT, "data", account_key=RIGHT, expiry=in_an_hour(),
                                   permission=ContainerSasPermissions(read=True))  # fmt: skip
    assert blob(plain).download_blob().readall() == b"1"
    whole = generate_account_sas(ACCOUNT, RIGHT, ResourceTypes(object=True),
                                 AccountSasPermissions(read=True), in_an_hour())  # fmt: skip
    assert blob(whole).download_blob().readall() == b"1"
    old = generate_blob_sas(name, "data", "one", account_key=RIGHT, permission=read,
                            expiry=datetime.now(UTC) - timedelta(minutes=1))  # fmt: skip
    other = generate_blob_sas(name, "data", "two", account_key=RIGHT, permission=read,
                              expiry=in_an_hour())  # fmt: skip
    forged = generate_blob_sas(name, "data", "one", account_key=WRONG, permission=read,
                               expiry=in_an_hour())  # fmt: skip
    for wrong in (old, other, forged, good.replace("sp=r", "sp=rw")):
        with pytest.raises(ClientAuthenticationError):
            blob(wrong).download_blob()


def test_without_a_credential_only_what_is_public_is_read(bench, service):
    service.create_container("private").upload_blob("one", b"1")
    service.create_container("open", public_access="blob").upload_blob("one", b"1")
    service.create_container("listed", public_access="container").upload_blob("one", b"1")

    def ask(method: str, path: str) -> httpx.Response:
        return bench.client.request(method, f"{bench.url}/{ACCOUNT}{path}")

    listing = "?restype=container&comp=list"
    assert code(ask("GET", "/private/one")) == (404, "ResourceNotFound")
    assert ask("GET", "/open/one").content == b"1"
    assert code(ask("GET", f"/open{listing}")) == (404, "ResourceNotFound")
    assert ask("GET", f"/listed{listing}").status_code == 200
    assert code(ask("DELETE", "/open/one")) == (401, "NoAuthenticationInformation")
    assert code(ask("GET", "/?comp=list")) == (401, "NoAuthenticationInformation")


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "status", "expected"),
    [
        ("PUT", "/UPPER?restype=container", {}, b"", 400, "InvalidResourceName"),
        ("PUT", "/a--b?restype=container", {}, b"", 400, "InvalidResourceName"),
        ("PUT", "/ab?restype=container", {}, b"", 400, "OutOfRangeInput"),
        ("PUT", "/more?restype=container", {"x-ms-blob-public-access": "all"}, b"", 400,
         "InvalidHeaderValue"),
        ("PUT", "/more?restype=container", {"x-ms-meta-a-b": "1"}, b"", 400, "InvalidMetadata"),
        ("PUT", "/more?restype=container", {"x-ms-meta-a": "1" * 9000}, b"", 400,
         "MetadataTooLarge"),
        ("PUT", "/none/one", {"x-ms-blob-type": "BlockBlob"}, b"1", 404, "ContainerNotFound"),
        ("PUT", "/data/one", {}, b"1", 400, "MissingRequiredHeader"),
        ("PUT", "/data/one", {"x-ms-blob-type": "Blob"}, b"1", 400, "InvalidHeaderValue"),
        ("PUT", "/data/one", {"x-ms-blob-type": "PageBlob"}, b"", 501, "NotImplemented"),
        ("PUT", "/data/one", {"x-ms-copy-source": "http://x/y"}, b"", 501, "NotImplemented"),
        ("PUT", "/data/one", {"x-ms-blob-type": "BlockBlob", "Content-MD5": "eA=="}, b"1", 400,
         "Md5Mismatch"),
        ("PUT", "/data/" + "n" * 1025, {"x-ms-blob-type": "BlockBlob"}, b"1", 400, "InvalidUri"),
        ("PUT", "/data/one?comp=block&blockid=%25", {}, b"1", 400, "InvalidQueryParameterValue"),
        ("PUT", "/data/one?comp=block&blockid=eA%3D%3D", {}, b"", 400, "InvalidHeaderValue"),
        ("PUT", "/data/one?comp=blocklist", {}, b"<a/>", 400, "InvalidXmlDocument"),
        ("PUT", "/data/one?comp=blocklist", {}, b"<BlockList>x</BlockList>", 400,
         "InvalidXmlDocument"),
        ("PUT", "/data/one?comp=lease", {}, b"", 501, "NotImplemented"),
        ("POST", "/data?restype=container&comp=batch", {}, b"", 501, "NotImplemented"),
        ("GET", "/data?restype=container&comp=list&maxresults=0", {}, b"", 400,
         "OutOfRangeQueryParameterValue"),
        ("GET", "/data?restype=container&comp=list&marker=%25", {}, b"", 400,
         "InvalidQueryParameterValue"),
        ("GET", "/data/kept", {"x-ms-range": "bytes=5-"}, b"", 416, "InvalidRange"),
        ("GET", "/data/kept", {"If-Match": '"0x1"'}, b"", 412, "ConditionNotMet"),
        ("GET", "/data/kept", {"If-Modified-Since": "yesterday"}, b"", 400, "InvalidHeaderValue"),
        ("GET", "/data/kept?snapshot=2024-01-01", {}, b"", 501, "NotImplemented"),
        ("GET", "/data/none?comp=blocklist", {}, b"", 404, "BlobNotFound"),
        ("GET", "/data/kept?comp=blocklist&blocklisttype=x", {}, b"", 400,
         "InvalidQueryParameterValue"),
        ("GET", "/?restype=service&comp=properties", {}, b"", 501, "NotImplemented"),
        ("PATCH", "/data/kept", {}, b"", 501, "NotImplemented"),
        ("GET", "/data/kept", {"Authorization": "Basic eA=="}, b"", 403, "AuthenticationFailed"),
        ("GET", "/data/kept?sig=", {"Authorization": ""}, b"", 403, "AuthenticationFailed"),
    ],
)  # fmt: skip
def test_what_is_refused(bench, data, method, path, headers, content, status, expected):
    data.upload_blob("kept", b"1")
    response = send(bench, method, path, headers=headers, content=content)
    assert code(response) == (status, expected)
    assert response.headers["x-ms-request-id"]


def test_a_refused_head_has_its_code_in_a_header(bench, data):
    response = send(bench, "HEAD", "/data/none")
    assert (response.status_code, response.content) == (404, b"")
    assert response.headers["x-ms-error-code"] == "BlobNotFound"
    data.upload_blob("one", b"123")
    assert send(bench, "HEAD", "/data/one").headers["content-length"] == "3"
    etag = send(bench, "HEAD", "/data/one").headers["etag"]
    assert send(bench, "GET", "/data/one", headers={"If-None-Match": etag}).status_code == 304


def test_an_account_keeps_so_much_and_no_more():
    account = store.Account(limit=10_000)
    account.create("data", "", {})
    account.put("data", "one", bytes(5_000), {}, {})
    for _ in range(9):
        account.put("data", "two", b"1", {}, {})
    with pytest.raises(Refusal) as refused:
        account.put("data", "three", bytes(5_000), {}, {})
    assert (refused.value.status, refused.value.code) == (413, "RequestBodyTooLarge")
    account.stage("data", "four", "eA==", b"x" * 500)
    with pytest.raises(Refusal):
        account.commit("data", "four", [("Latest", "eA==")] * 30, {}, {})
    with pytest.raises(Refusal):
        account.stage("data", "four", "eQ==", bytes(3_000))
    account.discard("data", "one")
    account.commit("data", "four", [("Latest", "eA==")], {}, {})
    account.remove("data")
    account.create("data", "", {})
    account.put("data", "one", bytes(7_000), {}, {})


def test_a_reset_forgets_what_is_stored(bench, data):
    bench.suite.reset(base=bench.name)
    assert code(send(bench, "DELETE", "/data?restype=container")) == (404, "ContainerNotFound")


METHODS = ("GET", "HEAD", "PUT", "DELETE", "POST")
COMPS = ("", "list", "block", "blocklist", "metadata", "properties", "lease", "x")
QUERIES = ("restype=container", "maxresults=1", "marker=YQ==", "blockid=YQ==", "prefix=%00",
           "delimiter=/", "include=metadata", "sig=x", "blocklisttype=all", "%ff=%ff")  # fmt: skip
HEADERS = ("x-ms-range", "range", "if-match", "if-none-match", "if-modified-since",
           "if-unmodified-since", "x-ms-blob-type", "x-ms-meta-a", "x-ms-blob-content-type",
           "content-md5", "x-ms-blob-public-access", "x-ms-version")  # fmt: skip
VALUES = ("*", "", "BlockBlob", "bytes=0-", "bytes=0-0", "bytes=9-1", '"0x1"', "blob", "\xff",
          "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 99 Jan 99999999 00:00:00 -0000")  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(
        ["", "/", "/data", "/data/", "/data/one", "/data/a/b", "/data/%00", "/%ff"]
    ),
    comp=st.sampled_from(COMPS),
    query=st.lists(st.sampled_from(QUERIES), max_size=3),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(VALUES), max_size=3),
    content=st.sampled_from([b"", b"1", b"<BlockList/>", b"<BlockList><Latest>YQ==</Latest>"]),
)
def test_any_request_is_answered(bench, method, path, comp, query, headers, content):
    target = f"{path}?{'&'.join([f'comp={comp}', *query])}"
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    response = send(bench, method, target, headers=encoded, content=content)
    assert response.status_code < 500 or response.headers["x-ms-error-code"] == "NotImplemented"
    if response.status_code >= 400 and method != "HEAD" and "x-ms-error-code" in response.headers:
        assert code(response)[0] == response.status_code

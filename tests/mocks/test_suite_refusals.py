"""Whatever is asked wrongly of any operation, the refusal is its service's, whole, and no 500."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from suite_bench import KEY, credentials

from cogml_mocks import operations
from cogml_mocks.messages import Request
from cogml_mocks.operations import Family, Operation, ServiceError, gateway_error

operations.load()

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODIES = (
    b"",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"a": "\\ud800"}',
    b"[" * 100_000,
    b'{"documents": {}, "kind": [], "url": {}, "series": 1, "value": [], "tasks": 0}',
)
JSON = "application/json"
BLOBS, PAGES = "/devstoreaccount1", "/searxng"  # the families that write XML and HTML
NOT_THERE = 501  # what storage says of operations that this suite does not model
DEFECTS = (500, 502, 503, 504)
WIRE = 4_300_000  # bytes; a body that is too large for more than this is not sent


def registered() -> dict[str, list[tuple[str, str, Operation]]]:
    """The operations of each family; of paths that differ in a slash at the end, or of blobs with
    slashes in their names, one stands for all."""
    found: dict[str, list[tuple[str, str, Operation]]] = {}
    for path, methods in sorted(operations._ROUTES.items()):
        if path.endswith("/") and path[:-1] in operations._ROUTES:
            continue
        for method, operation in sorted(methods.items()):
            if method in METHODS:
                found.setdefault(operation.family.prefix, []).append((method, path, operation))
    return found


FAMILIES = registered()
every_family = pytest.mark.parametrize("prefix", sorted(FAMILIES))


def url_of(bench, path: str, operation: Operation) -> str:
    """A path with its segments filled in, and the version of its service."""
    for name in ("tenant", "container", "blob*"):
        path = path.replace(f"{{{name}}}", "a0a")
    parts = ("x1" if part[:1] == "{" else part for part in path.split("/"))
    version = operation.api_versions[0] if operation.api_versions else "3.0"
    return f"{bench.url}{'/'.join(parts)}?api-version={version}"


def check(answer: httpx.Response, family: Family, asked: str) -> None:
    """Fail where a refusal is not its service's, with its content type, and final."""
    status = answer.status_code
    assert 400 <= status < 500 or status == NOT_THERE, f"{asked}: {status} {answer.text[:200]}"
    assert "retry-after" not in answer.headers, asked
    assert "apim-request-id" in answer.headers, asked
    media_type = answer.headers["content-type"]
    if family.prefix == BLOBS:
        assert media_type.startswith("application/xml"), asked
        root = ElementTree.fromstring(answer.content)
        assert root.tag == "Error", asked
        assert root.findtext("Code") == answer.headers["x-ms-error-code"], asked
        assert root.findtext("Message"), asked
    elif family.prefix == PAGES and media_type.startswith("text/html"):
        assert answer.text.startswith("<!doctype html>"), asked
    else:
        assert media_type == "application/json; charset=utf-8", asked
        assert is_written_by(family, answer), f"{asked}: {answer.text}"


def is_written_by(family: Family, answer: httpx.Response) -> bool:
    """Whether a body has the names a family, or the gateway, gives a refusal of its code."""
    document = answer.json()
    shown = document.get("error", document)
    code = str(shown.get("code", "") if isinstance(shown, dict) else shown)
    headers = [(name.decode(), value.decode()) for name, value in answer.headers.raw]
    status, inner = answer.status_code, ("Inner", "message")
    least = ServiceError(status, code, "message", headers=headers)
    most = ServiceError(status, code, "AADSTS1: message", inner, headers)
    return any(fits(document, write(least), write(most)) for write in (family.error, gateway_error))


def fits(document: Any, least: Any, most: Any) -> bool:
    if not isinstance(document, dict) or not isinstance(most, dict):
        return isinstance(document, dict) == isinstance(most, dict)
    given = set(document)
    return set(least) <= given <= set(most) and all(
        fits(document[name], least.get(name, {}), most[name]) for name in given
    )


@pytest.fixture(scope="module")
def stranger() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as made:
        yield made


@every_family
def test_no_credential(bench, stranger, prefix):
    """Two kinds: the gateway refuses; a service that has no key says itself what it wants."""
    for method, path, operation in FAMILIES[prefix]:
        answer = stranger.request(method, url_of(bench, path, operation))
        asked = f"{method} {path}"
        assert answer.status_code < 500, asked
        assert "retry-after" not in answer.headers, asked
        if not operation.keyless and operation.family.bare_status is not None:
            assert answer.status_code == operation.family.bare_status, asked
            check(answer, operation.family, asked)
        elif not operation.keyless:
            assert (answer.status_code, answer.reason_phrase) == (401, "PermissionDenied"), asked
            assert answer.json()["error"]["code"] == "401", asked
            assert answer.json()["error"]["message"].startswith("Access denied"), asked
            assert "apim-request-id" not in answer.headers, asked
        elif answer.status_code >= 400:
            check(answer, operation.family, asked)


@every_family
def test_another_path(bench, client, stranger, prefix):
    family = FAMILIES[prefix][0][2].family
    url = f"{bench.url}{prefix.rstrip('/').replace('{tenant}', 'a0a')}/no/such/place"
    if prefix != BLOBS:
        wanted = family.bare_status or 401
        assert stranger.get(url).status_code == wanted, "what is not there asks for a key"
    answer = client.get(url)
    check(answer, family, url)
    assert answer.status_code == 404


@every_family
def test_another_method(bench, client, prefix):
    for _, path, operation in FAMILIES[prefix]:
        methods, _ = operations.find(path)
        others = [method for method in METHODS if method not in methods]
        for method in others[:2]:
            answer = client.request(method, url_of(bench, path, operation))
            assert answer.status_code == 405, f"{method} {path}"
            check(answer, operation.family, f"{method} {path}")


def with_body(prefix: str):
    """The operations of a family that take a body, with the first media type each takes."""
    for method, path, operation in FAMILIES[prefix]:
        if method in ("POST", "PUT", "PATCH"):
            yield method, path, operation, (operation.media_types or (JSON,))[0]


@every_family
def test_another_media_type(bench, client, prefix):
    for method, path, operation, _ in with_body(prefix):
        if not operation.media_types:
            continue
        for media_type in ("application/x-unknown", "", "json"):
            headers = {"Content-Type": media_type}
            url = url_of(bench, path, operation)
            answer = client.request(method, url, content=b"{}", headers=headers)
            assert answer.status_code == 415, f"{method} {path}"
            check(answer, operation.family, f"{method} {path}")


class Heavy(bytes):
    """A body that says it is larger than it is."""

    def __len__(self) -> int:
        return 2**62


@every_family
def test_a_body_that_is_too_large(bench, client, prefix):
    """On the wire once for each family; for the others, what the gateway asks before it is read."""
    sent = False
    for method, path, operation, media_type in with_body(prefix):
        headers = {"Content-Type": media_type}
        request = Request(method, path, "", {"content-type": media_type}, Heavy())
        with pytest.raises(ServiceError) as caught:
            operation.check_body(request)
        assert caught.value.status in (400, 413), path
        if sent or operation.max_body > WIRE:
            continue
        sent = True
        url, content = url_of(bench, path, operation), b" " * (operation.max_body + 1)
        answer = client.request(method, url, content=content, headers=headers)
        assert answer.status_code == caught.value.status, path
        check(answer, operation.family, f"{method} {path}")


@every_family
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_says_nothing(bench, client, prefix, body):
    """What has no use for a body may well not read it."""
    for method, path, operation, media_type in with_body(prefix):
        url = url_of(bench, path, operation)
        headers = {"Content-Type": media_type, **credentials(prefix)}
        answer = client.request(method, url, content=body, headers=headers)
        asked = f"{method} {path} {body[:20]!r}"
        # Of pages there is one for people, which is closed to others.
        closed = (401, 415) if prefix == PAGES else (401, 403, 415)
        assert answer.status_code not in closed, f"{asked} stopped at the door"
        assert answer.status_code not in DEFECTS, f"{asked}: {answer.text[:200]}"
        assert "retry-after" not in answer.headers, asked
        if answer.status_code >= 400:
            check(answer, operation.family, asked)
        assert answer.status_code >= 400 or media_type != JSON or not operation.media_types, asked


@every_family
def test_a_query_that_says_nothing(bench, client, prefix):
    for method, path, operation in FAMILIES[prefix]:
        url = url_of(bench, path, operation)
        media_type = (operation.media_types or (JSON,))[0]
        headers = {**KEY, "Content-Type": media_type, **credentials(prefix)}
        for query in ("%", "=&=&;", "a=%ff%fe", "api-version=%00", "x=" + "x" * 4_000):
            body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
            answer = client.request(method, f"{url}&{query}", content=body, headers=headers)
            asked = f"{method} {path}?{query[:20]}"
            assert answer.status_code not in (401, 415), f"{asked} stopped at the door"
            assert answer.status_code not in DEFECTS, asked
            if answer.status_code >= 400:
                check(answer, operation.family, asked)


@every_family
def test_a_refusal_that_is_written_twice_is_the_same(prefix):
    _, _, operation = FAMILIES[prefix][0]
    error = ServiceError(415, "UnsupportedMediaType", "Unsupported media type")
    operation.family.error(error)
    before = list(error.headers)
    operation.family.error(error)
    assert error.headers == before

"""A blob is written whole or in blocks, read whole or in ranges, as conditional headers allow."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cogml_mocks.operations import Answer
from cogml_mocks.storage import listings
from cogml_mocks.storage.listings import http_date
from cogml_mocks.storage.places import LEASE, Request, handles, metadata, shown, written
from cogml_mocks.storage.refusals import (
    Refusal,
    invalid_header,
    invalid_query,
    not_modelled,
    too_large,
)
from cogml_mocks.storage.store import Blob

_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")
MAX_BLOCK_LIST = 8 * 2**20  # bytes: what 50,000 blocks with the longest ids take, and some room
# Spaces are never given back: a body of nothing else would take the square of its length.
_BLOCK_LIST = re.compile(r"(?:<\?xml[^>]*\?>\s*+)?<BlockList\s*+(?:/>|>(.*)</BlockList>)", re.S)
_BLOCK = re.compile(r"\s*<(Latest|Committed|Uncommitted)>([^<>]*)</\1>\s*")
_PROPERTIES = {
    "Content-Type": "x-ms-blob-content-type",
    "Content-Encoding": "x-ms-blob-content-encoding",
    "Content-Language": "x-ms-blob-content-language",
    "Content-MD5": "x-ms-blob-content-md5",
    "Cache-Control": "x-ms-blob-cache-control",
    "Content-Disposition": "x-ms-blob-content-disposition",
}
_ENCRYPTED = ("x-ms-request-server-encrypted", "true")


@handles("blob", "PUT", "", "wc")
def put_blob(request: Request) -> Answer:
    """Write a blob at once."""
    for name in ("x-ms-copy-source", "x-ms-structured-body"):
        if name in request.headers:
            raise not_modelled(name)
    kind = request.headers.get("x-ms-blob-type")
    if kind is None:
        message = "An HTTP header that's mandatory for this request is not specified."
        raise Refusal(400, "MissingRequiredHeader", message, (("HeaderName", "x-ms-blob-type"),))
    if kind not in ("BlockBlob", "AppendBlob", "PageBlob"):
        raise invalid_header("x-ms-blob-type", kind)
    if kind != "BlockBlob":
        raise not_modelled(kind)
    _check_sum(request)
    _check_conditions(request, _current(request))
    properties = _properties(request, request.headers.get("content-type", ""))
    place = request.container, request.blob
    blob = request.account.put(*place, request.body, properties, metadata(request))
    return Answer(status=201, headers=[*written(blob), ("Content-MD5", blob.md5), _ENCRYPTED])


@handles("blob", "GET HEAD", "", "r")
def get_blob(request: Request) -> Answer:
    """Content of a blob, or a range of it, with its properties."""
    for name in ("snapshot", "versionid"):
        if name in request.call.query:
            raise not_modelled(name)
    blob = request.account.blob(request.container, request.blob)
    _check_conditions(request, blob)
    headers = [
        *written(blob), *shown(blob.metadata), *LEASE,
        ("Accept-Ranges", "bytes"), ("x-ms-blob-type", "BlockBlob"),
        ("x-ms-creation-time", http_date(blob.created)), ("x-ms-server-encrypted", "true"),
    ]  # fmt: skip
    properties = dict(blob.properties)
    media_type = properties.pop("Content-Type", "application/octet-stream")
    md5 = properties.pop("Content-MD5", blob.md5)
    headers += list(properties.items())
    asked = request.headers.get("x-ms-range") or request.headers.get("range") or ""
    match = _RANGE.fullmatch(asked) if request.call.request.method == "GET" else None
    if match is None:
        headers += [("Content-MD5", md5), ("x-ms-access-tier", "Hot")]
        return Answer(content=blob.content, media_type=media_type, headers=headers)
    size = len(blob.content)
    start, end = int(match[1]), min(int(match[2] or size), size - 1)
    if start >= size or end < start:
        message = "The range specified is invalid for the current size of the resource."
        beyond = ("Content-Range", f"bytes */{size}")
        raise Refusal(416, "InvalidRange", message, headers=[beyond])
    content = blob.content[start : end + 1]
    headers += [("Content-Range", f"bytes {start}-{end}/{size}"), ("x-ms-blob-content-md5", md5)]
    if request.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
        headers.append(("Content-MD5", _md5(content)))
    return Answer(content=content, media_type=media_type, status=206, headers=headers)


@handles("blob", "DELETE", "", "d")
def delete_blob(request: Request) -> Answer:
    """Forget a blob."""
    blob = request.account.blob(request.container, request.blob)
    _check_conditions(request, blob)
    request.account.discard(request.container, request.blob)
    return Answer(status=202, headers=[("x-ms-delete-type-permanent", "true")])


@handles("blob", "PUT", "block", "wc")
def put_block(request: Request) -> Answer:
    """Keep a block until a list of blocks commits it."""
    block = request.call.query.get("blockid", "")
    try:
        is_valid = 0 < len(base64.b64decode(block, validate=True)) <= 64
    except ValueError:
        is_valid = False
    if not is_valid:
        raise invalid_query("blockid", block)
    if not request.body:
        raise invalid_header("Content-Length", "0")
    _check_sum(request)
    request.account.stage(request.container, request.blob, block, request.body)
    headers = [("Content-MD5", _md5(request.body)), _ENCRYPTED]
    return Answer(status=201, headers=headers)


@handles("blob", "PUT", "blocklist", "wc")
def put_block_list(request: Request) -> Answer:
    """Write a blob out of blocks."""
    if len(request.body) > MAX_BLOCK_LIST:
        raise too_large(f"a list of blocks has at most {MAX_BLOCK_LIST} bytes")
    _check_sum(request)
    listed = _block_list(request.body)
    _check_conditions(request, _current(request))
    properties, place = _properties(request), (request.container, request.blob)
    blob = request.account.commit(*place, listed, properties, metadata(request))
    return Answer(status=201, headers=[*written(blob), _ENCRYPTED])


@handles("blob", "GET", "blocklist", "r")
def get_block_list(request: Request) -> Answer:
    """Blocks of a blob, those it has and those that wait."""
    kind = request.call.query.get("blocklisttype", "committed")
    if kind not in ("committed", "uncommitted", "all"):
        raise invalid_query("blocklisttype", kind)
    blob = _current(request)
    waiting = request.account.container(request.container).uncommitted.get(request.blob, {})
    if blob is None and not waiting:
        request.account.blob(request.container, request.blob)
    found = listings.blocks(blob, waiting, kind)
    if blob is not None:
        found.headers += [*written(blob), ("x-ms-blob-content-length", str(len(blob.content)))]
    return found


@handles("blob", "PUT", "metadata", "w")
def set_metadata(request: Request) -> Answer:
    """Replace a blob's metadata."""
    blob = request.account.blob(request.container, request.blob)
    _check_conditions(request, blob)
    place = request.container, request.blob
    return Answer(headers=written(request.account.update(*place, metadata=metadata(request))))


@handles("blob", "GET HEAD", "metadata", "r")
def get_metadata(request: Request) -> Answer:
    """A blob's metadata, as headers."""
    blob = request.account.blob(request.container, request.blob)
    return Answer(headers=[*written(blob), *shown(blob.metadata)])


@handles("blob", "PUT", "properties", "w")
def set_properties(request: Request) -> Answer:
    """Replace the headers a blob comes with."""
    blob = request.account.blob(request.container, request.blob)
    _check_conditions(request, blob)
    place = request.container, request.blob
    changed = request.account.update(*place, properties=_properties(request))
    return Answer(headers=written(changed))


def _current(request: Request) -> Blob | None:
    return request.account.container(request.container).blobs.get(request.blob)


def _check_sum(request: Request) -> None:
    given = request.headers.get("content-md5")
    if given is not None and given != _md5(request.body):
        message = "The MD5 value specified in the request did not match with the MD5 value " \
                  "calculated by the server."  # fmt: skip
        raise Refusal(400, "Md5Mismatch", message)


def _check_conditions(request: Request, blob: Blob | None) -> None:
    headers = request.headers
    is_reading = request.call.request.method in ("GET", "HEAD")
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match == "*" and blob is not None and not is_reading:
        raise Refusal(409, "BlobAlreadyExists", "The specified blob already exists.")
    if match is not None and (blob is None or match not in ("*", blob.etag)):
        raise _condition_not_met(412)
    since, until = (_date(headers, f"if-{word}-since") for word in ("modified", "unmodified"))
    if blob is None:
        return
    if none_match == blob.etag or (since is not None and blob.modified <= since):
        raise _condition_not_met(304 if is_reading else 412)
    if until is not None and blob.modified > until:
        raise _condition_not_met(412)


def _condition_not_met(status: int) -> Refusal:
    message = "The condition specified using HTTP conditional header(s) is not met."
    return Refusal(status, "ConditionNotMet", message)


def _date(headers: dict[str, str], name: str) -> datetime | None:
    if name not in headers:
        return None
    try:
        found = parsedate_to_datetime(headers[name])
        # The zone of a date in -0000 is not known.
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        raise invalid_header(name, headers[name]) from None


def _properties(request: Request, media_type: str = "") -> dict[str, str]:
    media_type = media_type or "application/octet-stream"
    given = {
        name: request.headers[header]
        for name, header in _PROPERTIES.items()
        if request.headers.get(header)
    }
    return {"Content-Type": media_type} | given


def _block_list(body: bytes) -> list[tuple[str, str]]:
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    match = _BLOCK_LIST.fullmatch(text)
    listed, position = [], 0
    inside = "" if match is None else match[1] or ""
    while found := _BLOCK.match(inside, position):
        listed.append((found[1], found[2].strip()))
        position = found.end()
    if match is None or inside[position:].strip():
        message = "XML specified is not syntactically valid."
        raise Refusal(400, "InvalidXmlDocument", message)
    return listed


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()

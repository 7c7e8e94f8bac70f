"""A listing is XML, sorted by name, a page at a time; the marker says where the next one begins."""

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cogml_mocks.operations import Answer
from cogml_mocks.storage.refusals import XML, Refusal, invalid_query
from cogml_mocks.storage.store import Blob, Container

MAX_RESULTS = 5_000
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def containers(address: str, found: Mapping[str, Container], query: Mapping[str, str]) -> Answer:
    """List containers by name: a page of them, and where the next begins."""
    prefix = query.get("prefix", "")
    names = [name for name in sorted(found) if name.startswith(prefix)]
    page, following = _page(names, query)
    shown = "".join(_container(name, found[name], query) for name in page)
    given = _element("Prefix", prefix) if prefix else ""
    return _results(address, "", f"{given}<Containers>{shown}</Containers>", following)


def blobs(address: str, name: str, found: Mapping[str, Blob], query: Mapping[str, str]) -> Answer:
    """List blobs by name; with a delimiter, what is beyond it is one prefix."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    names: dict[str, bool] = {}  # and whether it is a prefix
    for blob in sorted(found):
        if blob.startswith(prefix):
            head, mark, _ = blob[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            names[f"{prefix}{head}{mark}" if mark else blob] = bool(mark)
    page, following = _page(list(names), query)
    shown = "".join(
        f"<BlobPrefix>{_name(entry)}</BlobPrefix>"
        if names[entry]
        else _blob(entry, found[entry], query)
        for entry in page
    )
    given = _element("Prefix", prefix) if prefix else ""
    given += _element("Delimiter", delimiter) if delimiter else ""
    container = f" ContainerName={quoteattr(name)}"
    return _results(address, container, f"{given}<Blobs>{shown}</Blobs>", following)


def blocks(blob: Blob | None, uncommitted: Mapping[str, bytes], kind: str) -> Answer:
    """List the blocks of a blob: committed, uncommitted or all."""
    listed = ""
    if kind in ("committed", "all"):
        listed += _blocks("CommittedBlocks", blob.blocks if blob else ())
    if kind in ("uncommitted", "all"):
        sizes = ((block, len(content)) for block, content in uncommitted.items())
        listed += _blocks("UncommittedBlocks", sizes)
    return _document(f"<BlockList>{listed}</BlockList>")


def http_date(time: datetime) -> str:
    """Write a time as HTTP does."""
    return format_datetime(time, usegmt=True)


def _page(names: list[str], query: Mapping[str, str]) -> tuple[list[str], str]:
    text = query.get("maxresults", str(MAX_RESULTS))
    size = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if size < 1:
        message = "One of the query parameters specified in the request URI is outside the " \
                  "permissible range."  # fmt: skip
        details = (("QueryParameterName", "maxresults"),)
        raise Refusal(400, "OutOfRangeQueryParameterValue", message, details)
    if marker := query.get("marker", ""):
        try:
            start = base64.b64decode(marker, altchars=b"-_", validate=True).decode("utf-8")
        except ValueError:
            raise invalid_query("marker", marker) from None
        names = [name for name in names if name >= start]
    size = min(size, MAX_RESULTS)
    following = names[size] if size < len(names) else ""
    return names[:size], base64.urlsafe_b64encode(following.encode("utf-8", "replace")).decode()


def _container(name: str, container: Container, query: Mapping[str, str]) -> str:
    properties = (
        _element("Last-Modified", http_date(container.modified))
        + _element("Etag", container.etag)
        + "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        + (_element("PublicAccess", container.public) if container.public else "")
        + "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>"
    )
    metadata = _metadata(container.metadata, query)
    return f"<Container>{_name(name)}<Properties>{properties}</Properties>{metadata}</Container>"


def _blob(name: str, blob: Blob, query: Mapping[str, str]) -> str:
    given = {"Content-MD5": blob.md5} | dict(blob.properties)
    properties = (
        _element("Creation-Time", http_date(blob.created))
        + _element("Last-Modified", http_date(blob.modified))
        + _element("Etag", blob.etag.strip('"'))
        + _element("Content-Length", str(len(blob.content)))
        + "".join(_element(header, value) for header, value in given.items())
        + "<BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
        + "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>"
        + "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted>"
    )
    metadata = _metadata(blob.metadata, query)
    return (
        f"<Blob>{_name(name)}<Properties>{properties}</Properties>{metadata}<OrMetadata /></Blob>"
    )


def _metadata(metadata: Mapping[str, str], query: Mapping[str, str]) -> str:
    if "metadata" not in query.get("include", "").split(","):
        return ""
    return f"<Metadata>{''.join(_element(n, v) for n, v in metadata.items())}</Metadata>"


def _name(name: str) -> str:
    if _NOT_XML.search(name):
        return f'<Name Encoded="true">{quote(name, safe="/")}</Name>'
    return _element("Name", name)


def _blocks(kind: str, sizes: Iterable[tuple[str, int]]) -> str:
    shown = "".join(
        f"<Block>{_element('Name', block)}{_element('Size', str(size))}</Block>"
        for block, size in sizes
    )
    return f"<{kind}>{shown}</{kind}>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub('?', text))}</{name}>"


def _results(address: str, attributes: str, inside: str, following: str) -> Answer:
    endpoint = f"ServiceEndpoint={quoteattr(address)}"
    marker = _element("NextMarker", following) if following else "<NextMarker />"
    return _document(
        f"<EnumerationResults {endpoint}{attributes}>{inside}{marker}</EnumerationResults>"
    )


def _document(inside: str) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?>{inside}'
    return Answer(content=body.encode("utf-8", "replace"), media_type=XML)

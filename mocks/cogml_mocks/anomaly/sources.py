"""A data source is an address in a storage account: a file, a zip of files, or a folder.

The account of the suite's own base path is read directly, as the service reads with its managed
identity; any other address is fetched as it is given, signature included, from where pictures may
be fetched from. Whatever goes wrong is said by name, without the signature.

Not modelled: data over 64 MB (the service takes 2 GB), a zip of more than `MAX_ENTRIES` files,
files of a zip that are neither stored nor deflated: what inflates the others knows no limit.
"""

import io
import re
import time
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from cogml_mocks import fetch
from cogml_mocks.anomaly.options import MULTI_TABLE, ONE_TABLE
from cogml_mocks.operations import Call
from cogml_mocks.storage import places

MAX_VARIABLES = 300
MAX_BYTES = 64 * 2**20
MAX_ENTRIES = 10_000  # of a zip's directory, variables or not
FETCH_SECONDS = 30.0
MAX_PAGES = 10
_ENTRY = b"PK\x01\x02"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"<Blob>\s*<Name>([^<]*)</Name>")
_MARKER = re.compile(r"<NextMarker>([^<]+)</NextMarker>")


@dataclass(slots=True)
class DataError(Exception):
    """What is wrong with data, in the service's codes; it fails a job, not a request."""

    code: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return it as a job's errors show it."""
        return {"code": self.code, "message": self.message}


def files(call: Call, address: str, schema: str) -> dict[str, bytes]:
    """Return the CSV files of a data source by name, one for the schema of one table."""
    own = _own_place(call, address)
    if own is not None:
        found = _stored(call, *own, schema)
    elif schema == MULTI_TABLE and not _is_zip(address):
        found = _folder(call, address)
    else:
        found = {_file_name(address): _fetched(call, address, MAX_BYTES)}
    if _is_zip(address):
        found = _unzipped(*next(iter(found.items())))
    if not found or (schema == ONE_TABLE and len(found) != 1):
        message = "No variables found. Check that your files are organized as per instruction."
        raise DataError("NoVariablesFound", message)
    check_variables(len(found))
    return found


def check_variables(count: int) -> None:
    """Refuse more variables than a model has."""
    if count > MAX_VARIABLES:
        message = "Unable to process the dataset. Number of variables exceed the limit " \
                  f"({MAX_VARIABLES})."  # fmt: skip
        raise DataError("DataExceedsLimit", message)


def _own_place(call: Call, address: str) -> tuple[str, str] | None:
    """Return container and name where an address is in this base path's account."""
    asked, base = urlsplit(address), urlsplit(call.base_url)
    hosts = {asked.hostname, base.hostname}
    start = f"{base.path}/{places.ACCOUNT}/"
    path = unquote(asked.path)
    if asked.port != base.port or not (len(hosts) == 1 or hosts <= set(_LOOPBACK)):
        return None
    if not path.startswith(unquote(start)):
        return None
    container, _, name = path[len(unquote(start)) :].partition("/")
    return container, name


def _stored(call: Call, container: str, name: str, schema: str) -> dict[str, bytes]:
    account = places.account(call)
    with account.lock:
        holder = account.containers.get(container)
        blobs: Mapping[str, bytes] = {}
        if holder is not None:
            blobs = {key: blob.content for key, blob in holder.blobs.items()}
    if schema == MULTI_TABLE and not _is_zip(name):
        if holder is None:
            raise _missing(container)
        return _limited({
            key.rpartition("/")[2]: blobs[key] for key in sorted(blobs) if _is_in(key, name)
        })  # fmt: skip
    if name not in blobs:
        raise _missing(f"{container}/{name}")
    return _limited({name.rpartition("/")[2]: blobs[name]})


def _folder(call: Call, address: str) -> dict[str, bytes]:
    parts = urlsplit(address)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    # By path, as an emulator's: the account comes before the container.
    known = segments.index(places.ACCOUNT) + 1 if places.ACCOUNT in segments else 0
    before, (container, *rest) = segments[:known], segments[known:] or [""]
    if not container:
        raise _missing(address)
    folder = "/".join(rest)
    root = "/" + "/".join(quote(segment, safe="") for segment in (*before, container))
    deadline = time.monotonic() + FETCH_SECONDS
    names: list[str] = []
    marker = ""
    for _ in range(MAX_PAGES):
        _check_time(address, deadline)
        query = f"restype=container&comp=list&prefix={quote(_prefix(folder), safe='')}"
        query += f"&marker={quote(marker, safe='')}" if marker else ""
        query += f"&{parts.query}" if parts.query else ""
        listing = urlunsplit((parts.scheme, parts.netloc, root, query, ""))
        text = _fetched(call, listing, MAX_BYTES).decode("utf-8", "replace")
        names += [name for name in map(unescape, _NAME.findall(text)) if _is_in(name, folder)]
        match = _MARKER.search(text)
        if match is None:
            break
        marker = unescape(match[1])
    check_variables(len(names))
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    for name in sorted(names):
        _check_time(address, deadline)
        path = f"{root}/{quote(name, safe='/')}"
        content = _fetched(
            call, urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), left
        )
        left -= len(content)
        found[name.rpartition("/")[2]] = content
    return found


def _check_time(address: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise DataError("StorageReadError", f"Reading {shown(address)} takes too long.")


def _fetched(call: Call, address: str, limit: int) -> bytes:
    try:
        return fetch.fetch(address, call.settings.image_hosts, limit)
    except fetch.TooLarge:
        raise _too_large(_file_name(address)) from None
    except fetch.Unreachable:
        raise _missing(shown(address)) from None


def _unzipped(name: str, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        if content.count(_ENTRY) > MAX_ENTRIES:
            raise ValueError("a directory that takes seconds to read")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if _is_in(entry.filename, "")]
            check_variables(len(entries))
            for entry in sorted(entries, key=lambda entry: entry.filename):
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError("a decompressor that knows no limit")
                with archive.open(entry) as file:
                    # What an entry says of its size may be wrong; a byte more tells.
                    inflated = file.read(left + 1)
                if len(inflated) > left:
                    raise _too_large(entry.filename)
                left -= len(inflated)
                if entry.filename in found:
                    message = "There are multiple variables with the same name."
                    raise DataError("DuplicatedVariables", message)
                found[entry.filename] = inflated
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
            ValueError):  # fmt: skip
        message = f"Errors occurred when reading {name}. It is not a zip file that can be read."
        raise DataError("ReadingFileError", message) from None
    return found


def _limited(found: dict[str, bytes]) -> dict[str, bytes]:
    left = MAX_BYTES
    for name, content in found.items():
        left -= len(content)
        if left < 0:
            raise _too_large(name)
    return found


def _is_in(name: str, folder: str) -> bool:
    """Decide whether a name is that of a CSV file right in a folder."""
    start = _prefix(folder)
    rest = name[len(start) :]
    return name.startswith(start) and "/" not in rest and rest.lower().endswith(".csv")


def _prefix(folder: str) -> str:
    folder = folder.strip("/")
    return f"{folder}/" if folder else ""


def _is_zip(address: str) -> bool:
    return urlsplit(address).path.lower().endswith(".zip")


def _file_name(address: str) -> str:
    return unquote(urlsplit(address).path).rpartition("/")[2]


def shown(address: str) -> str:
    """Return an address without what may be a signature."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _missing(name: str) -> DataError:
    return DataError("FileNotExist", f"File {name} does not exist.")


def _too_large(name: str) -> DataError:
    return DataError("FileSizeTooLarge", f"The size of file {name} is too large.")

"""Blob storage: what Azure's client needs to put files there, list them and read them.

An account, `devstoreaccount1` in each base path, is reached by path as an emulator's is; it keeps
256 MB. A request shows a signature, a shared access signature or a token (`credentials`).

Not modelled: append and page blobs, copies, leases, snapshots, versions, tags, tiers, batches,
policies and properties of the service (501, as XML); the case of metadata's names; CRC64 sums;
a container that is being deleted.
"""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from cogml_mocks.operations import Answer, Call, Family
from cogml_mocks.operations import operation as register
from cogml_mocks.storage import blobs, containers, credentials
from cogml_mocks.storage.places import ACCOUNT, HANDLERS, Request, account
from cogml_mocks.storage.refusals import XML, Refusal, error_body, not_modelled

__all__ = ["FAMILY", "answer", "blobs", "containers"]

PREFIX = f"/{ACCOUNT}"
MAX_BODY = 2**40  # what is too large the server says, or what the body is for
_VERSION = "2026-10-06"
_RESOURCE_TYPES = {"account": "s", "container": "c", "blob": "o"}
_METHODS = ("GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS")
_CONTAINER = re.compile(r"[a-z0-9](?:-?[a-z0-9])*|\$root|\$web|\$logs")
FAMILY = Family(PREFIX, error_body, is_private=True, error_type=XML)


def answer(call: Call) -> Answer:
    """Answer any request to the account, a refusal as XML."""
    try:
        found = _answer(call)
    except Refusal as refusal:
        found = refusal.answer()
    headers = call.request.headers
    found.headers += [
        ("x-ms-request-id", str(uuid4())),
        ("x-ms-version", headers.get("x-ms-version") or _VERSION),
    ]
    if sent := headers.get("x-ms-client-request-id"):
        found.headers.append(("x-ms-client-request-id", sent))
    return found


def _answer(call: Call) -> Answer:
    container = call.path.get("container", "")
    blob = call.path.get("blob", "")
    level = "blob" if blob else "container" if container else "account"
    comp = call.query.get("comp", "")
    method = call.request.method
    handler, needs = HANDLERS.get((level, method, comp), (None, ""))
    request = Request(call, account(call), container, blob)
    with request.account.lock:
        _check_credential(request, level, method, needs)
        _check_names(container, blob)
        if handler is None or (level == "container" and call.query.get("restype") != "container"):
            raise not_modelled(f"{method} of {level} with comp={comp}")
        return handler(request)


def _check_credential(request: Request, level: str, method: str, needs: str) -> None:
    call = request.call
    base = urlsplit(call.base_url).path.strip("/")
    accounts = [ACCOUNT, f"{base}/{ACCOUNT}".lstrip("/")]
    place = "/".join(("", request.container, request.blob)).rstrip("/")
    container = request.account.containers.get(request.container)
    if container is not None and request.blob in container.blobs:
        needs = needs.replace("c", "")  # to replace a blob takes more than to create one
    key, kind = call.settings.storage_key, _RESOURCE_TYPES[level]
    if credentials.admits(call.request, key, accounts, place, kind, needs):
        return
    public = "" if container is None else container.public
    if method in ("GET", "HEAD") and (public == "container" or (public and level == "blob")):
        return
    if method in ("GET", "HEAD") and request.container:
        raise Refusal(404, "ResourceNotFound", "The specified resource does not exist.")
    message = "Server failed to authenticate the request. Please refer to the information in the " \
              "www-authenticate header."  # fmt: skip
    challenge = ("WWW-Authenticate", f'Bearer resource_id="{credentials.RESOURCE}"')
    raise Refusal(401, "NoAuthenticationInformation", message, headers=[challenge])


def _check_names(container: str, blob: str) -> None:
    if container and not 3 <= len(container) <= 63:
        message = "The specified resource name length is not within the permissible limits."
        raise Refusal(400, "OutOfRangeInput", message)
    if container and not _CONTAINER.fullmatch(container):
        message = "The specified resource name contains invalid characters."
        raise Refusal(400, "InvalidResourceName", message)
    if len(blob) > 1_024:
        raise Refusal(400, "InvalidUri", "The requested URI does not represent any resource on "
                      "the server.")  # fmt: skip


def _register() -> None:
    checks: dict[str, Any] = {
        "media_types": (), "max_body": MAX_BODY, "slow": True, "keyless": True
    }  # fmt: skip
    container = f"{PREFIX}/{{container}}"
    for path in (PREFIX, f"{PREFIX}/", container, f"{container}/{{blob*}}"):
        for method in _METHODS:
            register(method, path, FAMILY, **checks)(answer)


_register()

"""A storage request shows a signature of the account's key, a shared access signature or a token.

With a key configured, signatures are checked as documented ("Authorize with Shared Key", "Create a
service SAS", "Create an account SAS" on learn.microsoft.com); without one any that is not empty
will do. Only a container made public is read without any.

Not modelled: keys of users' delegations, stored access policies, addresses and protocols that a
shared access signature is bound to, Shared Key Lite, the age of a signed request, the account
that a Shared Key names (any is taken).
"""

import base64
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from cogml_mocks.identity import entra
from cogml_mocks.messages import Request
from cogml_mocks.storage.refusals import Refusal

RESOURCE = "https://storage.azure.com"
_SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
_ACCOUNT_FIELDS = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
_BEFORE_RESOURCE = ("sp", "st", "se")
_AFTER_RESOURCE = (
    "si", "sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct",
)  # fmt: skip


def admits(
    request: Request, key: str, accounts: list[str], place: str, resource_type: str, needed: str
) -> bool:
    """Decide whether a request is allowed; False says that it shows no credential at all.

    ``accounts`` are the names that a client may take for the account's, ``place`` is
    ``/container/blob`` below it, ``resource_type`` is what an account's shared access signature
    calls such a place, ``needed`` any of the permissions that a shared access signature may have.
    A wrong credential is a refusal.
    """
    authorization = request.headers.get("authorization", "")
    query = _query(request.query_string)
    if authorization:
        scheme, _, value = authorization.partition(" ")
        if not _is_authorized(request, key, scheme.lower(), value.strip(), query):
            raise _wrong("The MAC signature is not the one that is computed here.")
        return True
    if "sig" in query:
        _check_shared_access(key, accounts, place, query, resource_type, needed)
        return True
    return False


def _is_authorized(
    request: Request, key: str, scheme: str, value: str, query: dict[str, str]
) -> bool:
    if scheme == "bearer":
        return entra.lets_in(value, RESOURCE, is_strict=bool(key))
    account, _, signature = value.rpartition(":")
    if scheme not in ("sharedkey", "sharedkeylite") or not account or not signature:
        return False
    if not key:
        return True
    if scheme != "sharedkey":
        return False
    # The path was decoded on its way here; clients encode it in one of these ways.
    paths = {quote(request.path, safe=safe) for safe in ("/~", "/~!$&'()*+,;=:@")}
    texts = [_string_to_sign(request, f"/{account}{path}", query) for path in paths]
    return any([_matches(key, text, signature) for text in texts])


def _string_to_sign(request: Request, resource: str, query: dict[str, str]) -> str:
    headers = dict(request.headers)
    if headers.get("content-length") == "0":
        del headers["content-length"]
    lines = [request.method, *(headers.get(name, "") for name in _SIGNED_HEADERS)]
    lines += [
        f"{name}:{value}" for name, value in sorted(headers.items()) if name.startswith("x-ms-")
    ]
    lines.append(resource)
    lines += [f"{name.lower()}:{value}" for name, value in sorted(query.items())]
    return "\n".join(lines)


def _check_shared_access(
    key: str,
    accounts: list[str],
    place: str,
    query: dict[str, str],
    resource_type: str,
    needed: str,
) -> None:
    if not query["sig"]:
        raise _wrong("Signature did not match.")
    if not key:
        return
    if "ss" in query:
        texts = ["\n".join([name, *_fields(query, _ACCOUNT_FIELDS), ""]) for name in accounts]
        if "b" not in query["ss"]:
            raise Refusal(403, "AuthorizationServiceMismatch", _MISMATCH.format("service"))
    else:
        container = "/" + place.strip("/").partition("/")[0]
        signed = place if query.get("sr") == "b" else container
        texts = [
            "\n".join(
                [
                    *_fields(query, _BEFORE_RESOURCE),
                    f"/blob/{name}{signed}",
                    *_fields(query, _AFTER_RESOURCE),
                ]
            )
            for name in accounts
        ]
    if not any([_matches(key, text, query["sig"]) for text in texts]):
        raise _wrong("Signature did not match.")
    start, end = _time(query.get("st")), _time(query.get("se"))
    now = datetime.now(UTC)
    if end is None or end <= now or (start is not None and start > now):
        raise _wrong("Signature not valid in the specified time frame.")
    if "ss" in query and resource_type not in query.get("srt", ""):
        message = _MISMATCH.format("resource type")
        raise Refusal(403, "AuthorizationResourceTypeMismatch", message)
    if not set(query.get("sp", "")) & set(needed):
        raise Refusal(403, "AuthorizationPermissionMismatch", _MISMATCH.format("permission"))


def _matches(key: str, text: str, signature: str) -> bool:
    digest = hmac.digest(base64.b64decode(key), text.encode("utf-8", "replace"), "sha256")
    return entra.same(signature, base64.b64encode(digest).decode())


def _query(text: str) -> dict[str, str]:
    """Return the parameters as they are signed: a plus is a plus."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def _fields(query: dict[str, str], names: tuple[str, ...]) -> list[str]:
    return [query.get(name, "") for name in names]


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wrong(detail: str) -> Refusal:
    message = "Server failed to authenticate the request. " + _AUTHORIZATION
    return Refusal(403, "AuthenticationFailed", message, (("AuthenticationErrorDetail", detail),))


_AUTHORIZATION = (
    "Make sure the value of Authorization header is formed correctly including the signature."
)
_MISMATCH = "This request is not authorized to perform this operation using this {}."

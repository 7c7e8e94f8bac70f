"""A vault is a map of names to versions; whoever shows a token for vaults reads and writes it.

Those the suite was started with are there in every base path. A name has no case; the newest
version answers for it. Deleting is for good, as in a vault without soft delete.

Not modelled: keys and certificates, updating what was set, backup and recovery, access policies
and roles, ``nbf`` and ``exp`` (they are kept, and refuse nothing), rates, api-versions (any will
do), tokens bound to a key.
"""

import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cogml_mocks.identity import entra
from cogml_mocks.operations import Answer, Call, Family, ServiceError, decode_json, gateway_error
from cogml_mocks.operations import operation as register

RESOURCE = "https://vault.azure.net"
MAX_VALUE = 25_600  # bytes
MAX_PAGE = 25
MAX_TAGS = 15
MAX_SECRETS = 1_000
MAX_VERSIONS = 100
_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_ATTRIBUTES = {"enabled": bool, "nbf": int, "exp": int}


def too_large(limit: int) -> ServiceError:
    """Refuse a body over so many bytes."""
    return ServiceError(413, "RequestEntityTooLarge", f"The request is over {limit} bytes.")


FAMILY = Family("/secrets", gateway_error, too_large=too_large)


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret."""

    name: str
    version: str
    value: str = field(repr=False)
    created: int
    attributes: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict, repr=False)

    def item(self, identifier: str) -> dict[str, Any]:
        """What a list shows of it."""
        attributes = {
            "enabled": True,
            **self.attributes,
            "created": self.created,
            "updated": self.created,
            "recoveryLevel": "Purgeable",
            "recoverableDays": 0,
        }
        return {"id": identifier, "attributes": attributes, **self.further}


class Vault:
    """The versions of each secret, oldest first, by lower-case name."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Secret]] = {}

    def put(
        self, name: str, value: str, attributes: dict[str, Any], further: dict[str, Any]
    ) -> Secret:
        """Add a version; the oldest of too many is forgotten, a secret too many is refused."""
        key = name.lower()
        if key not in self._versions and len(self._versions) >= MAX_SECRETS:
            raise ServiceError(403, "Forbidden", f"This vault holds {MAX_SECRETS} secrets.")
        versions = self._versions.setdefault(key, [])
        number = int(versions[-1].version[:8], 16) + 1 if versions else 0
        digest = hashlib.sha256(f"{key}/{number}".encode()).hexdigest()
        version = f"{number:08x}{digest[:24]}"
        added = Secret(name, version, value, int(time.time()), attributes, further)
        versions.append(added)
        del versions[:-MAX_VERSIONS]
        return added

    def versions(self, name: str) -> list[Secret]:
        """All versions of a secret, oldest first; none is a 404."""
        if name.lower() not in self._versions:
            raise _unknown(name)
        return self._versions[name.lower()]

    def newest(self) -> list[Secret]:
        """The newest version of each secret, by name."""
        return [versions[-1] for _, versions in sorted(self._versions.items())]

    def delete(self, name: str) -> Secret:
        """Forget a secret; return its newest version."""
        newest = self.versions(name)[-1]
        del self._versions[name.lower()]
        return newest


@register("GET", "/secrets", FAMILY, keyless=True)
def list_secrets(call: Call) -> Answer:
    """Names, without values."""
    vault = _enter(call)
    return _page(call, [s.item(_identifier(call, s.name)) for s in vault.newest()])


@register("GET", "/secrets/{name}/versions", FAMILY, keyless=True)
def list_versions(call: Call) -> Answer:
    """Versions of one secret, without values."""
    versions = _enter(call).versions(_name(call))
    return _page(call, [s.item(_identifier(call, s.name, s.version)) for s in versions])


@register("GET", "/secrets/{name}", FAMILY, keyless=True)
@register("GET", "/secrets/{name}/", FAMILY, keyless=True)
@register("GET", "/secrets/{name}/{version}", FAMILY, keyless=True)
@register("GET", "/secrets/{name}/{version}/", FAMILY, keyless=True)
def get_secret(call: Call) -> Answer:
    """One version of a secret, or its newest, with its value."""
    versions = _enter(call).versions(_name(call))
    version = call.path.get("version")
    if version is None:
        found = versions[-1]
    else:
        matches = [secret for secret in versions if secret.version == version.lower()]
        if not matches:
            raise _unknown(f"{call.path['name']}/{version}")
        found = matches[0]
    if not found.attributes.get("enabled", True):
        message = "Operation get is not allowed on a disabled secret."
        raise ServiceError(403, "Forbidden", message, ("SecretDisabled", message))
    return _bundle(call, found)


@register("PUT", "/secrets/{name}", FAMILY, media_types=(), keyless=True)
@register("PUT", "/secrets/{name}/", FAMILY, media_types=(), keyless=True)
def set_secret(call: Call) -> Answer:
    """Add a version of a secret."""
    vault = _enter(call)
    name = _name(call)
    return _bundle(call, vault.put(name, *_given(call.request.body)))


@register("DELETE", "/secrets/{name}", FAMILY, keyless=True)
@register("DELETE", "/secrets/{name}/", FAMILY, keyless=True)
def delete_secret(call: Call) -> Answer:
    """Delete all versions of a secret."""
    deleted = _enter(call).delete(_name(call))
    return Answer(deleted.item(_identifier(call, deleted.name, deleted.version)))


def _enter(call: Call) -> Vault:
    _check_token(call)
    if not call.query.get("api-version"):
        raise _bad("api-version must be specified")
    vault: Vault | None = call.state.get("keyvault")
    if vault is None:
        vault = call.state["keyvault"] = Vault()
        for name, value in call.settings.secrets.items():
            vault.put(name, value, {}, {})
    return vault


def _check_token(call: Call) -> None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized(call, "AKV10000: Request is missing a Bearer or PoP token.")
    claims = entra.claims(token.strip())
    if claims is None:
        message = "AKV10046: Unable to resolve the key used for signature validation."
        raise _unauthorized(call, message)
    if claims["exp"] <= time.time():
        raise _unauthorized(call, "[TokenExpired] Error validating token: it has expired.")
    if claims["aud"] != RESOURCE:
        message = f"AKV10022: Invalid audience. Expected {RESOURCE}, found: {claims['aud']}."
        raise _unauthorized(call, message)


def _unauthorized(call: Call, message: str) -> ServiceError:
    authority = f"{_origin(call)}/{call.settings.tenant}"
    challenge = f'Bearer authorization="{authority}", resource="{RESOURCE}"'
    return ServiceError(401, "Unauthorized", message, headers=[("WWW-Authenticate", challenge)])


def _origin(call: Call) -> str:
    parts = urlsplit(call.base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _identifier(call: Call, *names: str) -> str:
    # Azure's clients take no identifier with a segment before these, so a base path has none.
    return "/".join((_origin(call), "secrets", *names))


def _name(call: Call) -> str:
    name = call.path["name"]
    if not _NAME.fullmatch(name):
        raise _bad(f"The request URI contains an invalid name: {name}")
    return name


def _given(body: bytes) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return what a body sets: value, attributes, content type and tags."""
    try:
        given = decode_json(body)
    except ValueError:
        raise _bad("The request body is not JSON.") from None
    if not isinstance(given, dict) or not isinstance(given.get("value"), str):
        raise _bad("The property value is required, as a string.")
    value = given["value"]
    if len(value.encode()) > MAX_VALUE:
        raise _bad(f"The secret value is over {MAX_VALUE} bytes.")
    attributes = {} if given.get("attributes") is None else given["attributes"]
    if not isinstance(attributes, dict):
        raise _bad("The property attributes is an object.")
    kept = {name: attributes[name] for name in _ATTRIBUTES if attributes.get(name) is not None}
    for name, attribute in kept.items():
        if type(attribute) is not _ATTRIBUTES[name]:
            raise _bad(f"The attribute {name} has the wrong type.")
    return value, kept, _further(given)


def _further(given: dict[str, Any]) -> dict[str, Any]:
    further = {name: given[name] for name in ("contentType", "tags") if given.get(name) is not None}
    if not isinstance(further.get("contentType", ""), str):
        raise _bad("The property contentType is a string.")
    tags = further.get("tags", {})
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        raise _bad("The property tags is an object of strings.")
    if len(tags) > MAX_TAGS:
        raise _bad(f"There are at most {MAX_TAGS} tags.")
    return further


def _bundle(call: Call, secret: Secret) -> Answer:
    identifier = _identifier(call, secret.name, secret.version)
    return Answer({"value": secret.value, **secret.item(identifier)})


def _page(call: Call, items: list[dict[str, Any]]) -> Answer:
    size = _number(call, "maxresults", MAX_PAGE, at_least=1, at_most=MAX_PAGE)
    start = _number(call, "$skiptoken", 0, at_least=0, at_most=len(items))
    following = None
    if start + size < len(items):
        query = {
            "api-version": call.query["api-version"],
            "$skiptoken": start + size,
            "maxresults": size,
        }
        path = "/secrets"
        if "name" in call.path:
            path += f"/{call.path['name']}/versions"
        following = f"{call.base_url}{path}?{urlencode(query, safe='$')}"
    return Answer({"value": items[start : start + size], "nextLink": following})


def _number(call: Call, name: str, default: int, at_least: int, at_most: int) -> int:
    text = call.query.get(name, str(default))
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
    if not at_least <= number <= at_most:
        raise _bad(f"{name} must be from {at_least} to {at_most}.")
    return number


def _unknown(name: str) -> ServiceError:
    message = (
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command."
    )
    return ServiceError(404, "SecretNotFound", message)


def _bad(message: str) -> ServiceError:
    return ServiceError(400, "BadParameter", message)

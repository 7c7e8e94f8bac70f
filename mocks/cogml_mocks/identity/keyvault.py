"""A key vault's secrets are read and written by whoever shows a token for vaults.

Those the suite was started with are there in every base path. What is deleted stays recoverable,
as in every vault of today. Answers and refusals are those of API version 7.5 and of the service's
own recorded ones.

Not modelled: keys and certificates, access policies and roles, ``nbf`` and ``exp`` (they are kept,
and refuse nothing: so does the service), rates, api-versions (any will do), tokens bound to a key.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from cogml_mocks.identity import entra
from cogml_mocks.identity.secret_parameters import check_name, settings_in, value_in
from cogml_mocks.identity.vault import Deleted, Secret, Vault, seal, unseal
from cogml_mocks.identity.vault_pages import page
from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register

RESOURCE = "https://vault.azure.net"
MAX_BODY = 1_048_576
MAX_BACKUP = 32 * MAX_BODY  # holds all versions, even if each letter of a value is escaped


def vault_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as Key Vault writes it; the inner error is a code alone."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.inner is not None:
        body["innererror"] = {"code": error.inner[0]}
    return {"error": body}


def too_large(limit: int) -> ServiceError:
    """Refuse a body over so many bytes."""
    return ServiceError(413, "RequestEntityTooLarge", f"The request is over {limit} bytes.")


FAMILY = Family("/secrets", vault_error, too_large=too_large, is_private=True)
DELETED = Family("/deletedsecrets", vault_error, too_large=too_large, is_private=True)


def operation(
    method: str, path: str, family: Family, max_body: int = MAX_BODY
) -> Callable[[Callable[[Call, Vault], Answer]], Callable[[Call, Vault], Answer]]:
    """Register what answers, with a slash at the end and without, whoever shows a token."""

    def decorate(handler: Callable[[Call, Vault], Answer]) -> Callable[[Call, Vault], Answer]:
        def answer(call: Call) -> Answer:
            headers = [("Cache-Control", "no-cache"), ("x-ms-request-id", str(uuid4()))]
            try:
                vault = _enter(call)
                with vault.lock:
                    answered = handler(call, vault)
            except ServiceError as refusal:
                refusal.headers += headers
                raise
            answered.headers += headers
            return answered

        # The first request of a client has neither token nor body, and asks for the challenge.
        checks: dict[str, Any] = {"media_types": (), "keyless": True, "slow": True}
        for given in (path, f"{path}/"):
            register(method, given, family, **checks, max_body=max_body)(answer)
        return handler

    return decorate


@operation("GET", "/secrets", FAMILY)
def list_secrets(call: Call, vault: Vault) -> Answer:
    """Names, without values."""
    return page(
        call, "/secrets", {s.name: s.item(_identifier(call, s.name)) for s in vault.newest()}
    )


@operation("GET", "/secrets/{name}/versions", FAMILY)
def list_versions(call: Call, vault: Vault) -> Answer:
    """Versions of one secret, without values."""
    name = _name(call)
    items = {f"{s.name}/{s.version}": _item(call, s) for s in vault.versions(name)}
    return page(call, f"/secrets/{name}/versions", items)


@operation("GET", "/secrets/{name}", FAMILY)
@operation("GET", "/secrets/{name}/{version}", FAMILY)
def get_secret(call: Call, vault: Vault) -> Answer:
    """One version of a secret, or its newest, with its value."""
    found = vault.get(_name(call), call.path.get("version", ""))
    if not found.enabled:
        message = "Operation get is not allowed on a disabled secret."
        raise ServiceError(403, "Forbidden", message, ("SecretDisabled", ""))
    return _bundle(call, found)


@operation("PUT", "/secrets/{name}", FAMILY)
def set_secret(call: Call, vault: Vault) -> Answer:
    """Add a version of a secret."""
    name = _name(call)
    value = value_in(call.request.body)
    return _bundle(call, vault.put(name, value, *settings_in(call.request.body)))


@operation("PATCH", "/secrets/{name}", FAMILY)
@operation("PATCH", "/secrets/{name}/{version}", FAMILY)
def update_secret(call: Call, vault: Vault) -> Answer:
    """Change a version of a secret, or its newest, but not its value."""
    found = vault.get(_name(call), call.path.get("version", ""))
    return Answer(_item(call, vault.update(found, *settings_in(call.request.body))))


@operation("DELETE", "/secrets/{name}", FAMILY)
def delete_secret(call: Call, vault: Vault) -> Answer:
    """Put all versions of a secret away."""
    deleted = vault.delete(_name(call))
    return Answer(_deleted_item(call, deleted, _item(call, deleted.newest)))


@operation("POST", "/secrets/{name}/backup", FAMILY)
def backup_secret(call: Call, vault: Vault) -> Answer:
    """All versions of a secret, sealed."""
    return Answer({"value": seal(vault.versions(_name(call)))})


@operation("POST", "/secrets/{name}", FAMILY, max_body=MAX_BACKUP)
def restore_secret(call: Call, vault: Vault) -> Answer:
    """All versions of a secret, from a backup: at the name ``restore``, which is no secret's."""
    if call.path["name"].lower() != "restore":
        raise ServiceError(405, "405", "Method not allowed")
    try:
        versions = unseal(value_in(call.request.body, MAX_BACKUP))
    except ValueError:
        message = "The value is not the backup of a secret, or was changed."
        raise ServiceError(400, "BadParameter", message) from None
    newest = versions[-1]
    restored = vault.restore(versions, _identifier(call, newest.name, newest.version))
    return Answer(_item(call, restored))


@operation("GET", "/deletedsecrets", DELETED)
def list_deleted(call: Call, vault: Vault) -> Answer:
    """What can be recovered, without values."""
    items = {
        deleted.newest.name: _deleted_item(
            call, deleted, deleted.newest.item(_identifier(call, deleted.newest.name))
        )
        for deleted in vault.deleted()
    }
    return page(call, "/deletedsecrets", items)


@operation("GET", "/deletedsecrets/{name}", DELETED)
def get_deleted(call: Call, vault: Vault) -> Answer:
    """One deleted secret, without its value."""
    deleted = vault.get_deleted(_name(call))
    return Answer(_deleted_item(call, deleted, _item(call, deleted.newest)))


@operation("DELETE", "/deletedsecrets/{name}", DELETED)
def purge_deleted(call: Call, vault: Vault) -> Answer:
    """Forget a deleted secret for good."""
    vault.purge(_name(call))
    return Answer(status=204)


@operation("POST", "/deletedsecrets/{name}/recover", DELETED)
def recover_deleted(call: Call, vault: Vault) -> Answer:
    """Bring a deleted secret back."""
    return Answer(_item(call, vault.recover(_name(call))))


def _enter(call: Call) -> Vault:
    _check_token(call)
    if not call.query.get("api-version"):
        raise ServiceError(400, "BadParameter", "api-version must be specified")
    vault: Vault | None = call.state.get("keyvault")
    if vault is None:
        vault = Vault()
        for name, value in call.settings.secrets.items():
            vault.put(name, value, {}, {})
        vault = call.state.setdefault("keyvault", vault)
    return vault


def _check_token(call: Call) -> None:
    token = call.request.bearer
    if not token:
        raise _unauthorized(call, "AKV10000: Request is missing a Bearer or PoP token.")
    claims = entra.claims(token)
    if claims is None:
        message = "AKV10046: Unable to resolve the key used for signature validation."
        raise _unauthorized(call, message)
    if claims["exp"] <= time.time():
        raise _unauthorized(call, "[TokenExpired] Error validating token: 'S2S12086'.")
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
    return check_name(call.path["name"])


def _item(call: Call, secret: Secret) -> dict[str, Any]:
    return secret.item(_identifier(call, secret.name, secret.version))


def _bundle(call: Call, secret: Secret) -> Answer:
    return Answer({"value": secret.value, **_item(call, secret)})


def _deleted_item(call: Call, deleted: Deleted, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "recoveryId": f"{_origin(call)}/deletedsecrets/{deleted.newest.name}",
        "deletedDate": deleted.date,
        "scheduledPurgeDate": deleted.purge_date,
        **item,
    }

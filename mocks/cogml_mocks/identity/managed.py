"""What runs in Azure gets a token from beside it: a machine over IMDS, an app from App Service.

With no clients configured there is an identity under any id; with some, only under theirs. With no
header configured an App Service may show any.

Not modelled: metadata of machines beside tokens, assigning identities, rates, App Service before
2019-08-01, Azure Arc, Cloud Shell, Service Fabric.
"""

import time
from typing import Any
from uuid import uuid4

from cogml_mocks.identity import entra
from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register

APP_VERSION = "2019-08-01"
_OWN_CLIENT = "00000000-0000-0000-0000-000000000002"


def machine_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as a virtual machine's metadata service writes it."""
    return {"error": error.code, "error_description": error.message}


def app_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as an App Service writes it."""
    return {
        "statusCode": error.status,
        "message": error.message,
        "correlationId": str(uuid4()),
    }


MACHINE = Family("/metadata/", machine_error, is_private=True)
APP = Family("/msi/", app_error, is_private=True)


@register("GET", "/metadata/identity/oauth2/token", MACHINE, keyless=True)
def machine_token(call: Call) -> Answer:
    """A token for the virtual machine's identity."""
    if call.request.headers.get("metadata") != "true":
        raise _invalid("Required metadata header not specified")
    if "x-forwarded-for" in call.request.headers:
        raise _invalid("A request with the header X-Forwarded-For is not answered")
    _check_asked(call)
    named = ("client_id", "object_id", "msi_res_id", "mi_res_id")
    ids = [name for name in named if call.query.get(name)]
    if len(ids) > 1:
        raise _invalid(f"Only one of {', '.join(ids)} may name an identity")
    if not _is_there(call, *ids):
        raise _invalid("Identity not found")
    seconds = str(call.settings.token_seconds)
    return Answer(_token(call) | {"expires_in": seconds, "ext_expires_in": seconds})


@register("GET", "/msi/token", APP, keyless=True)
def app_token(call: Call) -> Answer:
    """A token for the App Service's identity."""
    shown = call.request.headers.get("x-identity-header", "")
    expected = call.settings.msi_header
    if not shown or (expected and not entra.same(shown, expected)):
        raise ServiceError(401, "Unauthorized", "The X-IDENTITY-HEADER is missing or wrong.")
    _check_asked(call)
    if call.query["api-version"] != APP_VERSION:
        raise _invalid(f"The api-version is not supported: use {APP_VERSION}")
    ids = ("client_id", "object_id", "principal_id", "mi_res_id")
    if not _is_there(call, *(name for name in ids if call.query.get(name))):
        raise _invalid(
            "No User Assigned or Delegated Managed Identity found for specified "
            "ClientId/ResourceId/PrincipalId."
        )
    return Answer(_token(call))


def _check_asked(call: Call) -> None:
    for name in ("api-version", "resource"):
        if not call.query.get(name):
            raise _invalid(f"Required query variable '{name}' is missing")


def _is_there(call: Call, *ids: str) -> bool:
    known = call.settings.clients
    return not known or all(name == "client_id" and call.query[name] in known for name in ids)


def _token(call: Call) -> dict[str, str]:
    client = call.query.get("client_id") or _OWN_CLIENT
    tenant, seconds = call.settings.tenant, call.settings.token_seconds
    resource = entra.known_resource(call.query["resource"], tenant)
    now = int(time.time())
    return {
        "access_token": entra.issue(resource, tenant, seconds, client),
        "client_id": client,
        "expires_on": str(now + seconds),
        "not_before": str(now),
        "resource": resource,
        "token_type": "Bearer",
    }


def _invalid(message: str) -> ServiceError:
    return ServiceError(400, "invalid_request", message)

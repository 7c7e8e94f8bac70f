"""A token is for one resource and for some time, signed with a key that lives with the process.

Three ways lead to one: an application's secret (`/TENANT/oauth2/v2.0/token`), a virtual machine's
identity (`/metadata/identity/oauth2/token`) and an App Service's (`/msi/token`). The vault reads
`claims`, the gateway asks `admits`. With no clients configured any application gets a token for a
secret that is not empty; with no header configured an App Service may show any.

Not modelled: users, certificates and assertions, HTTP basic credentials, refresh tokens, v1.0
endpoints, signing keys to check a token with, roles and consent, machines with several identities,
Azure Arc, Cloud Shell, Service Fabric.
"""

import base64
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson

from cogml_mocks.operations import Answer, Call, Family, ServiceError
from cogml_mocks.operations import operation as register

COGNITIVE_SERVICES = "https://cognitiveservices.azure.com"
RESOURCES = (
    "https://ai.azure.com",
    COGNITIVE_SERVICES,
    "https://management.azure.com",
    "https://storage.azure.com",
    "https://vault.azure.net",
)
MAX_FORM = 65_536
_HEADER = orjson.dumps({"typ": "JWT", "alg": "HS256"})
_KEY = secrets.token_bytes(32)
_OWN_CLIENT = "00000000-0000-0000-0000-000000000002"


def issue(resource: str, tenant: str, seconds: int, client: str = "") -> str:
    """Return a token for a resource that is good for so many seconds from now."""
    now = int(time.time())
    body = {
        "aud": resource,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "appid": client,
        "tid": tenant,
        "uti": secrets.token_urlsafe(16),
        "ver": "1.0",
    }
    signed = f"{_encode(_HEADER)}.{_encode(orjson.dumps(body))}"
    return f"{signed}.{_signature(signed)}"


def claims(token: str) -> dict[str, Any] | None:
    """Return what a token of this process says, expired or not; ``None`` for any other text."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_bytes(signature), _bytes(_signature(signed))):
        return None
    body = signed.partition(".")[2]
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def admits(token: str, resource: str) -> bool:
    """Decide whether a token of this process is for a resource and still good."""
    found = claims(token)
    if found is None or found["exp"] <= time.time():
        return False
    return bool(found["aud"].rstrip("/") == resource.rstrip("/"))


def _signature(signed: str) -> str:
    return _encode(hmac.digest(_KEY, _bytes(signed), "sha256"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


# --- an application with its secret


def entra_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as the token endpoint writes it; the message begins with its number."""
    code = re.match(r"AADSTS(\d+)", error.message)
    numbers = [int(code[1])] if code else []
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    trace, correlation = str(uuid4()), str(uuid4())
    about = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    return {
        "error": error.code,
        "error_description": f"{error.message} {about}",
        "error_codes": numbers,
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }


# The first segment is any directory's name, so no path begins with this: the handlers themselves
# write their refusals.
ENTRA = Family("/{tenant}/", entra_error)


@register("GET", "/{tenant}/v2.0/.well-known/openid-configuration", ENTRA, keyless=True)
def directory(call: Call) -> Answer:
    """Where a directory's endpoints are."""
    try:
        tenant = _tenant(call)
    except ServiceError as error:
        return Answer(entra_error(error), error.status)
    base = f"{call.base_url}/{tenant}"
    return Answer(
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "issuer": f"{base}/v2.0",
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
        }
    )


@register(
    "POST",
    "/{tenant}/oauth2/v2.0/token",
    ENTRA,
    media_types=("application/x-www-form-urlencoded",),
    max_body=MAX_FORM,
    keyless=True,
)
def token(call: Call) -> Answer:
    """A token for an application that shows its secret."""
    try:
        tenant = _tenant(call)
        form = _form(call.request.body)
        client = _client(form, call.settings.clients, tenant)
        resource = _resource_of(_field(form, "scope"), tenant)
    except ServiceError as error:
        return Answer(entra_error(error), error.status)
    seconds = call.settings.token_seconds
    return Answer(
        {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": issue(resource, tenant, seconds, client),
        }
    )


def _tenant(call: Call) -> str:
    tenant = call.path["tenant"]
    if tenant.lower() != call.settings.tenant.lower():
        message = (
            f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct "
            "tenant ID and are signing into the correct cloud."
        )
        raise ServiceError(400, "invalid_request", message)
    return call.settings.tenant


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100)
    except ValueError:
        message = "AADSTS90023: The request body has too many parameters."
        raise ServiceError(400, "invalid_request", message) from None
    return dict(reversed(pairs))


def _field(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        message = f"AADSTS900144: The request body must contain the following parameter: '{name}'."
        raise ServiceError(400, "invalid_request", message)
    return form[name]


def _client(form: Mapping[str, str], known: Mapping[str, str], tenant: str) -> str:
    grant = _field(form, "grant_type")
    client = _field(form, "client_id")
    if grant != "client_credentials":
        message = f"AADSTS70003: The app requested an unsupported grant type '{grant}'."
        raise ServiceError(400, "unsupported_grant_type", message)
    if known and client not in known:
        message = (
            f"AADSTS700016: Application with identifier '{client}' was not found in the directory "
            f"'{tenant}'. You may have sent your authentication request to the wrong tenant."
        )
        raise ServiceError(400, "unauthorized_client", message)
    secret = form.get("client_secret", "")
    if not secret:
        message = (
            "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the "
            "'client_credentials' grant type."
        )
        raise ServiceError(401, "invalid_client", message)
    if known and not hmac.compare_digest(_bytes(secret), _bytes(known[client])):
        message = (
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the "
            "request is the client secret value, not the client secret ID, for a secret added to "
            f"app '{client}'."
        )
        raise ServiceError(401, "invalid_client", message)
    return client


def _resource_of(scope: str, tenant: str) -> str:
    resource = scope.removesuffix("/.default")
    if resource == scope or " " in scope:
        message = (
            f"AADSTS1002012: The provided value for scope {scope} is not valid. Client credential "
            "flows must have a scope value with /.default suffixed to the resource identifier."
        )
        raise ServiceError(400, "invalid_scope", message)
    return _known(resource, tenant)


def _known(resource: str, tenant: str) -> str:
    if resource.rstrip("/") not in RESOURCES:
        message = (
            f"AADSTS500011: The resource principal named {resource} was not found in the tenant "
            f"named {tenant}."
        )
        raise ServiceError(400, "invalid_resource", message)
    return resource


# --- a machine and an App Service with an identity of their own


def machine_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as a virtual machine's metadata service writes it."""
    return {"error": error.code, "error_description": error.message}


def app_error(error: ServiceError) -> dict[str, Any]:
    """Return a refusal as an App Service writes it."""
    return {"statusCode": error.status, "message": error.message}


MACHINE = Family("/metadata/", machine_error)
APP = Family("/msi/", app_error)


@register("GET", "/metadata/identity/oauth2/token", MACHINE, keyless=True)
def machine_token(call: Call) -> Answer:
    """A token for the virtual machine's identity."""
    if call.request.headers.get("metadata") != "true":
        raise _invalid("Required metadata header not specified")
    answer = _managed(call)
    seconds = str(call.settings.token_seconds)
    return Answer(answer | {"expires_in": seconds, "ext_expires_in": seconds})


@register("GET", "/msi/token", APP, keyless=True)
def app_token(call: Call) -> Answer:
    """A token for the App Service's identity."""
    shown = call.request.headers.get("x-identity-header", "")
    expected = call.settings.msi_header
    if not shown or (expected and not hmac.compare_digest(_bytes(shown), _bytes(expected))):
        raise ServiceError(401, "Unauthorized", "The X-IDENTITY-HEADER is missing or wrong.")
    return Answer(_managed(call))


def _managed(call: Call) -> dict[str, str]:
    for name in ("api-version", "resource"):
        if not call.query.get(name):
            raise _invalid(f"Required query variable '{name}' is missing")
    client = call.query.get("client_id", "")
    if client and call.settings.clients and client not in call.settings.clients:
        raise _invalid("Identity not found")
    tenant, seconds = call.settings.tenant, call.settings.token_seconds
    resource = _known(call.query["resource"], tenant)
    now = int(time.time())
    return {
        "access_token": issue(resource, tenant, seconds, client),
        "client_id": client or _OWN_CLIENT,
        "expires_on": str(now + seconds),
        "not_before": str(now),
        "resource": resource,
        "token_type": "Bearer",
    }


def _invalid(message: str) -> ServiceError:
    return ServiceError(400, "invalid_request", message)

"""A token is for one resource and for some time, signed with a key that lives with the process.

An application gets one for its secret, in the form or by HTTP basic, or for an assertion its
certificate signed. The vault reads `claims`, the gateway asks `admits`. What is kept of an
application is its secret or its certificate in PEM; with no clients configured any application
gets a token, for a secret that is not empty or an assertion that could be its own.

Not modelled: users, refresh tokens, signing keys to check a token with, roles and consent,
certificates that are no longer trusted, rates.
"""

import base64
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from uuid import uuid4

import orjson

from cogml_mocks.identity import assertions
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
_ANY_TENANT = ("common", "organizations")
_TENANT = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)+"
)
_PRIVATE = [("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache")]


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
    if not same(signature, _signature(signed)):
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


def lets_in(token: str, resource: str, is_strict: bool) -> bool:
    """Decide whether a token is good for a resource.

    Unless strict any will do, but one of this process says itself what it is not for.
    """
    is_foreign = bool(token) and claims(token) is None
    return admits(token, resource) or (is_foreign and not is_strict)


def same(shown: str, expected: str) -> bool:
    """Compare secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(_bytes(shown), _bytes(expected))


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
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    trace, correlation = str(uuid4()), str(uuid4())
    about = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": error.code,
        "error_description": f"{error.message} {about}",
        "error_codes": [int(code[1])] if code else [],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    if code:
        body["error_uri"] = f"https://login.microsoftonline.com/error?code={code[1]}"
    return body


# No path begins like this: what is at none of the paths below is not taken for a directory's.
ENTRA = Family("/{tenant}/", entra_error, is_private=True)


@register("GET", "/{tenant}/.well-known/openid-configuration", ENTRA, keyless=True)
def first_directory(call: Call) -> Answer:
    """Where a directory's endpoints of version 1 are."""
    base, tenant = f"{call.base_url}/{call.path['tenant']}", _tenant(call)
    return Answer(
        _endpoints(f"{base}/oauth2") | {"issuer": f"https://sts.windows.net/{tenant}/"},
    )


@register("GET", "/{tenant}/v2.0/.well-known/openid-configuration", ENTRA, keyless=True)
def directory(call: Call) -> Answer:
    """Where a directory's endpoints are."""
    base, tenant = f"{call.base_url}/{call.path['tenant']}", _tenant(call)
    return Answer(
        _endpoints(f"{base}/oauth2/v2.0") | {"issuer": f"{call.base_url}/{tenant}/v2.0"},
    )


def _endpoints(address: str) -> dict[str, Any]:
    return {
        "token_endpoint": f"{address}/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "authorization_endpoint": f"{address}/authorize",
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
    }


# A body that is no form is one without fields, so any media type is taken.
@register("POST", "/{tenant}/oauth2/token", ENTRA, media_types=(), max_body=MAX_FORM, keyless=True)
def first_token(call: Call) -> Answer:
    """A token of version 1: the resource is named as it is, and numbers are text."""
    form = _form(call)
    tenant = _one_tenant(call)
    client = _client(form, call)
    resource = known_resource(_field(form, "resource"), tenant)
    now, seconds = int(time.time()), call.settings.token_seconds
    document = {
        "token_type": "Bearer",
        "expires_in": str(seconds),
        "ext_expires_in": str(seconds),
        "expires_on": str(now + seconds),
        "not_before": str(now),
        "resource": resource,
        "access_token": issue(resource, tenant, seconds, client),
    }
    return Answer(document, headers=[*_PRIVATE])


@register(
    "POST", "/{tenant}/oauth2/v2.0/token", ENTRA, media_types=(), max_body=MAX_FORM, keyless=True
)
def token(call: Call) -> Answer:
    """A token for an application that shows who it is."""
    form = _form(call)
    tenant = _one_tenant(call)
    client = _client(form, call)
    resource = _resource_of(_field(form, "scope"), tenant)
    seconds = call.settings.token_seconds
    document = {
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": issue(resource, tenant, seconds, client),
    }
    return Answer(document, headers=[*_PRIVATE])


def _tenant(call: Call) -> str:
    """Return the directory's id, or what stands for it where any directory is meant."""
    tenant = call.path["tenant"]
    if tenant.lower() == call.settings.tenant.lower():
        return call.settings.tenant
    if tenant.lower() in _ANY_TENANT:
        return "{tenantid}"
    if not _TENANT.fullmatch(tenant):
        message = (
            f"AADSTS900023: Specified tenant identifier '{tenant}' is neither a valid DNS name, "
            "nor a valid external domain."
        )
    else:
        message = (
            f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct "
            "tenant ID and are signing into the correct cloud."
        )
    raise ServiceError(400, "invalid_request", message)


def _one_tenant(call: Call) -> str:
    tenant = _tenant(call)
    if tenant != call.settings.tenant:
        message = (
            "AADSTS50059: No tenant-identifying information found in either the request or implied "
            "by any provided credentials."
        )
        raise ServiceError(400, "invalid_request", message)
    return tenant


def _form(call: Call) -> dict[str, str]:
    """Return the fields of a form, with those of HTTP basic."""
    media_type = call.request.media_type
    body = call.request.body if media_type == "application/x-www-form-urlencoded" else b""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100)
    except ValueError:
        message = "AADSTS90023: The request body has too many parameters."
        raise ServiceError(400, "invalid_request", message) from None
    return dict(reversed(pairs)) | _basic(call.request.headers.get("authorization", ""))


def _basic(authorization: str) -> dict[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        shown = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        message = "AADSTS90023: The Authorization header is not valid."
        raise ServiceError(400, "invalid_request", message) from None
    client, _, secret = shown.partition(":")
    return {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}


def _field(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        message = f"AADSTS900144: The request body must contain the following parameter: '{name}'."
        raise ServiceError(400, "invalid_request", message)
    return form[name]


def _client(form: Mapping[str, str], call: Call) -> str:
    """Return the application that a form proves to come from."""
    grant = _field(form, "grant_type")
    client = _field(form, "client_id")
    if grant != "client_credentials":
        message = f"AADSTS70003: The app requested an unsupported grant type '{grant}'."
        raise ServiceError(400, "unsupported_grant_type", message)
    known = call.settings.clients
    if known and client not in known:
        message = (
            f"AADSTS700016: Application with identifier '{client}' was not found in the directory "
            f"'{call.settings.tenant}'. You may have sent your authentication request to the wrong "
            "tenant."
        )
        raise ServiceError(400, "unauthorized_client", message)
    if form.get("client_assertion"):
        _check_assertion(form, call, client, known.get(client))
    else:
        _check_secret(form.get("client_secret", ""), client, known.get(client))
    return client


def _check_assertion(
    form: Mapping[str, str], call: Call, client: str, credential: str | None
) -> None:
    if _field(form, "client_assertion_type") != assertions.JWT_BEARER:
        message = f"AADSTS90023: The client_assertion_type must be {assertions.JWT_BEARER}."
        raise ServiceError(400, "invalid_request", message)
    base = f"{call.base_url}/{call.path['tenant']}"
    audiences = (f"{base}/oauth2/v2.0/token", f"{base}/oauth2/token", f"{base}/v2.0")
    assertions.check(form["client_assertion"], client, audiences, credential)


def _check_secret(secret: str, client: str, credential: str | None) -> None:
    if not secret:
        message = (
            "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the "
            "'client_credentials' grant type."
        )
        raise ServiceError(401, "invalid_client", message)
    if credential is None:
        return
    # A certificate is public, so that it is shown proves nothing.
    is_secret = not assertions.is_certificate(credential)
    if not (is_secret and same(secret, credential)):
        message = (
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the "
            "request is the client secret value, not the client secret ID, for a secret added to "
            f"app '{client}'."
        )
        raise ServiceError(401, "invalid_client", message)


def _resource_of(scope: str, tenant: str) -> str:
    resource = scope.removesuffix("/.default")
    if resource == scope or " " in scope:
        message = (
            f"AADSTS1002012: The provided value for scope {scope} is not valid. Client credential "
            "flows must have a scope value with /.default suffixed to the resource identifier."
        )
        raise ServiceError(400, "invalid_scope", message)
    return known_resource(resource, tenant)


def known_resource(resource: str, tenant: str) -> str:
    """Return a resource that tokens are given for; refuse any other."""
    if resource.rstrip("/") not in RESOURCES:
        message = (
            f"AADSTS500011: The resource principal named {resource} was not found in the tenant "
            f"named {tenant}."
        )
        raise ServiceError(400, "invalid_resource", message)
    return resource

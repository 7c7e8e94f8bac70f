"""A secret is read where it is kept, each time it is asked for, and kept nowhere else.

On a Synapse or Fabric machine its own `mssparkutils` is asked; elsewhere Azure Key Vault, as
whoever `DefaultAzureCredential` finds: the service principal of AZURE_TENANT_ID, AZURE_CLIENT_ID
and AZURE_CLIENT_SECRET, a managed identity, a user signed in with `az login`. COGML_VAULT_URL
names another vault to ask instead of either; AZURE_AUTHORITY_HOST another place for tokens. An
authority of one's own is trusted through REQUESTS_CA_BUNDLE or, where that is not set,
SSL_CERT_FILE.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from typing import Any
from urllib.parse import urlsplit

from cogml import linked
from cogml.errors import MESSAGE_CHARACTERS, CogmlError, MissingPackage, ParamError, one_of

URL = "COGML_VAULT_URL"
AUDIENCES = {
    "cognitive": "https://cognitiveservices.azure.com",
    "keyvault": "https://vault.azure.net",
    "storage": "https://storage.azure.com",
    "vault": "https://vault.azure.net",
}
_PUBLIC = re.compile(r"login\.(microsoftonline\.(com|us|de)|chinacloudapi\.cn|windows\.net)")
_ADDRESS = re.compile(r"https://[^/?#@\s]+(/[^?#\s]*)?", re.IGNORECASE)
_VAULT = re.compile(r"[A-Za-z][0-9A-Za-z-]{1,22}[0-9A-Za-z]")
_NO_SECRET = "what it answers is no secret, or not all of one"
_SECRET = re.compile(r"[0-9A-Za-z-]{1,127}")


class VaultError(CogmlError):
    """A vault that does not give a secret; the message names both, and says what to do."""


def getSecret(vault: str, name: str, linkedService: str | None = None) -> str:  # noqa: N802, N803
    """The newest version of a secret; raises VaultError when there is none to be had.

    `vault` is a name or an https address. A linked service that has a vault's address decides
    instead of it; on Synapse and Fabric it is handed on.
    """
    utilities = _utilities()
    if utilities is not None:
        further = () if linkedService is None else (linkedService,)
        return _from_platform(utilities.credentials.getSecret, vault, name, *further)
    if not isinstance(name, str) or not _SECRET.fullmatch(name):
        raise ParamError(f"a secret's name is 1 to 127 letters, digits and hyphens, not {name!r}")
    return _read(_address(vault, linkedService), name)


def getToken(audience: str) -> str:  # noqa: N802
    """A token for an https address, or for keyvault, cognitive or storage; raises VaultError."""
    utilities = _utilities()
    if utilities is not None:
        return _from_platform(utilities.credentials.getToken, audience)
    resource = audience if isinstance(audience, str) else ""
    if not resource.startswith("https://"):
        if resource.lower() not in AUDIENCES:
            known = one_of(audience, sorted(AUDIENCES))
            raise ParamError(f"an audience is an https address or a name, not {audience!r}{known}")
        resource = AUDIENCES[resource.lower()]
    _import()
    from azure.core.exceptions import AzureError

    scope = resource.removesuffix("/.default").rstrip("/") + "/.default"
    shown = _credential()
    try:
        with shown:
            return str(shown.get_token(scope).token)
    except AzureError as error:
        raise VaultError(f"no token for {resource}: {_refused_credential(error)}") from None


class _Credentials:
    """Secrets and tokens, by the names they have on Synapse."""

    getSecret = staticmethod(getSecret)  # noqa: N815
    getToken = staticmethod(getToken)  # noqa: N815

    def __repr__(self) -> str:
        return "mssparkutils.credentials"


class _SparkUtilities:
    """What notebooks for Synapse import as `mssparkutils`, as far as credentials go."""

    credentials = _Credentials()

    def __repr__(self) -> str:
        return "mssparkutils"


mssparkutils = _SparkUtilities()


def _utilities() -> Any:
    return None if os.environ.get(URL) else linked.platform()


def _from_platform(ask: Any, *given: str) -> str:
    asked = f"mssparkutils.credentials for {', '.join(map(repr, given))}"
    try:
        answer = ask(*given)
    except Exception as error:  # noqa: BLE001 - what a Java behind it raises
        reason = str(error).strip().partition("\n")[0][:MESSAGE_CHARACTERS]
        raise VaultError(f"{asked}: {type(error).__name__}: {reason}") from None
    if not isinstance(answer, str) or not answer:
        raise VaultError(f"{asked}: it gave nothing; {URL} names a vault to ask instead")
    return answer


def _address(vault: str, linked_service: str | None) -> str:
    # On Synapse it says as whom to ask: where none is known here, that has no counterpart.
    found = None if linked_service is None else linked.find(linked_service)
    given = os.environ.get(URL) or (found and found.vault) or vault
    if not isinstance(given, str) or not given:
        raise ParamError("a vault is a name or an https address")
    if "://" in given:
        if not _ADDRESS.fullmatch(given) or not _host(given):
            shown = given.rpartition("@")[2]  # before it may stand a password
            raise ParamError(
                f"{shown!r}: a vault's address begins with https://, on loopback too: "
                "cogml_mocks.serve(tls=FOLDER)"
            )
        return given.rstrip("/")
    if not _VAULT.fullmatch(given):
        raise ParamError(
            f"a vault's name is 3 to 24 letters, digits and hyphens, not {given!r}; or give its "
            "address"
        )
    return f"https://{given}.vault.azure.net"


def _read(address: str, name: str) -> str:
    _import()
    from azure.core.exceptions import (
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
        ResourceNotFoundError,
        ServiceRequestError,
        ServiceResponseError,
    )
    from azure.keyvault.secrets import SecretClient

    # A vault under another name than Azure's asks for tokens that do not have its name either.
    own = bool(os.environ.get(URL)) or _is_loopback(address)
    options = {"verify_challenge_resource": not own, **_options(address)}
    shown = _credential()
    try:
        with shown, SecretClient(address, shown, **options) as client:
            value = client.get_secret(name).value
    except ResourceNotFoundError:
        raise VaultError(f"{address} has no secret {name!r}") from None
    except ClientAuthenticationError as error:
        reason = _refused_credential(error)
        raise VaultError(f"{address} does not give {name!r}: {reason}") from None
    except HttpResponseError as error:
        raise VaultError(f"{address} does not give {name!r}: {_refusal(error)}") from None
    except (ServiceRequestError, ServiceResponseError) as error:
        raise VaultError(f"{address} cannot be reached: {_trusting(_line(error))}") from None
    except (AttributeError, TypeError, json.JSONDecodeError):
        # What Azure's client makes of an answer of another shape.
        raise VaultError(f"{address} does not give {name!r}: {_NO_SECRET}") from None
    except (AzureError, ValueError) as error:
        raise VaultError(f"{address} does not give {name!r}: {_line(error)}") from None
    if not isinstance(value, str):
        raise VaultError(f"{address} does not give {name!r}: {_NO_SECRET}")
    return value


def _import() -> None:
    try:
        import azure.identity
        import azure.keyvault.secrets  # noqa: F401
    except ImportError as error:
        raise MissingPackage(
            f"secrets in a key vault need {error.name}: pip install 'cogml[azure]'"
        ) from None


def _credential() -> Any:
    from azure.identity import DefaultAzureCredential

    authority = os.environ.get("AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com"
    address = authority if "://" in authority else f"https://{authority}"
    # Whether another host gives out tokens, Azure's directory of hosts cannot know.
    public = _PUBLIC.fullmatch(_host(address))
    try:
        return DefaultAzureCredential(disable_instance_discovery=not public, **_options(address))
    except ValueError as error:
        raise ParamError(
            f"AZURE_AUTHORITY_HOST, AZURE_TENANT_ID or AZURE_TOKEN_CREDENTIALS: {_line(error)}"
        ) from None


def _options(address: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if _is_loopback(address):
        options["retry_total"] = 0
    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle and not os.environ.get("REQUESTS_CA_BUNDLE"):
        options["connection_verify"] = bundle
    return options


def _is_loopback(address: str) -> bool:
    host = _host(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _refused_credential(error: Any) -> str:
    if error.response is not None:
        return f"{_refusal(error)} (is the identity of this vault's directory?)"
    tried = re.findall(r"^\t(\w+: .*?)(?:\. |\.?$)", str(error), re.MULTILINE)
    said = _trusting("; ".join(tried) or _line(error))
    return (
        f"no credential is accepted ({said}); set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
        "AZURE_CLIENT_SECRET, or: az login"
    )


def _refusal(error: Any) -> str:
    status, said = error.status_code, error.error
    if status is None or status < 400:
        return _NO_SECRET
    reason = f"{status} {said.code}: {said.message}" if said else f"{status} {error.reason}"
    line = " ".join(reason.split())[:MESSAGE_CHARACTERS]
    inner = (said and said.innererror) or {}
    if status == 403 and inner.get("code") != "SecretDisabled":
        return f"{line}; the identity needs the role Key Vault Secrets User"
    return line


def _trusting(said: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return f"{said}; REQUESTS_CA_BUNDLE names the authorities to trust"
    return said


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:MESSAGE_CHARACTERS]

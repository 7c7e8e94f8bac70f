"""What Azure's AI services share: where they are, and what proves that one may call them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import httpx

from cogml import linked
from cogml.credentials import SCOPE
from cogml.errors import ParamError
from cogml.exchange import USER_AGENT
from cogml.param import Address, Param, ServiceParam
from cogml.service import Service

ENDPOINT = "COGML_ENDPOINT"
"""The environment variable that names one base address for all services: the local suite, a
container, a gateway."""

_HOME = (".microsoft.com", ".microsoft.us", ".microsoft.cn", ".azure.com", ".azure.us", ".azure.cn")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PLACES = ("customUrlRoot", "url", "endpoint", "location", "customServiceName")
_HEADERS = ("subscriptionKey", "AADToken", "CustomAuthHeader")
_FURTHER = ("defaultInternalEndpoint", "linkedService", "credential", "customHeaders")
_DOMAINS = {
    "usgovarizona": "us",
    "usgovvirginia": "us",
    "chinaeast2": "cn",
    "chinanorth": "cn",
}


class AzureService(Service):
    """A service of Azure AI.

    The address is, in this order: `customUrlRoot` (as it is, without a query), `url` (the whole
    address of the operation), `endpoint`, the environment variable COGML_ENDPOINT, `location`,
    `customServiceName`, `defaultInternalEndpoint`. The credential is the first that is not blank of
    `subscriptionKey`, `AADToken`, `CustomAuthHeader`, else `credential`, which is asked for tokens
    as they run out, on Spark by each worker; a container needs none. `linkedService` gives the
    address and the key that are not set. For an address or a secret `env:NAME` and
    `vault:VAULT/NAME` stand for what is kept there; it is read when `transform` is called.
    """

    internal_service: ClassVar[str] = ""
    host: ClassVar[str] = "{location}.api.cognitive.microsoft"
    sovereign_host: ClassVar[str] = ""

    url = Param(Address, "whole address of the operation")
    endpoint = Param(Address, "base address of the resource, a container or a gateway")
    location = Param(str, "Azure region, such as eastasia")
    customServiceName = Param(str, "name of a resource with an address of its own")
    defaultInternalEndpoint = Param(
        Address, "address of the platform's own gateway, as Fabric gives"
    )
    customUrlRoot = Param(Address, "address to call as it is, without a query")
    subscriptionKey = ServiceParam(str, "key of the resource", send="header", secret=True)
    AADToken = ServiceParam(str, "Microsoft Entra ID token", send="header", secret=True)
    CustomAuthHeader = ServiceParam(
        str, "value of the Authorization header", send="header", secret=True
    )
    linkedService = Param(str, "name under which an address and a key are kept (see cogml.linked)")
    credential = Param(
        object,
        "credential of azure-identity, or a function (of no arguments) that gives one, or a token",
        secret=True,
    )
    customHeaders = ServiceParam(
        dict[str, str], "further headers, by name", send="header", secret=True
    )

    def address(self) -> str:
        """See the class; raises ParamError when nothing says where the service is."""
        return self.place(self.path, self.host)

    def place(self, path: str, host: str) -> str:
        """The address of this path, on this host where only the location is set."""
        path = path.lstrip("/")
        if given := self.getOrDefault("customUrlRoot") or self.getOrDefault("url"):
            return str(given)
        if base := self.getOrDefault("endpoint") or self.everywhere():
            return f"{base.rstrip('/')}/{path}"
        if location := self.getOrDefault("location"):
            domain = _DOMAINS.get(self._name("location", location), "com")
            if domain != "com" and host == self.host:
                host = self.sovereign_host or host
            return f"https://{host.format(location=location)}.{domain}/{path}"
        if resource := self.getOrDefault("customServiceName"):
            self._name("customServiceName", resource)
            return f"https://{resource}.cognitiveservices.azure.com/{path}"
        if gateway := self.getOrDefault("defaultInternalEndpoint"):
            return f"{gateway.rstrip('/')}/cognitive/{self.internal_service}/{path}"
        raise ParamError(
            f"{type(self).__name__}: no address; call setLocation (the resource's region), "
            f"setEndpoint or setUrl, or set the environment variable {ENDPOINT}"
        )

    def completed(self) -> Self:
        """The stage with the address and the key of its linked service, where it has none set."""
        name = self.getOrDefault("linkedService")
        if name is None:
            return self
        found = linked.lookup(name)
        if not any(self.isSet(place) for place in _PLACES) and not self.everywhere():
            if found.endpoint:
                self.set("endpoint", found.endpoint)
            elif found.location:
                self.set("location", found.location)
        if found.key and not any(self.isSet(name) for name in (*_HEADERS, "credential")):
            self.set("subscriptionKey", found.key)
        return self

    def within(self, base: str) -> Self:
        """The stage with this address in the place of all that says where the service is, and
        with nothing that proves who asks."""
        for name in (*_PLACES, *_HEADERS, *_FURTHER):
            self.clear(name)
        return self.set("endpoint", base)

    def subject(self) -> list[Any]:
        """The address says where the service is, whichever parameters lead to it."""
        name, version, settings = super().subject()
        own = {n: v for n, v in settings.items() if n not in AzureService.declared}
        return [name, version, own]

    def token_giver(self) -> Any:
        """The credential that was set, unless a key or a token was as well: those go first."""
        if any(self.isSet(name) for name in _HEADERS):
            return None
        return self.getOrDefault("credential")

    def token_scope(self) -> str:
        """That of the cloud the location is in."""
        domain = _DOMAINS.get(self.getOrDefault("location") or "", "com")
        return SCOPE.replace(".com/", f".{domain}/")

    def everywhere(self) -> str | None:
        """What COGML_ENDPOINT names; raises ParamError when that is no address."""
        given = os.environ.get(ENDPOINT)
        try:
            return given and str(self.declared["endpoint"].check(given))
        except ParamError as error:
            raise ParamError(f"environment variable {ENDPOINT}: {error}") from None

    def _name(self, param: str, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ParamError(
                f"{type(self).__name__}: {param} expects letters, digits and hyphens; "
                f"found {value!r}"
            )
        return value

    def is_at_home(self, address: str) -> bool:
        """Whether requests to this address reach Azure, not a suite, a container or a gateway."""
        return (httpx.URL(address).host or "").endswith(_HOME)

    def full_address(self, address: str, settings: Mapping[str, Any]) -> httpx.URL:
        """The address of a request, with its query unless `customUrlRoot` names it all."""
        if self.getOrDefault("customUrlRoot"):
            return httpx.URL(address)
        return super().full_address(address, settings)

    def headers(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Content type, one credential, further headers."""
        headers = {"accept": "application/json", "user-agent": USER_AGENT}
        if self.method != "GET":
            headers["content-type"] = "application/json"
        for name, value in (settings.get("customHeaders") or {}).items():
            headers[name.lower()] = value
        if key := (settings.get("subscriptionKey") or "").strip():
            headers.pop("authorization", None)
            headers["ocp-apim-subscription-key"] = key
        elif token := (settings.get("AADToken") or "").strip():
            headers["authorization"] = f"Bearer {token}"
        elif given := (settings.get("CustomAuthHeader") or "").strip():
            headers["authorization"] = given
        return headers

"""What the tests of the vault share: secrets, an application, and a caller with a good token."""

from collections.abc import Callable
from typing import Any

import httpx

import cogml_mocks
from cogml_mocks.identity import entra, keyvault
from cogml_mocks.settings import Settings

TENANT = Settings().tenant
SECRETS = {"first": "the-first-value", "Second-2": "the second väljue"}
CLIENTS = {"an-app": "its-secret"}
VERSION = {"api-version": "7.5"}

Ask = Callable[..., httpx.Response]


def asking(suite: cogml_mocks.Suite, client: httpx.Client) -> Ask:
    """Return what sends a request with a good token; see its parameters for what can differ."""

    def ask(
        method: str,
        path: str,
        token: str = "",
        resource: str = keyvault.RESOURCE,
        seconds: int = 60,
        **options: Any,
    ) -> httpx.Response:
        token = token or entra.issue(resource, TENANT, seconds)
        headers = {"Authorization": f"Bearer {token}"}
        options.setdefault("params", VERSION)
        return client.request(method, suite.url + path, headers=headers, **options)

    return ask


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]

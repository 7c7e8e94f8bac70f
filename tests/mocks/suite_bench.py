"""What the tests of the suite share: paths, a key, a batch of documents, a bench to try them on."""

from dataclasses import dataclass
from typing import Any

import httpx

import cogml_mocks
from cogml_mocks.identity import entra, keyvault
from cogml_mocks.settings import Settings

V31 = "/text/analytics/v3.1"
LANGUAGE = "/language/:analyze-text?api-version=2023-04-01"
KEY = {"Ocp-Apim-Subscription-Key": "a-key"}


def credentials(prefix: str) -> dict[str, str]:
    """What a family asks for beside a key, or in its place."""
    if prefix == "/devstoreaccount1":
        return {"Authorization": "SharedKey devstoreaccount1:c2lnbmF0dXJl"}
    if prefix in ("/secrets", "/deletedsecrets"):
        token = entra.issue(keyvault.RESOURCE, Settings().tenant, 600)
        return {"Authorization": f"Bearer {token}"}
    return {"/msi/": {"X-IDENTITY-HEADER": "any"}, "/metadata/": {"Metadata": "true"}}.get(
        prefix, {}
    )


@dataclass
class Bench:
    """A suite, a base path of it, and a client that carries a key."""

    suite: cogml_mocks.Suite
    name: str
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.suite.base(self.name)

    def fault(self, **rule: Any) -> None:
        self.suite.faults(rule, base=self.name)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.client.post(self.url + path, json=body, **options)

    def sentiment(self, *texts: str, query: str = "") -> httpx.Response:
        return self.post(f"{V31}/sentiment{query}", batch(*texts))

    def analyze(self, kind: str, *texts: str, **parameters: Any) -> httpx.Response:
        given = {"kind": kind, "analysisInput": batch(*texts), "parameters": parameters}
        return self.post(LANGUAGE, given)


def batch(*texts: str) -> dict[str, Any]:
    return {"documents": [{"id": str(i), "text": text} for i, text in enumerate(texts)]}

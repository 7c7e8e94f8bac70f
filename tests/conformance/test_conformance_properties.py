"""Whatever fits an API file, or just does not, is answered in documented form, and never with 500.

COGML_TEST_EXAMPLES is how many requests of each sort an operation gets: a few, always the same, or
more, and then others each time.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from schemathesis import GenerationMode

from cogml_mocks.identity import entra, keyvault
from cogml_mocks.settings import Settings
from conformance import judge
from conformance.api_files import SOURCES, ApiFile, ApiOperation, Json, Source, walk
from conformance.traffic import Traffic, no

FEW = 3
MANY = int(os.environ.get("COGML_TEST_EXAMPLES", FEW))
VERSIONS = {"language": "2023-04-01", "imageanalysis": "2023-10-01", "translator": "3.0"}
TRIES = hypothesis.settings(
    max_examples=MANY,
    derandomize=MANY == FEW,
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_any_request_is_answered_as_documented(
    traffic: Traffic, source: Source, mode: GenerationMode
) -> None:
    base = traffic.suite.base(f"{mode.value}-{source.name}")
    traffic.suite.reset(base=f"{mode.value}-{source.name}")
    api = traffic.api(source)
    schema = schemathesis.openapi.from_dict(_reachable(api))
    with requests.Session() as session:
        session.trust_env = False
        tried = _Tried(api, session, base + source.prefix)
        for operation in api.operations:
            if operation.modelled:
                strategy = schema[operation.key][operation.method].as_strategy(generation_mode=mode)
                tried.run(operation, strategy)
    assert no(tried.complaints)


class _Tried:
    """Requests of one API file, and what is wrong with their answers."""

    def __init__(self, api: ApiFile, session: requests.Session, base: str) -> None:
        self._api = api
        self._session = session
        self._base = base
        self._complaints: dict[str, str] = {}
        token = entra.issue(keyvault.RESOURCE, Settings().tenant, 600)
        self._credentials = {"Ocp-Apim-Subscription-Key": "a-key"}
        if api.source.path.startswith("keyvault"):
            self._credentials = {"Authorization": f"Bearer {token}"}

    @property
    def complaints(self) -> list[str]:
        return [f"{about}\n{sent}" for about, sent in self._complaints.items()]

    def run(self, operation: ApiOperation, strategy: Any) -> None:
        """Send some requests of one operation."""

        @TRIES
        @hypothesis.given(strategy)
        def send(case: schemathesis.Case) -> None:
            for complaint in self._wrong(operation, case):
                about, _, sent = complaint.partition("\n")
                self._complaints.setdefault(re.sub(r"\[\d+\]", "[]", about), sent)

        send()

    def _wrong(self, operation: ApiOperation, case: schemathesis.Case) -> Iterator[str]:
        given = case.as_transport_kwargs(base_url=self._base)
        given.pop("cookies", None)
        given["url"] = given["url"].partition("?")[0]
        given["headers"] = {**given["headers"], **self._credentials}
        try:
            request = self._session.prepare_request(requests.Request(**given))
            answer = self._session.send(request, timeout=10, allow_redirects=False)
        except (UnicodeError, ValueError, requests.exceptions.InvalidHeader):
            return  # what no client can send
        read = httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        found = judge.of_answer(self._api, operation, read)
        if answer.status_code >= 500:
            found.append("a service does not fail")
        for complaint in found:
            sent = f"{request.method} {request.url} {request.body!r:.500}"
            yield f"{operation.id}: {answer.status_code} {complaint}\n    {sent}"


def _reachable(api: ApiFile) -> Json:
    """The document with the one api-version there is: any other would only ever be refused."""
    document: Json = copy.deepcopy(api.document)
    version = VERSIONS.get(api.source.path.partition("-")[0])
    for node in walk(document["paths"]):
        if node.get("name") == "api-version" and version:
            node["enum"] = [version]
    return document

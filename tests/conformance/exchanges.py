"""Every modelled operation is sent its examples, and answers them.

What an example leaves open is filled in by rule: `{binary}` is a picture, every `url` is that
picture on loopback, an id is that of something made first and ended, a blob is one that was
uploaded. A picture has text for the operations that read, faces for the others; where ours ask for
both, `{text}` is the one with text.
Parameters that an operation does not have (the host's, or ones left over) are not sent. An
operation whose examples are not in the folder is sent those of `MADE`, which say so in their name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from cogml_mocks.identity import entra, keyvault
from cogml_mocks.settings import Settings
from conformance import preparing
from conformance.api_files import ApiFile, ApiOperation, Json
from conformance.made import MADE


@dataclass(frozen=True)
class Picture:
    """A picture and where it is served."""

    content: bytes
    url: str


@dataclass(frozen=True, eq=False)
class Exchange:
    """An example, as it was sent and answered."""

    name: str
    operation: ApiOperation
    request: httpx.Request
    response: httpx.Response

    def __str__(self) -> str:
        status = self.response.status_code
        return f"{self.operation.id} ({self.name}): {status} {self.response.content[:200]!r}"


class Sender:
    """Sends examples to one base path of a suite."""

    def __init__(self, client: httpx.Client, base: str, seen: Picture, read: Picture) -> None:
        self._client = client
        self.base = base
        self._seen = seen
        self._read = read
        token = entra.issue(keyvault.RESOURCE, Settings().tenant, 600)
        self._vault = {"Authorization": f"Bearer {token}"}
        self.polls: list[Exchange] = []

    def all(self, api: ApiFile) -> Iterator[Exchange]:
        """Send each example of each modelled operation; what was polled comes last."""
        for operation in api.operations:
            if not operation.modelled:
                continue
            given = [*api.examples(operation), *MADE.get(operation.id, {}).items()]
            for name, example in given:
                yield self.example(api, operation, name, example["parameters"])
        yield from self.polls

    def example(
        self, api: ApiFile, operation: ApiOperation, name: str, parameters: Json
    ) -> Exchange:
        """Send one example, after what it presupposes."""
        prepare = preparing.BEFORE.get(operation.id)
        if prepare is not None:
            parameters = {**parameters, **prepare(self, api, parameters)}
        return self.send(operation, name, parameters)

    def send(self, operation: ApiOperation, name: str, parameters: Json) -> Exchange:
        """Send a request of an operation with these parameters."""
        picture = self._read if re.search("Read|Text", operation.id) else self._seen
        request = self._request(operation, _filled(parameters, picture, self._read))
        return Exchange(name, operation, request, self._client.send(request))

    def put(self, url: str, content: bytes, **headers: str) -> None:
        """Put something where it can be fetched from; `OSError` when it is refused."""
        answer = self._client.put(url, content=content, headers=headers)
        if answer.status_code not in (201, 409):
            raise OSError(f"PUT {url}: {answer.status_code} {answer.text[:200]}")

    def _request(self, operation: ApiOperation, parameters: Json) -> httpx.Request:
        segments: dict[str, str] = {}
        query: dict[str, str] = {}
        headers = self._vault if operation.source.path.startswith("keyvault") else {}
        content = b""
        for parameter in operation.parameters:
            name, place = parameter["name"], parameter["in"]
            if name not in parameters:
                continue
            value = parameters[name]
            if place == "body":
                headers = {**headers, "Content-Type": operation.consumes[0]}
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
            elif place == "path":
                segments[name] = _text(value)
            elif place == "query":
                query[name] = _text(value)
            elif place == "header" and name not in ("Ocp-Apim-Subscription-Key", "Content-Type"):
                headers = {**headers, name: _text(value)}
        path = operation.path(**segments)
        return self._client.build_request(
            operation.method, self.base + path, params=query, headers=headers, content=content
        )


def _filled(value: Any, picture: Picture, read: Picture) -> Any:
    if isinstance(value, dict):
        return {
            name: (read if one == "{text}" else picture).url
            if name == "url"
            else _filled(one, picture, read)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_filled(one, picture, read) for one in value]
    return {"{binary}": picture.content, "{text}": read.content}.get(str(value), value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)

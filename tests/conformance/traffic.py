"""What went over the wire for each API file, gathered when it is first asked for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from harness import real_inputs, served

import cogml_mocks
from conformance import api_files, deviations, judge, refusals
from conformance.api_files import ApiFile, Source
from conformance.client_requests import send_all
from conformance.exchanges import Exchange, Picture, Sender


@dataclass(eq=False)
class Traffic:
    """Exchanges by API file."""

    specs: Path
    suite: cogml_mocks.Suite
    client: httpx.Client
    seen: Picture
    read: Picture

    @functools.cache  # noqa: B019 - it lives as long as the session
    def api(self, source: Source, without: str = "") -> ApiFile:
        """The API file with its deviations mended, but for one."""
        known = [one for one in deviations.of(source) if one.name != without]
        return api_files.read(self.specs, source, tuple(one.mend for one in known))

    @functools.cache  # noqa: B019
    def examples(self, source: Source) -> tuple[Exchange, ...]:
        """Every example of a modelled operation, as it was answered."""
        name = f"examples-of-{source.name}"
        self.suite.reset(base=name)
        sender = Sender(self.client, self.suite.base(name), self.seen, self.read)
        return tuple(sender.all(self.api(source)))

    @functools.cache  # noqa: B019
    def refusals(self, source: Source) -> tuple[tuple[refusals.Spoilt, Exchange], ...]:
        """The first example of each modelled operation, spoilt in every way."""
        firsts = {one.operation.id: one for one in reversed(self.examples(source))}
        with httpx.Client(timeout=20) as client:
            return tuple(
                (spoilt, Exchange(spoilt.how, one.operation, spoilt.request, answer))
                for one in firsts.values()
                for spoilt in refusals.spoil(one.operation, one.request)
                for answer in (client.send(spoilt.request),)
            )

    @functools.cache  # noqa: B019
    def sent(self, source: Source) -> tuple[Exchange, ...]:
        """The requests of cogml's stages that are of this file's operations."""
        return tuple(self._of_source(source))

    def _of_source(self, source: Source) -> Iterator[Exchange]:
        operations = self.api(source).operations
        for stage, path, request, answer in self._by_stages():
            media_type = request.headers.get("content-type", "").partition(";")[0]
            for operation in operations:
                if operation.fits(request.method, path, media_type):
                    yield Exchange(stage, operation, request, answer)

    @functools.cache  # noqa: B019
    def _by_stages(self) -> tuple[tuple[str, str, httpx.Request, httpx.Response], ...]:
        base = self.suite.base("stages")
        self.suite.reset(base="stages")
        mount = httpx.URL(base).path
        return tuple(
            (stage, request.url.path.removeprefix(mount), request, answer)
            for stage, request, answer in send_all(self.client, base, self.seen.url)
        )

    @property
    def requests_of_stages(self) -> list[str]:
        """Every request of cogml's stages: method and path."""
        return [f"{one.method} {path}" for _, path, one, _ in self._by_stages()]


@contextmanager
def gathering(specs: Path, suite: cogml_mocks.Suite) -> Iterator[Traffic]:
    """What is needed to gather: a client with a key, and pictures served on loopback."""
    images = real_inputs() / "images"
    key = {"Ocp-Apim-Subscription-Key": "a-key"}
    with served(images) as url, httpx.Client(headers=key, timeout=20) as client:
        seen, read = (
            Picture((images / name).read_bytes(), f"{url}/{name}")
            for name in ("faces.jpg", "handwritten_text.jpg")
        )
        yield Traffic(specs, suite, client, seen, read)


def no(complaints: Iterable[str]) -> bool:
    """True of none; an assertion that names all there are, alike ones once."""
    found = {re.sub(r"\[\d+\]| \(.*?\)", "", one): one for one in complaints}
    assert not found, "\n".join(found.values())
    return True


def wrong_in_examples(api: ApiFile) -> Iterator[str]:
    """What the judge has against the answers that the folder's examples show."""
    for operation in api.operations:
        for name, example in api.examples(operation):
            for status, answer in example["responses"].items():
                schema = operation.description["responses"].get(status, {}).get("schema")
                if "body" in answer and status != "default" and schema is not None:
                    for complaint in judge.of_body(api, schema, answer["body"]):
                        yield f"{operation.id} ({name}): {complaint}"


def wrong_in_answers(api: ApiFile, exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    """What the judge has against answers."""
    for one in exchanges:
        operation = api.named(one.operation.id)
        for complaint in judge.of_answer(api, operation, one.response):
            yield f"{operation.id} ({one.name}): {one.response.status_code} {complaint}"


def wrong_in_requests(api: ApiFile, exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    """What the judge has against requests."""
    for one in exchanges:
        operation = api.named(one.operation.id)
        for complaint in judge.of_request(api, operation, one.request):
            yield f"{operation.id} ({one.name}): {complaint}"

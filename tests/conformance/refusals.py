"""An operation's request, spoilt in every way that its API file lets a program think of.

Each must be refused, but for those of `ACCEPTED`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from conformance.api_files import ApiOperation

# What is not wrong after all, by operation: the file says what stands in for what is left out; a
# vault reads JSON whatever it is called; an update of nothing is none.
ACCEPTED = {
    "RecognizePrintedText": {"no detectOrientation"},
    "RecognizePrintedTextInStream": {"no detectOrientation"},
    "SetSecret": {"a body of no known type"},
    "UpdateSecret": {"a body of no known type", "body {}", 'body {"documents": 1}'},
}
_CREDENTIALS = ("ocp-apim-subscription-key", "authorization")


@dataclass(frozen=True, eq=False)
class Spoilt:
    """A request, and how it is spoilt."""

    how: str
    request: httpx.Request


def spoil(operation: ApiOperation, good: httpx.Request) -> Iterator[Spoilt]:
    """Yield the ways in which a good request can be spoilt."""
    if operation.id != "Translator_Languages":
        yield Spoilt("no credential", _changed(good, without=_CREDENTIALS))
    yield from _by_query(operation, good)
    yield from _by_segment(operation, good)
    if operation.body is not None:
        yield from _by_body(operation, good)


def _by_query(operation: ApiOperation, good: httpx.Request) -> Iterator[Spoilt]:
    for parameter in operation.parameters:
        if parameter["in"] != "query":
            continue
        name = parameter["name"]
        if parameter.get("required") and name in good.url.params:
            url = good.url.copy_remove_param(name)
            yield Spoilt(f"no {name}", _changed(good, url=url))
        schema = parameter.get("items", parameter)
        if {"enum", "pattern"} & set(schema) or schema["type"] in ("boolean", "integer", "number"):
            url = good.url.copy_set_param(name, "no-such-value")
            yield Spoilt(f"{name} of no sense", _changed(good, url=url))


def _by_segment(operation: ApiOperation, good: httpx.Request) -> Iterator[Spoilt]:
    for parameter in operation.parameters:
        if parameter["in"] == "path":
            prefix = str(good.url).partition(operation.source.prefix or "/secrets")[0]
            if operation.source.prefix:
                url = prefix + operation.path()
                yield Spoilt(f"{parameter['name']} unknown", _changed(good, url=url))


def _by_body(operation: ApiOperation, good: httpx.Request) -> Iterator[Spoilt]:
    body = operation.body
    assert body is not None
    unknown = _changed(good, media_type="application/x-unknown")
    yield Spoilt("a body of no known type", unknown)
    yield Spoilt("no body", _changed(good, content=b""))
    if not operation.consumes[0].endswith("/json"):
        yield Spoilt("a body of another format", _changed(good, content=b"not a picture"))
        return
    for text in ("{", "[1", '"text"', "7", "null", "[]", "{}", "[{}]", '{"documents": 1}'):
        yield Spoilt(f"body {text}", _changed(good, content=text.encode()))


def _changed(
    good: httpx.Request,
    url: httpx.URL | str | None = None,
    content: bytes | None = None,
    media_type: str | None = None,
    without: tuple[str, ...] = (),
) -> httpx.Request:
    skipped = (*without, "content-length", "transfer-encoding")
    headers = [(n, v) for n, v in good.headers.items() if n.lower() not in skipped]
    if media_type is not None:
        headers = [(n, v) for n, v in headers if n != "content-type"]
        headers.append(("content-type", media_type))
    given = good.content if content is None else content
    return httpx.Request(
        good.method, good.url if url is None else url, headers=headers, content=given
    )

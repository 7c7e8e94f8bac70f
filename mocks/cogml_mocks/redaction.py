"""An answer is kept without what opens something: neither of the request's, nor of its own.

What a request shows in its headers, its query or its body goes out of the answer wherever it
stands there, of at least six characters: a shorter text is found in too much that is none. Of the
answer's own go headers, fields and parameters that are named like it (`secret_names`).

Not modelled: a field that holds no string, or says nothing of itself; parts of a form; other
encodings than that of an address.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from cogml_mocks.messages import Request, Response, media_type
from cogml_mocks.operations import decode_json
from cogml_mocks.recordings import ORIGIN, Recorded
from cogml_mocks.secret_names import HIDDEN, masked_addresses, masked_text, opens, opens_in_query

LEAST = 6
_NOT_KEPT = re.compile(
    r"(?i)cookie|auth|session|server|^via$|client-?ip|report|^nel$|^x-cogml-recorded$"
)


def secrets(request: Request) -> list[str]:
    """Return what a request carries that opens something, the longest first."""
    found = [value for name, value in request.headers.items() if opens_in_query(name)]
    found += [value.partition(" ")[2] for value in found]
    found += [pair.partition("=")[2] for pair in request.headers.get("cookie", "").split(";")]
    found += [v for n, v in parse_qsl(request.query_string) if opens_in_query(n)]
    found += _in_body(request)
    found = [text.strip() for text in found]
    found += [quote(text, safe="", errors="replace") for text in found]
    return sorted((text for text in set(found) if len(text) >= LEAST), key=len, reverse=True)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return text with these in it hidden."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def redacted(response: Response, upstream: str, secrets: Iterable[str]) -> Recorded:
    """Return an answer as it may be kept, the service's address told from any other's.

    ``TypeError`` or ``RecursionError`` for JSON that is nested too deeply.
    """

    def clean(text: str, mask: Callable[[str], str] = masked_addresses) -> str:
        return mask(without(text.replace(upstream, ORIGIN), secrets))

    headers: dict[str, str] = {}
    for given, value in response.headers:
        name = given.lower()
        if not _NOT_KEPT.search(name) and not opens_in_query(name):
            joined = f"{headers[name]}, {value}" if name in headers else value
            headers[name] = clean(joined)
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        body = _without_bytes(response.body, secrets)
        return Recorded(response.status, tuple(headers.items()), body, is_text=False)
    body = clean(text, masked_text).encode()
    if media_type(headers).endswith("json"):
        try:
            document = decode_json(response.body)
        except ValueError:
            pass
        else:
            body = orjson.dumps(_masked(document, clean))
    return Recorded(response.status, tuple(headers.items()), body, is_text=True)


def _in_body(request: Request) -> list[str]:
    kind = request.media_type
    try:
        if kind == "application/x-www-form-urlencoded":
            return [v for n, v in parse_qsl(request.body.decode()) if opens_in_query(n)]
        return _values(decode_json(request.body)) if kind.endswith("json") else []
    except (ValueError, RecursionError):
        return []


def _values(document: Any) -> list[str]:
    if isinstance(document, list):
        return [value for each in document for value in _values(each)]
    if not isinstance(document, dict):
        return []
    found = [v for name, v in document.items() if isinstance(v, str) and opens(name)]
    return found + [value for each in document.values() for value in _values(each)]


def _masked(document: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(document, str):
        return clean(document)
    if isinstance(document, list):
        return [_masked(each, clean) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        clean(name): HIDDEN if isinstance(value, str) and opens(name) else _masked(value, clean)
        for name, value in document.items()
    }


def _without_bytes(body: bytes, secrets: Iterable[str]) -> bytes:
    for secret in secrets:
        for written in {secret.encode(), secret.encode("latin-1", "ignore")}:
            if len(written) >= LEAST:
                body = body.replace(written, HIDDEN.encode())
    return body

"""A recorded answer goes before a computed one, and says so in the header `x-cogml-recorded`.

A folder of recordings holds `*.json` files of two forms. An exchange is a request's fingerprint
and the answers it got, in order: asked again, each is given once and the last one from then on. A
file with `recordings` holds analyses of pictures (see `cogml_mocks.vision.recordings`).

A fingerprint covers method, path, query and body, whatever the order of JSON fields, of parameters
or the boundary between parts; no header but the media type, the languages that are accepted and a
pronunciation assessment; and no value that is a credential. Of the request a file holds beside it
the method, the path, the names of parameters, the media type and the size. Addresses of the
recorded service stand as `https://recorded.invalid`, and are the suite's own when given again.
"""

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cogml_mocks import form_data
from cogml_mocks.messages import Request, Response, media_type
from cogml_mocks.operations import decode_json
from cogml_mocks.secret_names import masked_query

HEADER = "x-cogml-recorded"
ORIGIN = "https://recorded.invalid"
_HEADERS = ("pronunciation-assessment", "accept-language")
_ANY = "*"  # what a client says that does not choose a language
_SORTED = orjson.OPT_SORT_KEYS


def _sorted(query: str) -> str:
    return "&".join(sorted(masked_query(query).split("&")))


def fingerprint(request: Request, path: str) -> str:
    """Return the SHA-256, in hex, of what a request asks for at ``path``."""
    digest = hashlib.sha256()
    asked = [request.method, path, _sorted(request.query_string)]
    asked += [request.media_type] if request.body else []
    told = [(name, request.headers.get(name, _ANY)) for name in _HEADERS]
    asked += [f"{name}:{value}" for name, value in told if value != _ANY]
    for part in (*(text.encode() for text in asked), *_body(request)):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def _body(request: Request) -> Iterable[bytes]:
    kind = request.media_type
    try:
        if kind.endswith("json"):
            return [orjson.dumps(decode_json(request.body), option=_SORTED)]
        if kind == "multipart/form-data":
            boundary = form_data.boundary(request.headers["content-type"])
            return [request.body.replace(boundary, b"")]
        if kind == "application/x-www-form-urlencoded":
            return [_sorted(request.body.decode()).encode()]
    except (ValueError, TypeError):
        return [request.body]  # what cannot be read is only equal to itself
    return [request.body]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer as it lies in a file."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_text: bool

    def response(self, base_url: str) -> Response:
        """Return the answer as the suite at an address gives it."""
        headers = [(name, value.replace(ORIGIN, base_url)) for name, value in self.headers]
        body = self.body.replace(ORIGIN.encode(), base_url.encode()) if self.is_text else self.body
        return Response(self.status, body, [*headers, (HEADER, "true")])

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a file holds it: JSON as such, other text as text, or base64."""
        headers = dict(self.headers)
        written: dict[str, Any] = {"status": self.status, "headers": headers}
        if not self.is_text:
            return {**written, "base64": base64.b64encode(self.body).decode()}
        if media_type(headers).endswith("json"):
            with contextlib.suppress(ValueError):
                return {**written, "json": decode_json(self.body)}
        return {**written, "text": self.body.decode()}


Exchanges = Mapping[str, tuple[Recorded, ...]]


def recorded(document: dict[str, Any]) -> Recorded:
    """Return an answer of a file; ``ValueError``, ``TypeError`` or ``KeyError`` for none."""
    status, headers = document["status"], document["headers"]
    if type(status) is not int or not 200 <= status <= 599:
        raise ValueError("status is a number from 200 to 599")
    for text in (*headers, *headers.values()):
        if not isinstance(text, str) or re.search(r"[\r\n\0]", text):
            raise ValueError("headers are names and values without line breaks")
    if "base64" in document:
        body = base64.b64decode(document["base64"], validate=True)
        return Recorded(status, tuple(headers.items()), body, is_text=False)
    body = orjson.dumps(document["json"]) if "json" in document else document["text"].encode()
    return Recorded(status, tuple(headers.items()), body, is_text=True)


def documents(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the files of a folder, by name; ``ValueError`` names one that holds no recording."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            document = decode_json(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path} holds no recordings: {error}") from None
        if not isinstance(document, dict) or not {"request", "recordings"} & document.keys():
            raise ValueError(f"{path} holds no recordings: neither 'request' nor 'recordings'")
        found.append((str(path), document))
    return found


def exchanges(folder: Path) -> Exchanges:
    """Read the answers of a folder by fingerprint; ``ValueError`` names a file that is broken."""
    found = {}
    for name, document in documents(folder):
        if "request" not in document:
            continue
        try:
            answers = tuple(recorded(answer) for answer in document["answers"])
            found[str(document["request"]["fingerprint"])] = answers
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{name} holds no exchange: {error!r}") from None
        if not answers:
            raise ValueError(f"{name} holds no exchange: it has no answers")
    return found


class Replay:
    """What of the recordings a base path was given."""

    def __init__(self, recorded: Exchanges) -> None:
        self._exchanges = recorded
        self._given: dict[str, int] = {}

    def answer(self, key: str, base_url: str) -> Response | None:
        """Return the next answer to the request of a fingerprint; ``None`` for one not recorded."""
        answers = self._exchanges.get(key)
        if answers is None:
            return None
        at = self._given.get(key, 0)
        self._given[key] = min(at + 1, len(answers) - 1)
        return answers[at].response(base_url)

"""An operation is one function, registered once, under a method and a path.

A service family is one module of such functions. It hands the gateway a `Family`: how its errors
look and how many documents a body holds. `load` imports every family, so that a server knows them
all; nothing else imports a family.

A path may have named segments, `/secrets/{name}`, and a named rest, `/{container}/{blob*}`, which
may be empty; where a path fits several, the one with fewer names answers. An operation that
computes for more than some milliseconds, or that fetches something, is `slow`: it runs in a thread
of its family's, so that no other request waits for it.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import orjson

from cogml_mocks.messages import Opening, Request
from cogml_mocks.settings import Settings

FAMILIES = (
    "cogml_mocks.text.textanalytics",
    "cogml_mocks.text.textanalytics_jobs",
    "cogml_mocks.text.language",
    "cogml_mocks.text.language_jobs",
    "cogml_mocks.vision.read",
    "cogml_mocks.vision.computer_vision",
    "cogml_mocks.vision.image_analysis",
    "cogml_mocks.search.bing",
    "cogml_mocks.search.insights",
    "cogml_mocks.search.searxng",
    "cogml_mocks.anomaly.univariate",
    "cogml_mocks.anomaly.multivariate",
    "cogml_mocks.storage.service",
    "cogml_mocks.speech.recognition",
    "cogml_mocks.translator.service",
    "cogml_mocks.identity.keyvault",
    "cogml_mocks.identity.entra",
    "cogml_mocks.identity.managed",
)
JSON = "application/json; charset=utf-8"
THREADS = 8  # of a family, for its slow operations


@dataclass(slots=True)
class ServiceError(Exception):
    """A refusal in the service's own words; ``inner`` is the inner error's code and message."""

    status: int
    code: str
    message: str
    inner: tuple[str, str] | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)


def _too_large(limit: int) -> ServiceError:
    message = f"Request Payload sent is too large to be processed. Limit request size to: {limit}"
    inner = ("InvalidDocumentBatch", message)
    return ServiceError(413, "InvalidRequest", "Invalid document in request.", inner)


@dataclass(frozen=True)
class Family:
    """What the operations of one service have in common on the wire.

    ``error`` writes a refusal, as a JSON document or as the bytes of ``error_type``;
    ``bare_status`` is that of a request with no credential at all where the service itself refuses
    it, not the gateway before it. Answers of a private family are secrets: never recorded.
    """

    prefix: str
    error: Callable[[ServiceError], dict[str, Any] | bytes]
    count_documents: Callable[[Any], int | None] = lambda body: None
    too_large: Callable[[int], ServiceError] = _too_large
    is_private: bool = False
    bare_status: int | None = None
    error_type: str = JSON

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """Where its slow operations run; one family's may wait for another's, never for its own."""
        return ThreadPoolExecutor(THREADS, f"cogml-mocks{self.prefix}")


@dataclass(slots=True)
class Answer:
    """What an operation computed: a JSON document, or ``content`` of another media type.

    A document may hold numpy's numbers, and its arrays where they lie in one piece.
    Neither means an empty body. An operation under ``WEBSOCKET`` answers with a ``session``.
    """

    document: Any = field(default=None, repr=False)  # a token, perhaps, or a secret
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytes | None = field(default=None, repr=False)
    media_type: str = JSON
    session: Opening | None = None

    def body(self) -> bytes:
        """Return the bytes of the answer."""
        if self.content is not None:
            return self.content
        if self.document is None:
            return b""
        return orjson.dumps(self.document, option=orjson.OPT_SERIALIZE_NUMPY)


@dataclass
class Call:
    """One request as an operation sees it, checked by the gateway.

    ``path`` holds the named segments; ``state`` is what the operations of this base path keep
    until it is reset.
    """

    request: Request
    base_url: str
    settings: Settings = field(default_factory=Settings)
    state: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    documents: int | None = None

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; the first of each name."""
        pairs = parse_qsl(self.request.query_string, keep_blank_values=True)
        return dict(reversed(pairs))


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One registered operation and what the gateway checks before it runs.

    No ``media_types`` takes any; ``max_body`` is in bytes; ``keyless`` asks for no credential.
    """

    handler: Handler
    family: Family
    api_versions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "text/json")
    max_body: int = 1_048_576
    slow: bool = False
    keyless: bool = False

    def check_body(self, request: Request) -> None:
        """Refuse a body of another media type, or over this operation's limit."""
        if request.method in _WITHOUT_BODY:
            return
        if self.media_types and request.media_type not in self.media_types:
            raise ServiceError(415, "UnsupportedMediaType", "Unsupported media type")
        if len(request.body) > self.max_body:
            raise self.family.too_large(self.max_body)


_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})
_ROUTES: dict[str, dict[str, Operation]] = {}
_TEMPLATES: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
_FAMILIES: list[Family] = []


def operation(
    method: str, path: str, family: Family, **checks: Any
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the answer to ``method path``."""

    def register(handler: Handler) -> Handler:
        methods = _methods_at(path)
        if method in methods:
            raise ValueError(f"{method} {path} is registered twice")
        methods[method] = Operation(handler, family, **checks)
        if family not in _FAMILIES:
            _FAMILIES.append(family)
        return handler

    return register


def gateway_error(error: ServiceError) -> dict[str, Any]:
    """Return the error body most keyed services share."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.inner is not None:
        body["innererror"] = {"code": error.inner[0], "message": error.inner[1]}
    return {"error": body}


def load() -> None:
    """Import every family, so that its operations are registered."""
    for name in FAMILIES:
        import_module(name)


def find(path: str) -> tuple[dict[str, Operation], dict[str, str]]:
    """Return the operations at a path by method, and its named segments; both empty for none."""
    if path in _ROUTES and "{" not in path:
        return _ROUTES[path], {}
    for pattern, methods in _TEMPLATES:
        if match := pattern.fullmatch(path):
            return methods, match.groupdict()
    return {}, {}


def _methods_at(path: str) -> dict[str, Operation]:
    methods = _ROUTES.setdefault(path, {})
    if "{" in path and not methods:
        _TEMPLATES.append((re.compile("/".join(map(_pattern, path.split("/")))), methods))
        _TEMPLATES.sort(key=lambda template: template[0].groups)
    return methods


def _pattern(segment: str) -> str:
    if segment[:1] != "{":
        return re.escape(segment)
    name = segment[1:-1]
    return f"(?P<{name[:-1]}>.*)" if name.endswith("*") else f"(?P<{name}>[^/]+)"


def family_of(path: str) -> Family | None:
    """Return the family of the operations at a path, else the one whose prefix it has."""
    methods, _ = find(path)
    if methods:
        return next(iter(methods.values())).family
    return next((family for family in _FAMILIES if path.startswith(family.prefix)), None)


def decode_json(body: bytes) -> Any:
    """Decode a JSON body; ``ValueError`` for anything RFC 8259 does not allow."""
    return orjson.loads(body)

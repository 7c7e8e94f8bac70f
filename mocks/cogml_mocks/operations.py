"""An operation is one function, registered once, under a method and a path.

A service family is one module of such functions. It hands the gateway a `Family`: how its errors
look and how many documents a body holds. `load` imports every family, so that a server knows them
all; nothing else imports a family.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import orjson

from cogml_mocks.messages import Request

FAMILIES = ("cogml_mocks.textanalytics", "cogml_mocks.language")


@dataclass(frozen=True, slots=True)
class Family:
    """What the operations of one service have in common on the wire."""

    prefix: str
    error: Callable[["ServiceError"], dict[str, Any]]
    count_documents: Callable[[Any], int | None] = lambda body: None


@dataclass(slots=True)
class ServiceError(Exception):
    """A refusal in the service's own words; ``inner`` is the inner error's code and message."""

    status: int
    code: str
    message: str
    inner: tuple[str, str] | None = None


@dataclass(slots=True)
class Answer:
    """What an operation computed: a JSON document, its status and extra headers."""

    document: Any
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Call:
    """One request as an operation sees it: checked by the gateway, body decoded."""

    request: Request
    base_url: str
    body: Any = None
    documents: int | None = None

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; the first of each name."""
        pairs = parse_qsl(self.request.query_string, keep_blank_values=True)
        return dict(reversed(pairs))


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One registered operation and what the gateway checks before it runs."""

    handler: Handler
    family: Family
    api_versions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "text/json")
    max_body: int = 1_048_576

    def check_size(self, body: bytes) -> None:
        """Refuse a body over this operation's limit."""
        if len(body) > self.max_body:
            message = (
                "Request Payload sent is too large to be processed. "
                f"Limit request size to: {self.max_body}"
            )
            inner = ("InvalidDocumentBatch", message)
            raise ServiceError(413, "InvalidRequest", "Invalid document in request.", inner)


_ROUTES: dict[str, dict[str, Operation]] = {}
_FAMILIES: list[Family] = []


def operation(
    method: str, path: str, family: Family, **checks: Any
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the answer to ``method path``."""

    def register(handler: Handler) -> Handler:
        methods = _ROUTES.setdefault(path, {})
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


def methods_of(path: str) -> dict[str, Operation]:
    """Return the operations at a path by method; empty when there are none."""
    return _ROUTES.get(path, {})


def family_of(path: str) -> Family | None:
    """Return the family whose prefix a path has."""
    return next((family for family in _FAMILIES if path.startswith(family.prefix)), None)


def decode_json(body: bytes) -> Any:
    """Decode a JSON body; ``ValueError`` for anything RFC 8259 does not allow."""
    return orjson.loads(body)

"""A place is the account, a container or a blob; an operation is a function kept for one of them.

What the operations have in common: the request, the headers of what was written, metadata.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cogml_mocks.operations import Answer, Call
from cogml_mocks.storage.listings import http_date
from cogml_mocks.storage.refusals import Refusal
from cogml_mocks.storage.store import Account, Blob, Container

ACCOUNT = "devstoreaccount1"
MAX_METADATA = 8_192  # bytes
LEASE = [("x-ms-lease-status", "unlocked"), ("x-ms-lease-state", "available")]
_METADATA = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one place of an account."""

    call: Call = field(repr=False)  # it may show a credential
    account: Account
    container: str
    blob: str

    @property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name."""
        return self.call.request.headers

    @property
    def body(self) -> bytes:
        """The bytes that were sent."""
        return self.call.request.body


Handler = Callable[[Request], Answer]
HANDLERS: dict[tuple[str, str, str], tuple[Handler, str]] = {}


def account(call: Call) -> Account:
    """Return the account of a request's base path."""
    found: Account = call.state.setdefault("storage", Account())
    return found


def handles(level: str, methods: str, comp: str, needs: str) -> Callable[[Handler], Handler]:
    """Let the decorated function answer at a level; ``needs`` is any permission that allows it."""

    def keep(handler: Handler) -> Handler:
        for method in methods.split():
            HANDLERS[level, method, comp] = handler, needs
        return handler

    return keep


def metadata(request: Request) -> dict[str, str]:
    """Return the metadata a request sets, checked."""
    start = "x-ms-meta-"
    found = {n[len(start) :]: v for n, v in request.headers.items() if n.startswith(start)}
    if not all(_METADATA.fullmatch(name) for name in found):
        message = "The metadata specified is invalid. It has characters that are not permitted."
        raise Refusal(400, "InvalidMetadata", message)
    if sum(len(name) + len(value) for name, value in found.items()) > MAX_METADATA:
        message = "The size of the specified metadata exceeds the maximum size permitted."
        raise Refusal(400, "MetadataTooLarge", message)
    return found


def written(found: Container | Blob) -> list[tuple[str, str]]:
    """Return the headers that tell one state of a thing from another."""
    return [("ETag", found.etag), ("Last-Modified", http_date(found.modified))]


def shown(metadata: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return metadata as headers."""
    return [(f"x-ms-meta-{name}", value) for name, value in metadata.items()]

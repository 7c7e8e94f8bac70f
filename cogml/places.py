"""A text names a place: an address of the web, a file where this runs, or the URL of a store; what
lets in who has it can be told from its text."""

from __future__ import annotations

import pathlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import url2pathname

from cogml.errors import ParamError

_SECRET_NAMES = frozenset(
    {"key", "code", "sig", "token", "subscription-key", "api-key", "apikey", "access_token"}
    | {"signature", "password", "secret", "client_secret", "ocp-apim-subscription-key"}
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
# A password may hold a slash; digits before one are a port.
_PASSWORD = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*://)?[^/@]*:(?!//|\d+/)[^@]*@")
BARE = (
    "the URL has a password, a query or one of * [ ] { }; give credentials in fsspec's "
    "configuration or environment, and name a place without these characters"
)
"""What is said of the URL of a store that is not bare, without the URL."""


def is_address(value: Any) -> bool:
    """Whether this is the text of an http address."""
    return isinstance(value, str) and value.lower().startswith(("http://", "https://"))


def file_path(place: str) -> pathlib.Path | None:
    """The path of a file's place, a path or a `file://` URL; None for any other URL."""
    scheme, parted, _ = place.partition("://")
    if not parted:
        return pathlib.Path(place)
    return pathlib.Path(url2pathname(place.removeprefix("file://"))) if scheme == "file" else None


def is_url(place: str) -> bool:
    """Whether this is the URL of a store, and no path of this machine."""
    return _URL.match(place) is not None


def is_bare(url: str) -> bool:
    """Whether the URL of a store says where it is, and not how to get in: no password, no query."""
    return "?" not in url and _PASSWORD.match(url) is None


def holds_credential(address: str) -> bool:
    """Whether an address lets in who has it: by a password, or by a parameter of its query."""
    parts = urlsplit(address)
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return "@" in parts.netloc or bool(names & _SECRET_NAMES)


def check_address(address: str) -> None:
    """Raise ParamError for an address that lets in who has it, ValueError for what is no http
    address; what may be a secret is not repeated."""
    parts = urlsplit(address)
    if holds_credential(address):
        raise ParamError(
            "must not hold a password or a key: use setSubscriptionKey or setCustomHeaders"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        if "@" in address or "?" in address:  # what stands before or behind may be a secret
            raise ParamError("expects an address such as https://host/; this is none")
        raise ValueError


def check_place(place: str) -> None:
    """Raise ParamError, without the URL, for that of a store which is not bare."""
    if is_url(place.lstrip()) and not is_bare(place):
        raise ParamError(f"is shown and saved, so it must not let in who reads it: {BARE}")

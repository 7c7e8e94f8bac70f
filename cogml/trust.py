"""Whom TLS trusts: whom httpx and the system trust, and whom the environment names."""

from __future__ import annotations

import functools
import os
import pathlib
import ssl

import httpx

from cogml.errors import ParamError

Version = tuple[str, int, int]

_TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_TRUST = "to trust who issued it, name a file of certificates (PEM) in SSL_CERT_FILE"
_ADVICE = {
    "self-signed certificate": _TRUST,
    "local issuer certificate": _TRUST,
}


def check_environment() -> None:
    """Raise ParamError where a variable of the environment names no file of certificates."""
    for name in _TRUSTED:
        _check(name)


def context() -> ssl.SSLContext:
    """Who is trusted: whom httpx trusts, and whom the system and the environment do."""
    return _context(*(_version(os.environ.get(name, "")) for name in (*_TRUSTED, "SSL_CERT_DIR")))


# To read all certificates of a system takes tens of milliseconds, each time.
@functools.lru_cache(maxsize=2)
def _context(*versions: Version) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if path := os.environ.get("REQUESTS_CA_BUNDLE"):
        context.load_verify_locations(path)
    return context


def _check(variable: str) -> None:
    path = os.environ.get(variable, "")
    if not path:
        return
    try:
        _load(_version(path))
    except ssl.SSLError:
        raise ParamError(
            f"environment variable {variable}: {path!r}: no certificate in it (PEM)"
        ) from None
    except OSError as error:
        raise ParamError(f"environment variable {variable}: {path!r}: {error.strerror}") from None


@functools.lru_cache(maxsize=2)
def _load(version: Version) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(version[0])


def _version(path: str) -> Version:
    """A file as it is now: its path, when it was modified (ns), its size (bytes)."""
    if not path:  # which to pathlib is the current directory
        return path, 0, 0
    try:
        file = pathlib.Path(path).stat()
    except OSError:  # who reads it says why
        return path, 0, 0
    return path, file.st_mtime_ns, file.st_size


def advised(message: str) -> str:
    """A failed connection's message, with what to do where its certificate is not trusted."""
    found = (advice for sign, advice in _ADVICE.items() if sign in message)
    return "; ".join([message, *dict.fromkeys(found)])

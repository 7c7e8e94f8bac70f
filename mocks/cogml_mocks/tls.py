"""A folder holds an authority of its own: clients trust its ``ca.pem``, the server shows the rest.

The certificate is for loopback only: 127.0.0.1, ::1 and localhost. Both files are written at the
first use, and again where they do not fit each other or have less than a day to go; the
authority's key is kept nowhere.

Not modelled: client certificates, revocation, TLS before 1.2.
"""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAMES = ("localhost", "127.0.0.1", "::1")
LIFE = timedelta(days=365)
MARGIN = timedelta(days=1)
AUTHORITY = "ca.pem"
_SERVER = "server.pem"


def context(folder: Path) -> ssl.SSLContext:
    """Return the server's side of TLS; ``ValueError`` where the folder cannot be used."""
    authority, server = folder / AUTHORITY, folder / _SERVER
    try:
        if not _is_valid(authority, server):
            _write(authority, server)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(server)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"tls: {str(folder)!r} cannot be used: {reason}") from None
    made.set_alpn_protocols(["http/1.1"])
    return made


def _is_valid(authority: Path, server: Path) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        issuer = x509.load_pem_x509_certificate(authority.read_bytes())
        shown = x509.load_pem_x509_certificate(server.read_bytes())
        shown.verify_directly_issued_by(issuer)
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature):
        return False
    return min(issuer.not_valid_after_utc, shown.not_valid_after_utc) > datetime.now(UTC) + MARGIN


def _write(authority: Path, server: Path) -> None:
    import trustme

    issuer = trustme.CA(organization_name="cogml local services")
    shown = issuer.issue_cert(*NAMES, not_after=datetime.now(UTC) + LIFE)
    authority.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(server, shown.private_key_and_cert_chain_pem.bytes(), 0o600)
    _replace(authority, issuer.cert_pem.bytes(), 0o644)


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, never readable by more than its mode says."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    part.replace(path)

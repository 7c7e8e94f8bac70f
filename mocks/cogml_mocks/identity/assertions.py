"""An application may show a signed assertion for its secret; its certificate tells who signed.

Checked in this order: form, algorithm, time, audience, and, where the directory knows a certificate
of the application, issuer, subject, key and signature. The numbers are those of Entra's list of
error codes.

Not modelled: several certificates of one application, trust in other issuers (federated
credentials), assertions used twice.
"""

import base64
import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson

from cogml_mocks.operations import ServiceError

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "PS256")
LEEWAY = 300  # seconds a clock may be off


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion as it was read: what it says, what was signed, the signature."""

    header: dict[str, Any]
    claims: dict[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def is_certificate(credential: str) -> bool:
    """Whether what is kept of an application is a certificate in PEM, not a secret."""
    return "-----BEGIN CERTIFICATE-----" in credential


def check(text: str, client: str, audiences: Collection[str], credential: str | None) -> None:
    """Refuse an assertion that does not prove who a client is.

    ``credential`` is what is kept of the application: a certificate in PEM, a secret (which no
    assertion proves), or, where any application is let in, ``None``.
    """
    assertion = _read(text)
    algorithm = assertion.header.get("alg")
    if algorithm not in ALGORITHMS:
        raise _refusal(
            f"AADSTS5002738: Invalid JWT token. '{algorithm}' is not a supported signature "
            f"algorithm. Supported signing algorithms are: '{', '.join(ALGORITHMS)}'."
        )
    _check_time(assertion.claims)
    if assertion.claims.get("aud") not in audiences:
        raise _refusal("AADSTS700023: Client assertion audience claim does not match Realm issuer.")
    if credential is None:
        return
    if not assertion.claims.get("iss") == assertion.claims.get("sub") == client:
        raise _refusal(
            "AADSTS700021: Client assertion application identifier doesn't match 'client_id' "
            "parameter."
        )
    _check_signature(assertion, client, credential)


def _read(text: str) -> Assertion:
    parts = text.split(".")
    try:
        header, claims, signature = (_decoded(part) for part in parts)
        read = Assertion(
            orjson.loads(header), orjson.loads(claims), ".".join(parts[:2]).encode(), signature
        )
        malformed = not (isinstance(read.header, dict) and isinstance(read.claims, dict))
    except ValueError:
        malformed = True
    if malformed:
        message = "AADSTS50027: JWT token is invalid or malformed."
        raise ServiceError(400, "invalid_request", message)
    return read


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), b"-_", validate=True)


def _check_time(claims: dict[str, Any]) -> None:
    start, end = claims.get("nbf", 0), claims.get("exp")
    now = time.time()
    is_begun = isinstance(start, int | float) and start - LEEWAY <= now
    is_over = not isinstance(end, int | float) or now > end + LEEWAY
    if is_over or not is_begun:
        raise _refusal("AADSTS700024: Client assertion is not within its valid time range.")


def _check_signature(assertion: Assertion, client: str, credential: str) -> None:
    thumbprint = _thumbprint(assertion.header)
    found = _certificate(credential)
    if found is None or thumbprint.lower() not in found[1]:
        raise _refusal(
            "AADSTS700027: The certificate with identifier used to sign the client assertion is "
            "not registered on application. [Reason - The key was not found., Thumbprint of key "
            f"used by client: '{thumbprint}', Please visit the Azure Portal, Graph Explorer or "
            f"directly use MS Graph to see configured keys for app Id '{client}'.]"
        )
    certificate, _ = found
    reason = "The key was found, but use of the key to verify the signature failed."
    if certificate.not_valid_after_utc.timestamp() < time.time():
        reason = "The key used is expired."
    elif _is_signed(assertion, certificate.public_key()):
        return
    raise _refusal(
        f"AADSTS700027: Client assertion contains an invalid signature. [Reason - {reason}, "
        f"Thumbprint of key used by client: '{thumbprint}']"
    )


def _thumbprint(header: dict[str, Any]) -> str:
    shown = header.get("x5t#S256") or header.get("x5t") or ""
    try:
        return _decoded(shown).hex().upper()
    except (ValueError, AttributeError):
        return ""


def _certificate(credential: str) -> tuple[Any, tuple[str, str]] | None:
    """Return a certificate with its two thumbprints in hex; ``None`` for what is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    if not is_certificate(credential):
        return None
    try:
        certificate = x509.load_pem_x509_certificate(credential.encode())
    except ValueError:
        return None
    encoded = certificate.public_bytes(Encoding.DER)
    sha1 = hashlib.sha1(encoded, usedforsecurity=False).hexdigest()
    return certificate, (sha1, hashlib.sha256(encoded).hexdigest())


def _is_signed(assertion: Assertion, key: Any) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    if not isinstance(key, rsa.RSAPublicKey):
        return False
    scheme: Any = padding.PKCS1v15()
    if assertion.header["alg"] == "PS256":
        scheme = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    try:
        key.verify(assertion.signature, assertion.signed, scheme, SHA256())
    except InvalidSignature:
        return False
    return True


def _refusal(message: str) -> ServiceError:
    return ServiceError(401, "invalid_client", message)

"""A vault keeps every version of its secrets, and what was deleted until it is purged.

A name has no case. Each change makes a new value of `Secret`, so that what was handed out stays as
it was. Who works with a vault holds its lock. A backup is sealed with a key that lives with the
process: other vaults of this process take it, and nobody can read it.

Not modelled: the seconds that deleting, recovering and purging take, and the purge that comes by
itself after `RETENTION_DAYS`. The limits of a vault are the suite's own.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from threading import Lock
from typing import Any

import orjson

from cogml_mocks.operations import ServiceError

RETENTION_DAYS = 90  # what a new vault has, Key Vault's soft-delete overview
MAX_SECRETS = 1_000
MAX_VERSIONS = 100
MAX_HELD = 64 * 2**20  # bytes, deleted secrets included
ENTRY = 1_024  # bytes that a version counts beside what was set
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret; times in Unix seconds."""

    name: str
    version: str
    value: str = field(repr=False)
    created: int
    updated: int
    attributes: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def enabled(self) -> bool:
        """Whether its value is given out."""
        return bool(self.attributes.get("enabled", True))

    @property
    def size(self) -> int:
        """Bytes that it counts towards the limit of its vault."""
        return ENTRY + len(self.value.encode()) + len(orjson.dumps(self.further))

    def item(self, identifier: str) -> dict[str, Any]:
        """What is shown of it beside its value."""
        attributes = {
            "enabled": True,
            **self.attributes,
            "created": self.created,
            "updated": self.updated,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": RETENTION_DAYS,
        }
        return {"id": identifier, "attributes": attributes, **self.further}


@dataclass(frozen=True, slots=True)
class Deleted:
    """A secret that waits for being recovered or purged; the times of both in Unix seconds."""

    versions: list[Secret]
    date: int

    @property
    def newest(self) -> Secret:
        """The version that answered for its name."""
        return self.versions[-1]

    @property
    def purge_date(self) -> int:
        """When it would be purged by itself."""
        return self.date + RETENTION_DAYS * _DAY


class Vault:
    """Secrets and deleted secrets: the versions of each, oldest first, by lower-case name."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Secret]] = {}
        self._deleted: dict[str, Deleted] = {}
        self._count = 0
        self._held = 0
        self.lock = Lock()

    def put(
        self, name: str, value: str, attributes: dict[str, Any], further: dict[str, Any]
    ) -> Secret:
        """Add a version; the oldest of too many is forgotten, a secret too many is refused."""
        self._check_is_free(name)
        digest = hashlib.sha256(f"{name.lower()}/{self._count}".encode()).hexdigest()
        version = f"{self._count:08x}{digest[:24]}"
        self._count += 1
        now = int(time.time())
        added = Secret(name, version, value, now, now, attributes, further)
        before = self._versions.get(name.lower(), [])
        kept = [*before, added][-MAX_VERSIONS:]
        self._hold(_size(kept) - _size(before))
        self._versions[name.lower()] = kept
        return added

    def versions(self, name: str) -> list[Secret]:
        """All versions of a secret, oldest first; none is a 404."""
        if name.lower() not in self._versions:
            raise _unknown(name)
        return self._versions[name.lower()]

    def get(self, name: str, version: str = "") -> Secret:
        """One version of a secret, or its newest; one that is not there is a 404."""
        versions = self.versions(name)
        if not version:
            return versions[-1]
        for secret in versions:
            if secret.version == version.lower():
                return secret
        raise _unknown(f"{name}/{version}")

    def update(self, secret: Secret, attributes: dict[str, Any], further: dict[str, Any]) -> Secret:
        """Change what is given of a version, leave the rest."""
        changed = replace(
            secret,
            updated=int(time.time()),
            attributes=secret.attributes | attributes,
            further=secret.further | further,
        )
        self._hold(changed.size - secret.size)
        versions = self.versions(secret.name)
        versions[versions.index(secret)] = changed
        return changed

    def newest(self) -> list[Secret]:
        """The newest version of each secret."""
        return [versions[-1] for versions in self._versions.values()]

    def delete(self, name: str) -> Deleted:
        """Put a secret with all its versions away; its name stays taken."""
        deleted = Deleted(self.versions(name), int(time.time()))
        del self._versions[name.lower()]
        self._deleted[name.lower()] = deleted
        return deleted

    def deleted(self) -> list[Deleted]:
        """What can be recovered."""
        return list(self._deleted.values())

    def get_deleted(self, name: str) -> Deleted:
        """One deleted secret; one that is not there is a 404."""
        if name.lower() not in self._deleted:
            raise ServiceError(404, "SecretNotFound", f"Deleted Secret not found: {name}")
        return self._deleted[name.lower()]

    def recover(self, name: str) -> Secret:
        """Bring a deleted secret back; return its newest version."""
        deleted = self.get_deleted(name)
        self._versions[name.lower()] = deleted.versions
        del self._deleted[name.lower()]
        return deleted.newest

    def purge(self, name: str) -> None:
        """Forget a deleted secret for good."""
        self._hold(-_size(self.get_deleted(name).versions))
        del self._deleted[name.lower()]

    def restore(self, versions: Sequence[Secret], identifier: str) -> Secret:
        """Take the versions of a backup; a name in use, or deleted, is a 409."""
        newest = versions[-1]
        name = newest.name.lower()
        if name in self._versions or name in self._deleted:
            message = (
                f"There was a conflict restoring the secret '{identifier}'. This can happen if "
                "either: a second secret with the same name was created after the first secret was "
                "deleted; thus trying to restore a secret whose name is already in use. To fix "
                "this, rename the second secret to something else so that the restore works. The "
                "second probable cause of this exception is when multiple operations are performed "
                "in parallel against the secret. To avoid this error, perform operations against a "
                "secret in a sequential manner."
            )
            raise ServiceError(409, "Conflict", message)
        self._check_is_free(name)
        self._hold(_size(versions))
        self._versions[name] = list(versions)
        # A version is never given out twice, nor one that sorts before an older one.
        self._count = max(self._count, int(newest.version[:8], 16) + 1)
        return newest

    def _check_is_free(self, name: str) -> None:
        if name.lower() in self._deleted:
            message = (
                f"Secret {name} is currently in a deleted but recoverable state, and its name "
                "cannot be reused; in this state, the secret can only be recovered or purged."
            )
            inner = ("ObjectIsDeletedButRecoverable", "")
            raise ServiceError(409, "Conflict", message, inner)
        full = len(self._versions) + len(self._deleted) >= MAX_SECRETS
        if full and name.lower() not in self._versions:
            raise ServiceError(403, "Forbidden", f"This vault holds {MAX_SECRETS} secrets.")

    def _hold(self, size: int) -> None:
        if size > 0 and self._held + size > MAX_HELD:
            raise ServiceError(403, "Forbidden", f"This vault holds {MAX_HELD} bytes.")
        self._held += size


def _size(versions: Sequence[Secret]) -> int:
    return sum(version.size for version in versions)


def seal(versions: Sequence[Secret]) -> str:
    """Return the backup of a secret, in base64url without padding."""
    plain = orjson.dumps([asdict(secret) for secret in versions])
    return str(_sealer().encrypt(plain).decode().rstrip("="))


def unseal(backup: str) -> list[Secret]:
    """Return the versions in a backup of this process; ``ValueError`` for any other text."""
    from cryptography.fernet import InvalidToken

    try:
        token = backup.encode("ascii").rstrip(b"=")
        plain = _sealer().decrypt(token + b"=" * (-len(token) % 4))
    except (InvalidToken, UnicodeEncodeError):
        raise ValueError("this is no backup of a secret") from None
    return [Secret(**secret) for secret in orjson.loads(plain)]


@cache
def _sealer() -> Any:
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(secrets.token_bytes(32)))


def _unknown(name: str) -> ServiceError:
    message = (
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command."
    )
    return ServiceError(404, "SecretNotFound", message)

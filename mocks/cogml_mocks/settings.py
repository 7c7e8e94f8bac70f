"""What a suite is told when it starts; checked once, then read by gateway and operations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """How a suite answers; secrets are in no repr.

    Parameters
    ----------
    keys
        Accepted subscription keys; empty accepts any key that is not empty.
    latency
        Seconds before each answer.
    image_hosts
        Hosts, beside loopback, that pictures may be fetched from.
    secrets
        The key vault's secrets by name.
    tenant
        The directory whose tokens are given out.
    clients
        Secrets, or certificates in PEM, of the applications that may ask for tokens, by client id.
    msi_header
        What an App Service's managed identity must show in ``X-IDENTITY-HEADER``.
    token_seconds
        How long a token is good for.
    storage_key
        The key of the storage account, in base64; empty takes any signature.
    recordings
        A folder of recorded answers.
    record
        The address of a service to pass requests on to; its answers are kept in the folder.
    strict_replay
        Refuse what is not recorded; without, it is computed.
    rate_limit
        Requests a second of each base path, beyond which a 429 is answered; 0 is no limit.
    log
        Keep the last requests, and tell equal ones from others; without, they are only counted.
    models
        A folder, or the URL of a store (by fsspec), where trained anomaly models are kept.
    ledger
        Count how often each document was answered (see `cogml_mocks.ledger`).
    faults
        The rules (see `cogml_mocks.faults`) each base path has from the start and after a reset.

    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    latency: float = 0.0
    image_hosts: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tenant: str = "00000000-0000-0000-0000-000000000001"
    clients: Mapping[str, str] = field(default_factory=dict, repr=False)
    msi_header: str = field(default="", repr=False)
    token_seconds: int = 3599
    storage_key: str = field(default="", repr=False)
    recordings: Path | None = None
    record: str = ""
    strict_replay: bool = False
    rate_limit: float = 0.0
    log: bool = True
    models: str = field(default="", repr=False)  # an address may hold a password
    ledger: bool = False
    faults: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not all(isinstance(key, str) and key for key in self.keys):
            raise ValueError("keys is a sequence of non-empty strings")
        if not 0 <= self.latency <= 600:
            raise ValueError(f"latency_ms must be from 0 to 600000, not {self.latency * 1000!r}")
        for name in self.secrets:
            if not re.fullmatch(r"[0-9A-Za-z-]{1,127}", name):
                raise ValueError(
                    f"a secret's name is 1 to 127 letters, digits and hyphens, not {name!r}"
                )
        if not re.fullmatch(
            r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[A-Za-z0-9+/=]=)?", self.storage_key
        ):
            raise ValueError("storage_key is base64")
        if self.token_seconds < 1:
            raise ValueError(f"token_seconds must be at least 1, not {self.token_seconds!r}")
        if not 0 <= self.rate_limit <= 1e6:
            raise ValueError(f"rate_limit is from 0 to 1000000 a second, not {self.rate_limit!r}")
        if self.recordings is None:
            if self.record or self.strict_replay:
                name = "record" if self.record else "strict_replay"
                raise ValueError(f"{name} needs recordings, the folder of recorded answers")
        elif not self.recordings.is_dir():
            raise ValueError(f"recordings: there is no folder {str(self.recordings)!r}")
        if self.record and self.keys:
            raise ValueError("record passes keys on to the service, which knows its own: no keys")
        if self.record and self.strict_replay:
            raise ValueError("record asks the service, strict_replay never does: choose one")

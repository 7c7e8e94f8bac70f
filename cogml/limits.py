"""What a service allows in one request, and until when it lives, are data: one place for the
batcher, the documentation and the command line."""

from __future__ import annotations

import dataclasses
import datetime
import warnings


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold.

    `documents` a request, `bytes` of its body; `characters` of one document, beyond which the
    service refuses that document (it counts .NET text elements; cogml does not count for it).
    """

    documents: int = 1
    bytes: int = 1_000_000
    characters: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.documents:,} documents"] if self.documents > 1 else []
        if self.characters:
            parts.append(f"{self.characters:,} characters each")
        whole = self.bytes % 2**20 == 0
        parts.append(f"{self.bytes // 2**20} MiB" if whole else f"{self.bytes / 1e6:g} MB")
        return ", ".join(parts)


@dataclasses.dataclass(frozen=True, slots=True)
class Lifecycle:
    """Whether the operation can still be called: `ends` is its announced or past end of life."""

    ends: datetime.date | None = None
    successor: str = ""

    def retired(self, today: datetime.date) -> bool:
        """Whether the end of life has come."""
        return self.ends is not None and self.ends <= today

    def warn(self, stage: str, stacklevel: int) -> None:
        """Warn where the end of life has come."""
        today = datetime.date.today()
        if self.retired(today):
            message = f"{stage}: the operation is {self.status(today)}"
            warnings.warn(message, stacklevel=stacklevel)

    def status(self, today: datetime.date) -> str:
        """`current`, `retires DATE, use X` or `retired DATE, use X`."""
        if self.ends is None:
            return "current"
        verb = "retired" if self.retired(today) else "retires"
        use = f", use {self.successor}" if self.successor else ""
        return f"{verb} {self.ends.isoformat()}{use}"


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service, as the documentation and the command line list it."""

    name: str
    method: str
    path: str
    version: str
    limits: Limits
    lifecycle: Lifecycle

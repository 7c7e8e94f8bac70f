"""An account keeps containers, a container keeps blobs, a blob is replaced as a whole.

Everything kept counts towards one limit, with something for each entry, so that neither many
bytes nor many names fill the memory. Every change is under one lock; what is kept is immutable.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock

from cogml_mocks.storage.refusals import Refusal, too_large

MAX_HELD = 256 * 2**20  # bytes of one account
ENTRY = 1_024  # bytes that a container, blob or block counts beside its content
MAX_BLOCKS = 50_000  # of a blob


@dataclass(frozen=True, slots=True)
class Blob:
    """One block blob as it was last written; ``properties`` are its own headers."""

    content: bytes = field(repr=False)
    etag: str
    created: datetime
    modified: datetime
    md5: str
    properties: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    blocks: tuple[tuple[str, int], ...] = ()

    @property
    def size(self) -> int:
        """Bytes that it counts towards the limit of the account."""
        named = (*self.properties.items(), *self.metadata.items())
        return (
            len(self.content)
            + ENTRY * (1 + len(self.blocks))
            + sum(len(name) + len(value) for name, value in named)
        )


@dataclass
class Container:
    """Blobs by name; ``public`` is what may be read of it without a credential."""

    etag: str
    modified: datetime
    public: str = ""  # or "blob", or "container"
    metadata: Mapping[str, str] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    uncommitted: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Bytes that it counts towards the limit of the account."""
        blocks = (block for held in self.uncommitted.values() for block in held.values())
        own = ENTRY + sum(len(name) + len(value) for name, value in self.metadata.items())
        kept = sum(blob.size for blob in self.blobs.values())
        return own + kept + sum(len(block) + ENTRY for block in blocks)


class Account:
    """The containers of one storage account."""

    def __init__(self, limit: int = MAX_HELD) -> None:
        self.containers: dict[str, Container] = {}
        self.lock = RLock()
        self._limit = limit
        self._held = 0
        self._written = 0

    def create(self, name: str, public: str, metadata: Mapping[str, str]) -> Container:
        """Make a container; one of that name is a conflict."""
        if name in self.containers:
            raise Refusal(409, "ContainerAlreadyExists", "The specified container already exists.")
        made = Container(self._etag(), _now(), public, metadata)
        with self._room(made.size):
            self.containers[name] = made
        return made

    def container(self, name: str) -> Container:
        """Return a container; none is a 404."""
        found = self.containers.get(name)
        if found is None:
            raise Refusal(404, "ContainerNotFound", "The specified container does not exist.")
        return found

    def remove(self, name: str) -> None:
        """Forget a container and what is in it."""
        self._held -= self.container(name).size
        del self.containers[name]

    def blob(self, container: str, name: str) -> Blob:
        """Return a blob; none is a 404."""
        found = self.container(container).blobs.get(name)
        if found is None:
            raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
        return found

    def put(
        self,
        container: str,
        name: str,
        content: bytes,
        properties: Mapping[str, str],
        metadata: Mapping[str, str],
        blocks: tuple[tuple[str, int], ...] = (),
    ) -> Blob:
        """Write a blob; its uncommitted blocks are forgotten."""
        holder = self.container(container)
        old = holder.blobs.get(name)
        now = _now()
        md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        created = now if old is None else old.created
        blob = Blob(content, self._etag(), created, now, md5, properties, metadata, blocks)
        freed = sum(len(block) + ENTRY for block in holder.uncommitted.get(name, {}).values())
        with self._room(blob.size - (0 if old is None else old.size) - freed):
            holder.blobs[name] = blob
            holder.uncommitted.pop(name, None)
        return blob

    def update(
        self,
        container: str,
        name: str,
        *,
        properties: Mapping[str, str] | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Blob:
        """Replace a blob's own headers or its metadata, not its content."""
        old = self.blob(container, name)
        blob = replace(
            old,
            etag=self._etag(),
            modified=_now(),
            properties=old.properties if properties is None else properties,
            metadata=old.metadata if metadata is None else metadata,
        )
        with self._room(blob.size - old.size):
            self.container(container).blobs[name] = blob
        return blob

    def discard(self, container: str, name: str) -> None:
        """Forget a blob."""
        self._held -= self.blob(container, name).size
        del self.container(container).blobs[name]

    def stage(self, container: str, name: str, block: str, content: bytes) -> None:
        """Keep a block until a list of blocks commits it; those of a blob have equal long ids."""
        holder = self.container(container)
        blocks = holder.uncommitted.get(name, {})
        if len(next(iter(blocks), block)) != len(block):
            message = "The specified blob or block content is invalid."
            raise Refusal(400, "InvalidBlobOrBlock", message)
        if block not in blocks and len(blocks) >= MAX_BLOCKS:
            message = f"The uncommitted block count cannot exceed {MAX_BLOCKS} blocks."
            raise Refusal(409, "BlockCountExceedsLimit", message)
        old = len(blocks[block]) if block in blocks else -ENTRY
        with self._room(len(content) - old):
            holder.uncommitted.setdefault(name, blocks)[block] = content

    def commit(
        self,
        container: str,
        name: str,
        listed: list[tuple[str, str]],
        properties: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> Blob:
        """Write a blob out of blocks, each from where it is said to be."""
        holder = self.container(container)
        staged = holder.uncommitted.get(name, {})
        committed = _committed(holder.blobs.get(name))
        pieces: list[bytes] = []
        for place, block in listed:
            piece = None if place == "Committed" else staged.get(block)
            if piece is None and place != "Uncommitted":
                piece = committed.get(block)
            if piece is None:
                raise Refusal(400, "InvalidBlockList", "The specified block list is invalid.")
            pieces.append(piece)
        # Blocks may be listed often: what they come to is known before it is made.
        if sum(map(len, pieces)) > self._limit or len(pieces) > MAX_BLOCKS:
            raise self._full()
        sizes = tuple((block, len(piece)) for (_, block), piece in zip(listed, pieces, strict=True))
        return self.put(container, name, b"".join(pieces), properties, metadata, sizes)

    @contextmanager
    def _room(self, size: int) -> Iterator[None]:
        if size > 0 and self._held + size > self._limit:
            raise self._full()
        yield
        self._held += size

    def _full(self) -> Refusal:
        return too_large(f"this account holds at most {self._limit} bytes")

    def _etag(self) -> str:
        self._written += 1
        return f'"0x8DC{self._written:012X}"'


def _committed(blob: Blob | None) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    start = 0
    for block, size in () if blob is None else blob.blocks:
        assert blob is not None
        found[block] = blob.content[start : start + size]
        start += size
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)

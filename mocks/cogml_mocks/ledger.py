"""Which documents were answered, and again after an answer that had come to what end.

A document is an entry of a body's `documents` (or of a body that is a list) without its `id`; a
body that has none is one document. Documents are equal where method, path, query and the rest of
the body are too. Kept of each is a fingerprint of eight bytes, of no more than `MOST_DOCUMENTS`.

Not modelled: what a document costs; one that is refused inside an answer counts as answered.
"""

from collections import Counter
from hashlib import blake2b
from typing import Any, Literal

import orjson

MOST_DOCUMENTS = 1_000_000  # that are told from each other

How = Literal["whole", "spoilt", "unsent"]
HOW: tuple[How, ...] = ("whole", "spoilt", "unsent")


class Ledger:
    """The answers to the documents of one base path.

    An answer is ``whole`` when all of it was handed to the connection as the engine gave it,
    ``spoilt`` when a fault changed it or broke it off, ``unsent`` when the client had gone.
    """

    def __init__(self) -> None:
        self._last: dict[bytes, How] = {}
        self._again: Counter[How] = Counter()
        self._uncounted = 0

    def note(self, method: str, path: str, query: str, body: bytes, how: How) -> None:
        """Count an answer to each document of this request."""
        around, documents = _documents(body)
        shared = f"{method} {path}?{query}\n".encode() + around
        for document in documents:
            digest = blake2b(shared, digest_size=8)
            digest.update(b"\n" + document)
            key = digest.digest()
            before = self._last.get(key)
            if before is None and len(self._last) >= MOST_DOCUMENTS:
                self._uncounted += 1
                continue
            self._last[key] = how
            if before is not None:
                self._again[before] += 1

    def to_json(self) -> dict[str, Any]:
        """Return how many documents were answered, and how many answers came after which others."""
        return {
            "documents": len(self._last),
            "answers": len(self._last) + self._again.total(),
            "again_after": {how: self._again[how] for how in HOW},
            "uncounted": self._uncounted,
        }


def _documents(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return what a body says of all its documents, and each of them."""
    try:
        given = orjson.loads(body)
    except ValueError:
        return b"", [body]
    holder = given.get("analysisInput", given) if isinstance(given, dict) else {"documents": given}
    documents = holder.get("documents") if isinstance(holder, dict) else None
    if not isinstance(documents, list):
        return b"", [body]
    del holder["documents"]
    return _written({} if isinstance(given, list) else given), [
        _written({name: value for name, value in one.items() if name != "id"})
        if isinstance(one, dict)
        else _written(one)
        for one in documents
    ]


def _written(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

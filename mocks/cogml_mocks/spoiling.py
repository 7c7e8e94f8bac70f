"""A spoiler turns a good answer body into one a client must not trust.

Each takes the body the operation computed and the rule's fields. One that looks into `documents`
leaves a body without any (an error, an empty batch) as it is: there is nothing to spoil.
"""

from collections.abc import Callable
from typing import Any

import orjson

Spoiler = Callable[[bytes, dict[str, Any]], bytes]
SHAPES: dict[str, Any] = {
    "array": [],
    "string": "documents",
    "number": 42,
    "object": {},
    "null": None,
}


def malformed_json(body: bytes, fields: dict[str, Any]) -> bytes:
    """Cut the JSON so that it no longer parses; Content-Length agrees with what is sent."""
    return body[: max(1, len(body) // 2)].rstrip(b"]}")


def wrong_shape(body: bytes, fields: dict[str, Any]) -> bytes:
    """Give valid JSON of another shape."""
    return orjson.dumps(SHAPES[fields.get("shape", "array")])


def empty_body(body: bytes, fields: dict[str, Any]) -> bytes:
    """Give no body at all."""
    return b""


def huge_body(body: bytes, fields: dict[str, Any]) -> bytes:
    """Pad the JSON with white space, which stays valid, to the size asked for."""
    size = int(float(fields.get("megabytes", 8)) * 1_048_576)
    return body + b" " * max(0, size - len(body))


def _on_documents(spoil: Callable[[list[Any], dict[str, Any]], None]) -> Spoiler:
    def spoiler(body: bytes, fields: dict[str, Any]) -> bytes:
        try:
            answer = orjson.loads(body)
        except ValueError:
            return body
        holder = answer.get("results", answer) if isinstance(answer, dict) else None
        documents = holder.get("documents") if isinstance(holder, dict) else None
        if not isinstance(documents, list) or not all(isinstance(one, dict) for one in documents):
            return body
        if not documents:
            return body
        spoil(documents, fields)
        return orjson.dumps(answer)

    return spoiler


def _missing(documents: list[Any], fields: dict[str, Any]) -> None:
    del documents[len(documents) // 2]


def _foreign(documents: list[Any], fields: dict[str, Any]) -> None:
    documents[len(documents) // 2]["id"] = "not-one-of-yours"


def _duplicated(documents: list[Any], fields: dict[str, Any]) -> None:
    documents.append(dict(documents[0]))


def _shuffled(documents: list[Any], fields: dict[str, Any]) -> None:
    documents.reverse()


def _wrong_type(documents: list[Any], fields: dict[str, Any]) -> None:
    document = documents[len(documents) // 2]
    default = next((name for name in document if name not in ("id", "warnings")), "warnings")
    name = fields.get("field", default)
    document[name] = 7 if isinstance(document.get(name), str) else "not what was documented"


SPOILERS: dict[str, tuple[Spoiler, tuple[str, ...]]] = {
    "malformed_json": (malformed_json, ()),
    "wrong_shape": (wrong_shape, ("shape",)),
    "empty_body": (empty_body, ()),
    "huge_body": (huge_body, ("megabytes",)),
    "missing_document": (_on_documents(_missing), ()),
    "foreign_id": (_on_documents(_foreign), ()),
    "duplicated_id": (_on_documents(_duplicated), ()),
    "reordered_documents": (_on_documents(_shuffled), ()),
    "wrong_type": (_on_documents(_wrong_type), ("field",)),
}

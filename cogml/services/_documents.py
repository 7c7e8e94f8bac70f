"""Documents and their answers meet by id, and only by id: not by order, not by number.

Every document sent gets a result: its typed answer, or a ServiceError that says what became of it.
A wrong type, a missing answer, one given twice or an empty one spoils that document alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any, NamedTuple

import httpx
import msgspec
import pyarrow as pa

from cogml import schema
from cogml.errors import RESPONSE_CHARACTERS, ServiceError
from cogml.exchange import NOT_JSON, bad_response, describe, masked

NAMES = [str(position) for position in range(1_000)]
"""The ids of a request's documents, as many as any operation takes: their positions."""

_POSITIONS: dict[str | None, int] = {name: position for position, name in enumerate(NAMES)}
_NO_REASON = "refused without a reason"


class _Error(msgspec.Struct, gc=False):
    id: str | None = None
    error: msgspec.Raw = msgspec.Raw(b"null")


class _Loose(msgspec.Struct):
    """An answer of which only the frame is read."""

    documents: list[msgspec.Raw] | None = None
    errors: list[msgspec.Raw] | None = None
    modelVersion: Any = None


class _Id(msgspec.Struct):
    id: str | None = None


def envelope(kind: pa.DataType) -> Any:
    """The type of an answer: documents of this type, errors, statistics, model version."""
    return msgspec.defstruct(
        "Answers",
        [
            ("documents", list[schema.mirror(kind)] | None, None),  # type: ignore[misc]
            ("errors", list[_Error] | None, None),
            ("modelVersion", str | None, None),
        ],
    )


def _complete(kind: pa.StructType) -> Any:
    """The type of an answer as it nearly always is: each document has an id, and what the operation
    is there for; none is refused."""
    own, main, *others = kind
    fields: list[Any] = [
        (own.name, str),
        (main.name, schema.mirror(main.type, nullable=False)),
        *((field.name, schema.mirror(field.type), None) for field in others),
    ]
    documents = list[msgspec.defstruct("Document", fields, gc=False)]  # type: ignore[misc, valid-type]
    errors, version = ("errors", tuple[()], ()), ("modelVersion", str | None, None)
    return msgspec.defstruct("Complete", [("documents", documents), errors, version])


class _Decoders(NamedTuple):
    """What decodes an answer that is complete, and what any other."""

    kind: pa.StructType
    complete: msgspec.json.Decoder[Any]
    any: msgspec.json.Decoder[Any]


_DECODERS: dict[int, _Decoders] = {}


def _decoders(kind: pa.StructType) -> _Decoders:
    # By identity: the types are a handful of constants, and hashing one costs 20 µs a request.
    found = _DECODERS.get(id(kind))
    if found is None:
        complete, lenient = map(msgspec.json.Decoder, (_complete(kind), envelope(kind)))
        found = _DECODERS[id(kind)] = _Decoders(kind, complete, lenient)
    return found


def read(answer: httpx.Response, kind: pa.StructType, count: int) -> list[Any]:
    """The results of `count` documents whose ids are their positions."""
    return match(answer, answer.content, kind, count)[0]


def match(
    answer: httpx.Response, body: bytes, kind: pa.StructType, count: int
) -> tuple[list[Any], str | None]:
    """The results, and the model version that gave them."""
    decoders = _decoders(kind)
    with contextlib.suppress(*NOT_JSON):
        found = decoders.complete.decode(body)
        if [document.id for document in found.documents] == NAMES[:count]:
            return found.documents, found.modelVersion
    results: list[Any] = [None] * count
    spoiled: dict[str | None, str] = {}
    try:
        found = decoders.any.decode(body)
        documents, errors, version = found.documents, found.errors, found.modelVersion
    except msgspec.ValidationError as error:
        documents, errors, version, spoiled = _one_by_one(body, kind)
        if documents is None and errors is None:
            return [bad_response(answer, str(error))] * count, None
    except NOT_JSON as error:
        return [bad_response(answer, f"not JSON: {error}")] * count, None
    if documents is None and not errors:
        return [bad_response(answer, "the answer has no documents")] * count, None
    main = kind.field(1).name  # behind the id: what the operation is there for
    ids = _POSITIONS if count <= len(_POSITIONS) else {str(at): at for at in range(count)}
    for document in documents or ():
        position = ids.get(document.id) if document is not None else None
        if position is None or position >= count:
            continue
        if results[position] is not None:
            results[position] = bad_response(answer, "the document was answered twice")
        elif getattr(document, main) is None:
            results[position] = bad_response(answer, f"the document's answer has no {main}")
        else:
            results[position] = document
    for refused in errors or ():
        position = ids.get(refused.id)
        if position is not None and position < count:
            results[position] = _refusal(answer, refused)
    for position, result in enumerate(results):
        if result is None:
            why = spoiled.get(str(position), "the answer has nothing for this document")
            results[position] = bad_response(answer, why)
    return results, version


def _one_by_one(
    body: bytes, kind: pa.StructType
) -> tuple[list[Any] | None, list[_Error] | None, str | None, dict[str | None, str]]:
    """What can be read of an answer that is not of the declared type as a whole."""
    try:
        loose = msgspec.json.decode(body, type=_Loose)
    except NOT_JSON:
        return None, None, None, {}
    documents, errors, spoiled = [], [], {}
    for raw in loose.documents or ():
        try:
            documents.append(msgspec.json.decode(raw, type=schema.mirror(kind)))
        except NOT_JSON as error:
            spoiled[_id(raw)] = str(error)
    for raw in loose.errors or ():
        try:
            errors.append(msgspec.json.decode(raw, type=_Error))
        except NOT_JSON as error:
            spoiled[_id(raw)] = str(error)
    version = loose.modelVersion if isinstance(loose.modelVersion, str) else None
    return documents, errors, version, spoiled


def _id(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Id).id
    except NOT_JSON:
        return None


def _refusal(answer: httpx.Response, refused: _Error) -> ServiceError:
    body = masked(bytes(refused.error).decode(errors="replace"), answer)
    try:
        error = msgspec.json.decode(body)
    except NOT_JSON:
        error = None
    return ServiceError(
        code="row_rejected",
        message=masked(describe(error) if isinstance(error, dict) else "", answer) or _NO_REASON,
        response=body[:RESPONSE_CHARACTERS],
        status=answer.status_code,
        reason=answer.reason_phrase,
        attempts=answer.extensions.get("attempts", 1),
    )


def place(entry: Any, position: int) -> None:
    """Give an answer the id of its text's position in the row."""
    if entry is not None:
        entry.id = str(position)


def place_relations(results: list[Any]) -> None:
    """Let the relations of opinions point into the row's array, not into the request's."""
    for position, document in enumerate(results):
        if document is None or isinstance(document, ServiceError):
            continue
        for sentence in document.sentences or ():
            for target in (sentence.targets or ()) if sentence is not None else ():
                for relation in (target.relations or ()) if target is not None else ():
                    if relation is not None and relation.ref:
                        rest = relation.ref.split("/", 3)
                        if len(rest) == 4 and rest[1] == "documents":
                            relation.ref = f"#/documents/{position}/{rest[3]}"


def first_error(results: list[Any]) -> ServiceError | None:
    """The error of the first document that has one; in a row of many texts it says which."""
    for position, result in enumerate(results):
        if isinstance(result, ServiceError):
            if len(results) == 1:
                return result
            return dataclasses.replace(result, message=f"text {position}: {result.message}")
    return None

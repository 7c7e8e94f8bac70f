"""Rows are packed into requests, as full as the service allows; each gets its own of the answers.

Rows of equal settings that have one document each, as nearly all have, are packed as they stand in
columns; all others one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cogml.chunk import Chunk
from cogml.engine import Work
from cogml.errors import ServiceError
from cogml.exchange import Exchange, broken

if TYPE_CHECKING:
    from cogml.plan import Block, Plan, Row
    from cogml.service import Service


def together(service: Service, block: Block, plan: Plan) -> Iterator[Work]:
    """As many documents a request as it may have; from where one would be too heavy on, one by
    one."""
    most = service.documents_per_request()
    room: int | None = None
    for start in range(0, len(block.rows), most):
        part = block.part(start, start + most)
        try:
            documents = None if block.alone else service.encode_all(part.documents)
        except Exception:  # noqa: BLE001 (a bug that one row shows costs that row alone: below)
            documents = None
        if documents is not None:
            if room is None:
                room = _room(service, block.settings)
            if sum(map(len, documents)) + len(documents) > room:
                documents = None
        if documents is None:
            yield from service.works(block.part(start).each(), plan)
            return
        yield Work(part.rows, _asked(service, plan, block.key, block.settings, [documents]))


def one_by_one(service: Service, rows: Iterator[Row], plan: Plan) -> Iterator[Work]:
    """Rows packed into requests of one setting each."""
    most = service.documents_per_request()

    def chunk_of(settings: Mapping[str, Any]) -> Chunk:
        return Chunk(most, _room(service, settings))

    def work(key: Any, settings: Mapping[str, Any], chunk: Chunk) -> Work:
        requests = [request for request in chunk.requests if request]
        spans = None if chunk.single and not plan.alone else chunk.spans
        return Work(chunk.rows, _asked(service, plan, key, settings, requests, spans))

    documents_of, encode = service.documents, service.encode
    begun: dict[Any, tuple[Mapping[str, Any], Chunk]] = {}
    for row in rows:
        key, settings, alone = row.key, row.settings, row.alone
        chunk = chunk_of(settings) if alone or key not in begun else begun[key][1]
        try:
            documents = documents_of(row.document)
            if not chunk.add(row.row, documents, encode):
                yield work(key, settings, chunk)
                chunk = chunk_of(settings)
                chunk.add(row.row, documents, encode)
        except Exception as error:  # noqa: BLE001 (a bug that one row shows costs that row alone)
            yield Work([row.row], broken(error))
            continue
        if alone or chunk.full:
            begun.pop(key, None)
            yield work(key, settings, chunk)
        else:
            begun[key] = (settings, chunk)
    for key, (settings, chunk) in begun.items():
        yield work(key, settings, chunk)


def _room(service: Service, settings: Mapping[str, Any]) -> int:
    """The bytes that a request has for documents, each with what separates it."""
    return service.operation_limits().bytes - len(service.body(settings, []))


def _asked(
    service: Service,
    plan: Plan,
    key: Any,
    settings: Mapping[str, Any],
    requests: list[list[bytes]],
    spans: list[Sequence[bool]] | None = None,
) -> Exchange:
    """The conversation that answers rows: a call for each of their requests, in turn.

    `spans` says which of its documents each row sends; None where each row has one.
    """
    results: list[Any] = []
    for documents in requests:
        body = service.body(settings, documents)
        request = plan.request(key, settings, body, records=len(documents))
        answer = yield from service.converse(request)
        if isinstance(answer, ServiceError):
            results += [answer] * len(documents)
        else:
            found = service.read_answer(answer, settings, len(documents))
            plan.bill(service.units(documents, found))
            results += found
    if spans is None:
        return service.outcomes(results, settings)
    given = iter(results)
    return [
        service.outcome([next(given) if sent else None for sent in span], settings, plan.alone)
        for span in spans
    ]

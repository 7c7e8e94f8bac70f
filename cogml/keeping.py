"""What is kept of earlier runs is given at once; what is asked for now is kept for later ones.

Rows are kept one by one, however they are packed into requests; where the rows of a group need
each other, the group is kept as a whole, for all rows that its answer depends on. What was refused,
in part or altogether, is not kept.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from cogml import schema
from cogml.answers import Kept, answers, fingerprint
from cogml.engine import Work
from cogml.errors import MissingPackage, ParamError
from cogml.exchange import CREDENTIALS, NOT_JSON, Exchange, Outcome
from cogml.meta import KEPT
from cogml.param import ServiceParam
from cogml.places import file_path, is_address

if TYPE_CHECKING:
    from cogml.plan import Plan, Row

_LOG = logging.getLogger("cogml")
_BLOCK = 500  # rows that are looked up together


def _public(headers: dict[str, str]) -> dict[str, str]:
    named = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in named.items() if name not in CREDENTIALS}


def _what_lies_at(place: str) -> tuple[str, int, int] | None:
    """Tell the file at a place from any other, and from what it was before."""
    path = file_path(place)
    if path is None:
        return None
    try:
        path = path.absolute()
        found = path.stat()
    except (OSError, ValueError):
        return None
    return str(path), found.st_mtime_ns, found.st_size


class Keeper:
    """Stands between the rows of a batch and the works they make, with the answers of a place.

    `subject` stands for all that is asked alike; `params` are the service's, of which those in
    `unsent` only tell groups apart; `kind` is the type of a row's answer. What says who asks (a
    secret; of further headers those that may) is no part of a question. A text where bytes may
    stand is the place of a file, and counts for what lies there: absolute path, time of the last
    change, size; where nothing does, nothing is kept.
    """

    def __init__(
        self,
        answers: Kept,
        subject: bytes,
        params: Iterable[ServiceParam],
        unsent: set[str],
        kind: pa.DataType,
        outcomes: list[Outcome],
    ) -> None:
        self.answers = answers
        self._subject = subject
        params = list(params)
        self._unsent = unsent
        self._headers = {p.name for p in params if p.kind == dict[str, str]}
        self._secrets = {p.name for p in params if p.secret} - self._headers
        self._files = [p.name for p in params if p.kind is bytes]
        self._outcomes = outcomes
        self._decoder = msgspec.msgpack.Decoder(schema.mirror(kind))
        self._list_decoder = msgspec.msgpack.Decoder(list[schema.mirror(kind)])  # type: ignore[misc]
        self._keys: dict[int, bytes] = {}
        self._shared: dict[Any, bytes] = {}
        self.found = 0

    def rows(
        self, rows: Iterator[Row], make: Callable[[Iterator[Row]], Iterator[Work]]
    ) -> Iterator[Work]:
        """The works of the rows that nothing is kept of; all are looked up before it returns, in
        the caller's thread: the answers may be far away."""
        unanswered = list(self._unanswered(rows))
        return (work._replace(exchange=self._keep(work)) for work in make(iter(unanswered)))

    def groups(
        self, rows: Iterator[Row], make: Callable[[Iterator[Row]], Iterator[Work]]
    ) -> Iterator[Work]:
        """The works of the groups that nothing is kept of; looked up as those of `rows`."""
        works = [(work, self._group_key(work)) for work in make(self._noted(rows))]
        kept = self.answers.get([key for _, key in works if key is not None])
        unanswered = []
        for work, key in works:
            values = None if key is None else self._decoded(self._list_decoder, kept.get(key))
            if values is not None and len(values) == len(work.rows):
                self._give(zip(work.rows, values, strict=True))
            else:
                unanswered.append(work if key is None else self._whole(work, key))
        return iter(unanswered)

    def _group_key(self, work: Work) -> bytes | None:
        keys = [self._keys.get(row) for row in work.reads or work.rows]
        return None if None in keys else fingerprint(keys)

    def _whole(self, work: Work, key: bytes) -> Work:
        return work._replace(exchange=self._keep_whole(work, key))

    def _noted(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            key = self._key(row)
            if key is not None:
                self._keys[row.row] = key
            yield row

    def _unanswered(self, rows: Iterator[Row]) -> Iterator[Row]:
        noted = self._noted(rows)
        while block := list(itertools.islice(noted, _BLOCK)):
            keys = [self._keys.get(row.row) for row in block]
            kept = self.answers.get([key for key in keys if key is not None])
            for row, key in zip(block, keys, strict=True):
                value = self._decoded(self._decoder, kept.get(key)) if key is not None else None
                if value is None:
                    yield row
                else:
                    self._give([(row.row, value)])

    def _key(self, row: Row) -> bytes | None:
        shared = self._shared.get(row.key)
        if shared is None:
            settings = {n: v for n, v in row.settings.items() if n not in self._secrets}
            for name in self._headers & settings.keys():
                settings[name] = _public(settings[name]) or None
            settings = {n: v for n, v in settings.items() if v is not None}
            shared = self._shared[row.key] = fingerprint(self._subject, settings)
        document = {
            name: int(value) if type(value) is float and value.is_integer() else value
            for name, value in row.document.items()
            if name not in self._unsent
        }
        for name in self._files:
            if isinstance(place := document.get(name), str) and not is_address(place):
                lies = _what_lies_at(place)
                if lies is None:
                    return None
                document = document | {name: lies}
        return fingerprint(shared, document)

    def _give(self, answered: Any) -> None:
        for row, value in answered:
            self._outcomes[row] = Outcome(value, meta=KEPT)
            self.found += 1

    def _decoded(self, decoder: Any, kept: bytes | None) -> Any:
        if kept is None:
            return None
        try:
            return decoder.decode(kept)
        except NOT_JSON:
            return None  # what another version wrote, or what is broken, is asked for again

    def _keep(self, work: Work) -> Exchange:
        outcomes = yield from work.exchange
        answered = [
            (self._keys[row], msgspec.msgpack.encode(outcome.value))
            for row, outcome in zip(work.rows, outcomes, strict=False)
            if outcome.error is None and outcome.value is not None and row in self._keys
        ]
        if answered:
            yield functools.partial(self.answers.put, answered)
        return outcomes

    def _keep_whole(self, work: Work, key: bytes) -> Exchange:
        outcomes = yield from work.exchange
        if all(o.error is None and o.value is not None for o in outcomes):
            values = [outcome.value for outcome in outcomes]
            yield functools.partial(self.answers.put, [(key, msgspec.msgpack.encode(values))])
        return outcomes


def _answers_of(plan: Plan) -> Kept | None:
    if plan.cache is None:
        return None
    try:
        return answers(*plan.cache)
    except (ParamError, MissingPackage) as error:  # the driver could use it, this worker cannot
        _LOG.warning("answers are not kept: %s", error)
        plan.cache = None
        return None


@contextlib.contextmanager
def kept_up(plan: Plan) -> Iterator[None]:
    """A run that begins with what others have kept, and ends when they see what it has kept."""
    kept = _answers_of(plan)
    if kept is not None:
        kept.refresh()
    try:
        yield
    finally:
        if kept is not None:
            kept.flush()


def keeper_of(plan: Plan, outcomes: list[Outcome]) -> Keeper | None:
    """The keeper of a batch of this plan; None where nothing is kept."""
    kept = _answers_of(plan)
    if kept is None:
        return None
    assert plan.output_type is not None
    subject = fingerprint(
        plan.service.subject(), plan.address, plan.web, str(plan.output_type), plan.alone
    )
    params = [p for p in plan.service.declared.values() if isinstance(p, ServiceParam)]
    unsent = {param.name for param, column in plan.bound() if column.name in (plan.group or ())}
    return Keeper(kept, subject, params, unsent, plan.output_type, outcomes)

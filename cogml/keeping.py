"""What is kept of earlier runs is given at once; what is asked for now is kept for later ones.

Rows are kept one by one, however they are packed into requests; where the rows of a group need
each other, the group is kept as a whole. What was refused, in part or altogether, is not kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from cogml import schema
from cogml.answers import Answers, fingerprint
from cogml.engine import Work
from cogml.exchange import Exchange, Outcome

if TYPE_CHECKING:
    from cogml.plan import Row

_BLOCK = 500  # rows that are looked up together


class Keeper:
    """Stands between the rows of a batch and the works they make, with the answers of a folder.

    `subject` stands for all that is asked alike; `secrets` name the settings that are no part of
    what is asked; `kind` is the type of a row's answer.
    """

    def __init__(
        self,
        answers: Answers,
        subject: bytes,
        secrets: frozenset[str],
        kind: pa.DataType,
        outcomes: list[Outcome],
    ) -> None:
        self._answers = answers
        self._subject = subject
        self._secrets = secrets
        self._outcomes = outcomes
        self._decoder = msgspec.msgpack.Decoder(schema.mirror(kind))
        self._list_decoder = msgspec.msgpack.Decoder(list[schema.mirror(kind)])  # type: ignore[misc]
        self._keys: dict[int, bytes] = {}
        self._shared: dict[Any, bytes] = {}
        self.found = 0

    def rows(
        self, rows: Iterator[Row], make: Callable[[Iterator[Row]], Iterator[Work]]
    ) -> Iterator[Work]:
        """The works of the rows that nothing is kept of."""
        for work in make(self._unanswered(rows)):
            yield Work(work.rows, self._keep(work))

    def groups(
        self, rows: Iterator[Row], make: Callable[[Iterator[Row]], Iterator[Work]]
    ) -> Iterator[Work]:
        """The works of the groups that nothing is kept of."""
        for work in make(self._noted(rows)):
            key = fingerprint(*(self._keys[row] for row in work.rows))
            kept = self._answers.get([key])
            values = self._decoded(self._list_decoder, kept.get(key))
            if values is not None and len(values) == len(work.rows):
                self._give(zip(work.rows, values, strict=True))
            else:
                yield Work(work.rows, self._keep_whole(work, key))

    def _noted(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._keys[row.row] = self._key(row)
            yield row

    def _unanswered(self, rows: Iterator[Row]) -> Iterator[Row]:
        noted = self._noted(rows)
        while block := list(itertools.islice(noted, _BLOCK)):
            kept = self._answers.get([self._keys[row.row] for row in block])
            for row in block:
                value = self._decoded(self._decoder, kept.get(self._keys[row.row]))
                if value is None:
                    yield row
                else:
                    self._give([(row.row, value)])

    def _key(self, row: Row) -> bytes:
        shared = self._shared.get(row.key)
        if shared is None:
            settings = {n: v for n, v in row.settings.items() if n not in self._secrets}
            shared = self._shared[row.key] = fingerprint(self._subject, settings)
        return fingerprint(shared, row.document)

    def _give(self, answered: Any) -> None:
        for row, value in answered:
            self._outcomes[row] = Outcome(value)
            self.found += 1

    def _decoded(self, decoder: Any, kept: bytes | None) -> Any:
        if kept is None:
            return None
        try:
            return decoder.decode(kept)
        except msgspec.DecodeError:
            return None  # what another version wrote is asked for again

    def _keep(self, work: Work) -> Exchange:
        outcomes = yield from work.exchange
        self._answers.put(
            [
                (self._keys[row], msgspec.msgpack.encode(outcome.value))
                for row, outcome in zip(work.rows, outcomes, strict=False)
                if outcome.error is None and outcome.value is not None
            ]
        )
        return outcomes

    def _keep_whole(self, work: Work, key: bytes) -> Exchange:
        outcomes = yield from work.exchange
        if all(o.error is None and o.value is not None for o in outcomes):
            values = [outcome.value for outcome in outcomes]
            self._answers.put([(key, msgspec.msgpack.encode(values))])
        return outcomes

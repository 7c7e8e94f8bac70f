"""A plan is a stage made ready to run: settings checked, secrets and address resolved, picklable.

It is made on the driver, before any request, and travels to wherever the rows are; there it turns
record batches of the columns it needs into record batches of the columns it makes: error, output
and, where it is asked for, what the answer took.
"""

from __future__ import annotations

import collections
import dataclasses
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import msgspec
import pyarrow as pa

from cogml import filling, schema
from cogml.binding import (
    UNREADABLE,
    WORDS,
    accepts,
    allowed,
    bound,
    cells,
    check_upstream,
    same_type,
    values,
)
from cogml.credentials import TokenSource
from cogml.engine import Load, Work
from cogml.errors import ParamError, ServiceError, one_of
from cogml.exchange import Outcome
from cogml.jobs import Jobs, named, operations
from cogml.keeping import keeper_of
from cogml.local import LOCAL
from cogml.messages import Request, Template
from cogml.meta import META
from cogml.param import Column, ServiceParam
from cogml.policy import Transport
from cogml.report import RunReport
from cogml.rows import REFUSED, Columns, failed, needed, without_views
from cogml.watch import Progress

if TYPE_CHECKING:
    from cogml.service import Service


Refuse = Callable[[int, ServiceError], None]


class Row(msgspec.Struct, gc=False):
    """One row that is sent: what its request holds (`settings`, alike for an equal `key`), its
    place in the batch, what its document holds, and whether it has a request to itself."""

    key: Any
    settings: Mapping[str, Any]
    row: int
    document: dict[str, Any]
    alone: bool


class Block(NamedTuple):
    """Rows that are sent with equal settings, by their places in the batch; what their documents
    hold lies in columns, by parameter. Where `alone`, each has a request to itself."""

    key: Any
    settings: Mapping[str, Any]
    rows: list[int] | range
    documents: dict[str, list[Any]]
    alone: bool

    def part(self, start: int, stop: int | None = None) -> Block:
        """The rows from one to before another, counted within the block."""
        documents = {name: column[start:stop] for name, column in self.documents.items()}
        return Block(self.key, self.settings, self.rows[start:stop], documents, self.alone)

    def each(self) -> Iterator[Row]:
        """Its rows, one by one."""
        for position, row in enumerate(self.rows):
            document = {name: column[position] for name, column in self.documents.items()}
            yield Row(self.key, self.settings, row, document, self.alone)


@dataclasses.dataclass
class Plan:
    """See the module; `transport` replaces the process's own carrier.

    Made `again`, it takes frames that have its columns, and asks only for the rows that have
    an error there (with the rest of their groups).
    """

    service: Service
    address: str
    needs: list[str]
    error: str
    output: str
    load: Load
    execution: str
    upstream: str | None = None
    meta: str | None = None
    group: list[str] | None = None
    web: str = ""
    cache: tuple[str, int] | None = None
    again: bool = False
    output_type: pa.DataType | None = None
    alone: bool = False
    transport: Transport | None = None
    tokens: TokenSource | None = None
    report: RunReport = dataclasses.field(default_factory=RunReport)
    _templates: dict[Any, Template] = dataclasses.field(default_factory=dict, repr=False)

    def check(self, columns: Mapping[str, pa.DataType], names: Iterable[Any]) -> None:
        """Hold the frame's columns against the settings; fixes the output's type.

        `columns` gives the types of the needed columns (those that are there), `names` all names.
        """
        names = list(names)
        stage = type(self.service).__name__
        doubled = [str(n) for n, count in collections.Counter(names).items() if count > 1]
        if doubled:
            raise ParamError(f"{stage}: the frame has more than one column named {doubled}")
        for name in self.needs:
            if name not in names:
                raise ParamError(
                    f"{stage}: no column {name!r} in the frame{one_of(name, [*map(str, names)])}"
                )
        read = self.bound()
        for param, column in read:
            kind = columns[column.name]
            if not accepts(param, kind):
                raise ParamError(
                    f"{stage}: column {column.name!r} is {kind}; "
                    f"{param.name} expects {WORDS[param.kind]}"
                )
        if self.upstream is not None:
            check_upstream(stage, self.upstream, columns[self.upstream])
        types = {param.name: columns[column.name] for param, column in read}
        self.service.check(types)
        self.alone = self.service.is_batch(types)
        self.output_type = self.service.output_type(types)

    def fields(self, there: Mapping[str, pa.DataType]) -> list[pa.Field]:
        """The fields that are made; `there` are the frame's columns of these names.

        An output column of the same type is replaced, and those made with it: such a frame ran
        before. Anything else of that name is the caller's, or another stage's, and stays.
        """
        fields = self.made()
        missing = [field.name for field in fields if field.name not in there]
        if self.again and missing:
            raise ParamError(
                f"{type(self.service).__name__}: no column {missing[0]!r} in the frame; "
                f"retryFailed takes a frame that this stage has transformed"
            )
        strange = [
            f.name for f in fields if f.name in there and not same_type(there[f.name], f.type)
        ]
        if self.output not in there:
            strange += there
        if strange and self.again:
            raise ParamError(
                f"{type(self.service).__name__}: column {strange[0]!r} is not what this stage "
                f"makes; CSV and JSON forget types: keep frames as Parquet or Arrow"
            )
        if strange:
            raise ParamError(
                f"{type(self.service).__name__}: the frame already has a column {strange[0]!r} of "
                f"another origin; {self.remedy(strange[0])}"
            )
        return fields

    def param_of(self, name: str) -> str:
        """The parameter that gives a column that is made its name; empty where none does."""
        named = {self.error: "errorCol", self.output: "outputCol", self.meta: "metaCol"}
        return named.get(name, "")

    def remedy(self, name: str) -> str:
        """What to do where the frame has a column of a name that is to be made."""
        param = self.param_of(name)
        return f"set another {param}" if param else "rename it"

    def made(self) -> list[pa.Field]:
        """The fields that are made, in order, of a plan that has been checked."""
        kind = self.output_type
        assert kind is not None
        beside = [schema.inside(kind, path) for path in self.service.beside.values()]
        return [*map(pa.field, self.makes, (schema.ERROR, kind, *beside, META))]

    def __getstate__(self) -> dict[str, Any]:
        # The address is packed for the reason that `Params` packs its values.
        packed = zlib.compress(self.address.encode())
        return {**vars(self), "_templates": {}, "address": packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        address = zlib.decompress(state["address"]).decode()
        vars(self).update(state | {"address": address})

    @property
    def reads(self) -> list[str]:
        """The columns that are read of a frame."""
        return [*self.needs, *self.makes] if self.again else self.needs

    @property
    def makes(self) -> list[str]:
        """The columns that are made: the error, the output, what of it stands beside it and, where
        it is set, what it took."""
        last = [] if self.meta is None else [self.meta]
        return [self.error, self.output, *self.service.beside, *last]

    def bill(self, amount: float) -> None:
        """Count so much of the service's unit as billed: what a service has answered."""
        if self.execution != LOCAL:
            self.report.bill(self.service.unit, amount)

    def bound(self) -> list[tuple[ServiceParam, Column]]:
        """The parameters that are read from columns."""
        return bound(self.service)

    # Where the rows are

    def piece(self) -> int:
        """How many rows of a stream to take at once: enough to fill the window some times over, few
        enough that one who takes only the first rows does not pay for many more. Where rows are
        grouped, a piece ends where a group ends."""
        window = (self.load.first or self.load.concurrency) * self.service.documents_per_request()
        return max(min(100, self.at_once), min(4 * window, self.at_once))

    @property
    def at_once(self) -> int:
        """How many rows of a table are turned into columns at once: those of whole requests."""
        each = self.service.documents_per_request()
        return -(-self.service.at_once // each) * each

    def fill(self, table: pa.Table, progress: Progress | None = None) -> Columns:
        """The columns that are made of a whole table of the columns that are read."""
        return filling.fill(self, table, progress)

    def stream(self, batches: Iterable[pa.RecordBatch]) -> Generator[list[pa.Array], None, None]:
        """The columns that are made of each batch of the columns that are read, in order."""
        return filling.stream(self, batches)

    def failed(self, table: pa.Table) -> tuple[pa.Table, Columns, pa.BooleanArray]:
        """The rows to ask for again, the columns they had, and which rows of all they are."""
        error, *others = (table.column(name) for name in self.makes)
        old = (schema.errors(error), *others)
        upstream = None if self.upstream is None else table.column(self.upstream)
        rows = failed(table, old[0], old[1], self.group, upstream)
        names = [name for name in table.column_names if name not in self.makes]
        part = named(needed(table, names), old[0])
        return without_views(part).filter(rows), old, rows

    def works(self, table: pa.Table | pa.RecordBatch, outcomes: list[Outcome]) -> Iterator[Work]:
        """The exchanges that answer a batch; what is known without one is put into `outcomes`."""

        def refuse(row: int, error: ServiceError) -> None:
            outcomes[row] = Outcome(None, error)

        def make(rows: Iterator[Row]) -> Iterator[Work]:
            return self.service.works(rows, self)

        begun = operations(table)
        keeper = keeper_of(self, outcomes)
        if keeper is None and not begun:
            return self._ready(self._works(table, refuse))
        rows = self._rows(*self._read(table, refuse), refuse, begun)
        if keeper is None:
            return Jobs(begun, None).works(self._ready(make(rows)))
        works = keeper.rows(rows, make) if self.group is None else keeper.groups(rows, make)
        self.report.kept += keeper.found
        return Jobs(begun, keeper.answers).works(works)

    def _ready(self, works: Iterator[Work]) -> Iterator[Work]:
        """The works, made here where all rows are one group: that takes long, and the loop is that
        of all runs; `Keeper.groups` does so too."""
        return works if self.group != [] else iter([*works])

    def _works(self, table: pa.Table | pa.RecordBatch, refuse: Refuse) -> Iterator[Work]:
        # A generator: what is read of the table is read where, and when, it is sent.
        block, varying = self._read(table, refuse)
        if varying:
            yield from self.service.works(self._rows(block, varying, refuse, []), self)
        else:
            yield from self.service.works_of(block, self)

    def _read(
        self, table: pa.Table | pa.RecordBatch, refuse: Refuse
    ) -> tuple[Block, list[tuple[ServiceParam, list[Any]]]]:
        """The rows to send: those that have not failed before, and whose required inputs are there;
        and the columns of what varies among their settings."""
        fixed = {p.name: v for p, v in values(self.service) if p.send != "document"}
        shared = {p.name: v for p, v in values(self.service) if p.send == "document"}
        read = [(p, cells(p, table.column(c.name))) for p, c in self.bound()]
        held_back = self._held_back(table, read)
        for row, error in held_back.items():
            if error is not None:
                refuse(row, error)
        rows: list[int] | range = range(table.num_rows)
        if held_back:
            rows = [row for row in rows if row not in held_back]
            read = [(param, [column[row] for row in rows]) for param, column in read]
        documents = {name: [value] * len(rows) for name, value in shared.items()}
        documents |= {p.name: column for p, column in read if p.send == "document"}
        varying = [(param, column) for param, column in read if param.send != "document"]
        return Block((), fixed, rows, documents, self.alone), varying

    def _rows(
        self,
        block: Block,
        varying: list[tuple[ServiceParam, list[Any]]],
        refuse: Refuse,
        begun: list[str | None],
    ) -> Iterator[Row]:
        """The rows of a block with the settings of their own, those whose values are allowed.

        The rows of a job that was `begun` before are kept apart from others, as they were submitted
        (where rows are grouped, they are so already).
        """
        for position, row in enumerate(block.each()):
            if varying:
                try:
                    own = {p.name: allowed(p, column[position]) for p, column in varying}
                except ParamError as error:
                    refuse(row.row, ServiceError("row_rejected", str(error)))
                    continue
                row.key = repr(sorted(own.items()))
                row.settings = {**block.settings, **own}
            if begun and self.group is None:
                row.key = (row.key, begun[row.row])
            yield row

    def _held_back(
        self, table: pa.Table | pa.RecordBatch, read: list[tuple[ServiceParam, list[Any]]]
    ) -> dict[int, ServiceError | None]:
        """The rows that are not sent, and why; None where what is required is null."""
        found: dict[int, ServiceError | None] = {}
        for _, column in read:
            if UNREADABLE in column:
                why = ServiceError("row_rejected", "a value is beyond what can be read")
                found |= {row: why for row, value in enumerate(column) if value is UNREADABLE}
        for param, column in read:
            if param.required and None in column:
                found |= {row: None for row, value in enumerate(column) if value is None}
        if REFUSED in table.column_names:
            for row, reason in enumerate(table.column(REFUSED).to_pylist()):
                if reason is not None:
                    found[row] = ServiceError("row_rejected", reason)
        if self.upstream is not None:
            for row, error in enumerate(table.column(self.upstream).to_pylist()):
                if error is not None:
                    found[row] = ServiceError.of(error)
        return found

    def request(
        self,
        key: Any,
        settings: Mapping[str, Any],
        body: bytes | None,
        media_type: str | None = None,
        records: int = 1,
    ) -> httpx.Request:
        """A request with these settings; its address and headers are made once for all like it.

        `media_type` is that of this body, where the service's own headers do not say it; `records`
        is how many documents it holds.
        """
        made = self._templates.get((key, media_type))
        if made is None:
            if len(self._templates) > 1_000:
                self._templates.clear()
            headers = httpx.Headers(self.service.headers(settings))
            if media_type is not None:
                headers["content-type"] = media_type
            made = self._templates[key, media_type] = Template(
                self.service.method, self.service.full_address(self.address, settings), headers
            )
        return Request(made, body, {"token": self.tokens is not None, "records": records})

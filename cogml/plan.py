"""A plan is a stage made ready to run: settings checked, secrets and address resolved, picklable.

It is made on the driver, before any request, and travels to wherever the rows are; there it turns
record batches of the columns it needs into record batches of the error and the output column.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pyarrow as pa

from cogml import schema
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
from cogml.engine import Counts, Load, Run, Work
from cogml.errors import ParamError, ServiceError, one_of
from cogml.exchange import SKIPPED, Outcome
from cogml.jobs import Jobs, named, operations
from cogml.keeping import keeper_of, kept_up
from cogml.param import Column, ServiceParam
from cogml.policy import Transport
from cogml.report import RunReport
from cogml.rows import (
    REFUSED,
    Distinct,
    Pair,
    bring_back,
    distinct,
    failed,
    grouped,
    merged,
    needed,
    slices,
    whole_groups,
    without_views,
)

if TYPE_CHECKING:
    from cogml.service import Service

SLICE_BYTES = 64_000_000
SLICE = 1_000  # rows that are turned into a column at once, while further requests are in flight


class Row(NamedTuple):
    """One row that is sent: what its request holds (`settings`, alike for an equal `key`), its
    place in the batch, what its document holds, and whether it has a request to itself."""

    key: Any
    settings: Mapping[str, Any]
    row: int
    document: dict[str, Any]
    alone: bool


@dataclasses.dataclass
class Plan:
    """See the module; `transport` replaces the process's own carrier.

    Made `again`, it takes frames that have its two columns, and asks only for the rows that have
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
    group: list[str] | None = None
    web: str = ""
    cache: tuple[str, int] | None = None
    again: bool = False
    output_type: pa.DataType | None = None
    alone: bool = False
    transport: Transport | None = None
    tokens: TokenSource | None = None
    report: RunReport = dataclasses.field(default_factory=RunReport)
    _requests: dict[Any, tuple[httpx.URL, httpx.Headers]] = dataclasses.field(
        default_factory=dict, repr=False
    )

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
        """The error and the output field; `there` are the frame's columns of these names.

        An output column of the same type is replaced, and the error column with it: such a frame
        ran before. Anything else of that name is the caller's, or another stage's, and stays.
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
        if self.output not in there and self.error in there:
            strange.append(self.error)
        if strange and self.again:
            raise ParamError(
                f"{type(self.service).__name__}: column {strange[0]!r} is not what this stage "
                f"makes; CSV and JSON forget types: keep frames as Parquet or Arrow"
            )
        if strange:
            raise ParamError(
                f"{type(self.service).__name__}: the frame already has a column {strange[0]!r} of "
                f"another origin; set another outputCol or errorCol"
            )
        return fields

    def made(self) -> list[pa.Field]:
        """The error and the output field, of a plan that has been checked."""
        assert self.output_type is not None
        return [pa.field(self.error, schema.ERROR), pa.field(self.output, self.output_type)]

    def __getstate__(self) -> dict[str, Any]:
        # The address is packed for the reason that `Params` packs its values.
        packed = zlib.compress(self.address.encode())
        return {**vars(self), "_requests": {}, "address": packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        address = zlib.decompress(state["address"]).decode()
        vars(self).update(state | {"address": address})

    @property
    def reads(self) -> list[str]:
        """The columns that are read of a frame."""
        return [*self.needs, self.error, self.output] if self.again else self.needs

    def bound(self) -> list[tuple[ServiceParam, Column]]:
        """The parameters that are read from columns."""
        return bound(self.service)

    # Where the rows are

    def piece(self) -> int:
        """How many rows of a stream to take at once: enough to fill the window some times over, few
        enough that one who takes only the first rows does not pay for many more. Where rows are
        grouped, a piece ends where a group ends."""
        window = (self.load.first or self.load.concurrency) * self.service.documents_per_request()
        return max(min(100, self.service.at_once), min(4 * window, self.service.at_once))

    def fill(
        self, table: pa.Table, progress: Callable[[int, int], None] | None = None
    ) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """The error and the output column of a whole table of the columns that are read."""
        self.report.start()
        if self.again:
            part, old, rows = self._failed(table)
            return merged(old, self._fill(part, progress), rows)
        return self._fill(table, progress)

    def _failed(self, table: pa.Table) -> tuple[pa.Table, Pair, pa.BooleanArray]:
        """The rows to ask for again, the columns they had, and which rows of all they are."""
        old = schema.errors(table.column(self.error)), table.column(self.output)
        upstream = None if self.upstream is None else table.column(self.upstream)
        rows = failed(table, *old, self.group, upstream)
        names = [name for name in table.column_names if name not in (self.error, self.output)]
        part = named(needed(table, names), old[0])
        return without_views(part).filter(rows), old, rows

    def _fill(
        self, table: pa.Table, progress: Callable[[int, int], None] | None
    ) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        if self.group is not None:
            return self._fill_groups(table, self.group, progress)
        found = distinct(table)
        size = _rows_at_once(table, self.service.at_once)
        asked = table.num_rows if found is None else found.first.true_count
        self.report.sent = asked

        errors, outputs = self._made(slices(table, found, size), asked, progress)
        if found is not None:
            errors = list(bring_back(errors, found.number, size))
            outputs = list(bring_back(outputs, found.number, size))
        return self._ended(errors, outputs)

    def _fill_groups(
        self, table: pa.Table, names: list[str], progress: Callable[[int, int], None] | None
    ) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        found = grouped(table, names)
        self.report.sent = table.num_rows
        together = whole_groups(without_views(table).take(found.order), found.ends, SLICE)
        made = self._made(together, table.num_rows, progress)
        errors, outputs = (pa.concat_arrays(c).take(found.place) if c else c for c in made)
        return self._ended([errors] if made[0] else [], [outputs] if made[1] else [])

    def _made(
        self,
        tables: Iterable[pa.Table],
        asked: int,
        progress: Callable[[int, int], None] | None,
    ) -> tuple[list[pa.Array], list[pa.Array]]:
        def watch(counts: Counts) -> None:
            self.report.requests, self.report.retries = counts.requests, counts.retries
            if progress is not None:
                progress(counts.rows, asked)

        made = list(self._columns(tables, watch))
        if progress is not None:
            progress(asked, asked)  # those that had nothing to send too
        return [pair[0] for pair in made], [pair[1] for pair in made]

    def _ended(
        self, errors: list[pa.Array], outputs: list[pa.Array]
    ) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        error = pa.chunked_array(errors, schema.ERROR)
        output = pa.chunked_array(outputs, self.output_type)
        self.report.count(error, output)
        self.report.end()
        return error, output

    def stream(self, batches: Iterable[pa.RecordBatch]) -> Generator[list[pa.Array], None, None]:
        """The error and the output column of each batch of the columns that are read, in order."""
        repeated: collections.deque[Distinct | None] = collections.deque()
        kept: collections.deque[tuple[Pair, pa.BooleanArray]] = collections.deque()

        def asked() -> Iterator[pa.Table]:
            for batch in batches:
                table = pa.Table.from_batches([batch])
                if self.again:
                    table, old, rows = self._failed(table)
                    kept.append((old, rows))
                repeated.append(distinct(table) if self.group is None else None)
                firsts = slices(table, repeated[-1], max(1, table.num_rows))
                yield next(firsts, table)

        with contextlib.closing(self._columns(asked())) as made:
            for columns in made:
                found = repeated.popleft()
                if found is not None:
                    columns = [column.take(found.number) for column in columns]
                if self.again:
                    old, rows = kept.popleft()
                    error, output = (pa.chunked_array([column]) for column in columns)
                    columns = [c.combine_chunks() for c in merged(old, (error, output), rows)]
                yield columns

    def _columns(
        self,
        tables: Iterable[pa.Table | pa.RecordBatch],
        watch: Callable[[Counts], None] | None = None,
    ) -> Generator[list[pa.Array], None, None]:
        def begun() -> Iterator[tuple[list[Outcome], Iterator[Work]]]:
            for table in tables:
                outcomes = [SKIPPED] * table.num_rows
                yield outcomes, self._works(table, outcomes)

        run = Run(self.load, self.transport, self.tokens)
        # Closed whatever happens here: a notebook keeps the traceback, and with it this frame.
        with kept_up(self), contextlib.closing(run.outcomes(begun(), watch)) as found:
            for outcomes in found:
                errors = [None if o.error is None else o.error.cells() for o in outcomes]
                values = [outcome.value for outcome in outcomes]
                yield [pa.array(errors, schema.ERROR), schema.column(values, self.output_type)]
        if watch is not None:
            watch(run.counts)

    def _works(self, table: pa.Table | pa.RecordBatch, outcomes: list[Outcome]) -> Iterator[Work]:
        def refuse(row: int, error: ServiceError) -> None:
            outcomes[row] = Outcome(None, error)

        def make(rows: Iterator[Row]) -> Iterator[Work]:
            return self.service.works(rows, self)

        begun = operations(table)
        rows = self._rows(table, refuse, begun)
        keeper = keeper_of(self, outcomes)
        if keeper is None:
            works = make(rows)
            return Jobs(begun, None).works(works) if begun else works
        works = keeper.rows(rows, make) if self.group is None else keeper.groups(rows, make)
        self.report.kept += keeper.found
        return Jobs(begun, keeper.answers).works(works)

    def _rows(
        self,
        table: pa.Table | pa.RecordBatch,
        refuse: Callable[[int, ServiceError], None],
        begun: list[str | None],
    ) -> Iterator[Row]:
        """The rows to send: those that have not failed before, whose required inputs are there and
        whose values are allowed.

        The rows of a job that was `begun` before are kept apart from others, as they were submitted
        (where rows are grouped, they are so already).
        """
        fixed = {p.name: v for p, v in values(self.service) if p.send != "document"}
        shared = {p.name: v for p, v in values(self.service) if p.send == "document"}
        read = [(p, cells(p, table.column(c.name))) for p, c in self.bound()]
        varying = [(param, column) for param, column in read if param.send != "document"]
        documents = [(param, column) for param, column in read if param.send == "document"]
        required = [column for param, column in read if param.required]
        refused = REFUSED in table.column_names and table.column(REFUSED).to_pylist()
        upstream = [] if self.upstream is None else table.column(self.upstream).to_pylist()
        key: Any = ()
        settings = fixed
        for index in range(table.num_rows):
            if upstream and upstream[index] is not None:
                refuse(index, ServiceError.of(upstream[index]))
                continue
            if refused and refused[index] is not None:
                refuse(index, ServiceError("row_rejected", refused[index]))
                continue
            if any(column[index] is None for column in required):
                continue
            if any(column[index] is UNREADABLE for _, column in read):
                refuse(index, ServiceError("row_rejected", "a value is beyond what can be read"))
                continue
            if varying:
                try:
                    own = {p.name: allowed(p, column[index]) for p, column in varying}
                except ParamError as error:
                    refuse(index, ServiceError("row_rejected", str(error)))
                    continue
                key = repr(sorted(own.items()))
                settings = fixed | own
            document = {param.name: column[index] for param, column in documents}
            own_key = (key, begun[index]) if begun and self.group is None else key
            yield Row(own_key, settings, index, shared | document, self.alone)

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
        made = self._requests.get(key)
        if made is None:
            if len(self._requests) > 1_000:
                self._requests.clear()
            made = self._requests[key] = (
                self.service.full_address(self.address, settings),
                httpx.Headers(self.service.headers(settings)),
            )
        request = httpx.Request(self.service.method, made[0], headers=made[1], content=body)
        request.extensions["token"] = self.tokens is not None
        request.extensions["records"] = records
        if media_type is not None:
            request.headers["content-type"] = media_type
        return request


def _rows_at_once(table: pa.Table, most: int) -> int:
    """How many rows to work on at once: `most`, or fewer where they weigh much."""
    if table.num_rows == 0:
        return most
    weight = sum(column.get_total_buffer_size() for column in table.columns) / table.num_rows
    return max(1, min(most, int(SLICE_BYTES / (weight + 1))))

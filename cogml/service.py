"""A service turns a chunk of rows into an exchange, and an exchange into one value per row.

A subclass declares its path, parameters, limits and output type; it may say how a row becomes
documents, how a document is written, and how an answer is read. Everything else is here, once.
What every service keeps, and the contract tests hold each of them to:

- C1  rows in = rows out, in order; other columns and the caller's frame untouched.
- C2  a row's error is null only if its output is complete; both are null only for a null input,
      or for a row that a series of several variables leaves out: outside its span, without a value.
- C3  a bad row never stops a run; a bad setting stops it before the first request.
- C4  no key, token or request body in an error, log, repr, saved stage or plan.
- C5  every loop ends.
- C6  equal rows are sent once: of a whole frame, or, in a stream and on Spark, of a piece of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self
from urllib.parse import quote

import httpx
import msgspec
import pyarrow as pa

from cogml import frames, packing, planner
from cogml.chunk import Document
from cogml.credentials import SCOPE
from cogml.engine import Work
from cogml.errors import ParamError, ServiceError
from cogml.exchange import Outcome, Step, call
from cogml.filling import SLICE
from cogml.limits import Lifecycle, Limits, Operation
from cogml.local import LOCAL
from cogml.messages import ANSWER_BYTES
from cogml.param import Carrying, Param, Place, ServiceParam
from cogml.plan import Block, Plan, Row
from cogml.report import RunReport
from cogml.stage import Transformer


class Service(Transformer):
    """A stage that sends rows to a service and adds two columns: the error and the output.

    `at_once` rows are turned into columns at once; it is smaller where rows are heavy. `unit` is
    what the service's price list counts, for the run's report; empty where nothing is billed.
    `beside` are columns of their own behind the output: what lies there under a path, of lists the
    first element.
    """

    registry: ClassVar[dict[str, type[Service]]] = {}
    path: ClassVar[str] = ""
    method: ClassVar[str] = "POST"
    version: ClassVar[str] = ""
    limits: ClassVar[Limits] = Limits()
    at_once: ClassVar[int] = SLICE
    lifecycle: ClassVar[Lifecycle] = Lifecycle()
    unit: ClassVar[str] = "transactions"
    output: ClassVar[pa.DataType]
    beside: ClassVar[dict[str, tuple[str, ...]]] = {}

    outputCol = Param(str, "name of the output column (default: CLASS_output)")
    errorCol = Param(str, "name of the error column (default: OUTPUTCOL_error)")
    upstreamErrorCol = Param(
        str,
        "error column of an earlier stage: a row that failed there is not sent, and its error here "
        "is that one (default: what failed earlier is no concern of this stage)",
    )
    metaCol = Param(
        str,
        "name of a third column, of what a row's answer took: attempts, requests, seconds, cached, "
        "requestId, status (default: none)",
    )
    concurrency = Param(
        int,
        "most requests in flight, in this process or in each Spark task; where it is set a run "
        "begins with so many, else with 8; more while answers come as fast as before, half as many "
        "when the service says that it is too much",
        default=32,
        at_least=1,
    )
    timeout = Param(float, "seconds one attempt may take", default=60.0, at_least=0.001)
    concurrentTimeout = Param(
        float,
        "seconds after a first attempt in which further ones may begin",
        default=120.0,
        at_least=0,
    )
    deadline = Param(
        float,
        "seconds after which a run (on Spark, a task) sends nothing more and waits for no answer; "
        "rows without one get a timeout",
        at_least=0.001,
    )
    maxRetries = Param(int, "attempts after the first one", default=5, at_least=0)
    backoffs = Param(
        list[int],
        "waits before the retries in ms, as many as there may be (default: exponential, jittered)",
        at_least=0,
    )
    requestsPerSecond = Param(
        float,
        "most requests a second to a host with one key: of all processes of this machine that say "
        "so, and of all Spark executors together",
        at_least=0.001,
    )
    recordsPerMinute = Param(
        float,
        "most records (documents, pictures, series) a minute, counted as requestsPerSecond",
        at_least=0.001,
    )
    answerBytes = Param(
        int,
        "most bytes of one answer, decompressed; a larger one is the row's error, not read",
        default=ANSWER_BYTES,
        at_least=1,
    )
    cacheDir = Param(
        Place,
        "where answers, and jobs that were accepted, are kept, and looked up before anything is "
        "sent: a folder of this machine, or the URL of a store that every machine sees, as Spark "
        "needs it (s3://, abfss://, gs://; file:// for a shared folder), with credentials as "
        "fsspec's configuration, environment and defaults give them",
    )
    cacheBytes = Param(
        int, "most bytes of answers kept in a place: the oldest go", default=10**10, at_least=1
    )
    transport = Param(
        Carrying,
        "what carries the requests: an object with httpx's (or httpx2's) handle_async_request, or "
        "a function without arguments that makes one, once a process; on Spark the workers get "
        "it pickled (default: cogml's own)",
        secret=True,
    )
    execution = Param(
        str,
        "who sends on Spark: the workers, or the driver where workers have no way out; local: on "
        "every frame, nobody, the suite's engines answer in the process that holds the rows, with "
        "no address and no key (needs cogml[mocks])",
        default="auto",
        choices=("auto", "workers", "driver", LOCAL),
    )

    def __init_subclass__(cls, *, listed: bool = True, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.path and listed:
            Service.registry[cls.__name__] = cls

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._report: RunReport | None = None

    # The stage

    def transform(self, dataset: Any, params: Mapping[Param, Any] | None = None) -> Any:
        """The frame with the error and the output column behind its own, of the same kind as given.

        Raises ParamError before any request for a wrong setting, a missing column, a column of the
        wrong type. A failed row carries its reason in the error column. On Spark nothing is sent
        until an action runs, and every action sends again, as does a plan that reads its input
        twice (a sort, a join with itself): persist or write the result first.
        """
        return self._added(dataset, planner.make(self.copy(params)))

    def retryFailed(self, dataset: Any) -> Any:
        """A frame that this stage has transformed, with the rows that have an error asked again.

        So are rows without an answer that have been added since. The others keep what they have,
        and nothing is sent for them; where rows need each other (series), a group with an error is
        asked again as a whole. What had a part of its answer keeps it unless it gets a better one.
        A job that an error names (`operation`) is asked after, and submitted anew only where the
        service does not know it any more. Raises as `transform`.
        """
        return self._added(dataset, planner.make(self, again=True))

    def _added(self, dataset: Any, made: Plan) -> Any:
        if self.is_at_home(made.address):
            self.operation_lifecycle().warn(type(self).__name__, stacklevel=4)
        self._report = made.report
        return frames.add_columns(dataset, made)

    def transformSchema(self, schema: Any) -> Any:
        """The Spark schema that `transform` gives for this Spark schema; raises as it does."""
        return frames.spark_schema(schema, planner.make(self))

    @property
    def run_report(self) -> RunReport | None:
        """What the last run in this process did; None before one has ended (and on Spark)."""
        return self._report if self._report is not None and self._report.ended else None

    def copy(self, extra: Mapping[Param, Any] | None = None) -> Self:
        """An independent stage of the same uid, with `extra` set on it, that has not run."""
        other = super().copy(extra)
        other._report = None
        return other

    def getOutputCol(self) -> str:
        """The output column's name."""
        return self.getOrDefault("outputCol") or f"{type(self).__name__}_output"

    def getErrorCol(self) -> str:
        """The error column's name."""
        return self.getOrDefault("errorCol") or f"{self.getOutputCol()}_error"

    @classmethod
    def operations(cls) -> list[Operation]:
        """The operations this stage can call, for the documentation and the command line."""
        path = cls.path
        for name, param in cls.declared.items():
            if param.send == "path" and param.default is not None:
                path = path.replace(f"{{{name}}}", str(param.default))
        return [Operation(cls.__name__, cls.method, path, cls.version, cls.limits, cls.lifecycle)]

    # What a subclass may say

    def address(self) -> str:
        """The operation's address, without the query; raises ParamError when there is none."""
        raise NotImplementedError

    def headers(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """The headers of a request with these settings."""
        raise NotImplementedError

    def body(self, settings: Mapping[str, Any], documents: list[bytes]) -> bytes:
        """The body of a request for these encoded documents."""
        raise NotImplementedError

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """Raise ParamError for a combination of settings, or of column types, that cannot work."""

    def is_batch(self, columns: Mapping[str, pa.DataType]) -> bool:
        """Whether a row is a batch of its own, with a request (or more) to itself."""
        return False

    def subject(self) -> list[Any]:
        """What, beside its address and what it is sent, tells this operation from others; no
        secret is in it."""
        settings = {
            name: self.getOrDefault(name)
            for name, param in self.declared.items()
            if name not in Service.declared
            and not isinstance(param, ServiceParam)
            and not (param.secret or param.manner)
        }
        return [type(self).__name__, self.version, settings]

    def group(self) -> list[str] | None:
        """The columns whose equal values make rows one chunk; None where a row needs no other."""
        return None

    def completed(self) -> Self:
        """The stage with what is looked up on the driver, once a run, filled in."""
        return self

    def within(self, base: str) -> Self:
        """The stage as it asks the suite at this base address, to which it shows no credential;
        raises ParamError where the suite has no such service."""
        raise ParamError(
            f"{type(self).__name__}: execution is {LOCAL!r}, but the suite has no such service"
        )

    def token_giver(self) -> Any:
        """What gives tokens for the requests; None where their headers say all."""
        return None

    def token_scope(self) -> str:
        """What the tokens are to be good for."""
        return SCOPE

    def is_at_home(self, address: str) -> bool:
        """Whether this address is that of the provider itself, whose end of life then counts."""
        return True

    def operation_limits(self) -> Limits:
        """What one request may hold, with these settings."""
        return self.limits

    def documents_per_request(self) -> int:
        """The most documents to put in a request."""
        return self.operation_limits().documents

    def operation_lifecycle(self) -> Lifecycle:
        """The life of the operation, with these settings."""
        return self.lifecycle

    def output_type(self, columns: Mapping[str, pa.DataType]) -> pa.DataType:
        """The output column's type, for parameters read from columns of these types."""
        return self.output

    def documents(self, document: dict[str, Any]) -> Sequence[Document]:
        """The documents that a row's document parameters make; None for one that is null."""
        return [document]

    def encode(self, document: dict[str, Any], position: int) -> bytes:
        """A document as it stands in the body, at this position of its request."""
        return msgspec.json.encode(document)

    def encode_all(self, documents: Mapping[str, list[Any]]) -> list[bytes] | None:
        """What `encode` gives for the documents of one request, whose parameters are given by
        column; None where a row may have other than one document, or this costs no less."""
        return None

    def converse(self, request: httpx.Request) -> Step:
        """A request and its answer."""
        return call(request)

    def read_answer(
        self, answer: httpx.Response, settings: Mapping[str, Any], count: int
    ) -> list[Any]:
        """A value or a ServiceError for each of the request's `count` documents."""
        raise NotImplementedError

    def outcome(self, results: list[Any], settings: Mapping[str, Any], batch: bool) -> Outcome:
        """What a row gets, of what its documents got (None for a null one)."""
        result = results[0]
        return Outcome(None, result) if isinstance(result, ServiceError) else Outcome(result)

    def outcomes(self, results: list[Any], settings: Mapping[str, Any]) -> list[Outcome]:
        """What each of several rows gets that have one document each."""
        return [self.outcome([result], settings, False) for result in results]

    def units(self, documents: Sequence[bytes], results: Sequence[Any]) -> float:
        """How much of `unit` these encoded documents cost, given what each got; for a ServiceError
        nothing is billed."""
        return len(results) - [*map(type, results)].count(ServiceError)

    # The machine

    def works_of(self, block: Block, plan: Plan) -> Iterator[Work]:
        """The exchanges that answer the rows of a block."""
        return packing.together(self, block, plan)

    def works(self, rows: Iterator[Row], plan: Plan) -> Iterator[Work]:
        """The exchanges that answer rows, one of which may need what no other has."""
        return packing.one_by_one(self, rows, plan)

    def full_address(self, address: str, settings: Mapping[str, Any]) -> httpx.URL:
        """The address of a request with these settings: path filled in, query behind."""
        given = httpx.URL(address).params if "?" in address else ()
        query = {
            p.wire: wire_text(settings[name])
            for name, p in self.declared.items()
            if p.send == "query"
            and settings.get(name) is not None
            and (p.wire not in given or self.isSet(p))
        }
        return httpx.URL(self.path_filled(address, settings)).copy_merge_params(query)

    def path_filled(self, address: str, settings: Mapping[str, Any]) -> str:
        """The address with the values of these settings, or the defaults, in its path."""
        for name, param in self.declared.items():
            if param.send == "path":
                value = param.default if settings.get(name) is None else settings[name]
                address = address.replace(f"{{{name}}}", quote(wire_text(value), safe=""))
        return address


def wire_text(value: Any) -> str:
    """A value as it stands in a query or a path: `true`, `5`, `a,b`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(value)
    return str(value)

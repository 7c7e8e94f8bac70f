"""Anomaly Detector v1.1, multivariate: when several variables are not together as they used to be.

A model is trained on rows of a time and a value a variable; then it judges other rows. The service
left Azure on 2026-10-01; the stages serve the local suite and compatible gateways.

Source: the OpenAPI file AnomalyDetector v1.1 of Azure/azure-rest-api-specs (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
import msgspec
import pyarrow as pa

from cogml import planner, schema
from cogml.binding import ColumnsParam
from cogml.engine import Work
from cogml.errors import ParamError, ServiceError
from cogml.exchange import (
    Exchange,
    Outcome,
    Telling,
    bad_response,
    call,
    job_status,
)
from cogml.fitting import ServiceEstimator
from cogml.limits import Limits
from cogml.param import Param, ServiceParam
from cogml.plan import Plan, Row
from cogml.schema import struct
from cogml.services._series import refused, text_of
from cogml.services._stored import StoredService
from cogml.services._variables import MOST_VARIABLES, Series, VariablesService
from cogml.services._verdicts import DETECTED, VALUE, Verdicts

MOST_TIMES = 2_880
"""The most times that one detection judges, and that one request of `detect-last` holds."""

_WHOLE = ("customUrlRoot", "url")  # addresses of an operation, in the order in which they count
_NAME = 24  # characters of a model's name
_MODELS = "/anomalydetector/v1.1/multivariate/models"
_TRAINING = Telling(httpx.codes.CREATED, "location", "modelInfo")
_DETECTION = Telling(part="summary")


class _Word(Param):
    """One of some words that begin with a capital, in any case."""

    def check(self, value: Any) -> Any:
        """The word as the service spells it."""
        return super().check(value.capitalize() if isinstance(value, str) else value)


class _Name(Param):
    """A name of so many characters at the most."""

    def check(self, value: Any) -> Any:
        """As `Param.check`; not longer than the service takes."""
        name = super().check(value)
        if len(name) > _NAME:
            raise ParamError(f"{self.name} expects at most {_NAME} characters; found {len(name)}")
        return name


class Training(StoredService, listed=False):
    """The job that makes a model."""

    path = _MODELS
    limits = Limits(bytes=64 * 2**20)
    output = struct(modelId=str)

    slidingWindow = Param(
        int,
        "times before one that it is judged by, 28 to 2,880",
        default=300,
        at_least=28,
        at_most=2_880,
    )
    alignMode = _Word(
        str,
        "which times count: those at which any variable has a value, or all have",
        default="Outer",
        choices=("Outer", "Inner"),
    )
    fillNAMethod = _Word(
        str,
        "how missing values are filled in",
        default="Linear",
        choices=("Linear", "Previous", "Subsequent", "Zero", "Fixed"),
    )
    paddingValue = Param(float, "what fills them in if Fixed")
    displayName = _Name(str, f"name of the model, at most {_NAME} characters")

    def check(self, columns: Mapping[str, pa.DataType]) -> None:
        """What is filled in with a fixed value needs the value."""
        super().check(columns)
        if self.getOrDefault("fillNAMethod") == "Fixed" and not self.isSet("paddingValue"):
            raise ParamError(
                f"{type(self).__name__}: fillNAMethod is Fixed; call setPaddingValue with the "
                f"value that fills gaps"
            )

    def judged(self, made: Series, row: Row, plan: Plan) -> Iterator[Work]:
        """One job, for all rows; raises ParamError where none is of the span."""
        if not self.places(made):
            limits = [self.limit("startTime"), self.limit("endTime")]
            start, end = [None if limit is None else text_of(limit) for limit in limits]
            first, last = text_of(made.times[0]), text_of(made.times[-1])
            raise ParamError(
                f"{type(self).__name__}: no rows between {start or 'the first'} and "
                f"{end or 'the last'}; the frame's are from {first} to {last}"
            )
        rows = made.rows_of()
        yield Work(rows, self._exchange(made, row, plan, len(rows)))

    def _exchange(self, made: Series, row: Row, plan: Plan, count: int) -> Exchange:
        def asked(address: str) -> Exchange:
            body = msgspec.json.encode(self._body(made, address))
            request = plan.request(row.key, row.settings, body)
            answer = yield from self.polled(request, _TRAINING)
            found = Outcome(None, answer) if isinstance(answer, ServiceError) else _model(answer)
            return [found] * count

        return self.stored(made, count, asked)

    def _body(self, made: Series, address: str) -> dict[str, Any]:
        start, end = self.span(made)
        policy = {
            name: self.getOrDefault(name) for name in ("alignMode", "fillNAMethod", "paddingValue")
        }
        sent = {
            "dataSource": address,
            "dataSchema": "OneTable",
            "startTime": text_of(start),
            "endTime": text_of(end),
            "slidingWindow": self.getOrDefault("slidingWindow"),
            "alignPolicy": {name: value for name, value in policy.items() if value is not None},
            "displayName": self.getOrDefault("displayName"),
        }
        return {name: value for name, value in sent.items() if value is not None}


class JudgingService(VariablesService):
    """What a model makes of rows."""

    modelId = ServiceParam(str, "id of the model, as its training gave it", send="path",
                           required=True)  # fmt: skip
    topContributorCount = ServiceParam(
        int,
        "most variables that an anomaly is put down to, 1 to 30",
        send="body",
        default=10,
        at_least=1,
        at_most=30,
    )
    diagnosticsInfo = Param(dict[str, Any], "what the model's training came to", manner=True)


class SimpleDetectMultivariateAnomaly(JudgingService, StoredService):
    """Which rows of a span of time are anomalies, by a model; the rows may stand in any order.

    A row is judged by those of the model's sliding window before it, which may lie before
    `startTime`; one with too few before it is that row's error (`row_rejected`), as are times that
    cannot be read and rows that have the same time and different values. A row outside the span,
    or without any value, gets neither an answer nor an error. On Spark all rows are brought
    together in one task. A job that was begun (an error's `operation`) is asked after only where
    `intermediateSaveDir` is blob storage: what lies in a folder has another address in each run,
    so that its rows are submitted anew.

    Input     timestamp (text or times), inputCols: the variables of the model (numbers; nulls are
              filled in as its training was told); any number of rows, 2,880 times a job
    Output    struct: isAnomaly, severity 0..1, score (1 where anomalies begin, up to 2),
              interpretation: variables, most to blame first, with contributionScore 0..1 and the
              variables that are not with it as before; isAnomaly is a column beside it as well
    """

    path = f"{_MODELS}/{{modelId}}:detect-batch"
    limits = Limits(bytes=2**20)
    output = VALUE
    beside: ClassVar[dict[str, tuple[str, ...]]] = {"isAnomaly": ("isAnomaly",)}

    def judged(self, made: Series, row: Row, plan: Plan) -> Iterator[Work]:
        """One exchange for the rows of the span."""
        if places := self.places(made):
            exchange = self._exchange(made, places, row, plan)
            yield Work(made.rows_of(places.start, places.stop), exchange, reads=made.rows_of())

    def _exchange(self, made: Series, places: range, row: Row, plan: Plan) -> Exchange:
        """A job for as many times as one takes, one after the other: they read one file."""

        def asked(address: str) -> Exchange:
            found: list[Outcome] = []
            for first in range(0, len(places), MOST_TIMES):
                part = places[first : first + MOST_TIMES]
                found += yield from self._part(made, part, address, row, plan)
            return found

        outcomes = yield from self.stored(made, len(places), asked)
        return made.for_rows(outcomes, places.start)

    def _part(self, made: Series, part: range, address: str, row: Row, plan: Plan) -> Exchange:
        body = {
            "dataSource": address,
            "startTime": text_of(made.times[part[0]]),
            "endTime": text_of(made.times[part[-1]]),
            "topContributorCount": row.settings["topContributorCount"],
        }
        request = plan.request(row.key, row.settings, msgspec.json.encode(body))
        answer = yield from self.polled(request, _DETECTION)
        if isinstance(answer, ServiceError):
            return [Outcome(None, answer)] * len(part)
        plan.bill(1)
        found = Verdicts(answer)
        return [found.outcome(made, at, lambda result: result.value) for at in part]


class DetectLastMultivariateAnomaly(JudgingService):
    """Whether each row is an anomaly, by a model and the `batchSize` last rows up to it.

    Nothing is stored: the rows travel in the requests, as many as one takes, and may stand in any
    order. A row with too few before it is that row's error (`row_rejected`), as are times that
    cannot be read and rows that have the same time and different values. A row without any value
    gets neither an answer nor an error. On Spark all rows are brought together in one task.

    Input     timestamp (text or times), inputVariablesCols: the variables of the model (numbers,
              nulls); any number of rows, 2,880 times a request
    Output    struct: results, with one entry: timestamp, value (isAnomaly, severity, score,
              interpretation, as SimpleDetectMultivariateAnomaly has them); variableStates of the
              request; beside it the columns isAnomaly and DetectDataTimestamp, the time judged
    """

    path = f"{_MODELS}/{{modelId}}:detect-last"
    limits = Limits(bytes=64 * 2**20)
    variables = "inputVariablesCols"
    output = DETECTED
    beside: ClassVar[dict[str, tuple[str, ...]]] = {
        "isAnomaly": ("results", "value", "isAnomaly"),
        "DetectDataTimestamp": ("results", "timestamp"),
    }

    inputVariablesCols = ColumnsParam(
        float, "names of the columns of the variables", most=MOST_VARIABLES
    )
    batchSize = Param(
        int,
        "times that a row is judged by, itself included: the model's sliding window",
        default=300,
        at_least=1,
        at_most=MOST_TIMES,
    )

    def judged(self, made: Series, row: Row, plan: Plan) -> Iterator[Work]:
        """A request for as many times as one takes, with those before that the first is judged
        by."""
        before = self.getOrDefault("batchSize") - 1
        for at, rows in enumerate(made.rows[:before]):
            why = f"{at + 1:,} times up to this one; batchSize asks for {before + 1:,}"
            yield Work(rows, refused(len(rows), ServiceError("row_rejected", why)))
        each = MOST_TIMES - before
        for first in range(before, len(made.times), each):
            part = range(first, min(first + each, len(made.times)))
            exchange = self._exchange(made, part, first - before, row, plan)
            reads = made.rows_of(first - before, part.stop)
            yield Work(made.rows_of(part.start, part.stop), exchange, reads=reads)

    def _exchange(self, made: Series, part: range, start: int, row: Row, plan: Plan) -> Exchange:
        def body() -> bytes:
            count = row.settings["topContributorCount"]
            held = made.variables(start, part.stop)
            return msgspec.json.encode({"variables": held, "topContributorCount": count})

        data = yield body
        answer = data
        if not isinstance(data, ServiceError):
            answer = yield from call(plan.request(row.key, row.settings, data))
        if isinstance(answer, ServiceError):
            return made.for_rows([Outcome(None, answer)] * len(part), part.start)
        plan.bill(1)
        found = Verdicts(answer)
        make = schema.record(self.output)

        def value(result: Any) -> Any:
            return make(variableStates=found.states, results=[result])

        return made.for_rows([found.outcome(made, at, value) for at in part], part.start)


def _model(answer: httpx.Response) -> Outcome:
    """The model that is ready, as the service describes it."""
    if job_status(answer, _TRAINING.part) != "ready":
        return Outcome(None, bad_response(answer, "the answer names no model that is ready"))
    found = msgspec.json.decode(answer.content)
    if not isinstance(found.get("modelId"), str):
        return Outcome(None, bad_response(answer, "the answer has no modelId"))
    return Outcome(found)


class SimpleFitMultivariateAnomaly(ServiceEstimator, operation=Training):
    """Trains a model on the rows of a span of time; `fit` gives the stage that judges others by it.

    The model keeps the estimator's settings, but for the span. A training that fails raises
    FitError with the service's words; a row whose time cannot be read, or whose time another row
    has with other values, raises ParamError.

    Input     timestamp (text or times), inputCols: 1 to 300 variables (numbers; nulls are filled in
              by fillNAMethod); more times than slidingWindow, up to 1,000,000
    Output    SimpleDetectMultivariateAnomaly, with its modelId and diagnosticsInfo
    """

    def cleanUpIntermediateData(self) -> None:
        """Remove the files that this stage has put into `intermediateSaveDir`; raises ParamError
        when none is set."""
        operation = self.asked()
        assert isinstance(operation, StoredService)
        operation.cleanUpIntermediateData()

    def model(self, answer: Any) -> SimpleDetectMultivariateAnomaly:
        """The stage that judges by the model."""
        made = SimpleDetectMultivariateAnomaly(modelId=answer["modelId"])
        for name, value in self._values.items():
            if name in made.declared and name not in ("startTime", "endTime", *_WHOLE):
                made.set(name, value)
        for name in _WHOLE:
            if self.isSet(name):
                made.set("url", self._below(name))
                break
        if isinstance(found := answer["modelInfo"].get("diagnosticsInfo"), dict):
            made.set("diagnosticsInfo", found)
        return made

    def _below(self, name: str) -> str:
        """Where a model is asked, below the address at which this parameter has models made."""
        stage = type(self).__name__
        address: str = planner.resolve(stage, self.declared[name], self.getOrDefault(name))
        parts = urlsplit(address)
        path = f"{parts.path.rstrip('/')}/{{modelId}}:detect-batch"
        return parts._replace(path=path).geturl()

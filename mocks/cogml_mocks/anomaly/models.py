"""A model is trained, and a job is done, when it is asked for; how it stands is told poll by poll.

The first look finds it running, the second one ready or failed. What is kept of a base path is
bounded: models by number and size, results by size, the oldest of which are forgotten. Where the
suite has a place for models (`shelf`), those that are ready are kept there too, and are there again
when it starts anew, or its base path is reset.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson

from cogml_mocks.anomaly import sources, tables
from cogml_mocks.anomaly.options import Span, Training, written
from cogml_mocks.anomaly.service import refusal
from cogml_mocks.anomaly.sources import DataError
from cogml_mocks.anomaly.tables import Table
from cogml_mocks.operations import Call, ServiceError

if TYPE_CHECKING:
    from cogml_mocks.anomaly.shelf import Kept, Shelf
    from cogml_mocks.engines.multivariate import Detection, Model

CREATED, RUNNING, READY, FAILED = "CREATED", "RUNNING", "READY", "FAILED"
MAX_MODELS = 1_000
MAX_MODEL_BYTES = 256 * 2**20
MAX_RESULT_BYTES = 64 * 2**20
MAX_TIMESTAMPS = 2_880  # of one detection
_STATE = "anomaly.multivariate"
_LOCK = Lock()


@dataclass
class Trained:
    """A model of a base path: what was asked for, what came of it and how often it was polled."""

    training: Training
    created: str
    updated: str
    names: tuple[str, ...] = ()
    states: list[dict[str, Any]] = field(default_factory=list)
    engine: Model | None = field(default=None, repr=False)
    error: DataError | None = None
    polls: int = 0

    @property
    def status(self) -> str:
        """How it stands as far as it was looked at."""
        if self.polls < 2:
            return RUNNING if self.polls else CREATED
        return FAILED if self.engine is None else READY

    def look(self) -> None:
        """Poll it once."""
        if self.polls < 2:
            self.polls += 1
            self.updated = now()

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        if self.engine is None:
            return 0
        return self.engine.covariance.nbytes + self.engine.precision.nbytes

    @classmethod
    def of(cls, kept: Kept) -> Trained:
        """Return a model that was kept, which is ready."""
        return cls(
            kept.training, kept.created, kept.updated, kept.names, kept.states, kept.engine, polls=2
        )

    def about(self) -> dict[str, Any]:
        """Return what is kept of it beside its engine; an address without its signature."""
        asked = self.training.to_json()
        return {
            "training": asked | {"dataSource": sources.shown(asked["dataSource"])},
            "created": self.created,
            "updated": self.updated,
            "names": self.names,
            "states": self.states,
        }

    def to_json(self) -> dict[str, Any]:
        """Return what is shown of it; only a model that is done has something to tell."""
        status = self.status
        is_done = status in (READY, FAILED)
        passes = self.engine.passes if self.engine is not None and is_done else ()
        return {
            **self.training.to_json(),
            "status": status,
            "errors": [self.error.to_json()] if is_done and self.error is not None else [],
            "diagnosticsInfo": {
                "modelState": {
                    "epochIds": list(range(1, len(passes) + 1)),
                    "trainLosses": [each.train_loss for each in passes],
                    "validationLosses": [each.validation_loss for each in passes],
                    "latenciesInSeconds": [each.seconds for each in passes],
                },
                "variableStates": self.states if is_done else [],
            },
        }


@dataclass
class Result:
    """A detection over a span: the answer once it is told, as JSON."""

    setup: dict[str, Any] = field(repr=False)
    content: bytes = field(repr=False)
    polls: int = 0


class Registry:
    """Models and results of one base path, newest last."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf
        self.models: OrderedDict[str, Trained] = OrderedDict()
        self.results: OrderedDict[str, Result] = OrderedDict()
        try:
            found = shelf.models() if shelf is not None else ()
        except ValueError as error:
            raise refusal("StorageReadError", f"{error}.", 500) from None
        self.models.update((kept.name, Trained.of(kept)) for kept in found)

    def check_room(self) -> None:
        """Refuse one model too many."""
        held = sum(model.size for model in list(self.models.values()))
        if len(self.models) >= MAX_MODELS or held > MAX_MODEL_BYTES:
            message = "This subscription has reached the maximum number of models."
            raise refusal("TooManyModels", message)

    def add(self, model: Trained) -> str:
        """Keep a model; return its id."""
        name = str(uuid4())
        self.check_room()
        if self._shelf is not None and model.engine is not None:
            _store("kept", self._shelf.keep, name, model.about(), model.engine)
        try:
            with _LOCK:
                self.check_room()
                self.models[name] = model
        except ServiceError:  # others took the room in the meantime
            self._unshelve(name, model)
            raise
        return name

    def model(self, name: str) -> Trained:
        """Return a model by its id, in any spelling of it; none is a 404."""
        found = self.models.get(_identifier(name))
        if found is None:
            raise refusal("ModelNotExist", "The model does not exist.", 404)
        return found

    def delete(self, name: str) -> None:
        """Forget a model, the kept one first: what is left of it would be there at a start."""
        self._unshelve(_identifier(name), self.model(name))
        with _LOCK:
            self.models.pop(_identifier(name), None)

    def _unshelve(self, name: str, model: Trained) -> None:
        if self._shelf is not None and model.engine is not None:
            _store("removed", self._shelf.remove, name)

    def keep(self, name: str, result: Result) -> None:
        """Keep a result; the oldest make room for it."""
        with _LOCK:
            self.results[name] = result
            held = sum(len(each.content) for each in self.results.values())
            while held > MAX_RESULT_BYTES and len(self.results) > 1:
                held -= len(self.results.popitem(last=False)[1].content)

    def result(self, name: str) -> Result:
        """Return a result by its id; none is a 404."""
        found = self.results.get(_identifier(name))
        if found is None:
            raise refusal("ResultNotExist", "The result does not exist.", 404)
        return found


def _store(done: str, do: Callable[..., None], *arguments: Any) -> None:
    try:
        do(*arguments)
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        message = f"The model cannot be {done}: {type(error).__name__}."
        raise refusal("StorageWriteError", message, 500) from None


def registry(call: Call) -> Registry:
    """Return the registry of a request's base path."""
    found: Registry | None = call.state.get(_STATE)
    if found is None:
        found = call.state.setdefault(_STATE, Registry(_shelf(call)))
    return found


def _shelf(call: Call) -> Shelf | None:
    if not call.settings.models:
        return None
    from cogml_mocks.anomaly.shelf import Shelf

    return Shelf(call.settings.models, urlsplit(call.base_url).path.strip("/").rpartition("/")[2])


def train(call: Call, training: Training) -> Trained:
    """Read the data and train; what is wrong with the data is kept as the model's error."""
    from cogml_mocks.engines import multivariate

    model = Trained(training, now(), now())
    try:
        span = training.span
        files = sources.files(call, span.source, training.schema)
        table = tables.read(files, training.schema).aligned(training.align)
        table = table.until(span.end).since(span.start)
        model.names = table.names
        model.states = table.states()
        _check_length(table, training.window)
        values = table.filled(training.fill, training.padding)
        model.engine = multivariate.fit(values)
    except DataError as error:
        model.error = error
    return model


def detect_batch(call: Call, model: Trained, span: Span, most: int) -> dict[str, Any]:
    """Judge the times of a span by data that begin a window before; return status and results."""
    training = model.training
    states: list[dict[str, Any]] = []
    try:
        files = sources.files(call, span.source, training.schema)
        table = tables.read(files, training.schema).of(model.names)
        table = table.aligned(training.align).until(span.end)
        asked = table.since(span.start)
        if len(asked.times) > MAX_TIMESTAMPS:
            message = "The length of data whose timestamp is between `startTime` and `endTime` " \
                      f"exceeds limit({MAX_TIMESTAMPS})."  # fmt: skip
            raise DataError("DataExceedsLimit", message)
        if not len(asked.times):
            raise tables.no_data()
        states = asked.states()
        table = table.since(span.start, training.window)
        _check_length(table, training.window)
        results = judged(model, table, len(asked.times), training.window, most)
    except DataError as error:
        return {"status": FAILED, "errors": [error.to_json()], "states": states, "results": []}
    return {"status": READY, "errors": [], "states": states, "results": results}


def judged(
    model: Trained, table: Table, count: int, before: int, most: int
) -> list[dict[str, Any]]:
    """Judge the last rows of a table, each if so many are before it."""
    assert model.engine is not None
    values = table.filled(model.training.fill, model.training.padding)
    found = model.engine.detect(values)
    first = len(values) - len(found.score)
    results: list[dict[str, Any]] = []
    for row in range(len(values) - count, len(values)):
        stamp = written(int(table.times[row]))
        if row < max(before, first):
            error = {"code": "InsufficientHistoricalData", "message": _INSUFFICIENT}
            results.append({"timestamp": stamp, "errors": [error]})
            continue
        value = {
            "isAnomaly": bool(found.is_anomaly[row - first]),
            "severity": float(found.severity[row - first]),
            "score": float(found.score[row - first]),
            "interpretation": _interpretation(found, row - first, table.names, most),
        }
        results.append({"timestamp": stamp, "value": value, "errors": []})
    return results


def _interpretation(
    found: Detection, moment: int, names: tuple[str, ...], most: int
) -> list[dict[str, Any]]:
    if not found.is_anomaly[moment]:
        return []
    shares = found.contributions[moment]
    return [
        {
            "variable": names[variable],
            "contributionScore": float(shares[variable]),
            "correlationChanges": {
                "changedVariables": [names[i] for i in found.changed(moment, variable)[:most]]
            },
        }
        for variable in (-shares).argsort(kind="stable")[:most]
    ]


def result_body(name: str, setup: dict[str, Any], found: dict[str, Any]) -> bytes:
    """Write what is told of a detection over a span."""
    summary = {
        "status": found["status"],
        "errors": found.get("errors", []),
        "variableStates": found.get("states", []),
        "setupInfo": setup,
    }
    return orjson.dumps({"resultId": name, "summary": summary, "results": found.get("results", [])})


def _check_length(table: Table, window: int) -> None:
    if not len(table.times):
        raise tables.no_data()
    if len(table.times) <= window:
        raise not_enough(len(table.times), window)


def not_enough(length: int, window: int) -> DataError:
    """Return what is wrong with data that do not fill a window."""
    message = f"Not enough data. The length of data is {length}, but the minimum length should " \
              f"be larger than sliding window, which is {window}."  # fmt: skip
    return DataError("NotEnoughInput", message)


def _identifier(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError:
        return ""


def now() -> str:
    """Return the time of day as the service writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_INSUFFICIENT = "There is not enough historical data before this timestamp."

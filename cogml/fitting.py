"""An estimator of a service is one of its operations, asked once for a whole frame, whose answer
makes the stage that transforms.

The rows are read where `fit` is called, and sent from there: on Spark they are collected.
"""

from __future__ import annotations

import types
from typing import Any, ClassVar

from cogml import frames, planner, supplied
from cogml.engine import Run
from cogml.errors import FitError, ParamError, ServiceError
from cogml.exchange import SKIPPED, Outcome
from cogml.limits import Operation
from cogml.service import Service
from cogml.stage import Estimator, Transformer

_OF_ROWS = ("cacheDir", "cacheBytes", "metaCol", "upstreamErrorCol", "execution", "concurrency")


class ServiceEstimator(Estimator):
    """A stage that is fitted by a service; its parameters are those of the `operation`."""

    registry: ClassVar[dict[str, type[ServiceEstimator]]] = {}
    operation: ClassVar[type[Service]]

    def __init_subclass__(cls, *, operation: type[Service], **kwargs: Any) -> None:
        # Under the estimator's name, by which errors call it.
        cls.operation = types.new_class(cls.__name__, (operation,), {"listed": False})
        for name, param in operation.declared.items():
            if name not in _OF_ROWS:
                setattr(cls, name, param)
        super().__init_subclass__(**kwargs)
        ServiceEstimator.registry[cls.__name__] = cls

    @classmethod
    def operations(cls) -> list[Operation]:
        """The operations this stage calls, for the documentation and the command line."""
        return cls.operation.operations()

    def model(self, answer: Any) -> Transformer:
        """The stage that the service's answer makes."""
        raise NotImplementedError

    def asked(self) -> Service:
        """The operation with what was set on the estimator."""
        made = self.operation()._resetUid(self.uid)
        made._values = dict(self._values)
        return made

    def _fit(self, dataset: Any) -> Transformer:
        """Raises ParamError as a `transform` would, also for a row that cannot be sent: there is no
        row to put its error in; FitError for what the service does not make a model of."""
        plan = planner.make(self.asked())
        for param, column in plan.bound():
            if param.send != "document":
                raise ParamError(
                    f"{type(self).__name__}: {param.name} is read from the column {column.name!r}; "
                    f"a model is made with one for all rows"
                )
        if plan.service.is_at_home(plan.address):
            plan.service.operation_lifecycle().warn(type(self).__name__, stacklevel=4)
        table = frames.read(dataset, plan)
        outcomes = [SKIPPED] * table.num_rows
        works = plan.works(table, outcomes)
        supplied.begin(plan.transport)
        run = Run(plan.load, plan.transport, plan.tokens)
        (found,) = run.outcomes([(outcomes, works, 0)])
        return self.model(self._answered(found).value)

    def _answered(self, outcomes: list[Outcome]) -> Outcome:
        stage = type(self).__name__
        for row, outcome in enumerate(outcomes):
            if outcome.error is not None and outcome.error.code == "row_rejected":
                raise ParamError(f"{stage}: row {row}: {outcome.error.message}")
        for outcome in outcomes:
            if isinstance(outcome.error, ServiceError):
                raise FitError(stage, outcome.error)
            if outcome.value is not None:
                return outcome
        raise ParamError(f"{stage}: the frame has no rows with a time and a value to learn from")

"""`cogml services` lists the registry: what can be called, how much at once, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from cogml.cli.console import show_table
from cogml.fitting import ServiceEstimator
from cogml.limits import Operation
from cogml.services import Service


def services(
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the stages: operation, version, limits, status."""
    today = datetime.date.today()
    if json:
        for operation in _operations():
            print(msgspec.json.encode(_record(operation, today)).decode())
        return
    show_table(
        ("stage", "operation", "version", "limits a request", "status"),
        (
            (
                operation.name,
                f"{operation.method} {operation.path}",
                operation.version,
                str(operation.limits),
                operation.lifecycle.status(today),
            )
            for operation in _operations()
        ),
    )


def _operations() -> Iterator[Operation]:
    stages: list[type[Service] | type[ServiceEstimator]] = [
        *Service.registry.values(),
        *ServiceEstimator.registry.values(),
    ]
    for stage in sorted(stages, key=lambda stage: stage.__name__):
        yield from stage.operations()


def _record(operation: Operation, today: datetime.date) -> dict[str, object]:
    life = operation.lifecycle
    return {
        "stage": operation.name,
        "method": operation.method,
        "path": operation.path,
        "version": operation.version,
        "documents": operation.limits.documents,
        "characters": operation.limits.characters,
        "bytes": operation.limits.bytes,
        "status": life.status(today),
        "ends": life.ends,
        "successor": life.successor or None,
    }

"""How much of each API file the suite models, and how much of that cogml uses, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.api_files import SOURCES
from conformance.traffic import Traffic

# Kept by hand: what the suite does not model, by API file and operation.
NOT_MODELLED: dict[str, set[str]] = {
    # Health entities need a medical model, which no package carries.
    "textanalytics-v3.1": {"Health", "HealthStatus", "CancelHealthJob"},
}


@dataclass(frozen=True)
class Row:
    """One API file: its operations, those modelled, exchanges judged, cogml's requests."""

    name: str
    operations: int
    modelled: int
    examples: int
    refusals: int
    requests: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        missing = ", ".join(f"`{one}`" for one in self.missing) or "-"
        counts = (self.operations, self.modelled, self.examples, self.refusals, self.requests)
        return f"| {self.name} | {' | '.join(str(n) for n in counts)} | {missing} |"


def rows(traffic: Traffic) -> Iterator[Row]:
    """One row for each API file."""
    for source in SOURCES:
        api = traffic.api(source)
        missing = tuple(one.id for one in api.operations if not one.modelled)
        yield Row(
            source.name,
            len(api.operations),
            len(api.operations) - len(missing),
            len(traffic.examples(source)),
            len(traffic.refusals(source)),
            len(traffic.sent(source)),
            missing,
        )


def table(traffic: Traffic) -> str:
    """The table of `docs/conformance.md`, its sums in the last row."""
    found = list(rows(traffic))
    names = ("operations", "modelled", "examples", "refusals", "requests")
    sums = (sum(getattr(row, name) for row in found) for name in names)
    head = (
        "| API file | operations | modelled | examples sent | refusals judged | cogml's requests |"
    )
    return "\n".join(
        [
            f"{head} not modelled |",
            "|---|---:|---:|---:|---:|---:|---|",
            *(str(row) for row in found),
            f"| all | {' | '.join(str(n) for n in sums)} | |",
        ]
    )

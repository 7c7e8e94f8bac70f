"""How much of each API file the suite models, and how much of that cogml uses, as a table.

Examples are Azure's where they lie in the folder; what is missing there is counted, and what is
ours (`made.py`) is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.api_files import SOURCES
from conformance.preparing import POLL
from conformance.traffic import Traffic

# Kept by hand: what the suite does not model, by API file and operation.
NOT_MODELLED: dict[str, set[str]] = {
    # Health entities need a medical model, which no package carries.
    "textanalytics-v3.1": {"Health", "HealthStatus", "CancelHealthJob"},
}
# Kept by hand as well: how many examples the files refer to and the folder does not have.
ABSENT = {
    "textanalytics-v3.1": 3,
    "language-2023-04-01": 3,
    "translator-v3.0": 2,
    "computervision-v3.2": 4,
    "computervision-v3.2 (Read)": 2,
    "imageanalysis-2023-10-01": 1,
    "anomalydetector-v1.1": 3,
    "imagesearch-v1.0": 1,
    "keyvault-7.5": 4,
}
_COUNTS = {
    "operations": "operations",
    "modelled": "modelled",
    "given": "Azure's examples sent",
    "made": "ours sent",
    "absent": "Azure's not at hand",
    "refusals": "spoilt requests",
    "requests": "cogml's requests",
}


@dataclass(frozen=True)
class Row:
    """One API file: its operations, those modelled, exchanges judged, cogml's requests."""

    name: str
    operations: int
    modelled: int
    given: int
    made: int
    absent: int
    refusals: int
    requests: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        missing = ", ".join(f"`{one}`" for one in self.missing) or "-"
        counts = " | ".join(str(getattr(self, name)) for name in _COUNTS)
        return f"| {self.name} | {counts} | {missing} |"


def rows(traffic: Traffic) -> Iterator[Row]:
    """One row for each API file."""
    for source in SOURCES:
        api = traffic.api(source)
        missing = tuple(one.id for one in api.operations if not one.modelled)
        names = [one.name for one in traffic.examples(source) if one.name != POLL]
        made = sum(name.startswith("made") for name in names)
        yield Row(
            source.name,
            operations=len(api.operations),
            modelled=len(api.operations) - len(missing),
            given=len(names) - made,
            made=made,
            absent=len(api.absent()),
            refusals=len(traffic.refusals(source)),
            requests=len(traffic.sent(source)),
            missing=missing,
        )


def table(traffic: Traffic) -> str:
    """The table of `docs/conformance.md`, its sums in the last row."""
    found = list(rows(traffic))
    sums = (sum(getattr(row, name) for row in found) for name in _COUNTS)
    return "\n".join(
        [
            f"| API file | {' | '.join(_COUNTS.values())} | not modelled |",
            f"|---|{'---:|' * len(_COUNTS)}---|",
            *(str(row) for row in found),
            f"| all | {' | '.join(str(n) for n in sums)} | |",
        ]
    )

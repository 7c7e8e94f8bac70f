"""A fault is a rule: which requests it meets, how often, and what then happens to the answer.

Rules of one base path are tried in the order they were added; the first that fires decides, and
`latency` rules add up with whatever fires after them. A rule counts the requests that reach it,
so ``429 once`` followed by ``500 once`` gives 429 to the first request and 500 to the second.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import Any

import orjson

from cogml_mocks.messages import Delivery, Ending, Response
from cogml_mocks.operations import ServiceError
from cogml_mocks.refusals import OUT_OF_QUOTA, STATUS_ERRORS, too_many_calls
from cogml_mocks.spoiling import SHAPES, SPOILERS

# Fields each kind takes beside those of every rule; the keys are the closed list of kinds.
KINDS: dict[str, frozenset[str]] = {
    "latency": frozenset(),
    "status": frozenset({"status", "code", "message", "headers", "body", "retry_after"}),
    "throttle": frozenset({"retry_after", "retry_after_form"}),
    "quota": frozenset({"status", "retry_after"}),
    "drop_before_answer": frozenset(),
    "drop_mid_answer": frozenset(),
    "truncated_body": frozenset(),
    "slow_body": frozenset({"chunk_bytes", "interval_ms"}),
    "redirect": frozenset({"location"}),
} | {kind: frozenset(fields) for kind, (_, fields) in SPOILERS.items()}
COMMON = frozenset({"kind", "path", "method", "times", "after", "rate", "seed", "delay_ms"})
RETRY_AFTER_FORMS = ("seconds", "date", "milliseconds", "none")
MAX_DELAY_MS = 600_000.0
MAX_RULES = 1_000

_TYPES: dict[str, tuple[type, ...]] = {
    "path": (str,),
    "method": (str,),
    "times": (int,),
    "after": (int,),
    "rate": (int, float),
    "seed": (int, str),
    "delay_ms": (int, float),
    "status": (int,),
    "code": (str,),
    "message": (str,),
    "headers": (dict,),
    "retry_after": (int, float),
    "retry_after_form": (str,),
    "chunk_bytes": (int,),
    "interval_ms": (int, float),
    "location": (str,),
    "shape": (str,),
    "field": (str,),
    "megabytes": (int, float),
}
_RANGES: dict[str, tuple[float, float]] = {
    "times": (1, 1e9),
    "after": (0, 1e9),
    "rate": (0, 1),
    "delay_ms": (0, MAX_DELAY_MS),
    "status": (200, 599),
    "retry_after": (0, 1e6),
    "chunk_bytes": (1, 1e9),
    "interval_ms": (0, 60_000),
    "megabytes": (0, 1_024),
}


@dataclass(slots=True)
class Fault:
    """One rule and how many requests have reached and met it."""

    kind: str
    fields: dict[str, Any]
    met: int = 0
    fired: int = 0
    _random: Random = field(default_factory=Random)
    _lock: Lock = field(default_factory=Lock)  # answers are spoilt in threads

    def __post_init__(self) -> None:
        self._random.seed(self.fields.get("seed", 0))

    def fires(self, method: str, path: str) -> bool:
        """Decide about one request, and count it."""
        wanted = self.fields.get("method")
        if wanted is not None and wanted.upper() != method:
            return False
        if not fnmatchcase(path, self.fields.get("path", "*")):
            return False
        self.met += 1
        if self.met <= self.fields.get("after", 0):
            return False
        if self.fired >= self.fields.get("times", float("inf")):
            return False
        if self._random.random() >= self.fields.get("rate", 1.0):
            return False
        with self._lock:
            self.fired += 1
        return True

    @property
    def delay(self) -> float:
        """Extra seconds before the answer."""
        return float(self.fields.get("delay_ms", 0)) / 1000

    @property
    def replaces_answer(self) -> bool:
        """Whether the operation need not run at all."""
        return self.kind in ("status", "throttle", "quota", "redirect", "drop_before_answer")

    def to_json(self) -> dict[str, Any]:
        """Return the rule with its counts."""
        return {"kind": self.kind, **self.fields, "met": self.met, "fired": self.fired}

    def refusal(self) -> tuple[ServiceError, list[tuple[str, str]]]:
        """Return the error and the headers this fault answers with."""
        if self.kind == "throttle":
            wait = self.fields.get("retry_after", 1)
            form = self.fields.get("retry_after_form", "seconds")
            return ServiceError(429, "429", too_many_calls(_plain(wait))), _retry_after(wait, form)
        if self.kind == "quota":
            status = self.fields.get("status", 403)
            error = ServiceError(status, str(status), OUT_OF_QUOTA)
            wait = self.fields.get("retry_after")
            if status == 429:
                error.inner = ("CapacityLimitExceeded", OUT_OF_QUOTA)
            return error, [] if wait is None else _retry_after(wait, "seconds")
        if self.kind == "redirect":
            location = self.fields.get("location", "http://redirected.invalid/")
            return ServiceError(302, "302", "Found"), [("Location", location)]
        status = self.fields["status"]
        code, message = STATUS_ERRORS.get(status, (str(status), "The request failed."))
        error = ServiceError(
            status, self.fields.get("code", code), self.fields.get("message", message)
        )
        headers = list(self.fields.get("headers", {}).items())
        wait = self.fields.get("retry_after")
        return error, headers + ([] if wait is None else _retry_after(wait, "seconds"))

    def body(self) -> bytes | None:
        """Return the body the rule was given, if any: text as it is, all else as JSON."""
        if "body" not in self.fields:
            return None
        body = self.fields["body"]
        return body.encode("utf-8") if isinstance(body, str) else orjson.dumps(body)

    def spoils(self, response: Response) -> bool:
        """Change an answer as this kind says; without anything to change it has not fired."""
        if self.kind not in SPOILERS:
            return True
        spoiler, _ = SPOILERS[self.kind]
        body = response.body
        if response.status == 200:
            response.body = spoiler(body, self.fields)
        if response.body == body:
            with self._lock:
                self.fired -= 1
            return False
        return True

    def deliver(self, delivery: Delivery) -> None:
        """Change how the answer's bytes travel."""
        if self.kind == "drop_before_answer":
            delivery.share, delivery.ending = 0.0, Ending.CLOSE
        elif self.kind == "drop_mid_answer":
            delivery.share, delivery.ending = 0.5, Ending.RESET
        elif self.kind == "truncated_body":
            delivery.share, delivery.ending = 0.5, Ending.CLOSE
        elif self.kind == "slow_body":
            delivery.drip_bytes = self.fields.get("chunk_bytes", 64)
            delivery.drip_seconds = float(self.fields.get("interval_ms", 10)) / 1000


def parse(rule: Any) -> Fault:
    """Check one rule; ``ValueError`` says what is wrong and what is possible."""
    if not isinstance(rule, dict):
        raise ValueError("a fault is a JSON object")
    fields = {name: value for name, value in rule.items() if name != "kind" and value is not None}
    kind = rule.get("kind", "status" if "status" in fields else None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; kinds are {', '.join(sorted(KINDS))}")
    allowed = COMMON | KINDS[kind]
    for name, value in fields.items():
        if name not in allowed:
            raise ValueError(
                f"{kind} does not take {name!r}; it takes {', '.join(sorted(allowed))}"
            )
        _check(name, value)
    if kind == "status" and "status" not in fields:
        raise ValueError("status needs 'status'")
    if kind == "latency" and "delay_ms" not in fields:
        raise ValueError("latency needs 'delay_ms'")
    for name, choices in (("retry_after_form", RETRY_AFTER_FORMS), ("shape", tuple(SHAPES))):
        if name in fields and fields[name] not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}")
    if kind == "quota" and fields.get("status", 403) not in (403, 429):
        raise ValueError("quota has status 403 or 429")
    return Fault(kind, fields)


def _check(name: str, value: Any) -> None:
    types = _TYPES.get(name)
    if types is not None and (not isinstance(value, types) or isinstance(value, bool)):
        raise ValueError(f"{name!r} must be {' or '.join(t.__name__ for t in types)}")
    if name in _RANGES:
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise ValueError(f"{name!r} must be from {low:g} to {high:g}")
    texts = [*value, *value.values()] if name == "headers" else [value]
    if name in ("headers", "location") and not all(_is_header_text(text) for text in texts):
        raise ValueError(f"{name!r} must be text without line breaks")


def _is_header_text(text: Any) -> bool:
    return isinstance(text, str) and text.isprintable()


def _plain(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds == int(seconds) else str(seconds)


def _retry_after(wait: float, form: str) -> list[tuple[str, str]]:
    if form == "none":
        return []
    if form == "milliseconds":
        return [("retry-after-ms", f"{wait * 1000:.0f}")]
    if form == "date":
        at = datetime.now(UTC) + timedelta(seconds=wait)
        return [("Retry-After", format_datetime(at, usegmt=True))]
    return [("Retry-After", _plain(wait))]

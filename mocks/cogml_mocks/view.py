"""A view is the suite as one test sees it: a base path of its own, its faults and its log.

What is asserted is asserted of the log: methods, paths, statuses, numbers of documents. A failure
shows these and nothing else; the log holds neither bodies nor keys.

Not modelled: what a request asked for, what went to other addresses.
"""

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from cogml_mocks.server import Suite

MOST_LINES = 12  # of what was seen, in a failure
_CUT_OFF = ("drop_mid_answer", "truncated_body")


class View:
    """A base path of a running suite: its address, a key it takes, its faults, what it has seen."""

    def __init__(self, suite: Suite, name: str, key: str = "any") -> None:
        self.suite = suite
        self.name = name
        self.key = key

    def __repr__(self) -> str:
        return f"View({self.url!r})"

    @property
    def url(self) -> str:
        """Base address of every service, without a slash at the end; no other test has it."""
        return self.suite.base(self.name)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests so far, oldest first; the last 10,000 are kept."""
        return self.suite.requests(base=self.name)

    @property
    def stats(self) -> dict[str, Any]:
        """Numbers of requests and documents, and how many requests were in flight."""
        return self.suite.stats(base=self.name)

    @property
    def ledger(self) -> dict[str, Any]:
        """How often documents were answered (see `cogml_mocks.ledger`).

        ``LookupError`` where the suite's settings have no ``ledger=True``.
        """
        return self.suite.ledger(base=self.name)

    def fault(self, kind: str | None = None, /, **fields: Any) -> None:
        """Add a fault by its kind (``status`` where one is given) and its fields.

        ``ValueError`` names the kinds, or the fields of the kind.
        """
        self.faults(fields if kind is None else {"kind": kind, **fields})

    def faults(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        """Add fault rules (see `cogml_mocks.faults`); return all there are, with their counts."""
        return self.suite.faults(*rules, base=self.name)

    def clear_faults(self) -> None:
        """Take all faults away; the log stays."""
        self.suite.clear_faults(base=self.name)

    def reset(self) -> None:
        """Forget faults, log, counters and what the services keep, as before the test."""
        self.suite.reset(base=self.name)

    def assert_requests(
        self,
        count: int | None = None,
        *,
        path: str = "*",
        method: str | None = None,
        status: int | None = None,
        documents: int | None = None,
    ) -> list[dict[str, Any]]:
        """Assert how many requests came, and return them; without ``count``, at least one.

        Counted are those that all of ``path`` (a pattern, ``*/sentiment``), ``method`` and
        ``status`` fit; ``documents`` is how many they carried together.
        """
        __tracebackhide__ = True
        seen = self._complete()
        found = [
            entry
            for entry in _at(path, seen)
            if (method is None or method.upper() == entry["method"])
            and status in (None, entry["status"])
        ]
        which = f"{method or 'any method'} {path}" + (f" with status {status}" if status else "")
        if len(found) != count and (count is not None or not found):
            wanted = "at least 1 request" if count is None else _number(count, "request")
            _fail(f"expected {wanted} ({which}), found {len(found)}", seen)
        carried = sum(entry["documents"] or 0 for entry in found)
        if documents not in (None, carried):
            wanted = _number(documents or 0, "document")
            _fail(f"expected {wanted} in {len(found)} ({which}), found {carried}", seen)
        return found

    def assert_no_requests(self, *, path: str = "*", method: str | None = None) -> None:
        """Assert that nothing was asked of these operations; by default of any."""
        __tracebackhide__ = True
        self.assert_requests(0, path=path, method=method)

    def assert_all_answered(self, *, path: str = "*") -> None:
        """Assert that there were requests, and each got a whole answer, of whatever status."""
        __tracebackhide__ = True
        seen = self._complete()
        found = _at(path, seen)
        lost = [e for e in found if e["status"] is None or e["fault"] in _CUT_OFF]
        if lost or not found:
            wanted = f"expected a whole answer to each request ({path})"
            _fail(f"{wanted}, {len(lost)} of {len(found)} got none", seen)

    def assert_nothing_asked_twice(self, *, path: str = "*") -> None:
        """Assert that no request was sent again once it had a whole answer: a 200, or, but for a
        GET, a 201 or 202, with which a job was begun.

        A job is asked after again and again, with 200: leave these out by their path.
        """
        __tracebackhide__ = True
        seen = self._complete()
        answered = Counter(e["alike"] for e in _at(path, seen) if _is_answered(e))
        again = sum(count - 1 for count in answered.values())
        if again:
            _fail(f"expected no request ({path}) after its answer, found {again}", seen)

    def assert_in_flight_at_most(self, most: int) -> None:
        """Assert that never more requests than this were waiting for their answers at once."""
        __tracebackhide__ = True
        reached = self.stats["max_in_flight"]
        if reached > most:
            _fail(f"expected at most {most} in flight, found {reached}", self.requests)

    def assert_faults_fired(self) -> None:
        """Assert that each fault met a request, as often as its ``times`` says: a fault that meets
        none tests nothing.
        """
        __tracebackhide__ = True
        rules = self.faults()
        idle = [rule for rule in rules if rule["fired"] < rule.get("times", 1)]
        if idle or not rules:
            what = ", ".join(_rule(rule) for rule in idle) or "there is none"
            _fail(f"expected each fault to fire: {what}", self.requests)

    def _complete(self) -> list[dict[str, Any]]:
        __tracebackhide__ = True
        came = self.stats["requests"]
        seen = self.requests
        if came > len(seen):
            message = f"the log has kept {len(seen)} of {came} requests: they cannot be counted"
            raise AssertionError(f"{message}; `stats` has counted all")
        return seen


def _is_answered(entry: dict[str, Any]) -> bool:
    final = (200,) if entry["method"] == "GET" else (200, 201, 202)
    return entry["status"] in final and entry["fault"] not in _CUT_OFF


def _at(path: str, seen: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in seen if fnmatchcase(entry["path"], path)]


def _fail(what: str, seen: list[dict[str, Any]]) -> NoReturn:
    __tracebackhide__ = True
    counts = Counter(_line(entry) for entry in seen)
    lines = [f"  {count} x {line}" for line, count in counts.most_common(MOST_LINES)]
    if len(counts) > MOST_LINES:
        lines.append(f"  and {len(counts) - MOST_LINES} other kinds of requests")
    raise AssertionError("\n".join([f"{what}; seen:", *(lines or ["  no request"])]))


def _line(entry: dict[str, Any]) -> str:
    path = entry["path"] if entry["path"].isprintable() else repr(entry["path"])
    fault = f" ({entry['fault']})" if entry["fault"] else ""
    return f"{entry['method']} {path} → {entry['status'] or 'no answer'}{fault}"


def _rule(rule: dict[str, Any]) -> str:
    wanted = rule.get("times", 1)
    where = f" at {rule['path']}" if "path" in rule else ""
    return f"{rule['kind']}{where} fired {rule['fired']} of {_number(wanted, 'time')}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"

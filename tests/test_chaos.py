"""The chaos in its short form; and it sees what it is there to see."""

from __future__ import annotations

import collections
import random
import sys
from typing import Any

import chaos
import pyarrow as pa
import pytest

TEXT = chaos.SUBJECTS["TextSentiment"]
SEED = 1502  # with which two hundred requests meet every kind of fault


def quietly(*given: Any) -> list[chaos.Finding]:
    return chaos.run(*given, lambda line: None)


def broken(findings: list[chaos.Finding]) -> list[str]:
    return [finding.what for finding in findings if not finding.holds]


def test_no_row_is_lost_or_wrong_and_nothing_is_paid_twice() -> None:
    findings = quietly("TextSentiment", "pandas", 2_000, SEED, 1)
    assert broken(findings) == []
    found = {finding.what: finding.found for finding in findings}
    assert found["chaos: rows"] == 2_000
    # By the last of the senders, whose quota was used up for a while.
    assert found["chaos: rows with throttled"] >= 10
    assert found["retryFailed: requests"] >= 1
    assert found["fault: latency"] == 1
    fired = {what: count for what, count in found.items() if what.startswith("fault: ")}
    assert len(fired) == 19
    assert [what for what, count in fired.items() if not count] == []


@pytest.mark.parametrize(
    ("stage", "frame"), [("TextSentiment", "stream"), ("SimpleDetectAnomalies", "polars")]
)
def test_where_nobody_is_killed_nothing_that_arrived_is_paid_twice(stage: str, frame: str) -> None:
    findings = quietly(stage, frame, 1_200, 3, 0)
    assert broken(findings) == []
    assert "paid again: before anybody was killed" in [finding.what for finding in findings]


@pytest.mark.parametrize("packed", [1, 10])
@pytest.mark.parametrize("kills", [0, 2])
def test_the_shares_are_of_all_attempts(kills: int, packed: int) -> None:
    shares: collections.Counter[str] = collections.Counter()
    left = 1.0
    rules = chaos.faults(10_000, kills, 7, packed)
    assert sum("rate" not in rule for rule in rules) == kills + 2
    for rule in rules[kills + 2 :]:
        status = rule.get("status", 0)
        shares["5xx" if status >= 500 else rule["kind"]] += left * rule["rate"]
        left -= left * rule["rate"]
    assert shares["throttle"] == pytest.approx(0.05)
    assert shares["5xx"] == pytest.approx(0.05)
    assert shares["drop_before_answer"] + shares["drop_mid_answer"] == pytest.approx(0.02)
    bodies = ("truncated_body", "malformed_json", "empty_body", "wrong_shape")
    assert sum(shares[kind] for kind in bodies) == pytest.approx(0.01)
    assert shares["slow_body"] == pytest.approx(0.01)
    assert 1 - left == pytest.approx(0.14 if packed == 1 else 0.15)
    forms = {rule.get("retry_after_form") for rule in rules} - {None}
    assert forms == {"seconds", "milliseconds", "date", "none"}


def test_a_sender_is_killed_before_its_work_is_done() -> None:
    for seed in range(50):
        for kills in (1, 2, 5):
            held = [rule["after"] for rule in chaos.faults(1_000, kills, seed, 10)[:kills]]
            assert held == sorted(set(held))
            assert held[0] > 0
            assert held[-1] < 1_000


def answered(rows: pa.Table) -> pa.Table:
    """Rows as an undisturbed run gives them."""
    answers = [[{"sentences": [{"text": text}]}] for text in rows["text"].to_pylist()]
    errors = pa.nulls(rows.num_rows, pa.struct({"code": pa.string()}))
    return rows.append_column("error", errors).append_column("answer", pa.array(answers))


def spoilt(table: pa.Table, how: str) -> pa.Table:
    rows = table.to_pylist()
    if how == "rows":
        rows.pop()
    elif how == "rows out of place":
        rows[3], rows[4] = rows[4], rows[3]
    elif how == "rows without answer or reason":
        rows[3]["answer"] = None
    else:
        rows[3]["answer"], rows[4]["answer"] = rows[4]["answer"], rows[3]["answer"]
    return pa.Table.from_pylist(rows, table.schema)


@pytest.mark.parametrize(
    "how", ["rows", "rows out of place", "rows without answer or reason", "answers on a wrong row"]
)
def test_what_has_gone_wrong_with_a_row_is_seen(how: str) -> None:
    given = TEXT.rows(10, random.Random(1))
    calm = answered(given)
    assert broken(chaos.in_place("now", given, calm, calm, TEXT)) == []
    found = chaos.in_place("now", given, calm, spoilt(calm, how), TEXT)
    assert f"now: {how}" in broken(found)
    # An answer on a wrong row is seen even where both runs have it.
    if how == "answers on a wrong row":
        both = spoilt(calm, how)
        assert broken(chaos.in_place("now", given, both, both, TEXT)) == [f"now: {how}"]


def paid(answers: int, **again: int) -> chaos.Paid:
    return chaos.Paid(100, answers, {"whole": 0, "spoilt": 0, "unsent": 0} | again)


@pytest.mark.parametrize(
    ("lives", "seen"),
    [
        ([paid(100), paid(150, whole=40, unsent=10), paid(160, whole=40, unsent=10)], []),
        # What a fault has spoilt is paid again, at any time.
        ([paid(110, spoilt=10), paid(120, spoilt=20), paid(130, spoilt=30)], []),
        (
            [paid(101, whole=1), paid(101, whole=1), paid(101, whole=1)],
            ["before anybody was killed"],
        ),
        ([paid(110), paid(201, whole=81), paid(201, whole=81)], ["it was in flight at a kill"]),
    ],
)
def test_what_is_paid_twice_is_seen(lives: list[chaos.Paid], seen: list[str]) -> None:
    found = chaos.payments(lives, documents=100, in_flight=80)
    assert broken(found) == [f"paid again: {what}" for what in seen]


def test_a_fault_that_came_to_nothing_is_seen() -> None:
    rules = [
        {"kind": "throttle", "rate": 0.01, "met": 900, "fired": 0},
        {"status": 503, "kind": "status", "rate": 0.01, "met": 1_100, "fired": 9},
    ]
    assert broken(chaos.met(rules)) == []
    rules[0]["met"] = 1_100
    assert broken(chaos.met(rules)) == ["faults that met nothing"]


@pytest.mark.parametrize(("found", "code"), [(0, 0), (1, 1)])
def test_the_exit_code_says_whether_all_holds(
    found: int,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(chaos, "run", lambda *given: [chaos.exactly("rows lost", found, 0)])
    monkeypatch.setattr(sys, "argv", ["chaos.py", "--rows", "10"])
    assert chaos.main() == code
    assert ("does not hold" in capsys.readouterr().out) == bool(code)

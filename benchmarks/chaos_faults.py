"""What goes wrong in the chaos, in shares of all attempts.

429 in all forms of Retry-After 5 %, 500, 502, 503 and 504 5 %, dropped connections 2 %, answers
that are cut off or no JSON 1 %, slow ones 1 %, and 1 % with documents that are missing, double,
foreign or in another order. Twice the quota is used up for a while.
"""

from __future__ import annotations

import random
from typing import Any

HELD_MS = 60_000  # how long the request is held at which the sender is killed


def faults(requests: int, kills: int, seed: int, packed: int) -> list[dict[str, Any]]:
    """The rules for so many requests of `packed` documents; each share is one of all attempts.

    First of all one request is held for each kill, by which the time to kill is known.
    """
    chance = random.Random(seed)
    points = [(k + chance.uniform(0.7, 1.0)) * requests / (kills + 1) for k in range(kills)]
    held = [
        {"kind": "latency", "delay_ms": HELD_MS, "after": int(point), "times": 1}
        for point in points
    ]
    # The quota is used up for a while, twice: the second time after the last kill.
    spent = [
        {"kind": "quota", "status": status, "after": int(share * requests)}
        | {"times": max(1, requests // 200)}
        for share, status in ((0.45, 403), (0.85, 429))
    ]
    waits = {"seconds": 0.02, "milliseconds": 0.02, "date": 0.5, "none": 0.02}
    mix: list[tuple[float, dict[str, Any]]] = [
        (0.05 / 4, {"kind": "throttle", "retry_after": wait, "retry_after_form": form})
        for form, wait in waits.items()
    ]
    mix += [(0.05 / 4, {"status": status}) for status in (500, 502, 503, 504)]
    mix += [(0.01, {"kind": kind}) for kind in ("drop_before_answer", "drop_mid_answer")]
    mix += [
        (0.01 / 4, {"kind": kind})
        for kind in ("truncated_body", "malformed_json", "empty_body", "wrong_shape")
    ]
    mix += [(0.01, {"kind": "slow_body", "chunk_bytes": 256, "interval_ms": 2})]
    if packed > 1:
        mix += [
            (0.01 / 4, {"kind": kind})
            for kind in ("missing_document", "duplicated_id", "foreign_id", "reordered_documents")
        ]
    rules, left = [], 1.0
    for number, (share, rule) in enumerate(mix):
        rules.append(rule | {"rate": share / left, "seed": f"{seed}/{number}"})
        left -= share  # a rule meets what those before it let pass
    return [*held, *spent, *rules]

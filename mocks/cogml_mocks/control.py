"""The control plane: faults, the request log, statistics and reset of one base path, over HTTP.

``POST /_mock/faults`` takes one rule or a list of them, ``GET /_mock/faults`` shows them with
their counts, ``DELETE /_mock/faults`` takes them away and leaves the log; ``GET /_mock/requests``,
``GET /_mock/stats``, ``GET /_mock/ledger`` and ``POST /_mock/reset`` are what they say. Under
``/t/NAME/`` they are about that base path; without a prefix they are about the root, and reset is
about all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cogml_mocks import faults
from cogml_mocks.messages import Request, Response

if TYPE_CHECKING:
    from cogml_mocks.gateway import Gateway


def answer(gateway: Gateway, name: str, path: str, request: Request) -> Response:
    """Answer one request to the control plane."""
    try:
        return _json(200, act(gateway, name, request.method, path, request.body))
    except LookupError as error:
        return _json(404, {"error": {"code": "NotFound", "message": error.args[0]}})
    except ValueError as error:
        return _json(400, {"error": {"code": "InvalidFault", "message": str(error)}})


def act(gateway: Gateway, name: str, method: str, path: str, body: bytes) -> Any:
    """Carry out one control-plane request and return its JSON answer."""
    base = gateway.base(name)
    action = path.removeprefix("/_mock/")
    if (method, action) == ("POST", "faults"):
        rules = orjson.loads(body)
        parsed = [faults.parse(rule) for rule in (rules if isinstance(rules, list) else [rules])]
        if len(base.faults) + len(parsed) > faults.MAX_RULES:
            raise ValueError(f"a base path holds {faults.MAX_RULES} faults; reset it first")
        base.faults += parsed
        return {"faults": [fault.to_json() for fault in base.faults]}
    if (method, action) == ("GET", "faults"):
        return {"faults": [fault.to_json() for fault in base.faults]}
    if (method, action) == ("DELETE", "faults"):
        base.faults.clear()
        return {"faults": []}
    if (method, action) == ("GET", "requests"):
        return base.journal.requests()
    if (method, action) == ("GET", "stats"):
        return base.journal.stats()
    if (method, action) == ("GET", "ledger"):
        if base.journal.ledger is None:
            raise LookupError("no ledger is kept; the suite's setting is ledger=True")
        return base.journal.ledger.to_json()
    if (method, action) == ("POST", "reset"):
        gateway.reset(name)
        return {}
    raise LookupError(
        f"no {method} {path}; there are POST /_mock/faults, GET and DELETE of it, "
        "GET /_mock/requests, GET /_mock/stats, GET /_mock/ledger and POST /_mock/reset"
    )


def _json(status: int, document: Any) -> Response:
    headers = [("Content-Type", "application/json; charset=utf-8")]
    return Response(status, orjson.dumps(document), headers)

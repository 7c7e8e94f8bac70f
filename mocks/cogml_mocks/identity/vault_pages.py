"""A page of a vault begins where its token says: at a name, so it stands when others come or go.

The token has the form that Key Vault's example answers show: base64url of a JSON object whose
``NextMarker`` holds, in base64 with ``-`` for padding, the length and text of a key and of a time.
"""

import base64
import re
from typing import Any
from urllib.parse import urlencode

import orjson

from cogml_mocks.operations import Answer, Call, ServiceError

MAX_PAGE = 25
_LAST = "9999-12-31T23:59:59.9999999Z"
_MARKER = re.compile(r"2!\d{1,9}!([0-9A-Za-z+/-]*)")
_POSITION = re.compile(r"\d{6}!(secret/[0-9A-Z-]{1,127}(?:/[0-9A-F]{1,64})?)!\d{6}![^!]*!")


def page(call: Call, path: str, items: dict[str, dict[str, Any]]) -> Answer:
    """Answer one page of what a list shows, by the secret's name and version."""
    size = _size(call)
    token = call.query.get("$skiptoken")
    start = "" if token is None else _position(token)
    named = {f"secret/{name.upper()}": item for name, item in items.items()}
    keys = sorted(key for key in named if key >= start)
    following = None
    if len(keys) > size:
        query = {
            "api-version": call.query["api-version"],
            "$skiptoken": _token(keys[size]),
            "maxresults": size,
        }
        following = f"{call.base_url}{path}?{urlencode(query, safe='$')}"
    return Answer({"value": [named[key] for key in keys[:size]], "nextLink": following})


def _size(call: Call) -> int:
    text = call.query.get("maxresults", str(MAX_PAGE))
    size = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not 1 <= size <= MAX_PAGE:
        raise ServiceError(400, "BadParameter", f"maxresults must be from 1 to {MAX_PAGE}.")
    return size


def _token(key: str) -> str:
    position = f"{len(key):06d}!{key}!{len(_LAST):06d}!{_LAST}!"
    marker = base64.b64encode(position.encode()).decode().replace("=", "-")
    document = {"NextMarker": f"2!{len(marker)}!{marker}", "TargetLocation": 0}
    return base64.urlsafe_b64encode(orjson.dumps(document)).decode().rstrip("=")


def _position(token: str) -> str:
    try:
        document = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        marker = _MARKER.fullmatch(document["NextMarker"])
        encoded = marker[1].replace("-", "=") if marker else ""
        position = _POSITION.fullmatch(base64.b64decode(encoded, validate=True).decode("ascii"))
    except (ValueError, TypeError, LookupError):
        position = None
    if position is None:
        raise ServiceError(400, "BadParameter", "The $skiptoken is none of this vault's.")
    return position[1]

"""A body is a JSON object; what it holds by a name is an object too, or absent."""

from typing import Any

from cogml_mocks.operations import Call, decode_json
from cogml_mocks.text.refusals import malformed


def read_body(call: Call) -> dict[str, Any]:
    """Return the object that is a request's body; 400 for anything else."""
    try:
        body = decode_json(call.request.body)
    except ValueError:
        raise malformed("Invalid JSON.") from None
    if not isinstance(body, dict):
        raise malformed("The body must be an object.")
    return body


def read_object(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object of a body, empty if it is absent; 400 for anything else."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise malformed(f"{name} must be an object.")
    return value


def read_text(body: dict[str, Any], name: str) -> str | None:
    """Return a string of a body; 400 for anything else."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{name} must be a string.")
    return value


def count_documents(body: Any) -> int | None:
    """Count the documents of a decoded body, of one analysis or of a job."""
    given = body.get("analysisInput", body) if isinstance(body, dict) else None
    found = given.get("documents") if isinstance(given, dict) else None
    return len(found) if isinstance(found, list) else None

"""A refusal of Anomaly Detector's own is flat, and its code is in a header too.

What the gateway before it refuses has an envelope. Both halves of the service refuse so.
"""

from typing import Any

from cogml_mocks.operations import Family, ServiceError, decode_json, gateway_error

PREFIX = "/anomalydetector/"
CODE_HEADER = "x-ms-error-code"


def refusal(code: str, message: str, status: int = 400) -> ServiceError:
    """Return a refusal that names its code in the header too."""
    return ServiceError(status, code, message, headers=[(CODE_HEADER, code)])


def error_body(error: ServiceError) -> dict[str, Any]:
    """Return the error body: flat for the service's own refusals, an envelope for the gateway's."""
    is_named = any(name == CODE_HEADER for name, _ in error.headers)
    if error.status == 415 and not is_named:  # the service's own, though a gate of the suite's
        error.code = "BadArgument"
        error.headers.append((CODE_HEADER, error.code))
    if any(name == CODE_HEADER for name, _ in error.headers):
        return {"code": error.code, "message": error.message}
    return gateway_error(error)


def too_large(limit: int) -> ServiceError:
    """Return the refusal of a body over the limit, in bytes."""
    return ServiceError(413, "413", f"The request body is over {limit} bytes.")


def count_documents(body: Any) -> int | None:
    """Count the series of a request body."""
    return 1 if isinstance(body, dict) and isinstance(body.get("series"), list) else None


def json_object(body: bytes) -> dict[str, Any]:
    """Decode a request body that is to be a JSON object."""
    try:
        found = decode_json(body)
    except ValueError:
        raise refusal("InvalidJsonFormat", "The request body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise refusal("InvalidJsonFormat", "The request body must be a JSON object.")
    return found


def is_integer(value: Any, low: int, high: int) -> bool:
    """Decide whether a value is an integer from low to high; a boolean is none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


FAMILY = Family(PREFIX, error_body, count_documents, too_large)

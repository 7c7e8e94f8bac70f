"""A request that breaks a rule is refused as a whole, in the words of its API version.

Words are those of recorded answers of the service (tests/recordings of the text analytics packages
in Azure/azure-sdk-for-python and azure-sdk-for-js, 2021 and 2022), or plain ones where none is
recorded.
"""

from dataclasses import dataclass
from typing import Any

from cogml_mocks.operations import ServiceError, gateway_error


@dataclass(frozen=True, slots=True)
class Wording:
    """What the two APIs say differently.

    ``missing`` is the inner code of a batch without documents.
    """

    missing: str
    invalid_document: str
    invalid_language: str


V31 = Wording("MissingInputRecords", "Invalid document in request.", "Invalid language code.")
LANGUAGE = Wording(
    "MissingInputDocuments", "Invalid Document in request.", "Invalid language code '{}'."
)


def describe(error: ServiceError) -> dict[str, Any]:
    """Return the error body; the API files have no code of their own for a media type."""
    body = gateway_error(error)
    if error.status == 415:
        body["error"]["code"] = "InvalidRequest"
    return body


def invalid_value(name: str, allowed: tuple[str, ...]) -> ServiceError:
    """Return the refusal of a parameter's value."""
    message = f"Invalid value for parameter {name}. Possible values are: {','.join(allowed)}"
    return invalid_request("InvalidParameterValue", message)


def invalid_request(inner_code: str, inner_message: str) -> ServiceError:
    """Return a 400 with an inner error."""
    return ServiceError(400, "InvalidRequest", "Invalid Request.", (inner_code, inner_message))


def invalid_batch(wording: Wording, inner_code: str, inner_message: str) -> ServiceError:
    """Return a 400 for a batch that breaks a rule."""
    inner = (inner_code, inner_message)
    return ServiceError(400, "InvalidRequest", wording.invalid_document, inner)


def invalid_task(message: str) -> ServiceError:
    """Return a 400 for a parameter of a job's task."""
    inner = ("InvalidParameterValue", message)
    return ServiceError(400, "InvalidRequest", "Invalid parameter in request", inner)


def malformed(message: str) -> ServiceError:
    """Return a 400 for a body of another form."""
    return invalid_request("InvalidRequestBodyFormat", message)

"""A refusal of Translator has a number of six digits: the status, and three of its own.

Numbers and meanings are those of learn.microsoft.com, azure/ai-services/translator/reference/
v3-0-reference, "Errors"; 400021, 400035, 400036, 400050, 400077, 401000 and 405000 are
worded as clients of the service have quoted them. Through one address for several services the
gateway's own 401 and 404 come instead.
"""

from typing import Any

from cogml_mocks.operations import Family, ServiceError, gateway_error

MESSAGES = {
    400000: "One of the request inputs is not valid.",
    400001: 'The "scope" parameter is invalid.',
    400003: "A language specifier is missing or invalid.",
    400004: 'A target script specifier ("To script") is missing or invalid.',
    400005: "An input text is missing or invalid.",
    400006: "The combination of language and script is not valid.",
    400018: 'A source script specifier ("From script") is missing or invalid.',
    400019: "One of the specified languages is not supported.",
    400020: "One of the elements in the array of input text is not valid.",
    400021: "The API version parameter is not valid.",
    400023: "One of the specified language pair is not valid.",
    400035: "The source language is not valid.",
    400036: "The target language is not valid.",
    400043: "The client trace ID (ClientTraceId field or X-ClientTraceId header) is missing or "
    "invalid.",
    400050: "The input text is too long.",
    400064: 'The "translation" parameter is missing or invalid.',
    400070: "The number of target scripts (ToScript parameter) does not match the number of target "
    "languages (To parameter).",
    400071: "The value is not valid for TextType.",
    400072: "The array of input text has too many elements.",
    400073: "The script parameter is not valid.",
    400074: "The body of the request is not valid JSON.",
    400077: "The maximum request size has been exceeded.",
    400079: "The custom system requested for translation between from and to language does not "
    "exist.",
    403000: "The operation is not allowed.",
    403001: "The operation is not allowed because the subscription has exceeded its free quota.",
    405000: "The request method is not supported for the requested resource.",
    408001: "The translation system requested is being prepared. Please retry in a few minutes.",
    415000: "The Content-Type header is missing or invalid.",
    429000: "The server rejected the request because the client has exceeded request limits.",
    500000: "An unexpected error occurred. If the error persists, report it with date/time of "
    "error, request identifier from response header X-RequestId, and client identifier from "
    "request header X-ClientTraceId.",
    503000: "Service is temporarily unavailable. Please retry. If the error persists, report it "
    "with date/time of error, request identifier from response header X-RequestId, and client "
    "identifier from request header X-ClientTraceId.",
}
_OF_THE_GATEWAY = (401, 404)
_OF_STATUS = {403: 403001, 408: 408001}


def refusal(code: int) -> ServiceError:
    """Return the refusal that has a number."""
    return ServiceError(code // 1000, str(code), MESSAGES[code])


def error_body(error: ServiceError) -> dict[str, Any]:
    """Return the error body; what the gates say is said in numbers as well."""
    if error.code.isdecimal() and len(error.code) == 6:
        return {"error": {"code": int(error.code), "message": error.message}}
    if error.status in _OF_THE_GATEWAY:
        return gateway_error(error)
    code = _OF_STATUS.get(error.status, error.status * 1000)
    return {"error": {"code": code, "message": MESSAGES.get(code, error.message)}}


def too_large(limit: int) -> ServiceError:
    """Return the refusal of a body over the limit, in bytes."""
    return refusal(400077)


def count_documents(body: Any) -> int | None:
    """Count the texts of a request body."""
    return len(body) if isinstance(body, list) else None


FAMILY = Family("/translator/", error_body, count_documents, too_large)

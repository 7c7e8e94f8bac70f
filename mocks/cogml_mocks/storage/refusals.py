"""A refusal of the storage service is XML, and its code is in a header too."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from cogml_mocks.operations import Answer, ServiceError

XML = "application/xml"


@dataclass(slots=True)
class Refusal(Exception):
    """An answer in the storage service's own words."""

    status: int
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()
    headers: list[tuple[str, str]] = field(default_factory=list)

    def answer(self) -> Answer:
        """Return the error body and its headers."""
        body = _written(("Code", self.code), ("Message", self.message), *self.details)
        headers = [("x-ms-error-code", self.code), *self.headers]
        return Answer(content=body, media_type=XML, status=self.status, headers=headers)


def error_body(error: ServiceError) -> bytes:
    """Write what a gate of the suite refuses as the storage service writes its own."""
    return _written(("Code", error.code), ("Message", error.message))


def _written(*named: tuple[str, str]) -> bytes:
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in named)
    body = f'<?xml version="1.0" encoding="utf-8"?><Error>{inside}</Error>'
    return body.encode("utf-8", "replace")


def invalid_header(name: str, value: str) -> Refusal:
    """Refuse the value of one header."""
    message = "The value for one of the HTTP headers is not in the correct format."
    details = (("HeaderName", name), ("HeaderValue", _printable(value)))
    return Refusal(400, "InvalidHeaderValue", message, details)


def invalid_query(name: str, value: str) -> Refusal:
    """Refuse the value of one query parameter."""
    message = "Value for one of the query parameters specified in the request URI is invalid."
    details = (("QueryParameterName", name), ("QueryParameterValue", _printable(value)))
    return Refusal(400, "InvalidQueryParameterValue", message, details)


def too_large(why: str) -> Refusal:
    """Refuse a body that is over a limit."""
    return Refusal(413, "RequestBodyTooLarge", f"The request body is too large: {why}.")


def not_modelled(what: str) -> Refusal:
    """Refuse an operation that the service has and this suite has not."""
    message = f"This suite does not implement {_printable(what)}."
    return Refusal(501, "NotImplemented", message)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:200])

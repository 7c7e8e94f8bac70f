"""Messages of the Speech SDK's protocol: header lines, an empty line, a body; audio is binary.

What is wrong with one is a `Violation`, with the code and the reason that the protocol's
documentation has for it (Bing Speech WebSocket protocol, "Protocol violation errors").
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from cogml_mocks.operations import decode_json

PROTOCOL_ERROR, INVALID_DATA = 1002, 1007
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}")


class Violation(Exception):
    """What a client must not send: the code and the reason of the close."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def split_text(message: str) -> tuple[dict[str, str], str]:
    """Return the headers of a text message, their names in lower case, and its body."""
    head, separator, body = message.partition("\r\n\r\n")
    if not separator:
        raise _wrong("Text message contains no header separator.")
    if not body.strip():
        raise _wrong("Text message contains no data.")
    return _headers(head), body


def split_binary(message: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers of a binary message, which follow their length, and its body."""
    if len(message) < 2:
        raise _wrong("Binary message has invalid header size prefix.")
    end = 2 + int.from_bytes(message[:2], "big")
    if end > len(message):
        raise _wrong("Binary message has invalid header size.")
    try:
        head = message[2:end].decode()
    except UnicodeDecodeError:
        raise _wrong("Binary message headers decoding into UTF-8 failed.") from None
    return _headers(head), message[end:]


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    if not headers.get("path"):
        raise Violation(PROTOCOL_ERROR, "Missing/Empty header. Path.")
    return headers


def request_id(headers: Mapping[str, str]) -> str:
    """Return the id of the turn that a message belongs to."""
    given = headers.get("x-requestid", "")
    if not given:
        raise Violation(PROTOCOL_ERROR, "Missing/Empty header. X-RequestId.")
    if not _REQUEST_ID.fullmatch(given):
        reason = "X-RequestId header value was not specified in no-dash UUID format."
        raise Violation(PROTOCOL_ERROR, f"Invalid request. {reason}")
    return given


def json_body(path: str, body: str) -> dict[str, Any]:
    """Return the object that a message carries."""
    try:
        document = decode_json(body.encode())
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _wrong(f"The body of {path} is not a JSON object.")
    return document


def _wrong(reason: str) -> Violation:
    return Violation(INVALID_DATA, f"Incorrect message format. {reason}")


def reused() -> Violation:
    """Say that a request id belongs to a turn that is over."""
    reason = "Invalid request. Reuse of request identifiers is not allowed."
    return Violation(PROTOCOL_ERROR, reason)


def written(request_id: str, path: str, document: dict[str, Any]) -> str:
    """Write a message of the service's."""
    head = f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\n"
    return f"{head}Path:{path}\r\n\r\n{orjson.dumps(document).decode()}"


def within(document: Any, *names: str) -> Any:
    """Return what a document has under names, one within the other; none where there is none."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document

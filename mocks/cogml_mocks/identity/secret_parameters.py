"""What a request says of a secret is checked before the vault is touched."""

import re
from typing import Any

from cogml_mocks.operations import ServiceError, decode_json

MAX_VALUE = 25_600  # bytes
MAX_CONTENT_TYPE = 255  # characters, Key Vault's "About secrets"
MAX_TAGS = 15  # as the limits of a tag, Key Vault's "About keys, secrets and certificates"
MAX_TAG = 256  # characters of its name, and of its value
_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_ATTRIBUTES = {"enabled": bool, "nbf": int, "exp": int}


def check_name(name: str) -> str:
    """Return a name of letters, digits and hyphens; refuse any other."""
    if not _NAME.fullmatch(name):
        raise _bad(f"The request URI contains an invalid name: {name}")
    return name


def value_in(body: bytes, limit: int = MAX_VALUE) -> str:
    """Return the value that a body sets, of at most so many bytes."""
    value = _object(body).get("value")
    if not isinstance(value, str):
        raise _bad("The property value is required, as a string.")
    if len(value.encode()) > limit:
        raise _bad(f"The secret value is over {limit} bytes.")
    return value


def settings_in(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what else a body sets: attributes; content type and tags."""
    given = _object(body)
    attributes = {} if given.get("attributes") is None else given["attributes"]
    if not isinstance(attributes, dict):
        raise _bad("The property attributes is an object.")
    kept = {name: attributes[name] for name in _ATTRIBUTES if attributes.get(name) is not None}
    for name, attribute in kept.items():
        if type(attribute) is not _ATTRIBUTES[name]:
            raise _bad(f"The attribute {name} has the wrong type.")
    further = {name: given[name] for name in ("contentType", "tags") if given.get(name) is not None}
    content_type = further.get("contentType", "")
    if not isinstance(content_type, str) or len(content_type) > MAX_CONTENT_TYPE:
        raise _bad(f"The property contentType is a string of at most {MAX_CONTENT_TYPE} letters.")
    _check_tags(further.get("tags", {}))
    return kept, further


def _check_tags(tags: Any) -> None:
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        raise _bad("The property tags is an object of strings.")
    if len(tags) > MAX_TAGS:
        raise _bad(f"There are at most {MAX_TAGS} tags.")
    if any(len(text) > MAX_TAG for pair in tags.items() for text in pair):
        raise _bad(f"The name and the value of a tag have at most {MAX_TAG} letters.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = decode_json(body)
    except ValueError:
        raise _bad("The request body is not JSON.") from None
    if not isinstance(given, dict):
        raise _bad("The request body is not an object.")
    return given


def _bad(message: str) -> ServiceError:
    return ServiceError(400, "BadParameter", message)

"""Every request says the version it means; its body is an array of objects that have a text.

An operation is registered at the address all resources share and at that of one resource
(`/translator/text/v3.0`), as the API file spells it and in lower case. The names in a body may be
of any case. Limits, in characters (code points) and elements, are those of learn.microsoft.com,
azure/ai-services/translator/service-limits.

Not modelled: the region of a key, keys and regions in the query.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from cogml_mocks.engines.glossary import LANGUAGES
from cogml_mocks.operations import Answer, Call, Handler, ServiceError, decode_json
from cogml_mocks.operations import operation as register
from cogml_mocks.translator.refusals import FAMILY, refusal

VERSION = "3.0"
CUSTOM_DOMAIN = "/translator/text/v3.0"
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one operation: elements, characters of each, characters of all."""

    elements: int
    characters: int
    total: int


def operation(method: str, path: str, **checks: Any) -> Callable[[Handler], Handler]:
    """Register the decorated function at every address of an operation."""

    def decorate(handler: Handler) -> Handler:
        def answered(call: Call) -> Answer:
            with _identified(call) as headers:
                answer = handler(call)
            charged = ["X-Metered-Usage" for name, _ in answer.headers if name == "X-Metered-Usage"]
            exposed = [
                ("Access-Control-Expose-Headers", name) for name in ["X-RequestId", *charged]
            ]
            answer.headers += [*headers, *exposed]
            return answer

        answered.__doc__ = handler.__doc__
        for start in ("", CUSTOM_DOMAIN):
            for spelling in sorted({path, path.lower()}):
                register(method, start + spelling, FAMILY, slow=True, **checks)(answered)
        return handler

    return decorate


@contextmanager
def _identified(call: Call) -> Iterator[list[tuple[str, str]]]:
    """Give what is answered, a refusal too, the ids of the request."""
    headers = [("X-RequestId", str(uuid4()))]
    trace = call.request.headers.get("x-clienttraceid") or call.query.get("ClientTraceId")
    try:
        if call.query.get("api-version") != VERSION:
            raise refusal(400021)
        if trace is not None:
            if not _GUID.fullmatch(trace):
                raise refusal(400043)
            headers.append(("X-ClientTraceId", trace))
        yield headers
    except ServiceError as error:
        error.headers += headers
        raise


def metered(characters: int) -> list[tuple[str, str]]:
    """Return the header that says what is charged for, in characters."""
    return [("X-Metered-Usage", str(characters))]


def read_texts(call: Call, limits: Limits, times: int = 1) -> list[str]:
    """Return the texts of a body; what all have together counts so many times."""
    texts = [text_of(element) for element in read_elements(call, limits)]
    check_lengths(texts, limits, times)
    return texts


def read_elements(call: Call, limits: Limits) -> list[dict[str, Any]]:
    """Return the elements of a body with the names of their members in lower case."""
    try:
        body = decode_json(call.request.body)
    except ValueError:
        raise refusal(400074) from None
    if not isinstance(body, list) or not body:
        raise refusal(400000)
    call.documents = len(body)
    if len(body) > limits.elements:
        raise refusal(400072)
    if not all(isinstance(element, dict) for element in body):
        raise refusal(400020)
    return [{name.lower(): value for name, value in element.items()} for element in body]


def text_of(element: dict[str, Any], name: str = "text", missing: int = 400005) -> str:
    """Return a text of an element."""
    value = element.get(name)
    if not isinstance(value, str):
        raise refusal(missing)
    return value


def check_lengths(texts: list[str], limits: Limits, times: int = 1) -> None:
    """Refuse a text that is too long, and texts that are so together."""
    if any(len(text) > limits.characters for text in texts):
        raise refusal(400050)
    # An empty text is some work too.
    if sum(max(1, len(text)) for text in texts) * times > limits.total:
        raise refusal(400077)


def flag(call: Call, name: str, *, default: bool = False) -> bool:
    """Return a parameter that is true or false."""
    value = call.query.get(name, str(default)).lower()
    if value not in ("true", "false"):
        raise refusal(400000)
    return value == "true"


def values(call: Call, name: str) -> list[str]:
    """Return all values of a parameter, repeated or with commas between."""
    pairs = parse_qsl(call.request.query_string, keep_blank_values=True)
    return [part.strip() for key, value in pairs if key == name for part in value.split(",")]


def language(tag: str) -> str:
    """Return a language of the glossary as the service writes it; empty if it is none of them.

    A region is left out, unless the service has a language of its own for it.
    """
    low = tag.lower()
    main, hyphen, region = low.partition("-")
    is_known = main in LANGUAGES and (not hyphen or (len(region) == 2 and region.isalpha()))
    return main if is_known and low not in ("fr-ca", "pt-pt") else ""

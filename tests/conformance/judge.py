"""An exchange is judged by its API file: every way in which it is not what the file says.

A body must fit its schema and have no property that the schema does not name, which a file's own
schemas would let through. Whole numbers are written as such; what a client sends is not read-only.
A status of success must be listed; refusals fall under `default`.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from conformance.api_files import ApiFile, ApiOperation, Json

_AT = "urn:api"
_JSON = "application/json"
FORMATS = FormatChecker(())


@FORMATS.checks("date-time", ValueError)
def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    # A date alone, or a time of no zone, is read by Python and by no client.
    return "T" in value.upper() and datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uuid", ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(UUID(value))


@FORMATS.checks("uri", ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("float")
@FORMATS.checks("double")
def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _check_kind(validator: Any, kinds: Json, instance: Any, schema: Any) -> Any:
    value = instance.get(kinds["by"]) if isinstance(instance, dict) else None
    known = kinds["values"].get(value) if isinstance(value, str) else None
    name = kinds["absent"] if value is None else known
    if name is None:
        yield ValidationError(f"{kinds['by']} {value!r} is none of {list(kinds['values'])}")
    else:
        yield from validator.descend(instance, {"$ref": f"{_AT}#/definitions/{name}"})


def _must_not_be_sent(validator: Any, read_only: Any, instance: Any, schema: Any) -> Any:
    if read_only:
        yield ValidationError(f"{instance!r} is read-only")


_ANSWER = extend(Draft4Validator, {"kinds": _check_kind})
_REQUEST = extend(_ANSWER, {"readOnly": _must_not_be_sent})


@functools.cache
def _registry(api: ApiFile) -> Registry[Any]:
    definitions = {name: _judged(body) for name, body in api.document["definitions"].items()}
    return Registry().with_resource(_AT, Resource({"definitions": definitions}, DRAFT4))


def _judged(schema: Json) -> Json:
    """The schema as JSON Schema has it: null where it may be, kinds told by their values."""
    if "kinds" in schema:
        return {"kinds": schema["kinds"]}
    made = dict(schema)
    if "$ref" in made:
        made = {"$ref": _AT + made["$ref"]}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _judged(made[key])
    if "anyOf" in made:
        made["anyOf"] = [_judged(one) for one in made["anyOf"]]
    if "properties" in made:
        made["properties"] = {name: _judged(one) for name, one in made["properties"].items()}
    return _or_null(made) if schema.get("x-nullable") is True else made


def _or_null(schema: Json) -> Json:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **enum, "type": [schema["type"], "null"]}


def of_body(api: ApiFile, schema: Json, body: Any, sent: bool = False) -> list[str]:
    """What is wrong with a body; `sent` when it is a request's."""
    validator = (_REQUEST if sent else _ANSWER)(
        _judged(schema), registry=_registry(api), format_checker=FORMATS
    )
    return [_told(error) for error in validator.iter_errors(body)]


def _told(error: ValidationError) -> str:
    deepest = error
    while deepest.context:
        deepest = min(
            deepest.context, key=lambda one: (-len(one.absolute_path), str(one.validator))
        )
    return f"body {deepest.json_path}: {deepest.message[:300]}"


def of_answer(api: ApiFile, operation: ApiOperation, response: httpx.Response) -> list[str]:
    """What is wrong with an answer."""
    responses = operation.description["responses"]
    status = str(response.status_code)
    if status not in responses and response.status_code < 400:
        return [f"status {status} is not documented"]
    documented = responses.get(status, responses["default"])
    found = list(_of_headers(documented.get("headers", {}), response.headers))
    schema = documented.get("schema")
    if schema is None:
        return found + [f"a body of {len(response.content)} bytes"] * bool(response.content)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if schema.get("type") == "file":
        return found + [f"media type {media_type!r}"] * (media_type not in operation.produces)
    if media_type != _JSON:
        return [*found, f"media type {media_type!r}"]
    return found + of_body(api, schema, response.json())


def _of_headers(documented: Json, given: httpx.Headers) -> Iterator[str]:
    for name, described in documented.items():
        value = given.get(name)
        if not value:
            yield f"header {name} is {'missing' if value is None else 'empty'}"
        else:
            yield from _of_value({**described, "in": "header", "name": name}, value)


def of_request(api: ApiFile, operation: ApiOperation, request: httpx.Request) -> list[str]:
    """What is wrong with a request: query, headers, media type, body."""
    found = list(_of_query(operation, request.url.query.decode()))
    for parameter in operation.parameters:
        if parameter["in"] == "header":
            value = request.headers.get(parameter["name"])
            if value is None and parameter.get("required"):
                found.append(f"header {parameter['name']} is missing")
            elif value is not None:
                found += _of_value(parameter, value)
    body = operation.body
    if body is None:
        return found + ["a body where none is taken"] * bool(request.content)
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type not in operation.consumes:
        return [*found, f"media type {media_type!r}"]
    if media_type.endswith("/json"):
        return found + of_body(api, body["schema"], json.loads(request.content), sent=True)
    return found + ["no body"] * (not request.content)


def _of_query(operation: ApiOperation, query: str) -> Iterator[str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    declared = {one["name"]: one for one in operation.parameters if one["in"] == "query"}
    for name, parameter in declared.items():
        if parameter.get("required") and name not in dict(pairs):
            yield f"query {name} is missing"
    for name, value in pairs:
        if name not in declared:
            yield f"query {name} is not documented"
        else:
            yield from _of_value(declared[name], value)


def _of_value(parameter: Json, text: str) -> Iterator[str]:
    if parameter["type"] == "array":
        values, schema = text.split(","), parameter["items"]
    else:
        values, schema = [text], parameter
    keep = {"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "format"}
    checked = {name: schema[name] for name in keep & set(schema)}
    for value in values:
        read = value if schema["type"] == "string" else _read(value)
        for error in _ANSWER(checked, format_checker=FORMATS).iter_errors(read):
            yield f"{parameter['in']} {parameter['name']}: {error.message[:200]}"


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value

"""A linked service is a name for an address and a key: looked up here, so that code holds neither.

Asked in this order, and the first that knows the name answers alone: the environment
(`COGML_LINKED_SERVICE_NAME_ENDPOINT`, `_LOCATION`, `_VAULT`, `_KEY`; the name in capitals, with `_`
for what is no letter or digit), the JSON file that `COGML_LINKED_SERVICES` names
(`{"my service": {"endpoint": "https://...", "key": "env:MY_KEY"}}`), the Synapse or Fabric machine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import pathlib
import re
from typing import Any

from cogml.errors import ParamError, one_of

FILE = "COGML_LINKED_SERVICES"
PREFIX = "COGML_LINKED_SERVICE_"
FIELDS = ("endpoint", "location", "vault", "key")
_VARIABLE = re.compile(rf"{PREFIX}(.+)_(?:{'|'.join(FIELDS).upper()})")


@dataclasses.dataclass(frozen=True, slots=True)
class LinkedService:
    """What a name stands for; `key` is the key itself, `env:NAME` or `vault:VAULT/NAME`."""

    name: str
    endpoint: str | None = None
    location: str | None = None
    vault: str | None = None
    key: str | None = dataclasses.field(default=None, repr=False)


def lookup(name: str) -> LinkedService:
    """The linked service of this name; raises ParamError with where it looked and what there is."""
    found = find(name)
    if found is None:
        known = sorted({*_names_in_environment(), *_in_file()})
        raise ParamError(
            f"no linked service {name!r}: not in the environment ({_variable(name, 'endpoint')}), "
            f"not in the file that {FILE} names ({os.environ.get(FILE) or 'not set'}), not on a "
            f"Synapse or Fabric machine{one_of(name, known)}"
        )
    return found


def find(name: str) -> LinkedService | None:
    """The linked service of this name, if there is one; raises ParamError for a file gone wrong."""
    if not isinstance(name, str) or not name:
        raise ParamError(f"a linked service is named by text, not by {type(name).__name__}")
    return _in_environment(name) or _in_file().get(name) or _on_platform(name)


def platform() -> Any:
    """`mssparkutils` of the Synapse or Fabric machine this runs on; None elsewhere."""
    with contextlib.suppress(ImportError):
        return getattr(importlib.import_module("notebookutils"), "mssparkutils", None)
    return None


def _variable(name: str, field: str) -> str:
    return f"{PREFIX}{re.sub('[^A-Z0-9]', '_', name.upper())}_{field.upper()}"


def _in_environment(name: str) -> LinkedService | None:
    given = {field: os.environ.get(_variable(name, field)) or None for field in FIELDS}
    return LinkedService(name, **given) if any(given.values()) else None


def _names_in_environment() -> set[str]:
    return {match[1] for variable in os.environ if (match := _VARIABLE.fullmatch(variable))}


def _in_file() -> dict[str, LinkedService]:
    path = os.environ.get(FILE)
    if not path:
        return {}
    try:
        saved = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParamError(f"{FILE}: {path!r} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ParamError(f"{FILE}: {path!r} is not JSON") from None
    if not isinstance(saved, dict):
        raise ParamError(f"{FILE}: {path!r} is not an object of linked services by name")
    return {name: _from_entry(path, name, entry) for name, entry in saved.items()}


def _from_entry(path: str, name: str, entry: Any) -> LinkedService:
    where = f"{FILE}: {path!r}: {name!r}"
    if not isinstance(entry, dict):
        raise ParamError(f"{where} is not an object")
    for field, value in entry.items():
        if field not in FIELDS:
            raise ParamError(f"{where} has no field {field!r}{one_of(field, list(FIELDS))}")
        if value is not None and not isinstance(value, str):
            raise ParamError(f"{where}: {field} is text, not {type(value).__name__}")
    return LinkedService(name, **entry)


def _on_platform(name: str) -> LinkedService | None:
    services = getattr(platform(), "cognitiveService", None)
    if services is None:
        return None

    def ask(getter: str) -> str | None:
        try:
            return getattr(services, getter)(name) or None
        except Exception:  # noqa: BLE001 - what a Java behind it raises when a name or field is not there
            return None

    found = LinkedService(
        name, ask("getEndpoint"), ask("getLocation"), vault=None, key=ask("getKey")
    )
    return found if found.endpoint or found.location or found.key else None

"""An API file as one document: overloads beside other paths, references inside, kinds as choices.

The files are Swagger 2.0 with Microsoft's extensions. `x-ms-paths` holds overloads of a path that
the media type tells apart; `x-ms-parameterized-host` is where the service lies, which here is the
prefix the suite serves it under; a definition with a `discriminator` stands for those derived from
it, each known by its value. What a definition inherits is laid into it; an object has room for no
property that is not named.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cogml_mocks import operations

Json = dict[str, Any]
Mend = Callable[[Json], None]
_EXTERNAL = re.compile(r"([^#]*)#/(definitions|parameters)/(.+)")


@dataclass(frozen=True)
class Source:
    """An API file's place, and the prefix under which its paths are served; it may have another."""

    path: str
    prefix: str
    other_prefix: str = ""

    @property
    def name(self) -> str:
        folder, _, file = self.path.partition("/")
        return folder if file != "Ocr.json" else f"{folder} (Read)"


SOURCES = (
    Source("textanalytics-v3.1/TextAnalytics.json", "/text/analytics/v3.1"),
    Source("language-2023-04-01/analyzetext.json", "/language"),
    Source("translator-v3.0/TranslatorText.json", ""),
    Source("computervision-v3.2/ComputerVision.json", "/vision/v3.2"),
    Source("computervision-v3.2/Ocr.json", "/vision/v3.2"),
    Source("imageanalysis-2023-10-01/generated.json", "/computervision"),
    Source("anomalydetector-v1.1/openapi.json", "/anomalydetector/v1.1"),
    Source("imagesearch-v1.0/ImageSearch.json", "/bing/v7.0", "/v7.0"),
    Source("keyvault-7.5/secrets.json", ""),
)


@dataclass(frozen=True)
class ApiOperation:
    """One operation of an API file, as the suite would serve it."""

    source: Source
    id: str
    method: str
    key: str
    description: Json = field(hash=False, compare=False, repr=False)
    parameters: tuple[Json, ...] = field(hash=False, compare=False, repr=False)

    @property
    def template(self) -> str:
        """The path on the suite; the file tells overloads apart by a query that is never sent."""
        return self.source.prefix + self.key.partition("?")[0]

    @property
    def consumes(self) -> tuple[str, ...]:
        return tuple(self.description["consumes"])

    @property
    def produces(self) -> tuple[str, ...]:
        return tuple(self.description["produces"])

    def path(self, **segments: str) -> str:
        """The path with its segments filled in, `x` where none is given."""
        return re.sub(r"\{([^}]+)\}", lambda match: segments.get(match[1], "x"), self.template)

    def fits(self, method: str, path: str, media_type: str) -> bool:
        """Decide whether a request is one of this operation's."""
        other = self.source.other_prefix
        if other and path.startswith(other + "/"):
            path = self.source.prefix + path.removeprefix(other)
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(self.template))
        spoken = not self.body or media_type in self.consumes
        return method == self.method and bool(re.fullmatch(pattern, path)) and spoken

    @property
    def body(self) -> Json | None:
        """The parameter that is sent as the body."""
        return next((one for one in self.parameters if one["in"] == "body"), None)

    @property
    def modelled(self) -> bool:
        """Whether the suite's registry knows its method and path, and takes what it consumes."""
        known = operations.find(self.path())[0].get(self.method)
        if known is None:
            return False
        return not self.body or not known.media_types or self.consumes[0] in known.media_types


@dataclass(frozen=True, eq=False)
class ApiFile:
    """One API file, read."""

    source: Source
    folder: Path
    document: Json = field(repr=False)

    @functools.cached_property
    def operations(self) -> tuple[ApiOperation, ...]:
        """Every operation, overloads among them, in the file's order."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[ApiOperation]:
        defaults = {name: self.document.get(name, []) for name in ("consumes", "produces")}
        for key, methods in self.document["paths"].items():
            for method, description in methods.items():
                described = {**defaults, **description}
                given = tuple(description.get("parameters", ()))
                yield ApiOperation(
                    self.source, description["operationId"], method.upper(), key, described, given
                )

    def named(self, identifier: str) -> ApiOperation:
        return next(one for one in self.operations if one.id == identifier)

    def examples(self, operation: ApiOperation) -> Iterator[tuple[str, Json]]:
        """The examples of an operation that lie in the folder, by name."""
        for reference in operation.description.get("x-ms-examples", {}).values():
            path = self.folder / reference["$ref"]
            if path.is_file():
                yield path.stem, json.loads(path.read_text("utf-8"))

    def absent(self) -> list[str]:
        """The examples that the file refers to and that do not lie in the folder."""
        return [
            reference["$ref"]
            for operation in self.operations
            for reference in operation.description.get("x-ms-examples", {}).values()
            if not (self.folder / reference["$ref"]).is_file()
        ]


def folder() -> Path | None:
    """The folder of API files that the environment names."""
    given, data = os.environ.get("COGML_TEST_SPECS"), os.environ.get("COGML_TEST_DATA")
    if given is None and data is None:
        return None
    found = Path(given) if given is not None else Path(str(data)).parent / "specs"
    return found if found.is_dir() else None


def read(specs: Path, source: Source, mends: tuple[Mend, ...] = ()) -> ApiFile:
    """Read an API file; what it is known to have wrong is mended first."""
    operations.load()
    path = specs / source.path
    document = json.loads(path.read_text("utf-8"))
    for key, methods in document.pop("x-ms-paths", {}).items():
        document["paths"][key] = methods
    document.pop("x-ms-parameterized-host", None)
    document.setdefault("definitions", {})
    _bundle(document, path.parent)
    for mend in mends:
        mend(document)
    kinds = _choose_kinds(document)
    _close(document)
    document["definitions"].update(kinds)
    return ApiFile(source, path.parent, document)


def walk(node: Any) -> Iterator[Json]:
    """Every object inside, outermost first."""
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def _bundle(document: Json, folder: Path) -> None:
    """Bring in what other files define, and put parameters where they are referred to."""
    for methods in document["paths"].values():
        for description in methods.values():
            given = description.get("parameters", [])
            description["parameters"] = [_resolved(one, document, folder) for one in given]
    document.pop("parameters", None)
    missing = True
    while missing:
        missing = False
        for node in walk([document["paths"], document["definitions"]]):
            match = _EXTERNAL.fullmatch(str(node.get("$ref", "")))
            if match and match[1]:
                name = f"{Path(match[1]).stem}.{match[3]}"
                node["$ref"] = f"#/definitions/{name}"
                if name not in document["definitions"]:
                    document["definitions"][name] = _definition(folder / match[1], match[3])
                    missing = True


def _resolved(parameter: Json, document: Json, folder: Path) -> Json:
    match = _EXTERNAL.fullmatch(parameter.get("$ref", ""))
    if not match:
        return parameter
    holder = document if not match[1] else json.loads((folder / match[1]).read_text("utf-8"))
    found: Json = holder["parameters"][match[3]]
    return found


def _definition(path: Path, name: str) -> Json:
    other = json.loads(path.read_text("utf-8"))
    found: Json = other["definitions"][name]
    for node in walk(found):
        if str(node.get("$ref", "")).startswith("#"):
            node["$ref"] = path.name + node["$ref"]
    return found


def _choose_kinds(document: Json) -> Json:
    """Let a reference to a definition with a discriminator mean any of those derived from it.

    Returns the definitions that stand for such a choice, named with an asterisk.
    """
    definitions = document["definitions"]
    parents = {
        name: [one["$ref"].rpartition("/")[2] for one in body.get("allOf", []) if "$ref" in one]
        for name, body in definitions.items()
    }

    def root(name: str) -> str | None:
        if "discriminator" in definitions[name]:
            return name
        return next((found for parent in parents[name] if (found := root(parent))), None)

    def derives(name: str, other: str) -> bool:
        return name == other or any(derives(parent, other) for parent in parents[name])

    choices: Json = {}
    for name in definitions:
        if (base := root(name)) is None:
            continue
        given = definitions[base]["discriminator"]
        members = [one for one in definitions if derives(one, name)]
        if len(members) > 1:
            members = [one for one in members if one != base]
        choices[name] = _choice(definitions, name, given, members)
    for node in walk([document["paths"], definitions]):
        for key, value in node.items():
            if key != "allOf":
                _choose(value, choices)
    for body in definitions.values():
        body.pop("discriminator", None)
    return {f"{name}*": choice for name, choice in choices.items()}


def _choice(definitions: Json, name: str, discriminator: str, members: list[str]) -> Json:
    """A schema for whoever reads JSON Schema only, and the kinds by value for the judge."""
    values = {definitions[one].get("x-ms-discriminator-value", one): one for one in members}
    told = [
        {
            "allOf": [
                {"$ref": f"#/definitions/{one}"},
                {"type": "object", "properties": {discriminator: {"enum": [value]}}},
            ]
        }
        for value, one in values.items()
    ]
    return {"anyOf": told, "kinds": {"by": discriminator, "values": values, "absent": name}}


def _choose(value: Any, choices: Json) -> None:
    for node in value if isinstance(value, list) else [value]:
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            name = node["$ref"].rpartition("/")[2]
            if name in choices:
                node["$ref"] = f"#/definitions/{name}*"


def _close(document: Json) -> None:
    """Lay what is inherited into each definition, and leave no room for other properties."""
    definitions = document["definitions"]
    for name, body in definitions.items():
        definitions[name] = _inherited(body, definitions)
    for node in walk([document["paths"], definitions]):
        if isinstance(node.get("allOf"), list):
            node.update(_inherited(node, definitions))
            del node["allOf"]
        if isinstance(node.get("properties"), dict) and node["properties"]:
            node["type"] = "object"
            node.setdefault("additionalProperties", False)


def _inherited(schema: Json, definitions: Json) -> Json:
    bodies = [
        _inherited(
            definitions[one["$ref"].rpartition("/")[2]] if "$ref" in one else one, definitions
        )
        for one in schema.get("allOf", ())
    ]
    bodies.append({name: value for name, value in schema.items() if name != "allOf"})
    made: Json = {}
    for body in bodies:
        properties = {**made.get("properties", {}), **body.get("properties", {})}
        required = [*made.get("required", ()), *body.get("required", ())]
        made = {**made, **body}
        made.update({"properties": properties} if properties else {})
        made.update({"required": required} if required else {})
    return made

"""The architecture is a rule that can be read off the imports."""

import ast
from pathlib import Path

import pytest

import cogml
import cogml_mocks

CORE = Path(cogml.__file__).parent
MOCKS = Path(cogml_mocks.__file__).parent
LIMIT = 400

# Each layer imports only from those before it; a package stands for all its modules.
LAYERS = [
    ("errors", "counts", "meta", "travel"),
    ("_sparkml", "version", "limits", "schema", "report", "progress", "java", "audio", "linked"),
    ("hosts",),
    ("places",),
    ("pace", "window"),
    ("vault", "credentials"),
    ("param",),
    ("_html",),
    ("params",),
    ("binding",),
    ("exchange",),
    ("segments", "catalogue"),
    ("store",),
    ("shared",),
    ("chunk", "rows", "answers"),
    ("policy",),
    ("messages",),
    ("trust",),
    ("plain", "connection"),
    ("direct",),
    ("breaker",),
    ("transport",),
    ("carrier",),
    ("loop",),
    ("supplied", "local"),
    ("engine",),
    ("keeping", "jobs", "packing"),
    ("watch",),
    ("filling",),
    ("plan", "frames"),
    ("planner",),
    ("persistence",),
    ("stage",),
    ("service",),
    ("fitting",),
    ("pipeline",),
    ("display",),
    ("services",),
    ("cognitive",),
    ("stubs",),
    ("",),  # cogml itself: what it offers
    ("cli",),
    ("__main__",),
]
PACKAGES = ("frames", "services", "display", "cli")
FRAMES = {"pandas", "polars", "pyspark"}


def modules(folder, package):
    """Each module's dotted name below the package, with its syntax tree."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join([package, *parts])] = (path, ast.parse(path.read_text("utf-8")))
    return found


CORE_MODULES = modules(CORE, "cogml")
MOCK_MODULES = modules(MOCKS, "cogml_mocks")
ALL_MODULES = CORE_MODULES | MOCK_MODULES


def is_type_checking(node):
    return isinstance(node, ast.If) and any(
        isinstance(n, ast.Name) and n.id == "TYPE_CHECKING" for n in ast.walk(node.test)
    )


def imports(tree):
    """The modules that are imported when the code runs, wherever in it the import stands."""
    found, todo = set(), [tree]
    while todo:
        node = todo.pop()
        if is_type_checking(node):
            todo += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            known = full & set(ALL_MODULES)
            found |= known
            if known != full:
                found.add(node.module)
        todo += ast.iter_child_nodes(node)
    return found


def top(module):
    return module.partition(".")[0]


def layer_of(module):
    """The place of a module of cogml in the order, and its name there."""
    name = module.partition(".")[2]
    name = name.partition(".")[0] if name.partition(".")[0] in PACKAGES else name
    for place, names in enumerate(LAYERS):
        if name in names:
            return place, name
    raise AssertionError(f"{module} has no place among the layers")


def test_imports_are_seen_wherever_they_stand():
    """This file's own eye: functions, conditions, submodules; not what is for types alone."""
    tree = ast.parse(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import pandas\n"
        "else:\n    import polars.io\n"
        "def f():\n    from cogml import plan, ParamError\n"
    )
    assert imports(tree) == {"typing", "polars.io", "cogml.plan", "cogml"}


@pytest.mark.parametrize("module", CORE_MODULES)
def test_each_layer_imports_only_from_those_below(module):
    place, name = layer_of(module)
    for imported in imports(CORE_MODULES[module][1]):
        if top(imported) != "cogml":
            continue
        other_place, other = layer_of(imported)
        same = other == name and (name in PACKAGES or other_place == place)
        assert other_place < place or same, f"{module} imports {imported}"


@pytest.mark.parametrize("module", CORE_MODULES)
def test_a_frame_library_is_imported_in_its_adapter_only(module):
    allowed = {f"cogml.frames._{library}": {library} for library in FRAMES}
    allowed["cogml._sparkml"] = {"pyspark"}
    found = {top(name) for name in imports(CORE_MODULES[module][1])} & FRAMES
    if module == "cogml.cli" or module.startswith("cogml.cli."):
        return
    assert found <= allowed.get(module, set())


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_suite_is_imported_only_by_the_command_line_and_who_asks_for_it_here(module):
    """The latter when it is asked for: tests/test_local.py."""
    found = {top(name) for name in imports(CORE_MODULES[module][1])}
    if module != "cogml.local" and not module.startswith("cogml.cli"):
        assert "cogml_mocks" not in found


@pytest.mark.parametrize("module", MOCK_MODULES)
def test_the_suite_imports_nothing_from_what_it_tests(module):
    """A mock that reads the client's paths cannot catch the client's mistakes."""
    assert "cogml" not in {top(name) for name in imports(MOCK_MODULES[module][1])}


@pytest.mark.parametrize("module", CORE_MODULES)
def test_async_is_in_the_engine_and_what_carries_only(module):
    kinds = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    if module not in {
        f"cogml.{name}"
        for name in (
            "loop",
            "engine",
            "transport",
            "breaker",
            "carrier",
            "direct",
            "plain",
            "messages",
            "supplied",
        )
    }:
        assert not [n.lineno for n in ast.walk(CORE_MODULES[module][1]) if isinstance(n, kinds)]


@pytest.mark.parametrize("module", ALL_MODULES)
def test_a_module_is_short_enough_to_read(module):
    path, _ = ALL_MODULES[module]
    assert len(path.read_text("utf-8").splitlines()) <= LIMIT


@pytest.mark.parametrize("module", ALL_MODULES)
def test_a_module_says_what_it_is_for(module):
    """In its name and in its docstring."""
    _, tree = ALL_MODULES[module]
    assert ast.get_docstring(tree)
    last = module.rpartition(".")[2].strip("_")
    assert last not in {"util", "utils", "helper", "helpers", "constants", "types", "base", "misc"}


def test_the_layers_list_no_module_that_is_gone():
    names = {layer_of(module)[1] for module in CORE_MODULES}
    assert {name for layer in LAYERS for name in layer} <= names

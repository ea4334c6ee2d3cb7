"""Which part of the package may import which: the flow from catalogues to the command line."""

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import halograd

SOURCE = Path(halograd.__file__).parent

# Below everything: each may import the others, and nothing else of the package.
FOUNDATION = {
    "__init__",
    "_arrays",
    "_atomic",
    "_checks",
    "_precision",
    "_sealed",
    "_settings",
    "_summation",
    "_version",
    "bounds",
    "errors",
    "kernels",
    "plugins",
    "registries",
    "samples",
    "theory",
}

# What each package may import beside the foundation and itself, from the bottom to the top.
MAY_IMPORT = {
    "catalogs": set(),
    "observations": set(),
    "sham": {"catalogs"},
    "models": {"catalogs", "sham"},
    "tracers": {"catalogs"},
    "pairs": set(),
    "stats": {"catalogs", "models", "pairs"},
    "statistics": {"catalogs", "models", "pairs", "stats"},
    "predict": {"catalogs", "models", "pairs", "statistics", "stats", "tracers"},
    "inference": {"catalogs", "models", "pairs", "predict", "statistics", "stats"},
    "mock_universe": {"catalogs"},
    "network_training": {"sham"},
}
CORE = {*MAY_IMPORT} - {"mock_universe", "network_training"}
MAY_IMPORT["config"] = {*CORE, "network_training"}
MAY_IMPORT["report"] = {*CORE, "network_training"}
MAY_IMPORT["runs"] = {*CORE, "config", "network_training", "report"}
MAY_IMPORT["cli"] = {*CORE, "config", "runs"}

# Imports inside functions or for type checkers alone that go against the table, and why.
UPWARD = {
    ("halograd.catalogs", "mock_universe"): "catalogs.mock_universe is loaded on first use",
    ("halograd.catalogs.derived", "pairs"): "counting neighbours needs JAX, reading files does not",
    ("halograd.observations.observation", "statistics"): "published tables are listed without JAX",
    ("halograd.registries", "catalogs"): "a class given by name is checked to be a format",
    ("halograd.registries", "models"): "a class given by name is checked to be a model",
    ("halograd.registries", "statistics"): "a class given by name is checked to be a statistic",
}

# Deferred imports that close a circle of modules, and why.
CIRCLES = {
    ("halograd.catalogs.derived", "halograd.catalogs.halo_catalog"): "a type for the checker alone",
    ("halograd.pairs._native", "halograd.pairs._native_table"): "a plan makes its table of counts",
}

# Modules with a leading underscore that another package imports, and why.
PRIVATE = {
    ("halograd.mock_universe.mock_universe", "halograd.catalogs._columns"): (
        "a mock checks its box and its numbers as a catalogue does"
    ),
    ("halograd.tracers.tracers", "halograd.catalogs._columns"): (
        "the columns of tracers are checked as those of a catalogue are"
    ),
}


class Import(NamedTuple):
    """One import of a module of the package by another.

    Attributes:
        importer: Dotted name of the module with the statement.
        imported: Dotted name of the module it names.
        is_deferred: Whether it stands in a function or under TYPE_CHECKING.
    """

    importer: str
    imported: str
    is_deferred: bool


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def statements(node, is_deferred=False):
    """All import statements below a node, and whether a function or TYPE_CHECKING holds them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, is_deferred
            continue
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        is_typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from statements(child, is_deferred or is_function or is_typing)


def imported_modules(statement):
    """Modules of the package that a statement names; a name in a module counts as the module."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names if alias.name in MODULES]
    assert statement.level == 0, "imports are absolute"
    names = [f"{statement.module}.{alias.name}" for alias in statement.names]
    found = [name if name in MODULES else statement.module for name in names]
    return [name for name in dict.fromkeys(found) if name in MODULES]


IMPORTS = [
    Import(importer, imported, is_deferred)
    for importer, path in MODULES.items()
    for statement, is_deferred in statements(ast.parse(path.read_text(encoding="utf-8")))
    for imported in imported_modules(statement)
]


def package(module):
    """The part of the table that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def is_against_table(one):
    here, there = package(one.importer), package(one.imported)
    allowed = FOUNDATION | MAY_IMPORT.get(here, set()) | {here}
    return there not in allowed


def test_table_holds_every_package():
    assert {package(module) for module in MODULES} == FOUNDATION | {*MAY_IMPORT}
    assert len(IMPORTS) > 1000


@pytest.mark.parametrize("name", sorted(FOUNDATION | {*MAY_IMPORT}))
def test_imports_follow_the_flow(name):
    here = [one for one in IMPORTS if package(one.importer) == name and not one.is_deferred]
    assert [one for one in here if is_against_table(one)] == []


def test_deferred_imports_go_upward_only_where_listed():
    found = {
        (one.importer, package(one.imported))
        for one in IMPORTS
        if one.is_deferred and is_against_table(one)
    }
    assert found == {*UPWARD}


def test_private_modules_stay_in_their_package():
    found = set()
    for one in IMPORTS:
        parts = one.imported.split(".")
        for depth, part in enumerate(parts):
            owner = ".".join(parts[:depth])
            inside = one.importer == owner or one.importer.startswith(f"{owner}.")
            if part.startswith("_") and not inside:
                found.add((one.importer, one.imported))
    assert found == {*PRIVATE}


def circle_of(imports):
    """Modules that import one another in a ring, or an empty list."""
    graph = defaultdict(set)
    for one in imports:
        graph[one.importer].add(one.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return circle.args[1]
    return []


def is_listed(one):
    upward = (one.importer, package(one.imported)) in UPWARD
    return one.is_deferred and (upward or (one.importer, one.imported) in CIRCLES)


def test_modules_form_no_circle_beside_those_listed():
    """Not even by way of imports in functions or for type checkers."""
    assert circle_of(one for one in IMPORTS if not is_listed(one)) == []


@pytest.mark.parametrize("listed", sorted(CIRCLES))
def test_listed_circles_exist(listed):
    rest = [one for one in IMPORTS if not is_listed(one)]
    closing = [one for one in IMPORTS if (one.importer, one.imported) == listed]
    assert circle_of([*rest, *closing]) != []

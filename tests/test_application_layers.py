"""Which packages of the application may import which, whether at the top or inside a function."""

import ast
from pathlib import Path

import pytest

import halograd

SOURCE = Path(halograd.__file__).parent

# A package may import those before it, and everything of the core.
ORDER = ("config", "report", "runs", "cli")
FORBIDDEN = {
    "config": {"report", "runs", "cli"},
    "report": {"config", "runs", "cli"},
    "runs": {"cli"},
}


def imported(path):
    """Packages of halograd that a file imports, typing and lazy imports included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "halograd" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_nothing_is_imported_from_above(package):
    files = sorted((SOURCE / package).rglob("*.py"))
    assert len(files) > 5
    above = {path.name: FORBIDDEN[package] & set(imported(path)) for path in files}
    assert not {name: found for name, found in above.items() if found}


def test_the_core_knows_no_application():
    files = [
        path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] not in ORDER
    ]
    files = [path for path in files if path != SOURCE / "__init__.py"]
    assert len(files) > 100
    found = {str(path): {*ORDER} & set(imported(path)) for path in files}
    assert not {path: packages for path, packages in found.items() if packages}

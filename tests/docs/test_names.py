"""Python on the pages compiles, and every name it takes from halograd exists.

That of blocks that are not run too.
"""

import ast
import importlib
from types import ModuleType

import pytest

from docs.pages import PAGES, code_blocks, text_of

WITH_PYTHON = [p for p in PAGES if "```python" in text_of(p)]


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_python_names_what_exists(page):
    source = "\n".join(b.code for b in code_blocks(text_of(page)) if b.language == "python")
    tree = ast.parse(source, page)
    names = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = names.get(node.value.id)
            if isinstance(owner, ModuleType):
                assert hasattr(owner, node.attr), f"{owner.__name__} has no {node.attr}"


def _imported(tree):
    """What the page imports from halograd, by the name it gives it."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "halograd":
            module = importlib.import_module(node.module)
            for alias in node.names:
                names[alias.asname or alias.name] = _member(module, alias.name)
    return names


def _member(module, name):
    try:
        return getattr(module, name)
    except AttributeError:
        return importlib.import_module(f"{module.__name__}.{name}")


def test_a_wrong_name_is_noticed():
    names = _imported(ast.parse("from halograd import stats"))
    assert hasattr(names["stats"], "wp")
    assert not hasattr(names["stats"], "wq")
    with pytest.raises(ModuleNotFoundError):
        _imported(ast.parse("from halograd import nothing"))

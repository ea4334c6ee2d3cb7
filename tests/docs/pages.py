"""The pages of the documentation, and the blocks of code on them."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / "docs" / "hooks"


def hook(name):
    """A module of docs/hooks."""
    spec = importlib.util.spec_from_file_location(name, HOOKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


code_blocks = hook("code_blocks").code_blocks

PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
PAGES.insert(0, "README.md")


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks_of(page, language):
    """Those that are meant to run."""
    return [b for b in code_blocks(text_of(page)) if b.language == language and b.runs]


def pages_with(language):
    return [page for page in PAGES if blocks_of(page, language)]

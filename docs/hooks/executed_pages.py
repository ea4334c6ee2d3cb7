"""MkDocs hook: pages that begin with `execute: true` are run, and show what their code prints.

Each page runs in a folder of its own under .cache/docs, named after a hash of its code, of the
files under `inputs:` and of the version of halograd. While these stay the same the page is not run
again; a run that was broken off goes on in the same folder. What the page shows or links from
`run/` is taken from there.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from code_blocks import code_blocks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils.meta import get_data

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "docs"
RUNNER = Path(__file__).with_name("run_page.py")
_MADE = re.compile(r"\]\(run/([^)\s]+)\)")
_outputs: dict[str, list[str]] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Run the pages before any is rendered, and take in what they made and show."""
    for file in files.documentation_pages():
        source = Path(file.abs_src_path)
        text, meta = get_data(source.read_text("utf-8"))
        if not meta.get("execute"):
            continue
        folder = _folder(source, text, meta.get("inputs", []))
        _outputs[file.src_uri] = _run(source, folder)
        parent = Path(file.src_uri).parent
        for name in dict.fromkeys(_MADE.findall(text)):
            uri = (parent / "run" / name).as_posix()
            files.append(File.generated(config, uri, abs_src_path=str(folder / name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Put what a block printed below it."""
    printed = _outputs.get(page.file.src_uri)
    if printed is None:
        return markdown
    blocks = code_blocks(markdown)
    for block, text in reversed(list(zip(blocks, printed, strict=True))):
        if text.strip():
            markdown = markdown[: block.end] + _shown(block.language, text) + markdown[block.end :]
    return markdown


def _shown(language: str, text: str) -> str:
    if language == "python":
        return f'\n\n``` {{.text .output title="prints"}}\n{text.rstrip()}\n```'
    inside = "\n".join(f"    {line}".rstrip() for line in ["```text", *_plain(text), "```"])
    return f'\n\n??? note "What it prints"\n\n{inside}'


def _plain(text: str) -> list[str]:
    """Lines without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).rstrip().splitlines()


def _folder(source: Path, text: str, inputs: list[str]) -> Path:
    from halograd._version import __version__

    content = [__version__, *(block.code for block in code_blocks(text))]
    content += [(ROOT / name).read_text("utf-8") for name in inputs]
    digest = hashlib.sha256("\0".join(content).encode()).hexdigest()
    return CACHE / f"{source.stem}-{digest[:16]}"


def _run(source: Path, folder: Path) -> list[str]:
    outputs = folder / "outputs.json"
    if not outputs.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        examples = folder / "examples"
        if not examples.exists():
            examples.symlink_to(ROOT / "examples")
        print(f"Running {source.relative_to(ROOT)} in {folder}", flush=True)
        subprocess.run(
            [sys.executable, str(RUNNER), str(source), str(outputs)], cwd=folder, check=True
        )
    return json.loads(outputs.read_text("utf-8"))

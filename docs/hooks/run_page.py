"""Runs the blocks of a page one after the other and keeps what they print.

python run_page.py PAGE.md OUTPUTS.json

in the folder where files are to appear. Python blocks share their names, as in a notebook.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from code_blocks import CodeBlock, code_blocks


def main(page: Path, outputs: Path) -> None:
    """Run the page and write what each block printed, in order."""
    names: dict[str, object] = {"__name__": "__main__"}
    printed = [_run(block, page, names) for block in code_blocks(page.read_text("utf-8"))]
    outputs.write_text(json.dumps(printed, ensure_ascii=False), "utf-8")


def _run(block: CodeBlock, page: Path, names: dict[str, object]) -> str:
    if not block.runs:
        return ""
    if block.language == "python":
        return _python(block, page, names)
    return _shell(block) if block.language == "bash" else ""


def _python(block: CodeBlock, page: Path, names: dict[str, object]) -> str:
    text = io.StringIO()
    # Line numbers of the page, so that a traceback leads there.
    code = compile("\n" * (block.line - 1) + block.code, page.name, "exec")
    with contextlib.redirect_stdout(text):
        exec(code, names)
    return text.getvalue()


def _shell(block: CodeBlock) -> str:
    beside = f'export PATH="{Path(sys.executable).parent}:$PATH"\nset -e\n'
    done = subprocess.run(
        ["bash", "-c", beside + block.code], text=True, stdout=subprocess.PIPE, check=True
    )
    return done.stdout


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

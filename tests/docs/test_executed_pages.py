"""Pages that are run when the site is built: their outputs come out in the right places."""

import json
import subprocess
import sys

import pytest

from docs.pages import HOOKS, PAGES, ROOT, blocks_of, text_of

PAGE = """---
execute: true
---
```python
a = 2
print("two", a)
```

```bash
echo hello; python -c 'open("made.txt", "w").write("x")'
```

<!-- not run: for the eye -->
```python
print(no_such_name)
```

```python
print(a + 1)
```
"""


def run(text, folder):
    page, outputs = folder / "page.md", folder / "outputs.json"
    page.write_text(text, encoding="utf-8")
    command = [sys.executable, str(HOOKS / "run_page.py"), str(page), str(outputs)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done, outputs


def test_blocks_run_in_order_and_share_names(tmp_path):
    done, outputs = run(PAGE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(outputs.read_text()) == ["two 2\n", "hello\n", "", "3\n"]
    assert (tmp_path / "made.txt").read_text() == "x"


@pytest.mark.parametrize(
    "bad", ["```python\nraise SystemError('no')\n```\n", "```bash\nfalse\n```\n"]
)
def test_a_block_that_fails_fails_the_page(bad, tmp_path):
    done, outputs = run(PAGE + bad, tmp_path)
    assert done.returncode != 0
    assert not outputs.exists()


def test_a_traceback_names_the_line_of_the_page(tmp_path):
    done, _ = run("Text\n\n```python\n1 / 0\n```\n", tmp_path)
    assert 'File "page.md", line 4' in done.stderr


@pytest.mark.parametrize("page", [p for p in PAGES if text_of(p).startswith("---\nexecute: true")])
def test_what_the_page_reads_is_named_as_its_input(page):
    """A page is run again when its inputs change, so they must be complete."""
    code = "".join(b.code for language in ("python", "bash") for b in blocks_of(page, language))
    head = text_of(page).split("---")[1]
    for path in (ROOT / "examples").glob("*.toml"):
        name = f"examples/{path.name}"
        assert (name in code) <= (name in head), name

"""How blocks of code are found on a page, and that pages are written so that they are."""

import re

import pytest

from docs.pages import PAGES, code_blocks, text_of

PAGE = """Text
```python
a = 1
```
<!-- not run: needs a cluster -->
```bash
srun true
```

```toml
b = 2
```
"""


def test_blocks():
    found = code_blocks(PAGE)
    assert [(b.language, b.code, b.line) for b in found] == [
        ("python", "a = 1\n", 3),
        ("bash", "srun true\n", 7),
        ("toml", "b = 2\n", 11),
    ]
    assert [b.runs for b in found] == [True, False, True]
    assert PAGE[: found[0].end].endswith("a = 1\n```")


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_names_its_language(page):
    fences = re.findall(r"^```(.*)$", text_of(page), flags=re.MULTILINE)
    assert len(fences) % 2 == 0
    assert all(fences[::2]), "a fence without a language is not checked: name one"


@pytest.mark.parametrize("page", PAGES)
def test_what_does_not_run_says_why(page):
    markers = [block.marker for block in code_blocks(text_of(page)) if not block.runs]
    assert all(re.fullmatch(r"not run: .{5,}", marker) for marker in markers), markers

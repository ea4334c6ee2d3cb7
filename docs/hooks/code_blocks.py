"""The fenced code blocks of a Markdown page."""

import re
from typing import NamedTuple

_FENCE = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*?) -->\n+)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)


class CodeBlock(NamedTuple):
    """One block.

    Attributes:
        language: As the fence names it.
        code: What stands between the fences.
        line: Where the code begins, from 1.
        end: Where in the text the block ends.
        marker: The HTML comment right before the fence, such as "not run: reason", or "".
    """

    language: str
    code: str
    line: int
    end: int
    marker: str

    @property
    def runs(self) -> bool:
        """Whether the block is for a machine too, not for the eye alone."""
        return not self.marker.startswith("not run")


def code_blocks(text: str) -> list[CodeBlock]:
    """All blocks of a page whose fence names a language, in order."""
    return [
        CodeBlock(
            language=found["language"],
            code=found["code"],
            line=text.count("\n", 0, found.start("code")) + 1,
            end=found.end(),
            marker=found["marker"] or "",
        )
        for found in _FENCE.finditer(text)
    ]

"""MkDocs hook: equations become MathML when the site is built.

Browsers draw MathML themselves, so that pages need no script and no network.
"""

import html
import re

from latex2mathml.converter import convert

_MATH = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', flags=re.DOTALL)


def on_page_content(content: str, **_: object) -> str:
    """Replace what arithmatex marked."""
    return _MATH.sub(_drawn, content)


def _drawn(found: re.Match[str]) -> str:
    display = "block" if found[1] == "div" else "inline"
    # Without its delimiters, \( \) or \[ \].
    latex = html.unescape(found[2]).strip()[2:-2]
    return convert(latex, display=display)

"""MkDocs hook: equations become MathML when the site is built.

Browsers draw MathML themselves, so that pages need no script and no network.
"""

import html
import re

from latex2mathml.converter import convert

_MATH = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', flags=re.DOTALL)
# latex2mathml slants the d of \mathrm{d}M, and takes a word apart into a product of its letters.
_UPRIGHT = re.compile(r"\\mathrm\{([^{}]+)\}|(?<=_)\{([A-Za-z]{3,}(?:, ?[a-z]{3,})?)\}")
# Browsers set a bar and a slash with the space of a relation around them.
_WIDE = re.compile(r"<mo(?=[^>]*>&#x000(?:7C|2F);)")


def on_page_content(content: str, **_: object) -> str:
    """Replace what arithmatex marked."""
    return _MATH.sub(_drawn, content)


def _drawn(found: re.Match[str]) -> str:
    display = "block" if found[1] == "div" else "inline"
    # Without its delimiters, \( \) or \[ \].
    latex = html.unescape(found[2]).strip()[2:-2]
    latex = _UPRIGHT.sub(lambda word: rf"{{\text{{{word[1] or word[2]}}}}}", latex)
    return _WIDE.sub('<mo lspace="0" rspace="0"', convert(latex, display=display))

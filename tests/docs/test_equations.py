"""Equations become MathML that browsers draw as they are meant."""

import re

import pytest

from docs.pages import PAGES, hook, text_of

pytest.importorskip("latex2mathml", reason="it belongs to the extra docs")
on_page_content = hook("equations").on_page_content


def drawn(latex):
    return on_page_content(f'<div class="arithmatex">\n\\[{latex}\\]</div>')


def test_display_and_inline():
    content = '<p>so <span class="arithmatex">\\(a &lt; b\\)</span></p>'
    assert "<mo>&#x0003C;</mo>" in on_page_content(content)
    assert 'display="inline"' in on_page_content(content)
    assert 'display="block"' in drawn("a")


@pytest.mark.parametrize("latex", [r"\mathrm{d}M", r"\int_\mathrm{d} M", r"x_{d}"])
def test_a_single_letter(latex):
    assert ("<mtext>d</mtext>" in drawn(latex)) == ("mathrm" in latex)


@pytest.mark.parametrize("latex", [r"\pi_{max}", r"\pi_\mathrm{max}", r"\pi_{\mathrm{max}}"])
def test_words_stand_upright_and_whole(latex):
    assert "<mtext>max</mtext>" in drawn(latex)
    assert "<mtext>NFW,off</mtext>" in drawn(r"\Sigma_{NFW,off}")


def test_indices_are_no_words():
    assert "<mtext>" not in drawn(r"r_{p,ij} + w_{ij}")


@pytest.mark.parametrize("sign", ["|", "/"])
def test_signs_without_space(sign):
    assert re.search(r'<mo lspace="0" rspace="0"[^>]*>&#x000(7C|2F);</mo>', drawn(f"a {sign} b"))


@pytest.mark.parametrize("page", [page for page in PAGES if "$" in text_of(page)])
def test_every_command_of_an_equation_is_known(page):
    for latex in re.findall(r"\$\$(.+?)\$\$", text_of(page), flags=re.DOTALL):
        assert "\\" not in drawn(latex), latex

import pytest
from matplotlib.figure import Figure

from halograd.report.page import Page, Panel, write_page
from halograd.report.parameter_table import ParameterRow


class Broken(Figure):
    """A figure that fails half way through its file."""

    def savefig(self, path, **kwargs):
        path.write_bytes(b"half a file")
        raise RuntimeError("disk on fire")


def _page(figure, title="first"):
    panel = Panel("only", "Only figure", "Nothing to see.", figure)
    return Page(title=title, statement="Nothing.", panels=(panel,))


def _content(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_failure_leaves_the_old_files(tmp_path):
    write_page(tmp_path, _page(Figure(figsize=(1, 1))))
    before = _content(tmp_path)
    with pytest.raises(RuntimeError, match="disk on fire"):
        write_page(tmp_path, _page(Broken(), title="second"))
    assert _content(tmp_path) == before


def test_the_page_is_replaced(tmp_path):
    for title in ("first", "second"):
        path = write_page(tmp_path, _page(Figure(figsize=(1, 1)), title))
    assert path == tmp_path / "report.html"
    assert "<h1>second</h1>" in path.read_text()
    assert sorted(_content(tmp_path)) == ["only.png", "report.html"]


def test_a_page_with_nothing_but_words(tmp_path):
    text = write_page(tmp_path, Page(title="t", statement="s")).read_text()
    assert "<h2>" not in text


@pytest.mark.parametrize(("width", "classes"), [(6.4, "card"), (11.5, "card wide")])
def test_a_wide_figure_spans_the_page(tmp_path, width, classes):
    text = write_page(tmp_path, _page(Figure(figsize=(width, 3)))).read_text()
    assert f'<figure class="{classes}" id="only">' in text


def test_numbers_have_true_minus_signs(tmp_path):
    row = ParameterRow("log-phi", "", "-2.25 ± 0.02", "-2.3")
    text = write_page(tmp_path, Page(title="t", statement="s", rows=(row,))).read_text()
    assert "−2.25 ± 0.02" in text
    assert "<td>−2.3</td>" in text
    assert "<code>log-phi</code>" in text

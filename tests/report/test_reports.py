import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from halograd.errors import HalogradError
from halograd.report import write_fit_report, write_prediction_report

TITLE = "A title <script>alert('&')</script>"
SUMMARY = {
    "seed": 3,
    "versions": {"halograd": "0"},
    "config": "[model]\nname = '<b>bold</b>'\n",
    "catalogue": {"n_halo": 1500, "cumulative": [{"log_mass": 11.0, "n_halo": 10}]},
}
FIT_FIGURES = {
    *("halos_slice", "smhm", "mass_function", "wp", "delta_sigma"),
    *("pulls", "corner", "convergence", "gradients"),
}


class Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "srcset", "data", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def report(case, tmp_path_factory):
    before = dict(mpl.rcParams)
    path = _write_fit(case, tmp_path_factory.mktemp("fit"), truth=case.truth.theta)
    assert dict(mpl.rcParams) == before
    return path


def _write_fit(case, out, **changes):
    arguments = {
        "title": TITLE,
        "halos": case.halos,
        "predictor": case.predictor,
        "data": case.data,
        "result": case.result,
        "start": case.start.theta,
        "notes": ["A note with <i>tags</i>."],
        "summary": SUMMARY,
    }
    return write_fit_report(out, **{**arguments, **changes})


@pytest.fixture
def drawn(monkeypatch):
    """The figures of a report by name, kept instead of rendered."""
    kept = {}

    def keep(figure, path):
        kept[path.stem] = figure
        path.write_bytes(b"not rendered")

    monkeypatch.setattr("halograd.report.page.save_png", keep)
    return kept


def test_page_is_self_contained(report):
    text = report.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert len(page.links) == len(FIT_FIGURES)
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    assert "@import" not in text
    assert not re.search(r"url\(", text)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)


def test_embedded_images_are_the_files(report):
    files = {path.stem: path.read_bytes() for path in (report.parent / "figures").iterdir()}
    embedded = [base64.b64decode(link.split(",")[1]) for link in Page(report.read_text()).links]
    assert set(files) == FIT_FIGURES
    assert sorted(files.values()) == sorted(embedded)
    assert all(image.startswith(b"\x89PNG") for image in embedded)


def test_figures_are_sensible_images(report):
    for path in (report.parent / "figures").iterdir():
        image = imread(path)
        height, width = image.shape[:2]
        assert 900 <= width <= 1600, path.name
        assert 400 <= height <= 1600, path.name
        assert image[..., :3].std() > 0.02, path.name


def test_text_is_escaped(report):
    page = Page(report.read_text(encoding="utf-8"))
    for text in (TITLE, "A note with <i>tags</i>.", "'<b>bold</b>'"):
        assert text in page.text


def test_page_states_result_and_provenance(report, case):
    text = Page(report.read_text(encoding="utf-8")).text
    result = case.result
    for word in (
        f"{result.chi2:.1f}",
        f"{result.degrees_of_freedom} degrees of freedom",
        result.reason,
        *result.free,
        "Truth",
        "catalogue · cumulative",
        "seed",
    ):
        assert word in text
    assert "Read this first" not in text


def test_without_truth_and_start(case, drawn, tmp_path):
    page = Page(_write_fit(case, tmp_path / "new" / "folder", start=None).read_text())
    assert "Truth" not in page.text
    assert "distance from the best fit" in page.text
    assert set(drawn) == FIT_FIGURES
    roles = [text.get_text() for text in drawn["smhm"].axes[1].get_legend().get_texts()]
    assert roles == ["best fit", r"$\pm1\sigma$ scatter"]


def test_unconstrained_unconverged_and_bound_are_flagged(case, with_errors, drawn, tmp_path):
    result = replace(
        with_errors(height=np.inf, slope=np.inf, scatter=np.inf),
        converged=False,
        reason="stopped after 6 steps",
        theta={**case.result.theta, "scatter": 0.0101},
    )
    page = Page(_write_fit(case, tmp_path, result=result, truth=case.truth.theta).read_text())
    assert "did not converge: stopped after 6 steps" in page.text
    assert "scatter sits at its bound 0.01" in page.text
    assert "do not constrain height, slope, scatter" in page.text
    assert set(drawn) == FIT_FIGURES - {"corner"}


def test_other_fits_join_the_convergence(case, drawn, tmp_path):
    other = replace(case.result, method="adam", converged=False)
    path = _write_fit(case, tmp_path, results=[other, case.result])
    lines = [text.get_text() for text in drawn["convergence"].legends[0].get_texts()]
    assert lines == ["levenberg-marquardt", "adam (not converged)"]
    assert "Read this first" not in Page(path.read_text()).text


def test_prediction_without_data_and_with_an_empty_sample(case, drawn, tmp_path):
    path = write_prediction_report(
        tmp_path,
        title=TITLE,
        halos=replace(case.halos, particles=None),
        predictor=case.predictor,
        theta={"height": 9.1, "slope": 0.2, "scatter": 0.05},
        summary=SUMMARY,
    )
    assert "log M* > 10.5 holds no pair" in Page(path.read_text()).text
    assert set(drawn) == FIT_FIGURES - {"pulls", "corner", "convergence"}
    for name in ("wp", "delta_sigma", "mass_function", "gradients"):
        drawn[name].savefig(io.BytesIO())


def test_prediction_beside_data_states_chi2(case, drawn, tmp_path):
    path = write_prediction_report(
        tmp_path,
        title="Beside data",
        halos=case.halos,
        predictor=case.predictor,
        theta=case.best.theta,
        data=case.data,
        summary={},
    )
    assert f"χ² {case.result.chi2:.1f}" in Page(path.read_text()).text
    assert len(drawn["delta_sigma"].axes) == 2


def test_unknown_truth_is_refused(case, tmp_path):
    with pytest.raises(HalogradError, match="unknown parameter 'hight'"):
        _write_fit(case, tmp_path, truth={"hight": 1.0})
    assert list(tmp_path.iterdir()) == []

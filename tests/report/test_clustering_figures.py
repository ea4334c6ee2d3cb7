"""ξ and multipoles in figures: a panel for each order, values below zero on a linear axis."""

from types import SimpleNamespace

import numpy as np
import pytest

from halograd.inference import DataVector, Observables
from halograd.models import Parameter
from halograd.report import figures
from halograd.report.curve import Curve
from halograd.report.style import save_png

SAMPLES = [(10.0, 10.5), (10.5, np.inf)]
PARAMETERS = [Parameter("a", 1.0, latex="a"), Parameter("b", 2.0, latex="b")]


@pytest.fixture(scope="module")
def drawn():
    layout = Observables(
        n=SAMPLES,
        xi=SAMPLES,
        xi_edges=[0.5, 2.0, 8.0],
        multipoles=SAMPLES,
        s_edges=[1.0, 3.0, 9.0, 20.0],
        ells=(0, 2, 4),
    )
    rng = np.random.default_rng(0)
    vector = rng.normal(size=layout.size)
    parts = layout.split(vector)
    prediction = parts.on_host()
    jacobian = {p.name: rng.normal(size=layout.size) for p in PARAMETERS}
    data = DataVector(layout, vector + 0.1, np.eye(layout.size))
    return SimpleNamespace(
        layout=layout, data=data, curve=Curve("model", {"a": 1.0, "b": 2.0}, prediction, jacobian)
    )


def test_multipoles_have_a_panel_each_and_keep_negative_values(drawn, tmp_path):
    figure = figures.separations_figure("multipoles", [drawn.curve], drawn.layout, drawn.data)
    assert [axes.get_title() for axes in figure.axes[:3]] == [
        r"$\xi_{0}$",
        r"$\xi_{2}$",
        r"$\xi_{4}$",
    ]
    assert len(figure.axes) == 6
    s = drawn.layout["multipoles"].separation
    expected = s**2 * drawn.curve.prediction.multipoles[1, 2]
    np.testing.assert_allclose(figure.axes[2].lines[3].get_ydata(), expected)
    assert (expected < 0).any()
    save_png(figure, tmp_path / "multipoles.png")


def test_xi_is_drawn_as_wp_is(drawn):
    figure = figures.separations_figure("xi", [drawn.curve], drawn.layout, drawn.data)
    assert len(figure.axes) == 2
    assert figure.axes[0].get_yscale() == "log"
    pulls = figure.axes[1].containers[1].lines[0].get_ydata(orig=False)
    np.testing.assert_allclose(pulls, 0.1, rtol=1e-5)


def test_every_order_has_a_row_of_gradients(drawn, tmp_path):
    figure = figures.gradients_figure(drawn.curve, drawn.layout, PARAMETERS, data=drawn.data)
    labels = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
    assert len(labels) == 5
    assert r"\xi_{4}" in labels[-1]
    last = figure.axes[-1].lines[1].get_ydata()
    np.testing.assert_allclose(last, drawn.curve.jacobian["a"][-3:], rtol=1e-6)
    save_png(figure, tmp_path / "gradients.png")


def test_columns_of_the_heat_map_are_grouped_by_sample_and_order(drawn):
    loss = np.linspace(0, 1, 2 * drawn.layout.size).reshape(-1, 2)
    figure = figures.data_importance_figure(loss, drawn.layout, PARAMETERS)
    groups = [text.get_text() for text in figure.axes[2].texts]
    assert len(groups) == 6
    assert groups[1].endswith(r"$\ell=2$")
    assert figure.axes[2].images[0].get_array().shape == (2, 18)

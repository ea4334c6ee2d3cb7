from dataclasses import replace

import numpy as np
import pytest

from halograd.inference import Forecast, Observables, ScaleCuts
from halograd.models import Parameter
from halograd.report import figures

PARAMETERS = (Parameter("x", 0.0, -9.0, 9.0, "x"), Parameter("y", 0.0, -9.0, 9.0))
THETA = {"x": 0.0, "y": 0.0}
WIDE = Forecast("wide", ("x", "y"), np.diag([1.0, 0.0]), 3)
TIGHT = Forecast("tight", ("x", "y"), np.array([[4.0, 1.0], [1.0, 1.0]]), 9)


def test_a_panel_for_each_pair_of_parameters():
    figure = figures.ellipses_figure([WIDE, TIGHT], THETA, PARAMETERS)
    below = figure.axes[2]
    assert len(below.lines) == 2  # of the tight one alone: the wide one says nothing about y
    assert len(below.patches) == 2
    low, high = figure.axes[0].get_xlim()
    assert high == -low == pytest.approx(3.0)  # three errors of the wide one


def test_parameters_that_nothing_constrains_are_left_out():
    figure = figures.ellipses_figure([WIDE], THETA, PARAMETERS)
    assert len(figure.axes) == 1
    nothing = Forecast("", ("x", "y"), np.zeros((2, 2)), 1)
    assert figures.ellipses_figure([nothing], THETA, PARAMETERS) is None


def test_a_panel_for_each_statistic():
    layout = Observables(n=[(10.0, 11.0)], wp=[(10.0, 11.0)], rp_edges=[0.1, 1.0, 9.0], pi_max=20.0)
    loss = np.array([[0.5, np.nan], [0.1, np.nan], [0.2, np.nan]])
    figure = figures.data_importance_figure(loss, layout, PARAMETERS)
    n, wp, _ = figure.axes
    np.testing.assert_allclose(n.images[0].get_array()[0], [50.0])
    np.testing.assert_allclose(wp.images[0].get_array()[0], [10.0, 20.0])
    assert n.images[0].norm.vmax == wp.images[0].norm.vmax == 50.0
    assert figures.data_importance_figure(np.zeros((3, 2)), layout, PARAMETERS) is not None


def test_shares_fall_with_the_smallest_scale():
    cuts = ScaleCuts(np.array([1.0, 2.0, np.inf]), np.array([[1, np.inf], [2, 3], [np.inf] * 2]))
    figure = figures.smallest_scale_figure(cuts, PARAMETERS)
    (line,) = figure.axes[0].lines
    np.testing.assert_allclose(line.get_ydata(), [1.0, 0.25, 0.0])
    assert figures.smallest_scale_figure(ScaleCuts(cuts.smallest[2:], cuts.errors[2:]), ()) is None


def test_starts_are_coloured_by_their_minimum(case):
    higher = [step._replace(chi2=step.chi2 + 9) for step in case.result.steps]
    moved = {name: value + 9 for name, value in case.result.theta.items()}
    other = replace(case.result, steps=higher, theta=moved)
    lost = replace(other, converged=False)
    figure = figures.starts_figure([case.result, case.result, other, lost])
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert [label.split(": ")[1] for label in labels] == ["2 of 4", "1 of 4", "1 of 4"]
    assert "9.0" in labels[1]
    assert "not converged" in labels[2]

"""The figure of quenched galaxies, and which reports have it."""

import numpy as np
import pytest

from halograd import models
from halograd.report.curve import Curve
from halograd.report.figures import quenched_fraction_figure
from halograd.report.statistic_panels import quenched_fraction_panels
from halograd.samples import Sample
from oracles.many_columns import Crowded, with_histories
from oracles.toy_universe import toy_universe

HALOS = with_histories(toy_universe(800))
MODEL = models.Quenched(models.SmhmModel())


def curve(model, role="best fit", **theta):
    return Curve(role, model.space.complete(theta), None, None)


def test_lines_are_the_expected_fractions():
    figure = quenched_fraction_figure(HALOS, MODEL, [curve(MODEL)])
    centrals, satellites = figure.axes[0].lines
    weights = np.asarray(
        MODEL.weights(
            MODEL.space.defaults,
            HALOS.columns(MODEL.needs),
            (Sample(10.0, 10.2, "quenched"), Sample(10.0, 10.2)),
        )
    )
    for line, chosen in ((centrals, ~HALOS.is_satellite), (satellites, HALOS.is_satellite)):
        quenched, total = weights[chosen].sum(axis=0)
        at = np.argmin(np.abs(line.get_xdata() - 10.1))
        assert line.get_ydata()[at] == pytest.approx(quenched / total, rel=1e-5)


def test_bands_hold_the_draws():
    draws = [MODEL.space.complete({"quenched_low": low}) for low in np.linspace(0.1, 0.3, 21)]
    figure = quenched_fraction_figure(HALOS, MODEL, draws=draws)
    middle = quenched_fraction_figure(HALOS, MODEL, [curve(MODEL, quenched_low=0.2)])
    median, best = figure.axes[0].lines[0], middle.axes[0].lines[0]
    shared = np.isin(best.get_xdata(), median.get_xdata())
    np.testing.assert_allclose(median.get_ydata(), best.get_ydata()[shared], rtol=1e-4)
    assert len(figure.axes[0].collections) == 4


def test_by_halo_mass_where_there_is_no_stellar_mass():
    model = models.Quenched(Crowded())
    figure = quenched_fraction_figure(HALOS, model, [curve(model)])
    (axes,) = figure.axes
    assert "peak" in axes.get_xlabel()
    line = axes.lines[0]
    probability = np.asarray(model.probability({}, HALOS.columns(model.needs)))
    inside = ~HALOS.is_satellite & (np.abs(HALOS.log_mpeak - 11.3) < 0.1)
    assert line.get_ydata()[1] == pytest.approx(probability[inside].mean(), rel=0.02)


def test_only_models_with_both_kinds_have_it():
    (panel,) = quenched_fraction_panels(HALOS, MODEL, [curve(MODEL)])
    assert panel.name == "quenched_fraction"
    for other in (models.SmhmModel(), Crowded()):
        assert quenched_fraction_panels(HALOS, other, [curve(other)]) == []

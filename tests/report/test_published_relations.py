from types import SimpleNamespace

import numpy as np
import pytest

from halograd.observations import relations
from halograd.report import figures
from halograd.report.statistic_panels import galaxy_halo_panel


@pytest.fixture(scope="module")
def published():
    return tuple(relations.load(name, h=0.7) for name in ("behroozi2019", "leauthaud2012"))


def test_published_relations_are_drawn_as_they_are(case, published):
    figure = figures.smhm_figure(case.halos, case.predictor.model, [case.best], published=published)
    main = next(axes for axes in figure.axes if axes.get_legend() and axes.images)
    lines = {line.get_label(): line.get_xydata() for line in main.get_lines()}
    for relation in published:
        mass, mstar = lines[relation.label].T
        np.testing.assert_array_equal(mstar, relation.log_mstar(mass))
        assert np.isfinite(mstar).any()
    legend = [text.get_text() for text in main.get_legend().get_texts()]
    assert {relation.label for relation in published} < set(legend)


def test_caption_states_conventions(case, published):
    caption = galaxy_halo_panel(case.halos, case.predictor, [case.best], published).caption
    for words in ("Table J1", "arXiv:1104.0928", "mean density of matter", "h = 0.7"):
        assert words in caption
    assert "arXiv" not in galaxy_halo_panel(case.halos, case.predictor, [case.best]).caption


def test_posterior_of_the_relation(case, published):
    model, theta = case.predictor.model, case.result.theta
    names = ("height", "slope", "scatter")
    shift = np.linspace(-0.1, 0.1, 101)  # of the height alone, which shifts the whole relation
    chains = SimpleNamespace(
        theta={name: theta[name] + shift[None] * (name == "height") for name in names},
        divergent=np.zeros((1, len(shift)), bool),
    )
    figure = figures.relation_posterior_figure(case.halos, model, chains, {}, published)
    top, bottom = figure.axes
    mass, median = (
        next(line for line in top.get_lines() if line.get_label() == "posterior").get_xydata().T
    )
    mean = np.asarray(model.mean_log_mstar(theta, {"log_mpeak": mass}), np.float64)
    np.testing.assert_allclose(median, mean - mass, atol=1e-5)
    heights = [band.get_paths()[0].get_extents().y1 for band in top.collections]
    np.testing.assert_allclose(np.array(heights) - (mean - mass).max(), [0.095, 0.068], atol=1e-4)
    np.testing.assert_allclose(bottom.get_lines()[0].get_ydata(), theta["scatter"], rtol=1e-6)
    (relation, _) = published
    drawn = next(line for line in top.get_lines() if line.get_label() == relation.label)
    np.testing.assert_array_equal(drawn.get_ydata(), relation.log_mstar(mass) - mass)

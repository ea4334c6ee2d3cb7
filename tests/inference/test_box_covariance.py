import numpy as np
import pytest

from halograd import inference, stats
from halograd.errors import HalogradError
from halograd.models import SmhmModel
from oracles.toy_universe import toy_universe


@pytest.fixture(scope="module")
def covariance(observables, truth):
    return inference.box_covariance(toy_universe(), SmhmModel(), observables, truth, n_side=3)


@pytest.mark.slow
def test_is_the_jackknife_of_the_weights(covariance, observables, truth):
    halos, model = toy_universe(), SmhmModel()
    weights = model.weights(truth, {"log_mpeak": halos.log_mpeak}, observables.samples)
    jackknife = stats.Jackknife(
        halos.positions, halos.boxsize, observables.rp_edges, observables.pi_max, n_side=3
    )
    n = len(observables.samples)
    of_all = np.asarray(jackknife.covariance(weights))
    part = np.ix_(range(n * (1 + 3)), range(n * (1 + 3)))  # n and wp, three bins each
    np.testing.assert_allclose(covariance[part], of_all, rtol=1e-4, atol=1e-5 * of_all.max())


@pytest.mark.slow
def test_is_a_covariance_that_ties_samples_together(covariance, observables):
    assert covariance.shape == (observables.size,) * 2
    np.testing.assert_allclose(covariance, covariance.T, rtol=1e-6)
    assert (np.diag(covariance) > 0).all()
    last, first = 2 + 2, 2 + 5  # the widest bin of wp in both samples
    correlation = covariance[last, first] / np.sqrt(
        covariance[last, last] * covariance[first, first]
    )
    assert correlation > 0.3


@pytest.mark.slow
def test_only_the_statistics_asked_for_vary(covariance, observables, truth):
    found = inference.box_covariance(
        toy_universe(), SmhmModel(), observables, truth, n_side=3, statistics=["wp"]
    )
    wp = slice(2, 2 + 6)
    np.testing.assert_allclose(found[wp, wp], covariance[wp, wp], rtol=1e-5)
    found[wp, wp] = 0
    assert not found.any()


def test_one_part_is_refused(observables, truth):
    with pytest.raises(HalogradError, match="2 subvolumes"):
        inference.box_covariance(toy_universe(), SmhmModel(), observables, truth, n_side=1)

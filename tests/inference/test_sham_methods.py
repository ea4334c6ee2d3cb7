"""A stellar mass function and a scatter through n, wp and ΔΣ, by each method."""

import numpy as np
import pytest

from halograd import inference, models, sham
from oracles.toy_universe import toy_universe

FREE = ("log_phi", "alpha", "scatter_high")


@pytest.mark.slow
def test_network_and_exact_have_the_same_best_fit(observables):
    """The best fit moves by F⁻¹ Jᵀ C⁻¹ Δ for predictions that differ by Δ."""
    halos = toy_universe()
    found = {}
    for method in ("exact", "network"):
        model = models.ShamModel(sham.from_catalog(halos), method=method)
        predictor = inference.Predictor(halos, model, observables)
        vector, jacobian = predictor.value_and_jacobian({})
        found[method] = np.asarray(vector, float), np.stack([jacobian[name] for name in FREE], 1)
    covariance = inference.survey_covariance(predictor({}), observables, volume=1e6)
    (exact, slope), (network, network_slope) = found["exact"], found["network"]
    weighted = np.linalg.solve(covariance, slope)
    fisher = slope.T @ weighted
    shift = np.linalg.solve(fisher, weighted.T @ (network - exact))
    error = np.sqrt(np.diag(np.linalg.inv(fisher)))
    assert (np.abs(shift) < 0.1 * error).all()
    whitener = np.linalg.inv(np.linalg.cholesky(covariance))
    apart = np.linalg.norm(whitener @ (network_slope - slope), axis=0)
    # So do the finite differences of the two: an abundance of 300 halos has steps, which the
    # network smooths in its own way.
    assert (apart < 0.08 * np.linalg.norm(whitener @ slope, axis=0)).all()

"""A stellar mass function and a scatter, fitted through n, wp and ΔΣ by each method."""

import pytest

from halograd import inference, models, sham
from oracles.toy_universe import toy_universe

TRUTH = {"log_phi": -2.2, "alpha": -1.1, "scatter_high": 0.25}
START = {"log_phi": -2.3, "alpha": -1.0, "scatter_high": 0.2}


@pytest.mark.slow
def test_network_and_exact_find_the_same_best_fit(observables):
    halos = toy_universe()
    found = {}
    for method in ("exact", "network"):
        model = models.ShamModel(sham.from_catalog(halos), method=method)
        predictor = inference.Predictor(halos, model, observables)
        fixed = {name: {"free": False} for name in ("log_mstar", "scatter_low")}
        space = model.space.replace(**fixed)
        if method == "exact":
            prediction = predictor(TRUTH)
            covariance = inference.survey_covariance(prediction, observables, volume=1e6)
            data = inference.synthesize(2, prediction, observables, covariance)
        found[method] = inference.fit(predictor, data, start=START, space=space)
    exact, network = found["exact"], found["network"]
    assert exact.converged
    assert network.converged
    for name, error in exact.errors.items():
        assert abs(network.theta[name] - exact.theta[name]) < 0.1 * error

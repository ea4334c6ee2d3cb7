import numpy as np
import pytest

from halograd import inference, models
from oracles.toy_universe import toy_universe

BINS = [(10.0, 10.5), (10.5, np.inf)]


@pytest.fixture(scope="session")
def observables():
    return inference.Observables(
        n=BINS,
        wp=BINS,
        rp_edges=[0.2, 1.0, 4.0, 15.0],
        pi_max=20.0,
        delta_sigma=BINS[1:],
        r_edges=[0.3, 1.0, 4.0],
    )


@pytest.fixture(scope="session")
def predictor(observables):
    return inference.Predictor(toy_universe(), models.SmhmModel(), observables)


@pytest.fixture(scope="session")
def space(predictor):
    fixed = {name: {"free": False} for name in ("low_end", "high_start", "scatter_low")}
    return predictor.model.space.replace(**fixed)


@pytest.fixture(scope="session")
def truth():
    return {"log_m_crit": 11.5, "log_ratio_crit": -1.5, "scatter_high": 0.3}


@pytest.fixture(scope="session")
def data(predictor, observables, truth):
    prediction = predictor(truth)
    covariance = inference.survey_covariance(prediction, observables, volume=1e6)
    return inference.synthesize(1, prediction, observables, covariance)


@pytest.fixture(scope="session")
def posterior(predictor, data, space):
    return inference.Posterior(predictor, data, space)

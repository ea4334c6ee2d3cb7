import pytest

from halograd import inference, models
from oracles.toy_universe import TRUTH, toy_observables, toy_universe


@pytest.fixture(scope="session")
def observables():
    return toy_observables()


@pytest.fixture(scope="session")
def predictor(observables):
    return inference.Predictor(toy_universe(), models.SmhmModel(), observables)


@pytest.fixture(scope="session")
def space(predictor):
    fixed = {name: {"free": False} for name in ("low_end", "high_start", "scatter_low")}
    return predictor.model.space.replace(**fixed)


@pytest.fixture(scope="session")
def truth():
    return dict(TRUTH)


@pytest.fixture(scope="session")
def data(predictor, observables, truth):
    prediction = predictor(truth)
    covariance = inference.survey_covariance(prediction, observables, volume=1e6)
    return inference.synthesize(1, prediction, observables, covariance)


@pytest.fixture(scope="session")
def posterior(predictor, data, space):
    return inference.Posterior(predictor, data, space)

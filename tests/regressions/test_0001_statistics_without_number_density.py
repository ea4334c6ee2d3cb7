"""A layout without samples of n used to fail in a sum over zero columns."""

import numpy as np

from halograd import inference, models
from oracles.toy_universe import toy_universe


def test_clustering_alone():
    sample = [(10.0, np.inf)]
    layout = inference.Observables(wp=sample, rp_edges=[0.5, 5.0, 15.0], pi_max=20.0)
    predictor = inference.Predictor(toy_universe(), models.SmhmModel(), layout)
    vector, jacobian = predictor.value_and_jacobian({})
    assert vector.shape == (2,)
    assert np.isfinite(vector).all()
    assert np.abs(jacobian["log_ratio_crit"]).max() > 0


def test_lensing_alone():
    layout = inference.Observables(delta_sigma=[(10.0, np.inf)], r_edges=[0.5, 2.0, 8.0])
    predictor = inference.Predictor(toy_universe(), models.SmhmModel(), layout)
    assert predictor({}).delta_sigma.shape == (1, 2)
    assert predictor({}).wp.size == 0

"""The model of diffsmhm as a configuration: relation, scatter, disruption and quenching."""

import jax
import numpy as np
import pytest

from halograd import inference
from halograd.registries import MODELS
from halograd.samples import Sample
from oracles.many_columns import with_histories
from oracles.toy_universe import toy_universe

OPTIONS = {
    "base": {"kind": "disrupted", "before": "v_at_mpeak", "base": {"kind": "one_roll"}},
}


@pytest.fixture(scope="module")
def predictor():
    halos = with_histories(toy_universe(600))
    model = MODELS["quenched"].from_config(OPTIONS, halos)
    kinds = ("quenched", "star_forming")
    samples = [Sample(low, high, k) for low, high in ((9.8, 10.4), (10.4, np.inf)) for k in kinds]
    layout = inference.Observables(
        n=samples, wp=samples, delta_sigma=samples, rp_edges=[0.2, 1.0, 4.0, 15.0], pi_max=20.0,
        r_edges=[0.3, 1.0, 4.0],
    )  # fmt: skip
    return inference.Predictor(halos, model, layout)


def test_the_relation_is_that_of_diffsmhm():
    """Values of log M* and its scatter from the published equations, worked out by hand."""
    model = MODELS["one_roll"].from_config({}, None)
    mass = {"log_mpeak": np.array([11.35, 13.0])}
    index = 2.5 - 2.0 / (1 + np.exp(-(10**0.2) * 1.65))
    expected = [9.7, 9.7 + index * 1.65]
    theta = model.space.defaults
    np.testing.assert_allclose(model.mean_log_mstar(theta, mass), expected, rtol=1e-6)
    spread = [0.3 - 0.1 / (1 + np.exp(-0.1 * (x - 12))) for x in mass["log_mpeak"]]
    np.testing.assert_allclose(model.scatter(theta, mass), spread, rtol=1e-6)


def test_derivatives_in_all_of_them(predictor):
    """Four samples, n, wp and ΔΣ: one pass over the pairs against 46 predictions in float64."""
    space = predictor.model.space
    assert len(space.parameters) == 23
    with jax.enable_x64(True):
        vector, jacobian = predictor.value_and_jacobian({})
        assert vector.shape == (4 + 12 + 8,)
        for name, value in space.defaults.items():
            up, down = (predictor({name: value + sign * 1e-5}).vector for sign in (1, -1))
            slope = np.asarray(up - down) / 2e-5
            scale = np.abs(slope).max()
            assert scale > 0
            np.testing.assert_allclose(jacobian[name], slope, rtol=1e-4, atol=1e-6 * scale)


def test_all_can_be_free(predictor):
    space = predictor.model.space
    freed = space.replace(**{name: {"free": True} for name in space.names})
    assert len(freed.free) == 23
    assert freed.to_theta(freed.to_unbounded({}))["k"] == pytest.approx(10**0.2, rel=1e-5)

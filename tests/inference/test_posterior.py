import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from halograd import inference
from halograd.errors import DataError, HalogradError
from halograd.models import Normal


@pytest.fixture(scope="module")
def priors(space):
    return space.replace(log_m_crit={"prior": Normal(11.6, 0.2)})


@pytest.fixture(scope="module")
def posterior(predictor, data, priors):
    return inference.Posterior(predictor, data, priors)


def test_parts_are_a_normal_likelihood_and_the_prior(posterior, predictor, data, priors, truth):
    with jax.enable_x64(True):
        u = priors.to_unbounded(truth)
        noise = stats.multivariate_normal(cov=data.covariance / np.outer(data.errors, data.errors))
        elsewhere = {**truth, "log_m_crit": 11.7}
        difference = posterior.log_likelihood(priors.to_unbounded(elsewhere))
        difference -= posterior.log_likelihood(u)
        far, near = (
            noise.logpdf((predictor(theta).vector - data.values) / data.errors)
            for theta in (elsewhere, truth)
        )
        expected = far - near
        assert float(difference) == pytest.approx(expected, rel=1e-8)
        total = posterior.log_likelihood(u) + priors.log_prior(u)
        assert float(posterior(u)) == pytest.approx(float(total), rel=1e-12)
        assert float(posterior.log_prior(u)) == float(priors.log_prior(u))
        assert float(posterior.theta(u)["log_m_crit"]) == pytest.approx(truth["log_m_crit"])


@pytest.mark.slow
def test_gradient_against_finite_differences(posterior, priors, truth):
    with jax.enable_x64(True):
        u = priors.to_unbounded(truth)
        value, gradient = posterior.value_and_gradient(u)
        assert float(value) == pytest.approx(float(posterior(u)), rel=1e-12)
        for i, step in enumerate(1e-5 * np.eye(len(u))):
            slope = (posterior(u + step) - posterior(u - step)) / 2e-5
            assert float(gradient[i]) == pytest.approx(float(slope), rel=1e-5)


def test_float32_agrees_with_float64(posterior, priors, truth):
    u = np.asarray(priors.to_unbounded(truth))
    with jax.enable_x64(True):
        exact = float(posterior(jnp.asarray(u, jnp.float64)))
    assert float(posterior(u)) == pytest.approx(exact, abs=2e-3)


def test_vmap_over_points(posterior, priors, truth):
    u = priors.to_unbounded(truth)
    many = jnp.stack([u, u + 0.1])
    each = [float(posterior(point)) for point in many]
    np.testing.assert_allclose(jax.vmap(posterior)(many), each, rtol=1e-4)


def test_one_program_serves_data_of_one_layout(predictor, observables, data, priors, truth):
    traced = []

    @eqx.filter_jit
    def density(posterior, u):
        traced.append(1)
        return posterior(u)

    u = priors.to_unbounded(truth)
    noisy = inference.synthesize(5, predictor(truth), observables, data.covariance)
    first = density(inference.Posterior(predictor, data, priors), u)
    second = density(inference.Posterior(predictor, noisy, priors), u)
    assert first != second
    assert len(traced) == 1


def test_a_prediction_that_is_not_finite_has_no_density(posterior, priors):
    broken = eqx.tree_at(
        lambda p: p.predictor.profiles, posterior, posterior.predictor.profiles * np.nan
    )
    assert float(broken(priors.to_unbounded({}))) == -np.inf


def test_estimated_covariance_widens_the_likelihood(predictor, data, priors, truth):
    estimated = inference.DataVector(
        data.observables, data.values, data.covariance, n_realisation=20
    )
    u = priors.to_unbounded(truth)
    exact = inference.Posterior(predictor, data, priors).log_likelihood(u)
    wider = inference.Posterior(predictor, estimated, priors).log_likelihood(u)
    b = 8 / (9 * 6)  # n_s = 20, n_d = 10, n_theta = 3
    factor = 19 * (1 + 7 * b) / 12
    assert float(exact / wider) == pytest.approx(factor, rel=1e-4)


def test_bad_input(predictor, data, priors):
    fixed = priors.replace(**{p.name: {"free": False} for p in priors.free})
    with pytest.raises(HalogradError, match="every parameter is fixed"):
        inference.Posterior(predictor, data, fixed)
    other = inference.Observables(n=data.observables.n)
    wrong = inference.DataVector(other, [1.0, 1.0], np.eye(2))
    with pytest.raises(DataError, match="differ in samples of wp: none and"):
        inference.Posterior(predictor, wrong, priors)

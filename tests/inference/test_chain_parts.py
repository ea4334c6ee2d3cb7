"""Small parts of the sampler: windows, whitening, start, diagnostics."""

import jax.numpy as jnp
import numpy as np
import pytest

from halograd.inference.diagnostics import bfmi, convergence
from halograd.inference.sample_settings import SampleSettings
from halograd.inference.sampling_start import dispersed_start
from halograd.inference.warmup import metric_updates
from halograd.inference.whitening import minus_hessian, pooled_root, root_of_inverse
from oracles.densities import COVARIANCE, MEAN, gaussian


@pytest.mark.parametrize("n_warmup", [20, 40, 75, 150, 400, 1000])
def test_windows_fill_the_middle_of_the_warmup(n_warmup):
    windows = metric_updates(n_warmup)
    assert windows[0][0] == n_warmup // 5
    assert windows[-1][1] == n_warmup - n_warmup // 5
    assert all(a[1] == b[0] for a, b in zip(windows, windows[1:], strict=False))
    lengths = [end - begin for begin, end in windows]
    assert lengths == sorted(lengths)


def test_a_curvature_whitens_its_density():
    root = root_of_inverse(minus_hessian(gaussian, MEAN))
    np.testing.assert_allclose(root @ root.T, COVARIANCE, rtol=1e-4, atol=1e-4)


def test_open_and_upward_directions_get_a_finite_size():
    root = root_of_inverse(np.diag([4.0, 0.0, -9.0]))
    assert np.isfinite(root).all()
    np.testing.assert_allclose(np.diag(root @ root.T)[[0, 2]], [1 / 4, 1 / 9])


def test_few_draws_stay_near_the_root_in_use():
    rng = np.random.default_rng(1)
    prior = np.diag([1.0, 2.0])
    few, many = (pooled_root(rng.normal(0, 3, (n, 2)), prior) for n in (2, 20000))
    np.testing.assert_allclose(many @ many.T, 9 * np.eye(2), atol=0.5)
    assert (few @ few.T)[1, 1] < 3 * 4


def test_convergence_of_independent_draws_and_of_bad_chains():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(4, 500, 3))
    draws[..., 1] += np.arange(4)[:, None]
    draws[2, :, 2] = 0.3
    found = convergence(draws)
    assert found.r_hat[0] < 1.01
    assert 1500 < found.ess_bulk[0] < 2600
    assert found.r_hat[1] > 1.3
    assert np.isinf(found.r_hat[2])
    assert found.ess_tail[2] == 0
    assert not found.reached(10)
    assert convergence(draws[..., :1]).reached(1000)
    assert convergence(draws[:, :5]) is None


def test_energy_that_wanders_has_little_missing_information():
    rng = np.random.default_rng(3)
    steps = rng.normal(size=(2, 4000))
    found = bfmi(np.stack([steps[0], np.cumsum(steps[1])]))
    assert abs(found[0] - 2) < 0.2
    assert found[1] < 0.1


def test_curvature_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="curvature of the posterior"):
        root_of_inverse(minus_hessian(lambda u: jnp.sqrt(u[0]) + u[1], np.zeros(2)))


def test_chains_begin_within_a_ridge_that_its_curvature_does_not_see():
    """-u0⁴ has no curvature at its maximum: a step by the curvature alone would leave it far."""

    def ridge(u):
        return -1e4 * u[0] ** 4 - 0.5 * u[1] ** 2

    state = dispersed_start(ridge, np.zeros(2), np.diag([1.0, 1.0]), SampleSettings(n_chain=8))
    assert min(float(chain.log_density) for chain in state.chains) > -20
    positions = np.array([chain.position for chain in state.chains])
    assert 0.5 < positions.std() < 2.5
    width = float(state.coordinates.scale[0, 0])
    assert 0.02 < width < 0.2

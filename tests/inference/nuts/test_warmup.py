"""The warm-up: windows, whitened coordinates, and the step size that all chains share."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from halograd.inference.nuts.warmup import (
    common_step_size,
    metric_updates,
    pooled_root,
    root_of_inverse,
)
from halograd.inference.posterior import minus_hessian
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


def test_curvature_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="curvature of the posterior"):
        root_of_inverse(minus_hessian(lambda u: jnp.sqrt(u[0]) + u[1], np.zeros(2)))


def acceptance(sizes, unit):
    return 2 * norm.cdf(-0.5 * (sizes / unit) ** 2)


@pytest.mark.parametrize("target", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("unit", [0.02, 1.3])
def test_target_acceptance_is_met_whatever_sizes_were_tried(target, unit):
    rng = np.random.default_rng(0)
    sizes = unit * np.exp(rng.normal(-0.5, 0.8, (4, 30)))
    noisy = np.clip(acceptance(sizes, unit) + rng.normal(0, 0.05, sizes.shape), 0, 1)
    found = np.exp(common_step_size(np.log(sizes), noisy, target))
    assert acceptance(found, unit) == pytest.approx(target, abs=0.03)


def test_the_mean_of_the_sizes_would_be_too_small():
    rng = np.random.default_rng(1)
    log_sizes = np.log(0.7) + rng.normal(0, 1.0, (4, 400))
    met = acceptance(np.exp(log_sizes), 1.0)
    found = common_step_size(log_sizes, met, met[:, 80:].mean())
    assert acceptance(np.exp(log_sizes.mean()), 1.0) > met.mean() + 0.1
    assert acceptance(np.exp(found), 1.0) == pytest.approx(met[:, 80:].mean(), abs=1e-6)


@pytest.mark.parametrize("met", [0.0, 1.0])
def test_where_nothing_or_everything_was_accepted_it_stays_near_what_was_tried(met):
    log_sizes = np.log(np.full((2, 10), 0.3))
    found = common_step_size(log_sizes, np.full((2, 10), met), 0.8)
    assert np.isfinite(found)
    assert abs(found - np.log(0.3)) < 5

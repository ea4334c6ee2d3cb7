import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from halograd import sham
from halograd.network_training.forward64 import HalosByMass, returned_log_smf
from oracles.forward_smf import forward_smf

MASSES = np.array([9.0, 10.5, 11.5, 12.0])
SHMF = sham.bolshoi_planck()
LINE = 10.0, 0.7  # μ at log10 M = 12, and its slope


def mean(log_m):
    return LINE[0] + LINE[1] * (log_m - 12.0) - 0.03 * (log_m - 12.0) ** 2


def log_cumulative(log_m):
    with jax.enable_x64(True):
        return np.asarray(SHMF.log_cumulative_density(jnp.asarray(log_m, jnp.float64)))


def halos(scatter, n_edge=8193):
    log_m = np.linspace(8.5, 16.5, n_edge)
    return HalosByMass(log_m, log_cumulative(log_m), mean(log_m), scatter(log_m))


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.3, 0.2),
        *(pytest.param(*ends, marks=pytest.mark.slow) for ends in [(0.02, 0.05), (0.15, 0.5)]),
    ],
)
def test_against_adaptive_quadrature(low, high):
    def scatter(log_m):
        return low + (high - low) / (1 + np.exp(12.0 - log_m))

    got = returned_log_smf(MASSES, halos(scatter), "triweight")
    grid = np.linspace(8.5, 16.5, 161)
    for m, value in zip(MASSES, got, strict=True):
        want = np.log10(forward_smf(m, mean, scatter, log_cumulative, grid))
        assert value == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize("kernel", ["triweight", "normal"])
def test_without_scatter_it_is_the_halos_over_the_slope(kernel):
    no_scatter = np.zeros_like
    got = returned_log_smf(MASSES, halos(no_scatter), kernel)
    log_m = np.linspace(8.5, 16.5, 800_001)
    at = np.interp(MASSES, mean(log_m), log_m)
    step = 1e-4
    number = 10 ** log_cumulative(at - step) - 10 ** log_cumulative(at + step)
    want = np.log10(number / (mean(at + step) - mean(at - step)))
    np.testing.assert_allclose(got, want, atol=2e-5)


def test_normal_scatter_against_adaptive_quadrature():
    def integrand(log_m):
        step = 1e-5
        number = 10 ** log_cumulative(log_m - step) - 10 ** log_cumulative(log_m + step)
        return number / (2 * step) * norm.pdf(11.0, mean(log_m), 0.2)

    got = returned_log_smf(np.array([11.0]), halos(lambda x: np.full_like(x, 0.2)), "normal")
    want = quad(integrand, 10.5, 16.5, limit=300, epsabs=0, epsrel=1e-7)[0]
    assert got[0] == pytest.approx(np.log10(want), abs=1e-5)


def test_a_flat_stretch_is_no_trouble():
    flat = halos(lambda x: np.full_like(x, 0.2))
    flat = flat._replace(mean=np.minimum(flat.mean, 10.0))
    assert np.isfinite(returned_log_smf(np.array([9.0, 10.0]), flat, "triweight")).all()

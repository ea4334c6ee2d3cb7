import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.kernels import kernel
from halograd.sham.network.features import N_FEATURE, describe
from halograd.sham.network.labels import label_halos


def labels_of(smf, scatter):
    return label_halos(smf, scatter, sham.bolshoi_planck(), kernel("triweight"), (8.5, 12.2), 200)


@pytest.mark.slow
def test_a_power_law_with_constant_scatter():
    """There ψ is the same everywhere, τ vanishes, and the first order is exact."""
    grid = np.linspace(6.0, 15.0, 10)
    smf = sham.TabulatedSMF(grid, -0.8 * (grid - 10.0))
    labels = labels_of(smf, sham.Scatter(0.3, 0.3))
    shift, features = describe(labels, kernel("triweight"))
    b = 0.3 * 0.8 * np.log(10)
    assert features.shape == (200, N_FEATURE)
    np.testing.assert_allclose(features[:, :13], np.arcsinh(-b), rtol=1e-3)
    np.testing.assert_allclose(features[:, 13:], 0.0, atol=1e-5)
    u = np.linspace(-3.0, 3.0, 20001)
    moment = np.trapezoid(35 / 96 * (1 - (u / 3) ** 2) ** 3 * np.exp(b * u), u)
    np.testing.assert_allclose(shift, -np.log(moment) / b, rtol=1e-3)


@pytest.mark.parametrize("sigma", [0.0, 1e-4])
def test_nothing_to_correct_without_scatter(sigma):
    shift, features = describe(
        labels_of(sham.Schechter(), sham.Scatter(sigma, sigma)), kernel("triweight")
    )
    assert np.isfinite(features).all()
    assert jnp.abs(shift[:100]).max() < 0.01

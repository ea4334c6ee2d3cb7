import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special

from halograd import sham
from halograd.errors import HalogradError

MASSES = [6.0, 8.5, 10.0, 11.0, 12.0, 12.5]


def oracle_density(m, log_phi, log_mstar, alpha):
    y = 10 ** (m - log_mstar)
    return np.log(10) * 10**log_phi * y ** (alpha + 1) * np.exp(-y)


def oracle_cumulative(m, *params):
    return sum(
        integrate.quad(oracle_density, low, high, params, epsabs=0, epsrel=1e-12)[0]
        for low, high in itertools.pairwise([*np.arange(m, 13.3, 0.5), 13.3])
    )


@pytest.mark.parametrize("alpha", [-1.5, -1.06, -1.0, -0.4])
@pytest.mark.parametrize("x64", [False, True])
def test_density_and_cumulative_against_quadrature(alpha, x64):
    with jax.enable_x64(x64):
        smf = sham.Schechter(alpha=alpha)
        density, cumulative = smf.log_density(MASSES), smf.log_cumulative_density(np.array(MASSES))
        params = -2.3, 10.85, alpha
        tolerance = 1e-9 if x64 else 2e-5
        want = [np.log10(oracle_density(m, *params)) for m in MASSES]
        np.testing.assert_allclose(density, want, atol=tolerance)
        want = [np.log10(oracle_cumulative(m, *params)) for m in MASSES]
        np.testing.assert_allclose(cumulative, want, atol=tolerance)


def test_cumulative_is_an_incomplete_gamma_function():
    with jax.enable_x64(True):
        y = np.array([1e-3, 0.1, 1.0, 20.0])
        smf = sham.Schechter(log_phi=0.0, log_mstar=0.0, alpha=-0.7)
        want = np.log10(special.gammaincc(0.3, y) * special.gamma(0.3))
        np.testing.assert_allclose(smf.log_cumulative_density(np.log10(y)), want, atol=1e-12)


def test_far_beyond_underflow_in_float32():
    log_n = np.asarray(sham.Schechter().log_cumulative_density(np.linspace(12, 13.8, 40)))
    assert np.isfinite(log_n).all()
    assert (np.diff(log_n) < 0).all()
    assert log_n[-1] < -380


@pytest.mark.parametrize("alpha", [-1.3, -1.06, -1.0])
def test_inverse(alpha):
    with jax.enable_x64(True):
        smf = sham.Schechter(alpha=alpha)
        m = jnp.linspace(5.0, 13.0, 33)
        x = smf.log_cumulative_density(m)
        np.testing.assert_allclose(smf.log_mstar_at(x), m, atol=1e-8)


@pytest.mark.slow
def test_inverse_beyond_all_galaxies_is_finite_and_decreasing():
    smf = sham.Schechter(alpha=-0.5)
    x = jnp.linspace(-400.0, 4.0, 300)
    m = np.asarray(smf.log_mstar_at(x))
    assert np.isfinite(m).all()
    assert (np.diff(m) < 0).all()
    assert np.isfinite(jax.jit(jax.vmap(jax.grad(smf.log_mstar_at)))(x)).all()


@pytest.mark.slow
def test_first_and_second_derivatives_of_the_inverse():
    with jax.enable_x64(True):

        def m_of(theta):
            return sham.Schechter(*theta[:3]).log_mstar_at(theta[3])

        theta, step = jnp.array([-2.3, 10.85, -1.06, -4.2]), 1e-5
        gradient, hessian = jax.jit(jax.grad(m_of)), jax.jit(jax.hessian(m_of))(theta)
        for i, e in enumerate(np.eye(4) * step):
            numeric = (m_of(theta + e) - m_of(theta - e)) / (2 * step)
            assert gradient(theta)[i] == pytest.approx(float(numeric), rel=1e-6)
            row = (gradient(theta + e) - gradient(theta - e)) / (2 * step)
            np.testing.assert_allclose(hessian[i], row, rtol=1e-4, atol=1e-6)


def test_double_schechter_of_equal_halves_is_a_schechter():
    with jax.enable_x64(True):
        half = -2.3 - np.log10(2)
        double = sham.DoubleSchechter(10.85, half, -1.06, half, -1.06)
        m = np.linspace(7, 12.5, 12)
        single = sham.Schechter()
        np.testing.assert_allclose(double.log_density(m), single.log_density(m), atol=1e-12)
        np.testing.assert_allclose(
            double.log_cumulative_density(m), single.log_cumulative_density(m), atol=1e-12
        )


def test_double_schechter_against_quadrature():
    with jax.enable_x64(True):
        double = sham.DoubleSchechter(10.66, -2.4, -0.35, -3.1, -1.47)
        for m in (8.0, 10.0, 11.5):
            want = oracle_cumulative(m, -2.4, 10.66, -0.35)
            want += oracle_cumulative(m, -3.1, 10.66, -1.47)
            assert double.log_cumulative_density(m) == pytest.approx(np.log10(want), abs=1e-8)
        x = double.log_cumulative_density(10.3)
        assert double.log_mstar_at(x) == pytest.approx(10.3, abs=1e-8)


def test_parameters_must_be_finite():
    with pytest.raises(HalogradError, match="alpha of Schechter must be finite"):
        sham.Schechter(alpha=np.nan)
    with pytest.raises(HalogradError, match="log_phi2"):
        sham.DoubleSchechter(10.66, -2.4, -0.35, np.inf, -1.47)

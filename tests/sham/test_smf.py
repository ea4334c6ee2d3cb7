import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from halograd import sham
from halograd.errors import HalogradError

GRID = np.linspace(8.0, 12.0, 41)


def table():
    return sham.TabulatedSMF(GRID, sham.Schechter().log_density(GRID))


def test_follows_the_function_it_tabulates():
    with jax.enable_x64(True):
        m = np.linspace(8.2, 11.8, 60)
        smf = sham.Schechter()
        np.testing.assert_allclose(table().log_density(m), smf.log_density(m), atol=3e-3)
        got = table().log_cumulative_density(m[m < 11.5])
        np.testing.assert_allclose(got, smf.log_cumulative_density(m[m < 11.5]), atol=3e-3)


def test_cumulative_is_the_integral_of_its_own_density():
    with jax.enable_x64(True):
        smf = table()
        masses = np.array([6.5, 8.0, 8.03, 10.0, 11.97, 12.0, 12.4])
        stops = np.unique(np.concatenate([masses, GRID, np.arange(12.05, 15.0, 0.05)]))
        t = np.linspace(stops[:-1], stops[1:], 41, axis=-1)
        above = integrate.simpson(np.asarray(smf.density(t)), x=t)[::-1].cumsum()[::-1]
        want = np.log10(above[np.searchsorted(stops, masses)])
        np.testing.assert_allclose(smf.log_cumulative_density(masses), want, atol=1e-6)


@pytest.mark.slow
def test_inverse_far_outside_in_float32():
    smf = table()
    m = jnp.linspace(5.5, 14.5, 61)
    x = smf.log_cumulative_density(m)
    assert np.isfinite(x).all()
    np.testing.assert_allclose(smf.log_mstar_at(x), m, atol=2e-4)


@pytest.mark.slow
def test_gradient_in_the_table_is_finite_and_right():
    m = jnp.linspace(4.0, 16.0, 61)
    gradient = jax.jit(jax.grad(lambda s: s.log_cumulative_density(m).sum()))(table())
    assert np.isfinite(gradient.log_phi_grid).all()
    np.testing.assert_allclose(gradient.log_phi_grid.sum(), m.size, rtol=1e-4)


def test_unusable_tables():
    phi = -GRID
    with pytest.raises(HalogradError, match="must increase strictly, but row 1"):
        sham.TabulatedSMF(GRID[::-1], phi)
    with pytest.raises(HalogradError, match="must be finite"):
        sham.TabulatedSMF(GRID, np.where(GRID > 11, -np.inf, phi))
    with pytest.raises(HalogradError, match="one length"):
        sham.TabulatedSMF(GRID, phi[:-1])
    with pytest.raises(HalogradError, match="fall at its bright end"):
        sham.TabulatedSMF(GRID, -phi)

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
        for m in (6.5, 8.0, 8.03, 10.0, 11.97, 12.0, 12.4):
            stops = np.concatenate([[m], GRID[m < GRID], [13.0, 13.5, 14.5]])
            want = sum(
                integrate.quad(lambda t: float(smf.density(t)), a, b, epsabs=0, epsrel=1e-9)[0]
                for a, b in zip(stops[:-1], stops[1:], strict=True)
                if b > a
            )
            got = smf.log_cumulative_density(jnp.asarray(m))
            assert got == pytest.approx(np.log10(want), abs=1e-7)


def test_float32_and_gradients_far_outside():
    smf = table()
    m = jnp.linspace(4.0, 16.0, 61)
    assert np.isfinite(smf.log_cumulative_density(m)).all()
    gradient = jax.grad(lambda s: s.log_cumulative_density(m).sum())(smf)
    assert np.isfinite(gradient.log_phi_grid).all()
    x = smf.log_cumulative_density(m)
    np.testing.assert_allclose(smf.log_mstar_at(x[10:]), m[10:], atol=2e-4)


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

"""The three-roll relation, and its fit to a stellar mass function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError


def test_default_is_a_double_power_law():
    relation = sham.ThreeRoll()
    log_m = np.array([11.0, 11.35, 13.0])
    index = 2.5 + (0.5 - 2.5) / (1 + np.exp(-1.6 * (log_m - 11.35)))
    want = 11.35 - 1.65 + index * (log_m - 11.35)
    np.testing.assert_allclose(relation(log_m), want, rtol=1e-6)


def test_each_index_rolls():
    relation = sham.ThreeRoll(low_start=3.0, low_end=1.0, high_start=0.7, high_end=0.2)
    with jax.enable_x64(True):
        slope = jax.vmap(jax.grad(relation))(jnp.array([-40.0, 60.0]))
    np.testing.assert_allclose(slope, [3.0, 0.2], rtol=1e-5)


def test_unbounded_round_trip():
    relation = sham.ThreeRoll(low_start=3.0, high_end=-0.3)
    back = sham.ThreeRoll.from_unbounded(relation.unbounded())
    for name in sham.THREE_ROLL_BOUNDS:
        assert getattr(back, name) == pytest.approx(float(getattr(relation, name)), abs=1e-5)
    wild = sham.ThreeRoll.from_unbounded(jnp.full(11, 1e3))
    for name, (low, high) in sham.THREE_ROLL_BOUNDS.items():
        assert low < getattr(wild, name) < high


def test_unusable_parameters():
    with pytest.raises(HalogradError, match="strictly between its bounds"):
        sham.ThreeRoll(log_ratio_crit=0.5).unbounded()
    with pytest.raises(HalogradError, match="k of ThreeRoll must be finite"):
        sham.ThreeRoll(k=np.nan)
    with pytest.raises(HalogradError, match="shape"):
        sham.ThreeRoll.from_unbounded(np.zeros(10))


SMF, SHMF = sham.Schechter(), sham.bolshoi_planck()


@pytest.mark.slow
def test_comes_close_to_the_smf():
    scatter = sham.Scatter(0.3, 0.2)
    fit = sham.fit_three_roll(SMF, scatter, SHMF)
    m = np.linspace(9.0, 12.0, 61)
    error = np.log10(sham.smf_from_relation(m, fit, scatter, SHMF)) - SMF.log_density(m)
    assert np.abs(error).max() < 0.02
    assert np.abs(error).max() == pytest.approx(float(fit.worst_dex), abs=2e-3)
    for name, (low, high) in sham.THREE_ROLL_BOUNDS.items():
        assert low < getattr(fit.relation, name) < high
    free = sham.exact_relation(SMF, scatter, SHMF)
    log_m = np.linspace(11.2, 14.0, 30)
    np.testing.assert_allclose(fit(log_m), free(log_m), atol=0.02)


@pytest.mark.slow
def test_gradient_of_the_returned_smf():
    with jax.enable_x64(True):
        m = np.linspace(9.2, 11.8, 14)

        def returned(theta):
            scatter = sham.Scatter(theta[2], theta[3])
            fit = sham.fit_three_roll(sham.Schechter(theta[0], 10.85, theta[1]), scatter, SHMF)
            return jnp.log10(sham.smf_from_relation(m, fit, scatter, SHMF))

        theta = jnp.array([-2.3, -1.06, 0.3, 0.2])
        got = jax.jit(jax.jacfwd(returned))(theta)
        want = jax.jacfwd(lambda t: sham.Schechter(t[0], 10.85, t[1]).log_density(m))(theta)
        np.testing.assert_allclose(got, want, atol=0.05)

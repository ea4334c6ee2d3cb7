import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham

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

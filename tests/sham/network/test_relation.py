import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import sham
from halograd.errors import HalogradError

M = np.linspace(9.0, 12.0, 61)
LOG_M = np.linspace(10.8, 14.8, 30)
SMF, SCATTER, SHMF = sham.Schechter(), sham.Scatter(), sham.bolshoi_planck()
BALDRY = sham.DoubleSchechter(10.66, -2.40, -0.35, -3.10, -1.47)  # 2012, GAMA


def returned_over_asked(relation, smf, scatter, shmf=SHMF):
    return np.log10(sham.smf_from_relation(M, relation, scatter, shmf)) - smf.log_density(M)


def build(theta):
    shmf = sham.RollingPowerLaw(theta[5], theta[6])
    return sham.Schechter(*theta[:3]), sham.Scatter(theta[3], theta[4]), shmf


def theta_of(low, high):
    return jnp.array([-2.3, 10.85, -1.06, low, high, -7.3577680417741815, 15.132330772320028])


@pytest.mark.parametrize("low_high", [(0.3, 0.2), (0.5, 0.15), (0.15, 0.3), (0.04, 0.02)])
def test_the_smf_comes_back(low_high):
    scatter = sham.Scatter(*low_high)
    relation = sham.network_relation(SMF, scatter, SHMF)
    assert relation.in_domain
    assert relation.converged
    error = np.abs(returned_over_asked(relation, SMF, scatter))
    assert error.max() < 0.003
    assert error.max() < relation.worst_dex + 5e-4
    assert (np.diff(relation(np.linspace(7.0, 18.0, 2000))) > 0).all()


@pytest.mark.slow
def test_double_and_tabulated_smf():
    grid = np.linspace(7.0, 13.0, 121)
    tabulated = sham.TabulatedSMF(grid, BALDRY.log_density(grid))
    double, table = (sham.network_relation(smf, SCATTER, SHMF) for smf in (BALDRY, tabulated))
    assert np.abs(returned_over_asked(double, BALDRY, SCATTER)).max() < 0.003
    np.testing.assert_allclose(table(LOG_M), double(LOG_M), atol=5e-3)  # cubics between rows


def test_near_the_exact_relation():
    network, exact = (
        make(SMF, SCATTER, SHMF) for make in (sham.network_relation, sham.exact_relation)
    )
    np.testing.assert_allclose(network(LOG_M), exact(LOG_M), atol=0.01)


def test_without_scatter_it_is_the_abundance_matched_mass():
    relation = sham.network_relation(SMF, sham.Scatter(0.0, 0.0), SHMF)
    want = SMF.log_mstar_at(SHMF.log_cumulative_density(LOG_M))
    matched = (want > 9.0) & (want < 12.0)
    np.testing.assert_allclose(relation(LOG_M)[matched], want[matched], atol=1e-4)


@pytest.mark.slow
def test_only_shapes_matter():
    """More galaxies in more halos of the same masses change nothing; heavier galaxies shift μ."""
    scatter = sham.Scatter(0.25, 0.25)
    plain = sham.network_relation(SMF, scatter, sham.RollingPowerLaw(-7.4, 15.1))
    dense = sham.network_relation(
        sham.Schechter(log_phi=-2.0), scatter, sham.RollingPowerLaw(-7.1, 15.1)
    )
    heavy = sham.network_relation(
        sham.Schechter(log_mstar=11.15),
        scatter,
        sham.RollingPowerLaw(-7.4, 15.1),
        mass_range=(9.3, 12.3),
    )
    np.testing.assert_allclose(dense(LOG_M), plain(LOG_M), atol=2e-4)
    np.testing.assert_allclose(heavy(LOG_M), plain(LOG_M) + 0.3, atol=2e-4)


def test_outside_the_domain_warns_and_flags():
    with pytest.warns(sham.OutOfDomainWarning, match=r"the scatter, dex, by 0\.\d+ beyond"):
        relation = sham.network_relation(SMF, sham.Scatter(0.7, 0.7), SHMF)
    assert not relation.in_domain

    @jax.jit
    def flag(low):
        return sham.network_relation(SMF, sham.Scatter(low, 0.2), SHMF).in_domain

    assert flag(0.3)
    assert not flag(0.8)


def test_only_the_kernel_it_was_trained_for():
    with pytest.raises(HalogradError, match="trained for kernel='triweight', got 'normal'"):
        sham.network_relation(SMF, SCATTER, SHMF, kernel="normal")


@pytest.mark.slow
@pytest.mark.parametrize("low_high", [(0.3, 0.2), (0.02, 0.4)])
def test_gradients_against_finite_differences(low_high):
    with jax.enable_x64(True):
        log_m = jnp.linspace(11.0, 14.8, 20)

        @jax.jit
        def value_and_jacobian(theta):
            def mu(theta):
                return sham.network_relation(*build(theta))(log_m)

            return mu(theta), jax.jacfwd(mu)(theta)

        theta, step = theta_of(*low_high), 1e-4
        _, got = value_and_jacobian(theta)
        for i, e in enumerate(np.eye(7) * step):
            ends = value_and_jacobian(theta + e)[0], value_and_jacobian(theta - e)[0]
            numeric = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(got[:, i], numeric, atol=1e-4 * np.abs(numeric).max())


@pytest.mark.slow
def test_derivatives_of_the_returned_smf():
    """Those of the SMF asked for: none in the scatter or the halos, exact ones in the rest."""

    def misfit(theta):
        smf, scatter, shmf = build(theta)
        relation = sham.network_relation(smf, scatter, shmf)
        returned = jnp.log10(sham.smf_from_relation(M, relation, scatter, shmf))
        return returned - smf.log_density(M)

    with jax.enable_x64(True):
        change = np.asarray(jax.jit(jax.jacfwd(misfit))(theta_of(0.3, 0.2)))
    assert np.sqrt(np.mean(change**2, axis=0)).max() < 0.01


@pytest.mark.slow
def test_reverse_mode_and_batches_in_float32():
    log_m = jnp.linspace(11.2, 15.0, 12)

    def total(theta):
        return sham.network_relation(*build(theta))(log_m).sum()

    theta = jnp.stack([theta_of(0.3, 0.2), theta_of(0.2, 0.0)])
    batch = jax.jit(jax.vmap(jax.grad(total)))(theta)
    assert batch.dtype == jnp.float32
    with jax.enable_x64(True):
        want = jax.jit(jax.vmap(jax.jacfwd(total)))(theta.astype(float))
    np.testing.assert_allclose(batch, want, rtol=0.01, atol=0.01)

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import qmc

from halograd import sham
from halograd.errors import HalogradError
from oracles.forward_smf import forward_smf

M = np.linspace(9.0, 12.0, 61)
SMF, SHMF = sham.Schechter(), sham.bolshoi_planck()


def misfit(relation, smf, scatter, shmf=SHMF):
    """Through the halo grid of `smf_from_relation`, not the labels of the fit."""
    phi = sham.smf_from_relation(M, relation, scatter, shmf)
    return np.log10(phi) - np.asarray(smf.log_density(M))


def build(theta):
    shmf = sham.RollingPowerLaw(theta[5], theta[6])
    return sham.Schechter(*theta[:3]), sham.Scatter(theta[3], theta[4]), shmf


def theta_of(low, high):
    return jnp.array([-2.3, 10.85, -1.06, low, high, -7.3577680417741815, 15.132330772320028])


@pytest.mark.parametrize(
    "low_high",
    [
        (0.3, 0.2),
        pytest.param((0.2, 0.3), marks=pytest.mark.slow),
        pytest.param((0.5, 0.15), marks=pytest.mark.slow),
        (0.02, 0.01),
        (0.0, 0.25),
        (0.0, 0.0),
    ],
)
def test_the_smf_comes_back(low_high):
    scatter = sham.Scatter(*low_high)
    fit = sham.exact_relation(SMF, scatter, SHMF)
    assert fit.converged
    assert "is met" in fit.status
    error = misfit(fit, SMF, scatter)
    assert np.abs(error).max() < 1e-3
    # At σ = 0 φ follows the slope of the table, which float32 holds to 1e-3 or so.
    assert np.abs(error).max() < fit.worst_dex + 5e-4
    log_m = np.linspace(7.0, 18.0, 2000)
    assert (np.diff(fit(log_m)) > 0).all()


def test_without_scatter_it_is_the_abundance_matched_mass():
    fit = sham.exact_relation(SMF, sham.Scatter(0.0, 0.0), SHMF)
    log_m = np.linspace(10.9, 14.5, 50)
    want = SMF.log_mstar_at(SHMF.log_cumulative_density(log_m))
    np.testing.assert_allclose(fit(log_m), want, atol=3e-5)


@pytest.mark.slow
def test_impossible_scatter_is_reported_not_raised():
    fit = sham.exact_relation(SMF, sham.Scatter(0.9, 0.9), SHMF)
    assert not fit.converged
    assert "not met" in fit.status
    assert np.isfinite(fit(np.linspace(9.0, 16.0, 30))).all()
    assert fit.worst_dex > 0.05


@pytest.mark.slow
def test_derivatives_of_the_returned_smf():
    """Those of the SMF asked for: none in the scatter or the halos, exact ones in the rest."""

    def returned(theta):
        smf, scatter, shmf = build(theta)
        fit = sham.exact_relation(smf, scatter, shmf)
        return jnp.log10(sham.smf_from_relation(M, fit, scatter, shmf))

    with jax.enable_x64(True):
        theta = theta_of(0.3, 0.2)
        got = jax.jit(jax.jacfwd(returned))(theta)
        want = jax.jacfwd(lambda t: build(t)[0].log_density(M))(theta)
        np.testing.assert_allclose(got, want, atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "low_high", [(0.3, 0.2), (0.05, 0.05), (0.2, 0.4), (0.4, 0.4), (0.0, 0.25), (0.25, 0.0)]
)
def test_gradients_against_finite_differences(low_high):
    with jax.enable_x64(True):
        log_m = jnp.linspace(11.3, 15.0, 38)  # μ from 9, where eq. (1) is compared

        def mu(theta):
            return sham.exact_relation(*build(theta))(log_m)

        # Where the scatter vanishes φ is summed by rank, whose curvature the rule leaves out.
        within = 5e-3 if low_high[1] == 0 else 3e-4
        central_differences_agree(mu, theta_of(*low_high), within=within)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["double", "smf table", "abundance table", "normal kernel"])
def test_gradients_for_other_inputs(which):
    mass, n = np.linspace(8.0, 12.75, 20), np.linspace(10.0, 15.5, 23)
    phi, x = SMF.log_density(mass), SHMF.log_cumulative_density(n)
    with jax.enable_x64(True):
        log_m, scatter = jnp.linspace(11.2, 14.5, 34), sham.Scatter(0.3, 0.2)
        phi, x = jnp.asarray(phi, float), jnp.asarray(x, float)
        problems = {
            "double": (
                lambda t: (sham.DoubleSchechter(*t), SHMF, "triweight"),
                jnp.array([10.66, -2.4, -0.35, -3.1, -1.47]),
            ),
            "smf table": (
                lambda t: (sham.TabulatedSMF(mass, phi.at[4:16:3].set(t)), SHMF, "triweight"),
                phi[4:16:3],
            ),
            "abundance table": (
                lambda t: (SMF, sham.TabulatedAbundance(n, x.at[4:18:3].set(t)), "triweight"),
                x[4:18:3],
            ),
            "normal kernel": (
                lambda t: (sham.Schechter(t[0], 11.2, t[1]), SHMF, "normal"),
                jnp.array([-2.3, -1.06]),
            ),
        }
        inputs, theta = problems[which]

        def mu(theta):
            smf, shmf, kernel = inputs(theta)
            return sham.exact_relation(smf, scatter, shmf, kernel=kernel)(log_m)

        central_differences_agree(mu, theta, within=1e-3 if which == "normal kernel" else 1e-4)


def central_differences_agree(mu, theta, step=1e-4, within=1e-4):
    """To a share of the largest entry of each column."""
    got, mu = jax.jit(jax.jacfwd(mu))(theta), jax.jit(mu)
    for i, e in enumerate(np.eye(theta.size) * step):
        numeric = (mu(theta + e) - mu(theta - e)) / (2 * step)
        limit = within * np.abs(numeric).max() + 1e-9
        np.testing.assert_allclose(got[:, i], numeric, atol=limit)


@pytest.mark.slow
@pytest.mark.parametrize("low_high", [(0.3, 0.2), (0.05, 0.05), (0.2, 0.4)])
def test_the_smf_comes_back_by_adaptive_quadrature(low_high):
    with jax.enable_x64(True):
        smf, scatter, shmf = build(theta_of(*low_high))
        fit = sham.exact_relation(smf, scatter, shmf)
        grid = np.linspace(10.0, 17.0, 141)
        parts = fit, scatter, shmf.log_cumulative_density
        parts = [jax.jit(lambda at, part=part: part(at)) for part in parts]
        parts = [lambda at, part=part: np.asarray(part(at)) for part in parts]
        for m in (9.0, 10.5, 11.5, 12.0):
            phi = forward_smf(m, *parts, grid)
            assert np.log10(phi) == pytest.approx(float(smf.log_density(m)), abs=1e-3)


@pytest.mark.slow
def test_halos_that_are_too_common_or_too_rare():
    mass = np.array([11.0, 12.0, 13.0])
    with pytest.raises(HalogradError, match=r"above 10\^9 Msun are rarer .* any halo of the table"):
        sham.exact_relation(SMF, sham.Scatter(), sham.TabulatedAbundance(mass, [2.0, 1.0, 0.0]))
    with pytest.raises(HalogradError, match=r"above 10\^12 Msun are commoner"):
        sham.exact_relation(
            SMF, sham.Scatter(), sham.TabulatedAbundance(mass, [-20.0, -21.0, -22.0])
        )
    partly = sham.TabulatedAbundance([10.0, 12.0, 13.5], [-0.5, -2.3, -3.9])
    assert sham.exact_relation(SMF, sham.Scatter(), partly).converged


@pytest.mark.slow
def test_reverse_mode_and_batches_in_float32():
    log_m = jnp.linspace(11.4, 15.0, 12)  # lighter ones are below the masses compared

    def total(theta):
        smf, scatter, shmf = build(theta)
        return sham.exact_relation(smf, scatter, shmf)(log_m).sum()

    theta = jnp.stack([theta_of(0.3, 0.2), theta_of(0.2, 0.0)])
    batch = jax.jit(jax.vmap(jax.grad(total)))(theta)
    assert batch.dtype == jnp.float32
    assert np.isfinite(batch).all()
    with jax.enable_x64(True):
        want = jax.jit(jax.grad(total))(theta_of(0.3, 0.2))
    np.testing.assert_allclose(batch[0], want, rtol=0.01, atol=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [(0.3, 0.2), (0.35, 0.45)])
def test_derivatives_in_float32_are_those_of_float64(sigma):
    """Of wide scatter too, where rounding in the misfit is blown up most."""
    log_m = np.linspace(11.4, 14.5, 60)

    def jacobian():
        def mean(theta):
            return sham.exact_relation(*build(theta))(jnp.asarray(log_m))

        return np.asarray(jax.jit(jax.jacfwd(mean))(theta_of(*sigma)))

    single = jacobian()
    with jax.enable_x64(True):
        double = jacobian()
    largest = np.abs(double).max(axis=0)
    np.testing.assert_allclose(single / largest, double / largest, atol=0.02)


@pytest.mark.slow
def test_the_paper_family():
    """Schechter and scatter draws of arXiv:2112.08423, with σ_high to 0.3."""
    unit = qmc.LatinHypercube(4, seed=3).random(400)
    chol = np.linalg.cholesky([[0.014, 0.0075], [0.0075, 0.015]])
    shape = np.array([-2.3, -1.06]) + 5 * (2 * unit[:, :2] - 1) @ chol.T
    sigma = np.array([0.2, 0.15]) + unit[:, 2:] * np.array([0.3, 0.15])
    reference, worst, rms = np.asarray(SMF.log_density(M)), [], []
    for (log_phi, alpha), (low, high) in zip(shape, sigma, strict=True):
        smf = sham.Schechter(log_phi, 10.85, alpha)
        log_phi_m = np.asarray(smf.log_density(M))
        if (np.diff(log_phi_m) < 0).all() and np.abs(log_phi_m - reference).max() < 0.3:
            error = misfit(
                sham.exact_relation(smf, sham.Scatter(low, high), SHMF),
                smf,
                sham.Scatter(low, high),
            )
            worst.append(np.abs(error).max())
            rms.append(np.mean(error**2))
    assert len(worst) > 20
    assert np.sqrt(np.mean(rms)) < 1e-3
    assert max(worst) < 5e-3

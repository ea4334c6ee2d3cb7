import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize

from halograd import sham

MASSES = np.array([9.0, 9.7, 10.5, 11.2, 11.6, 12.0])
RELATION = sham.ThreeRoll(high_end=0.8)
SHMF = sham.bolshoi_planck()


def relation(log_m):
    """The three-roll relation in NumPy float64."""
    p = {name: float(getattr(RELATION, name)) for name in sham.THREE_ROLL_BOUNDS}

    def roll(middle, k, start, end):
        return start + (end - start) / (1 + np.exp(-k * (log_m - middle)))

    low = roll(p["low_mid"], p["low_k"], p["low_start"], p["low_end"])
    high = roll(p["high_mid"], p["high_k"], p["high_start"], p["high_end"])
    index = roll(p["log_m_crit"], p["k"], low, high)
    return p["log_m_crit"] + p["log_ratio_crit"] + index * (log_m - p["log_m_crit"])


def log_cumulative(log_m):
    y, m = float(SHMF.log_density_mid), float(SHMF.log_m_mid)
    return y + (-1.4 - 3.85 / (1 + np.exp(-0.9 * (log_m - m)))) * (log_m - m)


def halo_density(log_m, h=1e-5):
    slope = (log_cumulative(log_m + h) - log_cumulative(log_m - h)) / (2 * h)
    return -np.log(10) * slope * 10 ** log_cumulative(log_m)


def scatter_of(low, high, log_m):
    return low + (high - low) / (1 + np.exp(-(log_m - 12)))


def triweight(u):
    return 35 / 96 * np.clip(1 - (u / 3) ** 2, 0, None) ** 3


def oracle(m, low, high):
    """φ(m) by adaptive quadrature over the halos within the reach of the kernel."""

    def integrand(log_m):
        sigma = scatter_of(low, high, log_m)
        return halo_density(log_m) * triweight((m - relation(log_m)) / sigma) / sigma

    widest = 3 * max(low, high)
    ends = [
        optimize.brentq(lambda t, to=to: relation(t) - to, 7.0, 22.0)
        for to in (m - widest, m + widest)
    ]
    stops = np.linspace(*ends, 9)
    parts = zip(stops[:-1], stops[1:], strict=True)
    return sum(integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-9)[0] for a, b in parts)


@pytest.mark.parametrize(
    "low_high", [(0.3, 0.2), (0.5, 0.15), (0.05, 0.04), (0.02, 0.3), (0.01, 0.01)]
)
def test_against_adaptive_quadrature(low_high):
    want = np.log10([oracle(m, *low_high) for m in MASSES])
    for x64, tolerance in ((True, 2e-5), (False, 1e-4)):
        with jax.enable_x64(x64):
            got = sham.smf_from_relation(MASSES, RELATION, sham.Scatter(*low_high), SHMF)
            np.testing.assert_allclose(np.log10(got), want, atol=tolerance)


def test_zero_scatter_is_the_change_of_variable():
    h = 1e-5
    log_m = [optimize.brentq(lambda t, m=m: relation(t) - m, 7.0, 22.0) for m in MASSES]
    log_m = np.array(log_m)
    slope = (relation(log_m + h) - relation(log_m - h)) / (2 * h)
    for x64, tolerance in ((True, 2e-5), (False, 1e-4)):
        with jax.enable_x64(x64):
            scatter = sham.Scatter(0.0, 0.0)
            phi = sham.smf_from_relation(MASSES, RELATION, scatter, SHMF)
            want = np.log10(halo_density(log_m) / slope)
            np.testing.assert_allclose(np.log10(phi), want, atol=tolerance)
            n = sham.cumulative_smf_from_relation(MASSES, RELATION, scatter, SHMF)
            np.testing.assert_allclose(np.log10(n), log_cumulative(log_m), atol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("low_high", [(0.3, 0.2), (0.02, 0.1), (0.0, 0.0)])
def test_cumulative_is_the_integral_of_the_density(low_high):
    with jax.enable_x64(True):
        m = np.linspace(10.0, 13.5, 1401)
        args = RELATION, sham.Scatter(*low_high), SHMF
        phi = np.asarray(sham.smf_from_relation(m, *args))
        n = np.asarray(sham.cumulative_smf_from_relation(m, *args))
        from_phi = n[-1] + integrate.cumulative_simpson(phi[::-1], dx=m[1] - m[0])[::-1]
        np.testing.assert_allclose(n[:-1][m[:-1] < 12], from_phi[m[:-1] < 12], rtol=2e-4)


def test_normal_kernel_against_a_sum():
    with jax.enable_x64(True):
        log_m = np.linspace(8.0, 17.0, 40001)
        sigma = scatter_of(0.3, 0.2, log_m)
        u = (MASSES[:, None] - relation(log_m)) / sigma
        terms = halo_density(log_m) * np.exp(-u * u / 2) / np.sqrt(2 * np.pi) / sigma
        want = integrate.simpson(terms, x=log_m)
        args = MASSES, RELATION, sham.Scatter(), SHMF
        got = sham.smf_from_relation(*args, kernel="normal")
        np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.slow
def test_gradient_against_finite_differences():
    """Through both forms of the integral, and at zero scatter, where it must vanish."""
    with jax.enable_x64(True):

        def log_phi(theta):
            scatter = sham.Scatter(theta[0], theta[1])
            tilted = sham.ThreeRoll(log_ratio_crit=theta[2], high_end=theta[3])
            shmf = sham.RollingPowerLaw(theta[4], SHMF.log_m_mid)
            return jnp.log10(sham.smf_from_relation(MASSES, tilted, scatter, shmf))

        jacobian, step = jax.jit(jax.jacfwd(log_phi)), 1e-5
        for low, high in [(0.3, 0.2), (0.05, 0.04), (0.01, 0.02)]:
            theta = jnp.array([low, high, -1.65, 0.8, -7.36])
            got = jacobian(theta)
            for i, e in enumerate(np.eye(5) * step):
                numeric = (log_phi(theta + e) - log_phi(theta - e)) / (2 * step)
                np.testing.assert_allclose(got[:, i], numeric, rtol=2e-3, atol=2e-3)
        at_zero = jacobian(jnp.array([0.0, 0.0, -1.65, 0.8, -7.36]))
        np.testing.assert_allclose(at_zero[:, :2], 0, atol=1e-6)
        np.testing.assert_allclose(at_zero[:, 4], 1, rtol=1e-6)


def test_a_relation_that_turns_over_is_summed_over_both_branches():
    """No monotone inverse exists: only the direct form is right, and it is used."""
    with jax.enable_x64(True):

        def hill(log_m):
            return 11.0 - 0.5 * (log_m - 13.0) ** 2

        m = np.array([10.2, 10.8, 11.1])
        log_m = np.linspace(8.0, 17.0, 40001)
        terms = halo_density(log_m) * triweight((m[:, None] - hill(log_m)) / 0.2) / 0.2
        got = sham.smf_from_relation(m, hill, sham.Scatter(0.2, 0.2), SHMF)
        np.testing.assert_allclose(got, integrate.simpson(terms, x=log_m), rtol=1e-4)


def test_empty_and_far_masses():
    args = RELATION, sham.Scatter(), SHMF
    assert sham.smf_from_relation(np.zeros(0), *args).shape == (0,)
    phi = np.asarray(sham.smf_from_relation(np.array([4.0, 16.0]), *args))
    assert np.isfinite(phi).all()
    assert phi[1] < 1e-12

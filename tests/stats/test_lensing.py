import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.catalogs import Particles
from halograd.errors import HalogradError
from halograd.stats import delta_sigma, delta_sigma_profiles, empty_samples
from oracles import brute_force

BOXSIZE = 40.0
EDGES = np.geomspace(0.1, 8.0, 9)


def annuli(edges):
    return np.diff(np.pi * edges**2)


def test_stack_is_the_weighted_mean():
    rng = np.random.default_rng(0)
    weights, profiles = rng.random((50, 3)), rng.normal(size=(50, 4))
    expected = (weights.T @ profiles) / weights.sum(axis=0)[:, None]
    np.testing.assert_allclose(delta_sigma(weights, profiles), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        delta_sigma(weights[:, 0], profiles), expected[0], rtol=1e-5, atol=1e-6
    )


def test_an_empty_sample_is_flagged_and_stays_finite():
    weights = np.zeros((50, 2), np.float32)
    weights[:, 1] = 1.0
    profiles = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    assert empty_samples(weights).tolist() == [True, False]
    np.testing.assert_array_equal(delta_sigma(weights, profiles)[0], 0.0)
    slopes = jax.jacrev(lambda w: delta_sigma(w, profiles))(jnp.asarray(weights))
    assert np.isfinite(slopes).all()


def test_gradient_against_finite_differences():
    rng = np.random.default_rng(1)
    weights, profiles = rng.random((30, 2)), rng.normal(size=(30, 4))
    direction = rng.normal(size=weights.shape)
    with jax.enable_x64(True):

        def statistic(w):
            return delta_sigma(w, profiles)

        _, exact = jax.jvp(statistic, (jnp.asarray(weights),), (jnp.asarray(direction),))
        step = 1e-6 * direction
        slope = (statistic(weights + step) - statistic(weights - step)) / 2e-6
        np.testing.assert_allclose(exact, slope, rtol=1e-7, atol=1e-8)


def test_profiles_match_brute_force_sums():
    rng = np.random.default_rng(2)
    halos, matter = rng.random((20, 3)) * BOXSIZE, rng.random((4000, 3)) * BOXSIZE
    masses = rng.random(4000) * 1e12
    profiles = delta_sigma_profiles(halos, Particles(matter, masses, BOXSIZE), EDGES)
    discs = np.append(0.0, EDGES)
    counted = np.einsum("ijb,j->ib", brute_force.pair_matrix(halos, matter, BOXSIZE, discs), masses)
    excess = (counted - masses.sum() / BOXSIZE**2 * annuli(discs)) / 1e12
    inside = np.cumsum(excess, axis=1)[:, :-1]
    low, high = EDGES[:-1], EDGES[1:]
    # the excess mass grows linearly in R across an annulus: its mean surface density inside R,
    # averaged over the annulus, by brute quadrature
    fraction = (np.arange(4000) + 0.5) / 4000
    radius = low + (high - low) * fraction[:, None]
    mass = inside[:, None] + excess[:, None, 1:] * fraction[:, None]
    mean_inside = np.mean(mass / (np.pi * radius**2) * radius * (high - low), axis=1)
    expected = mean_inside * 2 * np.pi / annuli(EDGES) - excess[:, 1:] / annuli(EDGES)
    np.testing.assert_allclose(profiles, expected, rtol=2e-4, atol=2e-4 * np.abs(expected).max())


def isothermal_particles(n, rng, radius=15.0):
    """Particles with surface density 1 / (2 π radius R) inside `radius`, around the centre."""
    r = radius * rng.random(n)
    angle = 2 * np.pi * rng.random(n)
    flat = np.stack([r * np.cos(angle), r * np.sin(angle), BOXSIZE * (rng.random(n) - 0.5)], axis=1)
    return flat + BOXSIZE / 2


def test_isothermal_halo_has_the_analytic_profile():
    rng = np.random.default_rng(3)
    n, mass = 400_000, 1e14
    particles = Particles(isothermal_particles(n, rng), mass / n, BOXSIZE)
    profile = delta_sigma_profiles(np.full((1, 3), BOXSIZE / 2), particles, EDGES)[0]
    # ΔΣ(R) = Σ(R) = mass / (2 π radius R), averaged over each annulus
    low, high = EDGES[:-1], EDGES[1:]
    expected = mass / 15.0 * (high - low) / annuli(EDGES) / 1e12
    np.testing.assert_allclose(profile, expected, rtol=0.03)


def test_uniform_matter_lenses_nothing():
    side = (np.arange(40) + 0.5) * BOXSIZE / 40
    grid = np.stack(np.meshgrid(side, side, side), axis=-1).reshape(-1, 3)
    particles = Particles(grid, 1e11, BOXSIZE)
    halos = np.random.default_rng(4).random((200, 3)) * BOXSIZE
    edges = np.array([2.0, 4.0, 8.0])
    mean = np.asarray(delta_sigma_profiles(halos, particles, edges)).mean(axis=0)
    column = particles.masses.sum() / BOXSIZE**2 / 1e12
    assert (np.abs(mean) < 0.02 * column).all()


@pytest.mark.parametrize(
    ("edges", "message"),
    [([0.0, 1.0], "above 0"), ([1.0, 0.5], "increase"), ([1.0, 21.0], "half the box")],
)
def test_bad_annuli(edges, message):
    particles = Particles(np.ones((5, 3)), 1e10, BOXSIZE)
    with pytest.raises(HalogradError, match=message):
        delta_sigma_profiles(np.ones((2, 3)), particles, edges)


def test_bad_shapes_and_missing_matter():
    with pytest.raises(HalogradError, match="same n halos"):
        delta_sigma(np.ones(4), np.ones((5, 2)))
    with pytest.raises(HalogradError, match="empty"):
        delta_sigma_profiles(np.ones((1, 3)), Particles(np.ones((0, 3)), 1e10, BOXSIZE), [1.0, 2.0])

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.pairs import ProjectedPairs
from halograd.stats import pairless_samples, sample_weights, wp
from oracles import brute_force
from oracles.toy_universe import BOXSIZE, toy_universe

EDGES, PI_MAX = np.array([0.2, 1.0, 4.0, 15.0]), 20.0


@pytest.fixture(scope="module")
def universe():
    return toy_universe()


@pytest.fixture(scope="module")
def pairs(universe):
    return ProjectedPairs(universe.positions, BOXSIZE, EDGES, PI_MAX)


def brute_wp(positions, weights):
    matrix = brute_force.auto_matrix(positions, BOXSIZE, EDGES, PI_MAX)
    counts = np.einsum("i,ijb,j->b", weights, matrix, weights)
    cylinder = np.pi * np.diff(EDGES**2) * 2 * PI_MAX / BOXSIZE**3
    random = (weights.sum() ** 2 - np.sum(weights**2)) * cylinder
    return 2 * PI_MAX * (counts / random - 1)


def test_wp_matches_brute_force(universe, pairs):
    weights = np.random.default_rng(0).random((len(universe), 2))
    result = wp(weights, pairs)
    expected = [brute_wp(universe.positions, column) for column in weights.T]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(wp(weights[:, 1], pairs), expected[1], rtol=1e-5, atol=1e-4)


def test_unclustered_points_have_no_correlation():
    rng = np.random.default_rng(1)
    positions = rng.random((3000, 3)) * BOXSIZE
    pairs = ProjectedPairs(positions, BOXSIZE, EDGES, PI_MAX)
    counts = pairs(np.ones(3000))
    noise = 2 * PI_MAX * np.sqrt(2 / np.asarray(counts))
    assert (np.abs(wp(np.ones(3000), pairs)) < 4 * noise).all()


@pytest.mark.parametrize("kept", [0, 1])
def test_a_sample_without_pairs_is_flagged_and_stays_finite(universe, pairs, kept):
    weights = np.ones((len(universe), 2), np.float32)
    weights[kept:, 0] = 0.0
    assert pairless_samples(weights).tolist() == [True, False]
    np.testing.assert_array_equal(wp(weights, pairs)[0], 0.0)
    for derivative in (jax.jacfwd, jax.jacrev):
        slopes = derivative(lambda w: wp(w, pairs))(jnp.asarray(weights))
        assert np.isfinite(slopes).all()
        np.testing.assert_array_equal(slopes[0], 0.0)
    np.testing.assert_allclose(wp(weights, pairs)[1], wp(weights[:, 1], pairs), rtol=1e-6)


def test_gradient_in_model_parameters_against_finite_differences(universe, pairs):
    edges = np.array([10.0, 10.6, np.inf])
    with jax.enable_x64(True):
        log_mpeak = jnp.asarray(universe.log_mpeak)

        @jax.jit
        def statistic(theta):
            mean = theta[0] + theta[1] * (log_mpeak - 12)
            return wp(sample_weights(mean, theta[2], edges), pairs)

        theta = jnp.array([10.4, 0.7, 0.25])
        forward, reverse = jax.jacfwd(statistic)(theta), jax.jacrev(statistic)(theta)
        np.testing.assert_allclose(forward, reverse, rtol=1e-9)
        for k, step in enumerate(1e-5 * jnp.eye(3)):
            slope = (statistic(theta + step) - statistic(theta - step)) / 2e-5
            np.testing.assert_allclose(forward[..., k], slope, rtol=1e-6, atol=1e-6)

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special

from halograd import stats
from halograd.errors import HalogradError
from halograd.pairs import RadialPairs, SMuPairs
from halograd.stats import multipoles
from oracles import dense_pairs
from oracles.clustered_points import BOX, clustered

S_EDGES = np.array([0.5, 3.0, 8.0, 20.0])
MU_EDGES = np.array([0.0, 0.15, 0.4, 0.8, 1.0])
POINTS = clustered(250, seed=5) % BOX


def expected_multipoles(weights, ells, axis=2):
    matrix = dense_pairs.without_self(
        dense_pairs.s_mu_matrix(POINTS, POINTS, BOX, S_EDGES, MU_EDGES, axis)
    )
    volumes = 4 / 3 * np.pi * np.diff(S_EDGES**3)[:, None] * np.diff(MU_EDGES)
    xi = dense_pairs.excess(matrix, weights, weights, volumes, BOX.prod())
    integrals = [
        [integrate.quad(special.legendre(ell), *limits)[0] for limits in pairwise(MU_EDGES)]
        for ell in ells
    ]
    return np.einsum("l,sk,lk->ls", 2 * np.array(ells) + 1, xi, integrals)


def test_values_and_gradient():
    ells = (0, 2, 4, 6)
    weights = np.random.default_rng(0).random((len(POINTS), 2))
    direction = np.random.default_rng(1).normal(size=weights.shape)
    with jax.enable_x64(True):
        pairs = SMuPairs(POINTS, BOX, S_EDGES, MU_EDGES, line_of_sight=0)
        value, slope = jax.jvp(
            lambda w: multipoles(w, pairs, ells), (jnp.asarray(weights),), (direction,)
        )
    for k in range(2):
        up, down = (
            expected_multipoles((weights + sign * direction)[:, k], ells, 0)
            for sign in (1e-5, -1e-5)
        )
        expected = expected_multipoles(weights[:, k], ells, 0)
        np.testing.assert_allclose(value[k], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(slope[k], (up - down) / 2e-5, rtol=1e-5, atol=1e-7)


def test_mean_over_three_lines_of_sight():
    weights = np.random.default_rng(2).random(len(POINTS))
    with jax.enable_x64(True):
        views = [SMuPairs(POINTS, BOX, S_EDGES, MU_EDGES, line_of_sight=axis) for axis in range(3)]
        result = multipoles(weights, views)
    expected = [expected_multipoles(weights, (0, 2, 4), axis) for axis in range(3)]
    assert result.shape == (3, 3)
    np.testing.assert_allclose(result, np.mean(expected, axis=0), rtol=1e-9, atol=1e-12)


def test_the_monopole_is_the_correlation_function():
    weights = np.random.default_rng(3).random(len(POINTS))
    with jax.enable_x64(True):
        pairs = SMuPairs(POINTS, BOX, S_EDGES, MU_EDGES)
        monopole = eqx.filter_jit(multipoles)(weights, pairs, [0])
        xi = stats.xi(weights, RadialPairs(POINTS, BOX, S_EDGES))
    np.testing.assert_allclose(monopole[0], xi, rtol=1e-10)


@pytest.mark.parametrize("ells", [(0, 1), (-2,), (2.5,), (), 2])
def test_bad_ells(ells):
    pairs = SMuPairs(POINTS, BOX, S_EDGES, MU_EDGES)
    with pytest.raises(HalogradError, match="even whole numbers"):
        multipoles(np.ones(len(POINTS)), pairs, ells)


@pytest.mark.parametrize("mu_edges", [[0.0, 0.5, 0.9], [0.1, 1.0]])
def test_bins_that_do_not_cover_all_directions(mu_edges):
    pairs = SMuPairs(POINTS, BOX, S_EDGES, mu_edges)
    with pytest.raises(HalogradError, match="mu_edges run from"):
        multipoles(np.ones(len(POINTS)), pairs)


def test_pairs_of_another_kind():
    with pytest.raises(HalogradError, match="multipoles needs SMuPairs"):
        multipoles(np.ones(len(POINTS)), RadialPairs(POINTS, BOX, S_EDGES))

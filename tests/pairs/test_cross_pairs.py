import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs, ProjectedPairs
from oracles import brute_force
from oracles.clustered_points import BOX, clustered

EDGES = np.array([0.1, 0.5, 1.0, 3.0, 8.0, 20.0])


def test_cross_pairs_of_two_sets():
    first, second = clustered(150, 1), clustered(330, 2)
    matrix = brute_force.pair_matrix(first % BOX, second % BOX, BOX, EDGES)
    weights = np.random.default_rng(5).random(330)
    pairs = ProjectedCrossPairs(first, second, BOX, EDGES)
    np.testing.assert_allclose(
        pairs.per_point(weights), matrix.transpose(0, 2, 1) @ weights, rtol=1e-5, atol=1e-5
    )
    ones = np.ones(150)
    np.testing.assert_allclose(
        pairs(ones, weights), np.einsum("ijb,j->b", matrix, weights), rtol=2e-6
    )
    gradient = jax.grad(lambda w: pairs(ones, w)[2])(jnp.asarray(weights))
    np.testing.assert_allclose(gradient, matrix[..., 2].sum(axis=0), rtol=1e-5)


def test_a_set_with_itself_counts_as_the_set_alone():
    points = clustered(200)
    cross = ProjectedCrossPairs(points, points, BOX, EDGES, pi_max=15.0)
    alone = ProjectedPairs(points, BOX, EDGES, 15.0)
    ones = np.ones(200)
    np.testing.assert_array_equal(cross(ones, ones), alone(ones))


@pytest.mark.parametrize(("n1", "n2"), [(0, 5), (5, 0), (1, 1)])
def test_few_points(n1, n2):
    first, second = np.full((n1, 3), 10.0), np.full((n2, 3), 10.0)
    pairs = ProjectedCrossPairs(first, second, BOX, [0.0, 1.0])
    np.testing.assert_array_equal(pairs(np.ones(n1), np.ones(n2)), [n1 * n2])


def test_bad_input():
    with pytest.raises(HalogradError, match="half the box"):
        ProjectedCrossPairs(np.ones((3, 3)), np.ones((2, 3)), BOX, [1.0, 40.0])
    pairs = ProjectedCrossPairs(np.ones((3, 3)), np.ones((2, 3)), BOX, [1.0, 2.0])
    with pytest.raises(HalogradError, match="one row per point"):
        pairs.per_point(np.ones(3))

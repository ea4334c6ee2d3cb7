"""Memory of the compiled engine follows the number of points, not the fineness of the bins."""

import sys

import jax
import numpy as np
import pytest

from halograd.pairs import ProjectedCrossPairs, ProjectedPairs, RadialPairs, backends
from oracles import brute_force

pytestmark = pytest.mark.skipif(
    not backends.native_available(), reason="the compiled pair engine is not installed"
)

N, SIDE, REACH = 1000, 50.0, 4e-3
EDGES = np.array([0.0, REACH / 2, REACH])


def points(n=N):
    """Half of them within reach of another."""
    uniform = np.random.default_rng(3).random((n, 3)) * (SIDE - 1)
    uniform[n // 2 :] = uniform[: n - n // 2] + REACH / 3
    return uniform


def peak_of_process():
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def held(pairs):
    return sum(leaf.nbytes for leaf in jax.tree.leaves(pairs))


BUILDERS = {
    "projected": lambda p: ProjectedPairs(p, SIDE, EDGES, 20.0, backend="native"),
    "radial": lambda p: RadialPairs(p, SIDE, EDGES, backend="native"),
    "along the whole box": lambda p: ProjectedCrossPairs(p, p[:10], SIDE, EDGES, backend="native"),
    "a line of points": lambda p: RadialPairs(
        p * [1e3, 1e-9, 1e-9], None, EDGES, periodic=False, backend="native"
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="the peak memory cannot be asked for here")
@pytest.mark.parametrize("name", BUILDERS)
def test_a_tiny_reach_in_a_large_box(name):
    before = peak_of_process()
    pairs = BUILDERS[name](points())
    jax.block_until_ready(pairs.per_point(np.ones(np.atleast_1d(pairs.n_points)[-1])))
    assert held(pairs) < 2_000_000
    assert peak_of_process() - before < 100_000_000


def test_pairs_within_a_tiny_reach_are_found():
    counts = RadialPairs(points(), SIDE, EDGES, backend="native")(np.ones(N, np.float32))
    matrix = brute_force.bin_matrix(
        brute_force.axis_separations(points(), points(), SIDE),
        EDGES,
        [0.0, 1.0],
        is_projected=False,
    )[..., 0]
    np.testing.assert_array_equal(counts, brute_force.without_self(matrix).sum(axis=(0, 1)))
    assert np.sum(counts) >= N

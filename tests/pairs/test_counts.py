"""Counts of every class, engine, precision and kind of space against brute force."""

import hypothesis.extra.numpy as hnp
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halograd.pairs import ProjectedCrossPairs, backends
from oracles import brute_force, pair_cases
from oracles.clustered_points import BOX, clustered

BACKENDS = ["reference", "native"] if backends.native_available() else ["reference"]


def weighted(matrix, first, second):
    return np.einsum("is,ij...,js->s...", first, matrix, second)


def weight_columns(n, dtype, seed=1):
    """Random weights, two thirds of them zero in one column, and ones."""
    weights = np.random.default_rng(seed).random((n, 3))
    weights[:, 1] *= np.arange(n) % 3 == 0
    weights[:, 2] = 1.0
    return weights.astype(dtype)


def tolerance(dtype):
    return {"rtol": 2e-6, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-13, "atol": 1e-12}


def auto_of(binning, points, space, **options):
    """The pairs of points and their matrix."""
    pairs = binning.auto(
        points, space.boxsize, **binning.arguments, periodic=space.periodic, **options
    )
    los = options.get("line_of_sight", 2)
    matrix = binning.matrix(points, points, space.boxsize, space.periodic, los)
    return pairs, brute_force.without_self(matrix)


@pytest.mark.parametrize("line_of_sight", [0, 1, 2])
def test_line_of_sight(binning, line_of_sight, backend):
    points = clustered(60, 3) % BOX
    space = pair_cases.SPACES["mixed"]
    pairs, matrix = auto_of(binning, points, space, backend=backend, line_of_sight=line_of_sight)
    np.testing.assert_array_equal(pairs(np.ones(60, np.float32)), matrix.sum(axis=(0, 1)))
    assert pairs.line_of_sight == line_of_sight


_LATTICE_BINNINGS = [
    pair_cases.rp_pi([0.0, 2.5, 5.0], [0.5, 3.0, 4.0]),
    pair_cases.s_mu([0.5, 2.5, 13.0], [0.0, 0.35, 1.0]),
]


@pytest.mark.parametrize("bins", _LATTICE_BINNINGS, ids=lambda bins: bins.auto.__name__)
def test_pairs_on_edges_and_corners(bins, dtype, backend):
    """3-4-5 triangles on a lattice of 1/2, which float32 holds exactly."""
    points = np.random.default_rng(0).integers(0, 64, (48, 3)) / 2
    pairs = bins.auto(points, 32.0, **bins.arguments, backend=backend)
    matrix = brute_force.without_self(bins.matrix(points, points, 32.0))
    np.testing.assert_array_equal(pairs(np.ones(48, dtype)), matrix.sum(axis=(0, 1)))


@pytest.mark.parametrize(
    "bins",
    [
        pair_cases.rp_pi([0.0, 0.1, 0.5, 1.3], [0.1, 0.3, 1.0]),
        pair_cases.s_mu([0.1, 0.5, 1.3], [0.0, 0.6, 0.8, 1.0]),
    ],
    ids=["rp_pi", "s_mu"],
)
def test_rounding_on_edges_is_that_of_plain_float64(bins, backend):
    """On a lattice of 0.1, rounding decides the bin: a fused multiply and add shows."""
    points = np.random.default_rng(1).integers(0, 30, (120, 3)) * 0.1
    pairs = bins.auto(points, 3.0, **bins.arguments, backend=backend)
    matrix = brute_force.without_self(bins.matrix(points, points, 3.0))
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(120)), matrix.sum(axis=(0, 1)))


def test_last_mu_edge_is_closed(dtype, backend):
    along = np.zeros((2, 3))
    along[1, 2] = 1.0
    across = np.roll(along, 1, axis=1)
    for points, expected in ((along, [0, 2]), (across, [2, 0]), (along * 0, [2, 0])):
        bins = pair_cases.s_mu([0.0, 2.0], [0.0, 0.5, 1.0])
        pairs = bins.auto(points, 10.0, **bins.arguments, backend=backend)
        np.testing.assert_array_equal(pairs(np.ones(2, dtype)), [expected])


def test_an_open_last_mu_edge_stays_open(backend):
    points = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])
    bins = pair_cases.s_mu([0.0, 6.0], [0.0, 0.8])
    with jax.enable_x64(True):
        pairs = bins.auto(points, None, **bins.arguments, periodic=False, backend=backend)
        np.testing.assert_array_equal(pairs(np.ones(2)), [[0.0]])


def test_close_pairs_far_from_the_origin(binning, backend):
    """Pairs at 1e-3 keep their separation in float32, wherever they are."""
    rng = np.random.default_rng(2)
    points = 45.0 + rng.standard_normal((60, 3)) * 1e-3
    arguments = dict(binning.arguments)
    name = next(iter(arguments))
    arguments[name] = np.array([0.0, 1e-3, 4e-3])
    bins = binning._replace(arguments=arguments, edges=arguments[name])
    pairs, matrix = auto_of(bins, points, pair_cases.SPACES["periodic"], backend=backend)
    counts = np.asarray(pairs(np.ones(60, np.float32)))
    np.testing.assert_allclose(counts, matrix.sum(axis=(0, 1)), atol=4)
    assert counts.sum() > 500


def test_bins_up_to_half_the_box(dtype, backend):
    points = clustered(48, boxsize=np.full(3, 9.0)) % 9.0
    for bins in (pair_cases.projected([0.3, 2.0, 4.5], 4.5), pair_cases.radial([0.3, 2.0, 4.5])):
        pairs = bins.auto(points, 9.0, **bins.arguments, backend=backend)
        matrix = brute_force.without_self(bins.matrix(points, points, 9.0))
        np.testing.assert_array_equal(pairs(np.ones(48, dtype)), matrix.sum(axis=(0, 1)))


@pytest.mark.parametrize("name", ["projected", "s_mu"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points(name, n, backend):
    binning, points = pair_cases.BINNINGS[name], np.full((n, 3), 10.0)
    pairs = binning.auto(points, None, **binning.arguments, periodic=False, backend=backend)
    counts = np.asarray(pairs(np.ones(n)))
    assert counts.flat[0] == (2.0 if n == 2 else 0.0)
    assert (counts.flat[1:] == 0).all()
    assert pairs.per_point(np.ones(n)).shape == (n, *counts.shape)
    assert np.isfinite(jax.jit(jax.grad(lambda w: pairs(w).sum()))(np.ones(n))).all()


def test_a_weight_alone_makes_no_pair(backend):
    points = clustered(60) % BOX
    pairs, _ = auto_of(
        pair_cases.BINNINGS["radial"], points, pair_cases.SPACES["periodic"], backend=backend
    )
    np.testing.assert_array_equal(pairs(np.eye(60, dtype=np.float32)[0] / 3), 0.0)


def test_no_condition_along_the_line_of_sight(dtype, backend):
    first, second = clustered(60, 1) % BOX, clustered(160, 2) % BOX
    edges = [0.0, 1.5, 20.0]
    pairs = ProjectedCrossPairs(first, second, BOX, edges, backend=backend)
    matrix = brute_force.pair_matrix(first, second, BOX, edges)
    counts = pairs(np.ones(60, dtype), np.ones(160, dtype))
    np.testing.assert_array_equal(counts, matrix.sum(axis=(0, 1)))


@pytest.mark.parametrize(("n1", "n2"), [(0, 5), (5, 0), (0, 0), (1, 1)])
def test_few_points_in_two_sets(n1, n2, backend):
    first, second = np.full((n1, 3), 10.0), np.full((n2, 3), 10.0)
    bins = pair_cases.rp_pi([0.0, 1.0], [0.0, 1.0])
    pairs = bins.cross(first, second, BOX, **bins.arguments, backend=backend)
    np.testing.assert_array_equal(pairs(np.ones(n1), np.ones(n2)), [[n1 * n2]])


def test_open_space_needs_no_box_and_sets_no_limit(binning, backend):
    """Bins longer than the cloud of points, from any origin, find every pair."""
    points = np.random.default_rng(4).standard_normal((60, 3)) - 1e5
    name = next(iter(binning.arguments))
    arguments = {**binning.arguments, name: [0.0, 1e3]}
    pairs = binning.auto(points, None, **arguments, periodic=False, backend=backend)
    assert pairs.boxsize is None
    assert pairs.periodic == (False, False, False)
    assert np.sum(pairs(np.ones(60, np.float32))) == 60 * 59


def test_one_column_comes_back_without_its_axis(binning, backend):
    points = clustered(60) % BOX
    pairs, _ = auto_of(binning, points, pair_cases.SPACES["periodic"], backend=backend)
    weights = weight_columns(60, np.float32)[:, :1]
    np.testing.assert_array_equal(pairs(weights[:, 0]), pairs(weights)[0])
    np.testing.assert_array_equal(pairs.per_point(weights[:, 0]), pairs.per_point(weights)[:, 0])
    np.testing.assert_array_equal(
        pairs.cross(weights[:, 0], weights[:, 0]), pairs.cross(weights, weights)[0]
    )


def test_more_columns_than_points(backend):
    points = clustered(40) % BOX
    bins = pair_cases.BINNINGS["rp_pi"]
    pairs, matrix = auto_of(bins, points, pair_cases.SPACES["periodic"], backend=backend)
    weights = np.random.default_rng(3).random((40, 53))
    with jax.enable_x64(True):
        np.testing.assert_allclose(pairs(weights), weighted(matrix, weights, weights), rtol=1e-12)
        assert pairs(np.ones((40, 0))).shape == (0, 2, 2)


@settings(deadline=None, max_examples=10)
@given(
    points=hnp.arrays(np.float64, (20, 3), elements=st.floats(0, 1)),
    n=st.sampled_from([0, 1, 20]),  # each number of points compiles anew
    sides=hnp.arrays(np.float64, 3, elements=st.floats(1.0, 300.0)),
    reach=st.floats(0.05, 0.5),
    periodic=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    line_of_sight=st.integers(0, 2),
)
@pytest.mark.parametrize("engine", BACKENDS)
def test_a_set_with_itself_counts_as_the_set_alone(
    engine, points, n, sides, reach, periodic, line_of_sight
):
    positions = np.minimum(points[:n] * sides, np.nextafter(sides, 0))
    edges = np.array([0.0, 0.3, 1.0]) * reach * sides.min()
    options = {"periodic": periodic, "line_of_sight": line_of_sight, "backend": engine}
    bins = pair_cases.rp_pi(edges, edges)
    auto = bins.auto(positions, sides, **bins.arguments, **options)
    cross = bins.cross(positions, positions, sides, **bins.arguments, **options)
    matrix = bins.matrix(positions, positions, sides, periodic, line_of_sight)
    with jax.enable_x64(True):
        both = np.array(cross(np.ones(n), np.ones(n)))
        np.testing.assert_array_equal(both, matrix.sum(axis=(0, 1)))
        both[0, 0] -= n
        np.testing.assert_array_equal(auto(np.ones(n)), both)


def test_any_number_of_bins_in_a_program_of_one_size():
    """The reference engine takes its edges as data: one product in each of a few loops."""
    edges, points = np.linspace(0.0, 18.0, 301), clustered(90) % BOX
    pairs = pair_cases.projected(edges, 15.0).auto(points, BOX, edges, 15.0, backend="reference")
    program = jax.jit(lambda p, w: p(w)).lower(pairs, np.ones(90, np.float32)).as_text()
    assert 1 <= program.count("stablehlo.dot_general") <= 10
    with jax.enable_x64(True):
        counts = pairs(np.ones(90))
    matrix = brute_force.auto_matrix(points, BOX, edges, 15.0)
    np.testing.assert_array_equal(counts, matrix.sum(axis=(0, 1)))

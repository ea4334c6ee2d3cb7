"""Pairs weighed by Legendre polynomials of their own μ, against dense matrices in float64."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import pairs as pairs_module
from halograd import stats
from halograd.errors import HalogradError
from halograd.pairs import MultipoleCrossPairs, MultipolePairs, Nodes, RadialPairs, SMuPairs
from halograd.pairs._box import Box
from halograd.pairs.backends import registry
from halograd.pairs.multipole import Multipole
from oracles import brute_force
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import SPACES, multipole

N, N_SECOND = 90, 40
EDGES = [0.0, 0.5, 2.0, 18.0]
ELLS = (0, 2, 4)


@pytest.fixture(params=registry.names)
def engine(request):
    made = registry[request.param]()
    if made.missing() or not made.counts_in(Multipole.checked(EDGES, ELLS)):
        pytest.skip(f"{request.param} does not count multipoles here")
    return request.param


def close_to(found, expected, monopole, dtype):
    """Within 2e-5 of the monopole, since polynomials of many pairs nearly cancel."""
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    scale = np.abs(monopole) + 1e-30
    assert (np.abs(np.asarray(found) - expected) / scale).max() < tolerance


def weights(n, dtype, seed=0):
    drawn = np.random.default_rng(seed).random((n, 3))
    drawn[:, 1] *= np.arange(n) % 3 == 0
    drawn[:, 2] = 1.0
    return drawn.astype(dtype)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("ells", [(0, 2, 4), (4, 0), (2,)])
def test_within_one_set(engine, axis, ells, dtype):
    points, w = clustered(N, seed=axis) % BOX, weights(N, dtype)
    cases = multipole(EDGES, ells)
    options = {"backend": engine, "line_of_sight": axis}
    pairs = MultipolePairs(points, BOX, EDGES, ells, **options)
    matrix = brute_force.without_self(cases.matrix(points, points, BOX, line_of_sight=axis))
    count = brute_force.without_self(
        multipole(EDGES, (0,)).matrix(points, points, BOX, line_of_sight=axis)
    )
    total, every = (np.einsum("is,ij...,js->s...", w, m, w) for m in (matrix, count))
    found = pairs(w)
    assert found.shape == (3, len(ells), 3)
    assert found.dtype == dtype
    close_to(found, total, every, dtype)
    around, neighbours = (np.einsum("ij...,js->is...", m, w) for m in (matrix, count))
    scale = neighbours.max(axis=(0, 2, 3))[:, None, None]
    close_to(pairs.per_point(w), around, scale, dtype)
    v = w[:, ::-1]
    close_to(pairs.cross(w, v), np.einsum("is,ij...,js->s...", w, matrix, v), every, dtype)


@pytest.mark.parametrize("name", SPACES)
def test_spaces(engine, name):
    space, w = SPACES[name], weights(N, "float32")
    points = clustered(N) % BOX + space.origin
    options = {"periodic": space.periodic, "backend": engine}
    pairs = MultipolePairs(points, space.boxsize, EDGES, **options)
    matrix = multipole(EDGES, ELLS).matrix(points, points, space.boxsize, space.periodic)
    matrix = brute_force.without_self(matrix)
    expected = np.einsum("is,ij...,js->s...", w, matrix, w)
    close_to(pairs(w), expected, expected[:, :1], "float32")


def test_between_two_sets(engine, dtype):
    first, second = clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
    second[:2] = first[:2]  # at zero separation
    w, v = weights(N, dtype), weights(N_SECOND, dtype, 1)
    pairs = MultipoleCrossPairs(first, second, BOX, EDGES, backend=engine)
    matrix = multipole(EDGES, ELLS).matrix(first, second, BOX)
    expected = np.einsum("is,ij...,js->s...", w, matrix, v)
    close_to(pairs(w, v), expected, expected[:, :1], dtype)


def test_coincident_points_have_no_mu(engine, dtype):
    points = np.zeros((2, 3)) + 7.0
    found = MultipolePairs(points, 50.0, [0.0, 1.0], backend=engine)(np.ones(2, dtype))
    np.testing.assert_allclose(found[:, 0], [2.0, -1.0, 0.75], rtol=1e-6)
    apart = MultipolePairs(points, 50.0, [1e-3, 1.0], backend=engine)(np.ones(2, dtype))
    np.testing.assert_array_equal(apart, np.zeros((3, 1)))


def test_one_pair_along_each_axis(engine):
    points = np.array([[1.0, 1, 1], [1.0, 1, 3]])
    for axis, mu in ((2, 1.0), (0, 0.0)):
        pairs = MultipolePairs(points, 20.0, [0.5, 5.0], backend=engine, line_of_sight=axis)
        expected = [2 * np.polynomial.legendre.Legendre.basis(ell)(mu) for ell in ELLS]
        np.testing.assert_allclose(pairs(np.ones(2))[:, 0], expected, rtol=1e-6)


def test_unit_weights_count_the_monopole_exactly(engine):
    points = clustered(400, seed=3) % BOX
    found = MultipolePairs(points, BOX, EDGES, backend="auto")(np.ones(400))
    counts = RadialPairs(points, BOX, EDGES)(np.ones(400))
    np.testing.assert_array_equal(found[0], counts)
    with jax.enable_x64(True):
        exact = MultipolePairs(points, BOX, EDGES, backend=engine)(np.ones(400))
    np.testing.assert_array_equal(exact[0], counts)


def test_derivatives_of_every_kind(engine):
    points, others = clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
    with jax.enable_x64(True):
        matrix = multipole(EDGES, ELLS).matrix(points, others, BOX)
        rng = np.random.default_rng(3)
        point = jnp.asarray(rng.random(N)), jnp.asarray(rng.random(N_SECOND))
        slopes = (
            jnp.asarray(rng.standard_normal(N)),
            jnp.asarray(rng.standard_normal(N_SECOND)),
        )
        for memory in ("keep", "recompute"):
            pairs = MultipoleCrossPairs(points, others, BOX, EDGES, backend=engine, memory=memory)

            def ours(u, v, pairs=pairs):
                return jnp.sum(jnp.sin(pairs(u, v) / 50)) + jnp.sum(
                    jnp.sin(pairs.per_point(v)[::7] / 50)
                )

            def dense(u, v):
                around = jnp.einsum("ijlb,j->ilb", matrix, v)
                total = jnp.einsum("i,ilb->lb", u, around)
                return jnp.sum(jnp.sin(total / 50)) + jnp.sum(jnp.sin(around[::7] / 50))

            def derivatives(f):
                gradient = jax.grad(f, (0, 1))
                return jax.jit(
                    lambda *p: (
                        jax.jvp(f, p, slopes),
                        gradient(*p),
                        jax.jvp(gradient, p, slopes),
                        jax.grad(lambda *q: sum(map(jnp.vdot, gradient(*q), slopes)), (0, 1))(*p),
                    )
                )(*point)

            check = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)
            jax.tree.map(check, derivatives(ours), derivatives(dense))


def test_gradients_in_single_precision(engine):
    points, w = clustered(N) % BOX, weights(N, "float32")[:, 0]
    matrix = brute_force.without_self(multipole(EDGES, ELLS).matrix(points, points, BOX))
    expected = 2 * np.einsum("ijlb,j->lbi", matrix, w)
    scale = np.abs(expected[0]).max()
    for memory in ("keep", "recompute"):
        pairs = MultipolePairs(points, BOX, EDGES, backend=engine, memory=memory)
        for jacobian in (jax.jacrev, jax.jacfwd):
            found = jacobian(pairs)(w)
            assert np.abs(found - expected).max() < 2e-5 * scale


def test_the_three_sums_are_one_form(engine):
    with jax.enable_x64(True):
        points, others = clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
        box = Box(np.zeros(3), np.asarray(BOX, float))
        plan = registry[engine]().prepare(points, others, box, Multipole.checked(EDGES, ELLS), None)
        rng = np.random.default_rng(4)
        u, v, c = (jnp.asarray(rng.standard_normal((n, 2))) for n in (N, N_SECOND, plan.n_bin))
        sums = jax.jit(lambda p, v: p.per_point(v))(plan, v)
        same = partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-10)
        same(plan.totals(u, v), jnp.einsum("is,isb->sb", u, sums))
        same(plan.contracted(v, c.T), jnp.einsum("isb,bs->is", sums, c))
        same(jnp.einsum("js,jsb->sb", v, plan.swapped().per_point(u)), plan.totals(u, v))


def mu_edges(n):
    return np.linspace(0, 1, n + 1)


def test_bins_of_mu_tend_to_them(engine):
    """A bin of μ takes ξ as even within it: the difference falls as its width squared."""
    points, w = clustered(600, seed=8) % BOX, weights(600, "float64")[:, 0]
    edges = [2.0, 8.0, 20.0]
    with jax.enable_x64(True):
        exact = stats.multipoles(w, MultipolePairs(points, BOX, edges, backend=engine))
        apart = [
            np.abs(
                stats.multipoles(w, SMuPairs(points, BOX, edges, np.linspace(0, 1, n + 1))) - exact
            )
            for n in (20, 400)
        ]
    assert 0 < apart[0].max() < 0.2 * np.abs(exact).max()
    assert apart[1].max() < 0.02 * apart[0].max()


def test_tables_hold_orders_in_place_of_bins_of_mu(engine, tmp_path):
    with jax.enable_x64(True):
        points = clustered(150, seed=2) % BOX
        mass = np.random.default_rng(1).random(150)
        nodes = Nodes({"mass": np.linspace(0, 1, 5)})
        pairs = MultipolePairs(points, BOX, EDGES[1:], (0, 2), backend=engine)
        table = pairs_module.tabulate(pairs, nodes, {"mass": mass})
        w = np.random.default_rng(2).random((5, 2))
        at_points = np.stack([np.interp(mass, np.linspace(0, 1, 5), c) for c in w.T], 1)
        assert table.plan.counts.shape == (5, 5, 4)
        np.testing.assert_allclose(table(w), pairs(at_points), rtol=1e-11, atol=1e-9)
        found, expected = stats.multipoles(w, table), stats.multipoles(at_points, pairs)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
        table.save(tmp_path / "table.h5")
        loaded = pairs_module.PairTable.load(tmp_path / "table.h5")
        assert loaded.geometry.ells == (0, 2)
        np.testing.assert_array_equal(stats.multipoles(w, loaded), found)


def test_some_of_the_orders():
    points, w = clustered(80) % BOX, np.ones(80)
    pairs = MultipolePairs(points, BOX, EDGES)
    every = stats.multipoles(w, pairs)
    np.testing.assert_array_equal(stats.multipoles(w, pairs, (4, 0)), every[np.array([2, 0])])
    assert pairs.ells == ELLS
    with pytest.raises(HalogradError, match=r"no multipole of order 6: make them with ells="):
        stats.multipoles(w, pairs, (0, 6))
    with pytest.raises(HalogradError, match="averages over pairs with the same bins"):
        stats.multipoles(w, [pairs, MultipolePairs(points, BOX, EDGES, (0, 2))])


@pytest.mark.parametrize("ells", [(0, 1), (1, 3), (-2,), (2.5,), (), 2, ("0",)])
@pytest.mark.parametrize(("of_kind", "n_set"), [(MultipolePairs, 1), (MultipoleCrossPairs, 2)])
def test_orders_that_are_refused(ells, of_kind, n_set):
    with pytest.raises(HalogradError, match="even whole numbers"):
        of_kind(*[np.ones((2, 3))] * n_set, 20.0, [1.0, 2.0], ells)


def test_higher_orders_are_counted_by_the_reference():
    points = clustered(60) % BOX
    pairs = MultipolePairs(points, BOX, EDGES[1:], (0, 6))
    assert pairs.backend == "reference"
    matrix = brute_force.without_self(multipole(EDGES[1:], (0, 6)).matrix(points, points, BOX))
    expected = matrix.sum(axis=(0, 1))
    close_to(pairs(np.ones(60)), expected, expected[:1], "float32")

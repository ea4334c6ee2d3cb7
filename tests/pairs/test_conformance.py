"""What every pair backend has to do, whoever provides it: run over all that are registered.

To hold an engine of another package to it, install that package and run this file.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.pairs import Pairs, Projected, backends
from oracles import brute_force
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import BINNINGS, projected, s_mu

N, N_SECOND = 90, 40
EDGES = [0.0, 0.5, 2.0, 18.0]
BINS = {"projected": projected(EDGES, 15.0), "s_mu": s_mu(EDGES, [0.0, 0.4, 1.0])}


@pytest.fixture(params=backends.registry.names)
def engine(request):
    made = backends.registry[request.param]()
    if made.missing():
        pytest.skip(f"{request.param} {made.missing()}")
    if not made.runs_on("cpu"):
        pytest.skip(f"{request.param} does not run on this machine's processor")
    return made


@pytest.fixture
def binning(engine, binning):
    if not engine.counts_in(binning_geometry(binning)):
        pytest.skip(f"{engine.name} does not count in these bins")
    return binning


def binning_geometry(bins):
    return bins.auto(np.zeros((1, 3)), BOX, **bins.arguments, backend="reference").geometry


def columns(n, dtype, seed=0):
    """Three samples: random weights, mostly zeros, and ones."""
    weights = np.random.default_rng(seed).random((n, 3))
    weights[:, 1] *= np.arange(n) % 3 == 0
    weights[:, 2] = 1.0
    return weights.astype(dtype)


def close(dtype):
    return {"rtol": 2e-6, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-12, "atol": 1e-12}


def test_the_engine_tells_its_name(engine):
    assert type(backends.registry[engine.name]()) is type(engine)
    pairs = Pairs(Projected.checked(EDGES, 15.0), clustered(N) % BOX, boxsize=BOX)
    plan = engine.prepare(*[clustered(N) % BOX] * 2, unit_box(), pairs.geometry, None)
    assert isinstance(plan, backends.Plan)
    assert plan.n_points == (N, N)
    assert plan.n_bin == 3
    assert all(isinstance(leaf, np.ndarray | jax.Array) for leaf in jax.tree.leaves(plan))


def unit_box():
    from halograd.pairs._box import Box

    return Box(np.zeros(3), np.broadcast_to(np.asarray(BOX, float), (3,)))


def test_counts_within_one_set(engine, binning, space, dtype):
    points, w = clustered(N) % BOX + space.origin, columns(N, dtype)
    options = {"periodic": space.periodic, "backend": engine.name}
    pairs = binning.auto(points, space.boxsize, **binning.arguments, **options)
    matrix = binning.matrix(points, points, space.boxsize, space.periodic)
    matrix = brute_force.without_self(matrix)
    assert pairs.backend == engine.name
    counts = pairs(w)
    assert counts.dtype == dtype
    np.testing.assert_allclose(counts, np.einsum("is,ij...,js->s...", w, matrix, w), **close(dtype))
    around = np.einsum("ij...,js->is...", matrix, w)
    np.testing.assert_allclose(pairs.per_point(w), around, **close(dtype))
    v = w[:, ::-1]
    expected = np.einsum("is,ij...,js->s...", w, matrix, v)
    np.testing.assert_allclose(pairs.cross(w, v), expected, **close(dtype))
    if dtype == "float64" or engine.exact_float32_bins:
        np.testing.assert_array_equal(counts[2], matrix.sum(axis=(0, 1)))


def test_counts_between_two_sets(engine, binning, dtype):
    first, second = clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
    second[:2] = first[:2]  # at zero separation
    w, v = columns(N, dtype), columns(N_SECOND, dtype, 1)
    pairs = binning.cross(first, second, BOX, **binning.arguments, backend=engine.name)
    matrix = binning.matrix(first, second, BOX)
    expected = np.einsum("is,ij...,js->s...", w, matrix, v)
    np.testing.assert_allclose(pairs(w, v), expected, **close(dtype))
    around = np.einsum("ij...,js->is...", matrix, v)
    np.testing.assert_allclose(pairs.per_point(v), around, **close(dtype))


def test_sets_without_points(engine):
    some, none = clustered(5) % BOX, np.zeros((0, 3))
    for first, second in ((some, none), (none, some), (none, none)):
        pairs = BINS["projected"].cross(first, second, BOX, EDGES, pi_max=15.0, backend=engine.name)
        counts = pairs(np.ones(len(first)), np.ones(len(second)))
        np.testing.assert_array_equal(counts, np.zeros(3))
        assert pairs.per_point(np.ones(len(second))).shape == (len(first), 3)


@pytest.mark.parametrize("n_edge", [2, 40, 301])
def test_many_bins(engine, n_edge):
    edges, points = np.linspace(0.0, 18.0, n_edge), clustered(N) % BOX
    pairs = BINS["projected"].auto(points, BOX, edges, 15.0, backend=engine.name)
    matrix = brute_force.auto_matrix(points, BOX, edges, 15.0)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(N)), matrix.sum(axis=(0, 1)))


@pytest.fixture(params=BINS)
def two_sets(request, engine):
    """The pairs of two sets with this engine, and their matrix, bins flattened."""
    bins, first, second = BINS[request.param], clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
    with jax.enable_x64(True):
        yield (
            lambda memory: bins.cross(
                first, second, BOX, **bins.arguments, backend=engine.name, memory=memory
            ),
            bins.matrix(first, second, BOX).reshape(N, N_SECOND, -1),
        )


@pytest.mark.parametrize("memory", ["keep", "recompute"])
def test_derivatives_of_every_kind(two_sets, memory):
    make, matrix = two_sets
    rng = np.random.default_rng(3)
    point = jnp.asarray(rng.random(N)), jnp.asarray(rng.random(N_SECOND))
    slopes = jnp.asarray(rng.standard_normal(N)), jnp.asarray(rng.standard_normal(N_SECOND))
    pairs = make(memory)

    def loss(counts):
        return jnp.sum(jnp.sin(counts / 50.0))

    def ours(u, v):
        return loss(pairs(u, v)) + loss(pairs.per_point(v)[::7])

    def dense(u, v):
        around = jnp.einsum("ijb,j->ib", matrix, v)
        bins = pairs.per_point(v).shape[1:]
        return loss(u @ around) + loss(around.reshape(-1, *bins)[::7])

    @partial(jax.jit, static_argnums=0)
    def derivatives(f):
        gradient = jax.grad(f, (0, 1))
        return (
            jax.jvp(f, point, slopes),
            gradient(*point),
            jax.jvp(gradient, point, slopes),
            jax.vmap(gradient)(*(jnp.stack([a, b]) for a, b in zip(point, slopes, strict=True))),
            jax.grad(lambda *p: sum(map(jnp.vdot, gradient(*p), slopes)), (0, 1))(*point),
        )

    check = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)
    jax.tree.map(check, derivatives(ours), derivatives(dense))


def test_the_three_sums_are_one_form(engine):
    with jax.enable_x64(True):
        points, others = clustered(N) % BOX, clustered(N_SECOND, 5) % BOX
        plan = engine.prepare(points, others, unit_box(), Projected.checked(EDGES, 15.0), None)
        rng = np.random.default_rng(4)
        u, v, c = (jnp.asarray(rng.standard_normal((n, 2))) for n in (N, N_SECOND, plan.n_bin))
        sums = jax.jit(lambda p, v: p.per_point(v))(plan, v)
        close_to = partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-10)
        close_to(plan.totals(u, v), jnp.einsum("is,isb->sb", u, sums))
        close_to(plan.contracted(v, c.T), jnp.einsum("isb,bs->is", sums, c))
        turned = plan.swapped()
        assert turned.n_points == (N_SECOND, N)
        close_to(jnp.einsum("js,jsb->sb", v, turned.per_point(u)), plan.totals(u, v))
        if hasattr(plan, "per_point_transpose"):
            cotangent = jnp.asarray(rng.standard_normal(sums.shape))
            expected = jax.linear_transpose(dense_sums(points, others), v)(cotangent)[0]
            close_to(plan.per_point_transpose(cotangent), expected)


def dense_sums(points, others):
    matrix = brute_force.pair_matrix(points, others, BOX, EDGES, 15.0)
    return lambda v: jnp.einsum("ijb,js->isb", matrix, v)


def test_threads_do_not_show(engine, dtype):
    if not engine.threads_keep_bits:
        pytest.skip(f"{engine.name} does not claim it")
    w, found = columns(N, dtype), []
    for threads in (1, 2, None):
        options = {"backend": engine.name, "threads": threads}
        pairs = BINS["s_mu"].auto(
            clustered(N) % BOX, BOX, **BINS["s_mu"].arguments, **options, memory="recompute"
        )
        found.append((pairs(w), jax.grad(lambda w, p=pairs: (p(w) ** 2).sum())(w)))
    for other in found[1:]:
        jax.tree.map(np.testing.assert_array_equal, found[0], other)


def test_tables_in_one_pass(engine):
    """The optional capability: pair counts between nodes, each pair in both orders."""
    rng = np.random.default_rng(6)
    points, nodes, shares = clustered(N) % BOX, rng.integers(0, 5, (N, 2)), rng.random((N, 2))
    pairs = BINNINGS["radial"].auto(
        points, BOX, **BINNINGS["radial"].arguments, backend=engine.name
    )
    counting = pairs.plan.table(nodes, shares, 5)
    if counting is None:
        pytest.skip(f"{engine.name} has no such pass")
    half = np.zeros(counting.shape)
    middle = counting.n_step // 3
    counting.add(0, middle, half)
    counting.add(middle, counting.n_step, half)
    hats = np.zeros((N, 5))
    for column in range(2):
        np.add.at(hats, (np.arange(N), nodes[:, column]), shares[:, column])
    matrix = brute_force.without_self(BINNINGS["radial"].matrix(points, points, BOX))
    expected = np.einsum("ia,ijb,jc->bac", hats, matrix, hats)
    np.testing.assert_allclose(counting.whole(half), expected, rtol=1e-12, atol=1e-12)

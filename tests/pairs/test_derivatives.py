"""Derivatives of the counts in every mode, for both memory policies and all engines."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.pairs import _derivatives, backends
from oracles import brute_force
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import projected, rp_pi, s_mu

N, N_SECOND = 32, 20
EDGES = [0.0, 2.0, 18.0]  # few: the reference engine compiles one product per edge
BINNINGS = {"projected": projected(EDGES, 15.0), "s_mu": s_mu(EDGES, [0.0, 0.6, 1.0])}
RP_PI = rp_pi(EDGES, [0.0, 4.0, 15.0])
CASES = [
    ("native", "projected", "keep"),
    ("native", "s_mu", "keep"),
    ("native", "s_mu", "recompute"),
    ("reference", "projected", "keep"),
    ("reference", "s_mu", "recompute"),
]


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def engine(backend):
    if backend == "native" and not backends.native_available():
        pytest.skip("the compiled pair engine is not installed")
    return backend


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    """Pairs, and their matrix with the bins flattened."""
    backend, name, memory = request.param
    bins, points = BINNINGS[name], clustered(N) % BOX
    options = {"memory": memory, "backend": engine(backend)}
    pairs = bins.auto(points, BOX, **bins.arguments, **options)
    matrix = brute_force.without_self(bins.matrix(points, points, BOX))
    return pairs, matrix.reshape(N, N, -1)


@pytest.fixture(params=CASES, ids="-".join)
def cross_case(request):
    backend, name, memory = request.param
    bins, first, second = BINNINGS[name], clustered(N) % BOX, clustered(N_SECOND, 2) % BOX
    options = {"memory": memory, "backend": engine(backend)}
    pairs = bins.cross(first, second, BOX, **bins.arguments, **options)
    return pairs, bins.matrix(first, second, BOX).reshape(N, N_SECOND, -1)


def vectors(n, number):
    return [jnp.asarray(v) for v in np.random.default_rng(7).standard_normal((number, n))]


def loss(counts):
    """A curved function of the counts, so that second derivatives have every term."""
    return jnp.sum(jnp.sin(counts / 50.0))


def test_jacobians(case):
    pairs, matrix = case
    (w,) = vectors(N, 1)
    expected = 2 * np.einsum("ijb,j->bi", matrix, w)
    for jacobian in (jax.jacfwd, jax.jacrev):
        result = jax.jit(jacobian(pairs))(w).reshape(-1, N)
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-11)


def test_first_and_second_derivatives_along_a_direction(case):
    pairs, matrix = case
    w, v = vectors(N, 2)

    def dense(w):
        return loss(jnp.einsum("i,ijb,j->b", w, matrix, w))

    def ours(w):
        return loss(pairs(w))

    @partial(jax.jit, static_argnums=0)
    def derivatives(f, w, v):
        gradient = jax.grad(f)
        return (
            jax.jvp(f, (w,), (v,)),
            jax.jvp(gradient, (w,), (v,)),
            jax.vmap(gradient)(jnp.stack([w, v])),
            jax.grad(lambda w: jnp.vdot(gradient(w), v))(w),
        )

    found, expected = derivatives(ours, w, v), derivatives(dense, w, v)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-10), found, expected)


def test_gradients_against_finite_differences(case):
    pairs, _ = case
    w, v = (jnp.stack(vectors(N, 4)[k : k + 2], axis=1) for k in (0, 2))
    step = 1e-6

    @jax.jit
    def count(w):
        return loss(pairs(w)) + loss(pairs.cross(w, w**2))

    slope = (count(w + step * v) - count(w - step * v)) / (2 * step)
    np.testing.assert_allclose(jnp.vdot(jax.grad(count)(w), v), slope, rtol=1e-6)
    np.testing.assert_allclose(jax.jvp(count, (w,), (v,))[1], slope, rtol=1e-6)


def test_gradients_in_single_precision(case):
    pairs, matrix = case
    w = np.random.default_rng(7).random(N)
    with jax.enable_x64(False):
        gradient = jax.jit(jax.grad(lambda w: pairs(w).sum()))(jnp.asarray(w, jnp.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, 2 * matrix.sum(axis=2) @ w, rtol=5e-6, atol=1e-4)


def test_counts_of_two_samples(case):
    pairs, matrix = case
    w1, w2, v1, v2 = vectors(N, 4)

    def dense(w1, w2):
        return loss(jnp.einsum("i,ijb,j->b", w1, matrix, w2))

    def ours(w1, w2):
        return loss(pairs.cross(w1, w2))

    check_two_arguments(ours, dense, (w1, w2), (v1, v2))


def test_counts_between_two_sets(cross_case):
    pairs, matrix = cross_case
    (w1, v1), (w2, v2) = vectors(N, 2), vectors(N_SECOND, 2)

    def dense(w1, w2):
        return loss(jnp.einsum("i,ijb,j->b", w1, matrix, w2))

    def ours(w1, w2):
        return loss(pairs(w1, w2))

    check_two_arguments(ours, dense, (w1, w2), (v1, v2))


def check_two_arguments(ours, dense, point, direction):
    @partial(jax.jit, static_argnums=0)
    def derivatives(f, point, direction):
        return (
            jax.grad(f, 0)(*point),
            jax.grad(f, 1)(*point),
            jax.jvp(f, point, direction),
            jax.jvp(jax.grad(f, (0, 1)), point, direction),
        )

    found, expected = (derivatives(f, point, direction) for f in (ours, dense))
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9), found, expected)


def test_sums_around_points(case):
    check_sums(*case)


def test_sums_around_points_of_another_set(cross_case):
    check_sums(*cross_case)


def check_sums(pairs, matrix):
    (w,) = vectors(matrix.shape[1], 1)
    found = jax.jit(jax.grad(lambda w: loss(pairs.per_point(w))))(w)
    expected = jax.grad(lambda w: loss(jnp.einsum("ijb,j->ib", matrix, w)))(w)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


def held_by_reverse_mode(backend, memory, n_pi):
    """Bytes between the value and the gradient."""
    points, pi_edges = clustered(N) % BOX, np.linspace(0.0, 15.0, n_pi + 1)
    (w,) = vectors(N, 1)
    pairs = RP_PI.auto(points, BOX, EDGES, pi_edges, memory=memory, backend=backend)
    pull_back = jax.eval_shape(lambda w: jax.vjp(pairs, w)[1], w)
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(pull_back))


def test_sums_are_held_for_the_gradient_only_where_asked(backend):
    sums_of_one_bin = N * 2 * 8
    for memory, at_least, at_most in (("keep", 20, np.inf), ("recompute", 0, 1)):
        few, many = (held_by_reverse_mode(backend, memory, n_pi) for n_pi in (2, 22))
        assert at_least * sums_of_one_bin <= many - few <= at_most * sums_of_one_bin


def test_auto_keeps_what_is_small(backend, monkeypatch):
    kept, held = (held_by_reverse_mode(backend, memory, 5) for memory in ("keep", "recompute"))
    assert held_by_reverse_mode(backend, "auto", 5) == kept
    monkeypatch.setattr(_derivatives, "_KEPT_BYTES", 1000)
    assert held_by_reverse_mode(backend, "auto", 5) == held


def test_the_plan_functions_are_one_linear_map(case):
    """totals and contracted are per_point, summed one way and the other."""
    pairs, _ = case
    plan, (w, v) = pairs.plan.plan, vectors(N, 2)
    first, second = w[:, None], v[:, None]
    sums = plan.per_point(second)
    cotangent = jnp.cos(jnp.arange(sums.shape[-1]))[None]
    np.testing.assert_allclose(
        plan.totals(first, second), jnp.einsum("is,isb->sb", first, sums), rtol=1e-11, atol=1e-10
    )
    np.testing.assert_allclose(
        plan.contracted(second, cotangent),
        jnp.einsum("isb,sb->is", sums, cotangent),
        rtol=1e-11,
        atol=1e-10,
    )

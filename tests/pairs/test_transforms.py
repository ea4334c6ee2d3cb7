"""Counts under jit, scan and vmap over weights; derivatives are in test_derivatives.py."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.pairs import backends
from oracles import brute_force
from oracles.clustered_points import BOX, clustered
from oracles.pair_cases import rp_pi

N = 32
BINS = rp_pi([0.0, 2.0, 18.0], [0.0, 15.0])
CASES = [("native", "keep"), ("native", "recompute"), ("reference", "keep")]


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    """Pairs and their matrix (N, N, n_bin)."""
    backend, memory = request.param
    if backend == "native" and not backends.native_available():
        pytest.skip("the compiled pair engine is not installed")
    points = clustered(N) % BOX
    pairs = BINS.auto(points, BOX, **BINS.arguments, backend=backend, memory=memory)
    matrix = brute_force.without_self(BINS.matrix(points, points, BOX))
    return pairs, matrix.reshape(N, N, -1)


def counts_of(matrix, first, second):
    """Of weights (..., N): (..., n_bin)."""
    return np.einsum("...i,ijb,...j->...b", first, matrix, second)


def random(*shape):
    return jnp.asarray(np.random.default_rng(8).standard_normal(shape))


def assert_close(found, expected):
    np.testing.assert_allclose(np.reshape(found, expected.shape), expected, rtol=1e-11, atol=1e-10)


def test_weights_may_change_without_tracing_again(case):
    pairs, matrix = case
    traces = []

    @jax.jit
    def value_and_gradient(pairs, w):
        traces.append(1)
        return jax.value_and_grad(lambda w: pairs(w).sum())(w)

    for scale in (1.0, 2.0):
        w = scale * random(N)
        value, gradient = value_and_gradient(pairs, w)
        assert_close(value, counts_of(matrix, w, w).sum())
        assert_close(gradient, 2 * matrix.sum(axis=2) @ np.array(w))
    assert len(traces) == 1


def test_scan(case):
    pairs, matrix = case
    stack = random(3, N)
    _, counts = jax.lax.scan(lambda carry, w: (carry, pairs(w)), 0, stack)
    assert_close(counts, counts_of(matrix, stack, stack))


@pytest.mark.parametrize(("in_axis", "out_axis"), [(0, 0), (1, -1)])
def test_vmap_over_one_sample(case, in_axis, out_axis):
    pairs, matrix = case
    stack = random(3, N)
    batch = jax.vmap(pairs, in_axes=in_axis, out_axes=out_axis)
    counts = batch(jnp.moveaxis(stack, 0, in_axis))
    assert_close(jnp.moveaxis(counts, out_axis, 0), counts_of(matrix, stack, stack))


@pytest.mark.parametrize("in_axis", [0, 1, 2])
def test_vmap_over_several_samples(case, in_axis):
    """The samples of a batch stay apart, wherever its axis stands."""
    pairs, matrix = case
    stack = random(3, N, 2)
    moved = jnp.moveaxis(stack, 0, in_axis)
    samples = jnp.swapaxes(stack, 1, 2)
    counts = jax.vmap(pairs, in_axes=in_axis)(moved)
    assert_close(counts, counts_of(matrix, samples, samples))
    sums = jax.vmap(pairs.per_point, in_axes=in_axis, out_axes=1)(moved)
    assert_close(sums, np.einsum("ijb,kjs->iksb", matrix, stack))


def test_vmap_over_one_of_two_weights(case):
    pairs, matrix = case
    one, stack = random(N), random(4, N)
    counts = jax.vmap(pairs.cross, in_axes=(None, 0))(one, stack)
    assert_close(counts, counts_of(matrix, np.broadcast_to(one, stack.shape), stack))
    counts = jax.vmap(pairs.cross, in_axes=(0, None))(stack, one)
    assert_close(counts, counts_of(matrix, stack, np.broadcast_to(one, stack.shape)))


def test_nested_vmap_of_gradients(case):
    pairs, matrix = case
    stack = random(2, 3, N)
    gradients = jax.vmap(jax.vmap(jax.grad(lambda w: pairs(w).sum())))(stack)
    assert_close(gradients, 2 * np.einsum("ijk,abj->abi", matrix, stack))

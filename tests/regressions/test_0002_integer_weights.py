"""64-bit integers used to wrap to 32 bits: weights of 2^32 counted as 0, of 3e9 as negative."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from halograd import stats
from halograd.pairs import ProjectedPairs
from oracles import brute_force

POINTS = np.random.default_rng(5).random((12, 3)) * 30
EDGES = [0.5, 4.0, 14.0]
PAIRS = ProjectedPairs(POINTS, 30.0, EDGES, 10.0)
MATRIX = brute_force.auto_matrix(POINTS, 30.0, EDGES, 10.0)


@pytest.mark.parametrize("number", [2**32, 3_000_000_000, 2**31, 2**40 + 1, -(2**33)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64, ">i8", float])
def test_large_weights(number, dtype):
    if dtype is np.uint64:
        number = abs(number)
    weights = np.full(12, number).astype(dtype)
    expected = MATRIX.sum((0, 1)) * float(number) ** 2
    np.testing.assert_allclose(PAIRS(weights), expected, rtol=1e-6)
    np.testing.assert_allclose(PAIRS.cross(weights, weights), expected, rtol=1e-6)
    np.testing.assert_allclose(stats.number_density(weights, 2), 6.0 * number, rtol=1e-6)
    np.testing.assert_allclose(stats.number_density(weights, 2**40), 12 * number / 2**40, rtol=1e-6)


@settings(max_examples=50, deadline=None)
@given(arrays(st.sampled_from([np.int64, np.uint64, np.int32, np.uint8]), 12))
def test_any_whole_weights(weights):
    weights = weights // 64  # products of the largest would leave float32
    exact = weights.astype(float)
    expected = np.einsum("i,ijk,j->k", exact, MATRIX, exact)
    scale = np.einsum("i,ijk,j->k", abs(exact), MATRIX, abs(exact))
    assert (np.abs(np.asarray(PAIRS(weights)) - expected) <= 3e-6 * scale).all()
    density = np.asarray(stats.number_density(weights, 1.0))
    assert abs(density - exact.sum()) <= 3e-6 * abs(exact).sum()


def test_exact_in_float64():
    with jax.enable_x64(True):
        counts = PAIRS(np.full(12, 2**20))
        np.testing.assert_array_equal(counts, MATRIX.sum((0, 1)) * 2.0**40)

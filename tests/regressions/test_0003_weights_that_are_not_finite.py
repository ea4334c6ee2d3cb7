"""NaN and infinite weights used to spread over bins in which they have no pair."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd import stats
from halograd.errors import HalogradError
from halograd.pairs import ProjectedCrossPairs, ProjectedPairs, backends
from oracles import brute_force

POINTS = np.random.default_rng(6).random((40, 3)) * 30
EDGES = [0.5, 2.0, 6.0]
BAD = 7


@pytest.fixture(params=["native", "reference"])
def backend(request):
    if request.param == "native" and not backends.native_available():
        pytest.skip("the compiled pair engine is not installed")
    return request.param


def spoilt(value, n_sample=None):
    weights = np.ones(40 if n_sample is None else (40, n_sample), np.float32)
    weights[(BAD,) if n_sample is None else (BAD, 0)] = value
    return weights


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("hold", [np.asarray, jnp.asarray, np.ndarray.tolist])
@pytest.mark.parametrize("n_sample", [None, 2])
def test_known_ones_are_refused(value, hold, n_sample, backend):
    weights, ones = hold(spoilt(value, n_sample)), np.ones_like(spoilt(1.0, n_sample))
    pairs = ProjectedPairs(POINTS, 30.0, EDGES, 5.0, backend=backend)
    two = ProjectedCrossPairs(POINTS, POINTS, 30.0, EDGES, backend=backend)
    calls = [
        lambda: pairs(weights),
        lambda: pairs.cross(ones, weights),
        lambda: pairs.per_point(weights),
        lambda: two(weights, ones),
        lambda: two(ones, weights),
        lambda: two.per_point(weights),
        lambda: stats.number_density(weights, 1.0),
        lambda: stats.wp(weights, pairs),
        lambda: stats.delta_sigma(weights, np.ones((40, 3))),
        lambda: stats.empty_samples(weights),
        lambda: stats.pairless_samples(weights),
        lambda: jax.jit(lambda other: pairs(weights) + pairs(other))(ones),
    ]
    for call in calls:
        with pytest.raises(HalogradError, match=r"must be finite, but 1 of .* first at index .7"):
            call()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_traced_ones_never_give_a_wrong_number(value, backend):
    pairs = ProjectedPairs(POINTS, 30.0, EDGES, 5.0, backend=backend)
    two = ProjectedCrossPairs(POINTS, POINTS, 30.0, EDGES, backend=backend)
    matrix = brute_force.auto_matrix(POINTS, 30.0, EDGES, 5.0)
    between = brute_force.pair_matrix(POINTS, POINTS, 30.0, EDGES)
    ones = jnp.ones(40)
    results = {
        "auto": (jax.jit(lambda w: pairs(w))(spoilt(value)), matrix),
        "cross": (jax.jit(lambda w: pairs.cross(ones, w))(spoilt(value)), matrix),
        "two sets": (jax.jit(lambda w: two(ones, w))(spoilt(value)), between),
    }
    for counts, separated in results.values():
        counts, has_pair = np.asarray(counts), separated[:, BAD].any(axis=0)
        assert not np.isfinite(counts[has_pair]).any()
        right = np.isclose(counts, separated.sum((0, 1)))
        assert (right | ~np.isfinite(counts)).all()
    sums = np.asarray(jax.jit(lambda w: pairs.per_point(w))(spoilt(value)))
    assert not np.isfinite(sums[matrix[:, BAD] > 0]).any()
    other = jax.jit(lambda w: pairs(w))(spoilt(value, 2))[1]
    np.testing.assert_allclose(other, matrix.sum((0, 1)), rtol=1e-6)


def test_beyond_float32():
    pairs = ProjectedPairs(POINTS, 30.0, EDGES, 5.0)
    with pytest.raises(HalogradError, match="range of float32"):
        pairs(np.full(40, 1e39))
    with jax.enable_x64(True):
        assert np.isfinite(pairs(np.full(40, 1e39))).all()

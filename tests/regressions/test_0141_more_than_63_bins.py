"""The compiled engine refused more than 63 bins of separation."""

import numpy as np
import pytest

from halograd.pairs import MultipolePairs, ProjectedPairs, RadialPairs, backends
from oracles import brute_force
from oracles.clustered_points import BOX, clustered

EDGES = np.linspace(0.0, 20.0, 3001)


@pytest.mark.skipif(not backends.native_available(), reason="the compiled engine is missing")
@pytest.mark.parametrize("of_kind", [RadialPairs, ProjectedPairs, MultipolePairs])
def test_thousands_of_bins(of_kind):
    points = clustered(80) % BOX
    further = {"pi_max": 15.0} if of_kind is ProjectedPairs else {}
    pairs = of_kind(points, BOX, EDGES, **further, backend="native")
    apart = brute_force.axis_separations(points, points, BOX)
    is_projected = of_kind is ProjectedPairs
    sight = [0.0, 15.0 if is_projected else 1.0]
    matrix = brute_force.bin_matrix(apart, EDGES, sight, is_projected=is_projected)[..., 0]
    counts = np.asarray(pairs(np.ones(80)))
    expected = brute_force.without_self(matrix).sum(axis=(0, 1))
    np.testing.assert_array_equal(counts[0] if of_kind is MultipolePairs else counts, expected)

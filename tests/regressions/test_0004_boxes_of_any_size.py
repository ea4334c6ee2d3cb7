"""Squares of separations used to leave float32 in tiny and huge boxes, and in tiny bins."""

import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import ProjectedPairs, RadialPairs, RpPiPairs, SMuPairs, backends
from oracles import brute_force

UNIT = np.random.default_rng(7).random((150, 3))
EDGES = np.array([0.0, 0.05, 0.1, 0.3])


@pytest.fixture(params=["native", "reference"])
def backend(request):
    if request.param == "native" and not backends.native_available():
        pytest.skip("the compiled pair engine is not installed")
    return request.param


@pytest.mark.parametrize("side", [2e-9, 1e-6, 1.0, 1e6, 5e11])
@pytest.mark.parametrize("periodic", [True, False])
def test_sizes_that_are_counted(side, periodic, backend):
    boxsize = side if periodic else None
    points, edges = UNIT * side, EDGES * side
    pairs = ProjectedPairs(points, boxsize, edges, 0.4 * side, backend=backend, periodic=periodic)
    apart = brute_force.axis_separations(points, points, boxsize, periodic)
    matrix = brute_force.bin_matrix(apart, edges, [0.0, 0.4 * side], is_projected=True)[..., 0]
    expected = brute_force.without_self(matrix).sum((0, 1))
    np.testing.assert_allclose(pairs(np.ones(150)), expected, rtol=1e-6)


@pytest.mark.parametrize("side", [1e-150, 1e-21, 1e-10, 2e12, 1e20, 1e150])
def test_sizes_that_are_not(side, backend):
    with pytest.raises(HalogradError, match=r"sides from 1e-09 to 1e\+12 Mpc/h"):
        ProjectedPairs(UNIT * side, side, EDGES * side, 0.4 * side, backend=backend)
    with pytest.raises(HalogradError, match=r"sides from 1e-09 to 1e\+12 Mpc/h"):
        RadialPairs(UNIT * side, None, EDGES * side, periodic=False, backend=backend)
    thin = [side, 1.0, 1.0] if side < 1 else [1.0, 1.0, side]
    with pytest.raises(HalogradError, match=r"sides from 1e-09"):
        RadialPairs(UNIT * np.minimum(thin, 1.0), thin, [0.0, 0.4 * min(thin)], backend=backend)


@pytest.mark.parametrize("edge", [1e-30, 1e-150, 1e-300])
def test_bins_too_small(edge, backend):
    points = UNIT * 250
    for make in (
        lambda: ProjectedPairs(points, 250.0, [0.0, edge], 40.0, backend=backend),
        lambda: ProjectedPairs(points, 250.0, [0.0, 1.0], edge, backend=backend),
        lambda: RadialPairs(points, 250.0, [0.0, edge, 1.0], backend=backend),
        lambda: RpPiPairs(points, 250.0, [0.0, 1.0], [0.0, edge], backend=backend),
        lambda: SMuPairs(points, 250.0, [0.0, 1.0], [0.0, edge, 1.0], backend=backend),
    ):
        with pytest.raises(HalogradError, match=f"at least 1e-15 .* got {edge:g}"):
            make()


@pytest.mark.parametrize("edge", [1e-15, 1e-9])
def test_the_smallest_bins_hold_coincident_points_only(edge, backend):
    points = np.vstack([UNIT, UNIT[:3]]) * 250
    weights = np.linspace(1.0, 2.0, 153)
    expected = 2 * (weights[:3] * weights[150:]).sum()
    pairs = RadialPairs(points, 250.0, [0.0, edge], backend=backend)
    np.testing.assert_allclose(pairs(weights), [expected], rtol=1e-5)
    mu = SMuPairs(points, 250.0, [0.0, 1e-6], [0.0, edge], backend=backend)
    np.testing.assert_allclose(mu(weights), [[expected]], rtol=1e-5)

"""Corrfunc's own mock galaxies: counts of a random subset against brute force."""

import jax
import numpy as np
import pytest

from halograd.pairs import ProjectedPairs, RadialPairs, RpPiPairs, backends
from oracles import brute_force

BOX, PI_MAX = 420.0, 40.0


def read_fast_food(path):
    """Positions from the framed binary blocks: two headers, a float, then x, y, z."""
    blocks, raw = [], path.read_bytes()
    start = 0
    while start < len(raw):
        size = int(np.frombuffer(raw, np.int32, 1, start)[0])
        blocks.append(raw[start + 4 : start + 4 + size])
        start += size + 8
    return np.stack([np.frombuffer(block, np.float32) for block in blocks[3:6]], axis=1)


def bins(folder):
    low, high = np.loadtxt(folder / "bins").T
    return np.append(low, high[-1])


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "pair_counts"


@pytest.fixture(scope="module")
def catalogue(folder):
    """All the galaxies, in [0, L)."""
    positions = read_fast_food(folder / "gals_Mr19.ff").astype(np.float64)
    assert len(positions) == 1_235_904
    return positions % BOX


@pytest.fixture(scope="module")
def subset(catalogue):
    return catalogue[np.random.default_rng(0).choice(len(catalogue), 15_000, replace=False)]


def check_unit_counts(pairs, expected):
    n = pairs.n_points
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(n)), expected)
    np.testing.assert_allclose(pairs(np.ones(n, np.float32)), expected, rtol=2e-6)


def test_projected_counts_of_a_subset(folder, subset):
    edges = bins(folder)
    expected = brute_force.unit_counts(subset, BOX, edges, PI_MAX)
    check_unit_counts(ProjectedPairs(subset, BOX, edges, PI_MAX), expected)


def test_rp_pi_counts_of_a_subset(folder, subset):
    edges, pi_edges = bins(folder)[:8], np.arange(PI_MAX + 1)
    expected = brute_force.unit_counts_2d(subset, BOX, edges, pi_edges, is_projected=True)
    check_unit_counts(RpPiPairs(subset, BOX, edges, pi_edges), expected)


def test_radial_counts_of_a_subset(folder, subset):
    edges = bins(folder)
    expected = brute_force.unit_counts_2d(subset, BOX, edges, [0.0, 1.0], is_projected=False)
    check_unit_counts(RadialPairs(subset, BOX, edges), expected[:, 0])


@pytest.mark.slow
def test_every_stored_projected_count(folder, catalogue):
    stored = np.loadtxt(folder / "Mr19_wp")[:, 4]
    check_unit_counts(ProjectedPairs(catalogue, BOX, bins(folder), PI_MAX), stored)


needs_native = pytest.mark.skipif(
    not backends.native_available(), reason="minutes without the compiled pair engine"
)


@pytest.mark.slow
@needs_native
def test_every_stored_rp_pi_count(folder, catalogue):
    stored = np.loadtxt(folder / "Mr19_DDrppi_periodic")[:, 0].reshape(14, 40)
    pi_edges = np.arange(PI_MAX + 1)
    check_unit_counts(RpPiPairs(catalogue, BOX, bins(folder), pi_edges), stored)


@pytest.mark.slow
@needs_native
def test_every_stored_radial_count(folder, catalogue):
    stored = np.loadtxt(folder / "Mr19_DD_periodic")[:, 0]
    check_unit_counts(RadialPairs(catalogue, BOX, bins(folder)), stored)

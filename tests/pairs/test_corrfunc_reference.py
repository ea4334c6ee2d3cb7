"""Corrfunc's own mock galaxies: counts of a random subset against brute force."""

import jax
import numpy as np
import pytest

from halograd.pairs import ProjectedPairs
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


def test_unit_counts_of_a_subset_equal_brute_force(shared_data):
    n = 50_000
    folder = shared_data / "pair_counts"
    positions = read_fast_food(folder / "gals_Mr19.ff").astype(np.float64)
    assert len(positions) == 1_235_904
    chosen = np.random.default_rng(0).choice(len(positions), n, replace=False)
    positions = positions[chosen] % BOX
    low, high = np.loadtxt(folder / "bins").T
    edges = np.append(low, high[-1])
    expected = brute_force.unit_counts(positions, BOX, edges, PI_MAX)
    pairs = ProjectedPairs(positions, BOX, edges, PI_MAX)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(n)), expected)
    np.testing.assert_allclose(pairs(np.ones(n, np.float32)), expected, rtol=2e-6)


@pytest.mark.slow
def test_every_stored_count_of_the_whole_catalogue(shared_data):
    folder = shared_data / "pair_counts"
    positions = read_fast_food(folder / "gals_Mr19.ff").astype(np.float64) % BOX
    low, high = np.loadtxt(folder / "bins").T
    stored = np.loadtxt(folder / "Mr19_wp")[:, 4]
    pairs = ProjectedPairs(positions, BOX, np.append(low, high[-1]), PI_MAX)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(pairs(np.ones(len(positions))), stored)
    np.testing.assert_allclose(pairs(np.ones(len(positions), np.float32)), stored, rtol=2e-6)

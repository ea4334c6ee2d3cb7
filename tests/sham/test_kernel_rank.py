"""Smooth ranks against those of a sorted array."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.sham.kernel_rank import RankGrid


@pytest.fixture(scope="module")
def values():
    return 12.0 + np.random.default_rng(2).exponential(0.4, 20_000)


def ranks_of(values, n_cell=1000):
    grid = RankGrid.spanning(11.9, 18.0, n_cell)
    return np.asarray(grid.ranks(values, grid.counts(values)))


def test_ranks_are_those_of_a_sorted_array(values):
    with jax.enable_x64(True):
        found = ranks_of(values)
    exact = np.empty(len(values))
    exact[np.argsort(-values)] = np.arange(len(values)) + 0.5
    scale = np.sqrt(exact)  # a cell holds a small part of the Poisson noise
    assert np.abs((found - exact) / scale).max() < 2
    # any smooth function of the ranks has the sum that it has over exact ones
    for power in (0.5, 1.0, -0.5):
        assert (found**power).sum() == pytest.approx((exact**power).sum(), rel=2e-4)
    assert found.sum() == pytest.approx(exact.sum(), rel=1e-12)


def test_equal_halos_share_a_rank_and_those_apart_are_exact():
    with jax.enable_x64(True):
        found = ranks_of(np.array([17.0, 13.0, 13.0, 12.0]))
    np.testing.assert_allclose(found, [0.5, 2.0, 2.0, 3.5], rtol=1e-12)


@pytest.mark.slow
def test_what_one_halo_gains_another_loses(values):
    with jax.enable_x64(True):
        at = jnp.asarray(values[:500])
        grid = RankGrid.spanning(11.9, 18.0, 300)
        jacobian = jax.jacfwd(lambda v: grid.ranks(v, grid.counts(v)))(at)
        np.testing.assert_allclose(jacobian.sum(axis=0), 0.0, atol=1e-9)
        step = 1e-6
        moved = at.at[7].add(step), at.at[7].add(-step)
        up, down = (grid.ranks(v, grid.counts(v)) for v in moved)
        np.testing.assert_allclose(jacobian[:, 7], (up - down) / (2 * step), rtol=1e-5, atol=1e-6)


def test_values_beyond_the_grid_count_at_its_ends():
    grid = RankGrid.spanning(0.0, 1.0, 64)
    values = jnp.array([-5.0, 0.5, 9.0])
    ranks = grid.ranks(values, grid.counts(values))
    np.testing.assert_allclose(ranks, [2.5, 1.5, 0.5], rtol=1e-6)
    with pytest.raises(HalogradError, match="differs between them"):
        RankGrid.spanning(1.0, 1.0, 64)

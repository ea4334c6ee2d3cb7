"""A geometry of one's own: one class, counted by the reference engine and known to statistics."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from halograd.errors import HalogradError
from halograd.pairs import AutoPairs, CrossPairs, Geometry, PairTable, ShellBins
from halograd.stats.overdensity import overdensity
from oracles import brute_force
from oracles.clustered_points import BOX, clustered

N = 120


class CubeBins(Geometry):
    """Bins of the largest of |dx|, |dy| and |dz|, and its moments of order 0 and 2 in dz / it."""

    kind: ClassVar[str] = "cube, moment"
    separation: ClassVar[str] = "cube"
    pair_classes: ClassVar[tuple[str, ...]] = ("CubePairs",)
    edge_names: ClassVar[tuple[str, ...]] = ("cube_edges",)

    @classmethod
    def of(cls, edges):
        return cls(np.asarray(edges, float), np.array([0.0, 1.0, 2.0]))

    @property
    def cube_edges(self):
        return self.edges

    @property
    def reach(self):
        return np.full(3, self.edges[-1])

    def check_fits(self, half):
        if self.edges[-1] > half.min():
            raise HalogradError("cubes exceed half the box")

    @staticmethod
    def distance(apart):
        return np.abs(apart).max(axis=-1)

    @staticmethod
    def coordinates(apart):
        largest = jnp.abs(apart).max(axis=0)
        return largest**2, jnp.abs(apart[2]) / jnp.maximum(largest, 1e-30)

    def factor_parameters(self):
        return (np.array([0.0, 2.0]),)

    @staticmethod
    def factor(second, order):
        return second**order

    def arranged(self, counts):
        """Moments first: (..., n_bin) -> (..., 2, n_cube)."""
        return counts.reshape(*counts.shape[:-1], *self.shape).swapaxes(-1, -2)

    def bin_volumes(self, depth):
        """|dz| is the largest in a third of a cube, and uniform up to the largest in the rest."""
        whole = np.diff(self.edges**3) * 8
        return np.stack([whole, whole * (1 / 3 + 2 / 3 / 3)])


def matrix(first, second):
    apart = brute_force.axis_separations(first, second, BOX)
    largest = apart.max(axis=-1)
    inside = (largest[..., None] >= EDGES[:-1]) & (largest[..., None] < EDGES[1:])
    moment = np.stack([np.ones_like(largest), (apart[..., 2] / np.maximum(largest, 1e-30)) ** 2])
    return np.einsum("ijb,mij->ijmb", inside, moment)


EDGES = np.array([0.0, 1.0, 5.0, 17.0])


@pytest.fixture
def points():
    return clustered(N) % BOX


def test_counts_and_gradients(points):
    pairs = AutoPairs(CubeBins.of(EDGES), points, boxsize=BOX)
    assert pairs.backend == "reference"  # what the native engine cannot do is no reason to fail
    np.testing.assert_array_equal(pairs.cube_edges, EDGES)
    weights = np.random.default_rng(0).random(N)
    full = brute_force.without_self(matrix(points, points))
    with jax.enable_x64(True):
        counts = pairs(weights)
        assert counts.shape == (2, 3)
        expected = np.einsum("i,ijmb,j->mb", weights, full, weights)
        np.testing.assert_allclose(counts, expected, rtol=1e-12)
        slope = jax.grad(lambda w: pairs(w)[1, 2])(weights)
        np.testing.assert_allclose(slope, 2 * full[:, :, 1, 2] @ weights, rtol=1e-11)


def test_pairs_between_sets(points):
    others = clustered(50, 3) % BOX
    pairs = CrossPairs(CubeBins.of(EDGES), points, others, boxsize=BOX)
    with jax.enable_x64(True):
        found = pairs(np.ones(N), np.ones(50))
        np.testing.assert_allclose(found, matrix(points, others).sum(axis=(0, 1)), rtol=1e-12)


def test_statistics_take_its_random_pairs(points):
    pairs = AutoPairs(CubeBins.of(EDGES), points, boxsize=BOX)
    with jax.enable_x64(True):
        excess = overdensity(np.ones(N), pairs, None)
        random = N * (N - 1) * 8 * np.diff(EDGES**3) / np.prod(np.broadcast_to(BOX, 3))
        np.testing.assert_allclose(excess[0], pairs(np.ones(N))[0] / random - 1, rtol=1e-12)


def test_what_an_engine_cannot_count_is_refused(points):
    with pytest.raises(HalogradError, match="'native' does not count in bins of cube, moment"):
        AutoPairs(CubeBins.of(EDGES), points, boxsize=BOX, backend="native")
    with pytest.raises(HalogradError, match="cubes exceed"):
        AutoPairs(CubeBins.of([0.0, 100.0]), points, boxsize=BOX)


def test_unknown_edges_are_no_attributes(points):
    pairs = AutoPairs(CubeBins.of(EDGES), points, boxsize=BOX)
    with pytest.raises(AttributeError, match="'AutoPairs' object has no attribute 'rp_edges'"):
        _ = pairs.rp_edges
    assert "cube_edges" in dir(pairs)
    assert not hasattr(PairTable, "rp_edges")


def test_a_closed_last_edge_of_mu():
    geometry = ShellBins(EDGES, np.array([0.0, 0.5, 1.0]))
    _, high = geometry.factor_parameters()
    np.testing.assert_array_equal(high, [0.5, np.inf])
    np.testing.assert_array_equal(geometry.line_of_sight_edges, [0.0, 0.5, 1.0])


class MuMoments(ShellBins):
    """Shells in which pairs count with powers of mu rather than in bins of it."""

    pair_classes: ClassVar[tuple[str, ...]] = ("MuMomentPairs",)
    edge_names: ClassVar[tuple[str, ...]] = ()

    def factor_parameters(self):
        return (np.array([0.0, 2.0]),)

    @staticmethod
    def factor(mu, power):
        return mu**power


def test_a_known_form_with_another_factor_is_not_counted_as_that_form(points):
    bins = MuMoments(EDGES, np.array([0.0, 0.5, 1.0]))
    pairs = AutoPairs(bins, points, boxsize=BOX)
    assert pairs.backend == "reference"
    apart = brute_force.axis_separations(points, points, BOX)
    r = np.sqrt((apart**2).sum(axis=-1))
    mu = np.divide(apart[..., 2], r, out=np.zeros_like(r), where=r > 0)
    inside = brute_force.without_self((r >= 5.0) & (r < 17.0))
    with jax.enable_x64(True):
        found = pairs(np.ones(N))[2]
    np.testing.assert_allclose(found, [inside.sum(), (inside * mu**2).sum()], rtol=1e-12)
    with pytest.raises(HalogradError, match="'native' does not count"):
        AutoPairs(bins, points, boxsize=BOX, backend="native")

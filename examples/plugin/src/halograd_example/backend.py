"""A pair backend that finds every pair once, with a k-d tree: simple, for few points."""

import equinox as eqx
import jax
import numpy as np
from scipy.spatial import cKDTree

from halograd.pairs.backends import Backend, SumsAroundPoints


class ByTree(Backend):
    """All pairs within a finite reach, listed when pairs are made."""

    name = "by-tree"

    def prepare(self, first, second, box, geometry, threads):
        """The pairs, and what each adds to every bin."""
        sets = [(points - box.origin) % box.sides for points in (first, second)]
        trees = [cKDTree(points, boxsize=box.sides) for points in sets]
        near = trees[0].query_ball_tree(trees[1], np.linalg.norm(geometry.reach))
        i = np.repeat(np.arange(len(first)), [len(found) for found in near])
        j = np.array([one for found in near for one in found], int)
        apart = sets[0][i] - sets[1][j]
        apart -= box.sides * np.round(apart / box.sides)
        place = np.searchsorted(geometry.edges, geometry.distance(apart), "right") - 1
        along = np.asarray(geometry.coordinates(apart.T)[1])
        second_bins = zip(*geometry.factor_parameters(), strict=True)
        factors = np.stack([geometry.factor(along, *bin) for bin in second_bins], axis=1)
        inside = np.arange(geometry.shape[0]) == place[:, None]
        values = (inside[:, :, None] * factors[:, None, :]).reshape(len(i), geometry.n_bin)
        return TreePlan(i, j, values.astype(float), (len(first), len(second)))


class TreePlan(SumsAroundPoints):
    """Pairs ij, and what each adds to every bin."""

    i: np.ndarray
    j: np.ndarray
    values: np.ndarray
    n_points: tuple[int, int] = eqx.field(static=True)
    platforms = None
    n_bin = property(lambda self: self.values.shape[1])

    def per_point(self, second):
        """S_i = sum_j w_j [ij in bin]."""
        terms = second[self.j][:, :, None] * self.values.astype(second.dtype)[:, None, :]
        return jax.ops.segment_sum(terms, self.i, self.n_points[0])

    def swapped(self):
        """The plan with the two sets in each other's place."""
        return TreePlan(self.j, self.i, self.values, self.n_points[::-1])

"""A pair backend that finds every pair once, with a k-d tree: simple, for few points."""

import equinox as eqx
import jax
import numpy as np
from scipy.spatial import cKDTree

from halograd.pairs.backends import Backend


class ByTree(Backend):
    """All pairs within reach, listed when pairs are made."""

    name = "by-tree"

    def counts_in(self, geometry):
        """Whether pairs do not reach through the whole box."""
        return bool(np.isfinite(geometry.reach).all())

    def prepare(self, first, second, box, geometry, threads):
        """The pairs and the bin of each."""
        sets = [(points - box.origin) % box.sides for points in (first, second)]
        trees = [cKDTree(points, boxsize=box.sides) for points in sets]
        near = trees[0].query_ball_tree(trees[1], np.linalg.norm(geometry.reach))
        i = np.repeat(np.arange(len(first)), [len(found) for found in near])
        j = np.concatenate([np.asarray(found, int) for found in near] or [np.zeros(0, int)])
        apart = sets[0][i] - sets[1][j]
        apart -= box.sides * np.round(apart / box.sides)
        place = np.searchsorted(geometry.edges, geometry.distance(apart), "right") - 1
        inside = np.arange(geometry.shape[0]) == place[:, None]
        along = np.asarray(geometry.coordinates(apart.T)[1])
        factors = [
            geometry.factor(along, *p) for p in zip(*geometry.factor_parameters(), strict=True)
        ]
        values = inside[:, :, None] * np.stack(factors, axis=1)[:, None, :]
        return TreePlan(
            i, j, values.reshape(len(i), geometry.n_bin).astype(float), len(first), len(second)
        )


class TreePlan(eqx.Module):
    """Pairs ij, and what each adds to every bin."""

    i: np.ndarray
    j: np.ndarray
    values: np.ndarray
    n1: int = eqx.field(static=True)
    n2: int = eqx.field(static=True)

    platforms = None

    @property
    def n_points(self):
        """Numbers of points of the two sets."""
        return self.n1, self.n2

    @property
    def n_bin(self):
        """Number of bins."""
        return self.values.shape[1]

    def per_point(self, second):
        """S_i = sum_j w_j [ij in bin]."""
        terms = second[self.j][:, :, None] * self.values.astype(second.dtype)[:, None, :]
        return jax.ops.segment_sum(terms, self.i, self.n1)

    def totals(self, first, second):
        """sum_i first_i S_i(second)."""
        return (first[:, :, None] * self.per_point(second)).sum(axis=0)

    def contracted(self, second, cotangent):
        """sum_b c_b S_ib(second)."""
        return (self.per_point(second) * cotangent).sum(axis=2)

    def swapped(self):
        """The plan with the two sets in each other's place."""
        return TreePlan(self.j, self.i, self.values, self.n2, self.n1)

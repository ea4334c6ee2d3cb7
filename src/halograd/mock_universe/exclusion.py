"""Spheres in a periodic box in which no further centre may be placed."""

import numpy as np
from scipy.spatial import cKDTree

from halograd.mock_universe.periodic import wrap


class Exclusion:
    """The spheres placed so far, in groups of similar radius."""

    def __init__(self, boxsize: float) -> None:
        self._boxsize = boxsize
        self._groups: list[tuple[cKDTree, np.ndarray]] = []

    def add(self, centres: np.ndarray, radii: np.ndarray) -> None:
        """Put spheres of `radii` (n,) around `centres` (n, 3)."""
        if len(centres):
            self._groups.append((self._tree(centres), radii))

    def forbids(self, points: np.ndarray, radii: np.ndarray) -> np.ndarray:
        """Which points lie in a sphere placed, or near an earlier point of their own list. (n,)

        Args:
            points: (n, 3), comoving Mpc/h; wrapped here.
            radii: (n,), the spheres these points would have.
        """
        tree = self._tree(points)
        forbidden = np.zeros(len(points), bool)
        pairs = tree.query_pairs(radii.max(), output_type="ndarray")
        forbidden[pairs.max(axis=1, initial=-1)] = True
        for placed, placed_radii in self._groups:
            distance, nearest = placed.query(tree.data, distance_upper_bound=placed_radii.max())
            # A point without a neighbour gets infinity and the index one past the last.
            forbidden |= distance < np.append(placed_radii, 0)[nearest]
        return forbidden

    def _tree(self, points: np.ndarray) -> cKDTree:
        return cKDTree(wrap(points, self._boxsize), boxsize=self._boxsize)

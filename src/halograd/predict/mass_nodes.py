"""Where the nodes of a table lie in mass, from the weights that it must represent."""

import numpy as np

from halograd.pairs import Nodes
from halograd.predict.mass_grid import MassGrid

DEGREE = 3
"""Of the splines between nodes in mass: ten times as exact as hat functions (docs/tables.md)."""

_EVEN_SHARE = 0.05  # of the nodes that are spread evenly, for weights unlike those of the draws


class NodeChoice:
    r"""Chooses nodes for a family of weight functions of halo mass.

    Interpolation between nodes a distance Δ apart misses w by about w'' Δ² where w bends within
    that distance, and the sum of its square over halos, \int n (w'')² Δ⁴ dM, is least for a given
    number of nodes where

    $$ 1 / \Delta \propto \left[ n(M) \left\langle w''^2 / W^2 \right\rangle \right]^{1/5}, $$

    n being the halos per unit of log mass, W the sum of the weights, and the mean over samples
    and draws. Few nodes go to the rare massive halos.

    Args:
        grid: The masses.
        weights: (n_mass, n_function), the weights at these masses, none without galaxies.
    """

    def __init__(self, grid: MassGrid, weights: np.ndarray) -> None:
        self._grid = grid
        at = np.linspace(grid.log_mpeak[0], grid.log_mpeak[-1], 2 * len(grid.log_mpeak))
        total = grid.multiplicity @ weights
        even = np.stack([np.interp(at, grid.log_mpeak, w) for w in (weights / total).T], axis=1)
        curvature = np.mean(_smooth(_second_difference(even) ** 2), axis=1)
        halos = _smooth(np.histogram(grid.log_mpeak, _edges(at), weights=grid.multiplicity)[0])
        density = (halos * curvature) ** 0.2
        density += _EVEN_SHARE * density.mean() + np.finfo(float).tiny
        self._at, self._cumulative = at, np.cumsum(density) - density / 2

    def nodes(self, n_node: int) -> Nodes:
        """About `n_node` nodes; the positions are of the masses, the first and last included."""
        share = (self._cumulative - self._cumulative[0]) / np.ptp(self._cumulative)
        wanted = np.interp(np.linspace(0, 1, max(2, n_node - DEGREE + 1)), share, self._at)
        masses = self._grid.log_mpeak
        nearest = np.abs(masses - wanted[:, None]).argmin(axis=1)
        chosen = np.unique([0, *nearest, len(masses) - 1])
        return Nodes({"log_mpeak": masses[chosen]}, degree=DEGREE)


def _second_difference(values: np.ndarray) -> np.ndarray:
    return np.pad(np.diff(values, 2, axis=0), ((1, 1), (0, 0)), mode="edge")


def _edges(centres: np.ndarray) -> np.ndarray:
    half = (centres[1] - centres[0]) / 2
    return np.concatenate([centres - half, centres[-1:] + half])


def _smooth(values: np.ndarray, width: int = 15) -> np.ndarray:
    """The running mean along the first axis."""
    sums = np.cumsum(
        np.pad(values, ((width // 2 + 1, width // 2), *((0, 0),) * (values.ndim - 1)), mode="edge"),
        axis=0,
    )
    return (sums[width:] - sums[:-width]) / width

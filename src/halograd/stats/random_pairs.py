"""The pairs of uniform random points in a periodic box, known exactly."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.stats.pair_kinds import Pairs, Projected, Radial, RpPi


def pair_fraction(pairs: Pairs) -> jax.Array | np.ndarray:
    """Fraction of the pairs of uniform random points that lie in each bin: bin volume / V.

    Raises:
        HalogradError: For a box that is not periodic on every axis, where edges cut bins off.
    """
    if not all(pairs.periodic):
        raise HalogradError(
            "the pairs of random points are known only in a box that is periodic on every axis, "
            f"but these pairs have periodic = {tuple(map(bool, pairs.periodic))}; make them with "
            "periodic=True, or compare their counts with your own counts of random points"
        )
    x, y, z = pairs.boxsize
    return _bin_volumes(pairs) / (x * y * z)


def depth(pairs: Projected) -> jax.Array:
    """Length of the line of sight that projected pairs span: 2 pi_max, or the box."""
    return jnp.minimum(2 * pairs.pi_max, pairs.boxsize[pairs.line_of_sight])


def _bin_volumes(pairs: Pairs) -> jax.Array | np.ndarray:
    """Volume of separations in each bin, both signs along the line of sight. (*bins)"""
    if isinstance(pairs, Projected):
        return _annuli(pairs.rp_edges) * depth(pairs)
    if isinstance(pairs, RpPi):
        return _annuli(pairs.rp_edges)[:, None] * 2 * _widths(pairs.pi_edges)
    if isinstance(pairs, Radial):
        return _shells(pairs.r_edges)
    return _shells(pairs.s_edges)[:, None] * _widths(pairs.mu_edges)


def _widths(edges: np.ndarray) -> np.ndarray:
    return edges[1:] - edges[:-1]


# Factored: differences of powers would cancel in float32 where bins are narrow.
def _annuli(edges: np.ndarray) -> np.ndarray:
    return np.pi * _widths(edges) * (edges[1:] + edges[:-1])


def _shells(edges: np.ndarray) -> np.ndarray:
    low, high = edges[:-1], edges[1:]
    return 4 * np.pi / 3 * _widths(edges) * (low**2 + low * high + high**2)

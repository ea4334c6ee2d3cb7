"""A periodic box cut into equal boxes, and its points with those boxes pulled apart."""

import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError

_MANTISSA_BITS = 52
_MARGIN = 1.01  # room between subvolumes beyond the reach, for the rounding of separations


def checked_n_side(n_side: int | ArrayLike) -> tuple[int, int, int]:
    """Subvolumes along each axis, at least two in all."""
    counts = _checks.finite("n_side", n_side)
    if counts.shape not in {(), (3,)} or (counts != np.rint(counts)).any() or (counts < 1).any():
        raise HalogradError(f"n_side must be one whole number or three, 1 or above, got {n_side!r}")
    nx, ny, nz = (int(count) for count in np.broadcast_to(counts, (3,)))
    if nx * ny * nz < 2:
        raise HalogradError(
            f"a jackknife needs at least 2 subvolumes, but n_side = {n_side!r} makes "
            f"{nx * ny * nz}; use n_side of 2 or more along some axis"
        )
    return nx, ny, nz


def subvolume_of(
    positions: np.ndarray, boxsize: np.ndarray, n_side: tuple[int, int, int]
) -> np.ndarray:
    """The subvolume each point lies in, numbered in C order of its place. (n,)"""
    return np.ravel_multi_index(tuple(_places(positions, boxsize, n_side).T), n_side)


def pulled_apart(
    positions: np.ndarray, boxsize: np.ndarray, n_side: tuple[int, int, int], reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points twice, in the box and with the subvolumes further apart than any pair reaches.

    In the larger box only points of one subvolume are pairs. Axes that are not cut keep their
    length, so that pairs across the periodic boundary stay. Coordinates are cut off at 52 bits of
    the larger box: pulling apart is then exact, and a pair has the same separation in both.

    Args:
        positions: (n, 3), in the box.
        boxsize: (3,).
        n_side: Subvolumes along each axis.
        reach: (3,), the largest separation of a pair along each axis.

    Returns:
        Points in the box (n, 3), points pulled apart (n, 3), and sides of the larger box (3,).
    """
    gap = np.where(np.array(n_side) > 1, _MARGIN * reach, 0.0)
    step = np.exp2(np.ceil(np.log2(boxsize + n_side * gap)) + 1 - _MANTISSA_BITS)
    gap = np.ceil(gap / step) * step
    points = np.floor(positions / step) * step
    apart = points + _places(positions, boxsize, n_side) * gap
    return points, apart, boxsize + n_side * gap


def _places(positions: np.ndarray, boxsize: np.ndarray, n_side: tuple[int, int, int]) -> np.ndarray:
    """Place of each point's subvolume along each axis. (n, 3)"""
    places = np.floor(positions * (n_side / boxsize)).astype(int)
    return np.clip(places, 0, np.array(n_side) - 1)

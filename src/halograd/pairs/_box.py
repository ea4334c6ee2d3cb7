"""The space the points live in: its sides, periodic or invented, and separations in it."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs.geometry import Geometry

_FIXED_POINT_RANGE = 2.0**32
# Squares of separations, and volumes of boxes, stay within float32 (1e-38 to 3e38).
_SMALLEST_SIDE, _LARGEST_SIDE, _SMALLEST_EDGE = 1e-9, 1e12, 1e-15
_ROOM = 1 + 1e-6  # an open axis is this much longer than needed: more than any rounding


class Box(eqx.Module):
    """A box that is periodic along every axis.

    Attributes:
        origin: (3,), its lower corner, comoving Mpc/h.
        sides: (3,), comoving Mpc/h.
    """

    origin: np.ndarray
    sides: np.ndarray


def checked_sides(boxsize: ArrayLike | None, periodic: Sequence[bool]) -> np.ndarray | None:
    """Sides of the box (3,), or None where no axis needs one and none was given."""
    if boxsize is None and any(periodic):
        raise HalogradError(
            "boxsize is missing: give the side of the periodic box in comoving Mpc/h, or "
            "periodic=False for points in open space"
        )
    return None if boxsize is None else _checks.boxsize(boxsize)


def checked_positions(
    positions: ArrayLike, sides: np.ndarray | None, periodic: Sequence[bool]
) -> np.ndarray:
    """Positions (n, 3) inside the box, if there is one; x = L wraps along periodic axes only."""
    points = _checks.finite("positions", positions)
    if points.size == 0:
        points = points.reshape(0, 3)
    _checks.shape("positions", points, (None, 3))
    if sides is None:
        return points
    inside = _checks.positions_in_box(points, sides)
    return inside if all(periodic) else np.where(periodic, inside, points)


def check_reach(geometry: Geometry, sides: np.ndarray, periodic: Sequence[bool]) -> None:
    """Raise if a bin extends beyond half a periodic side; axes in the order of `geometry`."""
    geometry.check_fits(np.where(periodic, sides / 2, np.inf))


def check_scale(geometry: Geometry, box: Box) -> None:
    """Raise for a box or bins of a size at which squares of separations leave float32."""
    if not (box.sides.min() >= _SMALLEST_SIDE and box.sides.max() <= _LARGEST_SIDE):
        raise HalogradError(
            f"pairs are counted in boxes with sides from {_SMALLEST_SIDE:g} to {_LARGEST_SIDE:g} "
            f"Mpc/h, but boxsize, or the extent of the points with their bins, is "
            f"{box.sides.tolist()} Mpc/h: check the unit"
        )
    edges = np.concatenate([geometry.edges, geometry.line_of_sight_edges])
    smallest = edges[edges > 0].min()
    if smallest < _SMALLEST_EDGE:
        raise HalogradError(
            f"an edge of a bin above 0 must be at least {_SMALLEST_EDGE:g} (Mpc/h, or in mu), "
            f"below which no separation can be told from 0, got {smallest:g}: check the unit"
        )


def effective_box(
    point_sets: Sequence[np.ndarray],
    sides: np.ndarray | None,
    periodic: Sequence[bool],
    reach: np.ndarray,
) -> Box:
    """A box for which the nearest image is right on periodic and on open axes.

    An open axis gets a side so long that no periodic image comes within reach.
    """
    if all(periodic):
        return Box(np.zeros(3), sides)
    filled = [points for points in point_sets if len(points)] or [np.zeros((1, 3))]
    low = np.min([points.min(axis=0) for points in filled], axis=0)
    extent = np.max([points.max(axis=0) for points in filled], axis=0) - low
    reach = np.where(np.isfinite(reach), reach, 0.0)
    open_sides = np.maximum(extent + reach, 2 * reach) * _ROOM
    open_sides[open_sides == 0] = 1.0
    if sides is None:
        return Box(low, open_sides)
    return Box(np.where(periodic, 0.0, low), np.where(periodic, sides, open_sides))


def fixed_point(positions: np.ndarray, box: Box) -> np.ndarray:
    """Coordinates as int32 with one turn of the integers for one box length.

    Integer subtraction then wraps to the nearest periodic image by itself, and separations are
    good to L / 2^32 everywhere: closer points lose nothing to their distance from the origin.
    """
    turns = np.rint((positions - box.origin) / box.sides * _FIXED_POINT_RANGE).astype(np.int64)
    return turns.astype(np.uint32).view(np.int32)


def separations(first: jax.Array, second: jax.Array, boxsize: jax.Array) -> jax.Array:
    """Nearest-image separations between all points of two blocks, per axis.

    Args:
        first: (..., n, 3), int32 from `fixed_point`, or float64.
        second: (..., m, 3), likewise.
        boxsize: (3,).

    Returns:
        (3, ..., n, m), float32 for fixed-point coordinates; only its magnitude is meaningful.
    """
    first, second = jnp.moveaxis(first, -1, 0), jnp.moveaxis(second, -1, 0)
    apart = first[..., :, None] - second[..., None, :]
    sides = boxsize.reshape(3, *(1,) * (apart.ndim - 1))
    if apart.dtype == jnp.int32:
        return apart.astype(jnp.float32) * (sides / _FIXED_POINT_RANGE).astype(jnp.float32)
    return jnp.minimum(jnp.abs(apart), sides - jnp.abs(apart))

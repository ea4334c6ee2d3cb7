"""Periodic separations without loss: fixed point for float32, minimum image for float64."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.pairs._box import Box

_FIXED_POINT_RANGE = 2.0**32


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

"""Smooth one-to-one maps between a bounded parameter and the whole real line.

For finite bounds L < H the map is a scaled logistic function,

    p = L + (H − L) / (1 + exp(−4u / (H − L))),

whose slope is 1 half way, so that a step in u there is a step in p of the same size. With one
infinite bound it is a softplus, p = L + ln(1 + e^u) or p = H − ln(1 + e^−u); with two, p = u.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd._arrays import float_array, real_array
from halograd.errors import HalogradError

__all__ = ["log_slope", "to_bounded", "to_unbounded"]


def to_bounded(u: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """The parameter p in (low, high) at the unbounded `u`; shapes broadcast.

    The result lies strictly inside the bounds at any `u`, also where rounding would put it on
    one, so that `to_unbounded` accepts it.

    Raises:
        HalogradError: Where a lower bound is not below its upper bound.
    """
    u, (low, high) = _floating(u), _bounds(low, high)
    width, has_low, has_high = _shape_of_map(low, high, u.dtype)
    both = _or_zero(low) + width * jax.nn.sigmoid(4 * u / width)
    above = _or_zero(low) + jax.nn.softplus(u)
    below = _or_zero(high) - jax.nn.softplus(-u)
    one_sided = jnp.where(has_low, above, jnp.where(has_high, below, u))
    return _strictly_inside(jnp.where(has_low & has_high, both, one_sided), low, high)


def to_unbounded(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """The unbounded u of a parameter `value` in (low, high); shapes broadcast.

    Raises:
        HalogradError: Where a concrete value does not lie strictly between its bounds.
    """
    low, high = _bounds(low, high)
    value = real_array("a parameter", value)
    _check_inside(value, low, high)
    value = _floating(value)
    width, has_low, has_high = _shape_of_map(low, high, value.dtype)
    from_low = jnp.where(has_low, value - _or_zero(low), 1.0)
    from_high = jnp.where(has_high, _or_zero(high) - value, 1.0)
    both = width / 4 * (jnp.log(from_low) - jnp.log(from_high))
    above, below = _inverse_softplus(from_low), -_inverse_softplus(from_high)
    one_sided = jnp.where(has_low, above, jnp.where(has_high, below, value))
    return jnp.where(has_low & has_high, both, one_sided)


def log_slope(u: ArrayLike, low: ArrayLike, high: ArrayLike) -> jax.Array:
    """Log of dp/du of `to_bounded` at the unbounded `u`; shapes broadcast.

    The Jacobian that a density takes on with the coordinates. It stays finite, with a slope that
    points back, also where rounding puts p at a bound.
    """
    u, (low, high) = _floating(u), _bounds(low, high)
    width, has_low, has_high = _shape_of_map(low, high, u.dtype)
    steep = 4 * u / width
    both = jnp.log(4.0) + jax.nn.log_sigmoid(steep) + jax.nn.log_sigmoid(-steep)
    above, below = jax.nn.log_sigmoid(u), jax.nn.log_sigmoid(-u)
    one_sided = jnp.where(has_low, above, jnp.where(has_high, below, 0.0))
    return jnp.where(has_low & has_high, both, one_sided)


def _or_zero(bound: np.ndarray) -> np.ndarray:
    """The bound, or 0 where it is infinite."""
    return np.where(np.isfinite(bound), bound, 0.0)


def _floating(value: ArrayLike) -> jax.Array:
    return float_array("a parameter", value)


def _bounds(low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    low, high = (np.asarray(real_array("a bound", bound), float) for bound in (low, high))
    low, high = np.broadcast_arrays(low, high)
    if not (low < high).all():
        raise HalogradError(f"a lower bound must be below its upper bound, got {low} and {high}")
    return low, high


def _shape_of_map(
    low: np.ndarray, high: np.ndarray, dtype: np.dtype
) -> tuple[jax.Array, np.ndarray, np.ndarray]:
    """Width of the interval (1 where it is infinite), and which bounds are finite."""
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    width = np.where(has_low & has_high, _or_zero(high) - _or_zero(low), 1.0)
    return jnp.asarray(width, dtype), has_low, has_high


def _inverse_softplus(value: jax.Array) -> jax.Array:
    return value + jnp.log(-jnp.expm1(-value))


def _strictly_inside(value: jax.Array, low: np.ndarray, high: np.ndarray) -> jax.Array:
    limits = jnp.finfo(value.dtype)
    margin = [np.maximum(2 * limits.eps * np.abs(_or_zero(b)), limits.tiny) for b in (low, high)]
    inside = [np.asarray(b, value.dtype) for b in (low + margin[0], high - margin[1])]
    return jnp.clip(value, *inside)


def _check_inside(value: ArrayLike, low: np.ndarray, high: np.ndarray) -> None:
    if isinstance(value, jax.core.Tracer):
        return
    value = np.asarray(value)
    outside = ~((value > low) & (value < high))
    if outside.any():
        at = np.broadcast_arrays(value, low, high, outside)
        first = tuple(np.argwhere(at[3])[0]) if at[3].ndim else ()
        raise HalogradError(
            f"a parameter must lie strictly between its bounds {at[1][first]:g} and "
            f"{at[2][first]:g}, got {at[0][first]:g}; move it inside or widen the bounds"
        )

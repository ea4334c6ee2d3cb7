"""Monotone cubic interpolation, and the inverse of a decreasing function."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import BSpline

Function = Callable[[jax.Array], jax.Array]


def value_and_slope(function: Function, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """f(x) and f'(x) of an elementwise function."""
    return jax.jvp(function, (x,), (jnp.ones_like(x),))


def monotone_slopes(knots: jax.Array, values: jax.Array) -> jax.Array:
    """Slopes at the knots that keep a cubic monotone between them. (n,) -> (n,)

    The weighted harmonic mean of the neighbouring secants where they agree in sign, else 0
    (Fritsch & Butland 1984); the end slopes are those of the end secants.
    """
    width = jnp.diff(knots)
    secant = jnp.diff(values) / width
    left, right = secant[:-1], secant[1:]
    weight_left = width[:-1] + 2 * width[1:]
    weight_right = 2 * width[:-1] + width[1:]
    agree = left * right > 0
    inverse = weight_right / jnp.where(agree, right, 1.0) + weight_left / jnp.where(
        agree, left, 1.0
    )
    inner = jnp.where(agree, (weight_left + weight_right) / inverse, 0.0)
    return jnp.concatenate([secant[:1], inner, secant[-1:]])


def limited_slopes(knots: jax.Array, values: jax.Array, slopes: jax.Array) -> jax.Array:
    """`slopes`, held between 0 and thrice the flatter secant beside each knot. (n,)

    A Hermite cubic through increasing values then increases (Fritsch & Carlson 1980).
    """
    secant = jnp.diff(values) / jnp.diff(knots)
    flatter = jnp.minimum(
        jnp.concatenate([secant[:1], secant]), jnp.concatenate([secant, secant[-1:]])
    )
    return jnp.clip(slopes, 0.0, 3 * flatter)


def cubic(x: jax.Array, knots: jax.Array, values: jax.Array, slopes: jax.Array) -> jax.Array:
    """The Hermite cubic through the knots at any `x`, straight lines outside them."""
    cell = jnp.clip(jnp.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    rows = jnp.stack(jnp.broadcast_arrays(knots, values, slopes), axis=-1)
    start, value, slope = jnp.moveaxis(rows[cell], -1, 0)
    end, end_value, end_slope = jnp.moveaxis(rows[cell + 1], -1, 0)
    width, rise = end - start, end_value - value
    t = (jnp.clip(x, knots[0], knots[-1]) - start) / width
    bend = (width * slope - rise) * (1 - t) + (rise - width * end_slope) * t
    curve = value + t * rise + t * (1 - t) * bend
    below, above = jnp.minimum(x - knots[0], 0.0), jnp.maximum(x - knots[-1], 0.0)
    return curve + slopes[0] * below + slopes[-1] * above


def even_cubic(at: jax.Array, values: jax.Array, rises: jax.Array) -> jax.Array:
    """The Hermite cubic through knots 0, 1, 2 … at any `at`, straight lines outside them.

    Args:
        at: Where, elementwise, in units of the spacing.
        values: (n,), at the knots.
        rises: (n,), slopes per spacing.
    """
    cell = jnp.floor(jax.lax.stop_gradient(at)).astype(jnp.int32)
    cell = jnp.clip(cell, 0, values.size - 2)
    rows = jnp.stack([values, rises], axis=-1)
    (start, first), (end, last) = (jnp.moveaxis(rows[cell + i], -1, 0) for i in (0, 1))
    t = jnp.clip(at - cell, 0.0, 1.0)
    rise = end - start
    curve = start + t * rise + t * (1 - t) * ((first - rise) * (1 - t) + (rise - last) * t)
    below, above = jnp.minimum(at, 0.0), jnp.maximum(at - (values.size - 1), 0.0)
    return curve + rises[0] * below + rises[-1] * above


def even_splines(n: int, n_spline: int, dtype: np.dtype) -> jax.Array:
    """Cubic B-splines on even knots, at n even points over them. (n, n_spline)"""
    n_cell = n_spline - 3
    knots = np.arange(-3, n_cell + 4) / n_cell
    at = np.linspace(0.0, 1.0, n)
    return jnp.asarray(BSpline.design_matrix(at, knots, 3).toarray(), dtype)


def invert_decreasing(
    function: Function, target: jax.Array, nodes: jax.Array, *, steps: int = 3, flattest: float
) -> jax.Array:
    """The x with f(x) = target, for an f that decreases over the increasing `nodes`.

    A table look-up, then Newton steps that are themselves differentiated, so first and second
    derivatives are those of the implicit function. Beyond the nodes f goes on as a straight
    line, no flatter than `flattest`.
    """
    table = function(nodes)
    ends = jnp.stack([nodes[0], nodes[-1]])
    (low, high), slopes = value_and_slope(function, ends)
    low_slope, high_slope = jnp.minimum(slopes, -flattest)
    inside = (target <= low) & (target >= high)
    goal = jnp.where(inside, target, table[table.size // 2])

    def newton(x: jax.Array, _: None) -> tuple[jax.Array, None]:
        value, slope = value_and_slope(function, x)
        return jnp.clip(x - (value - goal) / slope, *ends), None

    x = jax.lax.stop_gradient(jnp.interp(-goal, -table, nodes))
    x, _ = jax.lax.scan(newton, x, length=steps)
    below, above = ends[0] + (target - low) / low_slope, ends[1] + (target - high) / high_slope
    return jnp.where(inside, x, jnp.where(target > low, below, above))

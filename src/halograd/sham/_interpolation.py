"""Monotone cubic interpolation, and the inverse of a decreasing function."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

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


def cubic(x: jax.Array, knots: jax.Array, values: jax.Array, slopes: jax.Array) -> jax.Array:
    """The Hermite cubic through the knots at any `x`, straight lines outside them."""
    cell = jnp.clip(jnp.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    start, width = knots[cell], knots[cell + 1] - knots[cell]
    inside = jnp.clip(x, knots[0], knots[-1])
    t = (inside - start) / width
    rise = values[cell + 1] - values[cell]
    a = width * slopes[cell] - rise
    b = rise - width * slopes[cell + 1]
    curve = values[cell] + t * rise + t * (1 - t) * (a * (1 - t) + b * t)
    below, above = jnp.minimum(x - knots[0], 0.0), jnp.maximum(x - knots[-1], 0.0)
    return curve + slopes[0] * below + slopes[-1] * above


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

"""Pair counts and their derivatives in the weights, by the sums around each point.

Within one set both orders of a pair contribute the same, so the sums that give the value give
the slope. Each count comes in two forms. One keeps the sums: value and gradient take one pass,
and reverse mode holds (n, n_sample, n_bin) numbers. The other holds none, and its gradient takes
another pass.
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd._summation import tree_sum
from halograd.pairs._plan import Plan
from halograd.pairs._without_self import WithoutSelf

_KEPT_BYTES = 2**30


def keeps_sums(memory: str, weights: jax.Array, n_bin: int) -> bool:
    """Whether the policy `memory` keeps the sums of weights (n, n_sample) for derivatives."""
    if memory != "auto":
        return memory == "keep"
    return weights.size * n_bin * weights.dtype.itemsize <= _KEPT_BYTES


@jax.jit  # called eagerly, neither it nor its transpose should hold products the size of `sums`
def weighted_sum(weights: jax.Array, sums: jax.Array) -> jax.Array:
    """sum_i w_i S_i: (n, n_sample), (n, n_sample, n_bin) -> (n_sample, n_bin)."""
    return tree_sum(weights[..., None] * sums)


@eqx.filter_custom_jvp
def auto_count(weights: jax.Array, *, plan: WithoutSelf, keep: bool) -> jax.Array:
    """Sum over i != j of w_i w_j: (n, n_sample) -> (n_sample, n_bin)."""
    if not keep:
        return plan.totals(weights, weights)
    return weighted_sum(weights, plan.per_point(weights))


@auto_count.def_jvp
def _auto_count_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array], *, plan: WithoutSelf, keep: bool
) -> tuple[jax.Array, jax.Array]:
    (weights,), (d_weights,) = primals, tangents
    if not keep:
        return plan.totals(weights, weights), 2 * plan.totals(d_weights, weights)
    sums = plan.per_point(weights)
    return weighted_sum(weights, sums), 2 * weighted_sum(d_weights, sums)


@eqx.filter_custom_jvp
def cross_count(first: jax.Array, second: jax.Array, *, plan: WithoutSelf, keep: bool) -> jax.Array:
    """Sum over i != j of w1_i w2_j: twice (n, n_sample) -> (n_sample, n_bin)."""
    if not keep:
        return plan.totals(first, second)
    return weighted_sum(first, plan.per_point(second))


@cross_count.def_jvp
def _cross_count_jvp(
    primals: tuple[jax.Array, jax.Array],
    tangents: tuple[jax.Array | None, jax.Array | None],
    *,
    plan: WithoutSelf,
    keep: bool,
) -> tuple[jax.Array, jax.Array]:
    first, second = primals
    moving = [
        (slope, other)
        for slope, other in zip(tangents, (second, first), strict=True)
        if slope is not None
    ]
    if not keep:
        return plan.totals(first, second), sum(plan.totals(*both) for both in moving)
    # one pass over the columns of both samples gives the sums that each slope needs
    around = plan.per_point(jnp.concatenate([second, first], axis=1))
    around_second, around_first = jnp.split(around, [second.shape[1]], axis=1)
    slopes = (
        weighted_sum(slope, sums)
        for slope, sums in zip(tangents, (around_second, around_first), strict=True)
        if slope is not None
    )
    return weighted_sum(first, around_second), sum(slopes)


@eqx.filter_custom_jvp
def between_count(first: jax.Array, second: jax.Array, *, plan: Plan, keep: bool) -> jax.Array:
    """Sum over i, j of w1_i w2_j of two sets: (n1, n_sample), (n2, n_sample)."""
    if not keep:
        return plan.totals(first, second)
    return weighted_sum(first, plan.per_point(second))


@between_count.def_jvp
def _between_count_jvp(
    primals: tuple[jax.Array, jax.Array],
    tangents: tuple[jax.Array | None, jax.Array | None],
    *,
    plan: Plan,
    keep: bool,
) -> tuple[jax.Array, jax.Array]:
    """The sums around the first set give its slope; the other slope takes a pass of its own."""
    (first, second), (d_first, d_second) = primals, tangents
    slope = 0 if d_second is None else plan.totals(first, d_second)
    if not keep:
        along = 0 if d_first is None else plan.totals(d_first, second)
        return plan.totals(first, second), slope + along
    sums = plan.per_point(second)
    along = 0 if d_first is None else weighted_sum(d_first, sums)
    return weighted_sum(first, sums), slope + along

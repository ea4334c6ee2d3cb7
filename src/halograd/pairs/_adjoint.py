"""Pair counts and their derivatives in the weights, both from the sums around each point."""

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd._summation import tree_sum
from halograd.pairs._plan import PairPlan


def sums_without_self(weights: jax.Array, plan: PairPlan) -> jax.Array:
    """S_i of a set with itself, no point its own neighbour: (n, n_sample) -> (.., n_rp)."""
    sums = plan.sums_around_first(weights)
    return sums.at[..., 0].add(-weights) if plan.counts_zero_separation else sums


@eqx.filter_custom_jvp
def auto_count(weights: jax.Array, *, plan: PairPlan) -> jax.Array:
    """Sum over i != j of w_i w_j: (n, n_sample) -> (n_sample, n_rp)."""
    return tree_sum(weights[..., None] * sums_without_self(weights, plan))


@auto_count.def_jvp
def _auto_count_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array], *, plan: PairPlan
) -> tuple[jax.Array, jax.Array]:
    """Both orders of a pair contribute the same, so one set of sums gives value and slope."""
    (weights,), (d_weights,) = primals, tangents
    sums = sums_without_self(weights, plan)
    return tree_sum(weights[..., None] * sums), 2 * tree_sum(d_weights[..., None] * sums)


@eqx.filter_custom_jvp
def cross_count(first: jax.Array, second: jax.Array, *, plan: PairPlan) -> jax.Array:
    """Sum over i != j of w1_i w2_j: twice (n, n_sample) -> (n_sample, n_rp)."""
    return tree_sum(first[..., None] * sums_without_self(second, plan))


@cross_count.def_jvp
def _cross_count_jvp(
    primals: tuple[jax.Array, jax.Array],
    tangents: tuple[jax.Array | None, jax.Array | None],
    *,
    plan: PairPlan,
) -> tuple[jax.Array, jax.Array]:
    """One pass over the columns of both samples gives the sums each slope needs."""
    first, _ = primals
    around = sums_without_self(jnp.concatenate(primals, axis=1), plan)
    around_first, around_second = jnp.split(around, [first.shape[1]], axis=1)
    slope = [
        tree_sum(d_weights[..., None] * sums)
        for d_weights, sums in zip(tangents, (around_second, around_first), strict=True)
        if d_weights is not None
    ]
    return tree_sum(first[..., None] * around_second), sum(slope)

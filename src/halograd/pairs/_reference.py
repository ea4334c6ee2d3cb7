"""The pair sums in plain JAX: blocked, compiled once, linear in the weights."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from halograd.pairs._coordinates import separations


class Limits(NamedTuple):
    """The box and the bins as arrays.

    Attributes:
        boxsize: (3,).
        edges: (n1 + 1,), of rp or r.
        low: (n2,), of |pi| or mu, inclusive.
        high: (n2,), exclusive.
    """

    boxsize: jax.Array
    edges: jax.Array
    low: jax.Array
    high: jax.Array


@partial(jax.jit, static_argnames=("n_edges", "is_projected"))
def cumulative_sums(
    points: tuple[jax.Array, jax.Array],
    weights: jax.Array,
    neighbours: tuple[tuple[jax.Array, jax.Array], ...],
    limits: Limits,
    n_edges: tuple[int, ...],
    is_projected: bool,
) -> jax.Array:
    """C_i^s(k, e) = sum_j w_j^s [rp_ij < e] [|pi_ij| in bin k] for every edge e (or r and mu).

    Args:
        points: Coordinates of the two sets in blocks, (n_block, size, 3) each, the last block
            of both being empty.
        weights: (n_block, size, n_sample), of the second set, 0 in padding.
        neighbours: (n_step, step) block indices of the first and second set, per group.
        limits: The box and the bins.
        n_edges: Outermost edges to compare with, per group.
        is_projected: Whether the bins are in rp and |pi|, or in r and mu.

    Returns:
        (n_block, size, n_sample, n2, n1 + 1), of the first set.
    """
    first, second = points

    # Without rematerialisation, reverse mode would store every mask of the loop.
    @partial(jax.checkpoint, static_argnums=(0,))
    def step_sums(n_edge: int, i: jax.Array, j: jax.Array, weights: jax.Array) -> jax.Array:
        across, along = _binned(separations(first[i], second[j], limits.boxsize), is_projected)

        def in_bin(ends: tuple[jax.Array, jax.Array]) -> jax.Array:
            squared = jnp.where((along >= ends[0]) & (along < ends[1]), across, jnp.inf)
            sums = [_masked_sum(squared < edge**2, weights[j]) for edge in limits.edges[-n_edge:]]
            return jnp.stack(sums, axis=-1)

        return jnp.moveaxis(jax.lax.map(in_bin, (limits.low, limits.high)), 0, -2)

    shape = *first.shape[:2], weights.shape[-1], len(limits.low), len(limits.edges)
    total = jnp.zeros(shape, weights.dtype) + jnp.sum(weights[:0])  # varies over devices as they do
    for n_edge, blocks in zip(n_edges, neighbours, strict=True):

        def step(
            total: jax.Array, ij: tuple[jax.Array, jax.Array], n_edge: int = n_edge
        ) -> tuple[jax.Array, None]:
            i, j = ij
            return total.at[i, ..., -n_edge:].add(step_sums(n_edge, i, j, weights)), None

        total, _ = jax.lax.scan(step, total, blocks)
    return total


def _binned(apart: jax.Array, is_projected: bool) -> tuple[jax.Array, jax.Array]:
    """What the bins are in, of separations (3, ...): rp² and |pi|, or r² and mu."""
    dx, dy, dz = apart
    across = _square(dx) + _square(dy)
    if is_projected:
        return across, jnp.abs(dz)
    squared = across + _square(dz)
    # the floor does nothing but keep the quotient from becoming a product with 1 / sqrt(r²)
    distance = jnp.maximum(jnp.sqrt(squared), jnp.finfo(squared.dtype).tiny)
    return squared, jnp.abs(dz) / distance


def _square(values: jax.Array) -> jax.Array:
    """Squares rounded by themselves, so that a pair on an edge falls as plain arithmetic has it.

    A compiler may otherwise fuse the product with the sum it goes into, which rounds once. The
    floor, smaller than any separation, prevents that, and keeps mu = 0 / 0 from coincident points.
    """
    return jnp.maximum(values * values, jnp.finfo(values.dtype).tiny)


def _masked_sum(mask: jax.Array, weights: jax.Array) -> jax.Array:
    """(step, n, m) mask times (step, m, n_sample) weights, in full precision on any device."""
    return jnp.einsum(
        "cij,cjs->cis", mask.astype(weights.dtype), weights, precision=jax.lax.Precision.HIGHEST
    )

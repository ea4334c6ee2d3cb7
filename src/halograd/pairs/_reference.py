"""The pair sums in plain JAX: blocked, compiled once, linear in the weights."""

from functools import partial

import jax
import jax.numpy as jnp

from halograd.pairs._coordinates import separations


@partial(jax.jit, static_argnames="n_edges")
def cumulative_sums(
    points: tuple[jax.Array, jax.Array],
    weights: jax.Array,
    neighbours: tuple[tuple[jax.Array, jax.Array], ...],
    limits: tuple[jax.Array, jax.Array, jax.Array],
    n_edges: tuple[int, ...],
) -> jax.Array:
    """C_i^s(e) = sum_j w_j^s [rp_ij < e] [|pi_ij| < pi_max] for every edge e.

    Args:
        points: Coordinates of the two sets in blocks, (n_block, size, 3) each, the last block
            of both being empty.
        weights: (n_block, size, n_sample), of the second set, 0 in padding.
        neighbours: (n_step, step) block indices of the first and second set, per group.
        limits: boxsize (3,), rp_edges (n_edge,) and pi_max ().
        n_edges: Outermost edges to compare with, per group.

    Returns:
        (n_block, size, n_sample, n_edge), of the first set.
    """
    first, second = points
    boxsize, rp_edges, pi_max = limits

    # Without rematerialisation, reverse mode would store every mask of the loop.
    @partial(jax.checkpoint, static_argnums=(0,))
    def step_sums(n_edge: int, i: jax.Array, j: jax.Array, weights: jax.Array) -> jax.Array:
        dx, dy, dz = separations(first[i], second[j], boxsize)
        rp2 = jnp.where(jnp.abs(dz) < pi_max, dx * dx + dy * dy, jnp.inf)
        sums = [_masked_sum(rp2 < edge**2, weights[j]) for edge in rp_edges[-n_edge:]]
        return jnp.stack(sums, axis=-1)

    total = jnp.zeros((*first.shape[:2], weights.shape[-1], len(rp_edges)), weights.dtype)
    for n_edge, blocks in zip(n_edges, neighbours, strict=True):

        def step(
            total: jax.Array, ij: tuple[jax.Array, jax.Array], n_edge: int = n_edge
        ) -> tuple[jax.Array, None]:
            i, j = ij
            return total.at[i, ..., -n_edge:].add(step_sums(n_edge, i, j, weights)), None

        total, _ = jax.lax.scan(step, total, blocks)
    return total


def _masked_sum(mask: jax.Array, weights: jax.Array) -> jax.Array:
    """(step, n, m) mask times (step, m, n_sample) weights, in full precision on any device."""
    return jnp.einsum(
        "cij,cjs->cis", mask.astype(weights.dtype), weights, precision=jax.lax.Precision.HIGHEST
    )

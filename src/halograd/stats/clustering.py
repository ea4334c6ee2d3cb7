"""Projected two-point clustering of weighted halos."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd._summation import tree_sum
from halograd.pairs import ProjectedPairs


def wp(weights: ArrayLike, pairs: ProjectedPairs) -> jax.Array:
    r"""Projected correlation function of each sample,

    $$ w_p(r_p) = 2 \pi_{max} \left( \frac{DD}{RR} - 1 \right), \qquad
       RR = \left( W^2 - \sum_i w_i^2 \right) \frac{\pi (r_2^2 - r_1^2)\, 2 \pi_{max}}{V}, $$

    with W = sum_i w_i (eq. 5): the natural estimator in a periodic box, where RR is known
    exactly. A sample without pairs (no weight, or all of it in one halo) has wp = 0 with zero
    slope instead of NaN; `pairless_samples` tells.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: The pairs of the same n halos.

    Returns:
        (n_rp,) or (n_sample, n_rp), comoving Mpc/h.
    """
    weights = jnp.asarray(weights)
    counts = pairs(weights)
    effective = _effective_pairs(weights)[..., None]
    none = pairless_samples(weights)[..., None]
    edges = jnp.asarray(pairs.rp_edges)
    box_fraction = (
        jnp.pi * jnp.diff(edges**2) * 2 * pairs.pi_max / jnp.prod(jnp.asarray(pairs.boxsize))
    )
    random = jnp.where(none, 1.0, effective) * box_fraction.astype(counts.dtype)
    depth = jnp.asarray(2 * pairs.pi_max, counts.dtype)
    return jnp.where(none, 0.0, depth * (counts / random - 1))


def pairless_samples(weights: ArrayLike) -> jax.Array:
    """Which samples have no pair of distinct halos to correlate.

    Args:
        weights: (n,) or (n, n_sample).

    Returns:
        () or (n_sample,), boolean.
    """
    weights = jnp.asarray(weights, jnp.result_type(float, weights))
    total = tree_sum(weights)
    return _effective_pairs(weights) <= 8 * jnp.finfo(total.dtype).eps * total**2


def _effective_pairs(weights: jax.Array) -> jax.Array:
    return tree_sum(weights) ** 2 - tree_sum(weights**2)

"""Legendre multipoles of the correlation function in redshift space."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.pairs import Multipole, Pairs, SMu
from halograd.pairs.geometry import shells
from halograd.pairs.multipole import checked_ells
from halograd.stats.clustering import xi_s_mu
from halograd.stats.overdensity import RandomMultipoles, averaged, distinct_pairs, floats
from halograd.stats.random_pairs import pair_fraction

DEFAULT_ELLS = (0, 2, 4)


def multipoles(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    ells: Sequence[int] | None = None,
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Multipoles of the correlation function, from pairs weighed by Legendre polynomials,

    $$ \xi_\ell(s) = (2\ell + 1) \frac{\sum_{i \ne j} w_i w_j\, L_\ell(\mu_{ij})\,
       [s_{ij} \in s]}{RR(s)} - \delta_{\ell 0}, $$

    or from pairs in bins of μ, over each of which the polynomials are integrated exactly,

    $$ \xi_\ell(s) = (2\ell + 1) \sum_k \xi(s, \mu_k) \int_{\mu_k}^{\mu_{k+1}} L_\ell\, d\mu. $$

    Args:
        weights: (n,) or (n, n_sample).
        pairs: `MultipolePairs` of the same n halos, or `SMuPairs` with mu_edges from 0 to 1; or
            several, for example one per line of sight, whose multipoles are averaged.
        ells: Even numbers, of `MultipolePairs` some of theirs; None for all of theirs, or for
            (0, 2, 4) with `SMuPairs`. Odd multipoles vanish.
        cross_with: Weights of a second sample, as in `wp`.

    Returns:
        (n_ell, n_s) or (n_sample, n_ell, n_s).

    Raises:
        HalogradError: For an odd or negative ell, or one that the pairs do not have, for mu_edges
            that do not cover [0, 1], and as `wp`.
    """
    orders = None if ells is None else checked_ells(ells)

    def estimate(one: Pairs) -> jax.Array:
        if isinstance(one.geometry, Multipole):
            return _of_moments(weights, one, orders, cross_with)
        edges = _checked_cover(one.mu_edges)
        xi = xi_s_mu(weights, one, cross_with=cross_with)
        return projected_on_legendre(xi, orders or DEFAULT_ELLS, edges)

    return averaged("multipoles", (SMu, Multipole), estimate, pairs)


def _of_moments(
    weights: ArrayLike,
    pairs: Pairs,
    ells: tuple[int, ...] | None,
    cross_with: ArrayLike | None,
) -> jax.Array:
    held = pairs.geometry.ells
    missing = [ell for ell in ells or () if ell not in held]
    if missing:
        raise HalogradError(
            f"these pairs were made with ells = {list(held)}, and have no multipole of order "
            f"{', '.join(map(str, missing))}: make them with ells={tuple(ells)}"
        )
    first, second = floats(weights, cross_with)
    counts = pairs.counts(first, second)
    number, none = distinct_pairs(first, second, pairs)
    excess = _isotropic(pairs).excess(counts, number, none)
    return excess if ells is None else excess[..., np.array([held.index(ell) for ell in ells]), :]


def _isotropic(pairs: Pairs) -> RandomMultipoles:
    pair_fraction(pairs)  # which refuses a box that is not periodic on every axis
    x, y, z = pairs.boxsize
    return RandomMultipoles.isotropic(shells(pairs.geometry.edges) / (x * y * z), pairs.ells)


def projected_on_legendre(xi: jax.Array, ells: Sequence[int], mu_edges: ArrayLike) -> jax.Array:
    """The multipoles of ξ(s, μ) in bins of μ from 0 to 1: (..., n_s, n_mu) -> (..., n_ell, n_s)."""
    kernel = jnp.stack([jnp.asarray(_bin_weights(ell, mu_edges), xi.dtype) for ell in ells])
    return jnp.einsum("...sk,lk->...ls", xi, kernel, precision=jax.lax.Precision.HIGHEST)


def _checked_cover(edges: np.ndarray) -> np.ndarray:
    if _checks.is_concrete(edges) and (edges[0] > 0 or edges[-1] < 1):
        raise HalogradError(
            f"multipoles integrate over mu from 0 to 1, but mu_edges run from {edges[0]:g} to "
            f"{edges[-1]:g}; make the pairs with mu_edges such as np.linspace(0, 1, 21)"
        )
    return edges


def _bin_weights(ell: int, edges: np.ndarray) -> np.ndarray:
    """(2 l + 1) times the integral of P_l over each bin, P_{l+1} - P_{l-1} between its edges."""
    above, below = _legendre(ell + 1, edges), _legendre(max(ell - 1, 0), edges)
    return (above - below)[1:] - (above - below)[:-1]


def _legendre(ell: int, mu: np.ndarray) -> np.ndarray:
    """P_l(mu) by the recurrence of Bonnet, for arrays that may be traced."""
    previous, current = 0 * mu, 0 * mu + 1
    for order in range(ell):
        following = ((2 * order + 1) * mu * current - order * previous) / (order + 1)
        previous, current = current, following
    return current

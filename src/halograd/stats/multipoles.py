"""Legendre multipoles of the correlation function in redshift space."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._arrays import unmasked
from halograd.errors import HalogradError
from halograd.pairs import Pairs, SMu
from halograd.stats.clustering import xi_s_mu
from halograd.stats.overdensity import averaged


def multipoles(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    ells: Sequence[int] = (0, 2, 4),
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Multipoles of the correlation function,

    $$ \xi_\ell(s) = (2\ell + 1) \sum_k \xi(s, \mu_k) \int_{\mu_k}^{\mu_{k+1}} P_\ell\, d\mu, $$

    over 0 <= mu <= 1, the Legendre polynomials being integrated exactly over each bin of mu.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: `SMuPairs` of the same n halos, with mu_edges from 0 to 1; or several, for example
            one per line of sight, whose multipoles are averaged.
        ells: Even numbers; odd multipoles vanish, since pairs are binned in |mu|.
        cross_with: Weights of a second sample, as in `wp`.

    Returns:
        (n_ell, n_s) or (n_sample, n_ell, n_s).

    Raises:
        HalogradError: For an odd or negative ell, for mu_edges that do not cover [0, 1], and as
            `wp`.
    """
    orders = checked_ells(ells)

    def estimate(one: Pairs) -> jax.Array:
        edges = _checked_cover(one.mu_edges)
        return projected_on_legendre(xi_s_mu(weights, one, cross_with=cross_with), orders, edges)

    return averaged("multipoles", SMu, estimate, pairs)


def projected_on_legendre(xi: jax.Array, ells: Sequence[int], mu_edges: ArrayLike) -> jax.Array:
    """The multipoles of ξ(s, μ) in bins of μ from 0 to 1: (..., n_s, n_mu) -> (..., n_ell, n_s)."""
    kernel = jnp.stack([jnp.asarray(_bin_weights(ell, mu_edges), xi.dtype) for ell in ells])
    return jnp.einsum("...sk,lk->...ls", xi, kernel, precision=jax.lax.Precision.HIGHEST)


def checked_ells(ells: Sequence[int]) -> tuple[int, ...]:
    """The orders, if they are even whole numbers in a row."""
    try:
        orders = np.asarray(unmasked("ells", ells))
    except ValueError:
        orders = np.zeros(0)
    whole = orders.ndim == 1 and orders.size and np.issubdtype(orders.dtype, np.integer)
    if not whole or (orders < 0).any() or (orders % 2).any():
        raise HalogradError(
            f"ells must be even whole numbers in a row, such as (0, 2, 4), got {ells!r}; odd "
            "multipoles vanish for pairs binned in |mu|"
        )
    return tuple(int(ell) for ell in orders)


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

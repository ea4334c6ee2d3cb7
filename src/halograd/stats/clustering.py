"""Two-point correlation functions of weighted halos."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd.pairs import Pairs, Projected, Radial, RpPi, SMu
from halograd.stats.overdensity import averaged, overdensity
from halograd.stats.random_pairs import depth_of_box


def wp(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Projected correlation function of each sample,

    $$ w_p(r_p) = 2 \pi_{max} \left( \frac{DD}{RR} - 1 \right), \qquad
       RR = \left( W^2 - \sum_i w_i^2 \right) \frac{\pi (r_2^2 - r_1^2)\, 2 \pi_{max}}{V}, $$

    with W = sum_i w_i (eq. 5): the natural estimator in a periodic box, where RR is known
    exactly. A sample without pairs (no weight, or all of it in one halo) has wp = 0 with zero
    slope instead of NaN; `pairless_samples` tells. Pairs without pi_max span the whole box.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: The pairs of the same n halos, or several, for example one per line of sight,
            whose results are averaged.
        cross_with: Weights of a second sample, for the cross-correlation of the two: the same
            shape for `ProjectedPairs`; for `ProjectedCrossPairs`, those of the second set.

    Returns:
        (n_rp,) or (n_sample, n_rp), comoving Mpc/h.

    Raises:
        HalogradError: For pairs of another kind, with different bins, or in a box that is not
            periodic on every axis.
    """

    def estimate(one: Pairs) -> jax.Array:
        excess = overdensity(weights, one, cross_with)
        length = one.geometry.line_of_sight_length(depth_of_box(one))
        return jnp.asarray(length, excess.dtype) * excess

    return averaged("wp", Projected, estimate, pairs)


def xi(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Correlation function in real space,

    $$ \xi(r) = DD / RR - 1, \qquad
       RR = \left( W^2 - \sum_i w_i^2 \right) \frac{4 \pi (r_2^3 - r_1^3)}{3 V}. $$

    Args:
        weights: (n,) or (n, n_sample).
        pairs: `RadialPairs` of the same n halos, or several to average over.
        cross_with: Weights of a second sample, as in `wp`.

    Returns:
        (n_r,) or (n_sample, n_r).

    Raises:
        HalogradError: As `wp`.
    """
    return averaged("xi", Radial, lambda one: overdensity(weights, one, cross_with), pairs)


def xi_rp_pi(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Correlation function across and along the line of sight,

    $$ \xi(r_p, \pi) = DD / RR - 1, \qquad RR = \left( W^2 - \sum_i w_i^2 \right)
       \frac{\pi (r_2^2 - r_1^2)\, 2 (\pi_2 - \pi_1)}{V}, $$

    in bins of |pi|.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: `RpPiPairs` of the same n halos, or several to average over.
        cross_with: Weights of a second sample, as in `wp`.

    Returns:
        (n_rp, n_pi) or (n_sample, n_rp, n_pi).

    Raises:
        HalogradError: As `wp`.
    """
    return averaged("xi_rp_pi", RpPi, lambda one: overdensity(weights, one, cross_with), pairs)


def xi_s_mu(
    weights: ArrayLike,
    pairs: Pairs | Sequence[Pairs],
    *,
    cross_with: ArrayLike | None = None,
) -> jax.Array:
    r"""Correlation function in distance and direction,

    $$ \xi(s, \mu) = DD / RR - 1, \qquad RR = \left( W^2 - \sum_i w_i^2 \right)
       \frac{4 \pi (s_2^3 - s_1^3)}{3 V} (\mu_2 - \mu_1), $$

    in bins of |mu|, the cosine of the angle to the line of sight.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: `SMuPairs` of the same n halos, or several to average over.
        cross_with: Weights of a second sample, as in `wp`.

    Returns:
        (n_s, n_mu) or (n_sample, n_s, n_mu).

    Raises:
        HalogradError: As `wp`.
    """
    return averaged("xi_s_mu", SMu, lambda one: overdensity(weights, one, cross_with), pairs)

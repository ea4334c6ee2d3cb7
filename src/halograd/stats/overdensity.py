"""The natural estimator DD / RR - 1, which every correlation function here starts from."""

from collections.abc import Callable, Sequence
from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._arrays import float_array, weight_array
from halograd._summation import tree_sum
from halograd.errors import HalogradError
from halograd.pairs import Geometry, Pairs
from halograd.stats.random_pairs import checked_geometry, pair_fraction


def overdensity(weights: ArrayLike, pairs: Pairs, cross_with: ArrayLike | None) -> jax.Array:
    r"""Excess of weighted pairs over random ones in each bin,

    $$ \xi = DD / RR - 1, \qquad RR = N\, v_{bin} / V, $$

    where N counts the weighted pairs of distinct points: W^2 - sum_i w_i^2 within a sample,
    W1 W2 - sum_i w1_i w2_i between two samples of the same points, W1 W2 between two sets.

    Args:
        weights: (n,) or (n, n_sample).
        pairs: The pairs of the same n points.
        cross_with: Weights of the second sample, or None for pairs within the first.

    Returns:
        (*bins) or (n_sample, *bins).
    """
    first, second = floats(weights, cross_with)
    counts = pairs.counts(first, second)
    number, none = distinct_pairs(first, second, pairs)
    return RandomPairs(pair_fraction(pairs)).excess(counts, number, none)


def averaged(
    statistic: str,
    geometry: type[Geometry] | tuple[type[Geometry], ...],
    estimate: Callable[[Pairs], jax.Array],
    pairs: Pairs | Sequence[Pairs],
) -> jax.Array:
    """`estimate` of the pairs, or its mean over a sequence of them with the same bins.

    Raises:
        HalogradError: For pairs in another geometry than the statistic needs, an empty
            sequence, or one whose members have different bins.
    """
    members = pairs if isinstance(pairs, Sequence) else [pairs]
    if not members:
        raise HalogradError(f"{statistic} needs at least one set of pairs, got an empty sequence")
    for member in members:
        checked_geometry(statistic, member, geometry)
        _check_same_bins(statistic, members[0].geometry, member.geometry)
    results = [estimate(member) for member in members]
    return sum(results[1:], start=results[0]) / len(results)


def _check_same_bins(statistic: str, first: Geometry, other: Geometry) -> None:
    for name in ("edges", "line_of_sight_edges"):
        ours, theirs = getattr(first, name), getattr(other, name)
        known = _checks.is_concrete(ours) and _checks.is_concrete(theirs)
        if ours.shape != theirs.shape or (known and (np.asarray(ours) != np.asarray(theirs)).any()):
            raise HalogradError(
                f"{statistic} averages over pairs with the same bins, but some have edges {ours} "
                f"and some {theirs}; make them with the same edges"
            )
    if type(first) is not type(other) or first.further != other.further:
        raise HalogradError(
            f"{statistic} averages over pairs with the same bins, got {first.described()} and "
            f"{other.described()}"
        )


def pairless_samples(
    weights: ArrayLike,
    cross_with: ArrayLike | None = None,
    *,
    multiplicity: ArrayLike | None = None,
) -> jax.Array:
    """Which samples have no pair of distinct halos to correlate.

    Args:
        weights: (n,) or (n, n_sample).
        cross_with: The same shape, for pairs between two samples of the same halos; None for
            pairs within each sample.
        multiplicity: (n,), how many halos have each weight; one where None.

    Returns:
        () or (n_sample,), boolean.
    """
    first, second = floats(weights, cross_with)
    second = first if second is None else second
    halos = 1.0 if multiplicity is None else float_array("multiplicity", multiplicity)
    halos = jnp.reshape(halos, (-1, *(1,) * (first.ndim - 1)))
    every = tree_sum(halos * first) * tree_sum(halos * second)
    return is_rounding(every - tree_sum(halos * first * second), every)


def distinct_pairs(
    first: jax.Array, second: jax.Array | None, pairs: Pairs
) -> tuple[jax.Array, jax.Array]:
    """Weighted number of ordered pairs of distinct points, and whether there are none at all.

    Args:
        first: (n, ...).
        second: The same shape, or of another set of points; None for pairs within the first.
        pairs: Of these points.

    Returns:
        (...) and (...), boolean.
    """
    number, every = pairs.distinct_pairs(first, first if second is None else second)
    return number, is_rounding(number, every)


def is_rounding(number: jax.Array, every: jax.Array) -> jax.Array:
    """Whether the number of distinct pairs is zero, but for the rounding of all pairs."""
    return number <= 8 * jnp.finfo(every.dtype).eps * every


class RandomPairs(eqx.Module):
    """Pairs of uniform random points, as counts are compared with them.

    Attributes:
        fraction: Of their pairs, in each bin. (*bins)
    """

    fraction: jax.Array | np.ndarray

    def excess(self, counts: jax.Array, number: jax.Array, none: jax.Array) -> jax.Array:
        """Counts over number * fraction, less 1; 0 with zero slope where there are no pairs.

        Args:
            counts: (..., *bins).
            number: (...), pairs of distinct points.
            none: (...), where there are none.
        """
        bins = tuple(range(-np.ndim(self.fraction), 0))
        none, number = jnp.expand_dims(none, bins), jnp.expand_dims(number, bins)
        random = jnp.where(none, 1.0, number) * jnp.asarray(self.fraction, counts.dtype)
        return jnp.where(none, 0.0, counts / random - 1)


class RandomMultipoles(eqx.Module):
    r"""The same for pairs weighed by Legendre polynomials.

    The pairs of random points with separations s and μ may have a density W(s, μ) that depends on
    the direction, as in a box of which a part is missing. Then

    $$ DD_\ell / N = R_\ell + \sum_{\ell'} Q_{\ell\ell'} \xi_{\ell'}, \qquad
       R_\ell = \int W L_\ell, \quad Q_{\ell\ell'} = \int W L_\ell L_{\ell'}, $$

    in every bin of s, N being the number of pairs of distinct points.

    Attributes:
        random: (n_s, n_ell), R.
        inverse: (n_s, n_ell, n_ell), of Q, among the orders that are there.
    """

    random: jax.Array | np.ndarray
    inverse: jax.Array | np.ndarray

    @classmethod
    def isotropic(cls, fraction: jax.Array | np.ndarray, ells: Sequence[int]) -> Self:
        """Where random pairs have no direction, as in a periodic box.

        Args:
            fraction: (n_s,), of random pairs in each bin of s.
            ells: The orders.
        """
        orders = np.array(ells)
        monopole = np.array(orders == 0, float)
        inverse = np.diag(2.0 * orders + 1)
        return cls(fraction[:, None] * monopole, inverse / fraction[:, None, None])

    def excess(self, counts: jax.Array, number: jax.Array, none: jax.Array) -> jax.Array:
        """Multipoles ξ_ℓ, 0 with zero slope where there are no pairs.

        Args:
            counts: (..., n_ell, n_s), DD_ℓ.
            number: (...), N.
            none: (...), where there are none.
        """
        number, none = number[..., None, None], none[..., None, None]
        apart = counts / jnp.where(none, 1.0, number) - jnp.asarray(self.random.T, counts.dtype)
        inverse = jnp.asarray(self.inverse, counts.dtype)
        highest = jax.lax.Precision.HIGHEST
        found = jnp.einsum("slm,...ms->...ls", inverse, apart, precision=highest)
        return jnp.where(none, 0.0, found)


def floats(weights: ArrayLike, cross_with: ArrayLike | None) -> tuple[jax.Array, jax.Array | None]:
    """Both samples in one floating type."""
    first = weight_array("weights", weights)
    if cross_with is None:
        return first, None
    second = weight_array("cross_with", cross_with)
    dtype = jnp.result_type(first, second)
    return first.astype(dtype), second.astype(dtype)

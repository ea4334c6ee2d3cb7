"""The "three-roll" stellar-to-halo-mass relation."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.bounds import to_bounded, to_unbounded
from halograd.errors import HalogradError
from halograd.sham._leaves import check_finite, leaf, takes_floats

__all__ = ["THREE_ROLL_BOUNDS", "ThreeRoll"]

THREE_ROLL_BOUNDS = {
    "log_m_crit": (9.0, 16.0),
    "log_ratio_crit": (-5.0, 0.0),
    "k": (0.0, 25.0),
    "low_mid": (9.0, 16.0),
    "low_k": (0.0, 25.0),
    "low_start": (0.0, 10.0),
    "low_end": (0.0, 10.0),
    "high_mid": (9.0, 16.5),
    "high_k": (0.0, 15.0),
    "high_start": (-0.5, 15.0),
    "high_end": (-0.5, 15.0),
}
"""Lower and upper bound of each parameter of `ThreeRoll`, from the code of arXiv:2112.08423."""


class ThreeRoll(eqx.Module):
    """A power law whose index rolls between two indices, each of which rolls too.

        log10 M* = log_m_crit + log_ratio_crit + a(M) (log10 M − log_m_crit)
        a(M)      = S(M; log_m_crit, k, a_low(M), a_high(M))
        a_low(M)  = S(M; low_mid, low_k, low_start, low_end), a_high(M) likewise
        S(M; x0, k, lo, hi) = lo + (hi − lo) / (1 + exp(−k (log10 M − x0)))

    from arXiv:2112.08423, whose code gives the default values. Callable as μ(log10 M).

    Attributes:
        log_m_crit: log10 of the halo mass of the main roll, Msun/h.
        log_ratio_crit: log10 M*/M there.
        k: Steepness of the main roll, per dex.
        low_mid, low_k: Where and how steeply the index of light halos rolls.
        low_start, low_end: That index far below and far above `low_mid`.
        high_mid, high_k, high_start, high_end: The same for the index of massive halos.

    Raises:
        HalogradError: For a parameter that is not finite.
    """

    log_m_crit: jax.Array = eqx.field(converter=leaf, default=11.35)
    log_ratio_crit: jax.Array = eqx.field(converter=leaf, default=-1.65)
    k: jax.Array = eqx.field(converter=leaf, default=1.6)
    low_mid: jax.Array = eqx.field(converter=leaf, default=11.5)
    low_k: jax.Array = eqx.field(converter=leaf, default=2.0)
    low_start: jax.Array = eqx.field(converter=leaf, default=2.5)
    low_end: jax.Array = eqx.field(converter=leaf, default=2.5)
    high_mid: jax.Array = eqx.field(converter=leaf, default=13.5)
    high_k: jax.Array = eqx.field(converter=leaf, default=2.0)
    high_start: jax.Array = eqx.field(converter=leaf, default=0.5)
    high_end: jax.Array = eqx.field(converter=leaf, default=0.5)

    def __check_init__(self) -> None:
        check_finite("ThreeRoll", **{name: getattr(self, name) for name in THREE_ROLL_BOUNDS})

    @takes_floats
    def mean_log_mstar(self, log_m: ArrayLike) -> jax.Array:
        """μ, log10 of Msun, at log10 halo mass (Msun/h), elementwise."""
        low = _roll(log_m, self.low_mid, self.low_k, self.low_start, self.low_end)
        high = _roll(log_m, self.high_mid, self.high_k, self.high_start, self.high_end)
        index = _roll(log_m, self.log_m_crit, self.k, low, high)
        return self.log_m_crit + self.log_ratio_crit + index * (log_m - self.log_m_crit)

    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """The same as `mean_log_mstar`."""
        return self.mean_log_mstar(log_m)

    def unbounded(self) -> jax.Array:
        """The parameters, in order, mapped from their bounds to the real line. (11,)

        Raises:
            HalogradError: For a concrete parameter outside `THREE_ROLL_BOUNDS`.
        """
        values = jnp.stack([getattr(self, name) for name in THREE_ROLL_BOUNDS])
        return to_unbounded(values, *_limits())

    @classmethod
    def from_unbounded(cls, u: ArrayLike) -> Self:
        """The relation whose `unbounded` is `u`. (11,)"""
        u = jnp.asarray(u)
        if u.shape != (len(THREE_ROLL_BOUNDS),):
            raise HalogradError(f"u must have shape ({len(THREE_ROLL_BOUNDS)},), got {u.shape}")
        return cls(*to_bounded(u, *_limits()))


def _limits() -> np.ndarray:
    return np.array(list(THREE_ROLL_BOUNDS.values())).T


def _roll(
    x: jax.Array, middle: jax.Array, k: jax.Array, start: jax.Array, end: jax.Array
) -> jax.Array:
    return start + (end - start) * jax.nn.sigmoid(k * (x - middle))

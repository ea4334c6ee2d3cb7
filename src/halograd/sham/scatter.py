"""Scatter of log M* at fixed halo mass."""

import equinox as eqx
import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.sham._leaves import check_finite, concrete, leaf, takes_floats

__all__ = ["Scatter"]


class Scatter(eqx.Module):
    """Scatter that runs from `low` to `high` with halo mass (arXiv:2112.08423).

        σ(M) = low + (high − low) / (1 + exp(−k (log10 M − log_m_mid)))

    Attributes:
        low: Scatter of light halos, dex; 0 is allowed.
        high: Scatter of massive halos, dex; 0 is allowed.
        log_m_mid: log10 of the mass half way, Msun/h.
        k: Steepness, per dex of halo mass.

    Raises:
        HalogradError: For a negative or non-finite scatter.
    """

    low: jax.Array = eqx.field(converter=leaf, default=0.3)
    high: jax.Array = eqx.field(converter=leaf, default=0.2)
    log_m_mid: jax.Array = eqx.field(converter=leaf, default=12.0)
    k: jax.Array = eqx.field(converter=leaf, default=1.0)

    def __check_init__(self) -> None:
        check_finite("Scatter", low=self.low, high=self.high, log_m_mid=self.log_m_mid, k=self.k)
        for name, value in (("low", self.low), ("high", self.high)):
            if concrete(value) and (np.asarray(value) < 0).any():
                raise HalogradError(f"{name} of Scatter must be 0 dex or more, got {value}")

    @takes_floats
    def __call__(self, log_m: ArrayLike) -> jax.Array:
        """σ in dex at log10 halo mass (Msun/h), elementwise."""
        step = jax.nn.sigmoid(self.k * (log_m - self.log_m_mid))
        return self.low + (self.high - self.low) * step

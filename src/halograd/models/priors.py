"""Prior densities of single parameters, each within the bounds of its parameter."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from scipy.special import log_ndtr
from scipy.stats import truncnorm

from halograd._arrays import real_array
from halograd.errors import HalogradError


class Uniform(NamedTuple):
    """Equal density everywhere between the bounds; improper where a bound is infinite."""

    def log_density(self, value: ArrayLike, low: float, high: float) -> jax.Array:
        """-ln(high - low), or 0 where that is infinite."""
        width = high - low
        level = -np.log(width) if np.isfinite(width) else 0.0
        return jnp.zeros_like(value) + level

    def quantile(self, fraction: ArrayLike, low: float, high: float) -> np.ndarray:
        """The value below which `fraction` of the prior lies."""
        return low + np.asarray(fraction) * (high - low)

    def is_proper(self, low: float, high: float) -> bool:
        """Whether the density integrates to 1."""
        return bool(np.isfinite(high - low))

    def check(self, name: str, low: float, high: float) -> None:
        """Bounds that increase are all that a uniform prior needs."""

    @property
    def label(self) -> str:
        """The prior in words, for a table."""
        return "uniform"


class Normal(NamedTuple):
    """A normal density, cut off at the bounds and normalised to 1 between them.

    Attributes:
        mean: Mean of the whole normal, in the unit of the parameter; it may lie outside the bounds.
        sd: Standard deviation of the whole normal.
    """

    mean: float
    sd: float

    def log_density(self, value: ArrayLike, low: float, high: float) -> jax.Array:
        """-(p - mean)² / 2 sd², and the constant that makes its integral 1."""
        constant = np.log(self.sd) + 0.5 * np.log(2 * np.pi) + self._log_mass(low, high)
        return -0.5 * ((value - self.mean) / self.sd) ** 2 - constant

    def quantile(self, fraction: ArrayLike, low: float, high: float) -> np.ndarray:
        """The value below which `fraction` of the prior lies."""
        return truncnorm.ppf(fraction, *self._standard(low, high), loc=self.mean, scale=self.sd)

    def is_proper(self, low: float, high: float) -> bool:
        """Whether the density integrates to 1: always."""
        return True

    def check(self, name: str, low: float, high: float) -> None:
        """Raise unless mean and sd are finite, sd positive, and the bounds leave some of it."""
        for field, value in zip(self._fields, self, strict=True):
            real_array(f"{field} of the normal prior of {name}", value)
        if not (np.isfinite(self.mean) and np.isfinite(self.sd) and self.sd > 0):
            raise HalogradError(
                f"the normal prior of {name} needs a finite mean and sd above 0, got mean = "
                f"{self.mean:g}, sd = {self.sd:g}"
            )
        if self._log_mass(low, high) < -50:
            raise HalogradError(
                f"the normal prior of {name}, {self.mean:g} ± {self.sd:g}, has nothing within "
                f"the bounds [{low:g}, {high:g}]: move the mean or the bounds"
            )

    @property
    def label(self) -> str:
        """The prior in words, for a table."""
        return f"normal {self.mean:g} ± {self.sd:g}"

    def _standard(self, low: float, high: float) -> tuple[float, float]:
        return (low - self.mean) / self.sd, (high - self.mean) / self.sd

    def _log_mass(self, low: float, high: float) -> float:
        """Log of the fraction of the normal between the bounds, in whichever tail is not near 1."""
        below, above = self._standard(low, high)
        if below > 0:
            below, above = -above, -below
        larger, smaller = log_ndtr(above), log_ndtr(below)
        return float(larger + np.log1p(-np.exp(smaller - larger)))


Prior = Uniform | Normal

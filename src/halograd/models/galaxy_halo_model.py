"""What every galaxy–halo model offers: parameters in, the weight of each halo out."""

import abc

import equinox as eqx
import jax
from jax.typing import ArrayLike

from halograd._arrays import float_array
from halograd.models.parameters import ParameterSpace, Theta
from halograd.models.weights import interval_weights


class GalaxyHaloModel(eqx.Module):
    """A mean stellar mass and a scatter for each halo, as functions of named parameters.

    Subclasses give `space`, `mean_log_mstar` and `scatter`; both functions are differentiable
    in every parameter.
    """

    kernel: eqx.AbstractVar[str]

    @property
    @abc.abstractmethod
    def space(self) -> ParameterSpace:
        """The parameters with their defaults and bounds."""

    @abc.abstractmethod
    def mean_log_mstar(self, theta: Theta, log_mpeak: ArrayLike) -> jax.Array:
        """Mean log10 stellar mass, Msun: (n,) log10 Msun/h -> (n,)."""

    @abc.abstractmethod
    def scatter(self, theta: Theta, log_mpeak: ArrayLike) -> jax.Array:
        """Scatter in log10 stellar mass at fixed halo mass, dex: (n,) -> (n,)."""

    def caveats(self, theta: Theta) -> list[str]:
        """What a reader must know before believing the model at these parameters."""
        return []

    def weights(
        self, theta: Theta, log_mpeak: ArrayLike, low: ArrayLike, high: ArrayLike
    ) -> jax.Array:
        """Probability that each halo's galaxy lies in each sample.

        Args:
            theta: Parameter values by name; the defaults stand in for the missing.
            log_mpeak: (n,), log10 Msun/h.
            low: (n_sample,), log10 Msun.
            high: (n_sample,), log10 Msun, inf for a threshold.

        Returns:
            (n, n_sample).
        """
        theta = self.space.complete(theta)
        log_mpeak = float_array("log_mpeak", log_mpeak, unit="log10 Msun/h")
        mean = self.mean_log_mstar(theta, log_mpeak)
        return interval_weights(mean, self.scatter(theta, log_mpeak), low, high, kernel=self.kernel)

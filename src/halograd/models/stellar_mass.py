"""Models that give every halo one galaxy, with a mean stellar mass and a scatter."""

import abc
from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd.kernels import kernel as named_kernel
from halograd.models.model import Columns, GalaxyHaloModel, check_samples
from halograd.models.parameters import Theta
from halograd.models.weights import interval_weights
from halograd.samples import Sample


@runtime_checkable
class HasMeanRelation(Protocol):
    """A model with a mean stellar mass and a scatter at fixed columns, which reports can draw."""

    kernel: str

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """Mean log10 stellar mass, Msun. (n,)"""

    def scatter(self, theta: Theta, columns: Columns) -> ArrayLike:
        """Scatter in log10 stellar mass, dex: (n,) or a number."""


class StellarMassModel(GalaxyHaloModel):
    r"""One galaxy for each halo, its log M* scattered about a mean relation,

    $$ W_i = P(low \le \log M_* < high \mid \mu(x_i), \sigma(x_i)), $$

    with the columns x of the halo. Subclasses give `space`, `mean_log_mstar` and `scatter`, and
    name the columns these look at in `needs`; both are differentiable in every parameter.
    """

    needs: ClassVar[tuple[str, ...]] = ("log_mpeak",)
    kinds: ClassVar[tuple[str, ...]] = ()
    kernel: eqx.AbstractVar[str]

    def __check_init__(self) -> None:
        named_kernel(self.kernel)

    @abc.abstractmethod
    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """Mean log10 stellar mass of the galaxy of each halo, Msun. (n,)"""

    @abc.abstractmethod
    def scatter(self, theta: Theta, columns: Columns) -> ArrayLike:
        """Scatter in log10 stellar mass at fixed columns, dex: (n,) or a number."""

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """Probability that the galaxy of each halo lies in each sample. (n, n_sample)"""
        check_samples(self, samples)
        theta = self.space.complete(theta)
        low, high = (jnp.asarray([getattr(s, end) for s in samples]) for end in ("low", "high"))
        mean, scatter = self.mean_log_mstar(theta, columns), self.scatter(theta, columns)
        return interval_weights(mean, scatter, low, high, kernel=self.kernel)

    def draw_log_mstar(self, key: jax.Array, theta: Theta, columns: Columns) -> jax.Array:
        """log10 stellar mass of one galaxy for each halo, μ + σ u, Msun. (n,)"""
        theta = self.space.complete(theta)
        mean = self.mean_log_mstar(theta, columns)
        deviate = _standard_deviates(key, len(mean), self.kernel)
        return mean + self.scatter(theta, columns) * deviate


def _standard_deviates(key: jax.Array, n: int, kernel: str) -> jax.Array:
    """Draws of (log M* - μ) / σ with the density of the kernel. (n,)"""
    if kernel == "normal":
        return jax.random.normal(key, (n,))
    # The triweight (1 - (u/3)^2)^3 on [-3, 3] is a Beta(4, 4) stretched.
    return 3 * (2 * jax.random.beta(key, 4.0, 4.0, (n,)) - 1)

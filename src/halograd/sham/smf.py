"""What every stellar mass function offers."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from halograd.sham._interpolation import invert_decreasing
from halograd.sham._leaves import takes_floats

__all__ = ["StellarMassFunction"]


class StellarMassFunction(eqx.Module):
    """Number density of galaxies by stellar mass; m is log10 stellar mass in Msun (h-free).

    A subclass gives `log_density` and `log_cumulative_density`, both finite at any finite m and
    differentiable in m and in the leaves, and the masses between which the latter is inverted.
    """

    def log_density(self, m: ArrayLike) -> jax.Array:
        """log10 φ(m), φ in (Mpc/h)^-3 per dex, elementwise."""
        raise NotImplementedError

    def log_cumulative_density(self, m: ArrayLike) -> jax.Array:
        """log10 n(>m), n in (Mpc/h)^-3, elementwise."""
        raise NotImplementedError

    def inversion_nodes(self) -> jax.Array:
        """Increasing masses that hold the look-up table of `log_mstar_at`. (n_node,)"""
        raise NotImplementedError

    @takes_floats
    def density(self, m: ArrayLike) -> jax.Array:
        """φ(m) in (Mpc/h)^-3 per dex, elementwise; zero where it underflows."""
        return 10.0 ** self.log_density(m)

    @takes_floats
    @eqx.filter_jit
    def log_mstar_at(self, x: ArrayLike) -> jax.Array:
        """The m with log10 n(>m) = x: the relation of zero scatter, elementwise.

        Differentiable to second order in x and the leaves. Beyond the ends of
        `inversion_nodes` m goes on as a straight line in x, of 100 dex per dex at most: where the
        SMF has a finite number of galaxies, rarer than the halos, the halos left over get masses
        that fall off steeply.
        """
        nodes = self.inversion_nodes()
        m = invert_decreasing(self.log_cumulative_density, jnp.ravel(x), nodes, flattest=0.01)
        return jnp.reshape(m, x.shape)

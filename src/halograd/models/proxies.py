"""Properties that order halos, with parameters of their own."""

import abc
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from halograd.models.model import Columns
from halograd.models.parameters import Parameter, Theta

_LEAST = 1e-3  # keeps logarithms finite where a halo finder wrote 0


class Proxy(eqx.Module):
    """What orders halos in abundance matching: the larger, the more massive the galaxy.

    Attributes:
        needs: The columns that it looks at.
        parameters: Its own parameters.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    parameters: ClassVar[tuple[Parameter, ...]] = ()

    @abc.abstractmethod
    def values(self, theta: Theta, columns: Columns) -> jax.Array:
        """The property, in any unit, differentiable in its parameters. (n,)"""


class Column(Proxy):
    """A column of the catalogue, such as v_peak.

    Args:
        name: Of the column, whose values are positive.
    """

    name: str = eqx.field(static=True)

    @property
    def needs(self) -> tuple[str, ...]:
        """The column."""
        return (self.name,)

    def values(self, theta: Theta, columns: Columns) -> jax.Array:
        """Its logarithm. (n,)"""
        return jnp.log10(jnp.maximum(columns[self.name], _LEAST))


class InterpolatedVelocity(Proxy):
    r"""The circular velocity between that at the virial radius and the highest one,

    $$ v_\alpha = v_{vir} (v_{max} / v_{vir})^\alpha, $$

    both when the mass of the halo peaked (Lehmann et al. 2017, arXiv:1510.05651). α = 0 orders
    halos by mass, and 1 by v_max; between them the concentration counts ever more.
    """

    needs: ClassVar[tuple[str, ...]] = ("v_at_mpeak", "v_vir_at_mpeak")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("proxy_alpha", 0.57, 0.0, 1.5, r"\alpha_v"),
    )

    def values(self, theta: Theta, columns: Columns) -> jax.Array:
        """log10 of v_α, km/s. (n,)"""
        highest, virial = (jnp.log10(jnp.maximum(columns[n], _LEAST)) for n in self.needs)
        return virial + theta["proxy_alpha"] * (highest - virial)


class ConcentratedMass(Proxy):
    r"""The peak mass times a power of the concentration, $M (c / 10)^\gamma$."""

    needs: ClassVar[tuple[str, ...]] = ("log_mpeak", "concentration")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("proxy_gamma", 0.5, -2.0, 3.0, r"\gamma_c"),
    )

    def values(self, theta: Theta, columns: Columns) -> jax.Array:
        """log10 of it, Msun/h. (n,)"""
        log_c = jnp.log10(jnp.maximum(columns["concentration"], _LEAST))
        return columns["log_mpeak"] + theta["proxy_gamma"] * (log_c - 1)


class FunctionProxy(Proxy):
    """A function of a user's own.

    Args:
        function: Of theta and columns, gives (n,) values; written with jax.numpy, and
            differentiable in the parameters.
        looks_at: The names of the columns that it looks at.
        takes: The parameters that it takes from theta.
    """

    function: Callable[[Theta, Columns], jax.Array] = eqx.field(static=True)
    looks_at: tuple[str, ...] = eqx.field(static=True, converter=tuple)
    takes: tuple[Parameter, ...] = eqx.field(static=True, converter=tuple, default=())

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns."""
        return self.looks_at

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the proxy, besides those of the model."""
        return self.takes

    def values(self, theta: Theta, columns: Columns) -> jax.Array:
        """What the function returns. (n,)"""
        return self.function(theta, columns)


NAMED: dict[str, Callable[[], Proxy]] = {
    "v_alpha": InterpolatedVelocity,
    "concentrated_mass": ConcentratedMass,
}
"""Proxies by the name that a configuration gives; any other name is that of a column."""


def proxy_named(name: str) -> Proxy:
    """The proxy of that name, or the column."""
    return NAMED[name]() if name in NAMED else Column(name)

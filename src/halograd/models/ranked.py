"""Abundance matching in any property of halos: a model of mass, on halos ordered otherwise."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
from jax.typing import ArrayLike

from halograd import _checks, sham
from halograd.errors import ConfigError, HalogradError
from halograd.models.halo_order import HaloOrder
from halograd.models.model import Columns
from halograd.models.parameters import Parameter, Theta
from halograd.models.stellar_mass import StellarMassModel
from halograd.models.wrapper import ModelWrapper
from halograd.registries import MODELS

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog


class Ranked(ModelWrapper, StellarMassModel):
    r"""A model of stellar mass, on halos that a property other than mass puts in order.

    Each halo is taken for one of the mass that is as rare as its property p,

    $$ n(> M_i) = n(> p_i; \alpha), $$

    among all halos of the catalogue. Over a `ShamModel` this is abundance matching in p: whatever
    the parameters α of the property, the stellar mass function is the one asked for, because only
    the order of the halos changes, and n(> p; α) changes smoothly with it.

    Args:
        base: Gives a mean relation and a scatter as functions of `log_mpeak`.
        order: The halos, and the property that they are ordered by.

    Raises:
        HalogradError: For a base without a mean relation.
    """

    order: HaloOrder

    def __post_init__(self) -> None:
        if not isinstance(self.base, StellarMassModel):
            raise HalogradError(
                "Ranked changes which halos a mean relation sees, so its base must be a "
                f"StellarMassModel, such as models.ShamModel; got {type(self.base).__name__}"
            )
        if not isinstance(self.order, HaloOrder):
            raise HalogradError(
                f"order must be models.HaloOrder(halos, proxy), got {type(self.order).__name__}"
            )
        super().__post_init__()

    @property
    def kernel(self) -> str:
        """That of the base."""
        return self.base.kernel

    @property
    def own_parameters(self) -> tuple[Parameter, ...]:
        """Those of the property."""
        return self.order.proxy.parameters

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the property, and those of the base besides the mass."""
        others = (name for name in self.base.needs if name != "log_mpeak")
        return tuple(dict.fromkeys((*self.order.proxy.needs, *others)))

    def equivalent_log_mpeak(self, theta: Theta, columns: Columns) -> jax.Array:
        """log10 of the mass of halos that are as rare as each halo is in p, Msun/h. (n,)

        By the abundance of the base where it has one, as a `ShamModel` does, else as counted.
        """
        own: sham.SubhaloAbundance | None = getattr(self.base, "shmf", None)
        abundance = self.order.abundance if own is None else own
        theta = self.space.complete(theta)
        return abundance.log_m_at(self.order.log_cumulative_density(theta, columns))

    def mean_log_mstar(self, theta: Theta, columns: Columns) -> jax.Array:
        """The mean relation of the base at the equivalent mass, log10 Msun. (n,)"""
        return self.base.mean_log_mstar(*self._as_base_sees(theta, columns))

    def scatter(self, theta: Theta, columns: Columns) -> ArrayLike:
        """The scatter of the base at the equivalent mass, dex: (n,) or a number."""
        return self.base.scatter(*self._as_base_sees(theta, columns))

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: "HaloCatalog | None") -> "Ranked":
        """The model as [model] asks for it.

        Args:
            options: `base`, a table with a `kind`, and `proxy`, "v_alpha", "concentrated_mass" or
                the name of a column.
            halos: The catalogue, or None where only the parameters are asked for.

        Raises:
            ConfigError: For another key, or one that is missing.
        """
        _checks.known_keys("the model", options, ("base", "proxy"), ConfigError)
        base, proxy = options.get("base"), options.get("proxy")
        if not (isinstance(base, Mapping) and "kind" in base) or not isinstance(proxy, str):
            raise ConfigError(
                'the model needs base, a table with a kind, and proxy: "v_alpha", '
                '"concentrated_mass" or the name of a column'
            )
        of_base = {name: value for name, value in base.items() if name != "kind"}
        made = MODELS[base["kind"]].from_config(of_base, halos)
        return cls(made, HaloOrder(halos, proxy))

    def _as_base_sees(self, theta: Theta, columns: Columns) -> tuple[Theta, Columns]:
        theta = self.space.complete(theta)
        own = {name: theta[name] for name in self.base.space.names}
        return own, {**columns, "log_mpeak": self.equivalent_log_mpeak(theta, columns)}

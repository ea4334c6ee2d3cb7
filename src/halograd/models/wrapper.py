"""A model that wraps another: the parameters, columns and galaxies of the base, changed."""

from collections.abc import Sequence
from typing import ClassVar

import equinox as eqx
import jax

from halograd.errors import HalogradError
from halograd.models.model import Columns, GalaxyHaloModel
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.samples import Sample


class ModelWrapper(GalaxyHaloModel):
    """A galaxy–halo model made from another one.

    A subclass declares what it adds, `own_parameters` and `own_needs`, and writes `weights` from
    those of the base, which `base_weights` gives. Parameters of both are joined once, when the
    model is made.

    Args:
        base: The model that is wrapped.

    Attributes:
        own_parameters: The parameters that it adds to those of the base.
        own_needs: The columns that it looks at, besides those of the base.

    Raises:
        HalogradError: For a base that is no model, and a parameter that both have.
    """

    base: GalaxyHaloModel
    _joined: ParameterSpace = eqx.field(static=True, init=False, repr=False)

    own_parameters: ClassVar[tuple[Parameter, ...]] = ()
    own_needs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.base, GalaxyHaloModel):
            raise HalogradError(
                f"{type(self).__name__} wraps a galaxy–halo model, got {self.base!r}: give it one, "
                "such as models.SmhmModel(); in a configuration, a table with a kind of its own"
            )
        self._joined = self.base.space | self.own_parameters

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the base, then its own."""
        of_base = self.base.needs
        of_base = (of_base,) if isinstance(of_base, str) else of_base
        return tuple(dict.fromkeys((*of_base, *self.own_needs)))

    @property
    def kinds(self) -> tuple[str, ...] | None:
        """The kinds of the base."""
        return self.base.kinds

    @property
    def has_stellar_mass(self) -> bool:
        """Whether the base knows stellar masses."""
        return self.base.has_stellar_mass

    @property
    def independent(self) -> bool:
        """Whether the galaxies of the base are independent given the columns."""
        return self.base.independent

    @property
    def space(self) -> ParameterSpace:
        """The parameters of the base, then its own."""
        return self._joined

    def base_weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """The expected galaxies of the base, worked out once for samples that agree. (n, n_sample)

        Args:
            theta: Every parameter by name, those of the wrapper among them.
            columns: The columns that `needs` names, each (n,).
            samples: What is counted.
        """
        distinct = list(dict.fromkeys(samples))
        own = {name: theta[name] for name in self.base.space.names}
        found = self.base.weights(own, columns, tuple(distinct))
        if len(distinct) == len(samples):
            return found
        return found[:, [distinct.index(sample) for sample in samples]]

    def caveats(self, theta: Theta) -> list[str]:
        """Those of the base."""
        theta = self.space.complete(theta)
        return self.base.caveats({name: theta[name] for name in self.base.space.names})

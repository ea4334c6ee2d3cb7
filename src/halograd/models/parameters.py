"""Named parameters of a model: values, bounds, which are free, and the unbounded coordinates."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import bounds
from halograd.errors import HalogradError

Theta = Mapping[str, ArrayLike]
"""Values of parameters by name."""


class Parameter(NamedTuple):
    """One parameter of a model.

    Attributes:
        name: As in the configuration and in results.
        value: Default, and the start of a fit.
        low: Lower bound, or -inf.
        high: Upper bound, or inf.
        latex: For figures, without dollar signs.
        unit: Text, empty where dimensionless.
        free: Whether a fit varies it.
    """

    name: str
    value: float
    low: float = -np.inf
    high: float = np.inf
    latex: str = ""
    unit: str = ""
    free: bool = True

    @property
    def label(self) -> str:
        """For the axis of a figure."""
        return f"${self.latex}$" if self.latex else self.name


class ParameterSpace:
    """The parameters of a model, split into free and fixed ones.

    A point is a dict of all parameters by name (`theta`), or the vector `u` of the free ones in
    coordinates that run over all real numbers.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self.parameters = tuple(parameters)
        for p in self.parameters:
            if not p.low <= p.value <= p.high:
                raise HalogradError(
                    f"parameter {p.name} = {p.value:g} lies outside its bounds "
                    f"[{p.low:g}, {p.high:g}]"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters, in order."""
        return tuple(p.name for p in self.parameters)

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The parameters a fit varies, in the order of `u`."""
        return tuple(p for p in self.parameters if p.free)

    @property
    def defaults(self) -> dict[str, float]:
        """The value of every parameter."""
        return {p.name: p.value for p in self.parameters}

    def replace(self, **changes: Mapping[str, float | bool]) -> "ParameterSpace":
        """A space with some parameters changed: `replace(alpha={"value": -1, "free": False})`."""
        self._check_names(changes)
        return ParameterSpace(p._replace(**changes.get(p.name, {})) for p in self.parameters)

    def at(self, theta: Theta) -> "ParameterSpace":
        """The same space with the values of `theta` for those it names, free or fixed."""
        return self.replace(**{name: {"value": float(value)} for name, value in theta.items()})

    def complete(self, theta: Theta) -> dict[str, ArrayLike]:
        """`theta` with the defaults where it is silent; unknown names raise."""
        self._check_names(theta)
        return {**self.defaults, **theta}

    def to_unbounded(self, theta: Theta) -> jax.Array:
        """The free parameters in unbounded coordinates: dict -> (n_free,)."""
        complete = self.complete(theta)
        return jnp.stack([bounds.to_unbounded(complete[p.name], p.low, p.high) for p in self.free])

    def to_theta(self, u: jax.Array) -> dict[str, ArrayLike]:
        """All parameters by name: (n_free,) -> dict."""
        moved = {p.name: bounds.to_bounded(u[i], p.low, p.high) for i, p in enumerate(self.free)}
        return {**self.defaults, **moved}

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.names:
                near = get_close_matches(name, self.names, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise HalogradError(
                    f"unknown parameter {name!r}{hint} The model has {', '.join(self.names)}"
                )

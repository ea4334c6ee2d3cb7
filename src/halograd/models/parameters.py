"""Named parameters of a model: values, bounds, priors, ties, and the unbounded coordinates."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks, bounds
from halograd._arrays import float_array, real_array
from halograd.errors import DataError, HalogradError
from halograd.models.parameter import Parameter, check_declared, check_value, with_ties
from halograd.models.priors import Normal

Theta = Mapping[str, ArrayLike]
"""Values of parameters by name."""

_FAR = 10.0  # standard deviations: further off, start and prior hardly mean the same parameter


class ParameterSpace:
    r"""The parameters of a model, split into free, tied and fixed ones, with their priors.

    A point is a dict of all parameters by name (`theta`), or the vector `u` of the free ones in
    coordinates that run over all real numbers. The prior is a product over free parameters; its
    density in u carries the Jacobian,

    $$ \ln \pi(u) = \sum_i \left[ \ln \pi_i(\theta_i(u_i)) + \ln |d\theta_i / du_i| \right]. $$

    A parameter with tied ones is held within the bounds of them all.

    Raises:
        HalogradError: For a value outside its bounds, a prior with nothing within them, and a tie
            to itself, to an unknown or to another tied parameter.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self._declared = tuple(parameters)
        names = [p.name for p in self._declared]
        for name in names:
            if names.count(name) > 1:
                raise HalogradError(f"the parameter {name!r} is there twice: rename one of them")
        for p in self._declared:
            check_declared(p)
        self.parameters = with_ties(self._declared)
        for p in self.parameters:
            check_value(p)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParameterSpace) and self._declared == other._declared

    def __hash__(self) -> int:
        return hash(self._declared)

    def __repr__(self) -> str:
        return "\n".join(["ParameterSpace:", *(f"  {p}" for p in self.parameters)])

    def __or__(self, others: "ParameterSpace | Iterable[Parameter]") -> "ParameterSpace":
        """The space with further parameters, for a model that wraps another.

        Raises:
            HalogradError: For a name that both have.
        """
        added = others._declared if isinstance(others, ParameterSpace) else tuple(others)
        return ParameterSpace((*self._declared, *added))

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

    def replace(self, **changes: Mapping[str, Any]) -> "ParameterSpace":
        """A space with some parameters changed: `replace(alpha={"value": -1, "free": False})`."""
        self._check_names(changes)
        return ParameterSpace(p._replace(**changes.get(p.name, {})) for p in self._declared)

    def at(self, theta: Theta) -> "ParameterSpace":
        """The same space with the values of `theta` for those it names, free or fixed."""
        self.complete(theta)
        return self.replace(
            **{name: {"value": _checks.number(name, value)} for name, value in theta.items()}
        )

    def complete(self, theta: Theta) -> dict[str, ArrayLike]:
        """`theta` with the defaults where it is silent, tied parameters at what they follow.

        Raises:
            HalogradError: For an unknown name, and a tied parameter at another value.
        """
        self._check_names(theta)
        theta = {name: _known_value(name, value) for name, value in theta.items()}
        complete = self._tied({**self.defaults, **theta})
        for p in self.parameters:
            if p.tied and p.name in theta:
                _check_follows(p, theta[p.name], complete[p.name])
        return complete

    def to_unbounded(self, theta: Theta) -> jax.Array:
        """The free parameters in unbounded coordinates: dict -> (n_free,)."""
        complete = self.complete(theta)
        return jnp.stack([bounds.to_unbounded(complete[p.name], p.low, p.high) for p in self.free])

    def to_theta(self, u: jax.Array) -> dict[str, ArrayLike]:
        """All parameters by name: (n_free,) -> dict."""
        u = float_array("u", u)
        moved = {p.name: bounds.to_bounded(u[i], p.low, p.high) for i, p in enumerate(self.free)}
        return self._tied({**self.defaults, **moved})

    def log_prior(self, u: jax.Array) -> jax.Array:
        """Log of the prior density in unbounded coordinates, Jacobian included: (n_free,) -> ().

        Normalised to 1 over u where every prior is proper.
        """
        u = float_array("u", u)
        theta, total = self.to_theta(u), jnp.zeros((), jnp.result_type(u, float))
        for i, p in enumerate(self.free):
            total += p.prior.log_density(theta[p.name], p.low, p.high)
            total += bounds.log_slope(u[i], p.low, p.high)
        return total

    def check_free(self) -> None:
        """Raise where there is nothing to vary."""
        if not self.free:
            raise DataError("every parameter is fixed: free at least one to fit")

    def check_start(self, theta: Theta) -> None:
        """Raise where a normal prior practically excludes `theta`, as a start of a fit."""
        theta = self.complete(theta)
        for p in self._normal:
            value = float(theta[p.name])
            if abs(value - p.prior.mean) > _FAR * p.prior.sd:
                raise HalogradError(
                    f"the prior of {p.name}, {p.prior.label}, excludes its start {value:g}: begin "
                    f"within {_FAR:g} standard deviations of the mean, or widen the prior"
                )

    def check_proper(self) -> None:
        """Raise for a free parameter whose prior cannot be normalised, so cannot be sampled."""
        improper = [p.name for p in self.free if not p.prior.is_proper(p.low, p.high)]
        if improper:
            raise HalogradError(
                f"the uniform prior of {', '.join(improper)} has an infinite bound and cannot be "
                "normalised: give finite low and high, a normal prior, or fix the parameter"
            )

    def from_unit_cube(self, fractions: ArrayLike) -> dict[str, np.ndarray]:
        """Points of the unit cube as draws of the prior, by its quantiles.

        Args:
            fractions: (n, n_free), each in (0, 1): random numbers, a Latin hypercube, a Sobol set.

        Returns:
            Every parameter by name, each (n,).
        """
        self.check_proper()
        fractions = _checks.finite("fractions", fractions)
        if fractions.ndim != 2 or fractions.shape[1] != len(self.free):
            raise HalogradError(
                f"fractions must be (n, {len(self.free)}), got shape {fractions.shape}"
            )
        drawn = {
            p.name: p.prior.quantile(fraction, p.low, p.high)
            for p, fraction in zip(self.free, fractions.T, strict=True)
        }
        theta = self._tied({**self.defaults, **drawn})
        return {name: np.broadcast_to(theta[name], len(fractions)) for name in self.names}

    def draw(self, rng: int | np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """`n` independent draws of the prior from a seed or generator: by name, each (n,)."""
        fractions = np.random.default_rng(rng).random((n, len(self.free)))
        return self.from_unit_cube(fractions)

    def free_columns(self, jacobian: Mapping[str, ArrayLike]) -> np.ndarray:
        """Derivatives in the free parameters, tied ones moving along, in float64.

        Args:
            jacobian: By the name of every parameter, (n_data,).

        Returns:
            (n_data, n_free).
        """
        columns = {p.name: np.asarray(jacobian[p.name], np.float64) for p in self.free}
        for p in self.parameters:
            if p.tied in columns:
                columns[p.tied] = columns[p.tied] + np.asarray(jacobian[p.name], np.float64)
        return np.stack(list(columns.values()), axis=1)

    def prior_residuals(self, theta: Theta) -> np.ndarray:
        """(θ - mean) / sd of each free parameter with a normal prior, to join whitened data."""
        return np.array([(float(theta[p.name]) - p.prior.mean) / p.prior.sd for p in self._normal])

    @property
    def prior_rows(self) -> np.ndarray:
        """Derivative of `prior_residuals` in the free parameters. (n_normal, n_free)"""
        names = [p.name for p in self.free]
        rows = np.zeros((len(self._normal), len(names)))
        for row, p in zip(rows, self._normal, strict=True):
            row[names.index(p.name)] = 1 / p.prior.sd
        return rows

    @property
    def _normal(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.free if isinstance(p.prior, Normal))

    def _tied(self, theta: dict[str, ArrayLike]) -> dict[str, ArrayLike]:
        follow = {p.name: theta[p.tied] + p.offset for p in self.parameters if p.tied}
        return {**theta, **follow}

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.names:
                hint = _checks.nearest(name, self.names) or "."
                raise HalogradError(
                    f"unknown parameter {name!r}{hint} The model has {', '.join(self.names)}"
                )


def _known_value(name: str, value: ArrayLike) -> ArrayLike:
    """A value of `theta`: single numbers as Python's floats, all else as an array of floats."""
    if isinstance(value, int | float | np.floating | np.integer | np.bool_):
        found = float(value)
    else:
        found = real_array(f"parameter {name}", value)
    # numbers on a device are not waited for
    if isinstance(found, float | np.ndarray) and not np.isfinite(found).all():
        raise HalogradError(f"parameter {name} must be finite, got {found}")
    return found


def check_single(theta: Theta) -> None:
    """Raise HalogradError where a parameter is an array."""
    for name, value in theta.items():
        if np.shape(value):
            raise HalogradError(
                f"parameter {name} must be one number, got shape {np.shape(value)}: use jax.vmap "
                "for several"
            )


def _check_follows(p: Parameter, given: ArrayLike, followed: ArrayLike) -> None:
    both_known = _checks.is_concrete(given) and _checks.is_concrete(followed)
    if both_known and not np.allclose(given, followed, rtol=1e-4, atol=1e-5):
        raise HalogradError(
            f"{p.name} = {given} contradicts its tie to {p.tied}, which makes it {followed}: "
            "leave it out, or untie it"
        )
